"""The verdict on one mean of a bounded number, such as how far the scores of a pair lie apart."""

from __future__ import annotations

import math
from typing import Any

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.betting import Array
from pytest_fairness.evidence.judgement import (
    PROBABLY,
    Judgement,
    beside,
    check_alpha,
    confidence_in_words,
    unplanned,
    verdict_of,
)
from pytest_fairness.evidence.means import as_bounded, mean_lower, mean_p_value
from pytest_fairness.evidence.power import smallest_factor
from pytest_fairness.evidence.rates import check_population
from pytest_fairness.evidence.single_rate import Draw, Risk, draw_notes
from pytest_fairness.outcome import Evidence, Interval, Verdict


def judge_mean(
    values: Any,
    *,
    limit: float,
    alpha: float = 0.05,
    share: float = 1.0,
    population: int | None = None,
    planned: int | None = None,
    least: float = 0.0,
    most: float = 1.0,
    quantity: str = "mean",
    unit: str = "pairs",
) -> Judgement:
    """Judge whether a mean stays within `limit`.

    The bounds assume nothing but the range (Waudby-Smith and Ramdas 2024; see `means`). With
    `planned` they hold at every look of a growing sample (see `betting`).

    Parameters
    ----------
    values : array-like of shape (n,)
        One value a unit, in the order of the draw where `planned` is given.
    limit : float
        Largest accepted mean.
    alpha : float in (0, 0.5), default 0.05
        Chance of a false `pass`.
    share : float in (0, 1], default 1.0
        Part of `alpha` that is the chance of a false `fail`.
    population : int, optional
        Units that were drawn from, uniformly and without replacement. None means no limit.
    planned : int, optional
        Units that were to be drawn at most, where the check may stop early.
    least, most : float
        Range of the values.
    quantity, unit : str
        Words for the reason.

    Examples
    --------
    >>> judge_mean([0.0] * 500, limit=0.02, quantity="score gap").reason
    'The score gap is at most 0.0089 with 95 % confidence, within the limit 0.02.'
    """
    check_alpha(alpha)
    array = as_bounded(values, least, most)
    _check_limit(limit, least, most)
    if population is not None:
        check_population(len(array), population)
    side = _Mean(array, population, planned, least, most)
    risk = Risk(alpha, share)
    interval = side.bounds(risk)
    verdict = verdict_of(interval, limit)
    asks = verdict is Verdict.INCONCLUSIVE and not side.draw.goes_on
    required = side.required(limit, risk) if asks else None
    evidence = Evidence(
        side.mean,
        interval,
        side.method(risk),
        side.draw.n,
        population=population,
        p_value=side.p_value(limit, risk),
        required_n=required,
        minimum_detectable=side.detectable(limit, risk),
        planned_n=planned,
        notes=tuple(draw_notes(side.draw, unit)),
    )
    reason = _reason(verdict, side, interval, limit, required, quantity, unit)
    return Judgement(verdict, reason, evidence)


