"""The verdict on a mean of several rates that share their units, such as one rate a name."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_fairness.evidence.judgement import (
    Judgement,
    beside,
    check_alpha,
    check_count,
    check_limit,
    confidence_in_words,
    verdict_of,
)
from pytest_fairness.evidence.rates import exact_lower, exact_upper
from pytest_fairness.outcome import Evidence, GroupRate, Interval, Verdict


def judge_mean_of_rates(
    counts: Mapping[str, tuple[int, int]],
    *,
    limit: float,
    alpha: float = 0.05,
    share: float = 1.0,
    quantity: str = "rate",
    unit: str = "texts",
) -> Judgement:
    """Judge whether the mean of several rates stays within `limit`.

    The mean of lower bounds bounds the mean from below wherever each of them holds, so that each
    rate gets an equal part of the error rate (Bonferroni), with the exact bounds of Clopper and
    Pearson (1934). It does not matter how the rates depend on each other.

    Parameters
    ----------
    counts : mapping of str to (int, int)
        Successes and units of each rate. A rate without units is left out and counted.
    limit : float in [0, 1]
        Largest accepted mean.
    alpha : float in (0, 0.5), default 0.05
        Chance of a false `pass`.
    share : float in (0, 1], default 1.0
        Part of `alpha` that is the chance of a false `fail`.
    quantity, unit : str
        Words for the reason.

    Examples
    --------
    >>> judge_mean_of_rates({"a": (0, 200), "b": (1, 200)}, limit=0.05).verdict.value
    'pass'
    """
    check_alpha(alpha)
    check_limit(limit)
    for name, (k, n) in counts.items():
        check_count(name, k, n)
    known = {name: (k, n) for name, (k, n) in counts.items() if n}
    groups = tuple(
        GroupRate(name, quantity, k / n if n else None, n) for name, (k, n) in counts.items()
    )
    excluded = {f"names without {unit} to compare": len(counts) - len(known)}
    if not known:
        reason = f"There are no {unit} to measure the {quantity} on, for any name."
        evidence = Evidence(None, None, "none", 0, groups=groups, excluded=excluded)
        return Judgement(Verdict.UNMEASURABLE, reason, evidence)
    interval = _interval(list(known.values()), alpha, alpha * share)
    evidence = Evidence(
        sum(k / n for k, n in known.values()) / len(known),
        interval,
        f"mean of exact bounds (Clopper and Pearson), Bonferroni over {len(known)} rates",
        max(n for _, n in known.values()),
        groups=groups,
        excluded=excluded if len(known) < len(counts) else {},
    )
    verdict = verdict_of(interval, limit)
    return Judgement(verdict, _reason(verdict, interval, limit, quantity, unit), evidence)


def _interval(counts: list[tuple[int, int]], alpha: float, alpha_low: float) -> Interval:
    k, n = [k for k, _ in counts], [n for _, n in counts]
    low = exact_lower(k, n, alpha_low / len(counts)).mean()
    return Interval(float(low), float(exact_upper(k, n, alpha / len(counts)).mean()), 1 - alpha)


def _reason(verdict: Verdict, interval: Interval, limit: float, quantity: str, unit: str) -> str:
    sure = confidence_in_words(interval.confidence)
    if verdict is Verdict.FAIL:
        low = beside(interval.low, limit, up=False)
        return f"The mean {quantity} is at least {low} with {sure}, above the limit {limit:g}."
    if verdict is Verdict.PASS:
        high = beside(interval.high, limit, up=True)
        return f"The mean {quantity} is at most {high} with {sure}, within the limit {limit:g}."
    return (
        f"The mean {quantity} lies between {interval.low:.2g} and {interval.high:.2g} ({sure} each "
        f"way), and the limit {limit:g} lies between; more {unit} would decide."
    )
