"""Group thresholds against fairlearn, brute force, an own linear programme and simulation."""

from __future__ import annotations

import json
import warnings
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from pytest_fairness.errors import ArgumentError, ArgumentTypeError, MitigationError
from pytest_fairness.mitigation.decisions import GroupThresholds, settle, uniform_draws
from tests.mitigation.decisions.rows import accuracy, deciles, drawn, rate

CONSTRAINTS = (
    "demographic_parity",
    "true_positive_rate_parity",
    "false_positive_rate_parity",
    "equalized_odds",
)
COMPARED = {
    "demographic_parity": ("selection_rate",),
    "true_positive_rate_parity": ("true_positive_rate",),
    "false_positive_rate_parity": ("false_positive_rate",),
    "equalized_odds": ("true_positive_rate", "false_positive_rate"),
}


def fairlearn_chance(rows, constraint, **options):
    """P(positive) by fairlearn's ThresholdOptimizer, whose model is the score itself."""
    from fairlearn.postprocessing import ThresholdOptimizer
    from sklearn.base import BaseEstimator, ClassifierMixin

    class Score(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.classes_ = np.array([0, 1])
            return self

        def predict(self, X):
            return np.asarray(X)[:, 0]

    features = rows.scores[:, None]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        optimizer = ThresholdOptimizer(
            estimator=Score(), constraints=constraint, predict_method="predict", **options
        ).fit(features, rows.y_true, sensitive_features=rows.groups)
        return optimizer._pmf_predict(features, sensitive_features=rows.groups)[:, 1]


@pytest.mark.parametrize("all_groups", [False, True], ids=["two groups", "six groups"])
@pytest.mark.parametrize("constraint", CONSTRAINTS)
def test_compas_deciles_are_decided_as_by_fairlearn(shared_data, constraint, all_groups):
    rows = deciles(shared_data, all_groups=all_groups)
    rule = GroupThresholds(constraint).fit(rows.scores, rows.y_true, sensitive_features=rows.groups)
    chance = rule.predict_proba(rows.scores, sensitive_features=rows.groups)
    theirs = fairlearn_chance(rows, constraint, grid_size=5000)
    gained = accuracy(rows.y_true, chance) - accuracy(rows.y_true, theirs)
    assert -1e-12 <= gained < 2e-4  # theirs searches a grid
    for group in np.unique(rows.groups):
        own = rows.groups == group
        for part in (own, own & (rows.y_true == 1), own & (rows.y_true == 0)):
            assert rate(chance, part) == pytest.approx(rate(theirs, part), abs=0.01)
    assert rule.value == pytest.approx(accuracy(rows.y_true, chance), abs=1e-12)


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("constraint", CONSTRAINTS)
@pytest.mark.parametrize("seed", range(3))
def test_no_grid_of_fairlearn_is_better(constraint, flip, seed):
    rows = drawn(60, seed, n_groups=3, decimals=1)
    if flip:
        rows.scores = np.where(rows.groups == "c", 1 - rows.scores, rows.scores)
    theirs = fairlearn_chance(rows, constraint, flip=flip)
    rule = GroupThresholds(constraint, flip=flip, min_rows=2)
    rule.fit(rows.scores, rows.y_true, sensitive_features=rows.groups)
    assert -1e-9 <= rule.value - accuracy(rows.y_true, theirs) < 2e-3


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("constraint", CONSTRAINTS)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_rates_are_equal_and_expected_on_any_rows(constraint, flip, data):
    n = data.draw(st.integers(4, 30))
    levels = data.draw(st.lists(st.integers(0, 6), min_size=2 * n, max_size=2 * n))
    labels = data.draw(st.lists(st.integers(0, 1), min_size=2 * n, max_size=2 * n))
    labels[:2] = labels[n : n + 2] = [0, 1]
    scores, y_true = np.array(levels) / 6, np.array(labels)
    groups = np.repeat(["a", "b"], n)
    rule = GroupThresholds(constraint, flip=flip, min_rows=1)
    rule.fit(scores, y_true, sensitive_features=groups)
    chance = rule.predict_proba(scores, sensitive_features=groups)
    assert accuracy(y_true, chance) == pytest.approx(rule.value, abs=1e-9)
    for name in COMPARED[constraint]:
        assert rule.rates["a"][name] == pytest.approx(rule.rates["b"][name], abs=1e-8)
    for group in "ab":
        rows = (groups == group) & (y_true == 1)
        assert rate(chance, rows) == pytest.approx(rule.rates[group]["true_positive_rate"])
        assert len(rule.mixtures[group].weights) <= 3
    base = np.mean(y_true)
    assert rule.value >= max(base, 1 - base) - 1e-9  # nobody and everybody are always allowed


@cache
def every_choice(seed):
    """Return all decisions of three groups by single thresholds, and what each is worth."""
    rows = drawn(36, seed, n_groups=3, decimals=1)
    selections = [
        [own & (rows.scores >= t) for t in [np.inf, *np.unique(rows.scores[own])]]
        for own in (rows.groups == group for group in "abc")
    ]
    choices = [np.logical_or.reduce(chosen) for chosen in product(*selections)]
    worth = {
        "accuracy": [np.mean(choice == rows.y_true) for choice in choices],
        "balanced_accuracy": [
            (rate(choice, rows.y_true == 1) + rate(~choice, rows.y_true == 0)) / 2
            for choice in choices
        ],
    }
    return rows, [gaps(rows, choice) for choice in choices], worth


def gaps(rows, chance):
    """Return the largest difference between groups of each rate."""
    parts = {
        "selection_rate": np.ones(len(chance), bool),
        "true_positive_rate": rows.y_true == 1,
        "false_positive_rate": rows.y_true == 0,
    }
    return {
        name: np.ptp([rate(chance, part & (rows.groups == g)) for g in np.unique(rows.groups)])
        for name, part in parts.items()
    }


@pytest.mark.parametrize("tolerance", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("objective", ["accuracy", "balanced_accuracy"])
@pytest.mark.parametrize("constraint", CONSTRAINTS)
def test_single_thresholds_are_the_best_of_all(constraint, objective, tolerance):
    for seed in range(2):
        rows, differences, worth = every_choice(seed)
        best = max(
            value
            for value, gap in zip(worth[objective], differences, strict=True)
            if max(gap[name] for name in COMPARED[constraint]) <= tolerance + 1e-9
        )
        rule = GroupThresholds(
            constraint, objective=objective, randomise=False, tolerance=tolerance, min_rows=1
        ).fit(rows.scores, rows.y_true, sensitive_features=rows.groups)
        assert rule.value == pytest.approx(best, abs=1e-12)
        decided = rule.predict_proba(rows.scores, sensitive_features=rows.groups)
        assert set(decided) <= {0.0, 1.0}
        found = gaps(rows, decided)
        assert max(found[name] for name in COMPARED[constraint]) <= tolerance + 1e-9


def test_single_thresholds_may_be_flipped():
    scores = np.array([0.1, 0.2, 0.8, 0.9] * 2)
    y_true = np.array([0, 0, 1, 1, 1, 1, 0, 0])
    groups = ["a"] * 4 + ["b"] * 4
    rule = GroupThresholds("equalized_odds", randomise=False, flip=True, min_rows=2)
    rule.fit(scores, y_true, sensitive_features=groups)
    assert rule.value == 1.0
    assert rule.mixtures["b"].flipped == (True,)
    assert rule.predict([0.15, 0.15], sensitive_features=["a", "b"]).tolist() == [0, 1]


def test_single_thresholds_of_many_scores_are_the_best_pair():
    """All 601 x 601 pairs, one by one.

    Lots are worth 0.1 more here. They reach the inside of the better group's ROC curve, and single
    thresholds only the curve: near the other group's there are points only near its ends.
    """
    rows = drawn(1200, 0)
    rule = GroupThresholds("equalized_odds", randomise=False, tolerance=0.02)
    rule.fit(rows.scores, rows.y_true, sensitive_features=rows.groups)
    (tp, fp, p, n), (tp2, fp2, p2, n2) = (_roc(rows, group) for group in "ab")
    tpr, fpr = np.subtract.outer(tp / p, tp2 / p2), np.subtract.outer(fp / n, fp2 / n2)
    right = np.add.outer(tp + n - fp, tp2 + n2 - fp2)
    near = (abs(tpr) <= 0.02 + 1e-9) & (abs(fpr) <= 0.02 + 1e-9)
    assert rule.value == pytest.approx(right[near].max() / 1200, abs=1e-12)
    lottery = GroupThresholds("equalized_odds", tolerance=0.02)
    lottery.fit(rows.scores, rows.y_true, sensitive_features=rows.groups)
    assert rule.value < lottery.value < right.max() / 1200


def _roc(rows, group):
    own = rows.groups == group
    selected = rows.scores[own] >= np.r_[np.inf, np.unique(rows.scores[own])][:, None]
    positive = rows.y_true[own] == 1
    counts = (selected[:, part].sum(axis=1) for part in (positive, ~positive))
    return *counts, positive.sum(), (~positive).sum()


def test_a_tolerance_buys_accuracy():
    rows = drawn(200, 1)
    values = [
        GroupThresholds("equalized_odds", tolerance=tolerance)
        .fit(rows.scores, rows.y_true, sensitive_features=rows.groups)
        .value
        for tolerance in (0.0, 0.05, 1.0)
    ]
    assert values[0] < values[1] < values[2]
    free = sum(
        max(np.sum((rows.scores >= t)[own] == rows.y_true[own]) for t in [*rows.scores, 2.0])
        for own in (rows.groups == "a", rows.groups == "b")
    )
    assert values[2] == pytest.approx(free / 200)


def test_a_randomised_rule_has_its_rates_in_simulation(shared_data):
    rows = deciles(shared_data, all_groups=False)
    rule = GroupThresholds("equalized_odds").fit(
        rows.scores, rows.y_true, sensitive_features=rows.groups
    )
    draws = [
        rule.predict(rows.scores, sensitive_features=rows.groups, random_state=seed)
        for seed in range(40)
    ]
    for group, rates in rule.rates.items():
        for name, label in (("true_positive_rate", 1), ("false_positive_rate", 0)):
            part = (rows.groups == group) & (rows.y_true == label)
            seen = np.mean([draw[part].mean() for draw in draws])
            error = 0.5 / np.sqrt(40 * part.sum())  # at most, and 4 of them are 1 in 16,000
            assert abs(seen - rates[name]) < 4 * error


def test_labels_of_a_wrapped_model_are_drawn_by_text():
    rows = drawn(2000, 2, decimals=1)
    rule = GroupThresholds("demographic_parity").fit(
        rows.scores, rows.y_true, sensitive_features=rows.groups
    )
    probabilities = np.stack([1 - rows.scores, rows.scores], axis=1)
    applied = rule.apply(probabilities, rows.groups)
    draws = uniform_draws([f"text {row}" for row in range(2000)], seed=3)
    labels = settle(applied, draws)
    assert set(labels.reshape(-1)) == {0.0, 1.0}
    expected = rule.rates["a"]["selection_rate"]
    assert labels[rows.groups == "a", 1].mean() == pytest.approx(expected, abs=0.03)
    again = settle(applied[::-1], uniform_draws([f"text {row}" for row in range(1999, -1, -1)], 3))
    assert np.array_equal(again[::-1], labels)


def test_the_least_random_mixture_is_taken():
    """Both groups can reach (fpr 0, tpr 1/2) with one threshold; no draw is needed."""
    scores = [0.9, 0.8, 0.5, 0.4, 0.9, 0.7, 0.6, 0.1]
    y_true = [1, 0, 0, 1, 1, 0, 0, 1]
    rule = GroupThresholds("equalized_odds", min_rows=2)
    rule.fit(scores, y_true, sensitive_features=["a"] * 4 + ["b"] * 4)
    assert [mixture.weights for mixture in rule.mixtures.values()] == [(1.0,), (1.0,)]
    assert rule.value == 0.75


def test_weights_count_as_rows():
    rows = drawn(60, 4, decimals=1)
    weights = np.random.default_rng(0).integers(0, 4, 60)
    weights[:4] = 1
    plain = {
        name: np.repeat(getattr(rows, name), weights) for name in ("scores", "y_true", "groups")
    }
    one = GroupThresholds("equalized_odds", min_rows=1).fit(
        rows.scores, rows.y_true, sensitive_features=rows.groups, sample_weight=weights
    )
    two = GroupThresholds("equalized_odds", min_rows=1).fit(
        plain["scores"], plain["y_true"], sensitive_features=plain["groups"]
    )
    assert one.value == pytest.approx(two.value, abs=1e-9)
    assert {g: m.thresholds for g, m in one.mixtures.items()} == {
        g: m.thresholds for g, m in two.mixtures.items()
    }


def test_constant_scores_leave_a_lottery():
    scores = [0.5] * 4 + [0.1, 0.2, 0.8, 0.9]
    y_true = [0, 1, 0, 1, 0, 0, 1, 1]
    rule = GroupThresholds("equal_opportunity", objective="balanced_accuracy", min_rows=2)
    rule.fit(scores, y_true, sensitive_features=["a"] * 4 + ["b"] * 4)
    assert set(rule.mixtures["a"].thresholds) <= {np.inf, -np.inf}
    assert rule.rates["a"]["true_positive_rate"] == rule.rates["a"]["false_positive_rate"]


def test_neighbouring_floats_are_told_apart():
    low = 0.5
    high = np.nextafter(low, 1)
    rule = GroupThresholds(randomise=False, min_rows=1)
    rule.fit([low, high] * 2, [0, 1] * 2, sensitive_features=["a", "a", "b", "b"])
    assert rule.value == 1.0
    assert rule.predict([low, high], sensitive_features=["a", "a"]).tolist() == [0, 1]


def test_a_group_of_one_class_is_refused_only_where_its_rate_is_compared():
    rows = {"scores": [0.1, 0.9, 0.3, 0.4], "y_true": [0, 1, 0, 0]}
    groups = ["a", "a", "b", "b"]
    GroupThresholds("demographic_parity", min_rows=2).fit(**rows, sensitive_features=groups)
    with pytest.raises(ArgumentError, match=r"'b' has no rows with a positive label.*leave"):
        GroupThresholds("equalized_odds", min_rows=2).fit(**rows, sensitive_features=groups)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"scores": [0.1, np.nan, 0.2, 0.3]}, ArgumentError, "1 rows that are NaN.*position 1"),
        ({"scores": ["x", "y", "z", "w"]}, ArgumentTypeError, "scores must hold numbers"),
        ({"y_true": [0, 1, 0]}, ArgumentError, "y_true has 3 entries but there are 4 scores"),
        ({"y_true": [0, 0, 0, 0]}, ArgumentError, "no positive label"),
        ({"y_true": [0, 1, 2, 0]}, ArgumentError, "3 different values"),
        ({"sensitive_features": ["a", "a", "b"]}, ArgumentError, "has 3 entries but there are 4"),
        ({"sensitive_features": ["a", "a", "a", "b"]}, ArgumentError, "'b' has 1 rows.*min_rows=2"),
        ({"sensitive_features": ["a", "a", None, "b"]}, ArgumentError, "no group for 1 rows"),
        ({"sample_weight": [1, 1, -1, 1]}, ArgumentError, "at least 0"),
    ],
)
def test_rows_that_cannot_be_used_are_named(change, error, words):
    rows = {
        "scores": [0.1, 0.9, 0.2, 0.7],
        "y_true": [0, 1, 0, 1],
        "sensitive_features": ["a", "a", "b", "b"],
    }
    with pytest.raises(error, match=words):
        GroupThresholds(min_rows=2).fit(**{**rows, **change})


