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
    given = made_from.get("data", {}).get("given")
    yield "Learnt from", _rows(given, made_from)
    yield "Time", f"{result.seconds:,.0f} s in all, the tests of each method among them"


def _rows(given: dict[str, Any] | None, made_from: dict[str, Any]) -> str:
    teacher = made_from.get("data", {}).get("teacher", "")
    if not given:
        return f"the tests' own sentences, taught by {teacher}" if teacher else "no rows"
    where = f" of {given['file']}" if given["file"] else ""
    return f"{given['rows']:,} rows{where}, taught by {teacher}"


def _tables(result: MitigationResult) -> Iterator[Table]:
    beside = tuple(measured_beside(result))
    if beside:
        yield Table("Measured beside the checks", ("", "before", "after"), beside)
    if result.attempts:
        rows = tuple(front_rows(result.attempts))
        yield Table("All that was tried", FRONT_HEAD, rows, legend_of(result.attempts))
