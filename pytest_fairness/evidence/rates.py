"""Exact bounds of one rate: sampled with or without replacement, or counted in full."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.judgement import check_count
from pytest_fairness.outcome import Interval

Array = NDArray[np.float64]

# Beyond this, hypergeometric tails lose more digits than set them apart from binomial ones.
_AS_GOOD_AS_INFINITE = 10**9


def exact_lower(k: Any, n: Any, alpha: Any) -> Array:
    """Return the rate at which `k` or more successes of `n` have probability `alpha`.

    The lower bound of Clopper and Pearson (1934), one-sided; arrays broadcast, and `k` and `n` may
    be fractional, as expected counts are.
    """
    from scipy.special import betaincinv

    k, n = np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64)
    positive = k > 0
    bound = betaincinv(np.where(positive, k, 1.0), n - np.where(positive, k, 0.0) + 1.0, alpha)
    return np.where(positive, bound, 0.0)


def exact_upper(k: Any, n: Any, alpha: Any) -> Array:
    """Return the rate at which `k` or fewer successes of `n` have probability `alpha`."""
    return np.asarray(1.0 - exact_lower(np.asarray(n) - np.asarray(k), n, alpha))


def clopper_pearson(k: int, n: int, *, confidence: float) -> Interval:
    """Bound a rate from `k` successes in `n` independent draws (Clopper and Pearson 1934).

    Parameters
    ----------
    k, n : int
        Successes and draws; without a draw the bounds are 0 and 1.
    confidence : float in (0, 1)
        Probability with which each bound holds, taken alone.

    Examples
    --------
    >>> round(clopper_pearson(0, 300, confidence=0.95).high, 4)  # the rule of three
    0.0099
    """
    check_count("clopper_pearson", k, n)
    alpha = 1 - confidence
    return Interval(float(exact_lower(k, n, alpha)), float(exact_upper(k, n, alpha)), confidence)


def hypergeometric_bounds(k: int, n: int, *, population: int, confidence: float) -> Interval:
    """Bound the rate of a finite population from `n` of its units drawn without replacement.

    The bounds are exact: the smallest and largest rates under which the sample is not too unlikely.
    They meet at the rate itself when every unit was seen, and are those of Clopper and Pearson
    when the population is very large.

    Parameters
    ----------
    k, n : int
        Successes and units drawn.
    population : int
        Units that the draw was made from; at least `n`.
    confidence : float in (0, 1)
        Probability with which each bound holds, taken alone.

    Examples
    --------
    >>> hypergeometric_bounds(3, 100, population=100, confidence=0.95)
    Interval(low=0.03, high=0.03, confidence=0.95)
    """
    check_count("hypergeometric_bounds", k, n)
    check_population(n, population)
    if population > _AS_GOOD_AS_INFINITE:
        return clopper_pearson(k, n, confidence=confidence)
    alpha = 1 - confidence
    least, most = k, population - n + k  # successes that the population can hold
    low = _first(least, most, lambda total: _more_or_equal(k, n, total, population) > alpha)
    over = _first(low, most + 1, lambda total: _fewer_or_equal(k, n, total, population) <= alpha)
    return Interval(low / population, (over - 1) / population, confidence)


def check_population(n: int, population: int) -> None:
    """Raise unless `n` units can be drawn from `population`."""
    if n > population:
        raise ArgumentError(
            f"population={population!r} is smaller than the {n} units drawn from it. "
            "Pass the number of units that the sample was drawn from."
        )


def _more_or_equal(k: int, n: int, total: int, population: int) -> float:
    from scipy.stats import hypergeom

    return float(hypergeom.sf(k - 1, population, total, n))


def _fewer_or_equal(k: int, n: int, total: int, population: int) -> float:
    from scipy.stats import hypergeom

    return float(hypergeom.cdf(k, population, total, n))


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """Return the first number from `low` on that `holds`, or `high`, which is not asked."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low
