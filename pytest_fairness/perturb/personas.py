"""Who a text speaks of, and the pairs of those, counted and addressed without listing them."""

from __future__ import annotations

import functools
import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, combinations
from typing import NamedTuple

from pytest_fairness.attributes import Combination


class Persona(NamedTuple):
    """Who a text speaks of: a group, and the position of one of its interchangeable terms."""

    group: int
    term: int


@dataclass(frozen=True)
class Personas:
    """The unordered pairs of personas, by group.

    `sizes` holds how many personas each group has. A counterfactual takes two groups, a placebo two
    terms of one group. Of several attributes, the `combination` says which groups and terms meet.
    """

    sizes: tuple[int, ...]
    placebo: bool
    combination: Combination | None = None

    @functools.cached_property
    def blocks(self) -> tuple[tuple[int, int], ...]:
        """Pairs of groups that have any pair of personas, in the order of the groups."""
        if self.placebo:
            return tuple((g, g) for g, size in enumerate(self.sizes) if size > 1)
        every = combinations(range(len(self.sizes)), 2)
        return tuple((g, h) for g, h in every if self.count(g, h) and self._may_meet(g, h))

    @functools.cached_property
    def ends(self) -> tuple[int, ...]:
        """Running totals of the blocks."""
        return tuple(accumulate(self.count(g, h) for g, h in self.blocks))

    @functools.cached_property
    def nearest_first(self) -> tuple[tuple[int, int], ...]:
        """Pairs of groups, those first that differ in the fewest attributes."""
        if self.combination is None:
            return self.blocks
        crossed = self.combination.crossed
        return tuple(sorted(self.blocks, key=lambda two: _apart(crossed[two[0]], crossed[two[1]])))

    def __len__(self) -> int:
        return self.ends[-1] if self.ends else 0

    def __getitem__(self, index: int) -> tuple[Persona, Persona]:
        block = bisect_right(self.ends, index)
        g, h = self.blocks[block]
        rest = index - (self.ends[block - 1] if block else 0)
        i, j = self._terms(g, h, rest)
        return Persona(g, i), Persona(h, j)

    def _may_meet(self, g: int, h: int) -> bool:
        return self.combination is None or self.combination.comparable(g, h)

    def count(self, g: int, h: int) -> int:
        """Return how many pairs of personas two groups have."""
        if g == h:
            return math.comb(self.sizes[g], 2)
        return self.combination.count(g, h) if self.combination else self.sizes[g] * self.sizes[h]

    def may_pair(self, first: Persona, second: Persona) -> bool:
        """Return whether two personas of different groups make a pair."""
        return self.combination is None or self.combination.may_pair(first, second)

    def _terms(self, g: int, h: int, index: int) -> tuple[int, int]:
        if g == h:
            return _triangle(index)
        if self.combination:
            return self.combination.at(g, h, index)
        return divmod(index, self.sizes[h])


def _apart(first: tuple[str, ...], second: tuple[str, ...]) -> int:
    return sum(a != b for a, b in zip(first, second, strict=True))


def _triangle(index: int) -> tuple[int, int]:
    """Return the pair i < j at `index`, pairs ordered by j."""
    j = (1 + math.isqrt(1 + 8 * index)) // 2
    return index - j * (j - 1) // 2, j
