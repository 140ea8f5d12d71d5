"""The verdict on mean shifts of scores between groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pytest_fairness.evidence.judgement import (
    PROBABLY,
    Judgement,
    beside,
    check_alpha,
    check_limit,
    confidence_in_words,
    verdict_of,
    whole,
)
from pytest_fairness.evidence.means import mean_bounds
from pytest_fairness.outcome import Comparison, Evidence, Interval, Verdict

Groups = tuple[str, str]


def judge_mean_shift(
    shifts: Mapping[Groups, Any],
    *,
    limit: float,
    alpha: float = 0.05,
    population: Mapping[Groups, int] | None = None,
) -> Judgement:
    """Judge whether scores stay, on average, within `limit` between any two groups.

    The statistic is the largest absolute mean shift of all pairs of groups. The check fails if one
    pair exceeds the limit at a level shared among pairs and directions, and passes if every pair
    stays within it, each at the full level.

    Parameters
    ----------
    shifts : mapping of (first, second) to array-like of shape (n,)
        Score of the first group's text minus score of the second's, in [-1, 1].
    limit : float in [0, 1]
        Largest accepted mean shift; 0 is fair.
    alpha : float in (0, 0.5), default 0.05
        Chance of a false `fail`, and of a false `pass`.
    population : mapping of (first, second) to int, optional
        Pairs that the shifts of each two groups were drawn from, without replacement.

    Returns
    -------
    Judgement

    Examples
    --------
    >>> judge_mean_shift({("a", "b"): [0.0] * 1000}, limit=0.05).verdict.value
    'pass'
    """
    check_alpha(alpha)
    check_limit(limit)
    arrays = {g: np.asarray(v, dtype=np.float64) for g, v in shifts.items() if len(v)}
    if not arrays:
        reason = (
            "No valid pairs to measure a mean shift on. Check that the texts mention the groups."
        )
        return Judgement(Verdict.UNMEASURABLE, reason, Evidence(None, None, "none", 0))
    sizes = population or {}
    shared = alpha / (2 * len(arrays))
    full = {g: mean_bounds(v, alpha=alpha, population=sizes.get(g)) for g, v in arrays.items()}
    strict = {g: mean_bounds(v, alpha=shared, population=sizes.get(g)) for g, v in arrays.items()}
    interval = Interval(
        low=max(0.0, *(max(b.low, -b.high) for b in strict.values())),
        high=max(max(b.high, -b.low) for b in full.values()),
        confidence=1 - alpha,
    )
    comparisons = _comparisons(arrays, full, strict)
    verdict = verdict_of(interval, limit)
    n = sum(len(v) for v in arrays.values())
    census = all(sizes.get(g) == len(v) for g, v in arrays.items())
    evidence = Evidence(
        estimate=abs(comparisons[0].estimate),
        interval=interval,
        method=_method(census),
        n=n,
        population=sum(sizes.values()) if population else None,
        comparisons=comparisons,
        required_n=_required(arrays, limit, alpha) if verdict is Verdict.INCONCLUSIVE else None,
    )
    return Judgement(verdict, _reason(verdict, evidence, interval, limit), evidence)


def _method(census: bool) -> str:
    if census:
        return "mean of the whole population, exact"
    return "betting bounds of Waudby-Smith and Ramdas (2024), for each pair of groups"


def _comparisons(
    arrays: Mapping[Groups, Any], full: Mapping[Groups, Interval], strict: Mapping[Groups, Interval]
) -> tuple[Comparison, ...]:
    """Describe each two groups, the higher one first, the widest apart first."""
    found = []
    for (first, second), values in arrays.items():
        mean = float(values.mean())
        wide, narrow = strict[first, second], full[first, second]
        if mean < 0:
            first, second, mean = second, first, -mean
            wide = Interval(-wide.high, -wide.low, wide.confidence)
            narrow = Interval(-narrow.high, -narrow.low, narrow.confidence)
        bounds = Interval(wide.low, narrow.high, narrow.confidence)
        found.append(Comparison(first, second, "mean score", mean, bounds, None, len(values)))
    return tuple(sorted(found, key=lambda c: (-c.estimate, c.first, c.second)))


def _required(arrays: Mapping[Groups, Any], limit: float, alpha: float) -> int | None:
    """Return how many pairs would probably settle it, by the normal approximation."""
    from scipy.special import ndtri

    n = sum(len(v) for v in arrays.values())
    factors = []
    for values in arrays.values():
        room = abs(abs(float(values.mean())) - limit)
        if room < 1e-3:
            return None
        z = ndtri(1 - alpha / (2 * len(arrays))) + ndtri(PROBABLY)
        spread = max(float(values.std()), 0.01)
        by_spread = (z * spread / room) ** 2
        by_range = 2 * np.log(2 * len(arrays) / alpha) / room  # bets start from the whole range
        factors.append(max(by_spread, by_range) / len(values))
    return max(whole(max(factors) * n), n + 1)


def _reason(verdict: Verdict, evidence: Evidence, interval: Interval, limit: float) -> str:
    worst, sure = evidence.comparisons[0], confidence_in_words(interval.confidence)
    sides = f"{worst.first!r} above {worst.second!r}"
    if verdict is Verdict.FAIL:
        bound = beside(interval.low, limit)
        return (
            f"The mean shift is at least {bound} with {sure} ({sides}), above the limit {limit:g}."
        )
    if verdict is Verdict.PASS:
        bound = beside(interval.high, limit)
        return f"The mean shift is at most {bound} with {sure}, within the limit {limit:g}."
    more = (
        ""
        if evidence.required_n is None
        else (f" About {evidence.required_n:,} pairs would probably decide.")
    )
    return (
        f"The mean shift lies between {interval.low:.2g} and {interval.high:.2g} ({sure} each way), "
        f"and the limit {limit:g} lies between.{more}"
    )
