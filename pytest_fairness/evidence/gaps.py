"""The verdict on differences or ratios of rates between groups.

A largest gap is biased upwards, so it is never held against the limit itself: each pair of groups
is. A `fail` says that some pair lies beyond the limit, and pays for the number of comparisons
(Bonferroni over ordered pairs and quantities; both directions count, since at a limit of 0 either
may be false). A `pass` says that every pair lies within, and pays nothing (intersection-union,
Berger 1982), so that it keeps its power with many groups. Holm's steps would change no verdict:
`fail` asks for one rejected pair only, and the first step of Holm's is Bonferroni's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.gap_table import (
    Counts,
    Kind,
    Scores,
    Table,
    bounded,
    read_tables,
)
from pytest_fairness.evidence.gap_words import (
    comparisons,
    group_rates,
    method_in_words,
    reason_for,
    unmeasured,
)
from pytest_fairness.evidence.judgement import Judgement, check_alpha, check_limit, verdict_of
from pytest_fairness.evidence.power import required_rows
from pytest_fairness.outcome import Evidence, Interval, Verdict

_WITHOUT_LABEL = ("unknown",)


def judge_gap(
    counts: Counts,
    *,
    limit: float,
    kind: Kind = "difference",
    alpha: float = 0.05,
    uncompared: Collection[str] = _WITHOUT_LABEL,
) -> Judgement:
    """Judge whether the rates of all groups lie close enough together.

    Parameters
    ----------
    counts : mapping of quantity to mapping of group to (successes, rows)
        Such as ``{"selection rate": {"a": (30, 100), "b": (28, 90)}}``; equalized odds has two
        quantities, and the worse one counts.
    limit : float in [0, 1]
        Largest accepted difference, or smallest accepted ratio of a smaller to a larger rate.
    kind : {"difference", "ratio"}, default "difference"
    alpha : float in (0, 0.5), default 0.05
        Chance of a false `fail`, and of a false `pass`.
    uncompared : collection of str, default ("unknown",)
        Groups to report and not to compare.

    Returns
    -------
    Judgement
        `fail` exactly when the interval lies beyond the limit, `pass` exactly when it lies within.
        `unmeasurable` when a group has no rows to take a quantity over and no other pair fails.

    Examples
    --------
    >>> counts = {"selection rate": {"a": (300, 1000), "b": (500, 1000)}}
    >>> print(judge_gap(counts, limit=0.1).reason)
    'b' minus 'a' in selection rate is at least 0.15 with 95 % confidence, above the limit 0.1.
    """
    _check(limit, kind, alpha)
    tables = read_tables(counts, uncompared)
    missing = tuple(filter(None, (unmeasured(table, kind) for table in tables)))
    usable = [table for table in tables if _is_usable(table, kind)]
    found = _find(usable, kind, alpha)
    verdict = _verdict(found, missing, _as_score(limit, kind))
    evidence = Evidence(
        None,
        None,
        method_in_words(found.n_comparisons),
        sum(int(table.sizes.sum()) for table in tables),
        groups=group_rates(counts),
        comparisons=comparisons(usable, found.scores, kind, 1 - alpha),
        excluded=_excluded(counts, uncompared),
        notes=missing,
    )
    if verdict is Verdict.UNMEASURABLE:
        return Judgement(verdict, missing[0], replace(evidence, notes=missing[1:]))
    evidence = replace(
        evidence,
        estimate=found.estimate(kind),
        interval=found.interval(kind),
        required_n=_rows_to_settle(usable, kind, limit, alpha, verdict),
    )
    interval = found.interval(kind)
    reason = reason_for(verdict, usable, found.scores, interval, evidence, kind, limit)
    return Judgement(verdict, reason, evidence)


def gap_interval(counts: Counts, *, kind: Kind = "difference", alpha: float = 0.05) -> Interval:
    """Bound the largest difference, or the smallest ratio, as `judge_gap` does.

    Every group needs rows in every quantity, and there must be at least two.

    Examples
    --------
    >>> bounds = gap_interval({"selection rate": {"a": (300, 1000), "b": (500, 1000)}})
    >>> round(bounds.low, 3), round(bounds.high, 3)
    (0.157, 0.236)
    """
    tables = read_tables(counts, ())
    if not all(_is_usable(table, kind) and not table.empty for table in tables):
        raise ArgumentError("Every quantity needs at least two groups, all with rows.")
    return _find(tables, kind, alpha).interval(kind)


@dataclass(frozen=True, eq=False)
class _Found:
    """Bounds of every table, and of the largest score of all."""

    scores: tuple[Scores, ...]
    score: Interval
    largest: float
    n_comparisons: int

    def estimate(self, kind: Kind) -> float:
        return self.largest if kind == "difference" else -self.largest

    def interval(self, kind: Kind) -> Interval:
        score = self.score
        if kind == "difference":
            return score
        return Interval(-score.high, -score.low, score.confidence)


def _find(tables: Sequence[Table], kind: Kind, alpha: float) -> _Found:
    n_comparisons = sum(table.n_comparisons for table in tables)
    scores = tuple(
        bounded(table, kind, alpha=alpha, n_comparisons=n_comparisons) for table in tables
    )
    least = 0.0 if kind == "difference" else -1.0  # the score of equal rates
    low = max((float(score.low.max()) for score in scores), default=least)
    high = max((float(score.high.max()) for score in scores), default=least)
    largest = max((float(np.nanmax(score.observed)) for score in scores), default=least)
    return _Found(scores, Interval(max(low, least), high, 1 - alpha), largest, n_comparisons)


def _verdict(found: _Found, missing: tuple[str, ...], limit: float) -> Verdict:
    """Read the verdict; what could not be measured stands in the way of all but a `fail`."""
    verdict = verdict_of(found.score, limit)
    return Verdict.UNMEASURABLE if missing and verdict is not Verdict.FAIL else verdict


def _check(limit: float, kind: str, alpha: float) -> None:
    check_alpha(alpha)
    check_limit(limit)
    if kind not in ("difference", "ratio"):
        raise ArgumentError(f"kind={kind!r} must be 'difference' or 'ratio'.")


def _as_score(limit: float, kind: Kind) -> float:
    return limit if kind == "difference" else -limit


def _is_usable(table: Table, kind: Kind) -> bool:
    return len(table.groups) > 1 and (kind == "difference" or bool(table.successes.any()))


def _rows_to_settle(
    tables: Sequence[Table], kind: Kind, limit: float, alpha: float, verdict: Verdict
) -> int | None:
    at_equality = limit == (0.0 if kind == "difference" else 1.0)
    if verdict is not Verdict.INCONCLUSIVE or at_equality:
        return None
    return required_rows(tables, kind, limit=_as_score(limit, kind), alpha=alpha)


def _excluded(counts: Counts, uncompared: Collection[str]) -> dict[str, int]:
    left_out = {
        f"group {name!r}": sum(groups[name][1] for groups in counts.values() if name in groups)
        for name in uncompared
    }
    return {reason: rows for reason, rows in left_out.items() if rows}
