"""Repair: change a failing model until the same tests pass, with its skill kept."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from pytest_fairness.mitigation.attempts import Attempt
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Rows, read_rows
from pytest_fairness.mitigation.language import LanguageConfig
from pytest_fairness.mitigation.language.judging import KeptLanguage
from pytest_fairness.mitigation.loop import mitigate, mitigate_tests
from pytest_fairness.mitigation.result import MitigationResult
from pytest_fairness.mitigation.retention import Retained, slices_by_length
from pytest_fairness.mitigation.suite import repair_failing
from pytest_fairness.mitigation.utility import Utility

if TYPE_CHECKING:
    from pytest_fairness.mitigation.decisions import (
        CalibratedEqualizedOdds as CalibratedEqualizedOdds,
        GroupCalibration as GroupCalibration,
        GroupRelabelling as GroupRelabelling,
        GroupThresholds as GroupThresholds,
        RejectOption as RejectOption,
        SearchedThresholds as SearchedThresholds,
        load_decision as load_decision,
        save_decision as save_decision,
    )

__all__ = [
    "Attempt",
    "CalibratedEqualizedOdds",
    "GroupCalibration",
    "GroupRelabelling",
    "GroupThresholds",
    "KeptLanguage",
    "LanguageConfig",
    "MitigationConfig",
    "MitigationResult",
    "RejectOption",
    "Retained",
    "Rows",
    "SearchedThresholds",
    "Utility",
    "load_decision",
    "mitigate",
    "mitigate_tests",
    "read_rows",
    "repair_failing",
    "save_decision",
    "slices_by_length",
]

_LATER = "pytest_fairness.mitigation.decisions"  # home of the names imported when first asked for


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_LATER), name)
