from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from pytest_fairness.outcome import Evidence, Interval
from pytest_fairness.reports import drawing
from pytest_fairness.reports.drawing import Scale

VALUES = st.floats(-1, 1).map(lambda x: round(x, 6))


def evidence(estimate, low=None, high=None):
    interval = None if low is None and high is None else Interval(low, high, 0.95)
    return Evidence(estimate, interval, "by hand", 10)


@given(values=st.lists(VALUES, min_size=1, max_size=6))
def test_every_value_stands_inside_the_margins_and_in_order(values):
    scale = drawing.scale_over(values)
    places = [scale.at(value) for value in sorted(values)]
    assert places == sorted(places)
    assert all(drawing.MARGIN <= place <= 100 - drawing.MARGIN for place in places)


@given(low=VALUES, span=st.floats(1e-6, 1e3), most=st.integers(3, 8))
def test_ticks_are_round_few_and_evenly_spaced(low, span, most):
    scale = Scale(low, low + span)
    found = drawing.ticks(scale, most=most)
    assert 1 <= len(found) <= most
    slack = span * 1e-6
    assert all(low - slack <= tick <= low + span + slack for tick in found)
    steps = {round((b - a) / span, 6) for a, b in pairwise(found)}
    assert len(steps) <= 1


def test_a_scale_of_one_value_has_room_on_both_sides():
    scale = drawing.scale_over([0.3])
    assert scale.at(0.3) == 50


def test_the_accepted_side_is_left_of_an_upper_limit_and_right_of_a_lower_one():
    upper = drawing.picture([evidence(0.06, 0.05, 0.08)], limit=0.01, is_upper=True, fair=0)
    lower = drawing.picture([evidence(0.9, 0.85, 0.95)], limit=0.8, is_upper=False, fair=1)
    assert upper is not None
    assert lower is not None
    assert upper.accepted == (0.0, upper.limit)
    assert upper.limit < upper.bars[0].start
    assert lower.accepted[0] == lower.limit
    assert sum(lower.accepted) == pytest.approx(100)
    assert lower.limit < lower.bars[0].start


def test_bars_keep_the_order_low_estimate_high():
    picture = drawing.picture([evidence(0.06, 0.05, 0.08)], limit=0.01, is_upper=True, fair=0)
    assert picture is not None
    (bar,) = picture.bars
    assert bar.start < bar.at < bar.end


def test_a_side_without_a_bound_is_open():
    picture = drawing.picture([evidence(0.9, 0.7, math.inf)], limit=0.8, is_upper=False, fair=1)
    assert picture is not None
    (bar,) = picture.bars
    assert bar.open_end
    assert not bar.open_start
    assert bar.end == pytest.approx(100 - drawing.MARGIN)


def test_nothing_measured_draws_nothing():
    assert drawing.picture([evidence(None)], limit=0.1, is_upper=True, fair=0) is None
    assert drawing.thumbnail(evidence(None), limit=0.1, is_upper=True) is None
    assert drawing.thumbnail(evidence(math.nan), limit=0.1, is_upper=True) is None


@given(estimate=VALUES, limit=st.floats(0, 1), is_upper=st.booleans())
def test_in_a_thumbnail_right_of_the_middle_means_beyond_the_limit(estimate, limit, is_upper):
    bar = drawing.thumbnail(evidence(estimate), limit=limit, is_upper=is_upper)
    assert bar is not None
    assert bar.at is not None
    beyond = estimate - limit if is_upper else limit - estimate
    if abs(beyond) > 1e-3:
        assert (bar.at > 50) == (beyond > 0)


@pytest.mark.parametrize(
    ("is_upper", "open_start", "open_end"), [(True, False, True), (False, True, False)]
)
def test_a_thumbnail_turns_open_bounds_with_the_axis(is_upper, open_start, open_end):
    bar = drawing.thumbnail(evidence(0.5, 0.4, math.inf), limit=0.8, is_upper=is_upper)
    assert bar is not None
    assert (bar.open_start, bar.open_end) == (open_start, open_end)


@pytest.mark.parametrize(("at", "expected"), [(3, "start"), (50, "middle"), (97, "end")])
def test_letters_grow_inwards_near_the_edges(at, expected):
    assert drawing.anchor(at) == expected
