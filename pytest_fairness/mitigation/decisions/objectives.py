"""What a rule with thresholds maximises: sums that grow evenly with true and false positives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.decisions.curves import (
    FALSE_POSITIVE,
    SELECTION,
    TRUE_POSITIVE,
    Curve,
)

Floats = NDArray[np.float64]

CONSTRAINTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "demographic_parity": (SELECTION,),
        "selection_rate_parity": (SELECTION,),
        "true_positive_rate_parity": (TRUE_POSITIVE,),
        "equal_opportunity": (TRUE_POSITIVE,),
        "false_negative_rate_parity": (TRUE_POSITIVE,),
        "false_positive_rate_parity": (FALSE_POSITIVE,),
        "true_negative_rate_parity": (FALSE_POSITIVE,),
        "equalized_odds": (TRUE_POSITIVE, FALSE_POSITIVE),
    }
)


@dataclass(frozen=True)
class Objective:
    """The value is ``base + per_tp * tp + per_fp * fp``, with counts over all groups."""

    per_tp: float
    per_fp: float
    base: float

    def of(self, tp: Floats, fp: Floats) -> Floats:
        """Return the part of the value that counts of true and false positives add."""
        return self.per_tp * tp + self.per_fp * fp


_Maker = Callable[[float, float], Objective]
_MAKERS: Mapping[str, _Maker] = MappingProxyType(
    {
        "accuracy": lambda p, n: Objective(1 / (p + n), -1 / (p + n), n / (p + n)),
        "balanced_accuracy": lambda p, n: Objective(0.5 / p, -0.5 / n, 0.5),
        "selection_rate": lambda p, n: Objective(1 / (p + n), 1 / (p + n), 0.0),
        "true_positive_rate": lambda p, n: Objective(1 / p, 0.0, 0.0),
        "true_negative_rate": lambda p, n: Objective(0.0, -1 / n, 1.0),
    }
)
OBJECTIVES = tuple(_MAKERS)


def objective_of(name: str, curves: Sequence[Curve]) -> Objective:
    """Return the named objective over all groups together.

    Raises
    ------
    ArgumentError
        If the labels are all of one class and the objective needs both.
    """
    positives = sum(curve.positives for curve in curves)
    negatives = sum(curve.negatives for curve in curves)
    if not positives or not negatives:
        label = "negative" if positives else "positive"
        raise ArgumentError(
            f"y_true holds no {label} label, so that no threshold is better than another. "
            "Fit on rows of both classes."
        )
    return _MAKERS[name](positives, negatives)
