"""Repair: change a failing model until the same tests pass, with its skill kept."""

from __future__ import annotations

from pytest_fairness.mitigation.attempts import Attempt
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Rows, read_rows
from pytest_fairness.mitigation.loop import mitigate, mitigate_tests
from pytest_fairness.mitigation.result import MitigationResult
from pytest_fairness.mitigation.utility import Utility

__all__ = [
    "Attempt",
    "MitigationConfig",
    "MitigationResult",
    "Rows",
    "Utility",
    "mitigate",
    "mitigate_tests",
    "read_rows",
]
