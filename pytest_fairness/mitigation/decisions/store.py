"""A decision rule as a file beside its model: `decision.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.mitigation.checking import check_path, shown
from pytest_fairness.mitigation.decisions.base import Decision
from pytest_fairness.mitigation.decisions.calibration import GroupCalibration
from pytest_fairness.mitigation.decisions.pleiss import CalibratedEqualizedOdds
from pytest_fairness.mitigation.decisions.reject import RejectOption
from pytest_fairness.mitigation.decisions.relabelling import GroupRelabelling
from pytest_fairness.mitigation.decisions.searched import SearchedThresholds
from pytest_fairness.mitigation.decisions.thresholds import GroupThresholds
from pytest_fairness.reports.files import write_whole

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
        If the record is of another kind, or incomplete.
    """
    if not isinstance(record, Mapping):
        raise ArgumentTypeError(f"record={shown(record)} must be a mapping, as to_dict returns it.")
    kind = record.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ArgumentError(
            f"kind={kind!r} is no decision rule that this release reads; it reads "
            f"{', '.join(_KINDS)}. Fit and save the rule again."
        )
    try:
        rule: Decision = _KINDS[kind].from_dict(record)
    except (KeyError, TypeError, ValueError, AttributeError) as err:
        raise ArgumentError(
            f"The record of a rule of kind {kind!r} is damaged: {err!r}. Fit and save it again."
        ) from err
    return rule


def save_decision(decision: Decision, folder: str | Path, **beside: Any) -> Path:
    """Write a fitted rule as `decision.json` into a folder that exists, and return the file.

    Parameters
    ----------
    decision : Decision
    folder : str or path
        Best the folder of the model that the rule was fitted on.
    **beside
        What else the file says, such as the model's fingerprint.

    Raises
    ------
    ArgumentError
        If the rule holds what JSON cannot, such as classes that are no texts or numbers.

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
    if not isinstance(decision, Decision):
        raise ArgumentTypeError(
            f"decision={shown(decision)} must be a decision rule, such as GroupThresholds(...)."
            "fit(...)."
        )
    check_path("folder", folder)
    record = {"version": _VERSION, **beside, "rule": decision.to_dict()}
    text = json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False, default=_plain)
    return write_whole(Path(folder) / DECISION_FILE, f"{text}\n".encode(), "decision rule")


def load_decision(path: str | Path) -> Decision:
    """Read a rule from `decision.json`, or from the folder that holds it.

    Raises
    ------
    ArgumentError
        If there is no such file, it holds no rule, or its version is another.
    """
    return decision_from_dict(read_record(path)["rule"])


def read_record(path: str | Path) -> dict[str, Any]:
    """Return all that `decision.json` says, its version checked."""
    check_path("path", path)
    file = Path(path)
    file = file / DECISION_FILE if file.is_dir() else file
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise ArgumentError(
            f"{str(file)!r} cannot be read as a decision rule: {err}. Name the file that "
            "save_decision wrote, or its folder."
        ) from err
    version = record.get("version") if isinstance(record, dict) else None
    if version != _VERSION or not isinstance(record.get("rule"), dict):
        raise ArgumentError(
            f"{str(file)!r} holds no decision rule of version {_VERSION}, the one that this "
            f"release reads (version={version!r}). Fit and save the rule again, or read it with "
            "the release that wrote it."
        )
    return dict(record)


def _plain(value: Any) -> Any:
    """Return a NumPy scalar, such as a class label, as Python's own."""
    if not isinstance(value, np.generic):
        raise ArgumentError(
            f"The rule holds {value!r}, which JSON cannot. Fit it on labels that are texts, "
            "numbers or booleans."
        )
    return value.item()
