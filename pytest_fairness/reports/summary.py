"""The table that a terminal shows when a session ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from pytest_fairness.outcome import Outcome, Verdict
from pytest_fairness.reports import facts, formats
from pytest_fairness.reports.columns import (
    display_width,
    shorten,
    shorten_left,
    shorten_middle,
    shorten_name,
    table,
    visible,
)
from pytest_fairness.reports.meaning import VERDICT_ORDER


def summary_table(
    outcomes: Iterable[Outcome], *, width: int = 100, sound: Collection[str] = ()
) -> list[str]:
    """Return lines: one a check, what did not pass first, and one of totals.

    `width` is that of the terminal. Where it is short, the model is left out first, then the
    count, and the test's name is shortened from the left, or inside where
    names share their end. `sound` names the tests that did not
    fail: what fails in them was expected to.
    """
    ordered = in_order(outcomes)
    rows = [_row(outcome) for outcome in ordered]
    lines = _fit([_HEADER, *rows], width) if rows else []
    return [*lines, totals(ordered, sound)]


def in_order(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return `outcomes` with failures first and passes last, otherwise in their given order."""
    return sorted(outcomes, key=lambda outcome: VERDICT_ORDER.index(outcome.verdict))


_HEADER = ("verdict", "metric", "estimate", "limit", "n", "model", "test")


def _row(outcome: Outcome) -> tuple[str, ...]:
    bounds = formats.evidence_bounds(outcome.evidence, outcome.tolerance, once=True)
    row = (
        outcome.verdict.value,
        facts.metric(outcome),
        formats.estimate(outcome.evidence, outcome.tolerance) + formats.in_brackets(bounds),
        formats.limit(outcome.tolerance, short=True),
        _counted(outcome),
        outcome.model.name if outcome.model else "",
        outcome.test or "",
    )
    return tuple(visible(cell) for cell in row)


def _counted(outcome: Outcome) -> str:
    n = formats.count(outcome.evidence.n)
    return f"{n} tried" if facts.is_pointwise(outcome) and outcome.evidence.n > 1 else n


def _fit(rows: Sequence[tuple[str, ...]], columns: int) -> list[str]:
    """Lay `rows` out in `columns`: narrow the model and the metric, then leave columns out."""
    longest = max(display_width(row[-1]) for row in rows)
    for layout in _LAYOUTS:
        fixed = [_cells(row, layout) for row in rows]
        room = columns - sum(
            max(display_width(c) + 2 for c in cells) for cells in zip(*fixed, strict=True)
        )
        if room >= min(layout.test, longest):
            break
    right = [column == "n" for column in fixed[0]]
    tests = _told_apart([row[-1] for row in rows], room)
    lines = [[*cells, test] for cells, test in zip(fixed, tests, strict=True)]
    return [shorten(line, columns) for line in table(lines, right=[*right, False])]


def _told_apart(names: Sequence[str], columns: int) -> list[str]:
    """Shorten names from the left, or, where some that share their end would be alike, inside."""
    left = {name: shorten_left(name, columns) for name in names}
    alike = Counter(left.values())
    return [
        shorten_middle(name.rpartition("::")[2], columns) if alike[left[name]] > 1 else left[name]
        for name in names
    ]


@dataclass(frozen=True)
class _Layout:
    """The most columns of the metric and the model, whether n is shown, the least of the test."""

    metric: int
    model: int
    n: bool
    test: int


_LAYOUTS = (
    _Layout(metric=29, model=24, n=True, test=36),
    _Layout(metric=29, model=12, n=True, test=30),
    _Layout(metric=29, model=0, n=True, test=24),
    _Layout(metric=20, model=0, n=True, test=24),
    _Layout(metric=20, model=0, n=False, test=20),
    _Layout(metric=14, model=0, n=False, test=12),
)


def _cells(row: tuple[str, ...], layout: _Layout) -> list[str]:
    """Return the cells of a row before the test's name."""
    verdict, metric, estimate, limit, n, model, _ = row
    cells = [verdict, shorten_name(metric, layout.metric), estimate, limit]
    cells += [n] * layout.n
    return cells + [shorten(model, layout.model)] * bool(layout.model)


def totals(outcomes: Sequence[Outcome], sound: Collection[str] = ()) -> str:
    """Return one line that counts the verdicts; `sound` names the tests that did not fail."""
    if not outcomes:
        return "No fairness check was measured."
    found = Counter(outcome.verdict for outcome in outcomes)
    words = {Verdict.FAIL: "failed", Verdict.PASS: "passed"}
    parts = [f"{found[v]} {words.get(v, v.value)}" for v in VERDICT_ORDER if found[v]]
    if n := sum(o.verdict is Verdict.FAIL and o.test in sound for o in outcomes):
        parts[0] += f" (of which {n:,} in tests that did not fail)"
    return f"{formats.count(len(outcomes), 'fairness checks')}: {', '.join(parts)}"
