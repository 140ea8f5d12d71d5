from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from pytest_fairness.errors import ArgumentError, MissingPackageError
from pytest_fairness.metrics import (
    consistency_score,
    individual,
    leakage,
    lipschitz_constant,
    lipschitz_violation_rate,
)

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(60, 3))
ANSWERS = RNG.integers(0, 2, 60)
CHANCES = RNG.random(60)


def by_neighbours(answers: Any, k: int, include_self: bool) -> float:
    """Consistency from scikit-learn's neighbours; no two rows of these are equally far."""
    search = NearestNeighbors(n_neighbors=k).fit(FEATURES)
    near = search.kneighbors(FEATURES if include_self else None, return_distance=False)
    return float(1 - np.abs(answers - answers[near].mean(axis=1)).mean())


@pytest.mark.parametrize("k", [1, 5, 20])
@pytest.mark.parametrize("include_self", [False, True])
@pytest.mark.parametrize("answers", [ANSWERS, CHANCES])
def test_consistency_is_that_of_nearest_neighbours(
    answers: Any, k: int, include_self: bool
) -> None:
    found = consistency_score(answers, features=FEATURES, n_neighbors=k, include_self=include_self)
    assert found == pytest.approx(by_neighbours(answers, k, include_self), abs=1e-12)


def test_consistency_from_distances_is_that_from_features() -> None:
    apart = np.linalg.norm(FEATURES[:, None] - FEATURES[None], axis=2)
    assert consistency_score(CHANCES, distances=apart) == pytest.approx(
        consistency_score(CHANCES, features=FEATURES)
    )


def test_rows_equally_near_share_the_places_that_are_left() -> None:
    # the first row's one neighbour is either of two: 1 and 0, so a half; each of them has the first
    distances = [[0, 1, 1], [1, 0, 2], [1, 2, 0]]
    found = consistency_score([1, 1, 0], distances=distances, n_neighbors=1)
    assert found == pytest.approx(1 - (0.5 + 0 + 1) / 3)


def test_results_do_not_depend_on_how_rows_are_taken_in_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = (
        consistency_score(CHANCES, features=FEATURES),
        lipschitz_violation_rate(CHANCES, features=FEATURES, lipschitz=0.2),
        lipschitz_constant(CHANCES, features=FEATURES),
    )
    monkeypatch.setattr(individual, "_BLOCK", 60 * 7)
    parts = (
        consistency_score(CHANCES, features=FEATURES),
        lipschitz_violation_rate(CHANCES, features=FEATURES, lipschitz=0.2),
        lipschitz_constant(CHANCES, features=FEATURES),
    )
    assert parts == pytest.approx(whole, abs=1e-12)


def test_few_rows_have_no_neighbours() -> None:
    assert math.isnan(consistency_score([0, 1], features=[[0.0], [1.0]]))
    assert math.isnan(lipschitz_violation_rate([0.5], features=[[0.0]]))
    assert math.isnan(lipschitz_constant([], features=np.zeros((0, 1))))


def test_lipschitz_numbers_look_at_each_pair() -> None:
    ratios = [
        abs(CHANCES[i] - CHANCES[j]) / np.linalg.norm(FEATURES[i] - FEATURES[j])
        for i in range(60)
        for j in range(i)
    ]
    found = lipschitz_violation_rate(CHANCES, features=FEATURES, lipschitz=0.3)
    assert found == pytest.approx(np.mean(np.array(ratios) > 0.3))
    assert lipschitz_constant(CHANCES, features=FEATURES) == pytest.approx(max(ratios))


def test_class_probabilities_are_compared_by_total_variation() -> None:
    probabilities = [[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]]
    assert lipschitz_constant(probabilities, features=[[0.0], [1.0]]) == pytest.approx(0.5)


def test_same_rows_scored_apart_break_every_constant() -> None:
    assert lipschitz_constant([0.0, 1.0], features=[[1.0], [1.0]]) == math.inf
    assert lipschitz_violation_rate([0.0, 1.0], features=[[1.0], [1.0]], lipschitz=1e9) == 1.0
    assert lipschitz_constant([0.5, 0.5], features=[[1.0], [1.0]]) == 0.0


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({}, "Give either features or distances"),
        ({"features": [[0.0]], "distances": [[0.0]]}, "Give either features or distances"),
        ({"features": [[0.0]]}, "features has 1 entries but the scores has 2"),
        ({"distances": [[0.0], [1.0]]}, r"distances must be of shape \(2, 2\)"),
        ({"distances": [[0.0, -1.0], [-1.0, 0.0]]}, "hold none below 0"),
        ({"features": [[0.0], [math.nan]]}, "features holds nan at position 1, 0"),
    ],
)
def test_a_distance_is_needed_and_must_be_one(more: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        consistency_score([0, 1], n_neighbors=1, **more)


@pytest.mark.parametrize(
    "arguments", [{"n_neighbors": 0}, {"n_neighbors": 1.5}, {"y_pred": [0, 2, 1]}]
)
def test_arguments_of_consistency_are_checked(arguments: dict[str, Any]) -> None:
    good: dict[str, Any] = {"y_pred": [0, 1, 1], "features": [[0.0], [1.0], [2.0]]}
    with pytest.raises(ArgumentError):
        consistency_score(**{**good, **arguments})


def test_a_lipschitz_constant_cannot_be_negative() -> None:
    with pytest.raises(ArgumentError, match="lipschitz=-1"):
        lipschitz_violation_rate([0.1, 0.2], features=[[0.0], [1.0]], lipschitz=-1)


def test_a_planted_group_leaks_and_noise_does_not() -> None:
    rng = np.random.default_rng(0)
    groups = np.array(["a", "b", "b"])[rng.integers(0, 3, 600)]
    noise = rng.normal(size=(600, 4))
    silent = leakage(noise, sensitive_features=groups)
    assert silent.majority == pytest.approx((groups == "b").mean())
    assert abs(silent.above_majority) < 0.03
    noise[:, 2] += 3 * (groups == "a")
    assert leakage(noise, sensitive_features=groups).above_majority > 0.2
    assert leakage(noise, sensitive_features=groups) == leakage(noise, sensitive_features=groups)


def test_rows_without_a_group_are_left_out_of_the_probe() -> None:
    groups = ["a", "b"] * 10 + [None] * 5
    assert leakage(np.arange(25.0), sensitive_features=groups).n == 20


@pytest.mark.parametrize(
    ("groups", "more", "message"),
    [
        (["a"] * 12, {}, "a probe needs two"),
        (["a"] * 10 + ["b"] * 2, {}, "The group 'b' has 2 rows and n_splits=5"),
        (["a", "b"] * 6, {"n_splits": 1}, "n_splits=1"),
    ],
)
def test_a_probe_needs_rows_to_learn_from(
    groups: list[str], more: dict[str, int], message: str
) -> None:
    with pytest.raises(ArgumentError, match=message):
        leakage(np.arange(12.0), sensitive_features=groups, **more)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name.startswith("sklearn"):
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingPackageError, match="leakage needs scikit-learn"):
        leakage(np.arange(12.0), sensitive_features=["a", "b"] * 6)
