from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.metrics import as_groups


def labels(features: Any, n: int) -> list[str]:
    groups = as_groups(features, n)
    return [groups.names[code] for code in groups.codes]


@pytest.mark.parametrize(
    "features",
    [
        ["b", "a", "b"],
        ("b", "a", "b"),
        np.array(["b", "a", "b"]),
        np.array(["b", "a", "b"], dtype=object),
        pd.Series(["b", "a", "b"], index=[7, 8, 9]),
        pd.Series(["b", "a", "b"], dtype="category"),
        pd.Categorical(["b", "a", "b"]),
        pd.DataFrame({"x": ["b", "a", "b"]}),
        {"x": ["b", "a", "b"]},
        np.array([["b"], ["a"], ["b"]]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_form_of_a_column_reads_the_same(features: Any) -> None:
    assert as_groups(features, 3).names == ("a", "b")
    assert labels(features, 3) == ["b", "a", "b"]


@pytest.mark.parametrize(
    "features",
    [
        {"race": ["Black", "white"], "gender": ["female", "male"]},
        pd.DataFrame({"race": ["Black", "white"], "gender": ["female", "male"]}),
        np.array([["Black", "female"], ["white", "male"]]),
        [["Black", "female"], ["white", "male"]],
    ],
    ids=lambda value: type(value).__name__,
)
def test_several_columns_make_intersections(features: Any) -> None:
    assert labels(features, 2) == ["Black, female", "white, male"]


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT, "", "  "])
def test_missing_labels_are_unknown_and_stand_last(missing: Any) -> None:
    groups = as_groups(pd.Series(["z", missing, "a"], dtype=object), 3)
    assert groups.names == ("a", "z", "unknown")
    assert groups.compared == ("a", "z")
    assert labels(["z", missing, "a"], 3) == ["z", "unknown", "a"]


def test_a_label_missing_in_one_column_makes_the_row_unknown() -> None:
    assert labels({"race": ["Black", None], "gender": ["female", "male"]}, 2) == [
        "Black, female",
        "unknown",
    ]


def test_declared_categories_are_groups_without_rows() -> None:
    column = pd.Series(pd.Categorical(["b", "b"], categories=["c", "b", "a"]))
    groups = as_groups(column, 2)
    assert groups.names == ("c", "b", "a")
    assert groups.codes.tolist() == [1, 1]


def test_numbers_beside_missing_values_keep_their_names() -> None:
    column = pd.Series([1, 2, None])  # pandas turns the column into floats
    assert as_groups(column, 3).names == ("1", "2", "unknown")
    assert as_groups([0.5, 1.5], 2).names == ("0.5", "1.5")


def test_length_must_match() -> None:
    with pytest.raises(
        ArgumentError,
        match=r"sensitive_features has 40 entries but y_pred has 42\. "
        r"Give one group label per prediction\.",
    ):
        as_groups(["a"] * 40, 42)


@pytest.mark.parametrize("features", ["gender", None, 3])
def test_what_is_no_column_is_refused(features: Any) -> None:
    with pytest.raises(ArgumentTypeError, match="must hold one group label per prediction"):
        as_groups(features, 3)


def test_ragged_and_deep_labels_are_refused() -> None:
    with pytest.raises(ArgumentTypeError, match="unequal length"):
        as_groups([["a"], ["a", "b"]], 2)
    with pytest.raises(ArgumentError, match="3 dimensions"):
        as_groups(np.zeros((2, 2, 2)), 2)
    with pytest.raises(ArgumentError, match="no columns"):
        as_groups({}, 2)


@given(st.lists(st.sampled_from(["a", "b", None, "c"]), max_size=30))
def test_codes_name_each_rows_own_label(values: list[str | None]) -> None:
    assert labels(values, len(values)) == [value or "unknown" for value in values]
