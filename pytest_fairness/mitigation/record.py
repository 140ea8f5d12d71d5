"""The record and the page of a repair, beside a model or alone."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_fairness.mitigation.attempts import Attempt
from pytest_fairness.mitigation.classes import mean_f1
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.places import PAGE, RECORD
from pytest_fairness.mitigation.retention import Retained
from pytest_fairness.mitigation.utility import KeptSkill

if TYPE_CHECKING:
    from pytest_fairness.mitigation.result import MitigationResult


def write_evidence(
    result: MitigationResult,
    target: Path,
    config: MitigationConfig,
    command: str | None,
    made_from: dict[str, Any],
) -> None:
    """Write the record, and the page where Jinja2 is installed, into `target`."""
    record = json.dumps(
        to_record(result, config, command, made_from), ensure_ascii=False, indent=1, default=str
    )
    (target / RECORD).write_text(record + "\n", encoding="utf-8")
    if find_spec("jinja2") is not None:  # the page is a courtesy; the record has it all
        from pytest_fairness.mitigation.page import account_of
        from pytest_fairness.reports import write_html

        write_html(
            target / PAGE,
            result.after or result.before,
            before=result.before,
            account=account_of(result, made_from),
            title="Fairness repair",
        )


def to_record(
    result: MitigationResult,
    config: MitigationConfig,
    command: str | None,
    made_from: dict[str, Any],
) -> dict[str, Any]:
    """Return all that is known of a repair as builtin types, ready for JSON."""
    return {
        "met": result.met,
        "reason": result.reason,
        "command": command,
        "method": result.method,
        "utility": _utility_record(result.utility),
        "seconds": round(result.seconds, 1),
        "config": asdict(config),
        **made_from,
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
        "loading": attempt.loading,
        "skills": [asdict(skill) for skill in attempt.skills],
        "classes": [asdict(one) for one in attempt.classes],
        "macro_f1": _macro(attempt),
        "side_effects": [asdict(effect) for effect in attempt.side_effects],
        "retained": [_retained_record(one) for one in attempt.retained],
        "validation": [o.to_dict() for o in attempt.screened],
        "heldout": [o.to_dict() for o in attempt.after],
    }


def _macro(attempt: Attempt) -> dict[str, float | None] | None:
    if not attempt.classes:
        return None
    return {
        "before": mean_f1([one.before for one in attempt.classes]),
        "after": mean_f1([one.after for one in attempt.classes]),
    }


def _retained_record(one: Retained) -> dict[str, Any]:
    return {
        "name": one.name,
        "refuses": one.refuses,
        "verdict": one.verdict.value,
        "utility": _utility_record(one.utility),
        "groups": {group: _utility_record(utility) for group, utility in one.groups.items()},
    }


def _utility_record(utility: KeptSkill | None) -> dict[str, Any] | None:
    if utility is None:
        return None
    change = {"change_low": utility.interval.low, "change_high": utility.interval.high}
    return {**asdict(utility), **change, "verdict": utility.verdict.value}
