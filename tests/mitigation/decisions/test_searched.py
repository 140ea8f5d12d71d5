"""Searched thresholds against every combination of thresholds, by scikit-learn's metrics."""

from __future__ import annotations

import json
from functools import cache
from itertools import product

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError, MitigationError
from pytest_fairness.mitigation.decisions import SearchedThresholds, decision_from_dict
from tests.mitigation.decisions.rows import drawn

OBJECTIVES = ("accuracy", "balanced_accuracy", "f1", "matthews_corrcoef")
LIMITS = {
    "a difference": {"max_difference": {"selection_rate": 0.15}},
    "a ratio": {"min_ratio": {"true_positive_rate": 0.8}},
    "levelling up": {"at_least": {"true_positive_rate": 0.7}},
    "two sides": {
        "at_least": {"positive_predictive_value": 0.5},
        "at_most": {"false_positive_rate": 0.3},
    },
}


@cache
def every_choice(seed):
    """Return counts (tp, fp, fn, tn) by group of every choice: shape (4, n_choices, n_groups)."""
    rows = drawn(36, seed, n_groups=3, decimals=1)
    counts = []
    for own in (rows.groups == group for group in "abc"):
        scores, positive = rows.scores[own], rows.y_true[own] == 1
        selected = [scores >= t for t in [np.inf, *np.unique(scores)]]
        counts.append(
            [
                [
                    np.sum(a & b)
                    for a, b in ((s, positive), (s, ~positive), (~s, positive), (~s, ~positive))
                ]
                for s in selected
            ]
        )
    return rows, np.array(list(product(*counts)), dtype=float).transpose(2, 0, 1)


def divide(top, below):
    with np.errstate(invalid="ignore", divide="ignore"):
        return top / below


def rates_of(counts):
    tp, fp, fn, tn = counts
    return {
        "selection_rate": divide(tp + fp, tp + fp + fn + tn),
        "true_positive_rate": divide(tp, tp + fn),
        "false_positive_rate": divide(fp, fp + tn),
        "positive_predictive_value": divide(tp, tp + fp),
    }


def met(counts, max_difference=None, min_ratio=None, at_least=None, at_most=None):
    rates = rates_of(counts)
    fine = np.ones(counts.shape[1], bool)
    for name, limit in (max_difference or {}).items():
        fine &= np.ptp(rates[name], axis=1) <= limit + 1e-9
    for name, limit in (min_ratio or {}).items():
        fine &= divide(rates[name].min(axis=1), rates[name].max(axis=1)) >= limit - 1e-9
    for name, limit in (at_least or {}).items():
        fine &= (rates[name] >= limit - 1e-9).all(axis=1)
    for name, limit in (at_most or {}).items():
        fine &= (rates[name] <= limit + 1e-9).all(axis=1)
    return fine


def worth(objective, counts):
    tp, fp, fn, tn = counts.sum(axis=2)
    spread = np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return {
        "accuracy": lambda: (tp + tn) / (tp + fp + fn + tn),
        "balanced_accuracy": lambda: (tp / (tp + fn) + tn / (tn + fp)) / 2,
        "f1": lambda: divide(2 * tp, 2 * tp + fp + fn),
        "matthews_corrcoef": lambda: np.where(spread > 0, divide(tp * tn - fp * fn, spread), 0),
    }[objective]()


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_best_of_all_combinations_is_found(objective, limits):
    from sklearn import metrics

    rows, counts = every_choice(1)
    best = worth(objective, counts)[met(counts, **limits)].max()
    rule = SearchedThresholds(objective, **limits, min_rows=2)
    rule.fit(rows.scores, rows.y_true, sensitive_features=rows.groups)
    assert rule.exact
    assert rule.value == pytest.approx(best, abs=1e-12)
    decided = rule.predict(rows.scores, sensitive_features=rows.groups)
    name = objective if objective == "matthews_corrcoef" else f"{objective}_score"
    assert getattr(metrics, name)(rows.y_true, decided) == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_climb_comes_near_and_with_two_groups_to_the_top(objective, limits):
    rows, counts = every_choice(1)
    best = worth(objective, counts)[met(counts, **limits)].max()
    fit = {"sensitive_features": rows.groups, "y_true": rows.y_true}
    rule = SearchedThresholds(objective, **limits, max_combinations=1, min_rows=2)
    rule.fit(rows.scores, **fit)
    assert not rule.exact
    assert best - 0.02 <= rule.value <= best + 1e-12
    two = drawn(80, 2)
    climbed, looked = (
        SearchedThresholds(objective, **limits, max_combinations=most).fit(
            two.scores, two.y_true, sensitive_features=two.groups
        )
        for most in (1, 10**6)
    )
    assert climbed.value == pytest.approx(looked.value, abs=1e-12)


def test_levelling_up_takes_nothing_from_the_others():
    rows = drawn(400, 2)
    fit = {"y_true": rows.y_true, "sensitive_features": rows.groups}
    free = SearchedThresholds().fit(rows.scores, **fit)
    lifted = SearchedThresholds(at_least={"true_positive_rate": 0.9}).fit(rows.scores, **fit)
    recall = {
        g: (free.rates[g]["true_positive_rate"], r["true_positive_rate"])
        for g, r in lifted.rates.items()
    }
    assert recall["b"][1] >= 0.9 > recall["b"][0]
    assert recall["a"][1] >= recall["a"][0] >= 0.9
    assert lifted.value < free.value


def test_a_function_may_be_the_objective():
    rows, counts = every_choice(0)

    def money(tp, fp, fn, tn):
        return 5 * tp - 2 * fp - fn

    rule = SearchedThresholds(money, min_rows=2)
    rule.fit(rows.scores, rows.y_true, sensitive_features=rows.groups)
    assert rule.value == money(*counts.sum(axis=2)).max()
    again = decision_from_dict(json.loads(json.dumps(rule.to_dict(), allow_nan=False)))
    both = (r.predict_proba(rows.scores, sensitive_features=rows.groups) for r in (rule, again))
    assert np.array_equal(*both)
    assert again.to_dict() == rule.to_dict()
    with pytest.raises(MitigationError, match="money, which is not saved"):
        again.fit(rows.scores, rows.y_true, sensitive_features=rows.groups)


@pytest.mark.parametrize(
    ("most", "words"), [(10**6, "No thresholds meet"), (1, "The search found no")]
)
def test_limits_that_cannot_be_met_are_said(most, words):
    rows, _ = every_choice(0)
    rule = SearchedThresholds(
        at_least={"true_positive_rate": 1.0},
        at_most={"false_positive_rate": 0.0},
        max_combinations=most,
        min_rows=2,
    )
    with pytest.raises(MitigationError, match=rf"{words}.*at_least.*miss by 0\.\d+"):
        rule.fit(rows.scores, rows.y_true, sensitive_features=rows.groups)


def test_settings_are_checked():
    with pytest.raises(ArgumentError, match="must be one of accuracy"):
        SearchedThresholds("luck")
    with pytest.raises(ArgumentError, match="at_least: 'luck' must be one of"):
        SearchedThresholds(at_least={"luck": 0.5})
    with pytest.raises(ArgumentError, match=r"selection_rate=2 must be a number in \[0, 1\]"):
        SearchedThresholds(max_difference={"selection_rate": 2})
