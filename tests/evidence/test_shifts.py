from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import judge_mean_shift, mean_bounds
from pytest_fairness.outcome import Verdict

AB, AC, BC = ("a", "b"), ("a", "c"), ("b", "c")


@pytest.mark.parametrize(
    ("shifts", "population", "limit", "reason"),
    [
        (
            {AB: [-0.2] * 400},
            None,
            0.05,
            "The mean score of 'b' minus 'a' is at least 0.18 with 95 % confidence, above the "
            "limit 0.05.",
        ),
        (
            {AB: [0.0] * 1000},
            None,
            0.05,
            "No two groups' mean scores differ by more than 0.0045 with 95 % confidence, within "
            "the limit 0.05.",
        ),
        (
            {AB: [0.0] * 100},
            None,
            0.02,
            "The largest mean shift lies between 0 and 0.041 (at least 95 % confidence each way) "
            "and the "
            "limit is 0.02; about 219 pairs instead of 100 would probably decide.",
        ),
        (
            {AB: [0.04] * 6 + [0.0] * 4},
            {AB: 10},
            0.02,
            "The mean score of 'a' minus 'b' is 0.024, above the limit 0.02.",
        ),
        (
            {AB: [0.04] * 4 + [0.0] * 6},
            {AB: 10},
            0.02,
            "No two groups' mean scores differ by more than 0.016, within the limit 0.02.",
        ),
        (
            {AB: [0.5, -0.5] * 15},
            {AB: 40},
            0.01,
            "The largest mean shift lies between 0 and 0.23 (at least 95 % confidence each way) "
            "and the "
            "limit is 0.01; scoring all 40 pairs of the space decides.",
        ),
    ],
)
def test_reasons(
    shifts: dict[tuple[str, str], Any], population: Any, limit: float, reason: str
) -> None:
    assert judge_mean_shift(shifts, limit=limit, population=population).reason == reason


values = st.lists(st.floats(-1, 1), min_size=1, max_size=20)


@given(st.dictionaries(st.sampled_from([AB, AC, BC]), values, min_size=1), st.floats(0, 0.5))
def test_the_verdict_is_what_the_interval_shows(
    shifts: dict[tuple[str, str], list[float]], limit: float
) -> None:
    judgement = judge_mean_shift(shifts, limit=limit)
    evidence = judgement.evidence
    assert evidence.interval is not None
    assert evidence.estimate is not None
    means = [float(np.mean(v)) for v in shifts.values()]
    assert evidence.estimate == pytest.approx(max(abs(m) for m in means))
    assert 0 <= evidence.interval.low <= evidence.estimate + 1e-12
    assert evidence.estimate - 1e-12 <= evidence.interval.high
    assert (judgement.verdict is Verdict.FAIL) == (evidence.interval.low > limit)
    assert (judgement.verdict is Verdict.PASS) == (evidence.interval.high <= limit)
    assert evidence.n == sum(len(v) for v in shifts.values())


def test_the_bounds_are_those_of_each_pair_at_its_level() -> None:
    rng = np.random.default_rng(0)
    shifts = {AB: rng.normal(0.1, 0.1, 200).clip(-1, 1), AC: rng.normal(-0.3, 0.1, 100).clip(-1, 1)}
    evidence = judge_mean_shift(shifts, limit=0.05).evidence
    assert evidence.interval is not None
    strict = [mean_bounds(v, confidence=1 - 0.05 / 4) for v in (shifts[AB], -shifts[AC])]
    full = [mean_bounds(v, confidence=0.95) for v in (shifts[AB], -shifts[AC])]
    assert evidence.interval.low == pytest.approx(max(b.low for b in strict))
    assert evidence.interval.high == pytest.approx(max(b.high for b in full))
    assert [(c.first, c.second) for c in evidence.comparisons] == [("c", "a"), ("a", "b")]


def test_exchanging_the_groups_changes_nothing_but_their_names() -> None:
    rng = np.random.default_rng(0)
    array = rng.normal(0.1, 0.1, 200).clip(-1, 1)
    one = judge_mean_shift({AB: array}, limit=0.05)
    other = judge_mean_shift({("b", "a"): -array}, limit=0.05)
    assert one == other


