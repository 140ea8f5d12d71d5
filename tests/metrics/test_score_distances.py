from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.stats import ks_2samp, wasserstein_distance

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics import ks_difference, score_distances, wasserstein_difference

SCORES = st.lists(st.integers(-3, 3).map(lambda s: s / 4), min_size=1, max_size=25)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of scipy's p-value, which is not used
@given(SCORES, SCORES)
def test_distances_are_those_of_scipy(one: list[float], other: list[float]) -> None:
    rows: dict[str, Any] = {
        "y_score": one + other,
        "sensitive_features": ["a"] * len(one) + ["b"] * len(other),
    }
    assert wasserstein_difference(None, **rows) == pytest.approx(
        wasserstein_distance(one, other), abs=1e-10
    )
    assert ks_difference(None, **rows) == pytest.approx(ks_2samp(one, other).statistic, abs=1e-10)


def test_weighted_distances_are_those_of_scipy() -> None:
    rng = np.random.default_rng(0)
    scores, weights = rng.normal(size=60), rng.random(60)
    groups = np.repeat(["a", "b"], 30)
    found = wasserstein_difference(None, scores, sensitive_features=groups, sample_weight=weights)
    expected = wasserstein_distance(scores[:30], scores[30:], weights[:30], weights[30:])
    assert found == pytest.approx(expected, abs=1e-10)


def test_the_pair_that_lies_farthest_apart_decides() -> None:
    groups = ["a", "a", "b", "b", "c", "c"]
    scores = [0.0, 1.0, 0.25, 1.25, 2.0, 3.0]
    found = score_distances(None, scores, sensitive_features=groups)
    assert found == {("a", "b"): 0.25, ("a", "c"): 2.0, ("b", "c"): 1.75}
    assert wasserstein_difference(None, scores, sensitive_features=groups) == 2.0


def test_the_unknown_group_is_not_compared() -> None:
    found = score_distances(None, [0.0, 1.0, 9.0], sensitive_features=["a", "b", None])
    assert list(found) == [("a", "b")]


def test_a_mean_hides_what_a_distance_sees() -> None:
    scores = [0.5, 0.5, 0.0, 1.0]
    assert wasserstein_difference(None, scores, sensitive_features=["a", "a", "b", "b"]) == 0.5


def test_a_group_without_weight_is_not_measurable() -> None:
    rows: dict[str, Any] = {"sensitive_features": ["a", "b"], "sample_weight": [1, 0]}
    assert math.isnan(wasserstein_difference(None, [0.0, 1.0], **rows))
    assert math.isnan(ks_difference(None, [0.0, 1.0], **rows))


def test_unknown_distances_are_refused() -> None:
    with pytest.raises(ArgumentError, match="distance='euclid' must be one of wasserstein, ks"):
        score_distances(None, [0.0, 1.0], sensitive_features=["a", "b"], distance="euclid")  # type: ignore[arg-type]
