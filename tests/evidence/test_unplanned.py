"""Only what lies near the limit is said to lie near it; of the rest, too little is known."""

from __future__ import annotations

import pytest

from pytest_fairness.evidence import judge_deviation, judge_mean
from pytest_fairness.evidence.judgement import unplanned
from pytest_fairness.outcome import Interval

NEAR = "so near the limit"


@pytest.mark.parametrize(
    ("estimate", "high", "limit", "n", "said"),
    [
        (0.30, 0.40, 0.3, 100, NEAR),
        (0.3001, 0.40, 0.3, 100, NEAR),  # a thousandth of the way to the bound
        (0.25, 0.40, 0.3, 100, "too few to tell how many would decide: measure at least 1,000"),
        (0.0, float("inf"), 0.1, 2, "2 pairs are too few .*: measure at least 20 first"),
        (0.0, 1.0, 0.1, 1, "1 pair is too few"),
        (0.0, float("inf"), 0.1, 200, "values that are all alike"),
    ],
)
def test_what_is_said_without_a_plan(estimate, high, limit, n, said):
    import re

    found = unplanned(estimate, Interval(0.0, high, 0.95), limit, n, "pairs")
    assert re.search(said, found), found
    assert (NEAR in found) == (said is NEAR)


def test_two_pairs_far_from_the_limit_are_too_few():
    found = judge_deviation(
        [2.0, -2.0], fair=0, limit=1, quantity="gap", clusters="ab", unit="pairs"
    )
    assert found.verdict.value == "inconclusive"
    assert NEAR not in found.reason
    assert "it may lie any distance from 0" in found.reason
    assert "2 pairs are too few to tell" in found.reason
    assert "inf" not in found.reason


def test_a_distance_ends_where_the_range_of_its_mean_does():
    """An accuracy gap of 0 can be no further than 1 from 0, however little is known."""
    found = judge_deviation(
        [1.0, -1.0], fair=0, limit=0.1, quantity="gap", clusters="ab", least=-1, most=1
    )
    assert found.evidence.interval.high == 1.0
    assert "between 0 and 1 from 0" in found.reason


def test_one_thing_is_not_written_as_several():
    found = judge_deviation([1.0], fair=0, limit=0.1, quantity="gap", clusters="a", unit="pairs")
    assert "on 1 pair in 1 cluster." in found.reason


def test_near_the_limit_it_is_still_said():
    values = [0.05] * 20 + [0.15] * 20
    assert NEAR in judge_mean(values, limit=0.1, quantity="gap", unit="texts").reason