def test_a_limit_of_zero_is_kept_by_a_census_only() -> None:
    sample = judge_mean_shift({AB: [0.0] * 100}, limit=0)
    assert sample.verdict is Verdict.INCONCLUSIVE
    assert sample.reason.endswith(
        "no sample can show a shift of exactly 0, so state the largest that you accept."
    )
    census = judge_mean_shift({AB: [0.0] * 100}, limit=0, population={AB: 100})
    assert census.verdict is Verdict.PASS


def test_shifts_that_cancel_between_pairs_do_not_cancel_here() -> None:
    judgement = judge_mean_shift({AB: [0.3] * 300, BC: [-0.3] * 300}, limit=0.1)
    assert judgement.verdict is Verdict.FAIL


def test_a_census_is_exact() -> None:
    judgement = judge_mean_shift(
        {AB: [0.01, 0.03], AC: [0.0]}, limit=0.02, population={AB: 2, AC: 1}
    )
    evidence = judgement.evidence
    assert evidence.interval is not None
    assert judgement.verdict is Verdict.PASS
    assert evidence.interval.low == evidence.interval.high == evidence.estimate == 0.02
    assert (evidence.n, evidence.population) == (3, 3)
    assert evidence.method == "mean of the whole population, exact"


@pytest.mark.parametrize("shifts", [{}, {AB: []}, {AB: [], AC: []}])
def test_no_pair_is_unmeasurable(shifts: dict[tuple[str, str], list[float]]) -> None:
    judgement = judge_mean_shift(shifts, limit=0.1)
    assert judgement.verdict is Verdict.UNMEASURABLE
    assert judgement.reason.startswith("No valid pairs ")


def test_groups_without_a_pair_are_named_unless_others_fail() -> None:
    quiet = judge_mean_shift({AB: [0.0] * 1000, AC: []}, limit=0.1)
    assert quiet.verdict is Verdict.UNMEASURABLE
    assert quiet.reason == (
        "No valid pairs of 'a' and 'c' to measure a shift on. "
        "Add templates or terms for both groups."
    )
    loud = judge_mean_shift({AB: [0.5] * 1000, AC: []}, limit=0.1)
    assert loud.verdict is Verdict.FAIL
    assert "'a' and 'c'" in loud.evidence.notes[0]


def test_false_verdicts_are_rare() -> None:
    """Three pairs of groups, all true means at the limit or at 0; 200 draws, 3 standard errors."""
    rng = np.random.default_rng(5)
    runs, fails, passes = 200, 0, 0
    for _ in range(runs):
        jumps = {p: np.where(rng.random(150) < 0.1, 0.5, 0.0) for p in (AB, AC, BC)}
        fails += judge_mean_shift(jumps, limit=0.05).verdict is Verdict.FAIL
        mixed = {**jumps, AC: np.zeros(150), BC: np.zeros(150)}
        passes += judge_mean_shift(mixed, limit=0.0499).verdict is Verdict.PASS
    allowed = 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)
    assert fails / runs <= allowed
    assert passes / runs <= allowed


def test_the_stated_number_of_pairs_probably_decides() -> None:
    """At `required_n` at least 70 % of 100 fresh samples decide: 0.8 less 2.5 standard errors."""
    rng = np.random.default_rng(6)
    first = rng.normal(0.03, 0.1, 100).clip(-1, 1)
    first += 0.03 - first.mean()  # the observed mean holds
    required = judge_mean_shift({AB: first}, limit=0.01).evidence.required_n
    assert required is not None
    decided = sum(
        judge_mean_shift({AB: rng.normal(0.03, 0.1, required).clip(-1, 1)}, limit=0.01).verdict
        is Verdict.FAIL
        for _ in range(100)
    )
    assert 70 <= decided <= 95


@pytest.mark.parametrize(
    ("shifts", "changed", "message"),
    [
        ({AB: [2.0]}, {}, r"shifts\['a', 'b'\] holds 2 and must lie in \[-1, 1\]"),
        ({AB: [float("nan")]}, {}, r"shifts\['a', 'b'\] holds nan"),
        ({AB: [0.0]}, {"limit": 2}, "limit=2 must lie in"),
        ({AB: [0.0, 0.1]}, {"population": {AB: 1}}, "population=1 is smaller than the 2 units"),
    ],
)
def test_bad_arguments_are_named(
    shifts: dict[tuple[str, str], list[float]], changed: dict[str, Any], message: str
) -> None:
    with pytest.raises(ArgumentError, match=message):
        judge_mean_shift(shifts, **{"limit": 0.1, **changed})
