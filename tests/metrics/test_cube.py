from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.metrics import (
    RATES,
    count_cube,
    rate_counts,
    stratum_weights,
)


def rows(n: int = 400, seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        "y_true": rng.integers(0, 2, n),
        "y_pred": rng.integers(0, 2, n),
        "sensitive_features": rng.choice(list("abc"), n),
        "control_features": rng.choice(["s", "t"], n),
    }


def test_the_cube_counts_every_combination() -> None:
    data = rows()
    counted = count_cube(**data)
    seen = Counter(zip(*(np.asarray(column).tolist() for column in data.values()), strict=True))
    for g, group in enumerate(counted.names):
        for s, stratum in enumerate(counted.strata):
            for actual in (0, 1):
                for predicted in (0, 1):
                    found = counted.counts[g, s, actual, predicted]
                    assert found == seen[actual, predicted, group, stratum]


def test_weights_are_summed_and_their_squares() -> None:
    data = rows()
    weights = np.random.default_rng(1).integers(0, 4, 400)
    counted = count_cube(**data, sample_weight=weights)
    repeated = count_cube(**{k: np.repeat(v, weights) for k, v in data.items()})
    squared = count_cube(**{k: np.repeat(v, weights**2) for k, v in data.items()})
    there = count_cube(**{k: v[weights > 0] for k, v in data.items()})
    assert np.array_equal(counted.counts, repeated.counts)
    assert np.array_equal(counted.squares, squared.counts)
    assert np.array_equal(counted.rows, there.counts)
    assert counted.weighted
    assert not repeated.weighted


def test_strata_put_together_are_the_cube_without_them() -> None:
    data = rows()
    clusters = np.arange(400) // 5
    plain = count_cube(**{**data, "control_features": None}, clusters=clusters)
    pooled = count_cube(**data, clusters=clusters).pooled()
    assert np.array_equal(pooled.counts, plain.counts)
    for rate in RATES:
        assert np.allclose(
            rate_counts(pooled, rate).design_effect, rate_counts(plain, rate).design_effect
        )


@pytest.mark.parametrize("rate", RATES)
def test_rates_are_those_of_counting_rows(rate: str) -> None:
    data = rows()
    y, p = data["y_true"], data["y_pred"]
    right, wrong = y == p, y != p
    by_hand = {
        "selection_rate": (p == 1, y >= 0),
        "true_positive_rate": (p == 1, y == 1),
        "false_positive_rate": (p == 1, y == 0),
        "true_negative_rate": (p == 0, y == 0),
        "false_negative_rate": (p == 0, y == 1),
        "positive_predictive_value": (right, p == 1),
        "negative_predictive_value": (right, p == 0),
        "false_discovery_rate": (wrong, p == 1),
        "false_omission_rate": (wrong, p == 0),
        "accuracy": (right, y >= 0),
        "error_rate": (wrong, y >= 0),
        "base_rate": (y == 1, y >= 0),
        "false_negative_share_of_errors": (y == 1, wrong),
    }
    hit, among = by_hand[rate]
    table = rate_counts(count_cube(**data).pooled(), rate).table()
    for group, (successes, total) in table.items():
        inside = data["sensitive_features"] == group
        assert total == (among & inside).sum()
        assert successes == (hit & among & inside).sum()


def test_one_class_is_held_against_all_others() -> None:
    y_true, y_pred = ["x", "y", "z", "x"], ["x", "x", "z", "z"]
    groups = ["a", "a", "b", "b"]
    counted = count_cube(
        y_true, y_pred, sensitive_features=groups, classes=["x", "y", "z"], pos_label="x"
    )
    assert rate_counts(counted, "true_positive_rate").table() == {"a": (1, 1), "b": (0, 1)}
    assert rate_counts(counted, "accuracy").table() == {"a": (1, 2), "b": (1, 2)}
    plain = count_cube(y_true, y_pred, sensitive_features=groups, pos_label=None)
    assert plain.classes == ("x", "y", "z")
    assert rate_counts(plain, "accuracy").table() == {"a": (1, 2), "b": (1, 2)}


def test_declared_classes_keep_their_order_and_need_no_rows() -> None:
    counted = count_cube(
        None, ["mid"], sensitive_features=["a"], classes=["low", "mid", "high"], pos_label=None
    )
    assert counted.classes == ("low", "mid", "high")
    assert counted.counts.tolist() == [[[[0, 1, 0]]]]


def test_empty_groups_and_unknown_strata_are_there() -> None:
    groups = pd.Series(pd.Categorical(["a", None, "a"], categories=["a", "b"]))
    counted = count_cube(
        None, [1, 1, 0], sensitive_features=groups, control_features=["s", "s", None]
    )
    assert (counted.names, counted.compared) == (("a", "b", "unknown"), ("a", "b"))
    assert (counted.strata, counted.compared_strata) == (("s", "unknown"), ("s",))
    assert rate_counts(counted, "selection rate").by_stratum() == {
        "a": {"s": (1, 1), "unknown": (0, 1)},
        "b": {"s": (0, 0), "unknown": (0, 0)},
        "unknown": {"s": (1, 1), "unknown": (0, 0)},
    }


