from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import pytest_fairness.metrics as ours
from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics import SCORE_STATISTICS, selective_values

ROWS: dict[str, Any] = {
    "y_true": ["x", "y", "z", "x", "y"],
    "y_pred": ["x", "y", "x", "y", "y"],
    "confidence": [0.9, 0.6, 0.8, 0.9, 0.3],
    "sensitive_features": ["a", "a", "a", "b", "b"],
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("coverage", {"a": 2 / 3, "b": 1 / 2}),
        ("selective_accuracy", {"a": 1 / 2, "b": 0.0}),
        ("selective_risk", {"a": 1 / 2, "b": 1.0}),
    ],
)
def test_only_sure_answers_count(name: str, expected: dict[str, float]) -> None:
    found = selective_values(SCORE_STATISTICS[name], **ROWS, threshold=0.8)
    assert found == pytest.approx(expected)


def test_a_group_that_is_never_answered_has_coverage_and_no_accuracy() -> None:
    assert ours.coverage_group_min(**ROWS, threshold=0.95) == 0.0
    assert math.isnan(ours.selective_accuracy_difference(**ROWS, threshold=0.95))
    assert math.isnan(ours.selective_risk_group_max(**ROWS, threshold=0.95))


@pytest.mark.parametrize("more", [{}, {"threshold": math.nan}])
def test_a_threshold_is_needed(more: dict[str, float]) -> None:
    with pytest.raises(ArgumentError, match="the least confidence with which an answer is given"):
        ours.coverage_difference(**ROWS, **more)


def area(wrong: list[int]) -> float:
    """Mean over coverages of the error rate among the surest rows."""
    return float(np.mean([np.mean(wrong[: k + 1]) for k in range(len(wrong))]))


def test_the_area_is_the_mean_risk_over_all_coverages() -> None:
    found = selective_values(
        SCORE_STATISTICS["aurc"],
        [1, 1, 1, 1],
        [1, 0, 1, 0],
        confidence=[0.9, 0.8, 0.7, 0.6],
        sensitive_features=["a"] * 4,
    )
    assert found["a"] == pytest.approx(area([0, 1, 0, 1]))


def test_ties_of_confidence_count_in_mean_order() -> None:
    # one row is surest; the order of the other three, of which one is wrong, is chance
    orders = [area([0, *order]) for order in itertools.permutations([1, 0, 0])]
    found = selective_values(
        SCORE_STATISTICS["aurc"],
        [1, 1, 1, 1],
        [1, 0, 1, 1],
        confidence=[0.9, 0.5, 0.5, 0.5],
        sensitive_features=["a"] * 4,
    )
    assert found["a"] == pytest.approx(np.mean(orders))


def test_labels_and_answers_must_match_in_length() -> None:
    with pytest.raises(ArgumentError, match="y_true has 4 entries but y_pred has 5"):
        ours.aurc_difference(**{**ROWS, "y_true": ROWS["y_true"][:4]})
