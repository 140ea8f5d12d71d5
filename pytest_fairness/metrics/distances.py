"""How far whole score distributions of groups lie apart, over all thresholds at once.

Distances are never negative, and above 0 by chance alone: the smaller the groups, the larger. They
are numbers to judge with an interval, not to hold against a limit as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any, Literal

import numpy as np

from pytest_fairness.metrics.numbers import Array, check_choice
from pytest_fairness.metrics.samples import NAN, Sample, known_groups, score_samples

Distance = Literal["wasserstein", "ks"]


def score_distances(
    y_true: Any,
    y_score: Any,
    *,
    sensitive_features: Any,
    distance: Distance = "wasserstein",
    sample_weight: Any = None,
) -> dict[tuple[str, str], float]:
    """Return the distance between the score distributions of each two known groups.

    Parameters
    ----------
    y_true : None or array-like
        Not read.
    y_score : array-like of shape (n,)
        Scores, finite.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`.
    distance : {"wasserstein", "ks"}, default "wasserstein"
        Wasserstein-1, in units of the score, or Kolmogorov-Smirnov, in [0, 1].
    sample_weight : array-like of shape (n,), optional
        Weights of at least 0.

    Returns
    -------
    dict of (str, str) to float
        nan where one of the groups has no row.

    Raises
    ------
    ArgumentError
        If lengths differ, scores are missing, or there are fewer than two groups.

    Examples
    --------
    >>> score_distances(None, [0.0, 0.5, 0.5, 1.0], sensitive_features=["a", "a", "b", "b"])
    {('a', 'b'): 0.5}
    """
    check_choice("distance", distance, tuple(_DISTANCES))
    samples = score_samples(
        None, y_score, sensitive_features=sensitive_features, sample_weight=sample_weight
    )
    of = _DISTANCES[distance]
    ordered = {name: _ordered(samples[name]) for name in known_groups(samples)}
    return {
        (one, other): of(ordered[one], ordered[other]) for one, other in combinations(ordered, 2)
    }


def wasserstein_difference(
    y_true: Any, y_score: Any, *, sensitive_features: Any, sample_weight: Any = None
) -> float:
    r"""Return the largest Wasserstein-1 distance between the scores of two groups; 0 is fair.

    :math:`\max_{a,b} \int |F_a(t) - F_b(t)| \, dt` (Jiang et al. 2020), the mean over uniform
    thresholds of the difference of selection rates.

    Parameters
    ----------
    y_true, y_score, sensitive_features, sample_weight
        As in `score_distances`.

    Returns
    -------
    float of at least 0
        In units of the score; nan, *not measurable*, when a group has no row.

    Examples
    --------
    >>> wasserstein_difference(
    ...     None, [0.0, 0.5, 0.5, 1.0], sensitive_features=["a", "a", "b", "b"]
    ... )
    0.5
    """
    return _largest(y_score, sensitive_features, "wasserstein", sample_weight)


def ks_difference(
    y_true: Any, y_score: Any, *, sensitive_features: Any, sample_weight: Any = None
) -> float:
    r"""Return the largest difference of selection rates over thresholds and groups; 0 is fair.

    :math:`\max_{a,b} \sup_t |F_a(t) - F_b(t)|`, the Kolmogorov-Smirnov distance (Agarwal, Dudík and
    Wu 2019).

    Parameters
    ----------
    y_true, y_score, sensitive_features, sample_weight
        As in `score_distances`.

    Returns
    -------
    float in [0, 1]
        nan, *not measurable*, when a group has no row.

    Examples
    --------
    >>> ks_difference(None, [0.0, 0.5, 0.5, 1.0], sensitive_features=["a", "a", "b", "b"])
    0.5
    """
    return _largest(y_score, sensitive_features, "ks", sample_weight)


def _largest(
    y_score: Any, sensitive_features: Any, distance: Distance, sample_weight: Any
) -> float:
    found = score_distances(
        None,
        y_score,
        sensitive_features=sensitive_features,
        distance=distance,
        sample_weight=sample_weight,
    )
    return float(np.max(list(found.values())))


def _wasserstein(one: Sample, other: Sample) -> float:
    points = _points(one, other)
    apart = np.abs(_shares(one, points) - _shares(other, points))
    return float(apart[:-1] @ np.diff(points)) if len(points) else NAN


def _ks(one: Sample, other: Sample) -> float:
    points = _points(one, other)
    apart = np.abs(_shares(one, points) - _shares(other, points))
    return float(apart.max()) if len(points) else NAN


def _ordered(sample: Sample) -> Sample:
    return sample.where(np.argsort(sample.y_score, kind="stable"))


def _points(one: Sample, other: Sample) -> Array:
    return np.sort(np.concatenate([one.y_score, other.y_score]), kind="stable")  # two runs: quick


def _shares(ordered: Sample, points: Array) -> Array:
    """Return the distribution function at the points; nan for a group without weight."""
    mass = np.concatenate([[0.0], np.cumsum(ordered.weights)])
    reached = mass[np.searchsorted(ordered.y_score, points, side="right")]
    with np.errstate(invalid="ignore"):
        return np.asarray(reached / mass[-1])


_DISTANCES: dict[str, Callable[[Sample, Sample], float]] = {
    "wasserstein": _wasserstein,
    "ks": _ks,
}
