from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from scipy import stats

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import flip_directions, mcnemar_exact


@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemar_is_the_exact_binomial_test(b: int, c: int) -> None:
    expected = stats.binomtest(b, b + c, 0.5).pvalue if b + c else 1.0
    assert mcnemar_exact(b, c) == mcnemar_exact(c, b) == pytest.approx(expected, rel=1e-9)


def test_the_favoured_group_stands_first() -> None:
    found = flip_directions(
        {("a", "b"): (1, 9, 100), ("a", "c"): (2, 2, 50), ("b", "c"): (0, 0, 0)}
    )
    assert [(c.first, c.second, c.estimate, c.n) for c in found] == [
        ("b", "a", 0.08, 100),
        ("a", "c", 0.0, 50),
    ]
    assert found[0].p_value == pytest.approx(stats.binomtest(1, 10, 0.5).pvalue)
    assert found[1].p_value == 1


def test_flips_cannot_outnumber_pairs() -> None:
    with pytest.raises(ArgumentError, match="flips between 'a' and 'b' counts 5 of 4"):
        flip_directions({("a", "b"): (3, 2, 4)})
