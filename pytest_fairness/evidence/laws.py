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

    A sum of rates is bounded as a whole too, as one rate of as many rows as would give it the same
    variance, and the wider limit holds: square-and-add alone is too sure of many sparse terms, each
    of whose limits is skewed alike.

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
        added = self._centre() - self._distance([part.lower(tails) for part in self.parts])
        whole = self.as_counts()
        return added if whole is None else np.minimum(added, whole.lower(tails))

    def upper(self, tails: Array) -> Array:
        """Return upper limits of error rates `tails`."""
        added = self._centre() + self._distance([part.upper(tails) for part in self.parts])
        whole = self.as_counts()
        return added if whole is None else np.maximum(added, whole.upper(tails))

    def as_counts(self) -> CountLaw | None:
        """Return the sum as one rate of effective counts; None where it is no mean of rates."""
        if len(self.parts) < 2:
            return None
        found = self.moments()
        if found is None or not np.isclose(self.weights.sum(), 1):
            return None
        rate, variance = found
        totals = rate * (1 - rate) / variance
        return CountLaw(np.clip(self._centre()[:, 0], 0.0, 1.0) * totals, totals)

    def moments(self) -> tuple[Array, Array] | None:
        """Return the guarded rate and its variance; None where it is no mean of rates."""
        found = [_moments(part) for part in self.parts]
        known = [pair for pair in found if pair is not None]
        if len(known) < len(found):
            return None
        rate = self.weights @ np.array([rate for rate, _ in known])
        return rate, self.weights**2 @ np.array([variance for _, variance in known])

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


def _moments(law: Law) -> tuple[Array, Array] | None:
    """Return each group's rate, drawn a little towards one half, and its variance.

    The variance is that of rates which cannot be 0 or 1, and no smaller on average than the true
    one, however few the rows.
    """
    if isinstance(law, SumLaw):
        return law.moments()
    if not isinstance(law, CountLaw):
        return None
    rates = (law.successes + 0.5) / (law.totals + 1)
    return rates, rates * (1 - rates) * (law.totals + 1) / law.totals**2
