from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import fairlearn.metrics as theirs
import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_absolute_error, mean_squared_error

import pytest_fairness.metrics as ours
from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics import SCORE_STATISTICS, score_values

RNG = np.random.default_rng(0)
TRUTH, GUESS = RNG.normal(size=300), RNG.normal(size=300)
WEIGHTS = RNG.random(300)
GROUPS = np.array(["a", "b", "c"])[RNG.integers(0, 3, 300)]
LABELS = RNG.integers(0, 2, 300)
CHANCES = RNG.random(300)


def root(y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
    return float(np.sqrt(mean_squared_error(y_true, y_pred, sample_weight=sample_weight)))


def leaning(y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
    return float(np.average(y_pred - y_true, weights=sample_weight))


@pytest.mark.parametrize("method", ["between_groups", "to_overall"])
@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize(
    ("name", "oracle"),
    [("mae", mean_absolute_error), ("rmse", root), ("mean_residual", leaning)],
)
def test_differences_are_those_of_fairlearn(
    name: str, oracle: Callable[..., float], weights: Any, method: Any
) -> None:
    params = None if weights is None else {"sample_weight": weights}
    frame = theirs.MetricFrame(
        metrics=oracle, y_true=TRUTH, y_pred=GUESS, sensitive_features=GROUPS, sample_params=params
    )
    metric = getattr(ours, f"{name}_difference")
    found = metric(TRUTH, GUESS, sensitive_features=GROUPS, sample_weight=weights, method=method)
    assert found == pytest.approx(frame.difference(method=method), abs=1e-10)
    if name != "mean_residual":
        ratio = getattr(ours, f"{name}_ratio")
        found = ratio(TRUTH, GUESS, sensitive_features=GROUPS, sample_weight=weights, method=method)
        assert found == pytest.approx(frame.ratio(method=method), abs=1e-10)
        worst = getattr(ours, f"{name}_group_max")
        found = worst(TRUTH, GUESS, sensitive_features=GROUPS, sample_weight=weights)
        assert found == pytest.approx(frame.group_max(), abs=1e-10)


def test_mean_prediction_is_that_of_fairlearn() -> None:
    frame = theirs.MetricFrame(
        metrics=theirs.mean_prediction, y_true=LABELS, y_pred=CHANCES, sensitive_features=GROUPS
    )
    rows: dict[str, Any] = {"y_score": CHANCES, "sensitive_features": GROUPS}
    assert ours.mean_prediction_difference(None, **rows) == pytest.approx(frame.difference())
    assert ours.mean_prediction_ratio(None, **rows) == pytest.approx(frame.ratio())


@pytest.mark.parametrize(("name", "label"), [("positive", 1), ("negative", 0)])
def test_balance_looks_at_one_class(name: str, label: int) -> None:
    statistic = SCORE_STATISTICS[f"balance_for_{name}_class"]
    found = score_values(statistic, LABELS, CHANCES, sensitive_features=GROUPS)
    for group in "abc":
        kept = (group == GROUPS) & (label == LABELS)
        assert found[group] == pytest.approx(CHANCES[kept].mean())


def test_balance_for_binary_scores_is_a_gap_of_rates() -> None:
    answers = CHANCES > 0.5
    found = ours.balance_for_positive_class_difference(LABELS, answers, sensitive_features=GROUPS)
    assert found == pytest.approx(
        ours.equal_opportunity_difference(LABELS, answers, sensitive_features=GROUPS)
    )


def test_a_residual_has_a_sign_until_the_worst_is_taken() -> None:
    rows: dict[str, Any] = {"sensitive_features": ["a", "a", "b", "b"]}
    assert ours.mean_residual_difference([0, 0, 0, 0], [1, 1, -2, -2], **rows) == 3.0
    assert ours.mean_residual_group_max([0, 0, 0, 0], [1, 1, -2, -2], **rows) == 2.0
    found = ours.residual_samples([0, 0, 0, 0], [1, 1, -2, -2], **rows)
    assert found["b"].tolist() == [-2.0, -2.0]


@pytest.mark.parametrize(
    ("loss", "oracle"),
    [
        ("squared", mean_squared_error),
        ("absolute", mean_absolute_error),
        ("log", log_loss),
        (lambda y_true, y_score: (y_score - y_true) ** 2, mean_squared_error),
    ],
)
def test_bounded_group_loss_is_the_worst_mean_loss(loss: Any, oracle: Any) -> None:
    found = ours.mean_loss_group_max(LABELS, CHANCES, sensitive_features=GROUPS, loss=loss)
    expected = max(oracle(LABELS[g == GROUPS], CHANCES[g == GROUPS]) for g in "abc")
    assert found == pytest.approx(expected, abs=1e-10)


def test_a_certain_and_wrong_score_has_infinite_log_loss() -> None:
    found = ours.mean_loss_group_max([1, 1], [0.0, 1.0], sensitive_features=["a", "b"], loss="log")
    assert found == math.inf


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        ("cubic", "loss='cubic' must be one of squared, absolute, log, zero_one"),
        (lambda y_true, y_score: [1.0], "one number per row"),
        (lambda y_true, y_score: y_true * math.nan, "with 1 nan for 1 rows"),
    ],
)
def test_a_loss_must_be_known_or_give_a_number_per_row(loss: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        ours.mean_loss_difference(
            [0.0, 1.0, 1.0], [0.0, 1.0, 0.0], sensitive_features=["a", "b", "b"], loss=loss
        )


def test_log_loss_needs_probabilities() -> None:
    with pytest.raises(ArgumentError, match="needs labels 0 and 1"):
        ours.mean_loss_difference([0, 2], [0.1, 0.2], sensitive_features=["a", "b"], loss="log")
