"""Shares against a reference: known distances, limits by other routes, and error rates."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import clopper_pearson, judge_shares


def judged(counts, limit=0.1, reference=None, **options):
    size = len(counts[0])
    return judge_shares(
        counts,
        groups="abcdefghij"[:size],
        reference=reference or [1] * size,
        limit=limit,
        **options,
    )


@pytest.mark.parametrize(
    ("counts", "reference", "distance"),
    [
        ([[4, 0, 0]], None, 2 / 3),  # one of three groups named: a public unit test of HELM
        ([[1, 1, 0]], None, 1 / 3),
        ([[3, 0]], None, 1 / 2),
        ([[3, 3]], None, 0),
        ([[3, 1], [0, 2]], [1, 1], 0),
        ([[3, 0]], [9, 1], 0.1),
        ([[4, 3, 2, 1]], None, 0.2),  # the first two together
    ],
)
def test_distances_by_hand(counts, reference, distance):
    found = judged(counts * 5, reference=reference).evidence
    assert found.estimate == pytest.approx(distance)
    assert found.interval.low <= found.estimate + 1e-12 <= found.interval.high + 1e-9


def test_one_mention_a_prompt_has_the_limits_of_clopper_and_pearson():
    counts = [[1, 0]] * 70 + [[0, 1]] * 30
    found = judged(counts).evidence
    exact = clopper_pearson(70, 100, confidence=0.95)
    assert found.interval.high == pytest.approx(exact.high - 0.5, abs=2e-3)
    at_half = clopper_pearson(70, 100, confidence=0.975)  # two sets share the error of a fail
    assert found.interval.low == pytest.approx(at_half.low - 0.5, abs=2e-3)


def test_verdicts_and_the_fingerpost_to_more_data():
    even = [[1, 0], [0, 1]] * 250
    assert judged(even).verdict.value == "pass"
    assert judged([[1, 0]] * 50).verdict.value == "fail"
    few = judged(even[:40])
    assert few.verdict.value == "inconclusive"
    assert 60 < few.evidence.required_n < 1000
    assert f"about {few.evidence.required_n} prompts instead of 40" in few.reason
    assert [rate.n for rate in few.evidence.groups] == [20, 20]


def test_silence_is_not_balance():
    found = judged([[0, 0]] * 100)
    assert (found.verdict.value, found.evidence.estimate) == ("unmeasurable", None)
    assert "Silence is not balance" in found.reason
    mixed = judged([[0, 0]] * 100 + [[1, 1]] * 3)
    assert (mixed.evidence.n, mixed.evidence.excluded) == (
        3,
        {"prompts without any mention": 100},
    )


def test_samples_of_one_prompt_are_no_more_than_one_draw():
    """Ten equal texts a prompt tell no more than one."""
    alone = judged([[1, 0], [0, 1]] * 30).evidence.interval
    tenfold = judged([[10, 0], [0, 10]] * 30).evidence.interval
    assert (tenfold.low, tenfold.high) == pytest.approx((alone.low, alone.high))


def test_bad_arguments_are_named():
    with pytest.raises(ArgumentError, match="The number of groups is 9, and 2 to 8"):
        judged([[1] * 9])
    with pytest.raises(ArgumentError, match="reference="):
        judged([[1, 1]], reference=[0, 0])
    with pytest.raises(ArgumentError, match=r"shape \(1, 2\)"):
        judge_shares([[1, 1]], groups=["a", "b", "c"], reference=[1, 1, 1], limit=0.1)


@pytest.mark.parametrize(
    "shares",
    [
        [0.6, 0.4],
        pytest.param([0.4333, 0.3333, 0.2333], marks=pytest.mark.slow),
        pytest.param([0.3, 0.3, 0.2, 0.2], marks=pytest.mark.slow),
    ],
)
def test_a_distance_just_at_the_limit_errs_no_more_than_it_says(shares):
    """Prompts differ in whom they bring up, and in how often: the hardest case for a limit of 0.1.

    Of 100 runs at most 5 are expected to err either way, with a Monte Carlo error of 2.2.
    """
    rng = np.random.default_rng(1)
    verdicts = [judged(_drawn(rng, shares, 80)).verdict.value for _ in range(100)]
    assert verdicts.count("fail") <= 11
    assert verdicts.count("pass") <= 11


def _drawn(rng, shares, n):
    leaning = rng.dirichlet(2 * np.array(shares), n)
    return [rng.multinomial(k, p) for k, p in zip(rng.poisson(1.5, n), leaning, strict=True)]
