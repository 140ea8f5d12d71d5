from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import clopper_pearson, judge_extreme, means, rates
from pytest_fairness.outcome import Verdict

ACCURACY = {"accuracy": {"a": (450, 500), "b": (300, 400)}}


def test_two_exact_bounds_judge_the_worst_group() -> None:
    evidence = judge_extreme(ACCURACY, limit=0.7).evidence
    assert evidence.estimate == 0.75
    assert evidence.interval is not None
    assert evidence.interval.low == clopper_pearson(300, 400, confidence=0.95).low
    assert evidence.interval.high == clopper_pearson(300, 400, confidence=0.975).high
    assert evidence.deciding is not None
    assert (evidence.deciding.first, evidence.deciding.second) == ("b", "")


@pytest.mark.parametrize(
    ("limit", "side", "verdict", "reason"),
    [
        (
            0.7,
            "min",
            Verdict.PASS,
            "The accuracy of every group is at least 0.71 with 95 % confidence, within 0.7.",
        ),
        (
            0.85,
            "min",
            Verdict.FAIL,
            "The accuracy of group 'b' is at most 0.8 with 95 % confidence, below the limit 0.85: "
            "0.75 in 400 rows.",
        ),
        (
            0.85,
            "max",
            Verdict.FAIL,
            "The accuracy of group 'a' is at least 0.87 with 95 % confidence, above the limit "
            "0.85: 0.9 in 500 rows.",
        ),
        (
            0.75,
            "min",
            Verdict.INCONCLUSIVE,
            "The accuracy of group 'b' may be as low as 0.71 (95 % confidence) and the limit is "
            "0.75: 0.75 in 400 rows; it is so near the limit that no practical number of rows "
            "would decide.",
        ),
    ],
)
def test_reasons(limit: float, side: Any, verdict: Verdict, reason: str) -> None:
    judgement = judge_extreme(ACCURACY, limit=limit, side=side)
    assert (judgement.verdict, judgement.reason) == (verdict, reason)


def test_a_small_group_is_asked_for_more_rows() -> None:
    judgement = judge_extreme({"accuracy": {"a": (950, 1000), "b": (18, 20)}}, limit=0.75)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.evidence.required_groups["a"] == 1000
    assert 20 < judgement.evidence.required_groups["b"] < 200


def test_an_empty_group_is_named_and_hides_no_failure() -> None:
    empty = {"accuracy": {"a": (950, 1000), "b": (0, 0)}}
    assert "group 'b' cannot be measured" in judge_extreme(empty, limit=0.5).reason
    assert judge_extreme(empty, limit=0.99).verdict is Verdict.FAIL
    unknown = {"accuracy": {"a": (950, 1000), "unknown": (0, 900)}}
    assert judge_extreme(unknown, limit=0.5).verdict is Verdict.PASS


def test_several_quantities_share_one_error_rate() -> None:
    both = [rates("recall", {"a": (80, 100)}), rates("precision", {"a": (80, 100)})]
    interval = judge_extreme(both, limit=0.5).evidence.interval
    assert interval is not None
    assert interval.high == clopper_pearson(80, 100, confidence=0.975).high


@pytest.mark.parametrize("at", [0.8, 0.95])
def test_groups_at_the_limit_seldom_get_a_verdict(at: float) -> None:
    """500 draws of 8 groups of 150 at the limit: Monte Carlo error of 5 % is 1 point."""
    rng = np.random.default_rng(1)
    found = [
        judge_extreme({"accuracy": {str(g): (int(k), 150) for g, k in enumerate(row)}}, limit=at)
        for row in rng.binomial(150, at, (500, 8))
    ]
    shares = [sum(j.verdict is v for j in found) / 500 for v in (Verdict.FAIL, Verdict.PASS)]
    assert max(shares) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 500)


def test_errors_have_a_ceiling() -> None:
    rng = np.random.default_rng(2)
    errors = means("mean absolute error", {g: rng.exponential(1, 400) for g in "abc"}, least=0)
    assert judge_extreme(errors, limit=1.4, side="max").verdict is Verdict.PASS
    assert judge_extreme(errors, limit=0.7, side="max").verdict is Verdict.FAIL


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ArgumentError, match="side='most' must be 'min' or 'max'"):
        judge_extreme(ACCURACY, limit=0.5, side="most")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=r"share=0 must lie in \(0, 1\]"):
        judge_extreme(ACCURACY, limit=0.5, share=0)
