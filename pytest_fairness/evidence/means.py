"""Bounds of a mean of bounded numbers that hold at every sample size and for every distribution."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.judgement import check_alpha
from pytest_fairness.evidence.rates import check_population
from pytest_fairness.outcome import Interval

Array = NDArray[np.float64]

_HALVINGS = 50
_BOLDEST = 0.5  # share of the capital that one bet may lose


def mean_bounds(
    values: Any,
    *,
    alpha: float = 0.05,
    low: float = -1.0,
    high: float = 1.0,
    population: int | None = None,
) -> Interval:
    """Bound the mean of what `values` were drawn from, each side with error rate `alpha`.

    A mean is refuted when a gambler who bets against it, by a rule that looks only at earlier
    draws, multiplies the capital by ``1 / alpha`` (Waudby-Smith and Ramdas 2024). No distribution
    is assumed, so a sample without any change still has bounds of some width.

    Parameters
    ----------
    values : array-like of shape (n,)
        In the random order in which they were drawn.
    alpha : float in (0, 0.5), default 0.05
    low, high : float
        Range of the values.
    population : int, optional
        Units that the values were drawn from without replacement; equal to `n` for all of them,
        which makes both bounds the mean itself. None means no limit.

    Raises
    ------
    ArgumentError
        If there are no values, or one lies outside the range.

    Examples
    --------
    >>> bounds = mean_bounds([0.0] * 1000)
    >>> -0.01 < bounds.low < 0 < bounds.high < 0.01
    True
    """
    check_alpha(alpha)
    array = np.asarray(values, dtype=np.float64)
    if not len(array):
        raise ArgumentError("values is empty: a mean needs at least one value.")
    if not (array.min() >= low and array.max() <= high):  # nan fails as well
        raise ArgumentError(
            f"values must lie in [{low:g}, {high:g}]; got {array.min()!r} to {array.max()!r}."
        )
    if population is not None:
        check_population(len(array), population)
        if population == len(array):
            return Interval(float(array.mean()), float(array.mean()), 1 - alpha)
    unit = (array - low) / (high - low)
    width = high - low
    return Interval(
        low + width * _lower(unit, alpha, population),
        high - width * _lower(1.0 - unit, alpha, population),
        1 - alpha,
    )


def _lower(unit: Array, alpha: float, population: int | None) -> float:
    """Return the largest mean of values in [0, 1] that a gambler on more refutes."""
    bets = _bets(unit, alpha)
    sums = np.concatenate([[0.0], np.cumsum(unit)[:-1]])
    goal = np.log(1.0 / alpha)
    left, right = 0.0, float(unit.mean())
    for _ in range(_HALVINGS):
        middle = (left + right) / 2
        if _best_capital(middle, unit, bets, sums, population) >= goal:
            left = middle
        else:
            right = middle
    return left


def _bets(unit: Array, alpha: float) -> Array:
    """Return how much to bet on each value, from the spread of those before it."""
    n = len(unit)
    counts = np.arange(1, n + 1)
    means = (0.5 + np.cumsum(unit)) / (counts + 1)
    spreads = (0.25 + np.cumsum(np.square(unit - means))) / (counts + 1)
    before = np.concatenate([[0.25], spreads[:-1]])
    return np.asarray(np.sqrt(2 * np.log(1.0 / alpha) / (n * before)))


def _best_capital(
    mean: float, unit: Array, bets: Array, sums: Array, population: int | None
) -> float:
    """Return the largest logarithm of the capital that the bets ever reach."""
    expected = np.full(len(unit), mean)
    if population is not None:  # what is left after the earlier draws
        expected = (population * mean - sums) / (population - np.arange(len(unit)))
        if (expected < 0).any():
            return float("inf")
    stakes = np.minimum(bets, _BOLDEST / np.maximum(expected, 1e-12))
    return float(np.cumsum(np.log1p(stakes * (unit - expected))).max())
