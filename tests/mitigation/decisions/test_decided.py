"""A classifier with a rule is one model: labels, probabilities, draws, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness import assert_counterfactual_invariance
from pytest_fairness.errors import (
    ArgumentError,
    ArgumentTypeError,
    FairnessWarning,
    MitigationError,
)
from pytest_fairness.mitigation.decisions import (
    CalibratedEqualizedOdds,
    Decided,
    GroupCalibration,
    GroupRelabelling,
    GroupThresholds,
    load_decision,
    uniform_draws,
)
from pytest_fairness.models import is_model, load_model
from tests.models.builders import save, tiny_bert, word_tokenizer

TEXTS = [f"{who} has {n} of 40" for n in range(40) for who in ("he", "she", "it")]


def score(texts):
    """A quality that is taken down for her, and hidden for it."""
    counts = np.array([int(text.split()[2]) for text in texts]) / 40
    whose = np.array([text.split()[0] for text in texts])
    return np.where(whose == "it", 0.5, np.where(whose == "she", 0.8 * counts, counts))


def group(text):
    return text.split()[0]


GROUPS = [group(text) for text in TEXTS]
Y_TRUE = np.array([int(text.split()[2]) >= 20 for text in TEXTS]).astype(int)


@pytest.fixture
def model():
    return load_model(score, labels=["no", "yes"])


def fitted(model, rule, **options):
    return rule.fit_probabilities(
        model.predict_proba(TEXTS), Y_TRUE, sensitive_features=GROUPS, **options
    )


def test_it_is_a_model(model):
    rule = fitted(model, GroupThresholds(randomise=False, tolerance=1.0))
    decided = Decided(model, rule, group)
    assert is_model(decided)
    assert load_model(decided) is decided
    assert decided.labels == ("no", "yes")
    assert decided.gives_scores
    right = decided.predict(TEXTS) == np.array(["no", "yes"])[Y_TRUE]
    assert right[np.array(GROUPS) != "it"].all()
    assert set(decided.predict_proba(TEXTS).ravel()) == {0.0, 1.0}
    assert np.array_equal(decided(TEXTS), decided.predict_proba(TEXTS))
    assert np.array_equal(np.exp(decided.logits(TEXTS)), decided(TEXTS))
    assert decided.predict([]).shape == (0,)
    decided.forget()
    decided.close()


def test_thresholds_repair_what_a_gate_measures(model):
    """He and she with the same count are decided alike after, and were not before."""
    pairs = [(f"he has {n} of 40", f"she has {n} of 40") for n in range(40)]
    before = assert_flips(model, pairs)
    rule = fitted(model, GroupThresholds("equalized_odds", randomise=False, tolerance=1.0))
    after = assert_flips(Decided(model, rule, group), pairs)
    assert before == 5 / 40  # counts 20 to 24: 0.8 * 25 / 40 is one half
    assert after == 0


def assert_flips(model, pairs):
    outcome = assert_counterfactual_invariance(model, pairs, max_flip_rate=1.0)
    return outcome.evidence.estimate


def test_labels_are_drawn_as_often_as_predict_proba_says(model):
    """All scores of "it" are the same: only a lot selects half of them, as of the others."""
    rule = fitted(model, GroupThresholds("demographic_parity"))
    texts = [f"it has {n % 40} of 40 in trial {n}" for n in range(4000)]
    decided = Decided(model, rule, group)
    chance = decided.predict_proba(texts)[0, 1]
    assert chance == pytest.approx(0.5)
    assert np.ptp(decided.predict_proba(texts), axis=0).max() == 0
    seen = np.mean(decided.predict(texts) == "yes")
    assert seen == pytest.approx(chance, abs=4 * 0.5 / np.sqrt(4000))
    other = Decided(model, rule, group, seed=1).predict(texts)
    assert np.mean(other == "yes") == pytest.approx(chance, abs=4 * 0.5 / np.sqrt(4000))
    assert (other != decided.predict(texts)).any()


def test_a_text_has_one_answer_whatever_the_batch(model):
    decided = Decided(model, fitted(model, GroupThresholds("demographic_parity")), group)
    texts = [f"it has {n} of 40" for n in range(30)]
    together = decided.predict(texts).tolist()
    assert set(together) == {"no", "yes"}
    assert [decided.predict([text])[0] for text in texts] == together
    assert decided.predict(texts[::-1]).tolist() == together[::-1]
    assert decided.predict([texts[3]] * 5).tolist() == [together[3]] * 5


def test_draws_are_spread_evenly_and_stay_the_same_in_later_releases():
    draws = uniform_draws(map(str, range(4000)), seed=1)
    counts = np.histogram(draws, bins=10, range=(0, 1))[0]
    assert np.abs(counts - 400).max() < 4 * np.sqrt(360)
    assert np.corrcoef(draws, uniform_draws(map(str, range(4000)), seed=2))[0, 1] < 0.065
    pinned = [0.8665181798247251, 0.6660075336468897, 0.5293611693789428]
    assert uniform_draws(["a", "\u4e00", "\ud800"], seed=7).tolist() == pinned


def test_beliefs_are_not_drawn(model):
    rule = fitted(model, GroupCalibration("platt"))
    decided = Decided(model, rule, group)
    chances = decided.predict_proba(TEXTS)
    assert len(np.unique(chances)) > 10
    assert decided.predict(TEXTS).tolist() == [["no", "yes"][i] for i in chances.argmax(axis=1)]


def test_withheld_scores_are_drawn_by_text(model):
    rule = CalibratedEqualizedOdds("false_negative_rate")
    decided = Decided(model, fitted(model, rule), group)
    given, found = model.predict_proba(TEXTS)[:, 1], decided.predict_proba(TEXTS)[:, 1]
    base = np.array([rule.base_rates[name] for name in GROUPS])
    assert ((found == given) | (found == base)).all()
    changed = (found != given) & (np.array(GROUPS) == "he")
    assert 0 < changed.sum() < 40
    assert np.array_equal(found[::-1], decided.predict_proba(TEXTS[::-1])[:, 1])


def test_groups_come_from_a_function_a_mapping_or_a_column(model):
    rule = fitted(model, GroupThresholds(randomise=False))
    by_function = Decided(model, rule, group)
    by_mapping = Decided(model, rule, dict(zip(TEXTS, GROUPS, strict=True)))
    by_column = Decided(model, rule)
    expected = by_function.predict(TEXTS).tolist()
    assert by_mapping.predict(TEXTS).tolist() == expected
    assert by_column.predict(TEXTS, sensitive_features=GROUPS).tolist() == expected
    turned = by_function.predict_proba(["he has 24 of 40"], sensitive_features=["she"])
    assert turned.tolist() == by_function.predict_proba(["she has 30 of 40"]).tolist()


def test_a_text_without_a_group_is_refused(model):
    rule = fitted(model, GroupThresholds(randomise=False))
    with pytest.raises(ArgumentError, match=r"does not know the groups.*sensitive_features="):
        Decided(model, rule).predict(TEXTS)
    with pytest.raises(ArgumentError, match=r"knows no group of 'he has 7 of 40'.*none named"):
        Decided(model, rule, {TEXTS[0]: "he"}).predict([TEXTS[0], "he has 7 of 40"])
    with pytest.raises(ArgumentError, match="the group 'they', which the rule was not fitted on"):
        Decided(model, rule, group).predict(["they has 1 of 40"])
    with pytest.raises(ArgumentError, match="has 1 entries but there are 2 texts"):
        Decided(model, rule).predict(TEXTS[:2], sensitive_features=["he"])


def test_what_does_not_fit_is_refused(model):
    rule = fitted(model, GroupThresholds(randomise=False))
    with pytest.raises(MitigationError, match="not been fitted yet"):
        Decided(model, GroupThresholds(), group)
    with pytest.raises(ArgumentTypeError, match="must be a function from a text"):
        Decided(model, rule, GROUPS)
    with pytest.raises(ArgumentError, match="seed=-1"):
        Decided(model, rule, group, seed=-1)


def test_columns_in_another_order_are_refused(model):
    names = np.array(["no", "yes"])[Y_TRUE]
    chances = model.predict_proba(TEXTS)
    with pytest.raises(ArgumentError, match=r"pos_label=yes stands in column 1.*positive_column=1"):
        GroupThresholds(pos_label="yes", positive_column=0).fit_probabilities(
            chances, names, sensitive_features=GROUPS, classes=["no", "yes"]
        )
    turned = load_model(
        lambda texts: np.stack([score(texts), 1 - score(texts)], 1), labels=["yes", "no"]
    )
    thresholds = GroupThresholds(pos_label="yes").fit_probabilities(
        chances, names, sensitive_features=GROUPS, classes=["no", "yes"]
    )
    with pytest.raises(ArgumentError, match="positive_column=0"):
        Decided(turned, thresholds, group)
    relabelling = GroupRelabelling("demographic_parity").fit_probabilities(
        chances, names, sensitive_features=GROUPS, classes=["no", "yes"]
    )
    with pytest.raises(ArgumentError, match="in the order no, yes, and the model's are yes, no"):
        Decided(turned, relabelling, group)
    assert Decided(model, relabelling, group).predict(TEXTS).shape == (120,)


def test_the_fingerprint_tells_rules_apart(model):
    rule = fitted(model, GroupThresholds(randomise=False))
    other = fitted(model, GroupThresholds("equalized_odds"))
    made = [
        Decided(model, rule, group),
        Decided(model, rule, group),
        Decided(model, other, group),
        Decided(model, rule, group, seed=1),
        Decided(model, rule, dict(zip(TEXTS, GROUPS, strict=True))),
    ]
    prints = [each.info.fingerprint for each in made]
    assert prints[0] == prints[1]
    assert len(set(prints)) == 4
    assert model.info.fingerprint not in prints
    assert "group_thresholds" in made[0].info.name
    assert "group_thresholds" in repr(made[0])


def test_a_rule_lies_beside_its_model(tmp_path):
    labels = {"id2label": {0: "bad", 1: "good"}, "label2id": {"bad": 0, "good": 1}}
    folder = save(tmp_path / "model", tiny_bert(**labels), word_tokenizer())
    model = load_model(folder, device="cpu")
    kinds = ("nurse", "engineer", "doctor", "person")
    texts = [
        f"{who} works as a {kind} with {care}"
        for who in ("he", "she")
        for kind in kinds
        for care in ("care", "people", "years")
    ]
    who = dict(zip(texts, map(group, texts), strict=True))
    y_true = ["good", "bad", "bad"] * 8
    rule = GroupThresholds(pos_label="good").fit_probabilities(
        model.predict_proba(texts),
        y_true,
        sensitive_features=list(who.values()),
        classes=model.labels,
    )
    decided = Decided(model, rule, who, seed=3)
    assert decided.save(folder).name == "decision.json"
    again = Decided.load(folder, who, device="cpu")
    assert again.info == decided.info
    assert np.array_equal(again.predict_proba(texts), decided.predict_proba(texts))
    assert np.array_equal(again.predict(texts), decided.predict(texts))
    assert load_decision(folder).to_dict() == rule.to_dict()
    selected = decided.predict_proba(texts)[:, 1].reshape(2, 12).mean(axis=1)
    assert selected[0] == pytest.approx(selected[1])


def test_another_model_is_warned_of(model, tmp_path):
    decided = Decided(model, fitted(model, GroupThresholds(randomise=False)), group)
    decided.save(tmp_path)
    assert Decided.load(tmp_path, group, model=model).predict(TEXTS[:1]).tolist() == ["no"]

    def other(texts):
        return [0.5 for _ in texts]

    with pytest.warns(FairnessWarning, match="not the one that the rule.*fit the rule again"):
        Decided.load(tmp_path, group, model=load_model(other, labels=["no", "yes"]))