class _Mean:
    """Values with their range, and how they were drawn."""

    def __init__(
        self, values: Array, population: int | None, planned: int | None, least: float, most: float
    ) -> None:
        self.values, self.least, self.most = values, least, most
        self.draw = Draw(0, len(values), population, planned)
        self.mean = float(values.mean())

    def bounds(self, risk: Risk) -> Interval:
        return Interval(self.low(risk.fail), self.high(risk.alpha), 1 - risk.alpha)

    def low(self, alpha: float, times: float | None = None) -> float:
        population, planned = self._way(times)
        most, least = self.most, self.least
        return mean_lower(self.values, alpha, population, least, most, times or 1.0, planned)

    def high(self, alpha: float, times: float | None = None) -> float:
        population, planned = self._way(times)
        most, least = -self.least, -self.most
        return -mean_lower(-self.values, alpha, population, least, most, times or 1.0, planned)

    def _way(self, times: float | None) -> tuple[int | None, int | None]:
        """Forget the order and the population where more values are only imagined."""
        return (None, None) if times is not None else (self.draw.population, self.draw.planned)

    def p_value(self, limit: float, risk: Risk) -> float | None:
        if self.draw.is_census:
            return None
        population, planned = self.draw.population, self.draw.planned
        level, least, most = risk.fail, self.least, self.most
        return mean_p_value(self.values, limit, level, population, least, most, planned)

    def error(self, times: float) -> float:
        """Return the standard error of the mean; never 0, since a rare jump may hide."""
        n = len(self.values)
        spread = max(float(self.values.std()), (self.most - self.least) / 2 / n)
        return spread / math.sqrt(n * times)

    def required(self, limit: float, risk: Risk) -> int | None:
        """Return how many units would probably settle the verdict, or None when none would."""
        n, population = self.draw.n, self.draw.population

        def chance(times: float) -> float:
            from scipy.special import ndtr

            if self.mean > limit:
                return float(ndtr((self.low(risk.fail, times) - limit) / self.error(times)))
            return float(ndtr((limit - self.high(risk.alpha, times)) / self.error(times)))

        if population is None:
            factor = smallest_factor(chance)
            return None if factor is None else math.ceil(factor * n)
        factor = smallest_factor(chance, population / n)
        return population if factor is None else min(population, math.ceil(factor * n))

    def detectable(self, limit: float, risk: Risk) -> float | None:
        """Return about the true mean that as many units as planned would probably fail.

        As far above the limit as the lower bound lies below the mean, and the power asks for; the
        variance is taken to grow with the mean, as that of jumps does.
        """
        from scipy.special import ndtri

        if self.draw.is_census:
            return None
        times = (self.draw.planned or self.draw.n) / self.draw.n
        reach = self.mean - self.low(risk.fail, times) + float(ndtri(PROBABLY)) * self.error(times)
        found = limit + reach
        for _ in range(8):  # a larger mean of jumps has a larger spread
            found = limit + reach * math.sqrt(max(1.0, self._over_least(found)))
        return found if found <= self.most else None

    def _over_least(self, mean: float) -> float:
        """Return how many times as far above the least value `mean` lies as the observed one."""
        return (mean - self.least) / max(self.mean - self.least, 1 / len(self.values))

    def method(self, risk: Risk) -> str:
        if self.draw.is_census:
            return "mean of the whole population, exact"
        name = "fixed bets" if self.draw.planned is None else "in order, valid at every look"
        text = (
            f"betting bounds for a mean in [{self.least:g}, {self.most:g}] (Waudby-Smith and "
            f"Ramdas 2024, {name})"
        )
        return text if risk.share == 1 else f"{text}; lower bound at error rate {risk.fail:.2g}"


def _check_limit(limit: float, least: float, most: float) -> None:
    if not least <= limit <= most:
        raise ArgumentError(
            f"limit={limit!r} must lie in [{least:g}, {most:g}]: it is the largest accepted mean."
        )


def _reason(
    verdict: Verdict,
    side: _Mean,
    interval: Interval,
    limit: float,
    required: int | None,
    quantity: str,
    unit: str,
) -> str:
    sure = confidence_in_words(interval.confidence)
    if verdict is Verdict.INCONCLUSIVE:
        return (
            f"{side.draw.n} {unit} leave the {quantity} between {interval.low:.2g} and "
            f"{interval.high:.2g} (at least {sure} each way), and the limit {limit:g} lies "
            "between; "
            f"{_next_step(required, side, interval, limit, unit)}."
        )
    failed = verdict is Verdict.FAIL
    where = f"above the limit {limit:g}" if failed else f"within the limit {limit:g}"
    if side.draw.is_census:
        mean = beside(interval.low, limit, up=None)
        return f"The {quantity} over all {side.draw.n} {unit} of the space is {mean}, {where}."
    bound = beside(interval.low if failed else interval.high, limit, up=not failed)
    return f"The {quantity} is at {'least' if failed else 'most'} {bound} with {sure}, {where}."


def _next_step(
    required: int | None, side: _Mean, interval: Interval, limit: float, unit: str
) -> str:
    draw = side.draw
    if draw.goes_on:
        return f"up to {draw.planned} {unit} are to be drawn"
    if required is None and limit == side.least:
        return "no sample can show that it is as small as it can be, so state what you accept"
    if required is None:
        return unplanned(side.mean, interval, limit, draw.n, unit)
    if required == draw.population:
        return f"scoring all {required} {unit} of the space decides"
    return f"about {required} {unit} would probably decide"
