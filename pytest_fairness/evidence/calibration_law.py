r"""Limits of the expected calibration error of each group.

The error is a sum over bins, :math:`\sum_b |r_b|`, with :math:`r_b` the sum of the residuals of
bin b over the number of rows. What is seen, :math:`T = \sum_b |r_b + \epsilon_b|`, exceeds it by
noise alone: where a model is calibrated, T is about :math:`\sum_b \sqrt{2/\pi}\,\sigma_b` and not
0, which is why a limit on T itself fails honest models. Two inequalities give limits that hold
wherever the truth lies:

- :math:`T - \sum_b |r_b| \le \sum_b |\epsilon_b|`, a sum of half-normal variables whose quantile
  is a lower limit's distance (Cornish and Fisher 1938 for its skewness);
- with the true signs :math:`s_b`, :math:`\sum_b |r_b| - T \le -\sum_b s_b \epsilon_b`, a normal
  variable, whose quantile is an upper limit's distance.

Each bin's variance counts one residual of size 1 more than was seen, so that bins without an error
are not certain, and is at least what Clopper and Pearson's limits of the bin's share of positives
say at the same level, which are exact for each bin by itself: with one filled bin, as where all
scores are equal, the limits are theirs. Bins are taken as given.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.laws import Array
from pytest_fairness.evidence.quantity import Separate
from pytest_fairness.evidence.rates import exact_lower, exact_upper

_HALVINGS = 50
_LEAST_CONFIDENT = 0.3  # the largest error rate at which a limit still says how wide a law is
_MEAN = math.sqrt(2 / math.pi)  # of a half-normal variable
_VARIANCE = 1 - 2 / math.pi
_SKEWNESS = math.sqrt(2) * (4 - math.pi) / (math.pi - 2) ** 1.5


@dataclass(frozen=True, eq=False)
class CalibrationLaw:
    """Limits of a sum of absolute bin residuals.

    Attributes
    ----------
    seen : array of shape (n_groups,)
        The sum as it was seen.
    deviations : array of shape (n_groups, n_bins)
        Standard error of each bin's term.
    positives, rows : array of shape (n_groups, n_bins)
        Positive rows, and rows, of each bin.
    """

    seen: Array
    deviations: Array
    positives: Array
    rows: Array
    name: str = "limits of a sum of absolute bin residuals"

    def lower(self, tails: Array) -> Array:
        """Return lower limits of error rates `tails`."""
        z, deviations = _quantile(tails)[None], self._at(tails / 2)
        spread = np.sqrt(_VARIANCE * np.square(deviations).sum(axis=1))
        skewness = (deviations**3).sum(axis=1) * _VARIANCE**1.5 * _SKEWNESS / spread**3
        noise = _MEAN * deviations.sum(axis=1)
        distance = noise + spread * (z + (np.square(z) - 1) * skewness / 6)
        return np.asarray(np.maximum(self.seen[:, None] - np.maximum(distance, 0.0), 0.0))

    def upper(self, tails: Array) -> Array:
        """Return upper limits of error rates `tails`."""
        spread = np.sqrt(np.square(self._at(tails)).sum(axis=1))
        distance = spread * np.maximum(_quantile(tails), 0.0)[None]
        return np.asarray(np.minimum(self.seen[:, None] + distance, 1.0))

    def _at(self, tails: Array) -> Array:
        """Return the bins' standard errors at error rates, of shape (n_groups, n_bins, n_tails)."""
        level = np.minimum(tails, _LEAST_CONFIDENT)
        k, n = self.positives[..., None], np.maximum(self.rows, 1.0)[..., None]
        furthest = np.maximum(exact_upper(k, n, level) - k / n, k / n - exact_lower(k, n, level))
        part = (self.rows / self.rows.sum(axis=1, keepdims=True))[..., None]
        least = part * furthest / _quantile(level)
        return np.asarray(np.maximum(self.deviations[..., None], least))

    def spread(self) -> Array:
        """Return the standard error of each group's number; never 0."""
        return np.asarray(np.sqrt(np.square(self.deviations).sum(axis=1)))

    def take(self, places: Sequence[int]) -> CalibrationLaw:
        """Return the limits of some groups."""
        chosen = list(places)
        return CalibrationLaw(
            self.seen[chosen], self.deviations[chosen], self.positives[chosen], self.rows[chosen]
        )

    def scaled(self, times: Array) -> CalibrationLaw:
        """Return the limits that `times` as many rows of each group would probably give."""
        deviations = self.deviations / np.sqrt(times)[:, None]
        gone = _MEAN * (self.deviations - deviations).sum(axis=1)
        return CalibrationLaw(
            np.maximum(self.seen - gone, 0.0),
            deviations,
            self.positives * times[:, None],
            self.rows * times[:, None],
        )


