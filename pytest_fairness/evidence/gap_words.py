"""What a verdict on gaps says: its reason, its groups and its comparisons."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from pytest_fairness.evidence.gap_table import Claims, Place
from pytest_fairness.evidence.judgement import NO_RANGE, beside, confidence_in_words
from pytest_fairness.evidence.quantities import NO_ROW
from pytest_fairness.evidence.quantity import Array, Kind, Quantity
from pytest_fairness.outcome import Comparison, GroupRate, Interval

_MOST_NAMED = 6


def method_in_words(claims: Claims) -> str:
    """Name the bounds as a reader would cite them."""
    if not len(claims.members):
        return "none"
    how = "; ".join(dict.fromkeys(panel.quantity.method for panel in claims.panels))
    price = "lower bound Bonferroni over"
    if "max-type" in how:
        price = "lower bound simultaneous over"
    return f"{how}; {price} {len(claims.members)} comparisons, upper bound intersection-union"


def group_rates(quantities: Sequence[Quantity]) -> tuple[GroupRate, ...]:
    """List the number of every group, also of those that are not compared."""
    return tuple(rate for quantity in quantities for rate in _rates_of(quantity))


def _rates_of(quantity: Quantity) -> list[GroupRate]:
    known = [
        GroupRate(name, quantity.quantity, float(value), round(float(n)))
        for name, value, n in zip(quantity.groups, quantity.estimates, quantity.sizes, strict=True)
    ]
    return known + [GroupRate(name, quantity.quantity, None, 0) for name in quantity.missing]


def unmeasured(quantity: Quantity, kind: Kind) -> str:
    """Return the sentence that says what cannot be compared and what to do, or no text."""
    if quantity.missing:
        why = next(iter(quantity.missing.values()))
        alike = [name for name, reason in quantity.missing.items() if reason == why]
        named = ", ".join(map(repr, alike))
        if why == NO_ROW:
            return (
                f"No row of group {named} counts towards the {quantity.quantity}, so the gap to it "
                "cannot be measured. Add such rows, or leave the group out of the data and its "
                "categories."
            )
        return (
            f"The {quantity.quantity} of group {named} cannot be measured: {why}. "
            "Add such rows, or leave the group out of the data and its categories."
        )
    if len(quantity.groups) < 2:
        known = f"the one group {quantity.groups[0]!r}" if quantity.groups else "no known group"
        return (
            f"The {quantity.quantity} is known for {known} and a gap needs two. "
            "Add rows of another group, or label the unknown ones."
        )
    if kind == "ratio" and not np.any(quantity.estimates):
        return (
            f"The {quantity.quantity} is 0 in every group, and a ratio of 0 to 0 cannot be "
            "measured. Add rows until some group has a success, or limit the difference instead."
        )
    return ""


def comparison(
    claims: Claims, place: Place, entry: tuple[float, float, float], kind: Kind, confidence: float
) -> Comparison:
    """Return one pair of groups: the larger minus the smaller, or the smaller over the larger."""
    quantity = claims.panels[place.panel].quantity
    estimate, low, high = entry
    first, second = quantity.groups[place.first], quantity.groups[place.second]
    n = round(float(quantity.sizes[place.first] + quantity.sizes[place.second]))
    if kind == "difference":
        interval = Interval(low, high, confidence)
        return Comparison(first, second, quantity.quantity, estimate, interval, None, n)
    interval = Interval(max(-high, 0.0), min(-low, 1.0), confidence)
    return Comparison(second, first, quantity.quantity, -estimate, interval, None, n)


def comparisons(
    claims: Claims, observed: Array, low: Array, high: Array, kind: Kind, confidence: float
) -> tuple[Comparison, ...]:
    """List every pair of groups once, in the order that shows the wider gap, worst first.

    A pair of two rates of 0 has no ratio and is left out.
    """
    best: dict[tuple[int, int, int], int] = {}
    places = claims.places
    for entry, place in enumerate(places):
        key = (place.panel, min(place.first, place.second), max(place.first, place.second))
        known = best.get(key)
        if not np.isnan(observed[entry]) and (known is None or observed[entry] > observed[known]):
            best[key] = entry
    chosen = sorted(best.values(), key=lambda entry: -observed[entry])
    return tuple(
        comparison(
            claims,
            places[entry],
            (float(observed[entry]), float(low[entry]), float(high[entry])),
            kind,
            confidence,
        )
        for entry in chosen
    )


def fail_reason(
    claims: Claims, pairs: Sequence[Place], bound: float, kind: Kind, level: float, limit: float
) -> str:
    """Say which pair lies beyond the limit; `bound` is the score's lower bound."""
    sure = confidence_in_words(1 - level)
    if kind == "difference":
        amount = f"at least {beside(bound, limit, up=False)} with {sure}, above"
    else:
        amount = f"at most {beside(-bound, limit, up=True)} with {sure}, below"
    gap = " and ".join(gap_in_words(claims, place, kind) for place in pairs)
    if len(pairs) > 1:
        gap = f"The mean of {gap}"
    rates = "; ".join(rates_in_words(claims, place, kind) for place in pairs)
    return f"{gap} is {amount} the limit {limit:g}: {rates}."


