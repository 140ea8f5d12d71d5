"""The verdict on one rate, such as the share of pairs whose label flips."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pytest_fairness.evidence.judgement import (
    PROBABLY,
    Judgement,
    beside,
    check_alpha,
    check_count,
    check_limit,
    confidence_in_words,
    unplanned,
    verdict_of,
)
from pytest_fairness.evidence.rates import check_population, clopper_pearson, hypergeometric_bounds
from pytest_fairness.outcome import Evidence, Interval, Verdict

_MOST = 10**7  # more units than anyone scores: beyond, say that no sample would decide


class Draw(NamedTuple):
    """`k` successes of `n` units, drawn from `population`, of `planned` ones (None: `n`)."""

    k: int
    n: int
    population: int | None = None
    planned: int | None = None

    @property
    def is_census(self) -> bool:
        """Whether every unit was counted."""
        return self.n == self.population

    @property
    def goes_on(self) -> bool:
        """Whether more units were to be drawn."""
        return self.planned is not None and self.n < self.planned


class Risk(NamedTuple):
    """Error rate of a `pass`, part of it that a `fail` may spend, and the last look's parts."""

    alpha: float
    share: float = 1.0
    last_pass: float = 1.0
    last_fail: float = 1.0

    @property
    def fail(self) -> float:
        """Error rate of a `fail`."""
        return self.alpha * self.share


def judge_rate(
    k: int,
    n: int,
    *,
    limit: float,
    alpha: float = 0.05,
    share: float = 1.0,
    population: int | None = None,
    min_n: int = 1,
    quantity: str = "rate",
    unit: str = "pairs",
) -> Judgement:
    """Judge whether a rate stays within `limit`.

    Both bounds are exact and one-sided, so that a false `fail` has a probability of at most
    ``alpha * share`` and a false `pass` one of at most `alpha`, whatever the rate and the sample
    size. Both hold for a sample of fixed size; `judge_rate_in_order` may look at a growing one.

    Parameters
    ----------
    k, n : int
        Successes (flips, failures) and units counted.
    limit : float in [0, 1]
        Largest accepted rate.
    alpha : float in (0, 0.5), default 0.05
        Chance of a false `pass`.
    share : float in (0, 1], default 1.0
        Part of `alpha` that is the chance of a false `fail`.
    population : int, optional
        Units that the `n` were drawn from, uniformly and without replacement; equal to `n` when
        all were counted, which makes the verdict exact. None means no limit.
    min_n : int, default 1
        Fewer units than this are not measured.
    quantity, unit : str
        Words for the reason, such as ``"flip rate"`` and ``"pairs"``.

    Returns
    -------
    Judgement
        `required_n` of an inconclusive one is the number of units that would settle it with
        probability 0.8, if the observed rate held.

    Examples
    --------
    >>> judge_rate(0, 300, limit=0.01, quantity="flip rate").reason
    'The flip rate is at most 0.00994 with 95 % confidence, within the limit 0.01.'
    >>> judge_rate(0, 120, limit=0.01).evidence.required_n
    299
    """
    check_alpha(alpha)
    check_limit(limit)
    check_count(quantity, k, n)
    if population is not None:
        check_population(n, population)
    if n < max(min_n, 1):
        return _unmeasurable(n, population, min_n, quantity, unit)
    draw, risk = Draw(k, n, population), Risk(alpha, share)
    interval, method = _bounds(draw, risk)
    p_value = None if draw.is_census else tail_chance(draw, limit)
    return judge_bounds(draw, interval, method, limit, risk, p_value, quantity, unit)


def judge_bounds(
    draw: Draw,
    interval: Interval,
    method: str,
    limit: float,
    risk: Risk,
    p_value: float | None,
    quantity: str,
    unit: str,
) -> Judgement:
    """Read the verdict off the bounds of a rate, and say why."""
    verdict = verdict_of(interval, limit)
    asks = _open(verdict) and not draw.goes_on
    required = probable_n(draw, limit, risk) if asks else None
    reason = _reason(verdict, draw, interval, limit, required, quantity, unit)
    evidence = Evidence(
        draw.k / draw.n,
        interval,
        method if risk.share == 1 else f"{method}; lower bound at error rate {risk.fail:.2g}",
        draw.n,
        population=draw.population,
        p_value=p_value,
        required_n=required,
        minimum_detectable=detectable_rate(draw, limit, risk),
        planned_n=draw.planned,
        notes=tuple(draw_notes(draw, unit)),
    )
    return Judgement(verdict, reason, evidence)


def tail_chance(draw: Draw, limit: float) -> float:
    """Return how probable so many successes are, at most, where the rate keeps the limit."""
    from scipy.stats import binom, hypergeom

    if draw.population is None:
        return float(binom.sf(draw.k - 1, draw.n, limit))
    allowed = allowed_in(draw.population, limit)
    return float(hypergeom.sf(draw.k - 1, draw.population, allowed, draw.n))


def allowed_in(population: int, limit: float) -> int:
    """Return how many successes of a population keep the limit."""
    return int(limit * population + 1e-9)


