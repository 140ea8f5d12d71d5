"""How well each value of each digit did so far, as a bandit sees it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from pytest_fairness.search.genes import Gene

Key = tuple[int, int]


@dataclass
class Effects:
    """Mean shift of the pairs that hold a value, and how many of them there were.

    Attributes
    ----------
    pairs : int
        Pairs that were added.
    """

    pairs: int = 0
    _total: float = 0.0
    _sums: dict[tuple[Key, int], float] = field(default_factory=dict, repr=False)
    _counts: dict[tuple[Key, int], int] = field(default_factory=dict, repr=False)

    def add(self, gene: Gene, shift: float) -> None:
        """Count a pair for each of its digits."""
        self.pairs += 1
        self._total += shift
        for place in gene.turnable:
            arm = (gene.key(place), gene.digits[place])
            self._sums[arm] = self._sums.get(arm, 0.0) + shift
            self._counts[arm] = self._counts.get(arm, 0) + 1

    def hope(self, key: Key, value: int) -> float:
        """Return the mean shift of a value plus what it may still have (UCB1, Auer et al. 2002).

        Every value starts with one pair of the mean shift of all.
        """
        count = self._counts.get((key, value), 0) + 1
        total = self._sums.get((key, value), 0.0) + self._total / max(1, self.pairs)
        return total / count + math.sqrt(0.02 * math.log(self.pairs + 1) / count)
