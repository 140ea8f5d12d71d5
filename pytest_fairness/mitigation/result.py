"""What a repair came to, and how it is kept: a folder, a record, a page, and a few lines."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation import processes
from pytest_fairness.mitigation.attempts import SKIPPED, Attempt
from pytest_fairness.mitigation.card import write_card
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.utility import KeptSkill
from pytest_fairness.outcome import Outcome
from pytest_fairness.reports.pairing import match_before

_RECORD = "mitigation.json"
_REPORT = "report.html"


@dataclass(frozen=True)
class MitigationResult:
    """What a repair came to.

    Attributes
    ----------
    met : bool
        Whether every check passes on held-out terms and templates, within the utility limit.
    reason : str
        One sentence that says why.
    before, after : tuple of Outcome
        The same checks on held-out terms and templates, before and after; after the method that
        repaired the model, or else the one that came nearest.
    method : str or None
        That method.
    utility : Utility, KeptLanguage or None
        Of that method, on held-out rows.
    attempts : tuple of Attempt
        All that was tried: the whole front of fairness, utility, retention and cost.
    folder : Path or None
        Where the repaired model stands; None when nothing was saved.
    seconds : float
        Of the whole repair, tests included.
    """

    met: bool
    reason: str
    before: tuple[Outcome, ...] = ()
    after: tuple[Outcome, ...] = ()
    method: str | None = None
    utility: KeptSkill | None = None
    attempts: tuple[Attempt, ...] = ()
    folder: Path | None = None
    seconds: float = 0.0


def free_folder(out: str | Path) -> Path:
    """Return `out` if nothing would be overwritten there.

    Raises
    ------
    ArgumentError
        If the folder exists and holds something, or its parent does not exist.
    """
    target = Path(out)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ArgumentError(
            f"out={str(out)!r} exists and is not an empty folder. Name a new folder; "
            "a repair overwrites nothing."
        )
    if not target.absolute().parent.is_dir():
        raise ArgumentError(
            f"out={str(out)!r}: the folder {target.parent} does not exist. "
            f"Create it first: mkdir -p {target.parent}"
        )
    return target


def keep(
    result: MitigationResult,
    write: Callable[[Path], Any],
    source: Path,
    target: Path,
    config: MitigationConfig,
    command: str | None,
) -> MitigationResult:
    """Save the model with its record, card and page; a folder half written is taken away again."""
    kept = replace(result, folder=target)
    try:
        write(target)
        if processes.is_main():
            record = json.dumps(_record(kept, config, command), ensure_ascii=False, indent=1)
            (target / _RECORD).write_text(record + "\n", encoding="utf-8")
            write_card(kept, source, target, command)
            _write_page(kept, target / _REPORT)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    return kept


def _record(
    result: MitigationResult, config: MitigationConfig, command: str | None
) -> dict[str, Any]:
    return {
        "met": result.met,
        "reason": result.reason,
        "command": command,
        "method": result.method,
        "utility": _utility_record(result.utility),
        "seconds": round(result.seconds, 1),
        "config": asdict(config),
        "attempts": [_attempt_record(attempt) for attempt in result.attempts],
        "before": [o.to_dict() for o in result.before],
        "after": [o.to_dict() for o in result.after],
    }


def _attempt_record(attempt: Attempt) -> dict[str, Any]:
    return {
        "method": attempt.method,
        "status": attempt.status,
        "reason": attempt.reason,
        "utility": _utility_record(attempt.utility),
        "retention": attempt.retention,
        "seconds": round(attempt.seconds, 1),
        "trainable_parameters": attempt.trainable_parameters,
        "skills": [asdict(skill) for skill in attempt.skills],
        "side_effects": [asdict(effect) for effect in attempt.side_effects],
        "validation": [o.to_dict() for o in attempt.screened],
        "heldout": [o.to_dict() for o in attempt.after],
    }


def _utility_record(utility: KeptSkill | None) -> dict[str, Any] | None:
    if utility is None:
        return None
    change = {"change_low": utility.interval.low, "change_high": utility.interval.high}
    return {**asdict(utility), **change, "verdict": utility.verdict.value}


def _write_page(result: MitigationResult, path: Path) -> None:
    from importlib.util import find_spec

    from pytest_fairness.reports import write_report

    if find_spec("jinja2") is not None:  # the page is a courtesy; the record has it all
        write_report(path, result.after, before=result.before)


def summary_lines(result: MitigationResult) -> list[str]:
    """Return the before and after of a repair as lines of text, and all that was tried."""
    rows = [*_measured(result)]
    width = max([44, *(len(name) for name, _, _ in rows)])
    lines = ["", "On held-out terms and templates:", f"  {'':{width}}{'before':>10}{'after':>10}"]
    lines += [f"  {name:{width}}{before:>10}{after:>10}" for name, before, after in rows]
    verb = f"repaired by {result.method}" if result.met else "NOT repaired"
    place = f" Saved in {result.folder}." if result.folder else " Nothing was saved."
    return [*lines, *_front_lines(result.attempts), "", f"{verb}: {result.reason}{place}"]


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
        for e in last.side_effects:
            name = f"mean shift of {e.attribute}, not checked (n={e.n:,})"
            yield name, f"{e.before:.4f}", f"{e.after:.4f}"


def _last_judged(result: MitigationResult) -> Attempt | None:
    return next((a for a in result.attempts if a.after and a.method == result.method), None)


def _front_lines(attempts: Sequence[Attempt]) -> list[str]:
    """Return one line for each method that was tried, where there were several."""
    if len(attempts) < 2:
        return []
    head = ("method", "seen on", "unfair", "utility", "kept", "weights", "seconds")
    rows = [head, *(_front_row(attempt) for attempt in attempts)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    return ["", "All that was tried:", *(f"  {_spread(row, widths)}" for row in rows)]


def _front_row(attempt: Attempt) -> tuple[str, ...]:
    if attempt.status == SKIPPED:
        return (attempt.method, "not tried", "", "", "", "", "")
    outcomes, utility = attempt.after or attempt.screened, attempt.utility
    return (
        attempt.method,
        "held-out" if attempt.after else "validation",
        ", ".join(_number(outcome) for outcome in outcomes) or "none",
        "none" if utility is None else f"{utility.after:.3f}",
        "none" if attempt.retention is None else f"{attempt.retention:.3f}",
        f"{attempt.trainable_parameters:,}",
        f"{attempt.seconds:.0f}",
    )


def _spread(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = (
        cell.ljust(width) if i < 2 else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join([first, *rest]).rstrip()


def _row_name(outcome: Outcome) -> str:
    return f"{outcome.metric} ({outcome.tolerance.name}={outcome.tolerance.value:g})"


def _number(outcome: Outcome | None) -> str:
    if outcome is None or outcome.evidence.estimate is None:
        return "none"
    return f"{outcome.evidence.estimate:.4f}"
