"""Bounds that hold at every look: every order of small populations, and simulation of large."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from pytest_fairness.evidence import judge_mean_shift, mean_bounds
from pytest_fairness.evidence.betting import Bets, growth, lower_in_order
from pytest_fairness.evidence.means import bets_in_order
from pytest_fairness.evidence.sequential import OFTEN, RARE
from pytest_fairness.outcome import Verdict

Draws = NDArray[np.float64]
HALF = Bets((1.0, 0.5), (0.5, 0.5))


@pytest.mark.parametrize("bets", [RARE, OFTEN, HALF], ids=["rare", "often", "half"])
def test_shares_are_a_whole_and_fractions_are_fair(bets: Bets) -> None:
    assert sum(bets.shares) == pytest.approx(1)
    assert all(0 < fraction <= 1 for fraction in bets.fractions)


@pytest.mark.parametrize(
    "population",
    [
        [1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [1.0, 1.0, 1.0, 1.0, 1.0, 0.0],
        [0.9, 0.0, 0.1, 0.1, 0.0, 0.5],
        [0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
        [1.0, 1.0, 1.0, 0.0, 0.0, 0.0],
    ],
    ids=str,
)
@pytest.mark.parametrize("bets", [RARE, OFTEN, HALF], ids=["rare", "often", "half"])
def test_every_order_of_a_small_population(population: list[float], bets: Bets) -> None:
    """Exact error rates of stopping at the most misleading look, summed over all 720 orders."""
    orders = np.array(list(itertools.permutations(population)))
    truth = float(np.mean(population))
    for alpha in (0.05, 0.2, 0.45):
        goal = math.log(1 / alpha)
        for values, mean in ((orders, truth), (1 - orders, 1 - truth)):
            capital = growth(values, mean, bets, population=6)
            assert (capital >= goal).any(axis=1).mean() <= alpha


@pytest.mark.parametrize("population", [None, 6])
def test_the_capital_is_expected_to_stay_what_it_is(population: int | None) -> None:
    """Under the claim the mean capital is 1 at every look: over all samples, exactly."""
    values = [0.0, 0.2, 0.3, 0.5, 0.9, 1.0]
    samples = itertools.permutations(values, 4)
    if population is None:
        samples = itertools.product(values, repeat=4)
    capital = np.exp(growth(np.array(list(samples)), float(np.mean(values)), OFTEN, population))
    assert capital.mean(axis=0) == pytest.approx(np.ones(4))


def jumps(rng: np.random.Generator, shape: tuple[int, int]) -> Draws:
    return np.where(rng.random(shape) < 0.02, 0.9, 0.0)


def small(rng: np.random.Generator, shape: tuple[int, int]) -> Draws:
    return np.abs(rng.normal(0.0, 0.02, shape)).clip(0, 1)


def trinomial(rng: np.random.Generator, shape: tuple[int, int]) -> Draws:
    """A difference of two flips, moved from [-1, 1] to [0, 1]."""
    return (rng.choice([-1.0, 0.0, 1.0], shape, p=[0.2, 0.55, 0.25]) + 1) / 2


RUNS = 1000
ERROR = 3 * math.sqrt(0.05 * 0.95 / RUNS)


@pytest.mark.parametrize("population", [None, 3000, 1000])
@pytest.mark.parametrize("distribution", [jumps, small, trinomial], ids=lambda f: f.__name__)
def test_means_at_every_look(distribution: object, population: int | None) -> None:
    """Neither bound is ever beyond the mean in more than 5 % of 1,000 draws, plus 2.1 points."""
    rng, planned = np.random.default_rng(2), 1000
    if population is None:
        values = distribution(rng, (RUNS, planned))  # type: ignore[operator]
        truth = float(distribution(rng, (1, 2 * 10**6)).mean())  # type: ignore[operator]
    else:
        whole = distribution(rng, (1, population))[0]  # type: ignore[operator]
        values = np.array([rng.permutation(whole)[:planned] for _ in range(RUNS)])
        truth = float(whole.mean())
    bets, goal = bets_in_order(planned, 0.05), math.log(20)
    last = planned - (population == planned)  # what was counted in full needs no bound
    for side, mean in ((values, truth), (1 - values, 1 - truth)):
        capital = growth(side, mean, bets, population)[:, :last]
        assert (capital >= goal).any(axis=1).mean() <= 0.05 + ERROR


def test_the_bound_is_where_the_capital_reaches_the_goal() -> None:
    rng = np.random.default_rng(3)
    values = rng.random(200) ** 2
    for population in (None, 400):
        low = lower_in_order(values, 0.05, HALF, population)
        assert growth(values, low - 1e-6, HALF, population)[-1] > math.log(20)
        assert growth(values, low + 1e-6, HALF, population)[-1] < math.log(20)


def test_bounds_of_means_in_order_cost_little() -> None:
    """Against the bounds for a fixed sample, which hold at one look only."""
    rng = np.random.default_rng(1)
    values = rng.normal(0.1, 0.1, 1000).clip(-1, 1)
    fixed = mean_bounds(values, confidence=0.95)
    early = mean_bounds(values, confidence=0.95, planned=1000)
    assert early.high - early.low < 1.1 * (fixed.high - fixed.low)
    held = mean_bounds(values, confidence=0.95, planned=1000, population=1100)
    assert held.high - held.low < 0.6 * (early.high - early.low)
    whole = mean_bounds(values, confidence=0.95, planned=1000, population=1000)
    assert whole.low == whole.high == pytest.approx(values.mean())


def test_mean_shifts_at_every_look() -> None:
    """All of three groups at the limit: a fail at some look is false, and so is a pass above it.

    30 draws of 600 pairs, looked at three times: 5 % and three standard errors (12 points).
    """
    rng = np.random.default_rng(12)
    names = [("a", "b"), ("a", "c"), ("b", "c")]
    planned, looks = dict.fromkeys(names, 200), (80, 130, 200)
    fails = passes = 0
    for _ in range(30):
        jumps = {two: np.where(rng.random(200) < 0.1, 0.5, 0.0) for two in names}
        found = {
            judge_mean_shift(
                {t: v[:n] for t, v in jumps.items()}, limit=limit, planned=planned
            ).verdict
            for n in looks
            for limit in (0.05, 0.0499)
        }
        fails += Verdict.FAIL in found
        passes += Verdict.PASS in found
    assert fails / 30 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 30)
    assert passes / 30 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 30)
