"""What decision rules say to rows that they cannot be fitted on or applied to."""

from __future__ import annotations

import re

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.mitigation.decisions import (
    CalibratedEqualizedOdds,
    Decided,
    GroupCalibration,
    GroupRelabelling,
    GroupThresholds,
    RejectOption,
    SearchedThresholds,
    decision_from_dict,
    load_decision,
    save_decision,
    settle,
    uniform_draws,
)

N = 24
LABELS = np.array([0, 1] * (N // 2))
SCORES = np.round(0.3 * LABELS + 0.6 * np.random.default_rng(0).random(N), 2)
BOTH = np.stack([1 - SCORES, SCORES], axis=1)
GROUPS = ["a", "a", "b", "b"] * (N // 4)
NAN = float("nan")
RULES = [
    lambda: GroupThresholds(min_rows=2),
    lambda: GroupThresholds("equalized_odds", randomise=False, tolerance=1.0, min_rows=2),
    lambda: SearchedThresholds(min_rows=2),
    lambda: RejectOption(1.0, deprived=["a"], min_rows=2),
    lambda: GroupRelabelling(min_rows=2),
    lambda: GroupCalibration(),
    lambda: GroupCalibration("isotonic"),
    lambda: CalibratedEqualizedOdds("false_positive_rate", min_rows=2),
]
ROWS = {
    "probabilities": BOTH,
    "y_true": LABELS,
    "sensitive_features": GROUPS,
    "sample_weight": np.ones(N),
}


@pytest.mark.parametrize("make", RULES)
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"probabilities": "abc"}, "probabilities='abc' must be an array|scores='abc' must be"),
        ({"probabilities": [["a", "b"]] * N}, "must hold numbers, in rows of equal length"),
        ({"probabilities": [[1], [0, 1]]}, "must hold numbers, in rows of equal length"),
        ({"probabilities": {"a": 1}}, "is a dict and must be an array"),
        ({"probabilities": BOTH[:, :, None]}, r"has shape \(24, 2, 1\) and must have"),
        ({"probabilities": np.where(BOTH.max() == BOTH, NAN, BOTH)}, "NaN|no probabilities"),
        ({"probabilities": BOTH[:5]}, "y_true has 24 entries but there are 5"),
        ({"y_true": 5}, "y_true=5 must be an array with one entry per row"),
        ({"y_true": LABELS[:5]}, "y_true has 5 entries but there are 24"),
        ({"y_true": []}, "y_true has 0 entries but there are 24"),
        ({"sensitive_features": GROUPS[:5]}, "sensitive_features has 5 entries but there are 24"),
        ({"sensitive_features": [None] * N}, "has no group for 24 rows"),
        ({"sample_weight": -1}, "sample_weight=-1 must be an array with one entry per row"),
        ({"sample_weight": [NAN] * N}, "must hold finite numbers of at least 0"),
        ({"sample_weight": [0] * N}, "sample_weight is 0 for all rows, so that none counts"),
        ({"probabilities": np.empty((0, 2)), "y_true": []}, "There are no rows"),
    ],
)
def test_rows_of_no_use_are_named(make, given, message):
    rows = {**ROWS, **given}
    if not len(np.atleast_1d(rows["y_true"])) and "probabilities" in given:
        rows |= {"sensitive_features": [], "sample_weight": None}
    with pytest.raises((ArgumentError, ArgumentTypeError)) as caught:
        make().fit_probabilities(rows.pop("probabilities"), rows.pop("y_true"), **rows)
    assert re.search(message, str(caught.value)), str(caught.value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (RULES[0], "y_true holds no negative label, so that no threshold is better"),
        (RULES[1], "false positive rate"),
        (RULES[4], "has no rows of the class 0"),
        (RULES[5], "scores has 2 columns and y_true has 1 classes"),
        (RULES[7], "false positive rate"),
    ],
)
def test_labels_of_one_class_are_refused_where_two_are_compared(make, message):
    with pytest.raises(ArgumentError, match=message):
        make().fit_probabilities(
            BOTH,
            np.ones(N, dtype=int),
            sensitive_features=GROUPS,
            classes=[0, 1] if isinstance(make(), GroupRelabelling) else None,
        )


@pytest.mark.parametrize(
    "make", [RULES[0], RULES[4], RULES[7]], ids=["thresholds", "relabelling", "pleiss"]
)
def test_one_group_has_nothing_to_be_equal_to(make):
    with pytest.raises(ArgumentError, match=r"one group only \('a'\), .* Add rows of another"):
        make().fit_probabilities(BOTH, LABELS, sensitive_features=["a"] * N)


