"""What a repair came to, as lines for a terminal: before and after, and all that was tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pytest_fairness.mitigation.attempts import JUDGED, REPAIRED, SKIPPED, Attempt
from pytest_fairness.mitigation.classes import warnings_of
from pytest_fairness.mitigation.retention import retained_parts
from pytest_fairness.outcome import Outcome
from pytest_fairness.reports.columns import display_width
from pytest_fairness.reports.pairing import match_before

if TYPE_CHECKING:
    from pytest_fairness.mitigation.result import MitigationResult

FRONT_HEAD = ("method", "seen on", "unfair", "utility", "kept", "weights", "seconds")
_LEGEND = (
    "unfair: what the checks measure, in their order; utility: {utility}; kept: share of rows with "
    "the label of before; weights: how many could move; seconds: of making it, without tests"
)


def summary_lines(result: MitigationResult) -> list[str]:
    """Return the before and after of a repair as lines of text, and all that was tried."""
    rows = [("", "before", "after"), *_checked(result), *measured_beside(result)]
    width = max([44, *(display_width(name) for name, _, _ in rows)])
    lines = ["", "On held-out material:"]
    lines += [f"  {_padded(name, width)}{before:>10}{after:>10}" for name, before, after in rows]
    verb = f"repaired by {result.method}" if result.met else "NOT repaired"
    last = f"{verb}: {result.reason} {_place(result)}"
    if result.seconds:
        last += f" It took {result.seconds:,.0f} s in all."
    return [*lines, *_warnings(result), *_front_lines(result.attempts), "", last]


def _warnings(result: MitigationResult) -> list[str]:
    """Return what a reader of the numbers must not miss."""
    last = result.judged
    return [] if last is None else [f"  {line}" for line in warnings_of(last.classes)]


def _place(result: MitigationResult) -> str:
    if result.folder:
        last = result.judged
        return f"Saved in {result.folder}. {last.loading if last else ''}".rstrip()
    if result.record:
        return f"No model was saved; all that was measured is in {result.record}."
    return "Nothing was saved: no folder was named (out=)."


def _padded(text: str, width: int) -> str:
    return text + " " * (width - display_width(text))


def _checked(result: MitigationResult) -> Iterator[tuple[str, str, str]]:
    """Yield the name of each check, and what it gave before and after."""
    earlier, _ = match_before(result.after, result.before)
    names = [_row_name(outcome) for outcome in result.after]
    for name, old, new in zip(names, earlier, result.after, strict=True):
        twice = names.count(name) > 1 and new.test is not None
        yield f"{name}{f', {_function(new.test)}' if twice else ''}", _number(old), _number(new)


def measured_beside(result: MitigationResult) -> Iterator[tuple[str, str, str]]:
    """Yield the name of all else that was measured, and its values before and after."""
    if (u := result.utility) is not None:
        yield f"{u.name} (n={u.n:,})", f"{u.before:.3f}", f"{u.after:.3f}"
    if (last := result.judged) is not None:
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


def _front_lines(attempts: Sequence[Attempt]) -> list[str]:
    """Return one line for each method that was tried."""
    if not attempts:
        return []
    rows = [FRONT_HEAD, *front_rows(attempts)]
    full = [row for row in rows if len(row) == len(FRONT_HEAD)]
    widths = [max(len(row[i]) for row in full) for i in range(len(FRONT_HEAD))]
    widths[0] = max(len(row[0]) for row in rows)
    shown = (f"  {_spread(row, widths)}" for row in rows)
    return ["", "All that was tried:", *shown, f"  ({legend_of(attempts)})"]


def legend_of(attempts: Sequence[Attempt]) -> str:
    """Explain the columns of `front_rows`."""
    utility = next((a.utility.name for a in attempts if a.utility is not None), "none")
    return _LEGEND.format(utility=utility)


def front_rows(attempts: Sequence[Attempt]) -> Iterator[tuple[str, ...]]:
    """Yield the cells of each method's line, as FRONT_HEAD names them."""
    return map(_front_row, attempts)


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


def _function(test: str | None) -> str:
    return (test or "").partition("[")[0].rpartition("::")[2]


def _row_name(outcome: Outcome) -> str:
    of = f" of {outcome.attribute}" if outcome.attribute else ""
    return f"{outcome.metric}{of} ({outcome.tolerance.name}={outcome.tolerance.value:g})"


def _number(outcome: Outcome | None) -> str:
    if outcome is None or outcome.evidence.estimate is None:
        return "none"
    return f"{outcome.evidence.estimate:.4f}"