def test_constant_predictions_without_labels_have_no_error_rates() -> None:
    counted = count_cube(None, [1, 1], sensitive_features=["a", "b"])
    assert rate_counts(counted, "selection_rate").table() == {"a": (1, 1), "b": (1, 1)}
    with pytest.raises(ArgumentTypeError, match="the true positive rate needs labels"):
        rate_counts(counted, "true_positive_rate")


def test_stratum_weights_are_shares_of_the_rows_that_count() -> None:
    counted = count_cube(
        [1, 1, 0, 1],
        [1, 0, 0, 1],
        sensitive_features=["a", "b", "a", None],
        control_features=["s", "s", "t", "t"],
    )
    assert stratum_weights(counted, "selection_rate") == pytest.approx({"s": 2 / 3, "t": 1 / 3})
    assert stratum_weights(counted, "true_positive_rate") == {"s": 1.0, "t": 0.0}


def test_weights_of_one_and_three_waste_a_fifth_of_the_rows() -> None:
    n = 1000
    counted = count_cube(
        None, np.arange(n) % 2, sensitive_features=["a"] * n, sample_weight=[1, 1, 3, 3] * (n // 4)
    )
    found = rate_counts(counted, "selection_rate")
    # Kish: (1 + 9) / 2 / 2**2; a little more, as the variance rests on fewer effective rows
    assert found.design_effects() == {"a": pytest.approx(1.25, rel=5e-3)}
    assert found.table() == {"a": (500, 1000)}


def test_the_scale_of_weights_does_not_matter() -> None:
    data = rows()
    weights = np.random.default_rng(2).random(400)
    one, other = (
        rate_counts(count_cube(**data, sample_weight=w), "true_positive_rate")
        for w in (weights, weights / 1000)
    )
    assert np.allclose(one.design_effect, other.design_effect)
    assert np.allclose(one.values, other.values)
    for group, strata in one.by_stratum().items():
        for stratum, cell in strata.items():
            assert cell == pytest.approx(other.by_stratum()[group][stratum])


def clustered_rows(seed: int, n_clusters: int, size: int) -> tuple[Any, Any]:
    """Rates of clusters from a beta distribution with an intra-cluster correlation of 0.2."""
    rng = np.random.default_rng(seed)
    p = rng.beta(2, 2, n_clusters)  # a correlation of 1 / (2 + 2 + 1)
    return (rng.random((n_clusters, size)) < p[:, None]).ravel(), np.repeat(
        np.arange(n_clusters), size
    )


def test_design_effect_of_clusters_is_the_known_one() -> None:
    y_pred, clusters = clustered_rows(0, 4000, 10)
    counted = count_cube(None, y_pred, sensitive_features=["a"] * 40_000, clusters=clusters)
    found = rate_counts(counted, "selection_rate")
    # Kish: 1 + (m - 1) rho = 2.8, with a Monte Carlo error of about 0.04
    assert found.design_effects()["a"] == pytest.approx(2.8, abs=0.15)
    assert found.n_clusters.tolist() == [[4000]]


def test_effective_rows_give_the_variance_seen_between_samples() -> None:
    rates_, effective = [], []
    for seed in range(400):
        y_pred, clusters = clustered_rows(seed, 60, 8)
        counted = count_cube(None, y_pred, sensitive_features=["a"] * 480, clusters=clusters)
        found = rate_counts(counted, "selection_rate")
        rates_.append(float(found.values[0, 0]))
        effective.append(480 / found.design_effects()["a"])
    predicted = np.mean([0.25 / n for n in effective])
    assert np.var(rates_) == pytest.approx(predicted, rel=0.25)  # 7 % of Monte Carlo error


@pytest.mark.parametrize(("n_clusters", "size"), [(5, 20), (10, 20), (40, 10)])
def test_bounds_on_effective_counts_hold_their_level(n_clusters: int, size: int) -> None:
    """1,000 samples with a correlation of 0.2, as many groups of one cube; 5 % each side."""
    samples, n = 1000, n_clusters * size
    y_pred, clusters = clustered_rows(5, samples * n_clusters, size)
    groups = np.repeat(np.arange(samples), n)
    counted = count_cube(None, y_pred, sensitive_features=groups, clusters=clusters)
    found = rate_counts(counted, "selection_rate")
    effect = found.design_effect[:, 0]
    k, rows_ = found.successes[:, 0] / effect, n / effect
    lower = scipy.stats.beta.ppf(0.05, k, rows_ - k + 1)
    upper = scipy.stats.beta.ppf(0.95, k + 1, rows_ - k)
    monte_carlo = 3 * (0.05 * 0.95 / samples) ** 0.5
    assert np.mean(lower > 0.5) <= 0.05 + monte_carlo
    assert np.mean(upper < 0.5) <= 0.05 + monte_carlo


def test_rows_of_their_own_cluster_cost_nothing() -> None:
    data = rows(4000)
    counted = count_cube(**data, clusters=np.arange(4000))
    assert rate_counts(counted, "true_positive_rate").design_effect.max() < 1.05


def test_a_cluster_counts_as_one_row_where_nothing_varies() -> None:
    counted = count_cube(
        None,
        [0] * 12,
        sensitive_features=["a"] * 12,
        clusters=[1] * 4 + [2] * 4 + [3] * 4,
    )
    assert rate_counts(counted, "selection_rate").design_effects() == {"a": 4}
    alone = count_cube(None, [0, 1] * 5, sensitive_features=["a"] * 10, clusters=["x"] * 10)
    assert rate_counts(alone, "selection_rate").design_effects() == {"a": 10}


def test_text_clusters_and_weights_go_together() -> None:
    data = rows()
    names = [f"person {i // 4}" for i in range(400)]
    counted = count_cube(**data, clusters=names, sample_weight=np.arange(400) % 3)
    found = rate_counts(counted, "false_positive_rate")
    assert np.isfinite(found.design_effect).all()
    assert (found.design_effect >= 1).all()
    assert (found.n_clusters <= found.rows).all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"clusters": [1]}, "clusters has 1 entries but y_pred has 2"),
        ({"clusters": [1, None]}, "clusters holds missing values"),
        ({"control_features": ["x"]}, "control_features has 1 entries but y_pred has 2"),
        ({"classes": [0]}, r"y_true holds 1, not among classes=\[0\]"),
        ({"classes": [0, 1], "pos_label": 2}, r"pos_label=2 is not among classes=\[0, 1\]"),
        ({"sample_weight": [1, float("inf")]}, "sample_weight must hold finite numbers"),
    ],
)
def test_bad_arguments_are_named(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        count_cube([0, 1], [0, 1], sensitive_features=["a", "b"], **changed)


def test_a_rate_needs_its_name_its_class_and_one_stratum() -> None:
    counted = count_cube([0, 1], [0, 1], sensitive_features=["a", "b"], control_features=["s", "t"])
    with pytest.raises(ArgumentError, match="quantity='precision' must be one of selection rate"):
        rate_counts(counted, "precision")
    with pytest.raises(ArgumentError, match="strata s, t"):
        rate_counts(counted, "accuracy").table()
    no_class = count_cube([0, 1], [0, 1], sensitive_features=["a", "b"], pos_label=None)
    with pytest.raises(ArgumentError, match="pos_label=None leaves no class"):
        rate_counts(no_class, "selection_rate")


def test_weights_tied_to_the_outcome_inflate_the_variance_beyond_kishs():
    """By as much as the weighted rate really varies: over 2,000 draws, within 6 %."""
    rng = np.random.default_rng(5)
    n, found, effects = 1000, [], []
    for _ in range(2000):
        heavy = rng.random(n) < 0.1
        y = (rng.random(n) < np.where(heavy, 0.5, 0.05)).astype(int)
        weights = np.where(heavy, 9.0, 1.0)
        found.append(weights @ y / weights.sum())
        if len(effects) < 100:
            counts = rate_counts(
                count_cube(None, y, sensitive_features=["a"] * n, sample_weight=weights),
                "selection_rate",
            )
            effects.append(counts.design_effects()["a"])
    rate = np.mean(found)
    assert np.mean(effects) == pytest.approx(np.var(found) / (rate * (1 - rate) / n), rel=0.06)
    assert np.mean(effects) > 1.2 * 1000 * np.mean(weights**2) / np.mean(weights) ** 2 / 1000


def test_rivals_in_a_cluster_widen_the_gap_and_twins_do_not():
    """One of each two is selected, or both or neither: the difference varies by 4, 0 times p q."""
    queries = 2000
    winner = np.random.default_rng(0).integers(0, 2, queries)
    both = {"rivals": np.stack([winner, 1 - winner], 1), "twins": np.stack([winner, winner], 1)}
    effects = {
        name: rate_counts(
            count_cube(
                None,
                y.ravel(),
                sensitive_features=["a", "b"] * queries,
                clusters=np.repeat(np.arange(queries), 2),
            ),
            "selection_rate",
        ).design_effects()
        for name, y in both.items()
    }
    assert effects["rivals"] == {"a": pytest.approx(2, rel=2e-3), "b": pytest.approx(2, rel=2e-3)}
    assert effects["twins"] == {"a": pytest.approx(1, rel=2e-3), "b": pytest.approx(1, rel=2e-3)}
