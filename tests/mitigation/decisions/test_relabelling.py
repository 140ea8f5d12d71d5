"""Relabelling against fairlearn, a grid of all matrices, and rates counted row by row."""

from __future__ import annotations

import json
from itertools import product

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError, MitigationError
from pytest_fairness.mitigation.decisions import (
    GroupRelabelling,
    decision_from_dict,
    settle,
    uniform_draws,
)
from tests.mitigation.decisions.rows import drawn
from tests.mitigation.decisions.test_thresholds import fairlearn_chance

CONSTRAINTS = ("demographic_parity", "equal_opportunity", "equalized_odds", "confusion_parity")


def predictions(n, seed, k=3, n_groups=3):
    """Labels, and predictions whose errors differ between groups."""
    rng = np.random.default_rng(seed)
    codes = np.arange(n) % n_groups
    y_true = rng.integers(0, k, n)
    right = rng.random(n) < 0.9 - 0.2 * codes
    y_pred = np.where(right, y_true, rng.integers(0, k, n))
    return y_true, y_pred, np.array(list("abc"))[codes]


def confusion(y_true, chances):
    """Return the share of each true class that is given each label."""
    return np.stack([chances[y_true == label].mean(axis=0) for label in np.unique(y_true)])


def compared(constraint, y_true, chances):
    table = confusion(y_true, chances)
    if constraint == "demographic_parity":
        return chances.mean(axis=0)
    if constraint == "equal_opportunity":
        return np.diag(table)
    if constraint == "confusion_parity":
        return table.ravel()
    false = [chances[y_true != label, label].mean() for label in range(len(table))]
    return np.append(np.diag(table), false)


@pytest.mark.parametrize("tolerance", [0.0, 0.05])
@pytest.mark.parametrize("objective", ["accuracy", "balanced_accuracy"])
@pytest.mark.parametrize("constraint", CONSTRAINTS)
def test_rates_are_equal_and_the_value_is_expected(constraint, objective, tolerance):
    y_true, y_pred, groups = predictions(600, 0)
    rule = GroupRelabelling(constraint, objective=objective, tolerance=tolerance)
    rule.fit(y_pred, y_true, sensitive_features=groups)
    chances = rule.predict_proba(y_pred, sensitive_features=groups)
    assert chances.sum(axis=1) == pytest.approx(np.ones(600))
    rates = [compared(constraint, y_true[groups == g], chances[groups == g]) for g in "abc"]
    assert np.ptp(rates, axis=0).max() <= tolerance + 1e-8
    right = chances[np.arange(600), y_true]
    means = [right[y_true == label].mean() for label in range(3)]
    worth = right.mean() if objective == "accuracy" else np.mean(means)
    assert rule.value == pytest.approx(worth, abs=1e-12)
    assert rule.value > 0.45  # a lottery has 1/3


@pytest.mark.parametrize("constraint", ["demographic_parity", "equalized_odds"])
@pytest.mark.parametrize("seed", range(2))
def test_two_classes_are_decided_as_by_fairlearn(constraint, seed):
    rows = drawn(200, seed, n_groups=3)
    rows.scores = (rows.scores > 0.5).astype(float)
    theirs = fairlearn_chance(rows, constraint, grid_size=5000, flip=True)
    expected = np.mean(np.where(rows.y_true == 1, theirs, 1 - theirs))
    rule = GroupRelabelling(constraint)
    rule.fit(rows.scores.astype(int), rows.y_true, sensitive_features=rows.groups)
    assert -1e-9 <= rule.value - expected < 1e-3  # theirs searches a grid


@pytest.mark.parametrize("constraint", CONSTRAINTS)
def test_no_matrices_of_a_grid_are_better(constraint):
    step, tolerance = 0.1, 0.1
    y_true, y_pred, groups = predictions(80, 1, k=2, n_groups=2)
    rule = GroupRelabelling(constraint, tolerance=tolerance)
    rule.fit(y_pred, y_true, sensitive_features=groups)
    best = -1.0
    sides = {
        g: [
            (rates_of(constraint, own, ones), right_of(own, ones))
            for ones in product(np.arange(0, 1 + step / 2, step), repeat=2)
        ]
        for g in "ab"
        for own in [(y_true[groups == g], y_pred[groups == g])]
    }
    for (rates, right), (rates2, right2) in product(sides["a"], sides["b"]):
        if right + right2 > best and np.abs(rates - rates2).max() <= tolerance + 1e-9:
            best = right + right2
    assert best / 80 - 1e-9 <= rule.value <= best / 80 + step


def rates_of(constraint, own, ones):
    return compared(constraint, own[0], chances_of(own, ones))


def right_of(own, ones):
    return chances_of(own, ones)[np.arange(len(own[0])), own[0]].sum()


