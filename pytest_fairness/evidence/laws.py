"""Limits of one number of each group, at any error rate.

A `Law` gives one-sided limits for many error rates at once, which `contour` walks along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.evidence.rates import exact_lower, exact_upper

Array = NDArray[np.float64]


class Law(Protocol):
    """One-sided limits of one number of each group."""

    @property
    def name(self) -> str:
        """What the limits are called."""

    def lower(self, tails: Array) -> Array:
        """Return lower limits of error rates `tails`: array of shape (n_groups, n_tails)."""

    def upper(self, tails: Array) -> Array:
        """Return upper limits of error rates `tails`: array of shape (n_groups, n_tails)."""

    def spread(self) -> Array:
        """Return the standard error of each group's number; never 0."""

    def take(self, places: Sequence[int]) -> Law:
        """Return the limits of some groups."""

    def scaled(self, times: Array) -> Law:
        """Return the limits that `times` as many rows of each group would probably give."""


@dataclass(frozen=True, eq=False)
class CountLaw:
    """Exact limits of rates (Clopper and Pearson 1934), of counts that may be fractional."""

    successes: Array
    totals: Array
    name: str = "Clopper-Pearson limits"

    def lower(self, tails: Array) -> Array:
        """Return lower limits of error rates `tails`."""
        return exact_lower(self.successes[:, None], self.totals[:, None], tails)

    def upper(self, tails: Array) -> Array:
        """Return upper limits of error rates `tails`."""
        return exact_upper(self.successes[:, None], self.totals[:, None], tails)

    def spread(self) -> Array:
        """Return standard errors, of rates drawn a little towards one half."""
        rates = (self.successes + 0.5) / (self.totals + 1)
        return np.asarray(np.sqrt(rates * (1 - rates) / self.totals))

    def take(self, places: Sequence[int]) -> CountLaw:
        """Return the limits of some groups."""
        chosen = list(places)
        return replace(self, successes=self.successes[chosen], totals=self.totals[chosen])

    def scaled(self, times: Array) -> CountLaw:
        """Return the limits of the expected counts of `times` as many rows."""
        return replace(self, successes=self.successes * times, totals=self.totals * times)


@dataclass(frozen=True, eq=False)
class SumLaw:
    """Limits of a weighted sum of independent numbers: square-and-add (Zou and Donner 2008).

    Attributes
    ----------
    parts : tuple of Law
        One for each term, all of the same groups.
    weights : array of shape (n_parts,)
        Positive.
    centres : array of shape (n_parts, n_groups)
        Estimate of each term.
    """

    parts: tuple[Law, ...]
    weights: Array
    centres: Array
    name: str

    def lower(self, tails: Array) -> Array:
        """Return lower limits of error rates `tails`."""
        return self._centre() - self._distance([part.lower(tails) for part in self.parts])

    def upper(self, tails: Array) -> Array:
        """Return upper limits of error rates `tails`."""
        return self._centre() + self._distance([part.upper(tails) for part in self.parts])

    def spread(self) -> Array:
        """Return the standard error of the sum."""
        spreads = np.array([part.spread() for part in self.parts])
        return np.asarray(np.sqrt((self.weights**2) @ spreads**2))

    def take(self, places: Sequence[int]) -> SumLaw:
        """Return the limits of some groups."""
        parts = tuple(part.take(places) for part in self.parts)
        return replace(self, parts=parts, centres=self.centres[:, list(places)])

    def scaled(self, times: Array) -> SumLaw:
        """Return the limits that `times` as many rows of each group would probably give."""
        return replace(self, parts=tuple(part.scaled(times) for part in self.parts))

    def _centre(self) -> Array:
        return np.asarray(self.weights @ self.centres)[:, None]

    def _distance(self, limits: Sequence[Array]) -> Array:
        total = np.zeros_like(limits[0])
        for weight, limit, centre in zip(self.weights, limits, self.centres, strict=True):
            total += (weight * (limit - centre[:, None])) ** 2
        return np.asarray(np.sqrt(total))