def calibration_errors(
    quantity: str, rows: Mapping[str, tuple[Any, Any]], *, n_bins: int = 10
) -> Separate:
    """Return the expected calibration errors of groups, in bins of equally many rows.

    Parameters
    ----------
    quantity : str
        What the number is called.
    rows : mapping of group to (labels, probabilities)
        Labels 0 or 1, and probabilities of 1; arrays of shape (n_rows,).
    n_bins : int, default 10

    Notes
    -----
    The estimate takes off what noise adds: each bin's residual is taken to be the one whose
    absolute value, seen through its noise, would on average be as large as what was seen.

    Examples
    --------
    >>> labels, scores = [0, 0, 0, 1] * 250, [0.9] * 1000
    >>> calibration_errors("ECE", {"a": (labels, scores)}).estimates.round(2).tolist()
    [0.65]
    """
    if n_bins < 1:
        raise ArgumentError(f"n_bins={n_bins!r} must be at least 1.")
    full = {name: pair for name, pair in rows.items() if len(pair[0])}
    tables = [_bins(_array(labels), _array(scores), n_bins) for labels, scores in full.values()]
    sizes, deviations, positives, counts = (
        np.array([table[part] for table in tables]).reshape(len(full), n_bins) for part in range(4)
    )
    seen, estimates = sizes.sum(axis=1), _without_noise(sizes, deviations).sum(axis=1)
    return Separate(
        quantity,
        tuple(full),
        np.array([len(labels) for labels, _ in full.values()], dtype=np.float64),
        estimates,
        CalibrationLaw(seen, deviations, positives, counts),
        {name: "no row of it counts" for name in rows if name not in full},
    )


def _bins(labels: Array, scores: Array, n_bins: int) -> tuple[Array, Array, Array, Array]:
    """Return each bin's absolute residual, its standard error, its positive rows and its rows."""
    n = len(scores)
    order = np.argsort(scores, kind="stable")
    bins = np.empty(n, dtype=np.intp)
    bins[order] = np.arange(n) * n_bins // n
    bins = bins[order][np.searchsorted(scores[order], scores, "left")]  # equal scores share a bin
    residuals = labels - scores
    counts = np.bincount(bins, minlength=n_bins)
    sums = np.bincount(bins, residuals, n_bins)
    squares = np.bincount(bins, np.square(residuals), n_bins)
    within = squares - np.square(sums) / np.maximum(counts, 1)
    spreads = np.sqrt((within + (counts > 0)) / n**2)
    positives = np.asarray(np.bincount(bins, labels, n_bins), dtype=np.float64)
    return np.abs(sums) / n, spreads, positives, counts.astype(np.float64)


def _without_noise(sizes: Array, deviations: Array) -> Array:
    """Return the absolute values of means whose noisy absolute values average to `sizes`."""
    from scipy.special import ndtr

    low, high = np.zeros_like(sizes), sizes
    spread = np.maximum(deviations, 1e-300)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        ratio = middle / spread
        folded = _MEAN * spread * np.exp(-np.square(ratio) / 2) + middle * (2 * ndtr(ratio) - 1)
        low, high = np.where(folded < sizes, middle, low), np.where(folded < sizes, high, middle)
    return np.asarray(low)


def _quantile(tails: Array) -> Array:
    from scipy.special import ndtri

    return np.asarray(-ndtri(tails))


def _array(values: Any) -> Array:
    return np.asarray(values, dtype=np.float64)
