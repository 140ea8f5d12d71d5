"""Rows that belong together: how much less they know, and bounds that respect it.

Rows that share a seed text, a template or a person resemble each other. A cluster then counts as
one draw, and a mean over rows is a ratio of two sums over clusters.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.judgement import check_alpha
from pytest_fairness.outcome import Interval

Array = NDArray[np.float64]

_TINY = 1e-12


class ClusterTotals(NamedTuple):
    """Per cluster, in order of first appearance: sum of the values, and number of rows."""

    sums: Array
    sizes: Array

    @property
    def mean(self) -> float:
        """Mean over rows."""
        return float(self.sums.sum() / self.sizes.sum())


def cluster_totals(values: Any, clusters: Any = None) -> ClusterTotals:
    """Add up `values` by cluster; without clusters each row is its own.

    Raises
    ------
    ArgumentError
        If there are no values, one is not finite, or the lengths differ.
    """
    array = _as_values(values)
    if clusters is None:
        return ClusterTotals(array, np.ones(len(array)))
    codes, count = cluster_codes(clusters, len(array))
    sums = np.bincount(codes, weights=array, minlength=count)
    sizes = np.bincount(codes, minlength=count)
    return ClusterTotals(sums.astype(np.float64), sizes.astype(np.float64))


def cluster_codes(clusters: Any, n: int) -> tuple[NDArray[np.intp], int]:
    """Return one number per row, by first appearance of its cluster, and how many there are."""
    labels = list(clusters)
    if len(labels) != n:
        raise ArgumentError(
            f"clusters has {len(labels)} entries but there are {n} rows. Give one per row."
        )
    numbers: dict[Any, int] = {}
    codes = np.array([numbers.setdefault(label, len(numbers)) for label in labels], dtype=np.intp)
    return codes, len(numbers)


def kish_design_effect(sample_weight: Any) -> float:
    """Return by how much unequal weights inflate the variance of a mean (Kish 1965).

    Parameters
    ----------
    sample_weight : array-like of shape (n,)
        Weights of at least 0, some of them positive; rows of weight 0 do not count.

    Returns
    -------
    float of at least 1
        ``n * sum(w**2) / sum(w)**2``: 1 for equal weights. ``n`` over it is the effective number
        of rows.

    Examples
    --------
    >>> kish_design_effect([1, 1, 1, 1]), round(kish_design_effect([3, 1, 0, 0]), 3)
    (1.0, 1.25)
    """
    weights = _as_values(sample_weight, "sample_weight")
    if weights.min() < 0 or weights.max() == 0:
        raise ArgumentError(
            "sample_weight must be at least 0, and not 0 everywhere: it says how many rows each "
            "row stands for."
        )
    weights = weights[weights > 0] / weights.max()
    return float(len(weights) * (weights**2).sum() / weights.sum() ** 2)


def cluster_design_effect(values: Any, clusters: Any) -> float:
    """Return the variance of a mean over clustered rows, over that of independent rows.

    Parameters
    ----------
    values : array-like of shape (n,)
    clusters : sequence of length n
        Cluster of each row.

    Returns
    -------
    float of at least 0, or nan
        About ``1 + (size - 1) * correlation`` for clusters of one size, by linearisation (Kish
        and Frankel 1974); nan with fewer than two clusters, or when all values are equal. Below 1
        where clusters are more alike than chance would make them.

    Examples
    --------
    >>> round(cluster_design_effect([1, 1, 0, 0, 1, 1, 0, 0], "aabbccdd"), 3)
    2.333
    """
    array, totals = _as_values(values), cluster_totals(values, clusters)
    independent = standard_error(cluster_totals(array)) ** 2
    if not independent > 0:
        return float("nan")
    return float(standard_error(totals) ** 2 / independent)


def standard_error(totals: ClusterTotals) -> float:
    """Return the standard error of the mean over rows; nan with fewer than two clusters."""
    count = len(totals.sums)
    if count < 2:
        return float("nan")
    scatter = totals.sums - totals.mean * totals.sizes
    return float(np.sqrt(count / (count - 1) * (scatter @ scatter)) / totals.sizes.sum())


def cluster_bootstrap(
    values: Any,
    clusters: Any = None,
    *,
    confidence: float,
    least: float = -np.inf,
    most: float = np.inf,
    n_resamples: int = 1999,
    seed: int = 0,
) -> Interval:
    """Bound the mean over rows by resampling whole clusters.

    The deviation of the mean is resampled in units of its own standard error (bootstrap-t, Efron
    1981; Hall 1988): unlike percentiles of the mean it follows the skewness of the data, and widens
    where clusters are few.

    Parameters
    ----------
    values : array-like of shape (n,)
    clusters : sequence of length n, optional
        Cluster of each row; without it each row is its own.
    confidence : float in (0.5, 1)
        Probability with which each bound holds, taken alone; with fewer than about 20 clusters
        somewhat less.
    least, most : float
        Range of the values, and of the bounds.
    n_resamples : int
        The cost is that of so many passes over the clusters.
    seed : int
        The same seed gives the same bounds.

    Returns
    -------
    Interval
        From `least` to `most` where there are fewer than two clusters, or all have the same mean:
        then nothing shows how far they scatter. `mean_bounds` needs no scatter.

    Examples
    --------
    >>> cluster_bootstrap([0, 0, 1, 1], "aabb", confidence=0.95, least=0, most=1)
    Interval(low=0.0, high=1.0, confidence=0.95)
    """
    check_alpha(1 - confidence)
    totals = cluster_totals(values, clusters)
    error = standard_error(totals)
    if not error > _TINY * max(1.0, abs(totals.mean)):
        return Interval(float(least), float(most), confidence)
    deviations = _deviations(totals, n_resamples, seed)
    above = float(np.quantile(deviations, confidence, method="higher"))
    below = float(np.quantile(deviations, 1 - confidence, method="lower"))
    low, high = np.clip([totals.mean - above * error, totals.mean - below * error], least, most)
    return Interval(float(low), float(high), confidence)


def _deviations(totals: ClusterTotals, n_resamples: int, seed: int) -> Array:
    """Resampled mean less the mean, over the resample's standard error; endless where that is 0."""
    rng, count = np.random.default_rng(seed), len(totals.sums)
    found = np.empty(n_resamples)
    for i in range(n_resamples):
        drawn = rng.integers(0, count, count)
        again = ClusterTotals(totals.sums[drawn], totals.sizes[drawn])
        error, moved = standard_error(again), again.mean - totals.mean
        found[i] = moved / error if error > _TINY else np.copysign(np.inf, moved)
    return found


def _as_values(values: Any, name: str = "values") -> Array:
    array = np.asarray(values, dtype=np.float64).reshape(-1)
    if not len(array):
        raise ArgumentError(f"{name} is empty: at least one row is needed.")
    if not np.isfinite(array).all():
        raise ArgumentError(f"{name} holds a number that is not finite. Leave such rows out.")
    return array