def test_an_unknown_group_is_named():
    rule = GroupThresholds(min_rows=2)
    with pytest.raises(MitigationError, match="not been fitted yet"):
        rule.predict_proba([0.1], sensitive_features=["a"])
    rule.fit([0.1, 0.9, 0.2, 0.7], [0, 1, 0, 1], sensitive_features=["a", "a", "b", "b"])
    with pytest.raises(ArgumentError, match=r"the group 'c'.*knows 'a', 'b'.*Fit it on"):
        rule.predict_proba([0.1, 0.3], sensitive_features=["a", "c"])
    with pytest.raises(ArgumentError, match="3 columns and this rule decides between two"):
        rule.apply([[0.2, 0.3, 0.5]], ["a"])
    with pytest.raises(ArgumentError, match=r"no probabilities.*softmax"):
        rule.apply([[2.0, -1.0]], ["a"])


@pytest.mark.parametrize(
    ("settings_", "words"),
    [
        ({"constraint": "fairness"}, "must be one of demographic_parity"),
        ({"objective": "f1"}, "must be one of accuracy"),
        ({"tolerance": 2}, r"\[0, 1\]"),
        ({"positive_column": 2}, "must be 0 or 1"),
        ({"min_rows": 0}, "at least 1"),
    ],
)
def test_settings_are_checked(settings_, words):
    with pytest.raises(ArgumentError, match=words):
        GroupThresholds(**settings_)


