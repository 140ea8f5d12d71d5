"""The verdict on one rate, such as the share of pairs whose label flips."""

from __future__ import annotations

from collections.abc import Callable

from pytest_fairness.evidence.judgement import (
    PROBABLY,
    Judgement,
    beside,
    check_alpha,
    check_count,
    check_limit,
    confidence_in_words,
    verdict_of,
)
from pytest_fairness.evidence.rates import check_population, clopper_pearson, hypergeometric_bounds
from pytest_fairness.outcome import Evidence, Interval, Verdict

_MOST = 10**7  # more units than anyone scores: beyond, say that no sample would decide


def judge_rate(
    k: int,
    n: int,
    *,
    limit: float,
    alpha: float = 0.05,
    population: int | None = None,
    min_n: int = 1,
    quantity: str = "rate",
    unit: str = "pairs",
) -> Judgement:
    """Judge whether a rate stays within `limit`.

    Both bounds are exact and one-sided, so that a false `fail` and a false `pass` each have a
    probability of at most `alpha`, whatever the rate and the sample size.

    Parameters
    ----------
    k, n : int
        Successes (flips, failures) and units counted.
    limit : float in [0, 1]
        Largest accepted rate.
    alpha : float in (0, 0.5), default 0.05
        Chance of a false `fail`, and of a false `pass`.
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
    interval, method = _bounds(k, n, population, 1 - alpha)
    verdict = verdict_of(interval, limit)
    required = probable_n(k / n, n, limit, alpha, population) if _open(verdict) else None
    reason = _reason(verdict, k, n, interval, limit, population, required, quantity, unit)
    notes = (f"Exact for these {n} {unit}; other templates or terms may differ.",)
    evidence = Evidence(
        k / n,
        interval,
        method,
        n,
        population=population,
        required_n=required,
        notes=notes if n == population else (),
    )
    return Judgement(verdict, reason, evidence)


def probable_n(
    rate: float, n: int, limit: float, alpha: float, population: int | None
) -> int | None:
    """Return how many units would probably settle the verdict, or None when none would."""
    top = _MOST if population is None else population
    decides = _decider(rate, limit, alpha, population)
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
    rate: float, limit: float, alpha: float, population: int | None
) -> Callable[[int], bool]:
    """Return a test of whether a sample of some size probably ends in `pass` or `fail`."""
    from scipy.stats import binom, hypergeom

    def chance(n: int) -> float:
        if n == population:
            return 1.0
        if population is None:
            fails_from, passes_to = binom.isf(alpha, n, limit) + 1, binom.ppf(alpha, n, limit) - 1
            return float(binom.sf(fails_from - 1, n, rate) + binom.cdf(passes_to, n, rate))
        allowed, held = int(limit * population + 1e-9), round(rate * population)
        fails_from = hypergeom.isf(alpha, population, allowed, n) + 1
        passes_to = hypergeom.ppf(alpha, population, min(allowed + 1, population), n) - 1
        return float(
            hypergeom.sf(fails_from - 1, population, held, n)
            + hypergeom.cdf(passes_to, population, held, n)
        )

    return lambda n: chance(n) >= PROBABLY


def _open(verdict: Verdict) -> bool:
    return verdict is Verdict.INCONCLUSIVE


def _bounds(k: int, n: int, population: int | None, confidence: float) -> tuple[Interval, str]:
    if population is None:
        return clopper_pearson(k, n, confidence=confidence), "Clopper-Pearson, exact"
    bounds = hypergeometric_bounds(k, n, population=population, confidence=confidence)
    if n == population:
        return bounds, "count of the whole population, exact"
    rate = k / n  # may lie between two rates that the population can have, and so beside the bounds
    bounds = Interval(min(bounds.low, rate), max(bounds.high, rate), confidence)
    return bounds, "hypergeometric, exact for a draw without replacement"


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
    k: int,
    n: int,
    interval: Interval,
    limit: float,
    population: int | None,
    required: int | None,
    quantity: str,
    unit: str,
) -> str:
    sure = confidence_in_words(interval.confidence)
    if _open(verdict):
        return (
            f"{k} of {n} {unit} leave the {quantity} between {interval.low:.2g} and "
            f"{interval.high:.2g} ({sure} each way), and the limit {limit:g} lies between; "
            f"{_next_step(required, population, unit)}."
        )
    failed = verdict is Verdict.FAIL
    bound = beside(interval.low if failed else interval.high, limit, up=not failed)
    where = f"above the limit {limit:g}" if failed else f"within the limit {limit:g}"
    if n == population:
        return f"The {quantity} over all {n} {unit} of the space is {bound}, {where}."
    side = "least" if failed else "most"
    return f"The {quantity} is at {side} {bound} with {sure}, {where}."


def _next_step(required: int | None, population: int | None, unit: str) -> str:
    if required is None:
        return "the observed rate is so near the limit that no practical sample would decide"
    if required == population:
        return (
            f"scoring all {required} {unit} of the space decides, and more templates or terms "
            "make room for a larger sample"
        )
    return f"about {required} {unit} would probably decide"
