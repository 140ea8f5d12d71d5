"""The verdict on the worst group: the smallest, or the largest, of a number over all groups.

A `fail` says that some group lies beyond the limit, and pays for the number of groups (Bonferroni,
or max-type where the number is resampled). A `pass` says that every group lies within, each at the
full level (intersection-union), so that more groups do not make it harder than they should.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.gap_table import Counts, read_quantities
from pytest_fairness.evidence.gap_words import group_rates, rows_in_words
from pytest_fairness.evidence.gaps import rows_of
from pytest_fairness.evidence.judgement import (
    NO_RANGE,
    PROBABLY,
    Judgement,
    beside,
    check_alpha,
    check_share,
    confidence_in_words,
    smallest_level,
    unplanned,
    verdict_of,
)
from pytest_fairness.evidence.power import smallest_rows
from pytest_fairness.evidence.quantity import Array, Quantity
from pytest_fairness.outcome import Comparison, Evidence, Interval, Verdict

Side = Literal["min", "max"]


def judge_extreme(
    quantities: Counts | Quantity | Sequence[Quantity],
    *,
    limit: float,
    side: Side = "min",
    alpha: float = 0.05,
    share: float = 1.0,
    uncompared: Collection[str] = ("unknown",),
    same_rows: bool = False,
) -> Judgement:
    """Judge whether the worst group is good enough.

    Parameters
    ----------
    quantities : mapping of quantity to mapping of group to (successes, rows), or quantities
        As in `judge_gap`.
    limit : float
        Smallest accepted number of any group, or the largest one for ``side="max"``.
    side : {"min", "max"}, default "min"
        ``"min"`` where more is better, as for accuracy; ``"max"`` where less is, as for errors.
    alpha, share
        As in `judge_gap`.
    uncompared : collection of str, default ("unknown",)
        Groups to report and not to judge.
    same_rows : bool, default False
        As in `judge_gap`.

    Returns
    -------
    Judgement
        `deciding` of its evidence is one group: its `second` is empty.

    Examples
    --------
    >>> counts = {"accuracy": {"a": (450, 500), "b": (300, 400)}}
    >>> judge_extreme(counts, limit=0.7).verdict.value
    'pass'
    """
    check_alpha(alpha)
    check_share(share)
    if side not in ("min", "max") or not np.isfinite(limit):
        raise ArgumentError(
            f"side={side!r} must be 'min' or 'max', and limit={limit!r} a finite number."
        )
    given = read_quantities(quantities)
    kept = [_compared(quantity, uncompared) for quantity in given]
    missing = tuple(filter(None, map(_unmeasured, kept)))
    usable = [quantity for quantity in kept if quantity.groups]
    rows = rows_of(kept, same_rows)
    evidence = Evidence(
        None, None, _method(usable), sum(rows.values()), groups=group_rates(given), notes=missing
    )
    if not usable:
        return Judgement(Verdict.UNMEASURABLE, missing[0], replace(evidence, notes=missing[1:]))
    found = _Bounds.of(usable, side, alpha, share)
    verdict = verdict_of(found.score, found.sign * limit)
    if missing and verdict is not Verdict.FAIL:
        return Judgement(Verdict.UNMEASURABLE, missing[0], replace(evidence, notes=missing[1:]))
    return _told(found, verdict, evidence, rows, limit)


@dataclass(frozen=True, eq=False)
class _Bounds:
    """Scores of all groups of all quantities, larger ones worse, with their bounds."""

    quantities: tuple[Quantity, ...]
    sign: float
    observed: Array
    low: Array
    high: Array
    alpha: float
    level: float

    @classmethod
    def of(cls, quantities: Sequence[Quantity], side: Side, alpha: float, share: float) -> _Bounds:
        sign = -1.0 if side == "min" else 1.0
        return cls(
            tuple(quantities),
            sign,
            np.concatenate([sign * quantity.estimates for quantity in quantities]),
            _lows(quantities, sign, alpha * share),
            np.concatenate([_high(quantity, sign, alpha) for quantity in quantities]),
            alpha,
            alpha * share,
        )

    @property
    def score(self) -> Interval:
        return Interval(float(self.low.max()), float(self.high.max()), 1 - self.alpha)

    @property
    def places(self) -> list[tuple[Quantity, int]]:
        return [(q, place) for q in self.quantities for place in range(len(q.groups))]

    def interval_of(self, low: float, high: float) -> Interval:
        ends = (low, high) if self.sign > 0 else (-high, -low)
        return Interval(*ends, 1 - self.alpha)

    def scaled(self, times: Mapping[str, float]) -> _Bounds:
        grown = [q.scaled(np.array([times[name] for name in q.groups])) for q in self.quantities]
        side: Side = "min" if self.sign < 0 else "max"
        return _Bounds.of(grown, side, self.alpha, self.level / self.alpha)

    def chance(self, limit: float) -> float:
        """Return about how probable a `pass` or a `fail` is."""
        from scipy.special import ndtr

        spread = np.concatenate([quantity.spread() for quantity in self.quantities])
        fails = ndtr((self.low - self.sign * limit) / spread)
        misses = ndtr((self.high - self.sign * limit) / spread)
        return max(float(1 - np.prod(1 - fails)), float(np.prod(1 - misses)))


def _lows(quantities: Sequence[Quantity], sign: float, level: float) -> Array:
    total = sum(len(quantity.groups) for quantity in quantities)
    parts = []
    for quantity in quantities:
        own = level * len(quantity.groups) / total
        if sign > 0:
            parts.append(quantity.lower(own, together=True))
        else:
            parts.append(-quantity.upper(own, together=True))
    return np.concatenate(parts)


def _high(quantity: Quantity, sign: float, alpha: float) -> Array:
    return quantity.upper(alpha) if sign > 0 else -quantity.lower(alpha)


def _compared(quantity: Quantity, uncompared: Collection[str]) -> Quantity:
    names = (*quantity.groups, *quantity.missing)
    return quantity.only([name for name in names if name not in uncompared])


def _unmeasured(quantity: Quantity) -> str:
    if quantity.missing:
        (name, why), *_ = quantity.missing.items()
        return (
            f"The {quantity.quantity} of group {name!r} cannot be measured: {why}. "
            "Add such rows, or leave the group out of the data and its categories."
        )
    if not quantity.groups:
        return (
            f"The {quantity.quantity} is known for no group. Add rows, or label the unknown ones."
        )
    return ""


def _method(quantities: Sequence[Quantity]) -> str:
    groups = sum(len(quantity.groups) for quantity in quantities)
    how = "; ".join(dict.fromkeys(_limits(quantity) for quantity in quantities))
    return f"{how}; fail shared among {groups} groups, pass intersection-union" if how else "none"


def _limits(quantity: Quantity) -> str:
    return quantity.method.removeprefix("Newcombe's square-and-add, walked along ")


def _told(
    found: _Bounds, verdict: Verdict, evidence: Evidence, rows: Mapping[str, int], limit: float
) -> Judgement:
    failed = verdict is Verdict.FAIL
    at = int(np.argmax(found.low if failed else found.high))
    needed = _required(found, rows, limit) if verdict is Verdict.INCONCLUSIVE else {}
    evidence = replace(
        evidence,
        estimate=found.sign * float(found.observed.max()),
        interval=found.interval_of(found.score.low, found.score.high),
        deciding=_deciding(found, at),
        p_value=smallest_level(
            lambda level: _lows(found.quantities, found.sign, level).max() > found.sign * limit
        ),
        required_n=sum(needed.values()) or None,
        required_groups=needed,
        minimum_detectable=_detectable(found, limit),
    )
    return Judgement(verdict, _reason(found, verdict, at, evidence, rows, limit), evidence)


def _deciding(found: _Bounds, at: int) -> Comparison:
    quantity, place = found.places[at]
    return Comparison(
        quantity.groups[place],
        "",
        quantity.quantity,
        float(quantity.estimates[place]),
        found.interval_of(float(found.low[at]), float(found.high[at])),
        None,
        round(float(quantity.sizes[place])),
    )


def _required(found: _Bounds, rows: Mapping[str, int], limit: float) -> dict[str, int]:
    """Return the rows per group that would probably decide, smaller groups growing first."""
    undecided = {
        quantity.groups[place]
        for (quantity, place), high in zip(found.places, found.high, strict=True)
        if high > found.sign * limit
    }
    return smallest_rows(
        lambda times: found.scaled(times).chance(limit),
        rows,
        [name for name in rows if name in undecided],
    )


def _detectable(found: _Bounds, limit: float) -> float | None:
    from scipy.special import ndtri

    spread = np.concatenate([quantity.spread() for quantity in found.quantities])
    depth = float(ndtri(PROBABLY) - ndtri(found.level / len(spread)))
    beyond = limit + found.sign * depth * float(spread.max())
    return beyond if np.isfinite(beyond) else None


def _reason(
    found: _Bounds,
    verdict: Verdict,
    at: int,
    evidence: Evidence,
    rows: Mapping[str, int],
    limit: float,
) -> str:
    floor = found.sign < 0
    quantity, place = found.places[at]
    name, n = quantity.groups[place], round(float(quantity.sizes[place]))
    seen = f"{float(quantity.estimates[place]):.3g} in {n} rows"
    what = f"The {quantity.quantity} of group {name!r}"
    if verdict is Verdict.FAIL:
        bound = beside(found.sign * found.score.low, limit, up=floor)
        side, where = ("most", "below") if floor else ("least", "above")
        sure = confidence_in_words(1 - found.level)
        return f"{what} is at {side} {bound} with {sure}, {where} the limit {limit:g}: {seen}."
    sure = confidence_in_words(1 - found.alpha)
    bound = beside(found.sign * found.score.high, limit, up=not floor)
    if verdict is Verdict.PASS:
        side = "least" if floor else "most"
        names = " and ".join(quantity.quantity for quantity in found.quantities)
        return f"The {names} of every group is at {side} {bound} with {sure}, within {limit:g}."
    side = "as low as" if floor else "as high as"
    needed = {k: v for k, v in evidence.required_groups.items() if v > rows[k]}
    known = evidence.interval or found.interval_of(found.score.low, found.score.high)
    step = unplanned(evidence.estimate or 0.0, known, limit, n, "rows")
    if needed:
        step = f"about {rows_in_words(needed)} would probably decide"
    elif not np.isfinite(found.score.high):
        step = NO_RANGE
    return f"{what} may be {side} {bound} ({sure}) and the limit is {limit:g}: {seen}; {step}."
