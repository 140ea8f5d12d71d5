"""A decision rule as a file beside its model: `decision.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.decisions.base import Decision
from pytest_fairness.mitigation.decisions.calibration import GroupCalibration
from pytest_fairness.mitigation.decisions.pleiss import CalibratedEqualizedOdds
from pytest_fairness.mitigation.decisions.reject import RejectOption
from pytest_fairness.mitigation.decisions.relabelling import GroupRelabelling
from pytest_fairness.mitigation.decisions.searched import SearchedThresholds
from pytest_fairness.mitigation.decisions.thresholds import GroupThresholds

DECISION_FILE = "decision.json"
_VERSION = 1
_KINDS: Mapping[str, Any] = MappingProxyType(
    {
        kind.kind: kind
        for kind in (
            GroupThresholds,
            SearchedThresholds,
            RejectOption,
            GroupRelabelling,
            GroupCalibration,
            CalibratedEqualizedOdds,
        )
    }
)


def decision_from_dict(record: Mapping[str, Any]) -> Decision:
    """Return the rule that some `to_dict` wrote.

    Raises
    ------
    ArgumentError
        If the record is of another kind or version.
    """
    kind, version = record.get("kind"), record.get("version", _VERSION)
    if not isinstance(kind, str) or kind not in _KINDS or version != _VERSION:
        raise ArgumentError(
            f"kind={kind!r} in version {version!r} is no decision rule that this release reads; it "
            f"reads {', '.join(_KINDS)} in version {_VERSION}. Fit and save the rule again."
        )
    rule: Decision = _KINDS[kind].from_dict(record)
    return rule


def save_decision(decision: Decision, folder: str | Path) -> Path:
    """Write a fitted rule as `decision.json` into a folder that exists, and return the file.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> rule = GroupThresholds(min_rows=2)
    >>> rule = rule.fit([0.1, 0.9, 0.2, 0.7], [0, 1, 0, 1], sensitive_features=[*"aabb"])
    >>> with TemporaryDirectory() as folder:
    ...     file = save_decision(rule, folder)
    ...     load_decision(folder).apply([[0.2, 0.8]], ["a"]).tolist()
    [[0.0, 1.0]]
    """
    file = Path(folder) / DECISION_FILE
    record = {"version": _VERSION, **decision.to_dict()}
    text = json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False, default=_plain)
    file.write_text(text + "\n", encoding="utf-8")
    return file


def load_decision(path: str | Path) -> Decision:
    """Read a rule from `decision.json`, or from the folder that holds it.

    Raises
    ------
    ArgumentError
        If there is no such file, or it holds no rule.
    """
    file = Path(path)
    file = file / DECISION_FILE if file.is_dir() else file
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise ArgumentError(
            f"{str(file)!r} cannot be read as a decision rule: {err}. Name the file that "
            "save_decision wrote, or its folder."
        ) from err
    return decision_from_dict(record if isinstance(record, dict) else {})


def _plain(value: Any) -> Any:
    """Return a NumPy scalar, such as a class label, as Python's own."""
    return value.item()
