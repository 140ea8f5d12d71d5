"""What a repair came to, and how it is kept: a folder, a record, a page, and a few lines."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pytest_fairness.mitigation import processes
from pytest_fairness.mitigation.attempts import Attempt
from pytest_fairness.mitigation.card import write_card
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.places import RECORD, clear_failed_record
from pytest_fairness.mitigation.record import write_evidence
from pytest_fairness.mitigation.utility import KeptSkill
from pytest_fairness.outcome import Outcome


@dataclass(frozen=True, repr=False)
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
        Where the repaired model stands; None when no model was saved.
    record : Path or None
        The file with all of this and what it was made from, ``mitigation.json``: beside the model,
        or alone where the repair fell short. None when no folder was named.
    seconds : float
        Of the whole repair, tests included; what was trained before a run was cut off counts.

    Examples
    --------
    >>> MitigationResult(met=False, reason="nothing helped.", method="lora")
    MitigationResult(met=False, method='lora', attempts=0, reason='nothing helped.')
    """

    met: bool
    reason: str
    before: tuple[Outcome, ...] = ()
    after: tuple[Outcome, ...] = ()
    method: str | None = None
    utility: KeptSkill | None = None
    attempts: tuple[Attempt, ...] = ()
    folder: Path | None = None
    record: Path | None = None
    seconds: float = 0.0

    @property
    def judged(self) -> Attempt | None:
        """The attempt that the result tells of, where one was judged."""
        return next((a for a in self.attempts if a.after and a.method == self.method), None)

    def __repr__(self) -> str:
        said = {"met": self.met, "method": self.method, "attempts": len(self.attempts)}
        said |= {"folder": str(self.folder)} if self.folder else {"reason": self.reason}
        return f"MitigationResult({', '.join(f'{k}={v!r}' for k, v in said.items())})"

    def __str__(self) -> str:
        from pytest_fairness.mitigation.showing import summary_lines

        return "\n".join(summary_lines(self)).strip()


def keep(
    result: MitigationResult,
    write: Callable[[Path], Any],
    source: Path,
    target: Path,
    config: MitigationConfig,
    command: str | None,
    made_from: dict[str, Any],
) -> MitigationResult:
    """Save the model with its record, card and page; a folder half written is taken away again."""
    kept = replace(result, folder=target, record=target / RECORD)
    try:
        if processes.is_main():
            clear_failed_record(target)
        write(target)
        if processes.is_main():
            write_evidence(kept, target, config, command, made_from)
            write_card(kept, source, target, command, _shared_terms(made_from))
            _let_read(target, as_is=target / RECORD)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    return kept


def _let_read(folder: Path, as_is: Path) -> None:
    """Let files be read by those who may read `as_is`: some come for their owner alone."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(as_is.stat().st_mode)


def _shared_terms(made_from: dict[str, Any]) -> list[str]:
    """Return the terms that were learnt from and judged on, of all spaces."""
    splits = made_from.get("split", ())
    return sorted({term for one in splits for term in one["shared_terms"]})


def leave_record(
    result: MitigationResult,
    target: Path,
    config: MitigationConfig,
    command: str | None,
    made_from: dict[str, Any],
) -> MitigationResult:
    """Write what a repair that fell short showed, without a model: a record, and a page."""
    if processes.is_main():
        target.mkdir(exist_ok=True)
        clear_failed_record(target)
        write_evidence(result, target, config, command, made_from)
    return replace(result, record=target / RECORD)
