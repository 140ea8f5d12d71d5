from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import clopper_pearson, hypergeometric_bounds
from pytest_fairness.evidence.rates import exact_lower, exact_upper


@pytest.mark.parametrize("n", [1, 7, 30])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
def test_clopper_pearson_by_scanning_rates(n: int, confidence: float) -> None:
    """The bounds are the ends of the rates under which the count is not too unlikely."""
    rates = np.linspace(0, 1, 20001)
    for k in range(n + 1):
        likely = (stats.binom.sf(k - 1, n, rates) > 1 - confidence) & (
            stats.binom.cdf(k, n, rates) > 1 - confidence
        )
        bounds = clopper_pearson(k, n, confidence=confidence)
        assert bounds.low == pytest.approx(rates[likely].min(), abs=1e-4)
        assert bounds.high == pytest.approx(rates[likely].max(), abs=1e-4)


@given(st.integers(0, 500), st.integers(1, 500), st.floats(0.6, 0.9999))
def test_clopper_pearson_is_scipys(k: int, n: int, confidence: float) -> None:
    k = min(k, n)
    bounds = clopper_pearson(k, n, confidence=confidence)
    oracle = stats.binomtest(k, n).proportion_ci(2 * confidence - 1, method="exact")
    assert (bounds.low, bounds.high) == pytest.approx((oracle.low, oracle.high), abs=1e-9)


def test_nothing_counted_bounds_nothing() -> None:
    bounds = clopper_pearson(0, 0, confidence=0.95)
    assert (bounds.low, bounds.high) == (0, 1)


def test_counts_and_tails_broadcast() -> None:
    k, n, alpha = np.arange(4)[:, None], 10, np.array([0.05, 0.2])
    assert exact_lower(k, n, alpha).shape == exact_upper(k, n, alpha).shape == (4, 2)
    assert np.all(exact_lower(k, n, alpha) <= k / n)
    assert np.all(exact_upper(k, n, alpha) >= k / n)


@pytest.mark.parametrize(("population", "n"), [(1, 1), (6, 3), (12, 11), (12, 12), (9, 1)])
@pytest.mark.parametrize("alpha", [0.05, 0.2])
def test_hypergeometric_bounds_by_enumeration(population: int, n: int, alpha: float) -> None:
    """Draw every sample from every population: each bound errs with probability alpha at most."""
    for total in range(population + 1):
        units = [1] * total + [0] * (population - total)
        samples = [sum(sample) for sample in itertools.combinations(units, n)]
        bounds = [
            hypergeometric_bounds(k, n, population=population, confidence=1 - alpha)
            for k in samples
        ]
        truth = total / population
        assert np.mean([b.low > truth for b in bounds]) <= alpha
        assert np.mean([b.high < truth for b in bounds]) <= alpha


@pytest.mark.parametrize(("population", "n"), [(8, 4), (25, 10)])
def test_hypergeometric_bounds_are_not_wider_than_they_must_be(population: int, n: int) -> None:
    for k in range(n + 1):
        bounds = hypergeometric_bounds(k, n, population=population, confidence=0.9)
        possible = range(k, population - n + k + 1)
        low = [t for t in possible if stats.hypergeom.sf(k - 1, population, t, n) > 0.1]
        high = [t for t in possible if stats.hypergeom.cdf(k, population, t, n) > 0.1]
        assert bounds.low == min(low) / population
        assert bounds.high == max(high) / population


@given(st.integers(1, 300), st.data())
def test_a_census_is_exact(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    bounds = hypergeometric_bounds(k, n, population=n, confidence=0.95)
    assert bounds.low == bounds.high == k / n


@pytest.mark.parametrize("population", [10**7, 10**9, 10**12])
def test_a_large_population_is_as_good_as_infinite(population: int) -> None:
    finite = hypergeometric_bounds(4, 300, population=population, confidence=0.95)
    infinite = clopper_pearson(4, 300, confidence=0.95)
    assert (finite.low, finite.high) == pytest.approx((infinite.low, infinite.high), abs=2e-6)


@pytest.mark.parametrize(("k", "n"), [(-1, 3), (4, 3), (1.5, 3)])
def test_counts_must_be_counts(k: int, n: int) -> None:
    with pytest.raises(ArgumentError, match="a count must be a whole number from 0"):
        clopper_pearson(k, n, confidence=0.95)


def test_a_population_holds_its_sample() -> None:
    with pytest.raises(ArgumentError, match="population=5 is smaller than the 6 units"):
        hypergeometric_bounds(1, 6, population=5, confidence=0.95)
