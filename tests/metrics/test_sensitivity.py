from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.spatial.distance import jaccard

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.metrics import (
    counterfactual_token_fairness_gap,
    counterfactual_token_fairness_gaps,
    label_distance,
    label_distances,
    mean_shift,
    score_dev,
    score_deviations,
    score_range,
    score_ranges,
    score_sense,
    score_senses,
)

TABLE = np.random.default_rng(0).random((30, 7))
ORIGINAL = np.random.default_rng(1).random(30)


def test_shifts_that_cancel_in_a_mean_do_not_cancel_in_a_gap() -> None:
    first, second = [0.2, 0.6], [0.6, 0.2]
    assert mean_shift(first, second) == pytest.approx(0)
    assert counterfactual_token_fairness_gap(first, second) == pytest.approx(0.4)


def test_each_seed_counts_once_however_many_counterfactuals_it_has() -> None:
    swaps = [[0.6, 0.2, 0.2], [0.9]]
    found = counterfactual_token_fairness_gaps([0.2, 0.5], swaps)
    assert found == pytest.approx([0.4 / 3, 0.4])
    assert counterfactual_token_fairness_gap([0.2, 0.5], swaps) == pytest.approx(
        (0.4 / 3 + 0.4) / 2
    )
    assert counterfactual_token_fairness_gap([0.2, 0.5], swaps, over="max") == pytest.approx(0.4)


def test_a_table_of_counterfactuals_is_the_same_as_lists_of_them() -> None:
    lists = [line.tolist() for line in TABLE]
    for over in ("mean", "max"):
        found = counterfactual_token_fairness_gaps(ORIGINAL, TABLE, over=over)  # type: ignore[arg-type]
        fold = np.mean if over == "mean" else np.max
        assert found == pytest.approx(
            [fold([abs(s - o) for s in line]) for line, o in zip(lists, ORIGINAL, strict=True)]
        )


def test_a_seed_without_counterfactuals_has_no_gap() -> None:
    assert math.isnan(counterfactual_token_fairness_gaps([0.1, 0.2], [[], [0.3]])[0])
    assert counterfactual_token_fairness_gap([0.1, 0.2], [[], [0.3]]) == pytest.approx(0.1)
    assert math.isnan(counterfactual_token_fairness_gap([0.1], [[]]))
    assert math.isnan(counterfactual_token_fairness_gap([], []))


def test_a_name_that_moves_scores_is_found_with_its_sign() -> None:
    table = np.repeat(ORIGINAL[:, None], 3, axis=1)
    table[:, 1] -= 0.25
    assert score_senses(table, ORIGINAL) == pytest.approx([0, -0.25, 0])
    assert score_sense(table, ORIGINAL) == pytest.approx(0.25)
    # against the mean over names a third of the move is everyone's
    assert score_senses(table) == pytest.approx([0.25 / 3, -0.5 / 3, 0.25 / 3])


def test_deviation_and_range_are_those_of_each_seed() -> None:
    devs = [math.sqrt(sum((s - sum(r) / 7) ** 2 for s in r) / 7) for r in TABLE.tolist()]
    ranges = [max(r) - min(r) for r in TABLE.tolist()]
    assert score_deviations(TABLE) == pytest.approx(devs)
    assert score_dev(TABLE) == pytest.approx(sum(devs) / 30)
    assert score_ranges(TABLE) == pytest.approx(ranges)
    assert score_range(TABLE) == pytest.approx(sum(ranges) / 30)


@given(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=12))
def test_label_distance_is_the_jaccard_distance_of_scipy(rows: list[list[bool]]) -> None:
    table = np.array(rows)
    original, labels = table[:, 0], table[:, 1:]
    expected = [
        jaccard(original, name) if (original | name).any() else math.nan for name in labels.T
    ]
    found = label_distances(labels.astype(int), original.astype(int))
    assert found == pytest.approx(expected, nan_ok=True)
    measurable = [d for d in expected if not math.isnan(d)]
    mean = sum(measurable) / len(measurable) if measurable else math.nan
    assert label_distance(labels.astype(int), original.astype(int)) == pytest.approx(
        mean, nan_ok=True
    )


def test_the_positive_label_may_be_text() -> None:
    assert label_distance([["bad", "ok"]], ["bad"], pos_label="bad") == 0.5


@pytest.mark.parametrize("metric", [score_sense, score_dev, score_range])
def test_without_seeds_or_names_nothing_can_be_measured(metric: Any) -> None:
    assert math.isnan(metric(np.zeros((0, 3))))
    assert math.isnan(metric(np.zeros((3, 0))))


@pytest.mark.parametrize("metric", [score_sense, score_dev, score_range])
def test_a_model_that_does_not_look_at_names_is_at_zero(metric: Any) -> None:
    assert metric(np.repeat(ORIGINAL[:, None], 4, axis=1)) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: score_dev([[0.1, 0.2], [0.3]]), "must be a table"),
        (lambda: score_dev([0.1, 0.2]), r"scores has shape \(2,\)"),
        (lambda: score_dev([[0.1, math.nan]]), "scores holds nan at position 0, 1"),
        (lambda: score_sense([[0.1]], [0.1, 0.2]), "original has 2 entries but scores has 1"),
        (
            lambda: counterfactual_token_fairness_gap([0.1], [0.1, 0.2]),
            "counterfactual has 2 entries but scores has 1",
        ),
        (
            lambda: counterfactual_token_fairness_gap([0.1, 0.1], [[0.1], [0.2, math.inf]]),
            "counterfactual holds inf",
        ),
        (
            lambda: counterfactual_token_fairness_gap([0.1], [0.1], over="min"),  # type: ignore[arg-type]
            "over='min' must be one of mean, max",
        ),
        (lambda: label_distance([[1], [0]], [1]), "original has 1 entries but labels has 2"),
    ],
)
def test_bad_tables_are_named(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        call()


def test_scores_must_be_numbers() -> None:
    with pytest.raises(ArgumentTypeError, match="no numbers, such as 'high'"):
        score_dev([["high", "low"]])
