from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import gap_interval, judge_distance
from pytest_fairness.outcome import Verdict

RNG = np.random.default_rng(9)
ZIPF = (1 / np.arange(1, 13) ** 2) / (1 / np.arange(1, 13) ** 2).sum()
TEN = np.full(10, 0.1)


@pytest.mark.parametrize("cells", [3, 4, 8])
def test_total_variation_is_half_the_sum_of_differences(cells: int) -> None:
    p, q = RNG.integers(1, 50, (2, cells))
    counts = {"a": p, "b": q}
    expected = np.abs(p / p.sum() - q / q.sum()).sum() / 2
    found = judge_distance("classes", counts, limit=0.9).evidence
    assert found.estimate == pytest.approx(expected)


def test_wasserstein_and_ks_agree_with_scipy() -> None:
    p, q, where = RNG.integers(1, 50, 12), RNG.integers(1, 50, 12), np.sort(RNG.random(12))
    counts = {"a": p, "b": q}
    moved = judge_distance("score", counts, distance="wasserstein", positions=where, limit=9)
    assert moved.evidence.estimate == pytest.approx(stats.wasserstein_distance(where, where, p, q))
    ks = judge_distance("score", counts, distance="ks", limit=0.9).evidence.estimate
    samples = [np.repeat(where, part) for part in (p, q)]
    assert ks == pytest.approx(stats.ks_2samp(*samples).statistic)


def test_two_cells_are_a_rate() -> None:
    counts = {"a": [70, 30], "b": [60, 40], "c": [500, 500]}
    found = judge_distance("decision", counts, limit=0.3).evidence
    assert found.interval == gap_interval({"rate": {n: (k, k + m) for n, (k, m) in counts.items()}})
    assert found.n == 1200


def test_few_cells_need_no_seed() -> None:
    counts = {"a": [70, 30, 9], "b": [60, 40, 8]}
    seeds = [judge_distance("classes", counts, limit=0.3, seed=seed) for seed in (1, 2)]
    assert seeds[0] == seeds[1]


@pytest.mark.parametrize("distance", ["total_variation", "wasserstein", "rms"])
@pytest.mark.parametrize(
    ("shares", "sizes"),
    [(ZIPF, (30, 1000)), (TEN, (100,) * 5), (TEN, (400, 400))],
    ids=["zipf", "five groups", "two groups"],
)
def test_equal_groups_seldom_fail(distance: Any, shares: Any, sizes: Any) -> None:
    """150 draws: Monte Carlo error of 5 % is 1.8 points."""
    equal_groups(distance, shares, sizes, 150)


@pytest.mark.slow
@pytest.mark.parametrize("distance", ["total_variation", "wasserstein", "rms"])
@pytest.mark.parametrize("shares", [ZIPF, TEN], ids=["zipf", "uniform"])
@pytest.mark.parametrize("sizes", [(20, 20), (30, 1000), (100,) * 6, (500, 500)], ids=str)
def test_equal_groups_seldom_fail_drawn_often(distance: Any, shares: Any, sizes: Any) -> None:
    equal_groups(distance, shares, sizes, 1000)


def equal_groups(distance: Any, shares: Any, sizes: Any, draws: int) -> None:
    fails = 0
    rng = np.random.default_rng(3)
    for seed in range(draws):
        counts = {str(g): rng.multinomial(n, shares) for g, n in enumerate(sizes)}
        evidence = judge_distance(
            "classes", counts, distance=distance, limit=0.0, n_resamples=500, seed=seed
        ).evidence
        assert evidence.interval is not None
        fails += evidence.interval.low > 0
    assert fails / draws <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / draws)


@pytest.mark.parametrize("distance", ["total_variation", "wasserstein"])
def test_groups_at_the_limit_seldom_get_a_verdict(distance: Any) -> None:
    """150 draws of three groups, of which one differs by exactly the limit."""
    other = TEN + np.array([0.1] + [0.0] * 8 + [-0.1])
    limit = 0.9 if distance == "wasserstein" else 0.1
    rng = np.random.default_rng(4)
    found = []
    for seed in range(150):
        counts = {str(g): rng.multinomial(500, p) for g, p in enumerate((TEN, TEN, other))}
        found.append(
            judge_distance(
                "classes", counts, distance=distance, limit=limit, n_resamples=500, seed=seed
            ).verdict
        )
    allowed = 150 * (0.05 + 3 * math.sqrt(0.05 * 0.95 / 150))
    assert max(found.count(Verdict.FAIL), found.count(Verdict.PASS)) <= allowed


def test_profiles_can_be_any_numbers_of_a_table() -> None:
    hits = {"a": [[90, 10], [80, 20], [70, 30]], "b": [[40, 60], [80, 20], [75, 25]]}

    def recalls(tables: Any) -> Any:
        return tables[:, :, 0] / tables.sum(axis=2)

    found = judge_distance("recall", hits, distance="rms", profile=recalls, limit=0.05)
    assert found.evidence.estimate == pytest.approx(math.sqrt((0.5**2 + 0 + 0.05**2) / 3))
    assert found.verdict is Verdict.FAIL
    assert "The recall of 'a' and 'b' lie at least" in found.reason
    hits["c"] = [[9, 1], [0, 0], [9, 1]]
    named = judge_distance("recall", hits, distance="rms", profile=recalls, limit=0.9)
    assert named.verdict is Verdict.UNMEASURABLE
    assert "group 'c'" in named.reason


def test_the_seed_alone_moves_a_resampled_bound() -> None:
    counts = {"a": RNG.integers(5, 50, 12), "b": RNG.integers(5, 50, 12)}
    first, again, other = (
        judge_distance("classes", counts, limit=0.1, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again
    assert first.evidence.interval != other.evidence.interval


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ArgumentError, match="distance='l2' must be"):
        judge_distance("classes", {"a": [1, 2], "b": [2, 1]}, distance="l2", limit=0.1)
    with pytest.raises(ArgumentError, match="positions must ascend"):
        judge_distance(
            "classes", {"a": [1, 2]}, distance="wasserstein", positions=[2, 1], limit=0.1
        )
    with pytest.raises(ArgumentError, match="limit=-1 must be a number and not negative"):
        judge_distance("classes", {"a": [1, 2]}, limit=-1)
    with pytest.raises(ArgumentError, match="negative or no number"):
        judge_distance("classes", {"a": [1, -2]}, limit=0.1)
