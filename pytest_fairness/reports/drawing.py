"""Where things stand in a picture: pure arithmetic, in percent of the picture's width.

Percentages let one picture fit a wide page and a narrow one without its letters shrinking.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pytest_fairness.outcome import Evidence, Interval
from pytest_fairness.reports.formats import is_number

MARGIN = 3.0  # percent of the width kept free at either side


@dataclass(frozen=True)
class Scale:
    """Values from `low` to `high`, laid out from left to right."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """Return the place of `value` in percent; what lies outside stands at the edge."""
        share = (value - self.low) / (self.high - self.low)
        return round(MARGIN + (100 - 2 * MARGIN) * min(1.0, max(0.0, share)), 2)


def scale_over(values: Iterable[float], *, room: float = 0.06) -> Scale:
    """Return a scale that shows all of `values`, with some room at either end.

    Examples
    --------
    >>> scale_over([0.0, 1.0], room=0.1)
    Scale(low=-0.1, high=1.1)
    >>> scale_over([0.5])
    Scale(low=0.0, high=1.0)
    """
    known = sorted(value for value in values if is_number(value))
    low, high = (known[0], known[-1]) if known else (0.0, 1.0)
    if high - low < 1e-12:
        half = max(abs(low), 1e-6)
        return Scale(low - half, high + half)
    space = (high - low) * room
    return Scale(low - space, high + space)


def ticks(scale: Scale, *, most: int = 6) -> tuple[float, ...]:
    """Return at most `most` round numbers (1, 2 or 5 times a power of ten apart) on `scale`.

    Examples
    --------
    >>> ticks(Scale(-0.004, 0.083))
    (0.0, 0.02, 0.04, 0.06, 0.08)
    """
    step = next(s for s in _steps(scale) if _count(scale, s) <= most)
    first = math.ceil(scale.low / step - 1e-9)
    digits = max(0, 1 - math.floor(math.log10(step)))
    return tuple(round((first + i) * step, digits) + 0.0 for i in range(_count(scale, step)))


def _steps(scale: Scale) -> Iterable[float]:
    power = math.floor(math.log10(scale.high - scale.low)) - 1
    return (factor * 10.0**p for p in range(power, power + 4) for factor in (1, 2, 5))


def _count(scale: Scale, step: float) -> int:
    first, last = math.ceil(scale.low / step - 1e-9), math.floor(scale.high / step + 1e-9)
    return max(0, last - first + 1)


@dataclass(frozen=True)
class Bar:
    """An estimate with its interval.

    Attributes
    ----------
    at : float or None
        Place of the estimate, if there is one.
    start, width : float or None
        Place and length of the interval, if there is one.
    open_start, open_end : bool
        Whether the interval goes on beyond the picture, or has no bound there.
    """

    at: float | None
    start: float | None
    width: float | None
    open_start: bool = False
    open_end: bool = False

    @property
    def end(self) -> float | None:
        """Place where the interval ends."""
        if self.start is None or self.width is None:
            return None
        return round(self.start + self.width, 2)


def bar(scale: Scale, estimate: float | None, interval: Interval | None) -> Bar:
    """Lay an estimate and its interval out on `scale`."""
    at = scale.at(estimate) if is_number(estimate) else None
    if interval is None:
        return Bar(at, None, None)
    low, high = interval.low, interval.high
    open_start, open_end = not is_number(low), not is_number(high)
    start = scale.at(scale.low if open_start else low)
    end = scale.at(scale.high if open_end else high)
    return Bar(
        at=at,
        start=start,
        width=round(end - start, 2),
        open_start=open_start or low < scale.low,
        open_end=open_end or high > scale.high,
    )


@dataclass(frozen=True)
class Tick:
    """A number on the axis; `anchor` keeps its letters inside the picture."""

    at: float
    value: float
    anchor: str


@dataclass(frozen=True)
class Picture:
    """Bars against a limit on one axis.

    `accepted` is where the shade of the accepted side starts and how wide it is; `limit_anchor`
    says on which side of the limit its name has room.
    """

    bars: tuple[Bar, ...]
    limit: float
    limit_anchor: str
    accepted: tuple[float, float]
    fair: float | None
    ticks: tuple[Tick, ...]


def picture(
    readings: Sequence[Evidence], *, limit: float, is_upper: bool, fair: float
) -> Picture | None:
    """Lay out estimates and intervals against `limit`; None when nothing was measured."""
    values = [value for evidence in readings for value in _values(evidence)]
    if not values:
        return None
    scale = scale_over([*values, limit, fair])
    at = scale.at(limit)
    return Picture(
        bars=tuple(bar(scale, e.estimate, e.interval) for e in readings),
        limit=at,
        limit_anchor=anchor(at, reach=20),
        accepted=(0.0, at) if is_upper else (at, round(100 - at, 2)),
        fair=scale.at(fair),
        ticks=axis(scale),
    )


def axis(scale: Scale, *, most: int = 6) -> tuple[Tick, ...]:
    """Return the ticks of `scale` with their places."""
    places = ((scale.at(value), value) for value in ticks(scale, most=most))
    return tuple(Tick(at, value, anchor(at)) for at, value in places)


def anchor(at: float, *, reach: float = 4) -> str:
    """Return how letters are anchored: within `reach` percent of an edge they grow inwards."""
    if at < reach:
        return "start"
    return "end" if at > 100 - reach else "middle"


def _values(evidence: Evidence) -> list[float]:
    interval = evidence.interval
    sides = [interval.low, interval.high] if interval else []
    return [value for value in [evidence.estimate, *sides] if is_number(value)]


def thumbnail(evidence: Evidence, *, limit: float, is_upper: bool) -> Bar | None:
    """Lay one result out with the limit in the middle and the accepted side on the left.

    Rows of an index can then be compared at a glance: a bar on the right exceeds its limit.
    """
    values = _values(evidence)
    if not values:
        return None
    sign = 1 if is_upper else -1
    reach = max([abs(value - limit) for value in values] + [abs(limit) * 0.1, 1e-9]) * 1.1
    scale = Scale(-reach, reach)
    estimate = None if not is_number(evidence.estimate) else sign * (evidence.estimate - limit)
    return bar(scale, estimate, _turned(evidence.interval, limit, sign))


def _turned(interval: Interval | None, limit: float, sign: int) -> Interval | None:
    if interval is None:
        return None
    ends = [
        sign * (side - limit) if is_number(side) else math.inf * (-1 if i == 0 else 1) * sign
        for i, side in enumerate((interval.low, interval.high))
    ]
    return Interval(min(ends), max(ends), interval.confidence)
