"""How the population checks of a session share the chance of a false failure.

A session that runs 40 checks at 0.05 each would fail an innocent model nearly every time. Here a
false `fail` anywhere in the session has a probability of at most alpha, whatever the dependence
between the checks (Bonferroni's inequality, with weights). The weights are fixed before any check
runs, from what was collected, so that the verdict of a test depends neither on the order in which
tests run nor on the number of workers:

- the tests that may hold a population check share 95 % of alpha equally;
- the other tests share the rest, the i-th of them in the order of collection getting ``w(i)`` of
  it, so that a check that was not foreseen still has a level;
- within a test, its k-th check gets ``w(k)`` of the test's part.

``w(k) = 6 / (pi k)^2``, which sums to 1 over all k. A `pass` is a claim about one check and always
has the full alpha. Fewer tests selected means a larger share for each, which can turn an
`inconclusive` into a `fail` and never a `fail` into anything else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

FORESEEN = 0.95


@dataclass(frozen=True)
class AlphaPlan:
    """The tests of a session: those that may hold a population check, and the others, in order."""

    foreseen: frozenset[str]
    others: tuple[str, ...] = ()

    @classmethod
    def of(cls, tests: Iterable[tuple[str, bool]]) -> AlphaPlan:
        """Make a plan of tests in the order of collection, each with whether it was foreseen."""
        listed = list(tests)
        foreseen = frozenset(name for name, is_foreseen in listed if is_foreseen)
        return cls(foreseen, tuple(name for name, _ in listed if name not in foreseen))

    def share(self, test: str, k: int) -> float:
        """Return the part of alpha of the `k`-th population check of a test, counted from 1."""
        return self._share_of(test) * _weight(k)

    def _share_of(self, test: str) -> float:
        if test in self.foreseen:
            return (FORESEEN if self.others else 1.0) / len(self.foreseen)
        place = self.others.index(test) if test in self.others else len(self.others)
        return (1 - FORESEEN if self.foreseen else 1.0) * _weight(place + 1)


def _weight(k: int) -> float:
    return 6 / (math.pi * k) ** 2
