"""What a judge returns, and the checks and words that all judges share."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from pytest_fairness.errors import ArgumentError
from pytest_fairness.outcome import Evidence, Interval, Verdict

_SMALLEST, _LARGEST = 1e-12, 0.4999  # error rates that p values are searched between
ANY_SIZE = "any size"  # how a bound that is not known is written
NO_RANGE = (
    "values without a known range bound nothing where a group has fewer than 20, or all of them "
    "are alike: give more rows, or a statistic whose range is known"
)
_NEAR = 1 / 64  # of the way to a bound: with 2^14 times as many it shrinks to 1/128
_FEWEST = 20  # values from which it can be told how they scatter
PROBABLY = 0.8  # chance with which `required_n` settles a verdict, if the observed rates hold


@dataclass(frozen=True)
class Judgement:
    """A verdict, the sentence that explains it, and the evidence it stands on."""

    verdict: Verdict
    reason: str
    evidence: Evidence


def unplanned(estimate: float, interval: Interval, limit: float, n: int, unit: str) -> str:
    """Say why it is not known how many would decide, and what to do.

    A number was searched up to some ten thousand times as many, whose bounds lie a hundred times
    closer together. Only an estimate that is nearer to the limit than these lies too near it; of
    any other, too little is known to plan by.

    Examples
    --------
    >>> unplanned(0.3, Interval(0.2, 0.4, 0.95), 0.3, 100, "pairs")
    'it is so near the limit that no practical number of pairs would decide'
    >>> unplanned(0.0, Interval(0.0, 1.0, 0.95), 0.1, 2, "pairs")
    '2 pairs are too few to tell how many would decide: measure at least 20 first'
    """
    reach = max(interval.high - estimate, estimate - interval.low)
    if math.isfinite(reach) and abs(estimate - limit) <= reach * _NEAR:
        return f"it is so near the limit that no practical number of {unit} would decide"
    if math.isinf(reach) and n >= _FEWEST:
        return (
            f"nothing bounds values that are all alike, or nearly so, in a range that is not "
            f"known: give more varied {unit}, or scores from 0 to 1"
        )
    few = f"{counted(n, unit)} {'is' if n == 1 else 'are'}"
    least = max(_FEWEST, 10 * n)
    return f"{few} too few to tell how many would decide: measure at least {least:,} first"


def counted(n: int, unit: str) -> str:
    """Write a number of things, whose name is a regular plural: "2 pairs", "1 pair"."""
    return f"{n} {unit.removesuffix('s') if n == 1 else unit}"


def verdict_of(interval: Interval, limit: float) -> Verdict:
    """Read the verdict off the bounds of a statistic that must not exceed `limit`."""
    if interval.low > limit:
        return Verdict.FAIL
    return Verdict.PASS if interval.high <= limit else Verdict.INCONCLUSIVE


def check_alpha(alpha: float) -> None:
    """Raise unless `alpha` is a chance of error that bounds can be built for."""
    if not 0 < alpha < 0.5:
        raise ArgumentError(
            f"alpha={alpha!r} must lie in (0, 0.5): it is the chance of a false verdict that a "
            "check accepts. 0.05 is usual."
        )


def check_share(share: float) -> None:
    """Raise unless `share` is a part of alpha that can be spent."""
    if not 0 < share <= 1:
        raise ArgumentError(
            f"share={share!r} must lie in (0, 1]: it is the part of alpha that a fail may spend."
        )


def smallest_level(fails: Callable[[float], bool]) -> float:
    """Return the smallest error rate at which a check `fails`, or 1 when none below 0.5 does.

    `fails` holds from some rate on; rates below 1e-12 are not told apart.
    """
    low, high = math.log(_SMALLEST), math.log(_LARGEST)
    if not fails(_LARGEST):
        return 1.0
    if fails(_SMALLEST):
        return _SMALLEST
    while high - low > 1e-4:
        middle = (low + high) / 2
        low, high = (low, middle) if fails(math.exp(middle)) else (middle, high)
    return math.exp(high)


def check_limit(limit: float) -> None:
    """Raise unless `limit` is a share."""
    if not 0 <= limit <= 1:
        raise ArgumentError(
            f"limit={limit!r} must lie in [0, 1]: it is the largest accepted rate or difference, "
            "or the smallest accepted ratio."
        )


def check_count(name: str, k: float, n: float) -> None:
    """Raise unless `k` of `n` is a count."""
    if k != int(k) or n != int(n) or not 0 <= k <= n:
        raise ArgumentError(
            f"{name} counts {k!r} of {n!r}, and a count must be a whole number from 0 to its total."
        )


def beside(bound: float, limit: float, *, up: bool | None) -> str:
    """Write a number with as many digits as show on which side of `limit` it lies.

    A lower bound is rounded down and an upper one `up`, so that what is written holds as well. What
    is known exactly, and so no bound, is rounded to the nearest (`up` is None).
    """
    if not math.isfinite(bound):
        return ANY_SIZE
    rounding = ROUND_HALF_EVEN if up is None else ROUND_CEILING if up else ROUND_FLOOR
    exact = Decimal(repr(float(bound) + 0.0))  # never -0
    for digits in range(2, 17):
        step = Decimal(1).scaleb(exact.adjusted() - digits + 1)
        text = f"{exact.quantize(step, rounding).normalize():f}"
        if _side(float(text), limit) == _side(bound, limit):
            return text
    return repr(float(bound))


def _side(value: float, limit: float) -> int:
    return (value > limit) - (value < limit)


def confidence_in_words(confidence: float) -> str:
    """Write 0.95 as "95 % confidence"; more digits are rounded down, so that it holds."""
    percent = Decimal(f"{100 * confidence:.10g}").quantize(Decimal("0.01"), ROUND_FLOOR)
    return f"{float(percent):g} % confidence"
