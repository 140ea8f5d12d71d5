"""Numbers as a reader sees them.

A printed number never tells another story than the number itself: digits are added until it stands
on the same side of every landmark (0, 1 and the limit) as the value does.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from enum import Enum
from typing import TypeGuard

from pytest_fairness.outcome import Comparison, Evidence, Interval, Outcome, Tolerance

NOT_MEASURED = "not measured"
INFINITE = "infinite"


class Unit(Enum):
    """How a statistic is written: factor to multiply with, suffix, usual number of decimals."""

    RATE = (100, " %", 1)
    POINTS = (100, " pp", 1)
    RATIO = (1, "", 2)
    SCORE = (1, "", 3)

    @property
    def factor(self) -> int:
        """What the value is multiplied with before it is written."""
        return self.value[0]

    @property
    def suffix(self) -> str:
        """What follows the number."""
        return self.value[1]

    @property
    def decimals(self) -> int:
        """Decimals of a number of usual size; small numbers get two significant digits."""
        return self.value[2]


_UNITS = {
    "max_flip_rate": Unit.RATE,
    "max_failure_rate": Unit.RATE,
    "max_excess": Unit.POINTS,
    "max_difference": Unit.POINTS,
    "min_ratio": Unit.RATIO,
    "min_group": Unit.RATE,
    "max_group": Unit.RATE,
}


def unit_of(tolerance: Tolerance) -> Unit:
    """Return the unit of the statistic that is held against `tolerance`."""
    if tolerance.unit == "number":
        return Unit.SCORE
    return _UNITS.get(tolerance.name, Unit.SCORE)


_SHARES = (
    "rate",
    "accuracy",
    "precision",
    "recall",
    "share",
    "share of errors",
    "predictive value",
)


def quantity_unit(quantity: str) -> Unit:
    """Return the unit of a quantity of a group: rates and shares are percentages."""
    within = quantity.partition(" in ")[0]  # a stratum
    is_share = within.endswith(_SHARES) or quantity.startswith(("labelled ", "share "))
    return Unit.RATE if is_share else Unit.SCORE


def gap_unit(tolerance: Tolerance) -> Unit:
    """Return the unit of a comparison of two groups: rates differ by percentage points."""
    unit = unit_of(tolerance)
    return Unit.POINTS if unit is Unit.RATE else unit


def comparison_unit(comparison: Comparison, tolerance: Tolerance) -> Unit:
    """Return the unit of a comparison: a group held by itself against the limit is no gap."""
    return gap_unit(tolerance) if comparison.second else unit_of(tolerance)


def number(
    value: float | None, unit: Unit, landmarks: Iterable[float] = (), *, up: bool | None = None
) -> str:
    """Write `value` in `unit`, apart from every landmark that it does not equal.

    It is rounded to the nearest, or, being a bound, `up` or down, so that what is written holds.

    Examples
    --------
    >>> number(0.0123, Unit.RATE), number(0.0104, Unit.RATE, [0.01]), number(0.9999, Unit.RATE)
    ('1.2 %', '1.04 %', '99.99 %')
    >>> number(0.8531, Unit.RATIO), number(0.0, Unit.RATE), number(None, Unit.RATE)
    ('0.85', '0 %', 'not measured')
    """
    if value is not None and math.isinf(value):
        return INFINITE if value > 0 else f"minus {INFINITE}"
    if not is_number(value):
        return NOT_MEASURED
    marks = [0.0, 1.0, *(mark for mark in landmarks if is_number(mark))]
    if value in marks:
        return stated(value, unit)
    scaled = value * unit.factor
    decimals = max(unit.decimals, _decimals_for_two_digits(scaled))
    scaled_marks = [mark * unit.factor for mark in marks]
    while decimals < 12 and _misplaced(scaled, _rounded(scaled, decimals, up), scaled_marks):
        decimals += 1
    return f"{_rounded(scaled, decimals, up):f}{unit.suffix}"


def _rounded(scaled: float, decimals: int, up: bool | None) -> Decimal:
    """Round what the number stands for: the noise of its last binary digits is no amount."""
    rounding = ROUND_HALF_EVEN if up is None else ROUND_CEILING if up else ROUND_FLOOR
    exact = Decimal(scaled) if up is None else Decimal(f"{scaled:.13g}")
    return exact.quantize(Decimal(1).scaleb(-decimals), rounding)


def is_number(value: float | None) -> TypeGuard[float]:
    """Whether `value` is there and finite; a record may hold None for a number that was not."""
    return value is not None and math.isfinite(value)


def _decimals_for_two_digits(scaled: float) -> int:
    return 1 - math.floor(math.log10(abs(scaled)))


def _misplaced(scaled: float, rounded: Decimal, marks: list[float]) -> bool:
    shown = float(rounded)
    return any(_side(shown, mark) != _side(scaled, mark) for mark in marks)


def _side(value: float, mark: float) -> int:
    return (value > mark) - (value < mark)


def stated(value: float, unit: Unit) -> str:
    """Write a number that someone chose, such as a limit, as it was chosen: ``1 %``, ``0.8``."""
    if math.isinf(value):
        return number(value, unit)
    return f"{value * unit.factor + 0.0:.6g}{unit.suffix}"  # the sum turns -0 into 0


def limit(tolerance: Tolerance, *, short: bool = False) -> str:
    """Write the limit as ``at most 1 %``, or as ``<= 1 %`` where room is short."""
    words = ("<=", ">=") if short else ("at most", "at least")
    word = words[0] if tolerance.is_upper else words[1]
    return f"{word} {stated(tolerance.value, unit_of(tolerance))}"


def bounds(
    interval: Interval | None, unit: Unit, landmarks: Iterable[float] = (), *, once: bool = False
) -> str:
    """Write an interval as ``5.1 % to 7.9 %``, or with its unit only `once`; none is empty.

    Its ends are rounded outwards; where both are the same number, that number is known exactly.
    """
    if interval is None:
        return ""
    marks, exact = list(landmarks), interval.low == interval.high
    low, high = (
        number(side, unit, marks, up=None if exact else up) if is_number(side) else None
        for side, up in ((interval.low, False), (interval.high, True))
    )
    if low is not None and high is not None:
        return f"{low.removesuffix(unit.suffix) if once else low} to {high}"
    if low is not None:
        return f"at least {low}"
    return f"at most {high}" if high is not None else "no bounds"


def estimate(evidence: Evidence, tolerance: Tolerance) -> str:
    """Write the estimate of `evidence` in the unit of `tolerance`."""
    value = whole(evidence.estimate, evidence.interval)
    return number(value, unit_of(tolerance), [tolerance.value])


def whole(value: float | None, interval: Interval | None) -> float | None:
    """Return an estimate, infinite again where a record could only write None for it.

    What was not measured has no bounds; what is infinite has one from below and none from above.
    """
    if value is None and interval is not None and is_number(interval.low):
        return value if is_number(interval.high) else math.inf
    return value


def evidence_bounds(evidence: Evidence, tolerance: Tolerance, *, once: bool = False) -> str:
    """Write the interval of `evidence` in the unit of `tolerance`; empty when there is none."""
    return bounds(evidence.interval, unit_of(tolerance), [tolerance.value], once=once)


def excess(outcome: Outcome) -> str:
    """Write how far the estimate lies above the placebo's; empty when either is missing."""
    if outcome.placebo is None:
        return ""
    effect, noise = outcome.evidence.estimate, outcome.placebo.estimate
    if not is_number(effect) or not is_number(noise):
        return ""
    return number(effect - noise, gap_unit(outcome.tolerance))


