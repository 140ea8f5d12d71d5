"""The two pictures of a check, with their words: the interval on its axis, the groups as dots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_fairness.outcome import Evidence, GroupRate, Outcome, Tolerance
from pytest_fairness.reports import drawing, formats
from pytest_fairness.reports.groups import Quantity, quantities
from pytest_fairness.reports.meaning import meaning_of


@dataclass(frozen=True)
class Lane:
    """One line of the picture of a check: what it is, its number, its bounds, where it stands."""

    kind: str
    name: str
    value: str
    bounds: str
    bar: drawing.Bar


@dataclass(frozen=True)
class IntervalPicture:
    """The picture of a check, and the same in words."""

    frame: drawing.Picture
    lanes: tuple[Lane, ...]
    limit: str
    tick_labels: tuple[str, ...]
    words: str


@dataclass(frozen=True)
class Dot:
    """One group in a dot plot; `at` is None when its rate was not measured."""

    group: str
    value: str
    n: str
    at: float | None
    extreme: bool


@dataclass(frozen=True)
class DotPlot:
    """One quantity by group."""

    title: str
    dots: tuple[Dot, ...]
    band: tuple[float, float] | None
    ticks: tuple[drawing.Tick, ...]
    tick_labels: tuple[str, ...]


def interval_picture(outcome: Outcome, before: Outcome | None = None) -> IntervalPicture | None:
    """Draw the estimate, the placebo and the earlier estimate against the limit.

    None when none of them was measured.
    """
    tolerance = outcome.tolerance
    readings = _readings(outcome, before)
    frame = drawing.picture(
        [evidence for _, _, evidence in readings],
        limit=tolerance.value,
        is_upper=tolerance.is_upper,
        fair=meaning_of(outcome).fair,
    )
    if frame is None:
        return None
    lanes = tuple(
        _lane(kind, name, evidence, tolerance, bar)
        for (kind, name, evidence), bar in zip(readings, frame.bars, strict=True)
    )
    limit = formats.limit(tolerance)
    unit = formats.unit_of(tolerance)
    return IntervalPicture(
        frame=frame,
        lanes=lanes,
        limit=limit,
        tick_labels=tuple(formats.stated(tick.value, unit) for tick in frame.ticks),
        words="; ".join([*map(_lane_words, lanes), f"the limit is {limit}"]) + ".",
    )


def _readings(outcome: Outcome, before: Outcome | None) -> list[tuple[str, str, Evidence]]:
    """Return kind, name and evidence of every lane, top to bottom."""
    now = ("now", "now" if before else "measured", outcome.evidence)
    lanes = [("before", "before", before.evidence), now] if before else [now]
    return [*lanes, ("placebo", "placebo", outcome.placebo)] if outcome.placebo else lanes


def _lane(kind: str, name: str, evidence: Evidence, tolerance: Tolerance, bar: drawing.Bar) -> Lane:
    return Lane(
        kind=kind,
        name=name,
        value=formats.estimate(evidence, tolerance),
        bounds=formats.evidence_bounds(evidence, tolerance, once=True),
        bar=bar,
    )


def _lane_words(lane: Lane) -> str:
    return f"{lane.name} {lane.value}{formats.in_brackets(lane.bounds)}"


def dot_plots(outcome: Outcome) -> tuple[DotPlot, ...]:
    """Draw every quantity by group, on one axis each; groups stand in one order in all of them."""
    found = quantities(outcome.evidence.groups)
    order = _order(found)
    return tuple(_dot_plot(quantity, order) for quantity in found)


def _order(found: Sequence[Quantity]) -> list[str]:
    """Order groups by their first quantity, highest first; what was not measured comes last."""
    ranked = sorted(
        found[0].rates if found else (),
        key=lambda rate: -rate.value if formats.is_number(rate.value) else float("inf"),
    )
    others = (rate.group for quantity in found for rate in quantity.rates)
    return list(dict.fromkeys([*(rate.group for rate in ranked), *others]))


def _dot_plot(quantity: Quantity, order: Sequence[str]) -> DotPlot:
    unit = formats.quantity_unit(quantity.name)
    values = quantity.measured
    scale = drawing.scale_over([0.0, *values])
    ends = (min(values), max(values)) if values else (0.0, 0.0)
    start, end = scale.at(ends[0]), scale.at(ends[1])
    axis = drawing.axis(scale, most=5)
    return DotPlot(
        title=formats.words(quantity.name),
        dots=tuple(
            _dot(rate, scale, unit, extreme=len(values) > 1 and rate.value in ends)
            for rate in sorted(quantity.rates, key=lambda rate: order.index(rate.group))
        ),
        band=(start, round(end - start, 2)) if len(values) > 1 else None,
        ticks=axis,
        tick_labels=tuple(formats.stated(tick.value, unit) for tick in axis),
    )


def _dot(rate: GroupRate, scale: drawing.Scale, unit: formats.Unit, *, extreme: bool) -> Dot:
    return Dot(
        group=rate.group,
        value=formats.number(rate.value, unit),
        n=formats.count(rate.n),
        at=scale.at(rate.value) if formats.is_number(rate.value) else None,
        extreme=extreme,
    )
