"""Repair without training: rules between a model's probabilities and what is decided.

Each rule is fitted on validation rows with labels and groups (`fit_probabilities`), and is a
`Decision`: its ``apply(probabilities, groups)`` returns new probabilities. Beside a model it is a
model, `Decided`, and in its folder a file, ``decision.json``: JSON, no pickle. All rules treat
people of different groups differently, by design; ask whether that is allowed where you decide.
Rates are made equal on the rows of the fit: prove them on rows that it has not seen.

Which one to take:

========================== =============================================== ==================
rule                       makes                                           classes
========================== =============================================== ==================
`GroupCalibration`         probabilities mean the same in every group      any (temperature)
`GroupThresholds`          rates equal, at the best score, by lot if needed  two
`SearchedThresholds`       any value largest under any limits; levels up    two
`RejectOption`             unsure rows decided for the deprived groups      two
`GroupRelabelling`         confusion matrices equal, by lot                 any
`CalibratedEqualizedOdds`  one cost equal with calibrated scores            two
========================== =============================================== ==================
"""

from __future__ import annotations

from pytest_fairness.mitigation.decisions.base import Decision, settle, uniform_draws
from pytest_fairness.mitigation.decisions.calibration import GroupCalibration
from pytest_fairness.mitigation.decisions.decided import Decided
from pytest_fairness.mitigation.decisions.mixtures import Mixture
from pytest_fairness.mitigation.decisions.pleiss import CalibratedEqualizedOdds
from pytest_fairness.mitigation.decisions.reject import RejectOption
from pytest_fairness.mitigation.decisions.relabelling import GroupRelabelling
from pytest_fairness.mitigation.decisions.searched import SearchedThresholds
from pytest_fairness.mitigation.decisions.store import (
    DECISION_FILE,
    decision_from_dict,
    load_decision,
    save_decision,
)
from pytest_fairness.mitigation.decisions.thresholds import GroupThresholds

__all__ = [
    "DECISION_FILE",
    "CalibratedEqualizedOdds",
    "Decided",
    "Decision",
    "GroupCalibration",
    "GroupRelabelling",
    "GroupThresholds",
    "Mixture",
    "RejectOption",
    "SearchedThresholds",
    "decision_from_dict",
    "load_decision",
    "save_decision",
    "settle",
    "uniform_draws",
]