def detectable_rate(draw: Draw, limit: float, risk: Risk) -> float | None:
    """Return the true rate that so many units, or as many as were planned, probably fail."""
    from scipy.special import betaincinv
    from scipy.stats import binom

    n = draw.planned or draw.n
    if n == draw.population:
        above = allowed_in(n, limit) + 1
        return above / n if above <= n else None
    fails_from = int(binom.isf(risk.fail * risk.last_fail, n, limit)) + 1
    return float(betaincinv(fails_from, n - fails_from + 1, PROBABLY)) if fails_from <= n else None


def probable_n(draw: Draw, limit: float, risk: Risk) -> int | None:
    """Return how many units would probably settle the verdict, or None when none would."""
    n, population = draw.n, draw.population
    top = _MOST if population is None else population
    decides = _decider(draw.k / n, limit, risk, population)
    low, high = n, min(2 * n, top)
    while not decides(high):
        if high >= top:
            return None
        low, high = high, min(2 * high, top)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if decides(middle) else (middle, high)
    return high


def _decider(
    rate: float, limit: float, risk: Risk, population: int | None
) -> Callable[[int], bool]:
    """Return a test of whether a sample of some size probably ends in `pass` or `fail`."""
    from scipy.stats import binom, hypergeom

    failing, passing = risk.fail * risk.last_fail, risk.alpha * risk.last_pass

    def chance(n: int) -> float:
        if n == population:
            return 1.0
        if population is None:
            fails_from = binom.isf(failing, n, limit) + 1
            passes_to = binom.ppf(passing, n, limit) - 1
            return float(binom.sf(fails_from - 1, n, rate) + binom.cdf(passes_to, n, rate))
        allowed, held = allowed_in(population, limit), round(rate * population)
        fails_from = hypergeom.isf(failing, population, allowed, n) + 1
        passes_to = hypergeom.ppf(passing, population, min(allowed + 1, population), n) - 1
        return float(
            hypergeom.sf(fails_from - 1, population, held, n)
            + hypergeom.cdf(passes_to, population, held, n)
        )

    return lambda n: chance(n) >= PROBABLY


def _open(verdict: Verdict) -> bool:
    return verdict is Verdict.INCONCLUSIVE


def _bounds(draw: Draw, risk: Risk) -> tuple[Interval, str]:
    k, n, population, _ = draw
    low, high = (_exact(draw, alpha) for alpha in (risk.fail, risk.alpha))
    interval = Interval(low.low, high.high, 1 - risk.alpha)
    if population is None:
        return interval, "Clopper-Pearson, exact"
    if draw.is_census:
        return interval, "count of the whole population, exact"
    rate = k / n  # may lie between two rates that the population can have, and so beside the bounds
    interval = Interval(min(interval.low, rate), max(interval.high, rate), 1 - risk.alpha)
    return interval, "hypergeometric, exact for a draw without replacement"


def _exact(draw: Draw, alpha: float) -> Interval:
    k, n, population, _ = draw
    if population is None:
        return clopper_pearson(k, n, confidence=1 - alpha)
    return hypergeometric_bounds(k, n, population=population, confidence=1 - alpha)


def draw_notes(draw: Draw, unit: str) -> list[str]:
    """Say what a census does not cover."""
    if draw.is_census:
        return [f"Exact for these {draw.n} {unit}; other templates or terms may differ."]
    return []


def _unmeasurable(
    n: int, population: int | None, min_n: int, quantity: str, unit: str
) -> Judgement:
    advice = "Add templates or terms whose groups differ, or check that the texts contain any."
    if n:
        reason = f"{n} {unit} are fewer than the {min_n} asked for to measure the {quantity}."
    else:
        reason = f"No valid {unit} to measure the {quantity} on."
    evidence = Evidence(None, None, "none", n, population=population)
    return Judgement(Verdict.UNMEASURABLE, f"{reason} {advice}", evidence)


def _reason(
    verdict: Verdict,
    draw: Draw,
    interval: Interval,
    limit: float,
    required: int | None,
    quantity: str,
    unit: str,
) -> str:
    sure = confidence_in_words(interval.confidence)
    if _open(verdict):
        return (
            f"{draw.k} of {draw.n} {unit} leave the {quantity} between {interval.low:.2g} and "
            f"{interval.high:.2g} (at least {sure} each way), and the limit {limit:g} lies "
            "between; "
            f"{_next_step(required, draw, interval, limit, unit)}."
        )
    failed = verdict is Verdict.FAIL
    where = f"above the limit {limit:g}" if failed else f"within the limit {limit:g}"
    if draw.is_census:
        rate = beside(interval.low, limit, up=None)
        return f"The {quantity} over all {draw.n} {unit} of the space is {rate}, {where}."
    bound = beside(interval.low if failed else interval.high, limit, up=not failed)
    side = "least" if failed else "most"
    return f"The {quantity} is at {side} {bound} with {sure}, {where}."


def _next_step(
    required: int | None, draw: Draw, interval: Interval, limit: float, unit: str
) -> str:
    if draw.goes_on:
        return f"up to {draw.planned} {unit} are to be drawn"
    if required is None:
        return unplanned(draw.k / draw.n, interval, limit, draw.n, unit)
    if required == draw.population:
        return (
            f"scoring all {required} {unit} of the space decides, and more templates or terms "
            "make room for a larger sample"
        )
    return f"about {required} {unit} would probably decide"