@pytest.mark.parametrize("make", RULES)
def test_no_rows_to_decide_give_no_decisions(make):
    rule = make().fit_probabilities(BOTH, LABELS, sensitive_features=GROUPS)
    assert rule.apply(np.empty((0, 2)), []).shape == (0, 2)
    if not isinstance(rule, (GroupRelabelling, GroupCalibration)):
        assert rule.predict_proba([], sensitive_features=[]).shape == (0,)
    for bad in ("abc", [["a", "b"]] * N, [[1], [0, 1]], None):
        with pytest.raises((ArgumentError, ArgumentTypeError), match="probabilities"):
            rule.apply(bad, GROUPS)


@pytest.mark.parametrize("make", RULES)
def test_a_rule_is_shown_on_a_line(make):
    rule = make()
    assert re.fullmatch(r"\w+\('?[\w.]+'?, not fitted\)", repr(rule))
    rule.fit_probabilities(BOTH, LABELS, sensitive_features=GROUPS)
    assert re.fullmatch(r"\w+\('?[\w.]+'?, fitted on a, b\)", repr(rule))


def test_many_groups_are_counted():
    rule = GroupCalibration().fit_probabilities(
        BOTH, LABELS, sensitive_features=[f"g{i % 8}" for i in range(N)]
    )
    assert repr(rule) == (
        "GroupCalibration('temperature', fitted on g0, g1, g2, g3, g4 and 3 more)"
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GroupThresholds([]), r"constraint=\[\] must be one of"),
        (lambda: GroupThresholds("equalised_odds"), "Did you mean 'equalized_odds'"),
        (lambda: GroupThresholds(tolerance=NAN), r"tolerance=nan must lie in \[0, 1\]"),
        (lambda: GroupThresholds(positive_column=np.array([1])), "positive_column=.* must be 0 or"),
        (lambda: GroupThresholds(flip=None), "flip=None must be True or False"),
        (lambda: SearchedThresholds(None), "objective=None must be one of"),
        (lambda: SearchedThresholds("f2"), "objective='f2' must be one of"),
        (lambda: SearchedThresholds(max_difference=0.1), "max_difference=0.1 must map rates to"),
        (lambda: SearchedThresholds(at_most={"selecton_rate": 1}), "Did you mean 'selection_rate'"),
        (lambda: SearchedThresholds(max_combinations=0), "max_combinations=0 must be at least 1"),
        (lambda: RejectOption("a"), "max_difference='a' must be a number"),
        (lambda: RejectOption(rate=None), "rate=None must be one of"),
        (lambda: RejectOption(deprived="women"), "deprived='women' must be a list of groups"),
        (lambda: RejectOption(threshold=NAN), "threshold=nan must be a finite number"),
        (lambda: GroupCalibration(shrinkage=-1), "shrinkage=-1 must lie in"),
        (lambda: GroupCalibration(min_rows=1.5), "min_rows=1.5 must be a whole number"),
        (lambda: GroupRelabelling(tolerance=2), r"tolerance=2 must lie in \[0, 1\]"),
        (lambda: CalibratedEqualizedOdds(None), "cost=None must be one of"),
        (lambda: Decided(len, None), "rule=None must be a decision rule"),
        (lambda: uniform_draws("abc"), "keys='abc' must be a list of texts, not one text"),
        (lambda: uniform_draws(["a"], 2**64), "seed=18446744073709551616 must be at most"),
        (lambda: uniform_draws(["a"], "0"), "seed='0' must be a whole number"),
        (lambda: settle([[0.5, 0.5]], [1.0]), r"draws\[0\]=1 must lie in \[0, 1\)"),
        (lambda: settle([[0.5, 0.5]], [NAN]), "draws holds 1 rows that are NaN"),
        (lambda: settle([[0.5, 0.5]], [0.1, 0.2]), "draws has 2 entries but there are 1"),
        (lambda: save_decision(None, "x"), "decision=None must be a decision rule"),
        (lambda: decision_from_dict(None), "record=None must be a mapping"),
        (lambda: load_decision(None), "path=None must be a path"),
    ],
)
def test_settings_of_no_use_are_named(make, message):
    with pytest.raises((ArgumentError, ArgumentTypeError)) as caught:
        make()
    assert re.search(message, str(caught.value)), str(caught.value)


def test_a_folder_that_is_missing_is_that_of_a_decision_rule(tmp_path):
    rule = GroupCalibration().fit_probabilities(BOTH, LABELS, sensitive_features=GROUPS)
    with pytest.raises(ArgumentError, match=r"of the decision rule 'decision.json' does not exist"):
        save_decision(rule, tmp_path / "missing")
