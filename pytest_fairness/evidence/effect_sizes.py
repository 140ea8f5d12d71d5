"""How large a difference is, in units that do not depend on what was measured."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.judgement import check_count


def cohens_h(first: float, second: float) -> float:
    """Return the difference of two rates on the scale where equal steps are equally hard to see.

    Parameters
    ----------
    first, second : float in [0, 1]

    Returns
    -------
    float in [-pi, pi]
        0 for equal rates, positive when the first is larger. Cohen (1988) calls 0.2 small, 0.5
        medium and 0.8 large.

    Examples
    --------
    >>> round(cohens_h(0.6, 0.5), 4), round(cohens_h(0.11, 0.01), 4)
    (0.2014, 0.4758)
    """
    for rate in (first, second):
        if not 0 <= rate <= 1:
            raise ArgumentError(f"cohens_h takes rates in [0, 1], not {rate!r}.")
    return 2 * math.asin(math.sqrt(first)) - 2 * math.asin(math.sqrt(second))


def cliffs_delta(first: Any, second: Any) -> float:
    """Return how much more often a value of the first sample is the larger one (Cliff 1993).

    Parameters
    ----------
    first, second : array-like of shape (n,) and (m,)

    Returns
    -------
    float in [-1, 1]
        Share of pairs in which the first value is larger, less the share in which the second is; 0
        when neither tends to be larger. Twice the area under the ROC curve, less 1.

    Examples
    --------
    >>> cliffs_delta([1, 2, 3], [1, 1, 2])
    0.4444444444444444
    """
    a, b = _sorted("first", first), _sorted("second", second)
    below = np.searchsorted(b, a, side="left").sum(dtype=np.int64)
    at_most = np.searchsorted(b, a, side="right").sum(dtype=np.int64)
    pairs = len(a) * len(b)
    return float((below - (pairs - at_most)) / pairs)


def between_group_variance(counts: Mapping[str, tuple[int, int]]) -> float:
    """Return how much the true rates of groups vary, without what chance adds (Lum et al. 2022).

    The variance of observed rates is too large by the mean of their own variances, which is most of
    it where groups are small: a largest gap suffers from the same, and cannot be put right as
    simply. Here the excess is taken off, so that the estimate is right on average. For a verdict
    use `judge_gap`.

    Parameters
    ----------
    counts : mapping of group to (successes, rows)
        At least two groups, each of at least two rows.

    Returns
    -------
    float
        0 for equal rates, on average; so a single estimate may be negative.

    Examples
    --------
    >>> round(between_group_variance({"a": (30, 100), "b": (50, 100), "c": (40, 100)}), 5)
    0.00764
    """
    if len(counts) < 2 or any(n < 2 for _, n in counts.values()):
        raise ArgumentError(
            "counts needs at least two groups of at least two rows each, so that it can be told "
            "how much they vary and how much chance adds."
        )
    for name, (k, n) in counts.items():
        check_count(f"group {name!r}", k, n)
    successes, rows = np.array(list(counts.values()), dtype=np.float64).T
    rates = successes / rows
    by_chance = rates * (1 - rates) / (rows - 1)
    return float(rates.var(ddof=1) - by_chance.mean())


def _sorted(name: str, values: Any) -> NDArray[np.float64]:
    array = np.sort(np.asarray(values, dtype=np.float64).reshape(-1))
    if not len(array) or np.isnan(array[-1]):
        raise ArgumentError(f"{name} is empty or holds nan: give the scores of one sample.")
    return array
