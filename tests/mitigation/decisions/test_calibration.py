"""Calibration of groups against scikit-learn, SciPy and draws with a known temperature."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError, MitigationError
from pytest_fairness.mitigation.decisions import GroupCalibration, decision_from_dict
from tests.mitigation.decisions.rows import drawn

METHODS = ("temperature", "platt", "isotonic")


def softmax(logits):
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def many(n, seed, k=3):
    """Labels drawn from softmax(z), and probabilities that are too sure: softmax(heat * z)."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, k))
    y_true = (rng.random((n, 1)) > np.cumsum(softmax(logits), axis=1)).sum(axis=1)
    groups = np.array(["a", "b"])[rng.integers(0, 2, n)]
    heat = np.where(groups == "a", 3.0, 0.5)
    return softmax(heat[:, None] * logits), y_true, groups


def as_columns(scores):
    return np.stack([1 - scores, scores], axis=1)


def test_a_known_temperature_comes_back():
    probabilities, y_true, groups = many(4000, 0)
    rule = GroupCalibration(shrinkage=0).fit(probabilities, y_true, sensitive_features=groups)
    assert rule.maps["a"].temperature == pytest.approx(3.0, rel=0.1)  # about 3 standard errors
    assert rule.maps["b"].temperature == pytest.approx(0.5, rel=0.1)


@pytest.mark.parametrize("k", [2, 4])
def test_the_temperature_has_the_least_log_loss(k):
    from scipy.optimize import minimize_scalar
    from sklearn.metrics import log_loss

    probabilities, y_true, groups = many(300, 1, k)
    weights = np.random.default_rng(2).integers(1, 4, 300)
    rule = GroupCalibration(shrinkage=0)
    rule.fit(probabilities, y_true, sensitive_features=groups, sample_weight=weights)
    for group in "ab":
        own = groups == group

        def loss(log_temperature, own=own):
            cooled = softmax(np.log(probabilities[own]) / np.exp(log_temperature))
            return log_loss(y_true[own], cooled, sample_weight=weights[own], labels=range(k))

        best = minimize_scalar(loss, bounds=(-3, 3), method="bounded", options={"xatol": 1e-10})
        assert rule.maps[group].temperature == pytest.approx(np.exp(best.x), rel=1e-5)


def test_platts_curve_is_that_of_scikit_learn():
    from sklearn.calibration import _SigmoidCalibration

    rows = drawn(200, 3)
    logits = 2 * np.log(rows.scores / (1 - rows.scores)) - 1
    weights = np.random.default_rng(0).integers(1, 4, 200).astype(float)
    rule = GroupCalibration("platt", shrinkage=0, inputs="logits")
    rule.fit(logits, rows.y_true, sensitive_features=rows.groups, sample_weight=weights)
    for group in "ab":
        own = rows.groups == group
        theirs = _SigmoidCalibration().fit(logits[own], rows.y_true[own], weights[own])
        found = rule.predict_proba(logits[own], sensitive_features=rows.groups[own])[:, 1]
        assert found == pytest.approx(theirs.predict(logits[own]), abs=2e-4)  # theirs stops early
        targets = rows.y_true[own] == 1
        ours, other = (
            _platt_loss(p, targets, weights[own]) for p in (found, theirs.predict(logits[own]))
        )
        assert ours <= other + 1e-9


def _platt_loss(chance, positive, weights):
    ones, zeros = weights[positive].sum(), weights[~positive].sum()
    target = np.where(positive, (ones + 1) / (ones + 2), 1 / (zeros + 2))
    return -weights @ (target * np.log(chance) + (1 - target) * np.log(1 - chance))


