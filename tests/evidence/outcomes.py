"""Error rates of bounds on two rates, by summing the probability of every outcome.

A bound is described by the pairs of counts at which it rejects. Bounds are monotone: if `x1` of
`n1` and `x2` of `n2` reject, so do fewer of `n2`. So a bound is fully told by the largest `x2` that
rejects for each `x1`, and its error rate at two true rates is a sum over `x1` alone.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from pytest_fairness.evidence.contour import contour

Counts = NDArray[np.int64]
Rejects = Callable[[Counts, Counts], NDArray[np.bool_]]


def cuts(rejects: Rejects, n1: int, n2: int) -> Counts:
    """Return, for each x1, the largest x2 that rejects; -1 for none."""
    x1 = np.arange(n1 + 1)
    low, high = np.full(n1 + 1, -1), np.full(n1 + 1, n2)
    while np.any(low < high):
        middle = (low + high + 1) // 2
        inside = rejects(x1, middle)
        low, high = np.where(inside, middle, low), np.where(inside, high, middle - 1)
    return low


def grid(top: float) -> NDArray[np.float64]:
    """Rates from 0 to `top`, dense at both ends."""
    end = np.logspace(-6, -2, 80)
    return top * np.concatenate([end, np.linspace(0.01, 0.99, 99), 1 - end[::-1]])


def worst_rate(
    cut: Counts, n1: int, n2: int, rate1: NDArray[np.float64], rate2: NDArray[np.float64]
) -> float:
    """Return the largest probability of rejecting over pairs of true rates."""
    of_x1 = stats.binom.pmf(np.arange(n1 + 1), n1, rate1[:, None])
    given_x1 = stats.binom.cdf(cut, n2, rate2[:, None])
    return float((of_x1 * given_x1).sum(axis=1).max())


def contour_error(
    n1: int, n2: int, alpha: float, *, gap: float | None, ratio: float = 1.0
) -> float:
    """Return the largest chance that the contour's lower bound exceeds a true gap, or ratio."""
    first = contour(np.arange(n1 + 1.0), np.full(n1 + 1, float(n1)), alpha).low
    second = contour(np.arange(n2 + 1.0), np.full(n2 + 1, float(n2)), alpha).high

    def rejects(x1: Counts, x2: Counts) -> NDArray[np.bool_]:
        if gap is not None:
            return (first[x1] - second[x2]).min(axis=-1) > gap
        return (first[x1] / second[x2]).min(axis=-1) > ratio

    rates = grid(1.0 if gap is None else 1.0 - gap)
    above = rates * ratio if gap is None else rates + gap
    if ratio > 1:
        rates, above = grid(1.0) / ratio, grid(1.0)
    return worst_rate(cuts(rejects, n1, n2), n1, n2, above, rates)
