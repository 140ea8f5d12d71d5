from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, strategies as st

from pytest_fairness.outcome import Interval, Tolerance
from pytest_fairness.reports import formats
from pytest_fairness.reports.formats import Unit


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (0.0123, Unit.RATE, "1.2 %"),
        (0.5, Unit.RATE, "50.0 %"),
        (0.00123, Unit.RATE, "0.12 %"),
        (0.0, Unit.RATE, "0 %"),
        (1.0, Unit.RATE, "100 %"),
        (0.99999, Unit.RATE, "99.999 %"),
        (0.257, Unit.POINTS, "25.7 pp"),
        (-0.02, Unit.POINTS, "-2.0 pp"),
        (0.853, Unit.RATIO, "0.85"),
        (0.996, Unit.RATIO, "0.996"),
        (0.3349, Unit.SCORE, "0.335"),
        (0.0042, Unit.SCORE, "0.0042"),
        (None, Unit.RATE, "not measured"),
        (math.nan, Unit.RATE, "not measured"),
        (math.inf, Unit.RATIO, "infinite"),
    ],
)
def test_numbers_have_sensible_digits(value, unit, expected):
    assert formats.number(value, unit) == expected


def test_a_number_beyond_the_limit_never_looks_like_the_limit():
    assert formats.number(0.0104, Unit.RATE, [0.01]) == "1.04 %"
    assert formats.number(0.00996, Unit.RATE, [0.01]) == "0.996 %"


@given(
    value=st.floats(-1, 1).filter(lambda x: x == 0 or abs(x) > 1e-6),
    limit=st.integers(0, 1000).map(lambda n: n / 1000),
    unit=st.sampled_from(Unit),
)
def test_what_is_printed_stands_on_the_same_side_of_the_limit(value, limit, unit):
    assume(value == limit or abs(value - limit) > 1e-8)
    shown = float(formats.number(value, unit, [limit]).removesuffix(unit.suffix))
    boundary = float(formats.stated(limit, unit).removesuffix(unit.suffix))
    assert (shown > boundary) - (shown < boundary) == (value > limit) - (value < limit)


@pytest.mark.parametrize(
    ("name", "value", "words", "short"),
    [
        ("max_flip_rate", 0.01, "at most 1 %", "<= 1 %"),
        ("max_difference", 0.07, "at most 7 pp", "<= 7 pp"),
        ("min_ratio", 0.8, "at least 0.8", ">= 0.8"),
        ("max_mean_shift", 0.025, "at most 0.025", "<= 0.025"),
        ("tolerance", 0.05, "at most 0.05", "<= 0.05"),
    ],
)
def test_limits_are_written_as_they_were_stated(name, value, words, short):
    tolerance = Tolerance(name, value)
    assert formats.limit(tolerance) == words
    assert formats.limit(tolerance, short=True) == short


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.05, 0.079, "5.0 % to 7.9 %"),
        (0.05, math.inf, "at least 5.0 %"),
        (None, 0.079, "at most 7.9 %"),
        (None, None, "no bounds"),
    ],
)
def test_open_bounds_are_told_in_words(low, high, expected):
    assert formats.bounds(Interval(low, high, 0.95), Unit.RATE) == expected


def test_the_unit_of_an_interval_may_be_written_once():
    assert formats.bounds(Interval(0.05, 0.079, 0.95), Unit.RATE, once=True) == "5.0 to 7.9 %"
    assert formats.bounds(None, Unit.RATE) == ""


def test_counts_agree_with_their_noun():
    assert formats.count(1, "pairs") == "1 pair"
    assert formats.count(52000, "rows") == "52,000 rows"


@pytest.mark.parametrize(
    ("quantity", "unit"),
    [
        ("selection_rate", Unit.RATE),
        ("labelled toxic", Unit.RATE),
        ("accuracy", Unit.RATE),
        ("mean score", Unit.SCORE),
    ],
)
def test_rates_of_groups_are_percentages(quantity, unit):
    assert formats.quantity_unit(quantity) is unit


def test_tiny_p_values_are_not_spelled_out():
    assert formats.chance(0.031) == "p = 0.031"
    assert formats.chance(3e-9) == "p < 0.001"
