"""What a verdict on gaps says: its reason, its groups and its comparisons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pytest_fairness.evidence.gap_table import Counts, Kind, Scores, Table
from pytest_fairness.evidence.judgement import beside, confidence_in_words
from pytest_fairness.outcome import Comparison, Evidence, GroupRate, Interval, Verdict


def method_in_words(n_comparisons: int) -> str:
    """Name the bounds as a reader would cite them."""
    if not n_comparisons:
        return "none"
    return (
        "Newcombe's square-and-add, walked along Clopper-Pearson limits; lower bound Bonferroni "
        f"over {n_comparisons} comparisons, upper bound intersection-union"
    )


def group_rates(counts: Counts) -> tuple[GroupRate, ...]:
    """List the rate of every group, also of those that are not compared."""
    return tuple(
        GroupRate(name, quantity, k / n if n else None, n)
        for quantity, groups in counts.items()
        for name, (k, n) in groups.items()
    )


def unmeasured(table: Table, kind: Kind) -> str:
    """Return the sentence that says what cannot be compared and what to do, or no text."""
    if table.empty:
        names = ", ".join(repr(name) for name in table.empty)
        return (
            f"No row of group {names} counts towards the {table.quantity}, so the gap to it cannot "
            "be measured. Add such rows, or leave the group out of the data and its categories."
        )
    if len(table.groups) < 2:
        known = f"the one group {table.groups[0]!r}" if table.groups else "no known group"
        return (
            f"The {table.quantity} is known for {known} and a gap needs two. "
            "Add rows of another group, or label the unknown ones."
        )
    if kind == "ratio" and not table.successes.any():
        return (
            f"The {table.quantity} is 0 in every group, and a ratio of 0 to 0 cannot be measured. "
            "Add rows until some group has a success, or limit the difference instead."
        )
    return ""


def comparisons(
    tables: Sequence[Table], scores: Sequence[Scores], kind: Kind, confidence: float
) -> tuple[Comparison, ...]:
    """List every pair of groups, worst first.

    Differences are of the larger rate minus the smaller, ratios of the smaller over the larger.
    A pair of two rates of 0 has no ratio and is left out.
    """
    found = [
        (score.observed[a, b], _comparison(table, score, kind, confidence, a, b))
        for table, score in zip(tables, scores, strict=True)
        for a, b in _pairs(score)
    ]
    found.sort(key=lambda item: -item[0])
    return tuple(comparison for _, comparison in found)


def reason_for(
    verdict: Verdict,
    tables: Sequence[Table],
    scores: Sequence[Scores],
    interval: Interval,
    evidence: Evidence,
    kind: Kind,
    limit: float,
) -> str:
    """Say in one sentence why the verdict is what it is."""
    if verdict is Verdict.FAIL:
        return _fail_reason(tables, scores, interval, kind, limit)
    if verdict is Verdict.PASS:
        return _pass_reason(tables, interval, kind, limit)
    return _inconclusive_reason(interval, evidence, kind, limit)


def _pairs(score: Scores) -> list[tuple[int, int]]:
    """Return each pair of groups once, in the order that shows the wider gap."""
    size = len(score.observed)
    both = [(a, b) for a in range(size) for b in range(a + 1, size)]
    ordered = [(a, b) if score.observed[a, b] >= score.observed[b, a] else (b, a) for a, b in both]
    return [(a, b) for a, b in ordered if not np.isnan(score.observed[a, b])]


def _comparison(
    table: Table, score: Scores, kind: Kind, confidence: float, a: int, b: int
) -> Comparison:
    low, high = float(score.low[a, b]), float(score.high[a, b])
    estimate = float(score.observed[a, b])
    n = int(table.sizes[a] + table.sizes[b])
    if kind == "difference":
        interval = Interval(low, high, confidence)
        return Comparison(
            table.groups[a], table.groups[b], table.quantity, estimate, interval, None, n
        )
    interval = Interval(-high, min(-low, 1.0), confidence)
    return Comparison(
        table.groups[b], table.groups[a], table.quantity, -estimate, interval, None, n
    )


def _fail_reason(
    tables: Sequence[Table],
    scores: Sequence[Scores],
    interval: Interval,
    kind: Kind,
    limit: float,
) -> str:
    table, score = max(zip(tables, scores, strict=True), key=lambda pair: float(pair[1].low.max()))
    a, b = np.unravel_index(int(np.argmax(score.low)), score.low.shape)
    first, second = table.groups[a], table.groups[b]
    sure = confidence_in_words(interval.confidence)
    if kind == "difference":
        bound = beside(interval.low, limit, up=False)
        return (
            f"{first!r} minus {second!r} in {table.quantity} is at least {bound} with {sure}, "
            f"above the limit {limit:g}."
        )
    bound = beside(interval.high, limit, up=True)
    return (
        f"{second!r} over {first!r} in {table.quantity} is at most {bound} with {sure}, "
        f"below the limit {limit:g}."
    )


def _pass_reason(tables: Sequence[Table], interval: Interval, kind: Kind, limit: float) -> str:
    sure = confidence_in_words(interval.confidence)
    what = " and ".join(table.quantity for table in tables)
    if kind == "difference":
        bound = beside(interval.high, limit, up=True)
        return (
            f"No two groups differ by more than {bound} in {what} with {sure}, "
            f"within the limit {limit:g}."
        )
    bound = beside(interval.low, limit, up=False)
    return (
        f"No group's {what} is less than {bound} times another's with {sure}, "
        f"within the limit {limit:g}."
    )


def _inconclusive_reason(interval: Interval, evidence: Evidence, kind: Kind, limit: float) -> str:
    worst = evidence.comparisons[0]
    word = "minus" if kind == "difference" else "over"
    extreme = "largest difference" if kind == "difference" else "smallest ratio"
    return (
        f"The {extreme} lies between {interval.low:.2g} and {interval.high:.2g} "
        f"({confidence_in_words(interval.confidence)} each way) and the limit is {limit:g}; "
        f"observed is {worst.estimate:.2g}, {worst.first!r} {word} {worst.second!r} in "
        f"{worst.quantity}; {_next_step(evidence, kind, limit)}."
    )


def _next_step(evidence: Evidence, kind: Kind, limit: float) -> str:
    if limit == (0.0 if kind == "difference" else 1.0):
        return "no sample can show exact equality, so state the widest gap that you accept"
    if evidence.required_n is None:
        return "it is so near the limit that no practical number of rows would decide"
    return f"about {evidence.required_n} rows instead of {evidence.n} would probably decide"
