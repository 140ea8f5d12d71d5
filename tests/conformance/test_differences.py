"""The table in DIFFERENCES.md says what both sides compute."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import aif360.sklearn.metrics as aif360
import fairlearn.metrics as fairlearn
import numpy as np
import pandas as pd
import pytest
from scipy.stats import contingency
from sklearn import metrics as sklearn

from pytest_fairness import metrics

pytestmark = pytest.mark.filterwarnings("ignore")  # the other libraries warn where they go on

PAIRS = list("aabb")


class Row(NamedTuple):
    case: str
    ours: str
    theirs: str
    library: str
    why: str


def table() -> dict[str, Row]:
    lines = Path(__file__).with_name("DIFFERENCES.md").read_text(encoding="utf-8").splitlines()
    cells = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    rows = [Row(*(cell.strip() for cell in line)) for line in cells[2:]]
    return {row.case: row for row in rows}


def like_fairlearn(name: str, y_true: Any, y_pred: Any, **options: Any) -> tuple[Any, Any]:
    other = {
        "positive_predictive_value_group_min": "precision_score_group_min",
        "balanced_accuracy_group_min": "balanced_accuracy_score_group_min",
        "auc_group_min": "roc_auc_score_group_min",
    }.get(name, name)
    arguments = {"sensitive_features": PAIRS, **options}
    return (
        lambda: getattr(metrics, name)(y_true, y_pred, **arguments),
        lambda: getattr(fairlearn, other)(y_true, y_pred, **arguments),
    )


def of_aif360(name: str, y_true: Any, y_pred: Any, groups: Any) -> Callable[[], Any]:
    return lambda: getattr(aif360, name)(
        pd.Series(y_true), pd.Series(y_pred), prot_attr=np.array(groups), priv_group="a"
    )


DECLARED = pd.Series(pd.Categorical(PAIRS, categories=list("abc")))
LINE = [[float(i)] for i in range(6)]
ODDS = ([1, 1, 0, 0] * 2, [1, 0, 1, 1, 1, 1, 1, 0])
FEW = (list("aaaaabbbbb"), [0, 0, 0, 0, 1, 1, 1, 1, 0, 0])
FOUND: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "a group without positives has no true positive rate": like_fairlearn(
        "equal_opportunity_difference", [1, 0, 0, 0], [1, 1, 0, 1]
    ),
    "a group without positives, held against a privileged one": (
        lambda: metrics.equal_opportunity_difference(
            [1, 0, 0, 0], [1, 1, 0, 1], sensitive_features=PAIRS
        ),
        of_aif360("equal_opportunity_difference", [1, 0, 0, 0], [1, 1, 0, 1], PAIRS),
    ),
    "a group of weight 0 has no selection rate": like_fairlearn(
        "demographic_parity_difference", [0] * 4, [0, 0, 1, 1], sample_weight=[1, 1, 0, 0]
    ),
    "a declared group without rows": like_fairlearn(
        "demographic_parity_difference", [0] * 4, [0, 1, 1, 1], sensitive_features=DECLARED
    ),
    "a group that is never selected has no precision": like_fairlearn(
        "positive_predictive_value_group_min", [1, 0, 1, 0], [1, 1, 0, 0]
    ),
    "balanced accuracy of a group with one class only": like_fairlearn(
        "balanced_accuracy_group_min", [1, 1, 0, 1], [1, 0, 0, 1]
    ),
    "worst AUC when one group has one class only": like_fairlearn(
        "auc_group_min", [1, 1, 0, 1], [0.2, 0.3, 0.1, 0.4]
    ),
    "a single group": like_fairlearn(
        "demographic_parity_difference", [0] * 4, [0, 1, 1, 1], sensitive_features=["a"] * 4
    ),
    "rows whose group is missing": like_fairlearn(
        "demographic_parity_difference",
        [0] * 5,
        [0, 1, 1, 1, 0],
        sensitive_features=np.array([*PAIRS, None], dtype=object),
    ),
    "two groups, the second selected twice as often: ratio": (
        lambda: metrics.demographic_parity_ratio(None, [0, 1, 1, 1], sensitive_features=PAIRS),
        of_aif360("disparate_impact_ratio", [0] * 4, [0, 1, 1, 1], PAIRS),
    ),
    "three groups, selected at 1, 0.5 and 0: difference": (
        lambda: metrics.demographic_parity_difference(
            None, [1, 1, 1, 0, 0, 0], sensitive_features=list("aabbcc")
        ),
        of_aif360("statistical_parity_difference", [1] * 6, [1, 1, 1, 0, 0, 0], list("aabbcc")),
    ),
    "odds that differ in opposite directions: average odds": (
        lambda: metrics.average_absolute_odds_difference(
            *ODDS, sensitive_features=list("aaaabbbb")
        ),
        of_aif360("average_odds_difference", *ODDS, list("aaaabbbb")),
    ),
    "consistency of rows that alternate along a line": (
        lambda: metrics.consistency_score([0, 1] * 3, features=LINE, n_neighbors=2),
        lambda: aif360.consistency_score(LINE, [0, 1] * 3, n_neighbors=2),
    ),
    "generalised entropy index with alpha 0 of benefits 2, 1, 1": (
        lambda: metrics.generalized_entropy_index([0, 0, 0], [1, 0, 0], alpha=0),
        lambda: aif360.generalized_entropy_index(np.array([2, 1, 1]), alpha=0),
    ),
    "log loss of a score of 0 where the label is 1": (
        lambda: metrics.mean_loss_group_max(
            [1, 0, 1, 0], [0.0, 0.5, 0.5, 0.5], sensitive_features=PAIRS, loss="log"
        ),
        lambda: sklearn.log_loss([1], [0.0], labels=[0, 1]),
    ),
    "macro F1 with a class that is neither found nor there": (
        lambda: metrics.by_group(
            "macro_f1", [0, 0, 1, 2], [0, 0, 1, 2], sensitive_features=list("aaab"), pos_label=None
        )["a"],
        lambda: sklearn.f1_score([0, 0, 1], [0, 0, 1], labels=[0, 1, 2], average="macro"),
    ),
    "mutual information of predictions that are all alike": (
        lambda: metrics.normalized_mutual_information(None, [1] * 4, sensitive_features=PAIRS),
        lambda: sklearn.normalized_mutual_info_score(PAIRS, [1] * 4),
    ),
    "Cramer's V of a small table": (
        lambda: metrics.cramers_v(None, FEW[1], sensitive_features=FEW[0]),
        lambda: contingency.association(contingency.crosstab(*FEW).count, method="cramer"),
    ),
}


def shown(compute: Callable[[], Any]) -> str:
    try:
        return f"{float(compute()):.4g}"
    except ValueError:
        return "error"


def test_every_row_of_the_table_has_an_example() -> None:
    assert list(table()) == list(FOUND)


@pytest.mark.parametrize("case", FOUND)
def test_both_sides_compute_what_the_table_says(case: str) -> None:
    ours, theirs = map(shown, FOUND[case])
    row = table()[case]
    assert (ours, theirs) == (row.ours, row.theirs)
    assert ours != theirs
