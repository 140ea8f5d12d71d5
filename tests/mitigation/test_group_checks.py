"""Checks that compare groups are repaired too: on rows, by what the groups are told to be."""

from __future__ import annotations

import json

import pytest

from pytest_fairness import (
    ArgumentError,
    FairnessFailure,
    MitigationConfig,
    MitigationError,
    assert_demographic_parity,
    assert_equalized_odds,
    load_model,
    mitigate,
)
from pytest_fairness.mitigation import Rows
from pytest_fairness.mitigation.decisions import Decided
from pytest_fairness.mitigation.group_checks import constraint_of, label_numbers_of
from tests.mitigation.conftest import PLACES, SUSPECT, rows_of

CONFIG = MitigationConfig(method="thresholds", device="cpu", max_accuracy_loss=0.05)


@pytest.fixture(scope="module")
def rows():
    """Sentences with a place; the model takes some places for a bad word."""
    texts, labels = rows_of(4000, seed=21)
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
            label_numbers_of(model, rows.texts),
            sensitive_features=rows.groups,
            max_difference=0.12,
        )
    return caught.value.outcome


def test_thresholds_make_the_odds_equal_on_rows_they_have_not_seen(
    biased_classifier, rows, outcome, tmp_path
):
    result = mitigate(biased_classifier, rows, CONFIG, against=outcome, out=tmp_path / "fair")
    assert result.before[0].evidence.estimate > 0.15
    assert result.after[0].evidence.estimate < 0.12
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
