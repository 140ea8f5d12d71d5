"""Checks that compare groups are repaired too: on rows, by what the groups are told to be."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from pytest_fairness import (
    ArgumentError,
    FairnessFailure,
    MitigationConfig,
    MitigationError,
    assert_demographic_parity,
    assert_equal_opportunity,
    assert_equalized_odds,
    load_model,
    mitigate,
)
from pytest_fairness.mitigation import Rows
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.decisions import Decided, GroupThresholds
from pytest_fairness.mitigation.gates import Rechecking
from pytest_fairness.mitigation.group_checks import constraint_of, label_numbers_of
from pytest_fairness.mitigation.methods.thresholds import _wanted
from tests.mitigation.conftest import PLACES, SUSPECT, rows_of
from tests.mitigation.spelling import spelled

CONFIG = MitigationConfig(method="thresholds", device="cpu", max_accuracy_loss=0.05)


@pytest.fixture(scope="module")
def rows():
    """Sentences with a place; the model takes some places for a bad word."""
    texts, labels = rows_of(8000, seed=21)
    places = [PLACES[i // 2 % len(PLACES)] for i in range(len(texts))]
    texts = [f"{text} in {place}" for text, place in zip(texts, places, strict=True)]
    return Rows(
        tuple(texts),
        tuple(("good", "bad")[label] for label in labels),
        tuple(range(len(texts))),
        groups=tuple("suspect" if place in SUSPECT else "other" for place in places),
    )


@pytest.fixture(scope="module")
def outcome(biased_classifier, rows):
    model = load_model(str(biased_classifier), device="cpu")
    truth = [int(label == "bad") for label in rows.labels]
    with pytest.raises(FairnessFailure) as caught:
        assert_equalized_odds(
            truth,
            label_numbers_of(model, rows),
            sensitive_features=rows.groups,
            max_difference=0.1,
        )
    return caught.value.outcome


def test_thresholds_make_the_odds_equal_on_rows_they_have_not_seen(
    biased_classifier, rows, outcome, tmp_path
):
    result = mitigate(biased_classifier, rows, CONFIG, against=outcome, out=tmp_path / "fair")
    limit = outcome.tolerance.value
    assert result.after[0].evidence.estimate < limit < result.before[0].evidence.estimate
    assert result.met, result.reason
    by_text = dict(zip(rows.texts, rows.groups, strict=True))
    decided = Decided.load(tmp_path / "fair", by_text, device="cpu")
    assert len(decided.predict(rows.texts[:5])) == 5
    loaded = load_model(tmp_path / "fair", device="cpu")
    groups = rows.groups[:5]
    said = loaded.predict(rows.texts[:5], sensitive_features=groups)
    assert said.tolist() == decided.predict(rows.texts[:5]).tolist()
    with pytest.raises(ArgumentError, match="sensitive_features="):
        loaded.predict(rows.texts[:5])
    record = json.loads((tmp_path / "fair" / "mitigation.json").read_text("utf-8"))
    assert record["method"] == "thresholds"


def test_a_text_of_two_groups_is_decided_in_each():
    """One of them is invited from 0.3 on, the other from 0.7."""
    model = load_model(lambda texts: [[0.5, 0.5]] * len(texts), labels=["no", "yes"])
    rule = GroupThresholds("demographic_parity", randomise=False, min_rows=2)
    scores, groups = [0.1, 0.3, 0.6, 0.7], ["a", "a", "b", "b"]
    rule.fit_probabilities(
        [[1 - p, p] for p in scores], [0, 1, 0, 1], sensitive_features=groups, classes=[0, 1]
    )
    text, both = "The same words", ["a", "b"]
    decided = Decided(model, rule, {text: "b"})
    assert label_numbers_of(decided, Labelled([text, text], groups=both)).tolist() == [1, 0]
    assert label_numbers_of(decided, Labelled([text, text])).tolist() == [0, 0]


def test_what_passes_on_rows_that_count_once_must_pass_with_their_copies():
    """Of 100 distinct rows of each group all are found; two texts of one are missed, over and over.

    A check on all rows counts copies, and the user's check is on all rows.
    """
    group = ["a"] * 100 + ["b"] * 100
    texts = [f"{name} {spelled(n)}" for name, n in zip(group, range(200), strict=True)]
    missed = {texts[100], texts[101]}
    fair = load_model(lambda ts: [0.1 if t in missed else 0.9 for t in ts], labels=["no", "yes"])
    unfair = load_model(lambda ts: [0.1 if t[0] == "b" else 0.9 for t in ts], labels=["no", "yes"])
    with pytest.raises(FairnessFailure) as caught:
        assert_equal_opportunity(
            ["yes"] * 200,
            unfair.predict(texts),
            sensitive_features=group,
            pos_label="yes",
            max_difference=0.3,
        )
    outcome, once = caught.value.outcome, Labelled(texts, [1] * 200, groups=group)
    candidate = SimpleNamespace(scorer=fair)
    for copies, passes in ((0, True), (100, False)):
        more = copies * sorted(missed)
        data = Rows(
            (*texts, *more),
            ("yes",) * (200 + len(more)),
            tuple(range(200 + len(more))),
            groups=(*group, *("b",) * len(more)),
        )
        judged = Rechecking(unfair, (outcome,), once, data).judge(candidate, 1)
        assert judged.after[0].passed
        assert judged.passed is passes
        found = f"{202 / 300:.3f} on all rows, copies among them, and" if copies else ""
        assert found in judged.broken


def test_auto_begins_with_them(biased_classifier, rows, outcome):
    config = MitigationConfig(device="cpu", max_accuracy_loss=0.05)
    result = mitigate(biased_classifier, rows, config, against=outcome)
    assert result.attempts[0].method == "thresholds"
    assert result.attempts[0].status in ("repaired", "judged")


def test_without_groups_it_says_what_is_needed(biased_classifier, rows, outcome):
    without = Rows(rows.texts, rows.labels, rows.lines)
    for data in (None, without):
        with pytest.raises(MitigationError, match="group="):
            mitigate(biased_classifier, data, CONFIG, against=outcome)


def test_which_checks_are_meant():
    with pytest.raises(FairnessFailure) as caught:
        assert_demographic_parity(
            [1] * 50 + [0] * 50, sensitive_features=["a"] * 50 + ["b"] * 50, min_ratio=0.8
        )
    assert constraint_of(caught.value.outcome) == "demographic_parity"


def test_a_loss_that_compares_groups_repairs_without_any_pair(biased_classifier, rows, outcome):
    config = MitigationConfig(
        method="full",
        freeze_layers=0,
        learning_rate=2e-3,
        objectives={"mmd": 1.0},
        batch_size=64,
        max_steps=60,
        max_accuracy_loss=0.05,
        device="cpu",
    )
    result = mitigate(biased_classifier, rows, config, against=outcome)
    before, after = result.before[0].evidence.estimate, result.after[0].evidence.estimate
    assert after < before / 2
    assert result.utility.loss < 0.02


def test_training_without_pairs_needs_such_a_loss(biased_classifier, rows, outcome):
    config = MitigationConfig(method="full", device="cpu")
    result = mitigate(biased_classifier, rows, config, against=outcome)
    assert not result.met
    assert "objectives={'mmd': 1}" in result.reason


def failing_opportunity(model, rows, **more):
    with pytest.raises(FairnessFailure) as caught:
        assert_equal_opportunity(
            rows.labels,
            model.predict(rows.texts),
            sensitive_features=rows.groups,
            pos_label="good",
            max_difference=0.08,
            **more,
        )
    return caught.value.outcome


@pytest.fixture(scope="module")
def opportunity(biased_classifier, rows):
    """Good sentences of some places are found less often: a gap in the model's first label."""
    return failing_opportunity(load_model(str(biased_classifier), device="cpu"), rows)


