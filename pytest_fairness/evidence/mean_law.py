"""Limits of means that hold for skewed values and for few of them.

Gaffke's bound (2005; Learned-Miller and Thomas 2019): give each value, and one more at the end of
the range, a random share of the mean, uniform over all ways to divide it. The upper limit of error
rate `tail` is what that random mean exceeds with probability `tail`; the lower limit has the extra
value at the other end. For values 0 and 1 this is Clopper and Pearson's limit, for many values it
is Student's, and no distribution is known that it errs for more often than stated. Where the range
is not known, the extra value stands beyond the outermost value, by a part of its distance from the
mean; fewer than 20 values then prove nothing, since of a skewed variable they may show no tail.

Shares are ratios of exponential variables, so that the random mean exceeds `m` exactly when
``sum(E_i * (value_i - m)) > 0``: a tail of a weighted sum of exponentials, which Lugannani and
Rice's saddle point (1980) gives to a few parts in a thousand without drawing a number. A value may
be a cluster: `E_i` then multiplies the sum of its weighted distances from `m`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_STEPS = 96  # means at which the tail is found; the rest is interpolated
_HALVINGS = 36
_MOST_UNITS = 800  # beyond, neighbours in the middle are merged
FEWEST = 20  # units that limits of means without a known range ask for
_KEPT = 100  # values at either end that never are


@dataclass(frozen=True, eq=False)
class Units:
    """Independent units of one group: sums of weights and of weighted values, and the range.

    Attributes
    ----------
    weights, totals, repeats : array of shape (n_units,)
        Sum of weights, sum of weighted values, and how often the unit stands.
    least, most : float
        Where the extra unit stands.
    n : float
        Units before any were merged.
    """

    weights: Array
    totals: Array
    repeats: Array
    least: float
    most: float
    n: float
    known_range: bool

    @property
    def mean(self) -> float:
        """The weighted mean."""
        return float(self.totals @ self.repeats / (self.weights @ self.repeats))

    @cached_property
    def spread(self) -> float:
        """Linearised standard error of the mean; never 0 while the range has a width."""
        share = self.repeats * (self.totals - self.mean * self.weights) ** 2
        plain = float(np.sqrt(share.sum() * self.n / max(self.n - 1, 1)))
        guard = (self.most - self.least) * self.extra_weight / math.sqrt(self.n)
        return max(plain, guard) / float(self.weights @ self.repeats)

    @property
    def extra_weight(self) -> float:
        """Weight of the extra unit: that of the unit in which a row is, on average."""
        squares = self.repeats @ self.weights**2
        return float(squares / (self.repeats @ self.weights))

    def mirrored(self) -> Units:
        """Return the units of the negated values."""
        return replace(self, totals=-self.totals, least=-self.most, most=-self.least)

    def times(self, factor: float) -> Units:
        """Return `factor` times as many units."""
        return replace(self, repeats=self.repeats * factor, n=self.n * factor)

    @cached_property
    def upper_curve(self) -> tuple[Array, Array]:
        """Means, and how many standard deviations deep each lies in the upper tail."""
        return _curve(self)

    @cached_property
    def lower_curve(self) -> tuple[Array, Array]:
        """The same for the negated values."""
        return _curve(self.mirrored())

    def upper(self, tails: Array) -> Array:
        """Return upper limits of error rates `tails`."""
        return self._upper(self.upper_curve, tails, self.mean)

    def lower(self, tails: Array) -> Array:
        """Return lower limits of error rates `tails`."""
        return -self._upper(self.lower_curve, tails, -self.mean)

    def _upper(self, curve: tuple[Array, Array], tails: Array, mean: float) -> Array:
        from scipy.special import ndtri, stdtrit

        depths = -ndtri(tails)
        means, found = curve
        limits = np.interp(depths, found, means)
        if self.known_range:
            return np.asarray(limits)
        if self.n < FEWEST or self.most <= self.least:
            return np.full(len(tails), np.inf)
        student = mean + self.spread * -stdtrit(self.n - 1, tails)
        return np.asarray(np.maximum(limits, student))


@dataclass(frozen=True, eq=False)
class MeanLaw:
    """Limits of the mean of each group."""

    units: tuple[Units, ...]
    name: str = "Gaffke's limits of means"

    def lower(self, tails: Array) -> Array:
        """Return lower limits of error rates `tails`."""
        return np.array([units.lower(tails) for units in self.units]).reshape(-1, len(tails))

    def upper(self, tails: Array) -> Array:
        """Return upper limits of error rates `tails`."""
        return np.array([units.upper(tails) for units in self.units]).reshape(-1, len(tails))

    def spread(self) -> Array:
        """Return the standard error of each mean."""
        return np.array([units.spread for units in self.units])

    def take(self, places: Sequence[int]) -> MeanLaw:
        """Return the limits of some groups."""
        return replace(self, units=tuple(self.units[place] for place in places))

    def scaled(self, times: Array) -> MeanLaw:
        """Return the limits that `times` as many units of each group would probably give."""
        grown = (units.times(float(t)) for units, t in zip(self.units, times, strict=True))
        return replace(self, units=tuple(grown))


def merged(weights: Array, totals: Array) -> tuple[Array, Array, Array]:
    """Merge units of like means until few are left; return weights, totals and repeats."""
    if len(weights) <= _MOST_UNITS:
        return weights, totals, np.ones(len(weights))
    order = np.argsort(totals / weights, kind="stable")
    weights, totals = weights[order], totals[order]
    middle = len(weights) - 2 * _KEPT
    cuts = np.unique(np.linspace(0, middle, _MOST_UNITS - 2 * _KEPT).astype(np.int64)) + _KEPT
    starts = np.concatenate([np.arange(_KEPT), cuts[:-1], np.arange(_KEPT) + cuts[-1]])
    repeats = np.diff(np.append(starts, len(weights))).astype(np.float64)
    weights, totals = (np.add.reduceat(part, starts) / repeats for part in (weights, totals))
    return weights, totals, repeats


def _curve(units: Units) -> tuple[Array, Array]:
    """Return means from the estimate up to `most`, and how deep in the tail each lies."""
    mean, most = units.mean, units.most
    if most <= mean:
        return np.array([mean, mean]), np.array([-1.0, 1.0])
    weights = np.append(units.weights, units.extra_weight)
    totals = np.append(units.totals, units.extra_weight * most)
    repeats = np.append(units.repeats, 1.0)
    reach = min(0.9, 10 * units.spread / (most - mean))  # as a share of the way to `most`
    near = np.linspace(1e-9, reach, _STEPS // 2)
    far = np.geomspace(reach, 0.9, _STEPS // 4)
    last = 1 - np.geomspace(0.1, 1e-12, _STEPS // 4)
    ways = np.unique(np.concatenate([near, far, last]))
    means = mean + ways * (most - mean)
    depths = _depths(means, weights, totals, repeats)
    return means, np.maximum.accumulate(depths)


def _depths(means: Array, weights: Array, totals: Array, repeats: Array) -> Array:
    """Return ``-ndtri(P(sum(E * (totals - m * weights)) > 0))`` for each mean `m`."""
    terms = totals[None] - means[:, None] * weights[None]
    with np.errstate(divide="ignore", invalid="ignore"):
        return _at_saddle(terms, repeats)


def _at_saddle(terms: Array, repeats: Array) -> Array:
    low, high = 1 / terms.min(axis=1), 1 / np.maximum(terms.max(axis=1), 1e-300)
    low, high = low * (1 - 1e-12), high * (1 - 1e-12)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        slope = (terms / (1 - middle[:, None] * terms)) @ repeats
        low, high = np.where(slope < 0, middle, low), np.where(slope < 0, high, middle)
    point = (low + high) / 2
    left = 1 - point[:, None] * terms
    half = np.sqrt(np.maximum(2 * -(np.log(left) @ -repeats), 0.0)) * np.sign(point)
    slope = point * np.sqrt(((terms / left) ** 2) @ repeats)
    refined = half + np.log(slope / half) / half
    near = np.abs(half) < 1e-3
    return np.asarray(np.where(near, _through(half, refined, near), refined))


def _through(half: Array, refined: Array, near: NDArray[np.bool_]) -> Array:
    """Bridge the removable singularity at the mean itself by a straight line."""
    if near.all():
        return half
    order = np.argsort(half[~near])
    return np.asarray(np.interp(half, half[~near][order], refined[~near][order]))
