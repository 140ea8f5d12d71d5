"""Coverage of the bounds on the largest gap: rates 0.01 to 0.99, 2 to 10 groups, 20 to 10,000 rows.

Coverage of each bound is held against 95 % less three Monte Carlo errors of the simulation.
"""

from __future__ import annotations

import itertools
import math

import pytest

from tests.evidence.outcomes import Draws, covered

LEVEL = 0.95
RATES, GROUPS, ROWS = (0.01, 0.1, 0.5, 0.9, 0.99), (2, 4, 10), (20, 300, 10_000)
GRID = list(itertools.product(RATES, GROUPS, ROWS, ("balanced", "95:5"), ("equal", "apart")))


def rows_of(groups: int, n: int, shape: str) -> list[int]:
    """Rows of each group: `n` each, or 95 % of all rows in the first and 5 % in the others."""
    if shape == "balanced":
        return [n] * groups
    total = n * groups
    small = max(round(0.05 * total / (groups - 1)), 2)
    return [total - small * (groups - 1)] + [small] * (groups - 1)


def coverage_holds(
    rate: float, groups: int, n: int, shape: str, gap: str, *, draws: int, seed: int
) -> None:
    other = rate if gap == "equal" else rate + (0.05 if rate < 0.5 else -0.05)
    rates = [rate if place % 2 else other for place in range(groups)]
    missed = covered(Draws(seed, draws), rates, rows_of(groups, n, shape), kind="difference")
    least = LEVEL - 3 * math.sqrt(LEVEL * (1 - LEVEL) / draws)
    assert 1 - max(missed) >= least, missed


@pytest.mark.parametrize(("rate", "groups", "n", "shape", "gap"), GRID[::6])
def test_bounds_cover_the_true_gap(rate: float, groups: int, n: int, shape: str, gap: str) -> None:
    """150 draws each: Monte Carlo error 1.8 points."""
    coverage_holds(rate, groups, n, shape, gap, draws=150, seed=21)


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "groups", "n", "shape", "gap"), GRID)
def test_bounds_cover_the_true_gap_drawn_often(
    rate: float, groups: int, n: int, shape: str, gap: str
) -> None:
    """1,000 draws each: Monte Carlo error 0.7 points."""
    coverage_holds(rate, groups, n, shape, gap, draws=1000, seed=22)
