"""What erasure says to values that it cannot use."""

from __future__ import annotations

import re

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError, ArgumentTypeError, MitigationError
from pytest_fairness.mitigation.data import Labelled, Rows
from pytest_fairness.mitigation.erasure import (
    Eraser,
    erase,
    fold_into_head,
    head_of,
    inlp,
    leace,
    leace_of,
    probe_leakage,
    representations,
    subspace,
)
from pytest_fairness.perturb import Pair

X = np.random.default_rng(0).normal(size=(40, 5))
Z = ["a", "b"] * 20
NAN = float("nan")
PLACES = ("north", "south", "east", "west")
PAIRS = [
    Pair(f"the man from {a} is here", f"the man from {b} is here", ("x", "y"), "place", source=a)
    for a in PLACES[:2]
    for b in PLACES[2:]
]


def told(call, message):
    with pytest.raises((ArgumentError, ArgumentTypeError, MitigationError)) as caught:
        call()
    assert re.search(message, str(caught.value)), str(caught.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"data": ["a", "b"]}, r"data\[0\]='a' is no Pair: data must be pairs, as counterfactuals"),
        ({"data": [PAIRS[0], None]}, r"data\[1\]=None is no Pair"),
        ({"data": None}, "data=None must be pairs"),
        ({"data": PAIRS[0]}, "data=Pair.* must be pairs"),
        ({"data": Labelled(["a"], [0])}, r"data=Labelled\(1 texts, targets\) must be pairs"),
        ({"data": Rows(("a",), None, (1,))}, "The rows have no groups"),
        ({"data": []}, "data holds no texts: there is nothing to erase"),
        ({"judged_by": None}, "judged_by=None must be pairs"),
        ({"judged_by": "hello"}, "judged_by='hello' must be pairs"),
        ({"judged_by": [("a", "b")]}, r"judged_by\[0\]=\('a', 'b'\) is no Pair"),
        ({"attribute": "plase"}, "no pairs of the attribute 'plase'; they vary place.*'place'"),
        ({"attribute": 5}, "attribute=5 must be a text"),
        ({"method": "leac"}, "method='leac' must be one of .* Did you mean 'leace'"),
        ({"method": None}, "method=None must be one of"),
        ({"keep": "hello"}, r"keep='hello' must be a list of texts, .* Write keep=\['hello'\]"),
        ({"keep": ["a", None]}, r"keep\[1\]=None must be a text"),
        ({"keep": 5}, "keep=5 must be a list of texts"),
        ({"keep": []}, "keep is empty"),
        ({"rank": "a"}, "rank='a' must be a whole number"),
        ({"rank": 1.5, "method": "subspace"}, r"rank=1.5 must be a whole number: it is"),
        ({"rank": 0, "method": "subspace"}, "rank=0 must be at least 1"),
        ({"n_iterations": "a", "method": "inlp"}, "n_iterations='a' must be a whole number"),
        ({"seed": -1}, "seed=-1 must be at least 0"),
        ({"seed": None}, "seed=None must be a whole number"),
    ],
)
def test_arguments_are_checked_before_a_model_is_loaded(given, message):
    arguments = {"data": PAIRS, **given}
    told(lambda: erase("no such folder", arguments.pop("data"), **arguments), message)


@pytest.fixture(scope="module")
def others(tmp_path_factory, biased_classifier):
    """Folders of a masked language model and an embedder with the classifier's tokenizer."""
    from transformers import AutoModel, AutoTokenizer, BertConfig, BertForMaskedLM

    tokenizer = AutoTokenizer.from_pretrained(biased_classifier)
    tokenizer.mask_token = "[UNK]"
    masked, embedder = (tmp_path_factory.mktemp(name) for name in ("masked", "embedder"))
    base = AutoModel.from_pretrained(biased_classifier)
    BertForMaskedLM(BertConfig.from_pretrained(biased_classifier)).save_pretrained(masked)
    base.save_pretrained(embedder)
    for folder in (masked, embedder):
        tokenizer.save_pretrained(folder)
    return masked, embedder


def test_a_model_of_another_task_is_sent_where_it_belongs(others):
    for folder, kind in zip(others, ("MaskedLM", "Embedder"), strict=True):
        with pytest.raises(MitigationError) as caught:
            erase(folder, PAIRS)
        assert f"<{kind}" in str(caught.value)
        assert "is no sequence classifier" in str(caught.value)
        assert "repair_likelihoods and repair_embeddings" in str(caught.value)


def test_what_was_erased_is_shown_on_a_line_and_saved_as_a_folder(biased_classifier, tmp_path):
    erased = erase(biased_classifier, iter(PAIRS), keep=iter(["the man is kind"]))
    assert repr(erased) == (
        "Erased(BertForSequenceClassification, 'leace' at classifier, rank 1 of 32)"
    )
    file = tmp_path / "model.txt"
    file.write_text("mine", encoding="utf-8")
    told(lambda: erased.save(file), r"model.txt' is a file. Name a folder")
    told(lambda: erased.save(None), "folder=None must be a path")
    assert file.read_text(encoding="utf-8") == "mine"


