from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import adjust_p_values

STATSMODELS = {
    "holm": "holm",
    "bonferroni": "bonferroni",
    "benjamini-hochberg": "fdr_bh",
    "benjamini-yekutieli": "fdr_by",
}
METHODS = tuple(STATSMODELS)
p_values = st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.01, 0.05, 1.0]), min_size=1)


@given(p_values, st.sampled_from(METHODS))
def test_adjusted_p_values_are_those_of_statsmodels(raw: list[float], method: str) -> None:
    expected = multipletests(raw, method=STATSMODELS[method])[1]
    assert adjust_p_values(raw, method) == pytest.approx(expected, abs=1e-12)


@given(p_values, st.sampled_from(METHODS), st.randoms(use_true_random=False))
def test_the_order_of_tests_does_not_matter(raw, method, random) -> None:
    shuffled = random.sample(list(enumerate(raw)), len(raw))
    again = adjust_p_values([p for _, p in shuffled], method)
    restored = dict(zip((place for place, _ in shuffled), again, strict=True))
    assert [restored[i] for i in range(len(raw))] == pytest.approx(
        list(adjust_p_values(raw, method))
    )


def test_no_test_needs_no_adjustment() -> None:
    assert len(adjust_p_values([])) == 0


def test_holm_keeps_the_chance_of_one_false_alarm_below_the_level() -> None:
    """Half of 20 tests that go together are true alarms; Monte Carlo error 0.5 points."""
    rng, alarms = np.random.default_rng(1), 0
    for _ in range(2000):
        z = 0.7 * rng.standard_normal() + np.sqrt(0.51) * rng.standard_normal(20)
        z[10:] += 4
        alarms += bool((adjust_p_values(norm.sf(z)) <= 0.05)[:10].any())
    assert alarms / 2000 <= 0.05 + 3 * 0.005


@pytest.mark.parametrize(
    ("raw", "method", "message"),
    [
        ([0.5, 1.2], "holm", "p_values holds 1.2 and must lie in"),
        ([0.5, float("nan")], "holm", "p_values holds nan"),
        ([[0.5]], "holm", "one number per test"),
        ([0.5], "sidak", "method='sidak' is unknown"),
    ],
)
def test_what_is_not_a_family_of_tests_is_refused(raw, method, message) -> None:
    with pytest.raises(ArgumentError, match=message):
        adjust_p_values(raw, method)
