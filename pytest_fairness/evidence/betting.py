r"""Bounds on a mean that hold at every look, so that a check may stop when it likes.

A gambler bets against the claim "the mean is at most `m`", value after value in the order in which
they were drawn. With the fraction `c` of her capital she multiplies it by ``1 - c + c * y / m`` per
value `y` of at least 0 (Waudby-Smith and Ramdas 2024). Were the claim true, each factor would be
expected to be at most 1 whatever came before, so her capital would be a nonnegative
supermartingale, and the probability that it *ever* reaches ``1 / alpha`` is at most `alpha` (Ville
1939). An average of several such capitals is another one. The claims that survive at a look form a
bound, and the bounds of all looks hold together: their error rate does not depend on when, or why,
the check stops. The fractions must be fixed before the first value.

Drawn without replacement from `N` units, the next value expects no longer `m` but the mean of what
is left, ``(N * m - sum so far) / (N - n)``, and the factor holds that instead (Waudby-Smith and
Ramdas 2020). So the order counts, and the bounds close on the mean as the population runs out.

Each factor falls in `m`, and so does the capital: the refuted claims are all those below one mean,
which halving finds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_HALVINGS = 44
_TINY = 1e-12


@dataclass(frozen=True)
class Bets:
    """Fractions of the capital, each above 0 and at most 1, and the shares that are bet so."""

    fractions: tuple[float, ...]
    shares: tuple[float, ...]


def growth(values: Any, mean: float, bets: Bets, population: int | None = None) -> Array:
    """Return the logarithm of the capital after each value, against "the mean is at most `mean`".

    Parameters
    ----------
    values : array-like of shape (..., n)
        Values in [0, 1] in the order of the draw.
    mean : float in [0, 1)
        The claim.
    bets : Bets
    population : int, optional
        Units that were drawn from without replacement; None means independent draws.

    Returns
    -------
    array of shape (..., n)
        Infinite from where the claim has become impossible.

    Examples
    --------
    >>> growth([1.0, 0.0], 0.5, Bets((0.5,), (1.0,))).round(3).tolist()
    [0.405, -0.288]
    """
    array = np.asarray(values, dtype=np.float64)
    expected, impossible = _expected(array, mean, population)
    ratio = np.divide(array, expected, out=np.ones_like(array), where=expected > 0)
    capital = np.full(array.shape, -math.inf)
    with np.errstate(divide="ignore"):
        for fraction, share in zip(bets.fractions, bets.shares, strict=True):
            factors = np.log(1 - fraction + fraction * ratio)
            capital = np.logaddexp(capital, math.log(share) + np.cumsum(factors, axis=-1))
    return np.where(impossible, math.inf, capital)


def _expected(
    values: Array, mean: float, population: int | None
) -> tuple[Array, NDArray[np.bool_] | bool]:
    """Return what each value is expected to be, given those before it, if the claim is exact.

    And whether the values up to it are more than the whole population would hold.
    """
    if population is None:
        return np.full(values.shape, mean), False
    total = population * mean
    slack = _TINY * (1 + total)  # rounding must not make a claim impossible
    after = total - np.cumsum(values, axis=-1)
    before = np.maximum(after + values, 0.0)
    before[before <= slack] = 0.0
    left = population - np.arange(values.shape[-1])
    return np.asarray(before / left), np.asarray(after < -slack)


def lower_in_order(values: Array, alpha: float, bets: Bets, population: int | None = None) -> float:
    """Return the lower bound of error rate `alpha`, over all looks together.

    Parameters
    ----------
    values : array of shape (n,)
        Values in [0, 1] in the order of the draw; n at least 1.
    alpha : float in (0, 1)
    bets : Bets
    population : int, optional
        Units that were drawn from without replacement.

    Examples
    --------
    >>> bound = lower_in_order(np.ones(100), 0.05, Bets((0.9,), (1.0,)))
    >>> round(bound, 3)  # after 100 successes, at any look
    0.967
    """
    if population == len(values):
        return float(values.mean())
    goal = math.log(1 / alpha)
    low, high = 0.0, float(values.mean())
    if not refuted(values, _TINY, goal, bets, population):
        return 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if refuted(values, max(middle, _TINY), goal, bets, population):
            low = middle
        else:
            high = middle
    return low


def refuted(
    values: Array, mean: float, goal: float, bets: Bets, population: int | None = None
) -> bool:
    """Whether the capital has grown to ``exp(goal)`` at the last value."""
    expected, impossible = _expected(values, mean, population)
    if np.any(impossible):
        return True
    ratio = np.divide(values, expected, out=np.ones_like(values), where=expected > 0)
    fractions = np.asarray(bets.fractions)[:, None]
    with np.errstate(divide="ignore"):
        capitals = np.log(bets.shares) + np.log(1 - fractions + fractions * ratio).sum(axis=1)
    return bool(np.logaddexp.reduce(capitals) >= goal)