def test_texts_to_read(biased_classifier):
    for texts, message in (
        ("hello", "texts='hello' must be a list of texts, not one text"),
        ([], "texts is empty"),
        ([None], r"texts\[0\]=None must be a text"),
    ):
        told(lambda: representations(biased_classifier, texts), message)  # noqa: B023
    told(
        lambda: representations(biased_classifier, ["a"], max_length="a"),
        "max_length='a' must be a whole number",
    )


@pytest.mark.parametrize("fit", [leace, inlp, lambda X, Z: subspace(X, Z), probe_leakage])
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (None, "X=None must be an array"),
        ("abc", "X='abc' must be an array"),
        ([["a"]], r"X must hold numbers, in rows of equal length, but is \[\['a'\]\]"),
        ([[1, 2], [3]], "X must hold numbers, in rows of equal length"),
        ({"a": 1}, "X is a dict"),
        (X[0], r"X has shape \(5,\), but \(n, d\)"),
        (np.where(X > 1, NAN, X), "X holds numbers that are not finite"),
    ],
)
def test_representations_of_no_use_are_named(fit, rows, message):
    told(lambda: fit(rows, Z), message)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: leace(X[:, :0], Z), r"X has shape \(40, 0\): rows of no dimensions"),
        (lambda: inlp(X[:, :0], Z), r"X has shape \(40, 0\): rows of no dimensions"),
        (lambda: leace(X, None), "Z=None must be an array with one entry per row"),
        (lambda: leace(X, 0), "Z=0 must be an array with one entry per row"),
        (lambda: leace(X, ["a"] * 20 + [1] * 20), "Z mixes labels of several kinds"),
        (lambda: inlp(X, 0), "Z=0 must be an array with one entry per row"),
        (lambda: leace(X, Z, affine="yes"), "affine='yes' must be True or False"),
        (lambda: leace(X, Z, shrinkage=1), "shrinkage=1 must be True or False"),
        (lambda: leace_of(X), r"seen=array.* must be Moments, as moments_of"),
        (lambda: inlp(X, Z, n_iterations=True), "n_iterations=True must be a whole number"),
        (lambda: inlp(X, Z, held_out="a"), "held_out='a' must be a number"),
        (lambda: inlp(X, Z, held_out=NAN), r"held_out=nan must lie in \(0, 1\)"),
        (lambda: inlp(X, Z, seed=-1), "seed=-1 must be at least 0"),
        (lambda: subspace(X, None), "sets=None must be an array"),
        (lambda: subspace(X, 5), "sets=5 must be an array"),
        (lambda: subspace(X, Z, rank=None), "rank=None must be a whole number"),
        (lambda: subspace(X, Z, rank=5), r"rank=5 must lie in \[1, 4\]"),
        (lambda: probe_leakage(X, Z, probes="linear"), "probes='linear' must be a list"),
        (lambda: probe_leakage(X, Z, probes=["liner"]), "probe='liner' .* Did you mean 'linear'"),
        (lambda: probe_leakage(X, Z, clusters=5), "clusters=5 must be an array"),
        (lambda: probe_leakage(X, Z, alpha=0.9), r"alpha=0.9 must lie in \(0, 0.5\)"),
        (lambda: probe_leakage(X, Z, judged_on=X), "judged_on must be two"),
        (lambda: Eraser("x", [0]), "matrix='x' must be an array"),
        (lambda: Eraser(np.eye(2), None), "bias=None must be an array"),
        (lambda: Eraser.nothing(-1), "width=-1 must be at least 1"),
        (lambda: Eraser.nothing(2)("x"), "X='x' must be an array"),
        (lambda: Eraser.nothing(2).then(None), r"after=None must be an Eraser, as leace\(X, Z\)"),
        (lambda: Eraser.nothing(2).then(Eraser.nothing(3)), "after has 3 dimensions and this .* 2"),
        (lambda: Eraser.from_dict({}), r"data=\{\} is no record of an eraser"),
        (lambda: head_of("folder"), "model='folder' must be a classifier of transformers"),
        (lambda: fold_into_head(None, Eraser.nothing(2)), "model=None must be a classifier"),
        (lambda: fold_into_head(None, None), "eraser=None must be an Eraser"),
    ],
)
def test_a_value_of_no_use_is_named(call, message):
    told(call, message)


def test_files_of_erasers(tmp_path):
    told(lambda: Eraser.load(tmp_path / "none"), "none' holds no eraser: .*Name the file that")
    told(lambda: Eraser.nothing(2).save(tmp_path), "is a folder. Name a file in it")
    told(lambda: Eraser.nothing(2).save(tmp_path / "a" / "b"), "there is no folder .*a'. Create it")
    torn = tmp_path / "torn"
    torn.write_bytes(b"{}")
    told(lambda: Eraser.load(torn), "torn' holds no eraser")
