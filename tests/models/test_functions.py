from __future__ import annotations

import functools

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError, ModelError
from pytest_fairness.models import load_model


def keyword(texts):
    return [0.75 if "good" in text else 0.25 for text in texts]


def test_floats_are_scores_of_the_positive_class():
    model = load_model(keyword)
    np.testing.assert_allclose(model(["good", "bad"]), [[0.25, 0.75], [0.75, 0.25]])
    assert model.predict(["good", "bad"]).tolist() == ["1", "0"]
    assert model.labels == ("0", "1")
    assert model.gives_scores
    np.testing.assert_allclose(np.exp(model.logits(["good"])), [[0.25, 0.75]])


@pytest.mark.parametrize("kind", ["list", "numpy", "pandas", "torch", "column"])
def test_arrays_come_in_many_kinds(kind):
    def score(texts):
        scores = keyword(texts)
        if kind == "pandas":
            return pytest.importorskip("pandas").Series(scores)
        if kind == "torch":
            return pytest.importorskip("torch").tensor(scores, requires_grad=True)
        return {"list": scores, "numpy": np.array(scores), "column": [[s] for s in scores]}[kind]

    np.testing.assert_allclose(load_model(score)(["good"]), [[0.25, 0.75]])


def test_two_dimensions_are_scores_per_label():
    model = load_model(lambda texts: [[0.5, 0.25, 0.25]] * len(texts), labels=["a", "b", "c"])
    assert model(["x", "y"]).shape == (2, 3)
    assert model.predict(["x"]).tolist() == ["a"]
    assert model.info.labels == ("a", "b", "c")


@pytest.mark.parametrize(
    ("answer", "label"),
    [("yes", "yes"), (1, "1"), (True, "True"), (np.int64(3), "3"), (np.str_("no"), "no")],
)
def test_strings_integers_and_booleans_are_labels(answer, label):
    model = load_model(lambda texts: [answer] * len(texts))
    assert model.predict(["a", "b"]).tolist() == [label, label]
    assert not model.gives_scores
    assert model.labels == (label,)
    with pytest.raises(ModelError, match="returns labels and no scores"):
        model.predict_proba(["a"])


def test_the_function_sees_each_text_once():
    calls = []
    model = load_model(lambda texts: calls.append(texts) or keyword(texts))
    model(["good", "bad", "good"])
    model.predict(["bad", "new"])
    assert calls == [["good", "bad"], ["new"]]
    assert model.cache.hits == 1
    model.forget()
    model(["bad"])
    assert calls[-1] == ["bad"]


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ([0.5], "returned 1 rows for 2 texts. Return one of: scores of the positive class"),
        (0.5, "returned a single value for 2 texts"),
        ([0.5, float("nan")], "infinite scores to 1 of 2 texts, first to 'bad'"),
        ([0.5, 3.0], r"scores from 0.5 to 3, but they must lie in \[0, 1\].*softmax"),
        ([[0.5, 0.5], [1.0]], "rows of different lengths"),
        ([[[0.5]], [[0.5]]], r"an array of shape \(2, 1, 1\)"),
        ([{"label": "a"}, {"label": "b"}], r"returned \{'label': 'a'\}, a dict, as a label"),
        (["a", None], "returned None, a NoneType, as a label"),
        ([["a"], ["b"]], "type <U1"),
    ],
)
def test_answers_that_cannot_be_judged_are_named(returned, message):
    with pytest.raises(ModelError, match=message):
        load_model(lambda texts: returned).predict(["good", "bad"])


def test_names_must_fit_the_columns():
    with pytest.raises(ArgumentError, match=r"names 3 labels, but .* returned 2 scores per text"):
        load_model(keyword, labels=["a", "b", "c"])(["good"])


def test_answers_must_stay_of_one_kind():
    by_text = {"scores": [0.5], "labels": ["yes"], "three": [[0.2, 0.3, 0.5]]}
    model = load_model(lambda texts: by_text[texts[0]])
    model(["scores"])
    with pytest.raises(ModelError, match="scores in one call and labels in another"):
        model.predict(["labels"])
    with pytest.raises(ModelError, match="3 scores per text after 2"):
        model.predict(["three"])


def test_errors_of_the_function_are_its_own():
    def broken(texts):
        raise KeyError("endpoint")

    with pytest.raises(KeyError, match="endpoint"):
        load_model(broken)(["good"])


def test_which_function_it_is():
    info = load_model(keyword).info
    assert (info.name.rpartition(".")[2], info.kind, info.path) == ("keyword", "function", None)
    other = load_model(lambda texts: [0.5] * len(texts)).info
    again = load_model(keyword).info
    assert again.fingerprint == info.fingerprint != other.fingerprint
    partial = load_model(functools.partial(keyword)).info
    assert partial.name == info.name


def test_no_texts_and_closing():
    model = load_model(keyword)
    model(["good"])
    assert model([]).shape == (0, 2)
    assert model.predict([]).shape == (0,)
    model.close()
    with pytest.raises(ModelError, match="was closed"):
        model(["good"])


def test_a_callable_object_is_a_function():
    class Endpoint:
        def __call__(self, texts):
            return keyword(texts)

    model = load_model(Endpoint())
    assert model.predict(["good"]).tolist() == ["1"]
    assert model.info.name.endswith("Endpoint")
