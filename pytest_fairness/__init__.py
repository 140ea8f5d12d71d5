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
    )
    from pytest_fairness.assertions import (
        assert_demographic_parity as assert_demographic_parity,
    )
    from pytest_fairness.assertions import (
        assert_equal_opportunity as assert_equal_opportunity,
    )
    from pytest_fairness.assertions import (
        assert_equalized_odds as assert_equalized_odds,
    )
    from pytest_fairness.attributes import (
        Attribute as Attribute,
    )
    from pytest_fairness.attributes import (
        load_attribute as load_attribute,
    )
    from pytest_fairness.errors import (
        ArgumentError as ArgumentError,
    )
    from pytest_fairness.errors import (
        ArgumentTypeError as ArgumentTypeError,
    )
    from pytest_fairness.errors import (
        FairnessError as FairnessError,
    )
    from pytest_fairness.errors import (
        FairnessFailure as FairnessFailure,
    )
    from pytest_fairness.errors import (
        FairnessWarning as FairnessWarning,
    )
    from pytest_fairness.errors import (
        MissingPackageError as MissingPackageError,
    )
    from pytest_fairness.errors import (
        MitigationError as MitigationError,
    )
    from pytest_fairness.errors import (
        ModelError as ModelError,
    )
    from pytest_fairness.metrics import (
        demographic_parity_difference as demographic_parity_difference,
    )
    from pytest_fairness.metrics import (
        demographic_parity_ratio as demographic_parity_ratio,
    )
    from pytest_fairness.metrics import (
        equal_opportunity_difference as equal_opportunity_difference,
    )
    from pytest_fairness.metrics import (
        equal_opportunity_ratio as equal_opportunity_ratio,
    )
    from pytest_fairness.metrics import (
        equalized_odds_difference as equalized_odds_difference,
    )
    from pytest_fairness.metrics import (
        equalized_odds_ratio as equalized_odds_ratio,
    )
    from pytest_fairness.mitigation import (
        MitigationConfig as MitigationConfig,
    )
    from pytest_fairness.mitigation import (
        MitigationResult as MitigationResult,
    )
    from pytest_fairness.mitigation import (
        mitigate as mitigate,
    )
    from pytest_fairness.models import (
        Model as Model,
    )
    from pytest_fairness.models import (
        load_model as load_model,
    )
    from pytest_fairness.outcome import (
        Comparison as Comparison,
    )
    from pytest_fairness.outcome import (
        Evidence as Evidence,
    )
    from pytest_fairness.outcome import (
        Example as Example,
    )
    from pytest_fairness.outcome import (
        GroupRate as GroupRate,
    )
    from pytest_fairness.outcome import (
        Interval as Interval,
    )
    from pytest_fairness.outcome import (
        ModelInfo as ModelInfo,
    )
    from pytest_fairness.outcome import (
        Outcome as Outcome,
    )
    from pytest_fairness.outcome import (
        Tolerance as Tolerance,
    )
    from pytest_fairness.outcome import (
        Verdict as Verdict,
    )
    from pytest_fairness.perturb import (
        Pair as Pair,
    )
    from pytest_fairness.perturb import (
        Space as Space,
    )
    from pytest_fairness.perturb import (
        swap_text as swap_text,
    )
    from pytest_fairness.reports import (
        read_report as read_report,
    )
    from pytest_fairness.reports import (
        write_report as write_report,
    )
    from pytest_fairness.strategies import (
        Counterfactuals as Counterfactuals,
    )
    from pytest_fairness.strategies import (
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
