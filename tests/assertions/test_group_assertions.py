"""The three group assertions against fairlearn, on COMPAS and on small arrays."""

from __future__ import annotations

import fairlearn.metrics
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from pytest_fairness import (
    ArgumentError,
    FairnessFailure,
    Verdict,
    assert_demographic_parity,
    assert_equal_opportunity,
    assert_equalized_odds,
)

LIMITS = [{"max_difference": 0.1}, {"min_ratio": 0.8}]


def outcome_of(check, *arguments, **options):
    try:
        return check(*arguments, **options)
    except FairnessFailure as failure:
        return failure.outcome


@pytest.fixture(scope="module")
def compas(shared_data):
    rows = pd.read_csv(shared_data / "compas" / "compas-scores-two-years.csv")
    return pd.DataFrame(
        {
            "label": rows["two_year_recid"],
            "predicted": (rows["score_text"] != "Low").astype(int),
            "race": rows["race"],
            "sex": rows["sex"],
        }
    )


@pytest.fixture(scope="module")
def two_races(compas):
    return compas[compas["race"].isin(["African-American", "Caucasian"])]


def test_compas_fails_every_check_between_its_two_large_groups(two_races):
    y, p, race = two_races["label"], two_races["predicted"], two_races["race"]
    for limit in LIMITS:
        checks = [
            outcome_of(assert_demographic_parity, p, sensitive_features=race, **limit),
            outcome_of(assert_equal_opportunity, y, p, sensitive_features=race, **limit),
            outcome_of(assert_equalized_odds, y, p, sensitive_features=race, **limit),
        ]
        assert [c.verdict for c in checks] == [Verdict.FAIL] * 3
        assert {c.attribute for c in checks} == {"race"}
        kind = "difference" if "max_difference" in limit else "ratio"
        for name, check in zip(
            ("demographic_parity", "equal_opportunity", "equalized_odds"), checks, strict=True
        ):
            oracle = getattr(fairlearn.metrics, f"{name}_{kind}")(y, p, sensitive_features=race)
            assert check.evidence.estimate == pytest.approx(oracle, abs=1e-12)


def test_compas_small_groups_leave_some_limits_open(compas):
    y, p, race = compas["label"], compas["predicted"], compas["race"]
    outcome = outcome_of(assert_equalized_odds, y, p, sensitive_features=race, max_difference=0.5)
    assert outcome.evidence.estimate == pytest.approx(0.5766917293233083, abs=1e-12)
    assert outcome.verdict is Verdict.INCONCLUSIVE
    assert outcome.evidence.required_n > len(compas)


def test_compas_sexes_are_alike_within_a_wide_limit(compas):
    outcome = assert_demographic_parity(
        compas["predicted"], sensitive_features=compas["sex"], max_difference=0.1
    )
    assert outcome.passed
    assert [(g.group, g.n) for g in outcome.evidence.groups] == [("Female", 1395), ("Male", 5819)]


@pytest.mark.parametrize("wrap", [list, tuple, np.array, pd.Series])
def test_columns_may_come_in_any_form(two_races, wrap):
    y, p, race = (wrap(two_races[c].tolist()) for c in ("label", "predicted", "race"))
    outcome = outcome_of(assert_equalized_odds, y, p, sensitive_features=race, max_difference=0.1)
    assert outcome.evidence.estimate == pytest.approx(0.21392495582112797, abs=1e-12)


def test_several_columns_make_intersections(compas):
    outcome = outcome_of(
        assert_demographic_parity,
        compas["predicted"],
        sensitive_features=compas[["race", "sex"]],
        max_difference=0.1,
    )
    assert outcome.attribute == "race, sex"
    assert len(outcome.evidence.groups) == 12


def test_labels_may_be_words():
    words = ["invite", "reject"] * 500
    outcome = assert_equal_opportunity(
        words,
        words,
        sensitive_features=["a", "a", "b", "b"] * 250,
        max_difference=0.1,
        pos_label="invite",
    )
    assert outcome.passed


def test_one_group_is_unmeasurable():
    outcome = outcome_of(
        assert_demographic_parity, [0, 1] * 50, sensitive_features=["a"] * 100, max_difference=0.1
    )
    assert outcome.verdict is Verdict.UNMEASURABLE


def test_a_group_without_positives_is_unmeasurable_by_name():
    y = [1] * 50 + [0] * 50
    outcome = outcome_of(
        assert_equal_opportunity,
        y,
        y,
        sensitive_features=["a"] * 50 + ["b"] * 50,
        max_difference=0.1,
    )
    assert outcome.verdict is Verdict.UNMEASURABLE
    assert "b" in outcome.reason


def test_a_declared_group_without_rows_is_unmeasurable():
    groups = pd.Categorical(["a", "b"] * 50, categories=["a", "b", "c"])
    outcome = outcome_of(
        assert_demographic_parity, [0, 1] * 50, sensitive_features=groups, max_difference=0.1
    )
    assert outcome.verdict in (Verdict.UNMEASURABLE, Verdict.FAIL)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (
            ([0, 1, 1],),
            {"sensitive_features": ["a", "b"], "max_difference": 0.1},
            "sensitive_features has 2 entries but y_pred has 3. Give one group label",
        ),
        (
            ([0, 1, float("nan")],),
            {"sensitive_features": ["a", "b", "b"], "max_difference": 0.1},
            "y_pred",
        ),
        (
            ([0, 1, 2],),
            {"sensitive_features": ["a", "b", "b"], "max_difference": 0.1},
            "y_pred",
        ),
        (
            ([0, 1, 1],),
            {"sensitive_features": ["a", "b", "b"], "max_difference": 1.5},
            r"max_difference=1.5 must lie in \[0, 1\]: it is the largest accepted difference",
        ),
        (
            ([0, 1, 1],),
            {"sensitive_features": ["a", "b", "b"]},
            "Give exactly one of max_difference= or min_ratio=; got none",
        ),
    ],
)
def test_bad_input_is_named(arguments, options, message):
    with pytest.raises(ArgumentError, match=message):
        assert_demographic_parity(*arguments, **options)


def test_group_checks_refuse_given():
    @given(st.integers())
    def inside(_):
        with pytest.raises(ArgumentError, match="assert_demographic_parity judges a population"):
            assert_demographic_parity([0, 1], sensitive_features=["a", "b"], max_difference=0.1)

    inside()
