"""How the tests of a session share alpha: never more than all of it, whatever runs."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st

from pytest_fairness.sharing import AlphaPlan


@given(foreseen=st.integers(0, 60), others=st.integers(0, 60), checks=st.integers(1, 30))
def test_all_shares_together_are_at_most_one(foreseen, others, checks):
    tests = [(f"f{i}", True) for i in range(foreseen)] + [(f"o{i}", False) for i in range(others)]
    plan = AlphaPlan.of(tests)
    total = sum(plan.share(name, k) for name, _ in tests for k in range(1, checks + 1))
    assert total <= 1 + 1e-12


def test_shares_are_nearly_all_given_out_where_each_test_holds_many_checks():
    plan = AlphaPlan.of([("a", True), ("b", True), ("c", False)])
    spent = sum(plan.share(test, k) for test in "ab" for k in range(1, 5000))
    assert spent == pytest.approx(0.95, abs=1e-3)


def test_one_test_alone_may_spend_most_of_alpha_on_its_first_check():
    assert AlphaPlan.of([("a", True)]).share("a", 1) == pytest.approx(6 / math.pi**2)


def test_the_share_of_a_test_does_not_depend_on_the_order_of_collection():
    tests = [("a", True), ("b", True), ("c", False)]
    forward, backward = AlphaPlan.of(tests), AlphaPlan.of(tests[::-1])
    assert {t: forward.share(t, 1) for t in "abc"} == {t: backward.share(t, 1) for t in "abc"}


def test_a_test_that_was_not_collected_still_has_a_level():
    plan = AlphaPlan.of([("a", True), ("b", False)])
    assert 0 < plan.share("made later", 1) < plan.share("b", 1)


def test_without_a_foreseen_test_the_others_have_all_of_alpha():
    plan = AlphaPlan.of([("a", False)])
    assert sum(plan.share("a", k) for k in range(1, 2000)) == pytest.approx(
        6 / math.pi**2, rel=1e-2
    )