def chances_of(own, ones):
    chance = np.array(ones)[own[1]]
    return np.stack([1 - chance, chance], axis=1)


@pytest.mark.parametrize("constraint", CONSTRAINTS)
def test_labels_that_are_equal_already_are_kept(constraint):
    y_true, y_pred, _ = predictions(90, 2, n_groups=1)
    rule = GroupRelabelling(constraint)
    rule.fit(np.tile(y_pred, 2), np.tile(y_true, 2), sensitive_features=["a"] * 90 + ["b"] * 90)
    for matrix in rule.matrices.values():
        assert matrix == pytest.approx(np.eye(3), abs=1e-6)


def test_a_group_without_any_skill_makes_the_others_draw():
    """Recall of both classes must be equal: where it sums to 1 in one group, it does in all."""
    y_true = np.array([0, 0, 1, 1] * 6)
    y_pred = np.where(np.arange(24) < 12, y_true, [0, 1] * 12)
    rule = GroupRelabelling("confusion_parity").fit(
        y_pred, y_true, sensitive_features=["a"] * 12 + ["b"] * 12
    )
    assert rule.value == pytest.approx(0.5)
    assert rule.predict_proba([0, 1], sensitive_features=["a", "a"])[:, 0] == pytest.approx(
        rule.matrices["a"][0, 0]
    )


def test_weights_count_as_rows():
    y_true, y_pred, groups = predictions(120, 3)
    weights = np.random.default_rng(0).integers(0, 4, 120)
    one = GroupRelabelling().fit(y_pred, y_true, sensitive_features=groups, sample_weight=weights)
    repeated = (np.repeat(values, weights) for values in (y_pred, y_true, groups))
    pred, true, group = repeated
    two = GroupRelabelling().fit(pred, true, sensitive_features=group)
    assert one.value == pytest.approx(two.value, abs=1e-9)


def test_labels_are_drawn_as_often_as_the_rule_says():
    y_true, y_pred, groups = predictions(3000, 4)
    rule = GroupRelabelling("demographic_parity").fit(y_pred, y_true, sensitive_features=groups)
    labels = rule.predict(y_pred, sensitive_features=groups, random_state=1)
    chances = rule.apply(np.eye(3)[y_pred], groups)
    drawn_ = settle(chances, uniform_draws(map(str, range(3000)))).argmax(axis=1)
    for group in "abc":
        own = groups == group
        for found in (labels, drawn_):
            seen = np.bincount(found[own], minlength=3) / own.sum()
            assert seen == pytest.approx(chances[own].mean(axis=0), abs=0.064)  # 4 errors


def test_names_keep_the_order_of_the_columns_and_survive_json():
    y_true, y_pred, groups = predictions(200, 5)
    names = np.array(["z", "m", "a"])
    rule = GroupRelabelling().fit_probabilities(
        np.eye(3)[y_pred], names[y_true], sensitive_features=groups, classes=list(names)
    )
    plain = GroupRelabelling().fit_probabilities(
        np.eye(3)[y_pred], y_true, sensitive_features=groups
    )
    again = decision_from_dict(json.loads(json.dumps(rule.to_dict(), allow_nan=False)))
    applied = [each.apply(np.eye(3)[y_pred], groups) for each in (rule, plain, again)]
    assert np.array_equal(applied[0], applied[1])
    assert np.array_equal(applied[0], applied[2])
    assert again.to_dict() == rule.to_dict()
    assert set(rule.predict(names[y_pred], sensitive_features=groups)) <= set(names)


def test_use_is_checked():
    rule = GroupRelabelling(min_rows=1)
    with pytest.raises(MitigationError, match="not been fitted yet"):
        rule.apply([[0.5, 0.5]], ["a"])
    with pytest.raises(
        ArgumentError, match=r"'b' has no rows of the class 'y'.*demographic_parity"
    ):
        rule.fit([*"xyxx"], [*"xyxx"], sensitive_features=[*"aabb"])
    with pytest.raises(ArgumentError, match="y_true has 3 entries but there are 4"):
        rule.fit([*"xyxx"], [*"xyx"], sensitive_features=[*"aabb"])
    balanced = GroupRelabelling("demographic_parity", objective="balanced_accuracy", min_rows=1)
    with pytest.raises(ArgumentError, match="No row has the class 'z'"):
        balanced.fit([*"xyzx"], [*"xyxx"], sensitive_features=[*"aabb"])
    rule.fit([*"xyxy"], [*"xyxy"], sensitive_features=[*"aabb"])
    with pytest.raises(ArgumentError, match="3 columns and the rule was fitted on 2 classes"):
        rule.apply([[0.5, 0.3, 0.2]], ["a"])
    with pytest.raises(ArgumentError, match="must be one of demographic_parity"):
        GroupRelabelling("fair")
