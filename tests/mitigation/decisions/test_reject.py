"""The reject option against every pair of thresholds, and against AIF360's grid."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError, MitigationError
from pytest_fairness.mitigation.decisions import RejectOption, decision_from_dict
from tests.mitigation.decisions.rows import drawn, rate

RATES = {"selection_rate": None, "true_positive_rate": 1, "false_positive_rate": 0}


def balanced(y_true, selected):
    return (selected[y_true == 1].mean() + (~selected)[y_true == 0].mean()) / 2


def gap(rows, selected, favoured, name):
    part = np.ones(len(selected), bool) if RATES[name] is None else rows.y_true == RATES[name]
    return abs(rate(selected, part & favoured) - rate(selected, part & ~favoured))


def ends(scores):
    return [-np.inf, *np.convolve(np.unique(scores), [0.5, 0.5], "valid"), np.inf]


@pytest.mark.parametrize("limit", [0.05, 0.2])
@pytest.mark.parametrize("name", RATES)
@pytest.mark.parametrize("n_groups", [2, 3])
def test_no_pair_of_thresholds_is_better(n_groups, name, limit):
    """The deprived group's threshold may be as low, and the others' as high, as you like."""
    for seed in range(2):
        rows = drawn(40, seed, n_groups)
        favoured = rows.groups == "a"
        best = -1.0
        for low in ends(rows.scores):
            for high in ends(rows.scores):
                selected = rows.scores >= np.where(favoured, low, high)
                if low <= high and gap(rows, selected, favoured, name) <= limit + 1e-9:
                    best = max(best, balanced(rows.y_true, selected))
        rule = RejectOption(limit, rate=name, deprived=["a"], min_rows=2)
        rule.fit(rows.scores, rows.y_true, sensitive_features=rows.groups)
        chance = rule.predict_proba(rows.scores, sensitive_features=rows.groups)
        assert set(chance) <= {0.0, 1.0}
        assert rule.value == pytest.approx(best, abs=1e-12)
        assert balanced(rows.y_true, chance == 1) == pytest.approx(best, abs=1e-12)
        assert gap(rows, chance, favoured, name) <= limit + 1e-9
        low, high = (rule.mixtures[group].thresholds[0] for group in "ab")
        assert low <= high


@pytest.mark.parametrize("decimals", [1, 8])
def test_a_fixed_threshold_has_the_best_margin(decimals):
    """Rows at a distance of up to the margin are decided for the deprived, as in the paper."""
    rows = drawn(60, 3, decimals=decimals)
    favoured = rows.groups == "a"
    best = -1.0
    for margin in [0.0, *np.abs(rows.scores - 0.5)]:
        near = np.abs(rows.scores - 0.5) <= margin + 1e-12
        selected = np.where(near, favoured, rows.scores > 0.5)
        if gap(rows, selected, favoured, "selection_rate") <= 0.3 + 1e-9:
            best = max(best, balanced(rows.y_true, selected))
    rule = RejectOption(0.3, deprived=["a"], threshold=0.5)
    rule.fit(rows.scores, rows.y_true, sensitive_features=rows.groups)
    assert best > 0.5
    if decimals == 1:  # at no margin, we select whoever has exactly 0.5
        assert rule.value >= best - 1e-12
    else:
        assert rule.value == pytest.approx(best, abs=1e-12)
    low, high = (rule.mixtures[group].thresholds[0] for group in "ab")
    assert (low + high) / 2 == pytest.approx(0.5)


def test_no_grid_of_aif360_is_better():
    rows = drawn(120, 1, decimals=2)
    theirs = aif360_decisions(rows, limit=0.05)
    rule = RejectOption(0.05, deprived=["a"]).fit(
        rows.scores, rows.y_true, sensitive_features=rows.groups
    )
    favoured = rows.groups == "a"
    assert gap(rows, theirs, favoured, "selection_rate") <= 0.05 + 1e-9
    assert 0 <= rule.value - balanced(rows.y_true, theirs) < 0.05


def aif360_decisions(rows, limit):
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from aif360.algorithms.postprocessing import RejectOptionClassification
        from aif360.datasets import BinaryLabelDataset

        frame = pd.DataFrame({"group": (rows.groups == "b").astype(float), "label": rows.y_true})
        true = BinaryLabelDataset(
            df=frame, label_names=["label"], protected_attribute_names=["group"]
        )
        given = true.copy()
        given.scores = rows.scores[:, None]
        option = RejectOptionClassification(
            [{"group": 0.0}],
            [{"group": 1.0}],
            num_class_thresh=15,
            num_ROC_margin=10,
            metric_ub=limit,
            metric_lb=-limit,
        )
        return option.fit(true, given).predict(given).labels[:, 0] == 1


def test_the_deprived_are_found():
    scores = [0.9, 0.6, 0.2, 0.8, 0.3, 0.1, 0.45, 0.4, 0.35]
    groups = [*"aaabbbccc"]
    y_true = [1, 1, 0, 1, 0, 0, 1, 0, 0]
    fit = {"scores": scores, "y_true": y_true, "sensitive_features": groups}
    # means 0.57, 0.4, 0.4 of 0.46; above 0.5: 2, 1 and 0 of 3, and 3 of 9 over all
    assert RejectOption(1.0, min_rows=2).fit(**fit).favoured == ("b", "c")
    assert RejectOption(1.0, threshold=0.5, min_rows=2).fit(**fit).favoured == ("c",)


def test_many_scores_are_thinned():
    rows = drawn(2600, 0)
    rule = RejectOption(0.02, deprived=["a"])
    rule.fit(rows.scores, rows.y_true, sensitive_features=rows.groups)
    chance = rule.predict_proba(rows.scores, sensitive_features=rows.groups)
    assert gap(rows, chance, rows.groups == "a", "selection_rate") <= 0.02 + 1e-9
    assert balanced(rows.y_true, chance == 1) == pytest.approx(rule.value)
    assert rule.value > 0.8


def test_a_rule_survives_json():
    rows = drawn(60, 2)
    for options in ({}, {"threshold": 0.5, "deprived": ["b"]}):
        rule = RejectOption(0.3, **options)
        rule.fit(rows.scores, rows.y_true, sensitive_features=rows.groups)
        again = decision_from_dict(json.loads(json.dumps(rule.to_dict(), allow_nan=False)))
        assert again.to_dict() == rule.to_dict()
        assert (again.favoured, again.deprived) == (rule.favoured, rule.deprived)
        both = (r.predict_proba(rows.scores, sensitive_features=rows.groups) for r in (rule, again))
        assert np.array_equal(*both)


def test_a_function_is_kept_by_name_only():
    rows = drawn(60, 2)

    def money(tp, fp, fn, tn):
        return 3 * tp - fp

    rule = RejectOption(0.3, objective=money)
    rule.fit(rows.scores, rows.y_true, sensitive_features=rows.groups)
    again = decision_from_dict(json.loads(json.dumps(rule.to_dict())))
    assert again.to_dict() == rule.to_dict()
    with pytest.raises(MitigationError, match=r"function .*money, which is not saved"):
        again.fit(rows.scores, rows.y_true, sensitive_features=rows.groups)


def test_what_cannot_be_is_said():
    rows = {"scores": [0.9, 0.9, 0.1, 0.1], "y_true": [1, 0, 1, 0]}
    groups = [*"aabb"]
    with pytest.raises(ArgumentError, match=r"deprived=\['c'\].*'a', 'b', and not all"):
        RejectOption(deprived=["c"], min_rows=2).fit(**rows, sensitive_features=groups)
    with pytest.raises(ArgumentError, match="not all"):
        RejectOption(deprived=["a", "b"], min_rows=2).fit(**rows, sensitive_features=groups)
    split = {"scores": [0.9, 0.4, 0.3, 0.1, 0.9, 0.8], "y_true": [1, 0, 1, 0, 1, 0]}
    with pytest.raises(MitigationError, match="No margin brings the selection rate of 'b'"):
        RejectOption(0.0, deprived=["b"], threshold=0.5, min_rows=2).fit(
            **split, sensitive_features=[*"aaaabb"]
        )
    with pytest.raises(ArgumentError, match=r"rate='luck' must be one of"):
        RejectOption(rate="luck")
