from __future__ import annotations

import math
import statistics
from itertools import product

import pytest
from hypothesis import given, strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_effectsize

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import between_group_variance, cliffs_delta, cohens_h

values = st.lists(st.integers(0, 12), min_size=1, max_size=30)


@given(st.floats(0, 1), st.floats(0, 1))
def test_cohens_h_is_that_of_statsmodels(first: float, second: float) -> None:
    expected = float(proportion_effectsize(first, second))
    assert cohens_h(first, second) == pytest.approx(expected, abs=1e-12)


@given(values, values)
def test_cliffs_delta_counts_pairs(first: list[int], second: list[int]) -> None:
    signs = [(a > b) - (a < b) for a in first for b in second]
    assert cliffs_delta(first, second) == pytest.approx(sum(signs) / len(signs))
    assert cliffs_delta(second, first) == pytest.approx(-cliffs_delta(first, second))


@given(values, values)
def test_cliffs_delta_is_mann_whitneys_statistic(first: list[int], second: list[int]) -> None:
    statistic = stats.mannwhitneyu(first, second).statistic
    expected = 2 * statistic / (len(first) * len(second)) - 1
    assert cliffs_delta(first, second) == pytest.approx(expected)


@pytest.mark.parametrize("rate", [-0.1, 1.1, math.nan])
def test_cohens_h_takes_rates(rate: float) -> None:
    with pytest.raises(ArgumentError, match="takes rates"):
        cohens_h(0.5, rate)


@pytest.mark.parametrize("sample", [[], [1.0, math.nan]])
def test_cliffs_delta_takes_samples(sample: list[float]) -> None:
    with pytest.raises(ArgumentError, match="second is empty or holds nan"):
        cliffs_delta([1.0], sample)


@pytest.mark.parametrize("rates", [(0.3, 0.3, 0.3), (0.1, 0.5, 0.8)])
def test_the_variance_between_groups_is_right_on_average(rates: tuple[float, ...]) -> None:
    """Over every outcome of groups of 4, 5 and 6 rows, weighted by its probability."""
    sizes = (4, 5, 6)
    mean = 0.0
    for outcome in product(*(range(n + 1) for n in sizes)):
        cells = zip(outcome, sizes, rates, strict=True)
        chance = math.prod(float(stats.binom.pmf(k, n, rate)) for k, n, rate in cells)
        counts = dict(zip("abc", zip(outcome, sizes, strict=True), strict=True))
        mean += chance * between_group_variance(counts)
    assert mean == pytest.approx(statistics.variance(rates), abs=1e-12)


@pytest.mark.parametrize("counts", [{"a": (1, 2)}, {"a": (1, 2), "b": (1, 1)}])
def test_variance_needs_groups_of_rows(counts: dict[str, tuple[int, int]]) -> None:
    with pytest.raises(ArgumentError, match="at least two groups of at least two rows"):
        between_group_variance(counts)
