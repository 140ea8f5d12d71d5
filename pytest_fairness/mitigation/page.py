"""What a repair's page says before its checks: how it ended, and all that was tried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pytest_fairness.mitigation.classes import warnings_of
from pytest_fairness.mitigation.showing import FRONT_HEAD, front_rows, legend_of, measured_beside
from pytest_fairness.reports.account import Account, Table

if TYPE_CHECKING:
    from pytest_fairness.mitigation.result import MitigationResult


def account_of(result: MitigationResult, made_from: dict[str, Any]) -> Account:
    """Return what the page of a repair says of it."""
    ended = f"Repaired by {result.method}" if result.met else "Not repaired"
    return Account(
        met=result.met,
        title=ended,
        reason=f"{result.reason[:1].upper()}{result.reason[1:]}",
        facts=tuple(_facts(result, made_from)),
        tables=tuple(_tables(result)),
    )


_PARTS = {
    "train": "to learn from",
    "validation": "to choose by",
    "heldout": "to judge by, without copies and sentences of the tests",
}


def _facts(result: MitigationResult, made_from: dict[str, Any]) -> Iterator[tuple[str, str]]:
    last = result.judged
    before = made_from.get("model", {})
    if before:
        yield "Model before", f"{before['folder']} ({before['fingerprint'][:12]})"
    if result.folder is not None:
        yield "Model after", str(result.folder)
    else:
        yield "Model after", "none was saved"
    if result.folder is not None and last is not None and last.loading:
        yield "To load it", last.loading
    if last is not None:
        yield from (
            ("Warning", line.removeprefix("Warning: ")) for line in warnings_of(last.classes)
        )
    yield "Rows", _rows(made_from.get("data", {}))
    yield "Time", f"{result.seconds:,.0f} s in all, the tests of each method among them"


def _rows(data: dict[str, Any]) -> str:
    """Say how many rows were given, and how they were dealt out; copies are judged on once."""
    given, teacher = data.get("given"), data.get("teacher", "")
    if not given:
        return f"none; the tests' own sentences, taught by {teacher}" if teacher else "none"
    where = f" of {given['file']}" if given["file"] else ""
    parts = [f"{data['parts'][part]['rows']:,} {to}" for part, to in _PARTS.items()]
    return f"{given['rows']:,}{where}: {', '.join(parts)}. Taught by {teacher}"


def _tables(result: MitigationResult) -> Iterator[Table]:
    beside = tuple(measured_beside(result))
    if beside:
        yield Table("Measured beside the checks", ("", "before", "after"), beside)
    if result.attempts:
        rows = tuple(front_rows(result.attempts))
        yield Table("All that was tried", FRONT_HEAD, rows, legend_of(result.attempts))
