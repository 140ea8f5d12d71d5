from __future__ import annotations

from typing import Any

import fairlearn.metrics as fairlearn
import pytest
from hypothesis import assume, given, strategies as st

from pytest_fairness import metrics
from tests.conformance.inputs import FEW, Rows, close, rows

# our name, fairlearn's name
SAME = {
    f"{notion}_{kind}": f"{notion}_{kind}"
    for notion in ("demographic_parity", "equal_opportunity", "equalized_odds")
    for kind in ("difference", "ratio")
} | {
    f"{ours}_{kind}": f"{theirs}_{kind}"
    for ours, theirs in {
        "selection_rate": "selection_rate",
        "true_positive_rate": "true_positive_rate",
        "false_positive_rate": "false_positive_rate",
        "true_negative_rate": "true_negative_rate",
        "false_negative_rate": "false_negative_rate",
        "accuracy": "accuracy_score",
        "error_rate": "zero_one_loss",
    }.items()
    for kind in ("difference", "ratio")
}
EXTREMES = {
    "accuracy_group_min": "accuracy_score_group_min",
    "error_rate_group_max": "zero_one_loss_group_max",
    "true_positive_rate_group_min": "recall_score_group_min",
    "positive_predictive_value_group_min": "precision_score_group_min",
    "balanced_accuracy_group_min": "balanced_accuracy_score_group_min",
    "f1_group_min": "f1_score_group_min",
}
OF_SCORES: dict[str, tuple[str, dict[str, Any]]] = {
    "mae_group_max": ("mean_absolute_error_group_max", {}),
    "mean_loss_group_max": ("mean_squared_error_group_max", {"loss": "squared"}),
    "auc_group_min": ("roc_auc_score_group_min", {}),
}
METHODS = st.sampled_from(["between_groups", "to_overall"])


def both(name: str, other: str, data: Rows, **options: Any) -> tuple[float, float]:
    """Our number and theirs; a ratio of rates that are all 0 is nan here and not theirs."""
    weights = options.pop("weighted", False)
    arguments: dict[str, Any] = {"sensitive_features": data.group, **options}
    if weights:
        arguments["sample_weight"] = data.weight
    ours = getattr(metrics, name)(data.y_true, data.y_pred, **arguments)
    return ours, getattr(fairlearn, other)(data.y_true, data.y_pred, **arguments)


@pytest.mark.parametrize(("name", "other"), SAME.items(), ids=list(SAME))
@given(rows(full="both"), METHODS, st.booleans())
@FEW
def test_gaps_of_rates_agree(name, other, data, method, weighted) -> None:
    ours, theirs = both(name, other, data, method=method, weighted=weighted)
    assert ours == close(theirs)


@given(rows(full="both"), METHODS, st.booleans(), st.sampled_from(["difference", "ratio"]))
@FEW
def test_the_mean_of_both_odds_agrees(data, method, weighted, kind) -> None:
    name = f"equalized_odds_{kind}"
    ours, theirs = both(name, name, data, method=method, agg="mean", weighted=weighted)
    assert ours == close(theirs)


@pytest.mark.parametrize(("name", "other"), EXTREMES.items(), ids=list(EXTREMES))
@given(rows(full="both"), st.booleans())
@FEW
def test_the_worst_group_agrees(name, other, data, weighted) -> None:
    ours, theirs = both(name, other, data, weighted=weighted)
    assert ours == close(theirs)


@pytest.mark.parametrize("name", OF_SCORES)
@given(rows(full="labels"), st.booleans())
@FEW
def test_the_worst_group_of_scores_agrees(name, data, weighted) -> None:
    other, options = OF_SCORES[name]
    arguments: dict[str, Any] = {"sensitive_features": data.group}
    if weighted:
        arguments["sample_weight"] = data.weight
    ours = getattr(metrics, name)(data.y_true, data.y_score, **arguments, **options)
    assert ours == close(getattr(fairlearn, other)(data.y_true, data.y_score, **arguments))


@given(rows(full="labels"))
@FEW
def test_the_worst_log_loss_agrees(data) -> None:
    scores = 0.05 + 0.9 * data.y_score  # certain and wrong is infinite here, and cut off there
    arguments = {"sensitive_features": data.group}
    ours = metrics.mean_loss_group_max(data.y_true, scores, loss="log", **arguments)
    assert ours == close(fairlearn.log_loss_group_max(data.y_true, scores, **arguments))


@given(rows(full="labels"), METHODS)
@FEW
def test_mean_predictions_agree(data, method) -> None:
    frame = fairlearn.MetricFrame(
        metrics=fairlearn.mean_prediction,
        y_true=data.y_true,
        y_pred=data.y_score,
        sensitive_features=data.group,
    )
    ours = metrics.mean_prediction_difference(
        data.y_true, data.y_score, sensitive_features=data.group, method=method
    )
    assert ours == close(frame.difference(method=method))


@given(rows(), st.booleans())
@FEW
def test_intersections_agree(data, weighted) -> None:
    columns = [data.group, data.stratum.astype(str)]
    arguments: dict[str, Any] = {"sample_weight": data.weight} if weighted else {}
    theirs = fairlearn.demographic_parity_difference(
        data.y_true,
        data.y_pred,
        sensitive_features={"a": columns[0], "b": columns[1]},
        **arguments,
    )
    ours = metrics.demographic_parity_difference(
        data.y_true, data.y_pred, sensitive_features=columns, **arguments
    )
    assert ours == close(theirs)


@given(rows(full="both"))
@FEW
def test_each_stratum_agrees(data) -> None:
    """fairlearn gives one difference a stratum; the worst of them is ours of "worst_case"."""
    strata = data.stratum.astype(str)
    pairs = {(g, s) for g, s in zip(data.group, strata, strict=True)}
    assume(len(pairs) == len(data.groups) * len(set(strata)))
    frame = fairlearn.MetricFrame(
        metrics=fairlearn.selection_rate,
        y_true=data.y_true,
        y_pred=data.y_pred,
        sensitive_features=data.group,
        control_features=strata,
    )
    ours = metrics.demographic_parity_difference(
        data.y_true,
        data.y_pred,
        sensitive_features=data.group,
        control_features=strata,
        strata="worst_case",
    )
    assert ours == close(frame.difference().max())
