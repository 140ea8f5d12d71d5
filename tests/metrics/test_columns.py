from __future__ import annotations

import tracemalloc
from typing import Any

import datasets
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from hypothesis import given, strategies as st

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.metrics import as_array, as_groups, demographic_parity_difference
from pytest_fairness.metrics.columns import factorise

LABELS = ["b", "a", None, "b"]
SECOND = ["x", "y", "x", "x"]


def named(features: Any, n: int = 4) -> list[str]:
    groups = as_groups(features, n)
    return [groups.names[code] for code in groups.codes]


COLUMNS: dict[str, Any] = {
    "polars": pl.Series(LABELS),
    "polars categorical": pl.Series(LABELS, dtype=pl.Categorical),
    "polars frame": pl.DataFrame({"g": LABELS}),
    "arrow": pa.array(LABELS),
    "arrow chunks": pa.chunked_array([LABELS[:2], LABELS[2:]]),
    "arrow dictionary": pa.array(LABELS).dictionary_encode(),
    "arrow table": pa.table({"g": LABELS}),
    "datasets": datasets.Dataset.from_dict({"g": LABELS})["g"],
    "datasets table": datasets.Dataset.from_dict({"g": LABELS}),
    "pandas arrow": pd.Series(LABELS, dtype=pd.ArrowDtype(pa.string())),
    "pandas string": pd.Series(LABELS, dtype="string"),
    "pandas index": pd.Index(LABELS),
    "pandas categorical index": pd.CategoricalIndex(LABELS),
    "iterator": lambda: iter(LABELS),
    "one column of a list": [LABELS],
}


@pytest.mark.parametrize("form", COLUMNS)
def test_every_holder_of_a_column_reads_the_same(form: str) -> None:
    column = COLUMNS[form]() if callable(COLUMNS[form]) else COLUMNS[form]
    assert named(column) == ["b", "a", "unknown", "b"]


TABLES: dict[str, Any] = {
    "polars": pl.DataFrame({"g": LABELS, "h": SECOND}),
    "arrow": pa.table({"g": LABELS, "h": SECOND}),
    "datasets": datasets.Dataset.from_dict({"g": LABELS, "h": SECOND}),
    "list of lists": [LABELS, SECOND],
    "tuple of arrays": (np.array(LABELS, dtype=object), np.array(SECOND)),
    "list of series": [pd.Series(LABELS), pd.Series(SECOND)],
    "rows": [list(row) for row in zip(LABELS, SECOND, strict=True)],
}


@pytest.mark.parametrize("form", TABLES)
def test_every_holder_of_several_columns_reads_the_same(form: str) -> None:
    assert named(TABLES[form]) == ["b, x", "a, y", "unknown", "b, x"]


def test_a_list_as_long_as_the_predictions_holds_rows() -> None:
    assert named([["a", "x"], ["b", "y"]], 2) == ["a, x", "b, y"]


def test_numbers_of_tensors_and_nullable_columns_are_labels() -> None:
    assert named(torch.tensor([1, 0, 2, 1])) == ["1", "0", "2", "1"]
    assert named(torch.tensor([[1, 0], [2, 1], [1, 1], [0, 0]])) == ["1, 0", "2, 1", "1, 1", "0, 0"]
    assert named(pd.Series([1, None, 2, 2], dtype="Int64")) == ["1", "unknown", "2", "2"]
    assert named(pd.Series([True, None, False, True], dtype="boolean")) == [
        "True",
        "unknown",
        "False",
        "True",
    ]
    assert named(np.array([b"a", b"b", b"a", b"b"])) == ["a", "b", "a", "b"]


def test_an_enum_declares_groups_without_rows() -> None:
    column = pl.Series(["b", "b"], dtype=pl.Enum(["a", "b", "c"]))
    assert as_groups(column, 2).names == ("a", "b", "c")


def test_missing_numbers_beside_text_stay_missing() -> None:
    assert named(["x", float("nan"), "nan", None]) == ["x", "unknown", "nan", "unknown"]


PREDICTIONS: dict[str, Any] = {
    "tensor with a gradient": torch.tensor([1.0, 0.0, 1.0, 1.0], requires_grad=True),
    "bfloat16": torch.tensor([1.0, 0.0, 1.0, 1.0], dtype=torch.bfloat16),
    "column of a tensor": torch.tensor([[1], [0], [1], [1]]),
    "list of tensors": list(torch.tensor([1, 0, 1, 1])),
    "polars": pl.Series([1, 0, 1, 1]),
    "polars booleans": pl.Series([True, False, True, True]),
    "arrow": pa.array([1, 0, 1, 1]),
    "datasets": datasets.Dataset.from_dict({"y": [1, 0, 1, 1]})["y"],
    "pandas": pd.Series([1, 0, 1, 1], index=[9, 8, 7, 6]),
    "pandas nullable": pd.Series([1, 0, 1, 1], dtype="Int64"),
    "pandas categorical": pd.Series(pd.Categorical([1, 0, 1, 1], categories=[0, 1, 2])),
}


@pytest.mark.parametrize("form", PREDICTIONS)
def test_every_holder_of_predictions_reads_the_same(form: str) -> None:
    groups = ["a", "a", "b", "b"]
    y_pred = PREDICTIONS[form]
    assert demographic_parity_difference(None, y_pred, sensitive_features=groups) == 0.5


@given(
    st.lists(st.sampled_from([0, 1, 5, -3, 70_000]), max_size=40),
    st.sampled_from([np.int8, np.int64, np.float32, object, str]),
)
def test_codes_lead_back_to_the_values(values: list[int], dtype: Any) -> None:
    array = np.array([v % 100 for v in values]).astype(dtype)
    factors = factorise("y", array)
    assert [factors.values[code] for code in factors.codes] == array.tolist()
    assert len(set(factors.values)) == len(factors.values)
    assert set(factors.values) == set(array.tolist())


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (None, "y=None must be an array"),
        ("yes", "y='yes' must be an array"),
        ({"a": [1]}, "y is a dict and must be an array"),
        ({1, 0}, "y is a set and must be an array"),
    ],
)
def test_what_has_no_rows_is_refused(values: Any, message: str) -> None:
    with pytest.raises(ArgumentTypeError, match=message):
        as_array("y", values)


def test_columns_of_other_lengths_are_named() -> None:
    with pytest.raises(ArgumentError, match="sensitive_features has 3 entries but y_pred has 4"):
        as_groups({"g": LABELS, "h": SECOND[:3]}, 4)


def test_many_labels_are_read_in_little_memory() -> None:
    n = 200_000
    labels = np.array(["African-American", "Caucasian"])[np.arange(n) % 2]
    for column in (labels, labels.tolist(), pd.Series(labels.tolist()), pl.Series(labels.tolist())):
        tracemalloc.start()
        as_groups(column, n)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 150 * n  # bytes: 150 MB for a million rows
