"""What a repair came to, as lines for a terminal: before and after, and all that was tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pytest_fairness.mitigation.attempts import JUDGED, REPAIRED, SKIPPED, Attempt
from pytest_fairness.mitigation.classes import warnings_of
from pytest_fairness.mitigation.retention import retained_parts
from pytest_fairness.outcome import Outcome
from pytest_fairness.reports.pairing import match_before

if TYPE_CHECKING:
    from pytest_fairness.mitigation.result import MitigationResult

_LEGEND = (
    "  (unfair: what the checks above measure, in their order; utility: {utility}; kept: share of "
    "rows with the label of before; weights: how many could move)"
)


def summary_lines(result: MitigationResult) -> list[str]:
    """Return the before and after of a repair as lines of text, and all that was tried."""
    rows = [*_measured(result)]
    width = max([44, *(len(name) for name, _, _ in rows)])
    lines = ["", "On held-out material:", f"  {'':{width}}{'before':>10}{'after':>10}"]
    lines += [f"  {name:{width}}{before:>10}{after:>10}" for name, before, after in rows]
    verb = f"repaired by {result.method}" if result.met else "NOT repaired"
    last = f"{verb}: {result.reason} {_place(result)}"
    return [*lines, *_warnings(result), *_front_lines(result.attempts), "", last]


def _warnings(result: MitigationResult) -> list[str]:
    """Return what a reader of the numbers must not miss."""
    last = _last_judged(result)
    return [] if last is None else [f"  {line}" for line in warnings_of(last.classes)]


def _place(result: MitigationResult) -> str:
    if result.folder:
        return f"Saved in {result.folder}."
    if result.record:
        return f"No model was saved; all that was measured is in {result.record}."
    return "Nothing was saved."


def _measured(result: MitigationResult) -> Iterator[tuple[str, str, str]]:
    """Yield the name of everything that was measured, and its values before and after."""
    earlier, _ = match_before(result.after, result.before)
    for old, new in zip(earlier, result.after, strict=True):
        yield _row_name(new), _number(old), _number(new)
    if (u := result.utility) is not None:
        yield f"{u.name} (n={u.n:,})", f"{u.before:.3f}", f"{u.after:.3f}"
    if (last := _last_judged(result)) is not None:
        for s in last.skills:
            yield s.name, f"{s.before:.4f}", f"{s.after:.4f}"
        for c in last.classes:
            yield f"F1 of {c.label} (n={c.n:,})", _three(c.before.f1), _three(c.after.f1)
        for one in last.retained:
            for name, part in retained_parts(one).items():
                yield f"{name} (n={part.n:,})", _three(part.before), _three(part.after)
        for e in last.side_effects:
            name = f"mean shift of {e.attribute}, not checked (n={e.n:,})"
            yield name, f"{e.before:.4f}", f"{e.after:.4f}"


def _last_judged(result: MitigationResult) -> Attempt | None:
    return next((a for a in result.attempts if a.after and a.method == result.method), None)


def _front_lines(attempts: Sequence[Attempt]) -> list[str]:
    """Return one line for each method that was tried."""
    if not attempts:
        return []
    head = ("method", "seen on", "unfair", "utility", "kept", "weights", "seconds")
    rows = [head, *(_front_row(attempt) for attempt in attempts)]
    full = [row for row in rows if len(row) == len(head)]
    widths = [max(len(row[i]) for row in full) for i in range(len(head))]
    widths[0] = max(len(row[0]) for row in rows)
    utility = next((a.utility.name for a in attempts if a.utility is not None), "none")
    legend = _LEGEND.format(utility=utility)
    return ["", "All that was tried:", *(f"  {_spread(row, widths)}" for row in rows), legend]


def _front_row(attempt: Attempt) -> tuple[str, ...]:
    """Return the cells of a line; of a method that was not tried, its name and the reason."""
    if attempt.status == SKIPPED:
        begun = "no model" if attempt.seconds else "not tried"
        return (attempt.method, f"{begun}: {attempt.reason}")
    was_judged = attempt.status in (JUDGED, REPAIRED)
    outcomes, utility = attempt.after if was_judged else attempt.screened, attempt.utility
    return (
        attempt.method,
        "held-out" if was_judged else "validation",
        ", ".join(_number(outcome) for outcome in outcomes) or "none",
        _three(None if utility is None else utility.after),
        _three(attempt.retention),
        f"{attempt.trainable_parameters:,}",
        f"{attempt.seconds:.0f}",
    )


def _spread(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = (
        cell.ljust(width) if i < 2 else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(row, widths, strict=False))
    )
    return "  ".join([first, *rest]).rstrip()


def _three(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


def _row_name(outcome: Outcome) -> str:
    of = f" of {outcome.attribute}" if outcome.attribute else ""
    return f"{outcome.metric}{of} ({outcome.tolerance.name}={outcome.tolerance.value:g})"


def _number(outcome: Outcome | None) -> str:
    if outcome is None or outcome.evidence.estimate is None:
        return "none"
    return f"{outcome.evidence.estimate:.4f}"
