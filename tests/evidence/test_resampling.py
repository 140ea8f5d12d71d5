from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import (
    clopper_pearson,
    gap_interval,
    judge_extreme,
    judge_gap,
    rates,
    resample_counts,
    resample_rows,
    resampled,
)
from pytest_fairness.evidence.resampling import tail, together
from pytest_fairness.outcome import Verdict

Array = NDArray[np.float64]
TABLES = {"a": [[50, 10], [5, 35]], "b": [[400, 200], [150, 250]], "c": [[45, 15], [10, 30]]}


def rate(tables: Array) -> Array:
    return np.asarray(tables[..., 1] / tables.sum(axis=-1))


def recall(tables: Array) -> Array:
    return rate(tables[:, 1])


def test_a_resampled_rate_has_the_exact_limits() -> None:
    """20,000 draws: Monte Carlo error of a 5 % quantile of this rate is below 0.001."""
    found = resample_counts("rate", {"a": [70, 30], "b": [0, 0]}, rate, n_resamples=20_000)
    exact = clopper_pearson(30, 100, confidence=0.95)
    assert found.lower(0.05)[0] == pytest.approx(exact.low, abs=3e-3)
    assert found.upper(0.05)[0] == pytest.approx(exact.high, abs=3e-3)
    assert list(found.missing) == ["b"]


def test_resampled_gaps_lie_near_the_exact_ones() -> None:
    counts = {"a": (30, 100), "b": (90, 200), "c": (40, 90)}
    tables = {name: [n - k, k] for name, (k, n) in counts.items()}
    exact = gap_interval(rates("rate", counts))
    found = gap_interval(resample_counts("rate", tables, rate, n_resamples=8000))
    assert found.low == pytest.approx(exact.low, abs=0.01)
    assert found.high == pytest.approx(exact.high, abs=0.01)


def test_one_critical_value_serves_all_pairs() -> None:
    """For independent normal numbers it is the studentised range's (Tukey): 40,000 draws."""
    draws = np.random.default_rng(1).normal(0, 1, (40_000, 4))
    pairs = np.array([(a, b) for a in range(4) for b in range(4) if a != b])
    gaps = draws[:, pairs[:, 0]] - draws[:, pairs[:, 1]]
    bounds = together(np.zeros(len(pairs)), gaps, 0.05)
    expected = -stats.studentized_range.ppf(0.95, 4, np.inf)
    assert bounds == pytest.approx(np.full(len(pairs), expected), rel=0.03)


@pytest.mark.parametrize("alpha", [0.05, 1e-3, 1e-5])
def test_deep_tails_are_extended_outwards(alpha: float) -> None:
    draws = np.random.default_rng(2).normal(0, 1, (2000, 50))
    found = tail(draws, alpha)
    assert found.mean() <= stats.norm.ppf(alpha) + 0.03
    assert found.mean() >= 1.3 * stats.norm.ppf(alpha) - 0.1


def test_the_same_seed_gives_the_same_verdict() -> None:
    first, again, other = (
        judge_gap(resample_counts("recall", TABLES, recall, seed=seed), limit=0.2)
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first.evidence.interval != other.evidence.interval
    assert "max-type studentised resampling, 4000 draws" in first.evidence.method


def test_more_rows_cost_no_more() -> None:
    many = {name: (np.array(table) * 10**6).tolist() for name, table in TABLES.items()}
    found = judge_gap(resample_counts("recall", many, recall), limit=0.2)
    assert found.verdict is Verdict.FAIL
    assert found.evidence.n == 10**6 * sum(np.sum(table) for table in TABLES.values())


def test_clusters_that_span_groups_cancel() -> None:
    """Each cluster shifts both groups alike, so that their difference is known better."""
    rng = np.random.default_rng(3)
    shares = rng.beta(1, 1, 60)
    hits = rng.binomial(50, shares[:, None], (60, 2))
    tables = {g: np.stack([50 - hits[:, i], hits[:, i]], axis=1) for i, g in enumerate("ab")}
    whole = gap_interval(resample_counts("rate", tables, rate, clustered=True))
    apart = {g: table[rng.permutation(60)] for g, table in tables.items()}
    assert (
        whole.high < 0.5 * gap_interval(resample_counts("rate", apart, rate, clustered=True)).high
    )


def test_rows_of_one_cluster_are_one_unit() -> None:
    rows = {g: np.repeat(np.random.default_rng(4).normal(size=40), 10) for g in "ab"}
    labels = {g: np.repeat(np.arange(40), 10) for g in "ab"}
    loose = resample_rows("mean", rows, np.mean, n_resamples=400)
    tight = resample_rows("mean", rows, np.mean, clusters=labels, n_resamples=400)
    assert tight.spread()[0] == pytest.approx(np.sqrt(10) * loose.spread()[0], rel=0.2)


def test_draws_that_are_undefined_make_nothing_certain() -> None:
    draws = np.random.default_rng(5).normal(0.5, 0.01, (500, 2))
    draws[:100, 0] = np.nan
    judgement = judge_gap(resampled("F1", ["a", "b"], [9, 90], [0.5, 0.5], draws), limit=0.2)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "any size" in judgement.reason


def test_a_group_without_a_number_is_named() -> None:
    draws = np.random.default_rng(6).normal(0.5, 0.01, (500, 2))
    quantity = resampled("F1", ["a", "b"], [9, 90], [np.nan, 0.5], draws)
    assert "The F1 of group 'a' cannot be measured" in judge_gap(quantity, limit=0.2).reason
    assert "The F1 of group 'a' cannot be measured" in judge_extreme(quantity, limit=0.2).reason


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: resampled("F1", ["a"], [9], [0.5], np.zeros((30, 1))), "at least 40 rows"),
        (lambda: resampled("F1", ["a"], [9], [0.5, 0.6], np.zeros((50, 1))), "2 observed"),
        (lambda: resample_counts("rate", {"a": [-1, 2]}, rate), "negative or no number"),
        (
            lambda: resample_counts(
                "rate", {"a": [[1, 2]], "b": [[1, 2]] * 2}, rate, clustered=True
            ),
            "Give every group a table of every cluster",
        ),
    ],
)
def test_bad_arguments_are_named(make: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        make()
