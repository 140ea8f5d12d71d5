from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.stats import mannwhitneyu
from sklearn.metrics import roc_auc_score

import pytest_fairness.metrics as ours
from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics import SCORE_STATISTICS, score_values

# KNOWN_ANSWERS A4: Dixon and Borkan's unit tests
BORKAN: dict[str, Any] = {
    "y_true": [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1],
    "y_score": [0.1, 0.2, 0.3, 0.21, 0.31, 0.55, 0.5, 0.8, 0.9, 0.4, 0.6, 0.71],
    "sensitive_features": ["background"] * 3
    + ["subgroup"] * 3
    + ["background"] * 3
    + ["subgroup"] * 3,
}

ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 6), st.sampled_from("ab")), min_size=8, max_size=40
).filter(lambda rows: {(y, g) for y, _, g in rows} == set(product((0, 1), "ab")))


def columns(rows: list[tuple[int, int, str]]) -> dict[str, Any]:
    y_true, y_score, groups = (list(column) for column in zip(*rows, strict=True))
    return {"y_true": y_true, "y_score": y_score, "sensitive_features": groups}


def by_hand(positives: list[float], negatives: list[float]) -> float:
    """Share of pairs in order, by looking at each."""
    pairs = list(product(positives, negatives))
    return sum(1.0 if p > n else 0.5 if p == n else 0.0 for p, n in pairs) / len(pairs)


def scores(rows: list[tuple[int, int, str]], label: int, group: str) -> list[float]:
    return [float(s) for y, s, g in rows if (y, g) == (label, group)]


@pytest.mark.parametrize(
    ("statistic", "value"),
    [("subgroup_auc", 8 / 9), ("bpsn_auc", 8 / 9), ("bnsp_auc", 1.0)],
)
def test_known_answers_for_identity_terms(statistic: str, value: float) -> None:
    found = score_values(SCORE_STATISTICS[statistic], **BORKAN)
    assert found["subgroup"] == pytest.approx(value, abs=1e-12)


def test_known_answer_over_all_rows() -> None:
    everyone = {**BORKAN, "sensitive_features": ["all"] * 12}
    assert ours.auc_group_min(**everyone) == pytest.approx(0.944444, abs=1e-6)


def test_the_power_mean_leans_to_the_lowest() -> None:
    # Borkan et al. 2019: ((8/9)^-5 + 1^-5) / 2, to the power -1/5
    mean = ours.bpsn_auc_power_mean(**BORKAN)
    values = score_values(SCORE_STATISTICS["bpsn_auc"], **BORKAN)
    assert min(values.values()) <= mean <= np.mean(list(values.values()))
    assert ours.bpsn_auc_power_mean(**BORKAN, power=1) == pytest.approx(
        np.mean(list(values.values()))
    )
    assert ours.bpsn_auc_power_mean(**BORKAN, power=-2000) == pytest.approx(
        min(values.values()), abs=1e-3
    )


@given(ROWS)
def test_auc_is_that_of_scikit_learn(rows: list[tuple[int, int, str]]) -> None:
    found = score_values(SCORE_STATISTICS["auc"], **columns(rows))
    for group in "ab":
        of = [(y, s) for y, s, g in rows if g == group]
        assert found[group] == pytest.approx(roc_auc_score(*zip(*of, strict=True)), abs=1e-10)


@given(ROWS, st.integers(0, 2**20))
def test_weighted_auc_is_that_of_scikit_learn(rows: list[tuple[int, int, str]], seed: int) -> None:
    weights = np.random.default_rng(seed).random(len(rows)) + 0.01
    given_rows = columns(rows)
    found = score_values(SCORE_STATISTICS["auc"], **given_rows, sample_weight=weights)
    inside = np.array(given_rows["sensitive_features"]) == "a"
    expected = roc_auc_score(
        np.array(given_rows["y_true"])[inside],
        np.array(given_rows["y_score"])[inside],
        sample_weight=weights[inside],
    )
    assert found["a"] == pytest.approx(expected, abs=1e-10)


@given(ROWS)
def test_each_cross_group_number_counts_the_pairs_that_it_says(
    rows: list[tuple[int, int, str]],
) -> None:
    given_rows = columns(rows)
    neg, pos = ({g: scores(rows, label, g) for g in "ab"} for label in (0, 1))
    one = {
        name: score_values(SCORE_STATISTICS[name], **given_rows)["a"]
        for name in SCORE_STATISTICS
        if name.endswith(("psn_auc", "nsp_auc", "_aeg"))
    }
    assert one["bpsn_auc"] == pytest.approx(by_hand(pos["b"], neg["a"]))
    assert one["bnsp_auc"] == pytest.approx(by_hand(pos["a"], neg["b"]))
    assert one["positive_aeg"] == pytest.approx(0.5 - by_hand(pos["b"], pos["a"]))
    assert one["negative_aeg"] == pytest.approx(0.5 - by_hand(neg["b"], neg["a"]))
    crossed = ours.xaucs(**given_rows)
    assert crossed["a", "b"] == pytest.approx(by_hand(pos["a"], neg["b"]))
    expected = abs(by_hand(pos["a"], neg["b"]) - by_hand(pos["b"], neg["a"]))
    assert ours.xauc_difference(**given_rows) == pytest.approx(expected)


def test_the_equality_gap_is_the_mann_whitney_statistic_with_its_sign() -> None:
    rng = np.random.default_rng(0)
    groups = np.repeat(["a", "b"], 100)
    shifted = rng.normal(size=200) + (groups == "a")
    found = score_values(
        SCORE_STATISTICS["positive_aeg"], np.ones(200), shifted, sensitive_features=groups
    )
    u = mannwhitneyu(shifted[groups == "b"], shifted[groups == "a"]).statistic
    assert found["a"] == pytest.approx(0.5 - u / 100**2)
    assert found["a"] > 0.2  # above 0: the group scores higher than the others


def test_the_background_is_all_other_rows_also_those_without_a_group() -> None:
    rows: dict[str, Any] = {
        "y_true": [0, 1, 1, 0],
        "y_score": [0.5, 0.9, 0.4, 0.1],
        "sensitive_features": ["a", "a", None, "b"],
    }
    assert score_values(SCORE_STATISTICS["bpsn_auc"], **rows)["a"] == 0.0


def test_a_group_without_a_class_is_not_measurable() -> None:
    rows: dict[str, Any] = {
        "y_true": [0, 1, 1, 1],
        "y_score": [0.1, 0.2, 0.3, 0.4],
        "sensitive_features": ["a", "a", "b", "b"],
    }
    assert math.isnan(ours.auc_difference(**rows))
    assert math.isnan(score_values(SCORE_STATISTICS["auc"], **rows)["b"])
    assert math.isnan(ours.xauc_difference(**rows))


def test_samples_for_a_judge_are_split_by_group_and_class() -> None:
    found = ours.auc_samples(**BORKAN)
    assert found["subgroup"][0].tolist() == [0.21, 0.31, 0.55]
    assert found["subgroup"][1].tolist() == [0.4, 0.6, 0.71]


def test_a_constant_score_ranks_nothing() -> None:
    rows = {**BORKAN, "y_score": [0.5] * 12}
    assert ours.auc_group_min(**rows) == 0.5
    assert ours.xauc_difference(**rows) == 0.0


def test_cross_group_numbers_need_two_groups() -> None:
    with pytest.raises(ArgumentError, match="2 known ones are needed"):
        ours.xaucs([0, 1], [0.1, 0.2], sensitive_features=["a", "a"])
