"""Bounds on the mean of a bounded variable that assume nothing else about it.

A gambler who bets the fraction `c` of her capital against the claim "the mean is at most `m`", on
values rescaled to ``y >= 0``, multiplies it by ``1 - c + c * y / m`` per value (Waudby-Smith and
Ramdas 2024). Were the claim true, her expected capital after `n` values would be at most 1: each
factor expects at most 1, so the product of independent ones does; and for values drawn without
replacement the expected product is an elementary symmetric mean of the factors, which by
Maclaurin's inequality is no larger. So a capital of ``1 / alpha`` has a probability of at most
`alpha` (Markov), and the claims that survive form a confidence bound. An average over several
fractions is again such a capital, and lets the data choose.

Fractions are fixed beforehand, so the product does not depend on the order of the values: unlike
bounds that learn their bets on the way, these need no random order, only a random sample.

With `planned`, bounds that hold at every look of a growing sample take their place (see `betting`).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.betting import Bets, growth, lower_in_order
from pytest_fairness.evidence.rates import check_population
from pytest_fairness.outcome import Interval

Array = NDArray[np.float64]

_TINY = 1e-12


def mean_bounds(
    values: Any,
    *,
    confidence: float,
    population: int | None = None,
    least: float = -1.0,
    most: float = 1.0,
    planned: int | None = None,
) -> Interval:
    """Bound a mean from a sample.

    Parameters
    ----------
    values : array-like of shape (n,)
        Independent draws, or a uniform draw without replacement; n at least 1.
    confidence : float in (0.5, 1)
        Probability with which each bound holds, taken alone.
    population : int, optional
        Units that were drawn from. The bounds meet at the mean when all were, and never leave more
        room than the units not yet seen could fill; between, they do not use it.
    least, most : float
        Range of the variable.
    planned : int, optional
        Values that were to be drawn at most, when the draw may stop early: `values` are then read
        in the order of the draw, and the bounds of all looks hold together.

    Examples
    --------
    >>> bounds = mean_bounds([0.0] * 1000, confidence=0.95)
    >>> round(bounds.low, 3), round(bounds.high, 3)
    (-0.004, 0.004)
    """
    array = as_bounded(values, least, most)
    if population is not None:
        check_population(len(array), population)
    alpha = 1 - confidence
    low = mean_lower(array, alpha, population, least, most, planned=planned)
    high = -mean_lower(-array, alpha, population, -most, -least, planned=planned)
    return Interval(low, high, confidence)


def as_bounded(values: Any, least: float, most: float, name: str = "values") -> Array:
    """Return `values` as an array, once checked to be numbers from `least` to `most`."""
    array = np.asarray(values, dtype=np.float64).reshape(-1)
    if not len(array):
        raise ArgumentError(f"{name} is empty: a mean needs at least one value.")
    if not np.all((array >= least) & (array <= most)):  # also catches nan
        wrong = array[~((array >= least) & (array <= most))][0]
        raise ArgumentError(
            f"{name} holds {wrong:g} and must lie in [{least:g}, {most:g}]. "
            "Compare probabilities, or rescale the scores."
        )
    return array


def mean_lower(
    values: Array,
    alpha: float,
    population: int | None = None,
    least: float = -1.0,
    most: float = 1.0,
    times: float = 1.0,
    planned: int | None = None,
) -> float:
    """Return the lower bound of error rate `alpha`, as if every value stood `times` times.

    With `planned` it holds at every look, and `times` is not read.
    """
    mean = float(values.mean())
    if population == len(values):
        return mean
    scaled = (values - least) / (most - least)
    if planned is not None:
        bound = lower_in_order(scaled, alpha, bets_in_order(planned, alpha), population)
        return min(least + (most - least) * bound, mean)
    bound = least + (most - least) * _betting_bound(scaled, alpha, times)
    if population is None:
        return min(bound, mean)
    unseen = 1 - len(values) / population
    return min(max(bound, mean * (1 - unseen) + least * unseen), mean)


def mean_p_value(
    values: Array,
    limit: float,
    alpha: float,
    population: int | None = None,
    least: float = -1.0,
    most: float = 1.0,
    planned: int | None = None,
) -> float:
    """Return the smallest error rate at which the lower bound lies above `limit`, at most 1.

    The bets are those made for `alpha`; its inverse is what they gained if the mean is the limit.
    It is 0 where even the least that unseen values could be leaves the mean above.
    """
    if population is not None:
        unseen = 1 - len(values) / population
        if float(values.mean()) * (1 - unseen) + least * unseen > limit:
            return 0.0
    scaled = (values - least) / (most - least)
    mean = max((limit - least) / (most - least), _TINY)
    if planned is not None:
        gained = float(growth(scaled, mean, bets_in_order(planned, alpha), population)[-1])
    else:
        fractions = bet_fractions(len(values), alpha)
        repeats = np.ones(len(values))
        gained = _log_capital(scaled, repeats, mean, fractions, 1.0) - math.log(len(fractions))
    return math.exp(-max(0.0, gained))


def _betting_bound(values: Array, alpha: float, times: float) -> float:
    """Return the largest mean in [0, 1] that the bets on `values` in [0, 1] refute."""
    from scipy.optimize import brentq

    fractions = bet_fractions(len(values) * times, alpha)
    values, repeats = np.unique(values, return_counts=True)
    goal = math.log(len(fractions) / alpha)

    def excess(mean: float) -> float:
        return _log_capital(values, repeats, mean, fractions, times) - goal

    highest = float(values @ repeats / repeats.sum())
    if highest <= _TINY or excess(_TINY) <= 0:
        return 0.0
    root = float(brentq(excess, _TINY, highest, xtol=1e-10))
    return max(0.0, root - 1e-9)


def _log_capital(
    values: Array, repeats: NDArray[Any], mean: float, fractions: Array, times: float
) -> float:
    """Return the logarithm of the capitals of all fractions together, each having begun with 1."""
    with np.errstate(divide="ignore"):
        gained = np.log1p(fractions[:, None] * (values[None] / mean - 1.0)) @ repeats
    return _log_of_sum(np.asarray(times * gained, dtype=np.float64))


def bets_in_order(planned: int, alpha: float) -> Bets:
    """Return the bets for a draw of up to `planned` values.

    Half is bet on the fraction 1, which gains most where values hardly vary: a clear case. The rest
    is for what `bet_fractions` could profit from.
    """
    fractions = tuple(bet_fractions(planned, alpha).tolist())
    if len(fractions) == 1:
        return Bets(fractions, (1.0,))
    rest = len(fractions) - 1
    return Bets(fractions, (0.5, *(0.5 / rest,) * rest))


def _log_of_sum(logarithms: Array) -> float:
    largest = float(logarithms.max())
    if largest == -math.inf:
        return largest
    return largest + math.log(float(np.exp(logarithms - largest).sum()))


def bet_fractions(n: float, alpha: float) -> Array:
    """Return the fractions to bet: 1, 1/2, 1/4, ... as far as `n` values could profit from.

    The best fraction at the bound is about ``sqrt(2 log(1 / alpha) / n)`` over the standard
    deviation (of values in [0, 1], times their mean), which is at most 1.
    """
    smallest = math.sqrt(2 * math.log(1 / alpha) / n)
    return 0.5 ** np.arange(max(1, math.ceil(-math.log2(min(smallest, 1.0))) + 1), dtype=np.float64)
