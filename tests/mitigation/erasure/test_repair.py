"""`erase`: a biased classifier's head no longer sees places, and the model is an ordinary one."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness import load_model
from pytest_fairness.errors import ArgumentError, MitigationError
from pytest_fairness.mitigation.data import Rows
from pytest_fairness.mitigation.erasure import erase, head_of, representations
from pytest_fairness.mitigation.erasure.spoken import spoken
from pytest_fairness.perturb import Pair

GROUPS = {"north": "cold", "coast": "wet", "lakes": "wet"}
PARTS = ("train", "validation", "heldout")


def group_of(text):
    return next((group for place, group in GROUPS.items() if place in text), "dry")


@pytest.fixture(scope="session")
def place_pairs(sentences):
    """Training and held-out pairs of texts on places of three kinds."""

    def of(part):
        return [
            Pair(a, b, (group_of(a), group_of(b)), "place", source=a.split()[1])
            for a, b in sentences.pairs(part)
        ]

    return of


@pytest.fixture(scope="session")
def task(sentences):
    return sentences.rows(200, seed=99)


def shift(model, pairs):
    loaded = load_model(model)
    first = loaded.predict_proba([p.original for p in pairs])
    second = loaded.predict_proba([p.variant for p in pairs])
    return float(np.abs(first - second)[:, 0].mean())


@pytest.mark.parametrize("method", ["leace", "subspace"])
def test_the_gap_falls_and_the_task_stays(method, biased_classifier, place_pairs, task):
    texts, labels = task
    found = erase(biased_classifier, place_pairs("train"), method=method, keep=texts)
    repaired = (found.model, found.tokenizer)
    for part in ("train", "heldout"):
        before, after = (shift(m, place_pairs(part)) for m in (biased_classifier, repaired))
        assert before > 0.3
        assert after < before / 2
    said = load_model(repaired).predict_proba(texts).argmax(axis=1)
    assert np.mean(said == labels) > 0.9


def test_nothing_linear_is_left_of_the_group_on_what_it_learnt(biased_classifier, place_pairs):
    pairs = place_pairs("train")
    found = erase(biased_classifier, pairs)
    rows = spoken(pairs)["place"]
    erased = found.eraser(representations(biased_classifier, [s.text for s in rows]))
    groups = found.report.groups["place"]
    means = [erased[[s.group == group for s in rows]].mean(axis=0) for group in groups]
    np.testing.assert_allclose(means, [means[0]] * len(means), atol=1e-8)
    assert found.report.place == head_of(found.model).name == "classifier"
    assert (found.report.rank, found.report.width) == (1, 32)


def test_the_folder_answers_as_the_model_does(biased_classifier, place_pairs, task, tmp_path):
    from transformers import AutoModelForSequenceClassification

    found = erase(biased_classifier, place_pairs("train"), keep=task[0])
    folder = found.save(tmp_path / "erased")
    assert type(AutoModelForSequenceClassification.from_pretrained(folder)) is type(found.model)
    ours, theirs = (load_model(m).logits(task[0]) for m in ((found.model, found.tokenizer), folder))
    np.testing.assert_array_equal(ours, theirs)
    assert load_model(folder).labels == load_model(biased_classifier).labels


@pytest.mark.parametrize("method", ["leace", "inlp"])
def test_rows_with_groups_will_do_and_the_seed_decides(method, biased_classifier, place_pairs):
    if method == "inlp":
        pytest.importorskip("sklearn")
    texts = tuple(s.text for part in PARTS for s in spoken(place_pairs(part))["place"])
    groups = tuple("dry" if group_of(text) == "dry" else "other" for text in texts)
    rows = Rows(texts, None, tuple(range(len(texts))), groups=groups)
    first, again = (
        erase(biased_classifier, rows, "place", method=method, seed=5) for _ in range(2)
    )
    np.testing.assert_array_equal(first.eraser.matrix, again.eraser.matrix)
    np.testing.assert_array_equal(
        head_of(first.model).layer.weight.detach(), head_of(again.model).layer.weight.detach()
    )
    assert first.report.groups == {"place": ("dry", "other")}
    assert first.report.n_texts == len(rows)


def test_fresh_probes_judge_on_other_texts(biased_classifier, sentences):
    pytest.importorskip("sklearn")

    def pairs(frames):
        return [
            Pair(f.format("north"), f.format(dry), ("cold", "dry"), "place", source=f)
            for f in frames
            for dry in ("east", "south", "west", "woods")
        ]

    learnt = pairs(["the man from {} is here", "a friend from {} was there", "the team met in {}"])
    judging = pairs(["the woman from {} said a word", "a team in {} was here today"])
    report = erase(biased_classifier, learnt, judged_by=judging).report
    before, after = (found["place"]["linear"] for found in (report.before, report.after))
    assert before.accuracy > after.accuracy
    assert before.n == after.n == 10  # 2 frames of 5 places


def test_one_attribute_may_be_chosen(biased_classifier, place_pairs):
    others = [Pair("the man said a word", "the woman said a word", ("man", "woman"), "gender")]
    pairs = [*place_pairs("train"), *others]
    assert set(erase(biased_classifier, pairs).report.groups) == {"place", "gender"}
    only = erase(biased_classifier, pairs, "gender").report
    assert only.groups == {"gender": ("man", "woman")}
    assert "not measured" in only.notes[0]


@pytest.mark.parametrize(
    ("data", "options", "error", "says"),
    [
        ([], {}, MitigationError, "there is nothing to erase. Give more."),
        ([Pair("a", "b", ("x", "x"), "place")], {}, MitigationError, "one group of 'place' only"),
        ([Pair("a", "b", ("x", "y"), "place")], {"attribute": "age"}, MitigationError, "'age'"),
        (Rows(("a",), None, (1,)), {}, MitigationError, "no groups.*Read them with group="),
        (
            Rows(("a", "b"), None, (1, 2), groups=("x", "y")),
            {"method": "subspace"},
            MitigationError,
            "Give counterfactual pairs, or take method='leace'",
        ),
        ([], {"method": "magic"}, ArgumentError, "method='magic' must be one of leace, inlp"),
        ([Pair("a", "b", ("x", "y"), "place")], {"keep": []}, ArgumentError, "keep is empty"),
    ],
)
def test_bad_input_says_what_to_do(biased_classifier, data, options, error, says):
    with pytest.raises(error, match=says):
        erase(biased_classifier, data, **options)


def test_an_encoder_without_head_is_refused():
    from transformers import BertConfig, BertModel

    from tests.models.builders import word_tokenizer

    config = BertConfig(vocab_size=99, hidden_size=8, num_hidden_layers=1, num_attention_heads=1)
    encoder = BertModel(config)
    with pytest.raises(MitigationError, match="is no sequence classifier"):
        erase((encoder, word_tokenizer()), [Pair("a", "b", ("x", "y"), "place")])