def test_the_positive_class_of_the_check_is_the_one_that_is_repaired(
    biased_classifier, rows, opportunity, tmp_path
):
    result = mitigate(biased_classifier, rows, CONFIG, against=opportunity, out=tmp_path / "fair")
    (before,) = result.before
    assert before.verdict.value == "fail"
    assert before.evidence.estimate == pytest.approx(opportunity.evidence.estimate, abs=0.05)
    assert result.met, result.reason
    fair = load_model(tmp_path / "fair", device="cpu")
    said = fair.predict(rows.texts, sensitive_features=rows.groups)
    recall = {
        group: sum(
            s == "good"
            for s, label, g in zip(said, rows.labels, rows.groups, strict=True)
            if (label, g) == ("good", group)
        )
        / sum(pair == ("good", group) for pair in zip(rows.labels, rows.groups, strict=True))
        for group in ("suspect", "other")
    }
    assert abs(recall["suspect"] - recall["other"]) < 0.08


@pytest.mark.parametrize(
    ("labels", "wanted"),
    [
        (["good"], ("equal_opportunity", 0)),
        (["bad"], ("equal_opportunity", 1)),
        (["good", "bad"], ("equalized_odds", 1)),  # recall of both labels
    ],
)
def test_thresholds_are_of_the_class_that_counts(opportunity, labels, wanted):
    outcomes = [replace(opportunity, settings={"pos_label": label}) for label in labels]
    original = SimpleNamespace(labels=("good", "bad"))
    assert _wanted(SimpleNamespace(outcomes=outcomes, original=original)) == wanted


def test_columns_that_rows_do_not_have_are_refused_before_anything_is_made(
    biased_classifier, rows, monkeypatch
):
    model = load_model(str(biased_classifier), device="cpu")
    monkeypatch.setattr("pytest_fairness.mitigation.loop.try_methods", never)
    kinds = ["odd" if len(text) % 2 else "even" for text in rows.texts]
    outcome = failing_opportunity(model, rows, control_features=kinds)
    with pytest.raises(MitigationError, match="control_features= of the failing check"):
        mitigate(biased_classifier, rows, CONFIG, against=outcome)


def never(*arguments, **more):
    raise AssertionError("nothing should have been tried")


def test_a_gap_that_the_rows_do_not_show_is_refused_before_anything_is_made(
    biased_classifier, rows, opportunity, monkeypatch
):
    monkeypatch.setattr("pytest_fairness.mitigation.loop.try_methods", never)
    mixed = tuple(("suspect", "other")[i // 16 % 2] for i in range(len(rows)))  # whatever the place
    even = Rows(rows.texts, rows.labels, rows.lines, groups=mixed)
    with pytest.raises(MitigationError, match=r"passes on held-out material before any repair"):
        mitigate(biased_classifier, even, CONFIG, against=opportunity)
