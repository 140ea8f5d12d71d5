"""Calibrated equalized odds against AIF360, and by simulation."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError, MitigationError
from pytest_fairness.mitigation.decisions import CalibratedEqualizedOdds, decision_from_dict
from tests.mitigation.decisions.rows import drawn

COSTS = {"false_negative_rate": "fnr", "false_positive_rate": "fpr", "weighted": "weighted"}


def calibrated(n, seed):
    """Scores that are calibrated in both groups, and tell more of the first."""
    rng = np.random.default_rng(seed)
    groups = np.where(np.arange(n) % 2, "b", "a")
    shape = np.where(groups == "a", 0.5, 2.0)
    scores = rng.beta(shape, shape)
    return scores, (rng.random(n) < scores).astype(int), groups


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("seed", range(2))
def test_scores_are_withheld_as_often_as_by_aif360(cost, seed):
    rows = drawn(200, seed)
    rule = CalibratedEqualizedOdds(cost)
    theirs = aif360_fit(rows, COSTS[cost])
    if min(theirs.unpriv_mix_rate, theirs.priv_mix_rate) < 0:  # no chance: there is no rule
        with pytest.raises(MitigationError, match="withholding cannot make them equal"):
            rule.fit(rows.scores, rows.y_true, sensitive_features=rows.groups)
        return
    rule.fit(rows.scores, rows.y_true, sensitive_features=rows.groups)
    assert rule.withheld["a"] == pytest.approx(theirs.unpriv_mix_rate, abs=1e-9)
    assert rule.withheld["b"] == pytest.approx(theirs.priv_mix_rate, abs=1e-9)
    assert rule.base_rates["a"] == pytest.approx(theirs.base_rate_unpriv)


def aif360_fit(rows, cost):
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from aif360.algorithms.postprocessing import CalibratedEqOddsPostprocessing
        from aif360.datasets import BinaryLabelDataset

        frame = pd.DataFrame({"group": (rows.groups == "b").astype(float), "label": rows.y_true})
        true = BinaryLabelDataset(
            df=frame, label_names=["label"], protected_attribute_names=["group"]
        )
        given = true.copy()
        given.scores = rows.scores[:, None]
        fitted = CalibratedEqOddsPostprocessing(
            [{"group": 0.0}], [{"group": 1.0}], cost_constraint=cost
        )
        return fitted.fit(true, given)


def test_costs_agree_and_scores_stay_calibrated():
    scores, y_true, groups = calibrated(40_000, 0)
    rule = CalibratedEqualizedOdds("false_negative_rate")
    rule.fit(scores, y_true, sensitive_features=groups)
    assert 0 < rule.withheld["a"] < 1
    assert rule.withheld["b"] == 0
    expected = rule.predict_proba(scores, sensitive_features=groups)
    missed = [np.mean(1 - expected[(groups == g) & (y_true == 1)]) for g in "ab"]
    assert missed[0] == pytest.approx(missed[1], abs=1e-12)
    given = rule.predict_proba(scores, sensitive_features=groups, random_state=1)
    for group in "ab":
        for low in np.linspace(0, 0.9, 10):
            own = (groups == group) & (given >= low) & (given < low + 0.1)
            error = 0.5 / np.sqrt(own.sum())
            assert abs(given[own].mean() - y_true[own].mean()) < 4 * error
    assert np.array_equal(given[groups == "b"], scores[groups == "b"])
    changed = given != scores
    assert changed[groups == "a"].mean() == pytest.approx(rule.withheld["a"], abs=0.015)


def test_draws_settle_which_scores_are_withheld():
    rule = CalibratedEqualizedOdds("false_negative_rate", min_rows=2)
    rule.fit([0.9, 0.1, 0.6, 0.4], [1, 0, 1, 0], sensitive_features=[*"aabb"])
    found = rule.apply([[0.1, 0.9]] * 2 + [[0.4, 0.6]], [*"aab"], [0.74, 0.76, 0.0])
    expected = [[0.5, 0.5], [0.1, 0.9], [0.4, 0.6]]  # a's chance is 3/4
    assert found == pytest.approx(np.array(expected), abs=1e-12)


def test_a_rule_survives_json():
    scores, y_true, groups = calibrated(200, 1)
    rule = CalibratedEqualizedOdds().fit(scores, y_true, sensitive_features=groups)
    again = decision_from_dict(json.loads(json.dumps(rule.to_dict(), allow_nan=False)))
    assert again.to_dict() == rule.to_dict()
    both = (r.predict_proba(scores, sensitive_features=groups) for r in (rule, again))
    assert np.array_equal(*both)


def test_what_cannot_be_is_said():
    with pytest.raises(MitigationError, match=r"'a' costs 0.1 .* and 0.5 without.*0.9"):
        CalibratedEqualizedOdds("false_negative_rate", min_rows=2).fit(
            [0.9, 0.1, 0.1, 0.9], [1, 0, 1, 0], sensitive_features=[*"aabb"]
        )
    with pytest.raises(ArgumentError, match=r"scores holds 2 at position 1.*Calibrate first"):
        CalibratedEqualizedOdds(min_rows=2).fit(
            [0.9, 2.0, 0.1, 0.9], [1, 0, 1, 0], sensitive_features=[*"aabb"]
        )
    with pytest.raises(ArgumentError, match="must be one of false_negative_rate"):
        CalibratedEqualizedOdds("money")
    with pytest.raises(MitigationError, match="not been fitted yet"):
        CalibratedEqualizedOdds().apply([[0.5, 0.5]], ["a"])