@pytest.mark.parametrize("decimals", [1, 8])
def test_the_rising_curve_is_that_of_scikit_learn(decimals):
    from sklearn.isotonic import IsotonicRegression

    rows = drawn(200, 4, decimals=decimals)
    weights = np.random.default_rng(0).integers(0, 4, 200)
    rule = GroupCalibration("isotonic", shrinkage=0)
    rule.fit(rows.scores, rows.y_true, sensitive_features=rows.groups, sample_weight=weights)
    asked = np.linspace(0, 1, 101)
    for group in "ab":
        own = (rows.groups == group) & (weights > 0)
        theirs = IsotonicRegression(out_of_bounds="clip")
        theirs.fit(rows.scores[own], rows.y_true[own], weights[own])
        found = rule.apply(as_columns(asked), [group] * 101)[:, 1]
        assert found == pytest.approx(theirs.predict(asked), abs=1e-6)
        fitted = rule.apply(as_columns(rows.scores[own]), rows.groups[own])[:, 1]
        means = (np.average(v, weights=weights[own]) for v in (fitted, rows.y_true[own]))
        assert next(means) == pytest.approx(next(means), abs=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_a_small_group_is_drawn_to_everyone(method):
    """A group's fit is that of its rows and, with the weight of `shrinkage` rows, of all rows."""
    rows = drawn(120, 5)
    fit = {"scores": rows.scores, "y_true": rows.y_true, "sensitive_features": rows.groups}
    rule = GroupCalibration(method, shrinkage=30).fit(**fit)
    own = rows.groups == "b"
    joined = GroupCalibration(method, shrinkage=0).fit(
        np.append(rows.scores, rows.scores[own]),
        np.append(rows.y_true, rows.y_true[own]),
        sensitive_features=["b"] * (120 + own.sum()),
        sample_weight=np.append(np.full(120, 30 / 120), np.ones(own.sum())),
    )
    asked = as_columns(np.linspace(0.02, 0.98, 25))
    assert rule.apply(asked, ["b"] * 25) == pytest.approx(joined.apply(asked, ["b"] * 25), abs=1e-9)
    far = GroupCalibration(method, shrinkage=1e9).fit(**fit)
    everyone = GroupCalibration(method, shrinkage=0).fit(
        rows.scores, rows.y_true, sensitive_features=["all"] * 120
    )
    if method != "platt":  # whose targets count rows: 1e9 rows are surer than 120
        same = everyone.apply(asked, ["all"] * 25)
        assert far.apply(asked, ["b"] * 25) == pytest.approx(same, abs=1e-6)


def test_named_classes_keep_the_order_of_the_columns():
    probabilities, y_true, groups = many(200, 6)
    names = np.array(["z", "m", "a"])
    one = GroupCalibration().fit_probabilities(probabilities, y_true, sensitive_features=groups)
    two = GroupCalibration().fit_probabilities(
        probabilities, names[y_true], sensitive_features=groups, classes=list(names)
    )
    assert two.classes == ("z", "m", "a")
    assert np.array_equal(one.apply(probabilities, groups), two.apply(probabilities, groups))


def test_probabilities_and_logits_are_the_same_rows():
    probabilities, y_true, groups = many(200, 7)
    fits = [
        GroupCalibration(inputs=inputs).fit_probabilities(
            probabilities, y_true, sensitive_features=groups
        )
        for inputs in ("probabilities", "logits")
    ]
    both = [rule.apply(probabilities, groups) for rule in fits]
    assert both[0] == pytest.approx(both[1], abs=1e-12)
    direct = fits[1].predict_proba(np.log(probabilities) + 5.0, sensitive_features=groups)
    assert direct == pytest.approx(both[1], abs=1e-9)


def test_sure_and_wrong_answers_stay_finite():
    scores, y_true = [0.0, 1.0, 1.0, 0.0], [0, 1, 0, 1]
    for method in METHODS:
        rule = GroupCalibration(method).fit(scores, y_true, sensitive_features=["a"] * 4)
        found = rule.apply(as_columns(np.array(scores)), ["a"] * 4)
        assert np.isfinite(found).all()
        assert np.abs(found - 0.5).max() < 0.07  # 0.069 of a logit of log(1e12) at the hottest


@pytest.mark.parametrize("method", METHODS)
def test_a_calibration_survives_json(method):
    rows = drawn(80, 8, decimals=2)
    rule = GroupCalibration(method).fit(rows.scores, rows.y_true, sensitive_features=rows.groups)
    again = decision_from_dict(json.loads(json.dumps(rule.to_dict(), allow_nan=False)))
    columns = as_columns(rows.scores)
    assert np.array_equal(rule.apply(columns, rows.groups), again.apply(columns, rows.groups))
    assert again.to_dict() == rule.to_dict()


@pytest.mark.parametrize(
    ("options", "change", "words"),
    [
        ({}, {"y_true": [1, 1, 1, 1]}, "2 columns and y_true has 1 classes"),
        ({}, {"y_true": [0, 0, 0, 0], "classes": [0, 1]}, "one class only"),
        ({"shrinkage": 0}, {"y_true": [0, 1, 1, 1]}, "group 'b' has rows of one class.*shrinkage"),
        ({"method": "platt"}, {"scores": np.full((4, 3), 1 / 3)}, "two classes and scores has 3"),
        ({}, {"scores": [0.1, np.nan, 0.2, 0.3]}, "NaN or infinite, the first at position 1"),
        ({}, {"scores": [0.1, 1.5, 0.2, 0.3]}, "no probabilities.*position 1"),
        ({"min_rows": 3}, {}, "'a' has 2 rows, fewer than min_rows=3"),
    ],
)
def test_rows_that_cannot_be_used_are_named(options, change, words):
    rows = {
        "scores": [0.1, 0.9, 0.2, 0.7],
        "y_true": [0, 1, 0, 1],
        "sensitive_features": ["a", "a", "b", "b"],
    }
    with pytest.raises(ArgumentError, match=words):
        GroupCalibration(**options).fit(**{**rows, **change})


def test_use_is_checked():
    rule = GroupCalibration()
    with pytest.raises(MitigationError, match="not been fitted yet"):
        rule.apply([[0.5, 0.5]], ["a"])
    rule.fit([0.1, 0.9], [0, 1], sensitive_features=["a", "a"])
    with pytest.raises(ArgumentError, match="the group 'b'"):
        rule.apply([[0.5, 0.5]], ["b"])
    with pytest.raises(ArgumentError, match="3 columns and the maps were fitted on 2 classes"):
        rule.apply([[0.5, 0.3, 0.2]], ["a"])
    with pytest.raises(ArgumentError, match="must be one of temperature"):
        GroupCalibration("beta")
