"""Test language models for unfair behaviour with pytest, prove the verdict, repair what fails.

Every public name lives here and is imported on first use, so that ``import pytest_fairness`` costs
nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "ArgumentError": "errors",
    "ArgumentTypeError": "errors",
    "Attribute": "attributes",
    "Comparison": "outcome",
    "Counterfactuals": "strategies",
    "Evidence": "outcome",
    "Example": "outcome",
    "FairnessError": "errors",
    "FairnessFailure": "errors",
    "FairnessWarning": "errors",
    "GroupRate": "outcome",
    "Interval": "outcome",
    "MissingPackageError": "errors",
    "MitigationConfig": "mitigation",
    "MitigationError": "errors",
    "MitigationResult": "mitigation",
    "Model": "models",
    "ModelError": "errors",
    "ModelInfo": "outcome",
    "Outcome": "outcome",
    "Pair": "perturb",
    "Space": "perturb",
    "Tolerance": "outcome",
    "Verdict": "outcome",
    "assert_counterfactual_invariance": "assertions",
    "assert_demographic_parity": "assertions",
    "assert_equal_opportunity": "assertions",
    "assert_equalized_odds": "assertions",
    "counterfactuals": "strategies",
    "demographic_parity_difference": "metrics",
    "demographic_parity_ratio": "metrics",
    "equal_opportunity_difference": "metrics",
    "equal_opportunity_ratio": "metrics",
    "equalized_odds_difference": "metrics",
    "equalized_odds_ratio": "metrics",
    "load_attribute": "attributes",
    "load_model": "models",
    "mitigate": "mitigation",
    "read_report": "reports",
    "swap_text": "perturb",
    "write_report": "reports",
}

__all__ = sorted(_HOMES)

if TYPE_CHECKING:
    from pytest_fairness.assertions import (
        assert_counterfactual_invariance as assert_counterfactual_invariance,
        assert_demographic_parity as assert_demographic_parity,
        assert_equal_opportunity as assert_equal_opportunity,
        assert_equalized_odds as assert_equalized_odds,
    )
    from pytest_fairness.attributes import (
        Attribute as Attribute,
        load_attribute as load_attribute,
    )
    from pytest_fairness.errors import (
        ArgumentError as ArgumentError,
        ArgumentTypeError as ArgumentTypeError,
        FairnessError as FairnessError,
        FairnessFailure as FairnessFailure,
        FairnessWarning as FairnessWarning,
        MissingPackageError as MissingPackageError,
        MitigationError as MitigationError,
        ModelError as ModelError,
    )
    from pytest_fairness.metrics import (
        demographic_parity_difference as demographic_parity_difference,
        demographic_parity_ratio as demographic_parity_ratio,
        equal_opportunity_difference as equal_opportunity_difference,
        equal_opportunity_ratio as equal_opportunity_ratio,
        equalized_odds_difference as equalized_odds_difference,
        equalized_odds_ratio as equalized_odds_ratio,
    )
    from pytest_fairness.mitigation import (
        MitigationConfig as MitigationConfig,
        MitigationResult as MitigationResult,
        mitigate as mitigate,
    )
    from pytest_fairness.models import (
        Model as Model,
        load_model as load_model,
    )
    from pytest_fairness.outcome import (
        Comparison as Comparison,
        Evidence as Evidence,
        Example as Example,
        GroupRate as GroupRate,
        Interval as Interval,
        ModelInfo as ModelInfo,
        Outcome as Outcome,
        Tolerance as Tolerance,
        Verdict as Verdict,
    )
    from pytest_fairness.perturb import (
        Pair as Pair,
        Space as Space,
        swap_text as swap_text,
    )
    from pytest_fairness.reports import (
        read_report as read_report,
        write_report as write_report,
    )
    from pytest_fairness.strategies import (
        Counterfactuals as Counterfactuals,
        counterfactuals as counterfactuals,
    )


def __getattr__(name: str) -> Any:
    """Import the home of a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
