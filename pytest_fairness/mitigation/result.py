"""What a repair came to, and how it is kept: a folder, a record, a page, and a few lines."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.training import FineTuned, save
from pytest_fairness.outcome import Outcome
from pytest_fairness.reports.pairing import match_before

_RECORD = "mitigation.json"
_REPORT = "report.html"


@dataclass(frozen=True)
class Utility:
    """A skill before and after, on rows that the repair did not see; 1 is best."""

    name: str
    before: float
    after: float
    n: int

    @property
    def loss(self) -> float:
        """How much skill the repair cost; negative when it gained."""
        return self.before - self.after


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
        The same checks on held-out terms and templates, before and after.
    utility : Utility or None
    folder : Path or None
        Where the repaired model stands; None when nothing was saved.
    seconds : float
    trainable_parameters : int
    """

    met: bool
    reason: str
    before: tuple[Outcome, ...] = ()
    after: tuple[Outcome, ...] = ()
    utility: Utility | None = None
    folder: Path | None = None
    seconds: float = 0.0
    trainable_parameters: int = 0


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
    fine_tuned: FineTuned,
    target: Path,
    config: MitigationConfig,
    command: str | None,
) -> MitigationResult:
    """Save the model with its record and report; a folder half written is taken away again."""
    kept = replace(result, folder=target)
    try:
        save(fine_tuned, target)
        record = json.dumps(_record(kept, config, command), ensure_ascii=False, indent=1)
        (target / _RECORD).write_text(record + "\n", encoding="utf-8")
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
        "utility": None if result.utility is None else asdict(result.utility),
        "seconds": round(result.seconds, 1),
        "trainable_parameters": result.trainable_parameters,
        "config": asdict(config),
        "before": [o.to_dict() for o in result.before],
        "after": [o.to_dict() for o in result.after],
    }


def _write_page(result: MitigationResult, path: Path) -> None:
    from importlib.util import find_spec

    from pytest_fairness.reports import write_report

    if find_spec("jinja2") is not None:  # the page is a courtesy; the record has it all
        write_report(path, result.after, before=result.before)


def summary_lines(result: MitigationResult) -> list[str]:
    """Return the before and after of a repair as lines of text."""
    lines = ["", "On held-out terms and templates:", f"  {'':44}{'before':>10}{'after':>10}"]
    earlier, _ = match_before(result.after, result.before)
    for old, new in zip(earlier, result.after, strict=True):
        lines.append(f"  {_row_name(new):44}{_number(old):>10}{_number(new):>10}")
    if result.utility is not None:
        u = result.utility
        lines.append(f"  {f'{u.name} (n={u.n})':44}{u.before:>10.3f}{u.after:>10.3f}")
    verb = "repaired" if result.met else "NOT repaired"
    place = f" Saved in {result.folder}." if result.folder else " Nothing was saved."
    return [*lines, "", f"{verb}: {result.reason}{place}"]


def _row_name(outcome: Outcome) -> str:
    return f"{outcome.metric} ({outcome.tolerance.name}={outcome.tolerance.value:g})"


def _number(outcome: Outcome | None) -> str:
    if outcome is None or outcome.evidence.estimate is None:
        return "none"
    return f"{outcome.evidence.estimate:.4f}"
