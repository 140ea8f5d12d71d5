from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness.engine import as_texts
from pytest_fairness.errors import ArgumentError, ArgumentTypeError


@pytest.mark.parametrize(
    "texts",
    [
        ["a", "é", "", "你好 😀"],
        ("a", "é", "", "你好 😀"),
        np.array(["a", "é", "", "你好 😀"]),
        np.array(["a", "é", "", "你好 😀"], dtype=object),
        (t for t in ["a", "é", "", "你好 😀"]),
        dict.fromkeys(["a", "é", "", "你好 😀"]).keys(),
    ],
)
def test_any_collection_of_strings_becomes_a_list_of_plain_ones(texts):
    found = as_texts(texts)
    assert found == ["a", "é", "", "你好 😀"]
    assert {type(text) for text in found} == {str}


def test_a_pandas_series_keeps_its_order_whatever_its_index():
    pandas = pytest.importorskip("pandas")
    assert as_texts(pandas.Series(["a", "b"], index=[7, 3])) == ["a", "b"]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("a text", r"texts='a text' is a single str; give a list of strings, such as \[text\]"),
        (b"a text", "is a single bytes"),
        (None, "texts is a NoneType; give a one-dimensional collection"),
        ({"a": "b"}, "texts is a dict"),
        (np.array([["a"], ["b"]]), "texts is a ndarray"),
        (["a", None], r"texts\[1\] is None, a NoneType, but every text must be a string"),
        (["a", 3.5, 4], r"texts\[1\] is 3\.5, a float"),
        ([b"a"], r"texts\[0\] is b'a', a bytes"),
        ([["a" * 99]], r"texts\[0\] is \['a+…, a list"),
    ],
)
def test_what_is_no_text_is_named(texts, message):
    with pytest.raises(ArgumentTypeError, match=message):
        as_texts(texts)


def test_half_a_surrogate_pair_is_named():
    with pytest.raises(ArgumentError, match=r"texts\[1\]='a\\ud83d' holds half .* position 1"):
        as_texts(["a", "a\ud83d"])