def pass_reason(claims: Claims, bound: float, kind: Kind, confidence: float, limit: float) -> str:
    """Say how far apart groups may be; `bound` is the score's upper bound."""
    sure = confidence_in_words(confidence)
    what = _joined([panel.quantity.quantity for panel in claims.panels])
    mean = "on average over " if claims.members.shape[1] > 1 else "in "
    if kind == "difference":
        most = beside(bound, limit, up=True)
        return (
            f"No two groups differ by more than {most} {mean}{what} with {sure}, "
            f"within the limit {limit:g}."
        )
    least = beside(-bound, limit, up=False)
    return (
        f"No group's {what} is less than {least} times another's with {sure}, "
        f"within the limit {limit:g}."
    )


def inconclusive_reason(
    claims: Claims,
    pairs: Sequence[Place],
    interval: Interval,
    bound: float,
    kind: Kind,
    limit: float,
    next_step: str,
) -> str:
    """Say which pair may still lie beyond the limit, how far, and what would decide."""
    extreme = "largest difference" if kind == "difference" else "smallest ratio"
    gap = " and ".join(gap_in_words(claims, place, kind) for place in pairs)
    mean = "the mean of " if len(pairs) > 1 else ""
    difference = kind == "difference"
    may = f"up to {_amount(bound, limit)}" if difference else f"down to {_least(-bound, limit)}"
    rates = "; ".join(rates_in_words(claims, place, kind) for place in pairs)
    return (
        f"The {extreme} lies between {_least(interval.low, limit)} and "
        f"{_amount(interval.high, limit)} "
        f"(at least {confidence_in_words(interval.confidence)} each way) and the limit is "
        f"{limit:g}: "
        f"{mean}{gap} may be {may} ({rates}); {next_step}."
    )


def gap_in_words(claims: Claims, place: Place, kind: Kind) -> str:
    """Name the gap of one pair, such as "'b' minus 'a' in selection rate"."""
    quantity = claims.panels[place.panel].quantity
    first, second = quantity.groups[place.first], quantity.groups[place.second]
    if kind == "difference":
        return f"{first!r} minus {second!r} in {quantity.quantity}"
    return f"{second!r} over {first!r} in {quantity.quantity}"


def rates_in_words(claims: Claims, place: Place, kind: Kind) -> str:
    """Show both numbers of a pair with their rows, such as "0.5 of 100 rows and 0.3 of 90"."""
    quantity = claims.panels[place.panel].quantity
    order = (place.first, place.second) if kind == "difference" else (place.second, place.first)
    (first, n1), (second, n2) = (
        (float(quantity.estimates[at]), round(float(quantity.sizes[at]))) for at in order
    )
    return f"{first:.3g} in {n1} rows against {second:.3g} in {n2}"


def next_step(
    kind: Kind,
    limit: float,
    needed: Mapping[str, int],
    n: Mapping[str, int],
    unknown: str,
    *,
    bounded: bool = True,
) -> str:
    """Say how many rows of which group would probably decide; without a number say `unknown`."""
    if limit == (0.0 if kind == "difference" else 1.0):
        return "no sample can show exact equality, so state the widest gap that you accept"
    if not bounded and not needed:
        return NO_RANGE
    if not needed:
        return unknown
    more = {name: rows for name, rows in needed.items() if rows > n[name]}
    return f"about {rows_in_words(more)} would probably decide"


def rows_in_words(needed: Mapping[str, int]) -> str:
    """Write rows per group, such as "300 rows of 'a' (and 200 of 'b')"."""
    if len(needed) > 1 and len(set(needed.values())) == 1:
        names = _few([repr(name) for name in needed])
        return f"{next(iter(needed.values())):,} rows each of {names}"
    return _few([f"{rows:,} rows of {name!r}" for name, rows in needed.items()])


def _amount(bound: float, limit: float) -> str:
    """Write an upper bound; there is none where values of an unknown range are few or all alike."""
    return beside(bound, limit, up=True) if math.isfinite(bound) else "any size"


def _least(bound: float, limit: float) -> str:
    """Write a lower bound, rounded down."""
    return beside(bound, limit, up=False) if math.isfinite(bound) else "any size"


def _joined(names: Sequence[str], most: int = 3) -> str:
    """Join names by "and", and only count those beyond the first `most`."""
    if len(names) <= most:
        return " and ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def _few(parts: Sequence[str]) -> str:
    if len(parts) > _MOST_NAMED:
        return f"{', '.join(parts[:_MOST_NAMED])} and {len(parts) - _MOST_NAMED} more"
    return ", ".join(parts)
