"""The verdict on rates of many groups, told from the worst pair of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.contour import contour
from pytest_fairness.evidence.judgement import (
    PROBABLY,
    Judgement,
    beside,
    check_alpha,
    check_count,
    check_limit,
    confidence_in_words,
    whole,
)
from pytest_fairness.outcome import Comparison, Evidence, GroupRate, Interval, Verdict

Array = NDArray[np.float64]
Kind = Literal["difference", "ratio"]
Counts = Mapping[str, Mapping[str, tuple[int, int]]]

UNKNOWN = "unknown"
METHOD = (
    "exact limits of both rates walked along a circle (as Newcombe 1998), for each pair of groups; "
    "corrected for the number of comparisons where it fails (Bonferroni)"
)
_MOST_ROWS = 1e8


@dataclass(frozen=True, eq=False)
class _Table:
    """Groups of one quantity that have a rate: arrays of shape (n_groups,)."""

    quantity: str
    names: tuple[str, ...]
    successes: Array
    sizes: Array

    @property
    def rates(self) -> Array:
        return np.asarray(self.successes / self.sizes)

    @property
    def directions(self) -> int:
        return len(self.names) * (len(self.names) - 1)

    def bounds(self, kind: Kind, alpha: float, factor: float = 1.0) -> Array:
        """Return lower bounds on first against second for all groups; nan for a group itself."""
        limits = contour(self.successes * factor, self.sizes * factor, alpha)
        least = limits.least_difference() if kind == "difference" else limits.least_ratio()
        return np.where(np.eye(len(self.names), dtype=bool), np.nan, least)


@dataclass(frozen=True, eq=False)
class _Bounds:
    """Per table: bounds at the full level, and at the level shared by all comparisons."""

    full: list[Array]
    shared: list[Array]

    def interval(self, kind: Kind, confidence: float) -> Interval:
        """Bound the largest difference, or the smallest ratio, of all pairs and quantities."""
        if kind == "difference":
            high = -min(np.nanmin(b) for b in self.full)
            low = max(np.nanmax(b) for b in self.shared)
            return Interval(float(max(low, 0.0)), float(min(high, 1.0)), confidence)
        low = min(np.nanmin(b) for b in self.full)
        high = 1.0 / max(max(np.nanmax(b) for b in self.shared), 1.0)
        return Interval(float(low), float(high), confidence)


def judge_gap(
    counts: Counts, *, kind: Kind = "difference", limit: float, alpha: float = 0.05
) -> Judgement:
    """Judge whether groups' rates lie close enough together.

    The statistic is the largest difference, or the smallest ratio, between any two groups in any
    quantity. Each pair is held straight against the limit: the check fails if one of them exceeds
    it at a level shared among all comparisons, and passes if every one stays within it, each at the
    full level (an intersection-union test needs no correction).

    Parameters
    ----------
    counts : mapping of quantity to mapping of group to (successes, n)
        A group called ``unknown`` is reported and not compared.
    kind : {"difference", "ratio"}
        0 is fair for differences, 1 for ratios.
    limit : float in [0, 1]
        Largest accepted difference, or smallest accepted ratio.
    alpha : float in (0, 0.5), default 0.05
        Chance of a false `fail`, and of a false `pass`.

    Returns
    -------
    Judgement
        ``required_n`` is the number of rows, in the proportions seen, that would probably settle an
        inconclusive one.

    Examples
    --------
    >>> table = {"selection rate": {"a": (300, 500), "b": (200, 500)}}
    >>> judge_gap(table, limit=0.1).verdict.value
    'fail'
    """
    check_alpha(alpha)
    check_limit(limit)
    if kind not in ("difference", "ratio"):
        raise ArgumentError(f"kind={kind!r} must be one of difference, ratio.")
    tables = [_table(quantity, groups) for quantity, groups in counts.items()]
    evidence = _described(counts)
    reason = _why_unmeasurable(counts, tables, kind)
    comparable = [t for t in tables if len(t.names) >= 2 and (kind != "ratio" or t.rates.any())]
    if not comparable:
        return Judgement(Verdict.UNMEASURABLE, reason, evidence)
    bounds = _bounds(comparable, kind, alpha)
    interval = bounds.interval(kind, 1 - alpha)
    evidence = _replace(
        evidence,
        estimate=_statistic(comparable, kind),
        interval=interval,
        method=METHOD,
        comparisons=_comparisons(comparable, bounds, kind, 1 - alpha),
    )
    verdict = _verdict(interval, kind, limit)
    if verdict is not Verdict.FAIL and reason:
        return Judgement(Verdict.UNMEASURABLE, reason, evidence)
    if verdict is Verdict.INCONCLUSIVE:
        required = _required_rows(comparable, kind, limit, alpha, evidence.n)
        evidence = _replace(evidence, required_n=required)
    if reason:
        evidence = _replace(evidence, notes=(reason,))
    return Judgement(verdict, _reason(verdict, evidence, kind, limit), evidence)


def gap_interval(counts: Counts, *, kind: Kind = "difference", alpha: float = 0.05) -> Interval:
    """Return the bounds that `judge_gap` holds against its limit, where all groups have rows.

    Examples
    --------
    >>> bounds = gap_interval({"selection rate": {"a": (300, 500), "b": (200, 500)}})
    >>> round(bounds.low, 3), round(bounds.high, 3)
    (0.137, 0.252)
    """
    tables = [_table(quantity, groups) for quantity, groups in counts.items()]
    return _bounds(tables, kind, alpha).interval(kind, 1 - alpha)


def _table(quantity: str, groups: Mapping[str, tuple[int, int]]) -> _Table:
    for name, (k, n) in groups.items():
        check_count(f"{quantity} of {name!r}", k, n)
    kept = {name: pair for name, pair in groups.items() if name != UNKNOWN and pair[1] > 0}
    cells = np.array(list(kept.values()), dtype=np.float64).reshape(-1, 2)
    return _Table(quantity, tuple(kept), cells[:, 0], cells[:, 1])


def _bounds(tables: Sequence[_Table], kind: Kind, alpha: float, factor: float = 1.0) -> _Bounds:
    shared = alpha / sum(table.directions for table in tables)
    return _Bounds(
        full=[table.bounds(kind, alpha, factor) for table in tables],
        shared=[table.bounds(kind, shared, factor) for table in tables],
    )


def _statistic(tables: Sequence[_Table], kind: Kind) -> float:
    if kind == "difference":
        return float(max(np.ptp(table.rates) for table in tables))
    return float(min(table.rates.min() / table.rates.max() for table in tables))


def _verdict(interval: Interval, kind: Kind, limit: float) -> Verdict:
    beyond = interval.low > limit if kind == "difference" else interval.high < limit
    within = interval.high <= limit if kind == "difference" else interval.low >= limit
    if beyond:
        return Verdict.FAIL
    return Verdict.PASS if within else Verdict.INCONCLUSIVE


def _described(counts: Counts) -> Evidence:
    """Return what can be said before any comparison: rates and sizes."""
    rates = tuple(
        GroupRate(group, quantity, k / n if n else None, n)
        for quantity, groups in counts.items()
        for group, (k, n) in groups.items()
    )
    unknown = sum(groups.get(UNKNOWN, (0, 0))[1] for groups in counts.values())
    return Evidence(
        estimate=None,
        interval=None,
        method="none",
        n=sum(rate.n for rate in rates) - unknown,
        groups=rates,
        excluded={"group unknown": unknown} if unknown else {},
    )


def _why_unmeasurable(counts: Counts, tables: Sequence[_Table], kind: Kind) -> str:
    """Say why some comparison cannot be made; empty when all can."""
    for quantity, groups in counts.items():
        for name, (_, n) in groups.items():
            if n == 0 and name != UNKNOWN:
                return (
                    f"{name!r} has no row that counts for the {quantity}, so it cannot be compared. "
                    "Add such rows, or leave the group out on purpose."
                )
    for table in tables:
        if len(table.names) < 2:
            found = f"only {table.names[0]!r}" if table.names else "none"
            return f"A {table.quantity} needs two groups to compare; there is {found}."
        if kind == "ratio" and not table.rates.any():
            return (
                f"The {table.quantity} is 0 in every group, and 0 / 0 is no ratio. "
                "Use max_difference=, or check pos_label=."
            )
    return ""


def _comparisons(
    tables: Sequence[_Table], bounds: _Bounds, kind: Kind, confidence: float
) -> tuple[Comparison, ...]:
    """Describe every pair of groups, the worst first."""
    found = [
        comparison
        for table, full, shared in zip(tables, bounds.full, bounds.shared, strict=True)
        for comparison in _table_comparisons(table, full, shared, kind, confidence)
    ]
    worst_first = -1 if kind == "difference" else 1
    return tuple(sorted(found, key=lambda c: (worst_first * c.estimate, c.first, c.second)))


def _table_comparisons(
    table: _Table, full: Array, shared: Array, kind: Kind, confidence: float
) -> list[Comparison]:
    found = []
    rates = table.rates
    for i in range(len(table.names)):
        for j in range(i + 1, len(table.names)):
            high, low = (i, j) if rates[i] >= rates[j] else (j, i)
            first, second = (high, low) if kind == "difference" else (low, high)
            if kind == "difference":
                estimate = rates[first] - rates[second]
                interval = Interval(
                    float(shared[first, second]), -float(full[second, first]), confidence
                )
            elif rates[second] > 0:
                estimate = rates[first] / rates[second]
                upper = shared[second, first]
                interval = Interval(
                    float(full[first, second]),
                    float(1.0 / upper) if upper > 0 else float("inf"),
                    confidence,
                )
            else:
                continue  # 0 / 0
            found.append(
                Comparison(
                    table.names[first],
                    table.names[second],
                    table.quantity,
                    float(estimate),
                    interval,
                    None,
                    int(table.sizes[first] + table.sizes[second]),
                )
            )
    return found


def _required_rows(
    tables: Sequence[_Table], kind: Kind, limit: float, alpha: float, rows: int
) -> int | None:
    """Return how many rows would probably settle the verdict if the observed rates held."""
    most = _MOST_ROWS / max(rows, 1)
    low, high = 1.0, 2.0
    while not _probably_settled(tables, kind, limit, alpha, high):
        if high > most:
            return None
        low, high = high, 2 * high
    while high / low > 1.01:
        middle = (low * high) ** 0.5
        settled = _probably_settled(tables, kind, limit, alpha, middle)
        low, high = (low, middle) if settled else (middle, high)
    return whole(high * rows)


def _probably_settled(
    tables: Sequence[_Table], kind: Kind, limit: float, alpha: float, factor: float
) -> bool:
    """Whether bounds that much wider, as chance may shift them, still lie on one side."""
    from scipy.special import ndtr, ndtri

    spare = ndtri(PROBABLY)
    shared = alpha / sum(table.directions for table in tables)
    bounds = _Bounds(
        full=[t.bounds(kind, float(ndtr(ndtri(alpha) - spare)), factor) for t in tables],
        shared=[t.bounds(kind, float(ndtr(ndtri(shared) - spare)), factor) for t in tables],
    )
    return _verdict(bounds.interval(kind, 1 - alpha), kind, limit) is not Verdict.INCONCLUSIVE


def _reason(verdict: Verdict, evidence: Evidence, kind: Kind, limit: float) -> str:
    worst, interval = evidence.comparisons[0], evidence.interval
    if interval is None:  # judge_gap gives an interval wherever it compares
        return ""
    sure = confidence_in_words(interval.confidence)
    sides = f"{worst.first!r} {'above' if kind == 'difference' else 'over'} {worst.second!r}"
    if verdict is Verdict.FAIL:
        bound, side = (interval.low, "least") if kind == "difference" else (interval.high, "most")
        where = "above" if kind == "difference" else "below"
        return (
            f"The {kind} of {worst.quantity}s is at {side} {beside(bound, limit)} with {sure} "
            f"({sides}), {where} the limit {limit:g}."
        )
    if verdict is Verdict.PASS:
        bound, side = (interval.high, "most") if kind == "difference" else (interval.low, "least")
        return f"Every pair of groups stays within the limit {limit:g}: at {side} {bound:.2g}, with {sure}."
    return (
        f"The {kind} lies between {interval.low:.2g} and {interval.high:.2g} ({sure} each way), and "
        f"the limit {limit:g} lies between; {_next_step(evidence.required_n, kind, limit)}."
    )


def _next_step(required: int | None, kind: Kind, limit: float) -> str:
    if limit == (0 if kind == "difference" else 1):
        return "no number of rows can show that rates are exactly equal, so allow a small gap"
    if required is None:
        return "the observed rates are so near the limit that no practical sample would decide"
    return f"about {required:,} rows would probably decide"


def _replace(evidence: Evidence, **changes: object) -> Evidence:
    from dataclasses import replace

    return replace(evidence, **changes)  # type: ignore[arg-type]