def confidence(interval: Interval) -> str:
    """Write the confidence of each bound, as ``95 %``."""
    return sureness(interval.confidence)


def sureness(confidence: float) -> str:
    """Write a confidence with at most four digits, rounded down so that it holds.

    Examples
    --------
    >>> sureness(0.95), sureness(1 - 0.05 / 40), sureness(0.9999999)
    ('95 %', '99.87 %', '99.99 %')
    """
    exact = Decimal(f"{100 * confidence:.12g}")
    return f"{float(exact.quantize(Decimal('0.01'), ROUND_FLOOR)):.4g} %"


def count(n: int, noun: str = "") -> str:
    """Write a count with thousands apart, and its noun (given in the plural) if any.

    Examples
    --------
    >>> count(1248, "pairs"), count(1, "pairs"), count(12)
    ('1,248 pairs', '1 pair', '12')
    """
    if not noun:
        return f"{n:,}"
    return f"{n:,} {noun.removesuffix('s') if n == 1 else noun}"


def chance(p_value: float) -> str:
    """Write a p-value as ``p = 0.03`` or ``p < 0.001``."""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.2g}"


def words(name: str) -> str:
    """Write an identifier as words: ``sexual_orientation`` becomes ``sexual orientation``."""
    return name.replace("_", " ")


def in_brackets(text: str) -> str:
    """Write a remark behind something else; an empty remark leaves nothing."""
    return f" ({text})" if text else ""
