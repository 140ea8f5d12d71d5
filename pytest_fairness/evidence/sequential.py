"""The verdict on a rate of pairs that are drawn one after another, at any look.

Each bound spends a part of its error rate, on a bet that holds at every look (see
`betting`), so that clear cases stop early, and the rest on the exact bound of Clopper and Pearson
(1934), or its hypergeometric form, at the last planned size, which is narrower there. Where the
draw can go on until all pairs of the space are seen, the last look needs no bound, and looking has
all of it.

A `fail` errs when the true rate is at most the limit. The bet's lower bound is above the true rate
at *some* look with probability at most ``looking * alpha`` (Ville 1939), the exact one at the last
look with at most ``(1 - looking) * alpha``: together at most `alpha`, for whatever rule stops the
draw, because the event "some bound was ever wrong" does not depend on the rule. A `pass` likewise.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.betting import Array, Bets, growth, lower_in_order
from pytest_fairness.evidence.judgement import Judgement, check_alpha, check_limit
from pytest_fairness.evidence.rates import clopper_pearson, hypergeometric_bounds
from pytest_fairness.evidence.single_rate import Draw, Risk, judge_bounds, tail_chance
from pytest_fairness.outcome import Interval

LOOKING_TO_PASS = 0.85  # a pass far below a small limit needs hundreds of pairs: spend it there
LOOKING_TO_FAIL = 0.5  # a clear fail needs few, whatever it may spend
FIRST = 100  # pairs of the first look: fewer would not keep a processor busy
_GROWTH = 1.25

# Against "at least m" on 1 - y: to bet the fraction c is to expect the rate ``(1 - c) * m``. Most
# of it is bet on a tenth, so that models far below the limit stop early.
RARE = Bets((0.9, 0.6, 0.3), (0.85, 0.1, 0.05))
# Against "at most m" on y: to expect ``m + c * (1 - m)``.
OFTEN = Bets((0.9, *(0.5**i for i in range(1, 8))), (0.125,) * 8)


def judge_rate_in_order(
    hits: Any,
    *,
    planned: int,
    limit: float,
    alpha: float = 0.05,
    share: float = 1.0,
    population: int | None = None,
    quantity: str = "rate",
    unit: str = "pairs",
) -> Judgement:
    """Judge whether a rate stays within `limit`, at any look at a growing sample.

    Parameters
    ----------
    hits : array-like of bool of shape (n,)
        Whether each unit is a success (a flip, a failure), in the order of the draw.
    planned : int
        Units that the check is ready to count; at least n, and fixed beforehand.
    limit : float in [0, 1]
        Largest accepted rate.
    alpha : float in (0, 0.5), default 0.05
        Chance of a false `pass`, over all looks together.
    share : float in (0, 1], default 1.0
        Part of `alpha` that is the chance of a false `fail`.
    population : int, optional
        Units that are drawn from, uniformly and without replacement. None means no limit.
    quantity, unit : str
        Words for the reason.

    Returns
    -------
    Judgement
        `inconclusive` before the last look only says that more should be drawn.

    Examples
    --------
    >>> judgement = judge_rate_in_order([False] * 400, planned=2000, limit=0.01)
    >>> judgement.verdict.value, judgement.evidence.planned_n
    ('pass', 2000)
    """
    check_alpha(alpha)
    check_limit(limit)
    array = _as_hits(hits, planned, population)
    draw = Draw(int(array.sum()), len(array), population, planned)
    looking = looking_parts(planned, population)
    risk = Risk(alpha, share, 1 - looking.to_pass, 1 - looking.to_fail)
    interval = rate_bounds_in_order(
        array, planned=planned, alpha=alpha, alpha_low=risk.fail, population=population
    )
    p_value = None if draw.is_census else _p_value(array, draw, limit)
    return judge_bounds(draw, interval, _method(draw), limit, risk, p_value, quantity, unit)


def rate_bounds_in_order(
    hits: Array,
    *,
    planned: int,
    alpha: float,
    alpha_low: float | None = None,
    population: int | None = None,
) -> Interval:
    """Bound a rate at any look; the bounds of all looks hold together.

    Parameters
    ----------
    hits : array of shape (n,)
        0 or 1 for each unit in the order of the draw; n at least 1.
    planned : int
        Units that were to be drawn at most.
    alpha : float
        Chance that the upper bound is too low at some look.
    alpha_low : float, optional
        The same of the lower bound being too high; `alpha` by default.
    population : int, optional
        Units that are drawn from without replacement.

    Examples
    --------
    >>> bounds = rate_bounds_in_order(np.zeros(400), planned=2000, alpha=0.05)
    >>> bounds.low, round(bounds.high, 4)
    (0.0, 0.0091)
    """
    n, rate = len(hits), float(hits.mean())
    if n == population:
        return Interval(rate, rate, 1 - alpha)
    alpha_low = alpha if alpha_low is None else alpha_low
    looking = looking_parts(planned, population)
    low = lower_in_order(hits, looking.to_fail * alpha_low, OFTEN, population)
    high = 1 - lower_in_order(1 - hits, looking.to_pass * alpha, RARE, population)
    if n == planned:
        k = int(hits.sum())
        low = max(low, _exact(k, n, population, (1 - looking.to_fail) * alpha_low).low)
        high = min(high, _exact(k, n, population, (1 - looking.to_pass) * alpha).high)
    return Interval(min(low, rate), max(high, rate), 1 - alpha)


class Looking(NamedTuple):
    """Parts of the error rates that the looks before the last one may spend."""

    to_pass: float
    to_fail: float


def looking_parts(planned: int, population: int | None) -> Looking:
    """Return what looking may spend: all, where the last look sees the whole population."""
    if population is not None and population <= planned:
        return Looking(1.0, 1.0)
    return Looking(LOOKING_TO_PASS, LOOKING_TO_FAIL)


def grown(n: int, planned: int) -> int:
    """Return how many units to have at the next look: a quarter more."""
    return min(planned, max(FIRST, math.ceil(_GROWTH * n)))


def next_look(
    hits: Any, *, planned: int, limit: float, alpha: float = 0.05, population: int | None = None
) -> int:
    """Return how many units to have at the next look.

    A quarter more; or fewer, where so many without a success would make a `pass`.

    Examples
    --------
    >>> next_look([], planned=2000, limit=0.01)
    100
    >>> next_look([False] * 337, planned=2000, limit=0.01)
    362
    """
    array = np.asarray(hits, dtype=np.float64)
    n = len(array)
    most = grown(n, planned)
    if n < FIRST or most == n or limit >= 1:
        return most
    goal = -math.log(alpha * looking_parts(planned, population).to_pass)
    lucky = np.concatenate([1 - array, np.ones(most - n)])
    passing = np.flatnonzero(growth(lucky, 1 - limit, RARE, population)[n:] >= goal)
    return n + 1 + int(passing[0]) if len(passing) else most


def _as_hits(hits: Any, planned: int, population: int | None) -> Array:
    array = np.asarray(hits, dtype=np.float64).reshape(-1)
    if not np.isin(array, (0.0, 1.0)).all():
        raise ArgumentError("hits must hold True or False for each unit, in the order of the draw.")
    if not 0 < len(array) <= planned or (population is not None and planned > population):
        raise ArgumentError(
            f"planned={planned!r} must be at least the {len(array)} units drawn, which must be "
            f"some, and at most population={population!r}."
        )
    return array


def _exact(k: int, n: int, population: int | None, alpha: float) -> Interval:
    if population is None:
        return clopper_pearson(k, n, confidence=1 - alpha)
    return hypergeometric_bounds(k, n, population=population, confidence=1 - alpha)


def _p_value(hits: Array, draw: Draw, limit: float) -> float:
    """Return the smallest alpha at which one of the two lower bounds lies above the limit."""
    planned = draw.planned or draw.n
    looking = looking_parts(planned, draw.population).to_fail
    capital = float(growth(hits, max(limit, 1e-12), OFTEN, draw.population)[-1])
    p_value = math.exp(-max(0.0, capital)) / looking
    if draw.n == planned and looking < 1:
        p_value = min(p_value, tail_chance(draw, limit) / (1 - looking))
    return min(1.0, p_value)


def _method(draw: Draw) -> str:
    if draw.is_census:
        return "count of the whole population, exact"
    kind = "draws without replacement" if draw.population else "independent draws"
    text = (
        f"confidence sequence by betting on {kind} (Waudby-Smith and Ramdas 2020, 2024), valid at "
        "every look"
    )
    return text if draw.goes_on else f"{text}, and exact bounds at the last one"
