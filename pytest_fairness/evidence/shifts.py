"""The verdict on the mean change of score between the two texts of a pair."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.evidence.judgement import (
    PROBABLY,
    Judgement,
    beside,
    check_alpha,
    check_limit,
    confidence_in_words,
    unplanned,
    verdict_of,
)
from pytest_fairness.evidence.means import as_bounded, mean_lower, mean_p_value
from pytest_fairness.evidence.power import smallest_factor
from pytest_fairness.evidence.rates import check_population
from pytest_fairness.outcome import Comparison, Evidence, Interval, Verdict

Array = NDArray[np.float64]
Pair = tuple[str, str]


def judge_mean_shift(
    shifts: Mapping[Pair, Any],
    *,
    limit: float,
    alpha: float = 0.05,
    share: float = 1.0,
    population: Mapping[Pair, int] | None = None,
    planned: Mapping[Pair, int] | None = None,
    unit: str = "pairs",
) -> Judgement:
    """Judge whether scores move, on average, by no more than `limit` between any two groups.

    The statistic is the largest absolute mean shift over pairs of groups. A `fail` pays for the
    number of pairs and both directions (Bonferroni), a `pass` does not (intersection-union). With
    `planned` the bounds of each two groups hold at every look (see `betting`), and so does the
    verdict: some bound that is ever wrong is what makes it false, at whichever look.

    Parameters
    ----------
    shifts : mapping of (first, second) to array-like of shape (n_pairs,)
        Score of the first group's text minus score of the second's, each in [-1, 1].
    limit : float in [0, 1]
        Largest accepted mean shift, up or down.
    alpha : float in (0, 0.5), default 0.05
        Chance of a false `pass`.
    share : float in (0, 1], default 1.0
        Part of `alpha` that is the chance of a false `fail`.
    population : mapping of (first, second) to int, optional
        Pairs that the shifts of each two groups were drawn from, uniformly and without
        replacement. When all of them were drawn the verdict is exact.
    planned : mapping of (first, second) to int, optional
        About how many pairs of each two groups were to be drawn at most, where the check may stop
        early; fixed beforehand. Shifts stand in the order of the draw.
    unit : str
        Word for the reason.

    Examples
    --------
    >>> judgement = judge_mean_shift({("a", "b"): [0.0] * 1000}, limit=0.01)
    >>> judgement.verdict.value, round(judgement.evidence.interval.high, 4)
    ('pass', 0.0044)
    """
    check_alpha(alpha)
    check_limit(limit)
    sides, empty = _read(shifts, population or {}, planned or {})
    if not sides:
        return _unmeasurable(empty, unit, ())
    levels = _Levels(alpha, alpha * share / len(sides))
    bounds = [_bounded(side, levels) for side in sides]
    interval = _overall(bounds)
    verdict = verdict_of(interval, limit)
    listed = _comparisons(sides, bounds)
    asks = verdict is Verdict.INCONCLUSIVE and not _goes_on(sides, planned)
    if empty and verdict is not Verdict.FAIL:
        return _unmeasurable(empty, unit, listed)
    evidence = Evidence(
        listed[0].estimate,
        interval,
        _method(sides),
        sum(comparison.n for comparison in listed),
        population=_whole_population(sides),
        comparisons=listed,
        deciding=_deciding(verdict, sides, bounds),
        p_value=_p_value(sides, limit, levels),
        required_n=_required(sides, limit, levels) if asks else None,
        minimum_detectable=_detectable(sides, limit, levels),
        planned_n=sum(planned.values()) if planned else None,
        notes=tuple(_missing(pair, unit) for pair in empty),
    )
    reason = _reason(verdict, sides, bounds, interval, evidence, limit, unit)
    return Judgement(verdict, reason, evidence)


@dataclass(frozen=True, eq=False)
class _Side:
    """Shifts of two groups in one direction: `first` minus `second`."""

    first: str
    second: str
    values: Array
    population: int | None
    planned: int | None

    @property
    def is_census(self) -> bool:
        return len(self.values) == self.population

    def standard_error(self, times: float) -> float:
        """Of the mean of `times` as many values; never 0, since a rare jump may hide."""
        n = len(self.values)
        return max(float(self.values.std()), 1 / n) / math.sqrt(n * times)

    @property
    def mean(self) -> float:
        return float(self.values.mean())

    def low(self, alpha: float) -> float:
        return mean_lower(self.values, alpha, self.population, planned=self.planned)


class _Levels(NamedTuple):
    """Error rate of each upper bound, and of each lower one."""

    high: float
    low: float


def _read(
    shifts: Mapping[Pair, Any], population: Mapping[Pair, int], planned: Mapping[Pair, int]
) -> tuple[list[_Side], list[Pair]]:
    """Return both directions of each pair of groups with shifts, and the pairs without."""
    empty = [pair for pair, values in shifts.items() if not len(values)]
    full = [pair for pair in shifts if pair not in empty]
    sides = [
        side
        for pair in full
        for side in _sides(pair, shifts[pair], population.get(pair), planned.get(pair))
    ]
    return sides, empty


def _sides(
    pair: Pair, values: Any, population: int | None, planned: int | None
) -> tuple[_Side, _Side]:
    first, second = pair
    array = as_bounded(values, -1.0, 1.0, f"shifts[{first!r}, {second!r}]")
    if population is not None:
        check_population(len(array), population)
    return (
        _Side(first, second, array, population, planned),
        _Side(second, first, -array, population, planned),
    )


def _bounded(side: _Side, levels: _Levels) -> Interval:
    high = -mean_lower(-side.values, levels.high, side.population, planned=side.planned)
    return Interval(side.low(levels.low), high, 1 - levels.high)


def _overall(bounds: list[Interval]) -> Interval:
    """Bound the largest absolute mean."""
    low = max(0.0, *(bound.low for bound in bounds))
    return Interval(low, max(bound.high for bound in bounds), bounds[0].confidence)


def _goes_on(sides: list[_Side], planned: Mapping[Pair, int] | None) -> bool:
    """Whether more pairs were to be drawn."""
    return planned is not None and sum(len(s.values) for s in sides[::2]) < sum(planned.values())


def _comparisons(sides: list[_Side], bounds: list[Interval]) -> tuple[Comparison, ...]:
    """List each two groups once, in the direction of their shift, worst first."""
    found = []
    for place in range(0, len(sides), 2):
        upward = place if sides[place].mean >= 0 else place + 1
        found.append(_comparison(sides[upward], bounds[upward]))
    return tuple(sorted(found, key=lambda comparison: -comparison.estimate))


def _comparison(side: _Side, bound: Interval) -> Comparison:
    n = len(side.values)
    return Comparison(side.first, side.second, "mean score", side.mean, bound, None, n)


def _deciding(verdict: Verdict, sides: list[_Side], bounds: list[Interval]) -> Comparison:
    """Return the groups whose shift lies beyond the limit for sure, or else most likely does."""
    fails = verdict is Verdict.FAIL
    place = int(np.argmax([bound.low if fails else bound.high for bound in bounds]))
    return _comparison(sides[place], bounds[place])


def _p_value(sides: list[_Side], limit: float, levels: _Levels) -> float | None:
    """Return the smallest error rate at which some shift lies beyond the limit (Bonferroni)."""
    if all(side.is_census for side in sides):
        return None
    found = [
        (0.0 if side.mean > limit else 1.0)
        if side.is_census
        else mean_p_value(side.values, limit, levels.low, side.population, planned=side.planned)
        for side in sides
    ]
    return min(1.0, len(sides) * min(found))


def _detectable(sides: list[_Side], limit: float, levels: _Levels) -> float | None:
    """Return about the true shift of any two groups that so many pairs would probably fail."""
    from scipy.special import ndtri

    reach = [
        side.mean - side.low(levels.low) + float(ndtri(PROBABLY)) * side.standard_error(1.0)
        for side in sides
        if not side.is_census
    ]
    if not reach or limit + max(reach) > 1:
        return None
    return limit + max(reach)


def _method(sides: list[_Side]) -> str:
    if all(side.is_census for side in sides):
        return "mean of the whole population, exact"
    way = "fixed bets" if sides[0].planned is None else "in order, valid at every look"
    return (
        f"betting bounds for means in [-1, 1] (Waudby-Smith and Ramdas 2024, {way}); lower "
        f"bound Bonferroni over {len(sides)} comparisons, upper bound intersection-union"
    )


def _whole_population(sides: list[_Side]) -> int | None:
    sizes = [side.population for side in sides[::2]]
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


def _required(sides: list[_Side], limit: float, levels: _Levels) -> int | None:
    """Return how many pairs, in the present proportions, would probably settle the verdict."""
    n, population = sum(len(side.values) for side in sides) // 2, _whole_population(sides)

    def chance(times: float) -> float:
        return _chance(sides, limit, levels, times)

    if population is None:
        factor = smallest_factor(chance)
        return None if factor is None else math.ceil(factor * n)
    factor = smallest_factor(chance, population / n)
    return population if factor is None else min(population, math.ceil(factor * n))


def _chance(sides: list[_Side], limit: float, levels: _Levels, times: float) -> float:
    """Return about how probable a verdict is with `times` as many pairs.

    Only a side whose mean lies beyond the limit can probably fail, and only if there is none can
    all of them probably pass.
    """
    beyond = [side for side in sides if side.mean > limit]
    if beyond:
        return max(_fail_chance(side, limit, levels.low, times) for side in beyond)
    return 1 - sum(_miss_chance(side, limit, levels.high, times) for side in sides)


def _fail_chance(side: _Side, limit: float, alpha: float, times: float) -> float:
    from scipy.special import ndtr

    low = mean_lower(side.values, alpha, times=times)
    return float(ndtr((low - limit) / side.standard_error(times)))


def _miss_chance(side: _Side, limit: float, alpha: float, times: float) -> float:
    from scipy.special import ndtr

    high = -mean_lower(-side.values, alpha, times=times)
    return float(ndtr((high - limit) / side.standard_error(times)))


def _missing(pair: Pair, unit: str) -> str:
    return (
        f"No valid {unit} of {pair[0]!r} and {pair[1]!r} to measure a shift on. "
        "Add templates or terms for both groups."
    )


def _unmeasurable(empty: list[Pair], unit: str, listed: tuple[Comparison, ...]) -> Judgement:
    missing = [_missing(pair, unit) for pair in empty] or [
        f"No valid {unit} to measure a shift on. Add templates or terms whose groups differ."
    ]
    n = sum(comparison.n for comparison in listed)
    evidence = Evidence(None, None, "none", n, comparisons=listed, notes=tuple(missing[1:]))
    return Judgement(Verdict.UNMEASURABLE, missing[0], evidence)


def _reason(
    verdict: Verdict,
    sides: list[_Side],
    bounds: list[Interval],
    interval: Interval,
    evidence: Evidence,
    limit: float,
    unit: str,
) -> str:
    exact = all(side.is_census for side in sides)
    sure = "" if exact else f" with {confidence_in_words(interval.confidence)}"
    if verdict is Verdict.FAIL:
        worst = sides[int(np.argmax([bound.low for bound in bounds]))]
        amount = beside(interval.low, limit, up=None if exact else False)
        amount = amount if exact else f"at least {amount}"
        return (
            f"The mean score of {worst.first!r} minus {worst.second!r} is {amount}{sure}, "
            f"above the limit {limit:g}."
        )
    if verdict is Verdict.PASS:
        most = beside(interval.high, limit, up=None if exact else True)
        return (
            f"No two groups' mean scores differ by more than {most}{sure}, "
            f"within the limit {limit:g}."
        )
    return (
        f"The largest mean shift lies between {interval.low:.2g} and {interval.high:.2g} "
        f"(at least {confidence_in_words(interval.confidence)} each way) and the limit is "
        f"{limit:g}; "
        f"{_next_step(evidence, interval, limit, unit)}."
    )


def _next_step(evidence: Evidence, interval: Interval, limit: float, unit: str) -> str:
    if evidence.required_n is None and limit == 0:
        return "no sample can show a shift of exactly 0, so state the largest that you accept"
    if evidence.required_n is None:
        return unplanned(evidence.estimate or 0.0, interval, limit, evidence.n, unit)
    if evidence.required_n == evidence.population:
        return f"scoring all {evidence.population} {unit} of the space decides"
    return f"about {evidence.required_n} {unit} instead of {evidence.n} would probably decide"
