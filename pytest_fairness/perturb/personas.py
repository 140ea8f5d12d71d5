"""Who a text speaks of, and the pairs of those, counted and addressed without listing them."""

from __future__ import annotations

import functools
import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, combinations
from typing import NamedTuple


class Persona(NamedTuple):
    """Who a text speaks of: a group, and the position of one of its interchangeable terms."""

    group: int
    term: int


@dataclass(frozen=True)
class Personas:
    """The unordered pairs of personas, by group.

    `sizes` holds how many personas each group has. A counterfactual takes two groups, a placebo two
    terms of one group.
    """

    sizes: tuple[int, ...]
    placebo: bool

    @functools.cached_property
    def blocks(self) -> tuple[tuple[int, int], ...]:
        """Pairs of groups that have any pair of personas, in the order of the groups."""
        if self.placebo:
            return tuple((g, g) for g, size in enumerate(self.sizes) if size > 1)
        return tuple((g, h) for g, h in combinations(range(len(self.sizes)), 2) if self.count(g, h))

    @functools.cached_property
    def ends(self) -> tuple[int, ...]:
        """Running totals of the blocks."""
        return tuple(accumulate(self.count(g, h) for g, h in self.blocks))

    def __len__(self) -> int:
        return self.ends[-1] if self.ends else 0

    def __getitem__(self, index: int) -> tuple[Persona, Persona]:
        block = bisect_right(self.ends, index)
        g, h = self.blocks[block]
        rest = index - (self.ends[block - 1] if block else 0)
        i, j = _triangle(rest) if g == h else divmod(rest, self.sizes[h])
        return Persona(g, i), Persona(h, j)

    def count(self, g: int, h: int) -> int:
        """Return how many pairs of personas two groups have."""
        return math.comb(self.sizes[g], 2) if g == h else self.sizes[g] * self.sizes[h]


def _triangle(index: int) -> tuple[int, int]:
    """Return the pair i < j at `index`, pairs ordered by j."""
    j = (1 + math.isqrt(1 + 8 * index)) // 2
    return index - j * (j - 1) // 2, j
