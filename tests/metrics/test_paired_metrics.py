from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics import flip_rate, mean_shift


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("xyz")), min_size=1))
def test_flips_are_counted_in_either_direction(pairs: list[tuple[str, str]]) -> None:
    first, second = (list(side) for side in zip(*pairs, strict=True))
    by_hand = sum(a != b for a, b in pairs) / len(pairs)
    assert flip_rate(first, second) == flip_rate(second, first) == pytest.approx(by_hand)


def test_shifts_have_a_sign() -> None:
    assert mean_shift([0.9, 0.5], [0.4, 0.6]) == pytest.approx(0.2)
    assert mean_shift([0.4, 0.6], [0.9, 0.5]) == pytest.approx(-0.2)


def test_no_pair_is_not_measurable() -> None:
    assert math.isnan(flip_rate([], []))
    assert math.isnan(mean_shift([], []))


def test_both_sides_of_each_pair_are_needed() -> None:
    with pytest.raises(ArgumentError, match="first has 2 entries but second has 1"):
        flip_rate(["a", "b"], ["a"])
