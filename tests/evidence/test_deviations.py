"""Verdicts on a two-sided distance from the fair value: error rates by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import judge_deviation


def verdicts(draws, **options):
    found = [judge_deviation(d, quantity="share", **options).verdict.value for d in draws]
    return {v: found.count(v) / len(found) for v in ("pass", "fail", "inconclusive")}


@pytest.mark.parametrize("rate", [0.4, 0.6])
def test_at_the_limit_neither_verdict_is_false_too_often(rate):
    """400 draws: Monte Carlo error 1.1 points at 5 %."""
    rng = np.random.default_rng(0)
    draws = rng.binomial(1, rate, (400, 300))
    found = verdicts(draws, fair=0.5, limit=0.1)
    assert found["pass"] <= 0.05 + 0.025
    assert found["fail"] <= 0.05 + 0.025


def test_a_fair_share_passes_and_a_far_one_fails():
    rng = np.random.default_rng(1)
    assert verdicts(rng.binomial(1, 0.5, (100, 1000)), fair=0.5, limit=0.1)["pass"] > 0.95
    assert verdicts(rng.binomial(1, 0.7, (100, 500)), fair=0.5, limit=0.1)["fail"] > 0.95


@pytest.mark.parametrize("mean", [-0.2, 0.2])
def test_clustered_values_at_the_limit(mean):
    """60 draws of 40 clusters of 10 alike values: Monte Carlo error 2.8 points at 5 %."""
    rng = np.random.default_rng(2)
    clusters = np.repeat(np.arange(40), 10)
    draws = [
        mean + np.repeat(rng.normal(0, 0.5, 40), 10) + rng.normal(0, 0.1, 400) for _ in range(60)
    ]
    found = verdicts(draws, fair=0.0, limit=0.2, clusters=clusters)
    assert found["pass"] <= 0.05 + 0.067
    assert found["fail"] <= 0.05 + 0.067


def test_ignoring_the_clusters_would_fail_falsely():
    rng = np.random.default_rng(3)
    draws = [np.repeat(0.2 + rng.normal(0, 0.5, 40), 10) for _ in range(40)]
    assert verdicts(draws, fair=0.0, limit=0.2)["fail"] > 0.2


def test_the_estimate_is_the_distance():
    found = judge_deviation([0.0] * 30 + [1.0] * 70, fair=0.5, limit=0.05, quantity="share")
    assert found.evidence.estimate == pytest.approx(0.2)
    assert found.verdict.value == "fail"
    assert "at least 0.0" in found.reason or "at least 0.1" in found.reason


def test_too_little_is_not_measurable():
    assert judge_deviation([1.0], fair=0.5, limit=0.1, quantity="x").verdict.value == "unmeasurable"
    one = judge_deviation([1.0] * 9, clusters="a" * 9, fair=0.5, limit=0.1, quantity="x")
    assert one.verdict.value == "unmeasurable"
    with pytest.raises(ArgumentError, match="finite"):
        judge_deviation([1.0, float("nan")], fair=0.5, limit=0.1, quantity="x")


@pytest.mark.parametrize(("rate", "wins"), [(0.53, "pass"), (0.68, "fail")])
def test_the_number_that_would_decide_mostly_does(rate, wins):
    """It is promised to decide with 80 %; a third of the draws may miss it."""
    rng = np.random.default_rng(4)
    first = judge_deviation(
        [1.0] * round(100 * rate) + [0.0] * round(100 * (1 - rate)),
        fair=0.5,
        limit=0.1,
        quantity="share",
        unit="pairs",
    )
    needed = first.evidence.required_n
    assert first.verdict.value == "inconclusive"
    assert f"about {needed} pairs instead of 100 would probably decide" in first.reason
    found = verdicts(rng.binomial(1, rate, (200, needed)), fair=0.5, limit=0.1)
    assert 0.7 < found[wins] < 0.95


def test_at_the_limit_no_number_decides():
    found = judge_deviation([1.0] * 60 + [0.0] * 40, fair=0.5, limit=0.1, quantity="share")
    assert found.evidence.required_n is None
    assert "so near the limit that no practical number" in found.reason