def test_a_rule_survives_json():
    rows = drawn(100, 5, decimals=1)
    rule = GroupThresholds("equalized_odds", flip=True).fit(
        rows.scores, rows.y_true, sensitive_features=rows.groups
    )
    text = json.dumps(rule.to_dict(), allow_nan=False)
    again = GroupThresholds.from_dict(json.loads(text))
    both = [r.predict_proba(rows.scores, sensitive_features=rows.groups) for r in (rule, again)]
    assert np.array_equal(*both)
    assert again.to_dict() == rule.to_dict()


def test_the_order_of_rows_and_names_of_groups_do_not_matter():
    rows = drawn(80, 6, decimals=2)
    order = np.random.default_rng(1).permutation(80)
    other = np.where(rows.groups == "a", "z", "b")
    one = GroupThresholds("equalized_odds").fit(
        rows.scores, rows.y_true, sensitive_features=rows.groups
    )
    two = GroupThresholds("equalized_odds").fit(
        rows.scores[order], rows.y_true[order], sensitive_features=other[order]
    )
    assert one.value == pytest.approx(two.value, abs=1e-12)
    assert one.rates["a"] == pytest.approx(two.rates["z"], abs=1e-9)


def test_the_positive_class_may_come_first():
    labels = ["hire", "no", "hire", "no"]
    rule = GroupThresholds(pos_label="hire", positive_column=0, min_rows=2)
    rule.fit([0.9, 0.1, 0.8, 0.2], labels, sensitive_features=["a", "a", "b", "b"])
    assert rule.apply([[0.9, 0.1], [0.2, 0.8]], ["a", "b"]).tolist() == [[1, 0], [0, 1]]
