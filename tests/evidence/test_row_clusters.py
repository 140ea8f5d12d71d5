from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from statsmodels.api import OLS

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import (
    cluster_bootstrap,
    cluster_design_effect,
    kish_design_effect,
)


def test_the_variance_of_a_clustered_mean_is_that_of_statsmodels() -> None:
    """Cluster-robust variance of an intercept, with the correction of groups alone."""
    rng = np.random.default_rng(0)
    clusters = rng.integers(0, 12, 90)
    values = rng.normal(size=12)[clusters] + rng.normal(size=90)
    fit = OLS(values, np.ones(90)).fit(
        cov_type="cluster", cov_kwds={"groups": clusters, "use_correction": False}
    )
    plain = OLS(values, np.ones(90)).fit(
        cov_type="cluster", cov_kwds={"groups": np.arange(90), "use_correction": False}
    )
    expected = (fit.bse[0] ** 2 * 12 / 11) / (plain.bse[0] ** 2 * 90 / 89)
    assert cluster_design_effect(values, clusters) == pytest.approx(expected)


def test_copies_of_a_row_count_once() -> None:
    """49 rows five times over know as much as 49 rows, give or take the correction for n."""
    values = np.random.default_rng(1).normal(size=49)
    effect = cluster_design_effect(np.repeat(values, 5), np.repeat(np.arange(49), 5))
    assert effect == pytest.approx(5, rel=0.03)


@pytest.mark.parametrize(("values", "clusters"), [([1, 1, 1], "abc"), ([1, 0, 1], "aaa")])
def test_without_scatter_there_is_no_design_effect(values, clusters) -> None:
    assert np.isnan(cluster_design_effect(values, clusters))


@given(st.lists(st.integers(0, 9), min_size=1).filter(any), st.integers(1, 50))
def test_kishs_design_effect_is_one_plus_the_squared_variation(weights, scale) -> None:
    positive = np.array([w for w in weights if w]) * scale
    expected = 1 + (positive.std() / positive.mean()) ** 2
    assert kish_design_effect(np.array(weights) * scale) == pytest.approx(expected)


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [1, float("inf")]])
def test_weights_that_weigh_nothing_are_refused(weights) -> None:
    with pytest.raises(ArgumentError, match="sample_weight"):
        kish_design_effect(weights)


def missed(draw, truth: float, clusters, runs: int, seed: int) -> tuple[float, float]:
    """How often the truth lies below the lower bound, and above the upper one."""
    rng, below, above = np.random.default_rng(seed), 0, 0
    for _ in range(runs):
        found = cluster_bootstrap(draw(rng), clusters, confidence=0.95, n_resamples=399)
        below, above = below + (truth < found.low), above + (truth > found.high)
    return below / runs, above / runs


def test_bounds_hold_for_clustered_shifts() -> None:
    """40 seed texts of 6 variants; Monte Carlo error 1 point each side."""
    clusters = np.repeat(np.arange(40), 6)

    def draw(rng):
        return 0.2 + np.repeat(rng.normal(size=40), 6) + 0.5 * rng.normal(size=240)

    together = missed(draw, 0.2, clusters, runs=400, seed=11)
    assert max(together) <= 0.05 + 3 * 0.011
    assert min(together) > 0.01
    assert max(missed(draw, 0.2, None, runs=100, seed=11)) > 0.15  # rows taken for independent


def test_bounds_follow_skewness() -> None:
    """30 clusters with exponential means: the long side is where percentiles fail."""
    clusters = np.repeat(np.arange(30), 3)
    found = missed(lambda rng: np.repeat(rng.exponential(size=30), 3), 1.0, clusters, 400, 12)
    assert max(found) <= 0.05 + 3 * 0.011


@pytest.mark.parametrize(("values", "clusters"), [([0.2] * 6, "aabbcc"), ([0, 1, 0.5], "aaa")])
def test_without_scatter_the_bounds_are_the_whole_range(values, clusters) -> None:
    found = cluster_bootstrap(values, clusters, confidence=0.95, least=-1, most=1)
    assert (found.low, found.high) == (-1, 1)


def test_the_same_seed_gives_the_same_bounds_and_rows_may_be_reordered() -> None:
    rng = np.random.default_rng(3)
    values, clusters = rng.normal(size=20), np.arange(20)
    found = cluster_bootstrap(values, clusters, confidence=0.9, seed=5)
    assert found == cluster_bootstrap(values, clusters, confidence=0.9, seed=5)
    assert found.low < values.mean() < found.high
