from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st
from sklearn import metrics as sklearn

from pytest_fairness import metrics
from tests.conformance.inputs import FEW, Rows, close, gap, quotient, rows

SCORES = {
    "auc": (metrics.AUC, sklearn.roc_auc_score),
    "mae": (metrics.MAE, sklearn.mean_absolute_error),
    "rmse": (metrics.RMSE, sklearn.root_mean_squared_error),
    "brier": (metrics.BRIER, sklearn.brier_score_loss),
}
DECISIONS = {
    "accuracy": sklearn.accuracy_score,
    "balanced_accuracy": sklearn.balanced_accuracy_score,
    "f1": sklearn.f1_score,
    "true_positive_rate": sklearn.recall_score,
    "positive_predictive_value": sklearn.precision_score,
}


PREDICTIVE = {  # which prediction's precision the rate is, and whether it is the rest of it
    "positive_predictive_value": (1, False),
    "false_discovery_rate": (1, True),
    "negative_predictive_value": (0, False),
    "false_omission_rate": (0, True),
}


def weights_of(data: Rows, weighted: bool) -> dict[str, Any]:
    return {"sample_weight": data.weight} if weighted else {}


@pytest.mark.parametrize("name", SCORES)
@given(rows(full="labels"), st.booleans())
@FEW
def test_scores_by_group_agree(name, data, weighted) -> None:
    statistic, oracle = SCORES[name]
    found = metrics.score_values(
        statistic,
        data.y_true,
        data.y_score,
        sensitive_features=data.group,
        **weights_of(data, weighted),
    )
    for group in data.groups:
        part = data.among(group)
        theirs = oracle(part.y_true, part.y_score, **weights_of(part, weighted))
        assert found[group] == close(theirs)


@pytest.mark.parametrize("name", ["auc", "mae", "rmse"])
@given(rows(full="labels"), st.booleans())
@FEW
def test_gaps_of_scores_agree(name, data, weighted) -> None:
    oracle = SCORES[name][1]
    parts = [data.among(group) for group in data.groups]
    theirs = [oracle(p.y_true, p.y_score, **weights_of(p, weighted)) for p in parts]
    arguments = {"sensitive_features": data.group, **weights_of(data, weighted)}
    difference = getattr(metrics, f"{name}_difference")
    assert difference(data.y_true, data.y_score, **arguments) == close(gap(theirs))
    ratio = getattr(metrics, f"{name}_ratio")
    assert ratio(data.y_true, data.y_score, **arguments) == close(quotient(theirs))


@pytest.mark.parametrize("name", DECISIONS)
@given(rows(full="both"), st.booleans())
@FEW
def test_decisions_by_group_agree(name, data, weighted) -> None:
    found = metrics.by_group(
        name,
        data.y_true,
        data.y_pred,
        sensitive_features=data.group,
        **weights_of(data, weighted),
    )
    for group in data.groups:
        part = data.among(group)
        theirs = DECISIONS[name](part.y_true, part.y_pred, **weights_of(part, weighted))
        assert found[group] == close(theirs)


@pytest.mark.parametrize("name", PREDICTIVE)
@given(rows(full="both"), st.booleans())
@FEW
def test_gaps_of_predictive_values_are_gaps_of_precision(name, data, weighted) -> None:
    label, rest = PREDICTIVE[name]
    theirs = []
    for part in map(data.among, data.groups):
        weights = weights_of(part, weighted)
        value = sklearn.precision_score(part.y_true, part.y_pred, pos_label=label, **weights)
        theirs.append(1 - value if rest else value)
    arguments = {"sensitive_features": data.group, **weights_of(data, weighted)}
    difference = getattr(metrics, f"{name}_difference")
    assert difference(data.y_true, data.y_pred, **arguments) == close(gap(theirs))
    worst = getattr(metrics, f"{name}_group_max" if rest else f"{name}_group_min")
    expected = max(theirs) if rest else min(theirs)
    assert worst(data.y_true, data.y_pred, **arguments) == close(expected)


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@given(rows(n_classes=3, full="both"))
@FEW
def test_f1_of_many_classes_agrees(average, data) -> None:
    theirs = []
    for group in data.groups:
        part = data.among(group)
        theirs.append(sklearn.f1_score(part.y_true, part.y_pred, average=average))
    ours = getattr(metrics, f"{average}_f1_difference")
    assert ours(data.y_true, data.y_pred, sensitive_features=data.group) == close(gap(theirs))


@given(rows(n_groups=4, n_classes=3))
@FEW
def test_mutual_information_agrees(data) -> None:
    theirs = sklearn.normalized_mutual_info_score(data.group, data.y_pred)
    if len(set(data.y_pred.tolist())) > 1:
        ours = metrics.normalized_mutual_information(
            None, data.y_pred, sensitive_features=data.group
        )
        assert ours == close(theirs)


@given(rows(n_classes=3, full="both"))
@FEW
def test_class_tpr_gaps_are_gaps_of_recall(data) -> None:
    """Root mean square over classes of a group's recall less that of all rows, worst group."""
    overall = sklearn.recall_score(data.y_true, data.y_pred, average=None)
    theirs = []
    for part in map(data.among, data.groups):
        recall = sklearn.recall_score(part.y_true, part.y_pred, average=None)
        theirs.append(float(np.sqrt(np.mean((recall - overall) ** 2))))
    ours = metrics.class_tpr_gap_rms(
        data.y_true, data.y_pred, sensitive_features=data.group, method="to_overall"
    )
    assert ours == close(max(theirs))


@given(rows(full="labels"))
@FEW
def test_borkans_aucs_are_those_of_scikit_learn_on_the_rows_they_name(data) -> None:
    for group in data.groups:
        inside = data.group == group
        chosen = {
            "SUBGROUP_AUC": inside,
            "BPSN_AUC": np.where(data.y_true == 1, ~inside, inside),
            "BNSP_AUC": np.where(data.y_true == 1, inside, ~inside),
        }
        for name, kept in chosen.items():
            theirs = sklearn.roc_auc_score(data.y_true[kept], data.y_score[kept])
            found = metrics.score_values(
                getattr(metrics, name),
                data.y_true,
                data.y_score,
                sensitive_features=data.group,
            )
            assert found[group] == close(theirs)
