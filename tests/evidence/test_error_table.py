"""The verdict beside other rules, and beside the power that was predicted, on the same draws."""

from __future__ import annotations

import pytest

from pytest_fairness.evidence import gap_power
from tests.evidence.error_table import CASES, Case, lines
from tests.evidence.rivals import (
    corrected_intervals,
    draw,
    error_of,
    ours,
    percentile_bootstrap,
    raw,
    shares,
)

SHORT, LONG = 300, 4000
BY_NAME = {case.name: case for case in CASES}


def seldom_false(case: Case, n: int) -> None:
    found = shares(ours, draw(31, n, case.rates, case.sizes), case.sizes, case.limit)
    if case.false:
        share = found.fails if case.false == "fail" else found.passes
        assert share <= 0.05 + 3 * error_of(0.05, n)
    power = gap_power(case.expected, limit=case.limit)
    for seen, predicted in zip((found.passes, found.fails), power, strict=True):
        assert abs(seen - predicted) <= 0.03 + 3 * error_of(max(predicted, 0.01), n)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_false_verdicts_are_seldom_and_power_is_as_predicted(case: Case) -> None:
    """300 draws: 5 % and 3 Monte Carlo errors of at most 1.3 points; power within 3 points."""
    seldom_false(case, SHORT)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_false_verdicts_are_seldom_drawn_often(case: Case) -> None:
    """4,000 draws: Monte Carlo error of 5 % is 0.35 points."""
    seldom_false(case, LONG)


def test_a_pass_needs_no_correction_for_many_comparisons() -> None:
    """3 equal groups of 2,000 at 0.5, limit 0.05: 500 draws, Monte Carlo error 2.2 points."""
    case = BY_NAME["fair, 3 groups of 2,000"]
    drawn = draw(32, 500, case.rates, case.sizes)
    assert shares(ours, drawn, case.sizes, case.limit).passes >= 0.5 + 3 * error_of(0.5, 500)
    assert shares(corrected_intervals, drawn, case.sizes, case.limit).passes <= 0.4


def test_other_rules_fail_equal_groups() -> None:
    """So neither a threshold on the largest gap nor its percentile bootstrap can gate."""
    case = BY_NAME["equal, 10 groups of 100"]
    drawn = draw(33, 200, case.rates, case.sizes)
    for rule in (raw, percentile_bootstrap):
        assert shares(rule, drawn, case.sizes, case.limit).fails > 0.5


def test_the_table_is_printed_in_full() -> None:
    found = lines(20)
    assert len(found) == 2 + 2 * len(CASES)
    assert "percentile bootstrap" in found[1]
