"""What a test author calls: each assertion returns its outcome, or raises a failure with it."""

from __future__ import annotations

from pytest_fairness.assertions.counterfactual import assert_counterfactual_invariance
from pytest_fairness.assertions.groups import (
    assert_demographic_parity,
    assert_equal_opportunity,
    assert_equalized_odds,
)

__all__ = [
    "assert_counterfactual_invariance",
    "assert_demographic_parity",
    "assert_equal_opportunity",
    "assert_equalized_odds",
]
