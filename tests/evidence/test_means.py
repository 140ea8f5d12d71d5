from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, strategies as st
from numpy.typing import NDArray
from scipy import stats

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import mean_bounds
from pytest_fairness.evidence.means import bet_fractions, mean_lower

samples = st.lists(st.floats(-1, 1), min_size=1, max_size=40)


@given(samples, st.floats(0.6, 0.999))
def test_bounds_hold_the_mean_between_them(values: list[float], confidence: float) -> None:
    bounds = mean_bounds(values, confidence=confidence)
    mean = float(np.mean(values))
    assert -1 <= bounds.low <= mean + 1e-12
    assert mean - 1e-12 <= bounds.high <= 1


@given(samples, st.randoms())
def test_order_does_not_matter(values: list[float], random: object) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (mean_bounds(v, confidence=0.95) for v in (values, shuffled))
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=1e-8)


@given(samples)
def test_turning_the_sign_mirrors_the_bounds(values: list[float]) -> None:
    one, other = mean_bounds(values, confidence=0.9), mean_bounds(-np.array(values), confidence=0.9)
    assert (one.low, one.high) == (-other.high, -other.low)


@given(samples, st.integers(0, 30))
def test_a_population_can_only_help(values: list[float], more: int) -> None:
    free = mean_bounds(values, confidence=0.95)
    held = mean_bounds(values, confidence=0.95, population=len(values) + more)
    assert free.low <= held.low <= held.high <= free.high
    if not more:
        assert held.low == held.high == pytest.approx(float(np.mean(values)))


@pytest.mark.parametrize("n", [1, 10, 300, 5000])
@pytest.mark.parametrize("alpha", [0.05, 0.001])
def test_a_sample_of_zeros_has_bounds_of_some_width(n: int, alpha: float) -> None:
    """Some rare jump may have been missed; about 3 / n at 95 %, as for rates."""
    bounds = mean_bounds([0.0] * n, confidence=1 - alpha)
    assert bounds.high == -bounds.low
    assert bounds.high >= 1 - alpha ** (1 / n)  # Clopper-Pearson, if jumps were of size 1
    assert bounds.high <= 2 * math.log(len(bet_fractions(n, alpha)) / alpha) / n


@pytest.mark.parametrize(
    "population",
    [
        [1.0] + [-1.0] * 9,
        [1.0] * 9 + [-1.0],
        [0.9] + [0.0] * 9,
        [-1.0, -0.5, 0.0, 0.0, 0.1, 0.1, 0.2, 0.3, 0.9, 1.0],
        [0.0] * 5 + [1.0] * 5,
    ],
    ids=str,
)
@pytest.mark.parametrize("n", [2, 5, 8])
@pytest.mark.parametrize("alpha", [0.05, 0.2, 0.4])
def test_every_sample_without_replacement(population: list[float], n: int, alpha: float) -> None:
    """Enumerate the samples: each bound errs with probability alpha at most."""
    truth = float(np.mean(population))
    bounds = [
        mean_bounds(sample, confidence=1 - alpha, population=len(population))
        for sample in itertools.combinations(population, n)
    ]
    assert np.mean([b.low > truth + 1e-9 for b in bounds]) <= alpha
    assert np.mean([b.high < truth - 1e-9 for b in bounds]) <= alpha


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("n", [5, 30, 200])
@pytest.mark.parametrize("alpha", [0.05, 0.2])
def test_every_sample_of_two_values(rate: float, n: int, alpha: float) -> None:
    """Sum over all counts of jumps from 0 to 0.9: exact error rates, with replacement."""
    chances = stats.binom.pmf(np.arange(n + 1), n, rate)
    truth = 0.9 * rate
    below = above = 0.0
    for k in np.flatnonzero(chances > 1e-9):
        values = np.repeat([0.9, 0.0], [k, n - k])
        below += chances[k] * (mean_lower(values, alpha) > truth)
        above += chances[k] * (-mean_lower(-values, alpha) < truth)
    assert below <= alpha
    assert above <= alpha


Draw = NDArray[np.float64]


def skewed(rng: np.random.Generator, n: int) -> Draw:
    """One value in a hundred jumps by 0.9."""
    return np.where(rng.random(n) < 0.01, 0.9, 0.0)


def heavy(rng: np.random.Generator, n: int) -> Draw:
    return np.where(rng.random(n) < 0.02, -1.0, rng.normal(0.0, 0.02, n).clip(-1, 1))


@pytest.mark.parametrize("distribution", [skewed, heavy], ids=lambda f: f.__name__)
@pytest.mark.parametrize(("n", "population"), [(100, None), (1000, None), (100, 400), (350, 400)])
def test_coverage_by_simulation(distribution: object, n: int, population: int | None) -> None:
    """Each bound misses in at most 5 % of 400 samples, plus three standard errors (3.3 %)."""
    rng = np.random.default_rng(7)
    everything = distribution(rng, population or 10**6)  # type: ignore[operator]
    truth = float(everything.mean())
    missed = np.zeros(2)
    for _ in range(400):
        values = rng.choice(everything, n, replace=population is None)
        bounds = mean_bounds(values, confidence=0.95, population=population)
        missed += [bounds.low > truth, bounds.high < truth]
    assert missed.max() / 400 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)


def test_bounds_narrow_with_the_spread_not_with_the_range() -> None:
    rng = np.random.default_rng(1)
    for spread, widest in ((0.02, 0.006), (0.1, 0.015), (0.3, 0.035)):
        values = rng.normal(0.0, spread, 1000).clip(-1, 1)
        bounds = mean_bounds(values, confidence=0.95)
        assert bounds.high - float(values.mean()) < widest


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "values is empty: a mean needs at least one value"),
        ([0.0, 1.2], r"values holds 1.2 and must lie in \[-1, 1\]"),
        ([float("nan")], "values holds nan"),
    ],
)
def test_what_has_no_bounded_mean_is_refused(values: list[float], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        mean_bounds(values, confidence=0.95)


def test_other_ranges() -> None:
    inner = mean_bounds([0.2, 0.4, 0.9], confidence=0.9, least=0.0, most=1.0)
    scaled = mean_bounds([2.0, 4.0, 9.0], confidence=0.9, least=0.0, most=10.0)
    assert (scaled.low, scaled.high) == pytest.approx((10 * inner.low, 10 * inner.high), abs=1e-6)
