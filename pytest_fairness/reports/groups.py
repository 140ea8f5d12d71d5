"""Group rates arranged for a table, and the pair of groups that lies furthest apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pytest_fairness.outcome import Comparison, GroupRate, Interval, Outcome
from pytest_fairness.reports import formats


@dataclass(frozen=True)
class Quantity:
    """One quantity, such as the selection rate, of every group that has it."""

    name: str
    rates: tuple[GroupRate, ...]

    @property
    def measured(self) -> tuple[float, ...]:
        """The values that are there and finite."""
        return tuple(rate.value for rate in self.rates if formats.is_number(rate.value))


def quantities(rates: Sequence[GroupRate]) -> tuple[Quantity, ...]:
    """Gather `rates` by quantity, in the order in which quantities and groups first appear."""
    names = dict.fromkeys(rate.quantity for rate in rates)
    return tuple(
        Quantity(name, tuple(rate for rate in rates if rate.quantity == name)) for name in names
    )


def worst_comparison(outcome: Outcome) -> Comparison | None:
    """Return the comparison furthest from equality, told from the side of the favoured group.

    For a limit on a difference the first group is the higher one; for one on a ratio it is the
    lower one, so that the number reads like the limit does.
    """
    known = [c for c in map(_whole, outcome.evidence.comparisons) if _is_known(c)]
    if not known:
        return None
    if outcome.tolerance.is_upper:
        return max((_higher_first(c) for c in known), key=lambda c: c.estimate)
    return min((_lower_over_higher(c) for c in known), key=lambda c: c.estimate)


def _whole(comparison: Comparison) -> Comparison:
    """Return a comparison whose estimate is infinite again where a record could not say so."""
    value = formats.whole(comparison.estimate, comparison.interval)
    if value is None or value == comparison.estimate:
        return comparison
    return replace(comparison, estimate=value)


def _is_known(comparison: Comparison) -> bool:
    return not math.isnan(comparison.estimate)


def _higher_first(comparison: Comparison) -> Comparison:
    if comparison.estimate >= 0 or not comparison.second:
        return comparison
    interval = comparison.interval
    turned = interval and Interval(
        _negative(interval.high), _negative(interval.low), interval.confidence
    )
    return _turn(comparison, -comparison.estimate, turned)


def _lower_over_higher(comparison: Comparison) -> Comparison:
    if comparison.estimate <= 1 or not comparison.second:
        return comparison
    interval = comparison.interval
    turned = interval and Interval(
        _inverse(interval.high), _inverse(interval.low), interval.confidence
    )
    return _turn(comparison, 1 / comparison.estimate, turned)


def _turn(comparison: Comparison, estimate: float, interval: Interval | None) -> Comparison:
    return replace(
        comparison,
        first=comparison.second,
        second=comparison.first,
        estimate=estimate,
        interval=interval,
    )


def _negative(bound: float) -> float:
    return -bound if formats.is_number(bound) else bound


def _inverse(bound: float) -> float:
    """Invert a bound of a ratio; an open bound of a record (None or infinite) comes back as 0."""
    if not formats.is_number(bound):
        return 0.0
    return 1 / bound if bound else float("inf")
