"""A rate judged at every look: validity by simulation, agreement of judge and walk, words."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import (
    clopper_pearson,
    judge_rate_in_order,
    next_look,
    rate_bounds_in_order,
)
from pytest_fairness.evidence.sequential import FIRST, LOOKING_TO_PASS
from pytest_fairness.outcome import Verdict
from tests.evidence.looks import Plan, decided, draws, fixed, walk
from tests.evidence.sequential_table import line, rows

RUNS = 1000
ERROR = 3 * math.sqrt(0.05 * 0.95 / RUNS)  # 2.1 points: three standard errors of 5 % in 1,000 draws

PLANS = [
    Plan(limit, planned, population)
    for limit in (0.01, 0.05, 0.3)
    for planned, population in ((2000, None), (2000, 200_000), (1000, 1500), (500, 500))
]


@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_false_verdicts_stay_rare_when_looking_after_every_pair(plan: Plan) -> None:
    """At the limit exactly a fail is false; one pair of a finite space above it, a pass is.

    A verdict counts at whichever of the looks it first appears, with a look after each pair from
    the first on.
    """
    at_limit = draws(plan, plan.limit, RUNS, seed=3)
    passes, fails = decided(plan, at_limit)
    assert fails.any(axis=1).mean() <= 0.05 + ERROR
    if plan.population is not None:
        above = (math.floor(plan.limit * plan.population + 1e-9) + 1) / plan.population
        passes, _ = decided(plan, draws(plan, above, RUNS, seed=4))
    assert passes.any(axis=1).mean() <= 0.05 + ERROR


@pytest.mark.slow
@pytest.mark.parametrize("limit", [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.8])
@pytest.mark.parametrize("alpha", [0.05, 0.2])
@pytest.mark.parametrize("population", [None, 1_000_000, 2500, 2000])
def test_false_verdicts_stay_rare_everywhere(
    limit: float, alpha: float, population: int | None
) -> None:
    """10,000 draws each, three standard errors."""
    plan, runs = Plan(limit, 2000, population, alpha), 10_000
    error = 3 * math.sqrt(alpha * (1 - alpha) / runs)
    parts = [draws(plan, limit, 1000, seed) for seed in range(runs // 1000)]
    fails = np.mean([decided(plan, part)[1].any(axis=1).mean() for part in parts])
    assert fails <= alpha + error
    above = limit if population is None else (math.floor(limit * population + 1e-9) + 1)
    above = above if population is None else above / population
    parts = [draws(plan, above, 1000, seed) for seed in range(runs // 1000)]
    passes = np.mean([decided(plan, part)[0].any(axis=1).mean() for part in parts])
    assert passes <= alpha + error


def test_stopping_at_the_best_moment_would_break_fixed_bounds() -> None:
    """Why the bounds must hold at every look: exact ones of a fixed sample, read at every look."""
    plan = Plan(0.05, 2000)
    hits = draws(plan, 0.05, 300, seed=5)
    counts, sizes = hits.cumsum(axis=1), np.arange(1, 2001)
    looks = sizes[FIRST - 1 :: 20] - 1
    low = np.array(
        [[clopper_pearson(int(r[i]), i + 1, confidence=0.95).low for i in looks] for r in counts]
    )
    assert (low > 0.05).any(axis=1).mean() > 0.15


@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_the_walk_of_the_simulations_is_that_of_the_judge(plan: Plan) -> None:
    for rate in (plan.limit / 5, plan.limit, min(1.0, plan.limit * 3)):
        hits = draws(plan, rate, 4, seed=8)
        ends = walk(plan, hits)
        for row in range(len(hits)):
            n, verdict = judged(plan, hits[row])
            assert n == ends.n[row]
            assert (verdict is Verdict.PASS) == ends.passed[row]
            assert (verdict is Verdict.FAIL) == ends.failed[row]


def judged(plan: Plan, hits: np.ndarray) -> tuple[int, Verdict]:
    options = {"planned": plan.planned, "limit": plan.limit, "population": plan.population}
    n = 0
    while True:
        n = next_look(hits[:n], **options)
        verdict = judge_rate_in_order(hits[:n], **options).verdict
        if verdict is not Verdict.INCONCLUSIVE or n == plan.planned:
            return n, verdict


@pytest.mark.parametrize("limit", [0.01, 0.02, 0.05])
def test_clear_cases_cost_at_most_a_quarter(limit: float) -> None:
    """Far below the limit and far above it, against 2,000 pairs at the same error rate."""
    for rate, early, full in rows(limit, runs=200, seed=2, rates=(0.0, 0.05, 0.1, 5.0, 10.0)):
        assert early.n.mean() <= 500, line(limit, rate, early, full)
        assert (early.passed if rate < limit else early.failed).mean() >= 0.99


def test_little_is_lost_near_the_limit() -> None:
    """Half the limit passes and twice the limit fails nearly as often as with all pairs at once."""
    plan = Plan(0.02, 2000)
    for rate, verdict, loss in ((0.01, "passed", 0.1), (0.04, "failed", 0.02)):
        hits = draws(plan, rate, 300, seed=6)
        early, full = getattr(walk(plan, hits), verdict), getattr(fixed(plan, hits), verdict)
        assert early.mean() >= full.mean() - loss


hit_lists = st.lists(st.booleans(), min_size=1, max_size=60)


@given(hit_lists, st.integers(0, 40), st.floats(0.001, 0.3))
@settings(max_examples=40, deadline=None)
def test_bounds_hold_the_rate_and_what_is_possible(
    hits: list[bool], more: int, alpha: float
) -> None:
    k, n = sum(hits), len(hits)
    array = np.array(hits, dtype=float)
    free = rate_bounds_in_order(array, planned=n + more, alpha=alpha)
    assert 0 <= free.low <= k / n <= free.high <= 1
    population = n + more
    held = rate_bounds_in_order(array, planned=population, alpha=alpha, population=population)
    assert k / population - 1e-9 <= held.low <= k / n <= held.high
    assert held.high <= (population - n + k) / population + 1e-9
    if not more:
        assert held.low == held.high == k / n


def test_no_flip_stops_exactly_where_it_suffices() -> None:
    goal = math.log(1 / (0.05 * LOOKING_TO_PASS))
    assert next_look([], planned=2000, limit=0.01) == FIRST
    n = 0
    for _ in range(20):
        n = next_look([False] * n, planned=2000, limit=0.01)
        verdict = judge_rate_in_order([False] * n, planned=2000, limit=0.01).verdict
        if verdict is Verdict.PASS:
            break
    assert judge_rate_in_order([False] * (n - 1), planned=2000, limit=0.01).verdict is not verdict
    assert goal / 0.0101 < n < 1.2 * goal / 0.0101  # a bet on no flip at all would need the former


def test_the_p_value_is_where_the_verdict_turns() -> None:
    for n, planned in ((200, 500), (500, 500)):
        hits = np.arange(n) % 9 == 0
        judgement = judge_rate_in_order(hits, planned=planned, limit=0.05, alpha=0.05)
        p = judgement.evidence.p_value
        assert p is not None
        assert 0 < p < 0.4
        for alpha, expected in ((p * 1.001, True), (p * 0.999, False)):
            verdict = judge_rate_in_order(hits, planned=planned, limit=0.05, alpha=alpha).verdict
            assert (verdict is Verdict.FAIL) == expected


def test_a_share_makes_fails_stricter_and_leaves_passes() -> None:
    hits = [True] * 12 + [False] * 108
    options = {"planned": 1000, "limit": 0.03}
    whole = judge_rate_in_order(hits, **options)
    part = judge_rate_in_order(hits, **options, share=0.01)
    assert whole.verdict is Verdict.FAIL
    assert part.verdict is Verdict.INCONCLUSIVE
    assert part.evidence.interval is not None
    assert whole.evidence.interval is not None
    assert part.evidence.interval.high == whole.evidence.interval.high
    assert "lower bound at error rate 0.0005" in part.evidence.method


def test_the_smallest_detectable_rate_is_detected() -> None:
    """What `minimum_detectable` promises: 80 % fails, less two standard errors of 400 draws."""
    plan = Plan(0.02, 2000)
    found = judge_rate_in_order([False] * 150, planned=2000, limit=0.02).evidence
    assert found.minimum_detectable is not None
    ends = walk(plan, draws(plan, found.minimum_detectable, 400, seed=9))
    assert 0.76 <= ends.failed.mean() <= 0.9


def test_reasons() -> None:
    stopped = judge_rate_in_order([False] * 400, planned=2000, limit=0.01, quantity="flip rate")
    assert stopped.reason == (
        "The flip rate is at most 0.0091 with 95 % confidence, within the limit 0.01."
    )
    assert (stopped.evidence.n, stopped.evidence.planned_n) == (400, 2000)
    assert "valid at every look" in stopped.evidence.method
    on = judge_rate_in_order([False] * 200, planned=2000, limit=0.01)
    assert on.reason.endswith("lies between; up to 2000 pairs are to be drawn.")
    ended = judge_rate_in_order([True] * 20 + [False] * 1980, planned=2000, limit=0.011)
    assert ended.verdict is Verdict.INCONCLUSIVE
    assert ended.evidence.required_n is not None
    assert ended.evidence.required_n > 2000
    census = judge_rate_in_order(
        [True] * 3 + [False] * 45, planned=48, limit=0.05, population=48, quantity="flip rate"
    )
    assert census.reason == (
        "The flip rate over all 48 pairs of the space is 0.062, above the limit 0.05."
    )
    assert census.evidence.p_value is None


def test_a_limit_of_zero_fails_with_one_flip() -> None:
    judgement = judge_rate_in_order([False] * 99 + [True], planned=2000, limit=0, population=9000)
    assert judgement.verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("hits", "options", "message"),
    [
        ([0.5], {"planned": 10}, "hits must hold True or False"),
        ([], {"planned": 10}, "planned=10 must be at least the 0 units drawn"),
        ([True] * 5, {"planned": 4}, "planned=4 must be at least the 5 units drawn"),
        ([True] * 5, {"planned": 9, "population": 8}, "at most population=8"),
        ([True] * 5, {"planned": 9, "limit": 2}, r"limit=2 must lie in \[0, 1\]"),
    ],
)
def test_bad_arguments_are_named(hits: list[float], options: dict[str, int], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        judge_rate_in_order(hits, **{"limit": 0.1, **options})
