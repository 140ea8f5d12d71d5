from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.metrics import count_tables
from tests.metrics.vectors import black_and_white, columns, compas

# KNOWN_ANSWERS, COMPAS: TP, FP, TN, FN by group
COMPAS_CELLS = {
    "African-American": (1369, 805, 990, 532),
    "Caucasian": (505, 349, 1139, 461),
    "Hispanic": (103, 87, 318, 129),
    "Other": (43, 36, 208, 90),
    "Asian": (6, 2, 21, 3),
    "Native American": (9, 3, 5, 1),
    "Female": (303, 288, 609, 195),
    "Male": (1732, 994, 2072, 1021),
}


@pytest.mark.parametrize("attribute", ["race", "sex"])
def test_compas_counts_are_the_published_ones(shared_data: Path, attribute: str) -> None:
    tables = count_tables(**columns(compas(shared_data), attribute))
    for group, (selected, total) in tables["selection rate"].items():
        tp, fp, tn, fn = COMPAS_CELLS[group]
        assert (selected, total) == (tp + fp, tp + fp + tn + fn)
        assert tables["true positive rate"][group] == (tp, tp + fn)
        assert tables["false positive rate"][group] == (fp, fp + tn)


def test_published_error_rates_of_propublica(shared_data: Path) -> None:
    tables = count_tables(**columns(black_and_white(compas(shared_data))))
    fpr = {g: round(100 * k / n, 2) for g, (k, n) in tables["false positive rate"].items()}
    fnr = {g: round(100 - 100 * k / n, 2) for g, (k, n) in tables["true positive rate"].items()}
    assert fpr == {"African-American": 44.85, "Caucasian": 23.45}
    assert fnr == {"African-American": 27.99, "Caucasian": 47.72}


def test_counts_agree_with_counting_by_hand() -> None:
    rng = np.random.default_rng(3)
    y, p, g = rng.integers(0, 2, 200), rng.integers(0, 2, 200), rng.choice(list("abc"), 200)
    seen = Counter(zip(g.tolist(), y.tolist(), p.tolist(), strict=True))
    tables = count_tables(y, p, sensitive_features=g)
    for group in "abc":
        assert tables["true positive rate"][group] == (
            seen[group, 1, 1],
            seen[group, 1, 0] + seen[group, 1, 1],
        )
        assert tables["false positive rate"][group] == (
            seen[group, 0, 1],
            seen[group, 0, 0] + seen[group, 0, 1],
        )


def test_declared_empty_and_unknown_groups_are_counted() -> None:
    column = pd.Series(pd.Categorical(["b", None, "b"], categories=["a", "b"]))
    tables = count_tables(None, [1, 1, 0], sensitive_features=column, quantities=["selection rate"])
    assert tables == {"selection rate": {"a": (0, 0), "b": (1, 2), "unknown": (1, 1)}}


def test_text_labels_need_their_positive_class() -> None:
    arguments: dict[str, Any] = {
        "y_true": ["hire", "no"],
        "y_pred": ["hire", "hire"],
        "sensitive_features": ["a", "b"],
    }
    tables = count_tables(**arguments, pos_label="hire")
    assert tables["true positive rate"] == {"a": (1, 1), "b": (0, 0)}
    with pytest.raises(ArgumentError, match=r"pos_label=1 is not among them\. Pass the class"):
        count_tables(**arguments)


@pytest.mark.parametrize("y", [[0, 0], [1, 1], [-1, -1], [False, False], [-1, 1], [1.0, 0.0]])
def test_one_class_alone_is_read(y: list[Any]) -> None:
    table = count_tables(None, y, sensitive_features=["a", "b"], quantities=["selection rate"])
    assert sum(k for k, _ in table["selection rate"].values()) == sum(v == 1 for v in y)


@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        ([0, 1], [0.2, float("nan")], r"y_pred holds 1 missing values, the first at position 1"),
        ([0, None], [0, 1], r"y_true holds 1 missing values"),
        ([0, 1, 0], [0.1, 0.2, 0.3], r"y_pred holds 3 different values, such as 0.1, 0.2, 0.3"),
        ([0, 2, 1], [0, 1, 1], r"y_true holds 3 different values"),
        ([0, 1], [2, 2], r"y_true and y_pred use different labels: 0, 1 and 2"),
        ([0, 1], [[0.1, 0.9], [0.2, 0.8]], r"y_pred has shape \(2, 2\)"),
        ([0, 1, 1], [0, 1], r"y_true has 3 entries but y_pred has 2"),
    ],
)
def test_what_cannot_be_counted_says_why(y_true: Any, y_pred: Any, message: str) -> None:
    groups = ["a", "b", "a"][: len(y_pred)]
    with pytest.raises(ArgumentError, match=message):
        count_tables(y_true, y_pred, sensitive_features=groups)


def test_labels_are_needed_where_they_count() -> None:
    with pytest.raises(ArgumentTypeError, match="y_true=None must be an array"):
        count_tables(None, [0, 1], sensitive_features=["a", "b"])
    with pytest.raises(ArgumentError, match="quantity='precision' must be one of selection rate"):
        count_tables([0, 1], [0, 1], sensitive_features=["a", "b"], quantities=["precision"])
