"""Error rates and coverage of the verdict on gaps, drawn rather than computed.

Every share is held against its bound plus three standard errors of the simulation. A short form
runs always; ``-m slow`` draws more.
"""

from __future__ import annotations

import itertools
import math
from typing import Literal

import pytest

from pytest_fairness.evidence import judge_gap
from pytest_fairness.outcome import Verdict
from tests.evidence.outcomes import Draws, bounds_of, covered, shares, tables, verdicts

ALPHA = 0.05
SHORT, LONG = 250, 4000
Kind = Literal["difference", "ratio"]


def at_most(share: float, bound: float, draws: int) -> bool:
    return share <= bound + 3 * math.sqrt(bound * (1 - bound) / draws)


EQUAL = list(itertools.product([2, 3, 8], [30, 300, 5000], [0.05, 0.2, 0.5]))
LEAST_FAVOURABLE = [
    ([100, 100], 0.05),
    ([30, 5000], 0.1),
    ([5000, 30], 0.05),
    ([50, 80, 300], 0.1),
    ([300] * 8, 0.05),
    ([60] * 20, 0.1),
]


def equal_groups(n_groups: int, n: int, base: float, draws: int) -> None:
    drawn = tables(Draws(1, draws), [base] * n_groups, [n] * n_groups)
    bounds = [bounds_of(table, "difference") for table in drawn]
    for limit in (0.0, 0.05, 0.1):
        assert at_most(shares(bounds, limit, "difference")[Verdict.FAIL], ALPHA, draws)


@pytest.mark.parametrize(("n_groups", "n", "base"), EQUAL)
def test_equal_groups_seldom_fail(n_groups: int, n: int, base: float) -> None:
    equal_groups(n_groups, n, base, SHORT)


@pytest.mark.slow
@pytest.mark.parametrize(("n_groups", "n", "base"), EQUAL)
def test_equal_groups_seldom_fail_drawn_often(n_groups: int, n: int, base: float) -> None:
    equal_groups(n_groups, n, base, LONG)


@pytest.mark.parametrize("n_groups", [2, 5])
def test_equal_groups_seldom_fail_when_judged(n_groups: int) -> None:
    """Through `judge_gap` itself, at the limit that equality is nearest to."""
    drawn = tables(Draws(6, SHORT), [0.3] * n_groups, [400] * n_groups)
    found = [judge_gap(table, limit=0.0).verdict for table in drawn]
    assert at_most(found.count(Verdict.FAIL) / SHORT, ALPHA, SHORT)
    assert Verdict.PASS not in found


def half_at_the_limit(sizes: list[int], base: float, limit: float) -> list[float]:
    """Half of the groups lie exactly `limit` above the other half, so that most pairs are at it."""
    return [base if place % 2 else base + limit for place in range(len(sizes))]


def least_favourable(sizes: list[int], limit: float, base: float, draws: int) -> None:
    rates = half_at_the_limit(sizes, base, limit)
    found = verdicts(Draws(2, draws), rates, sizes, limit=limit)
    assert at_most(found[Verdict.FAIL], ALPHA, draws)
    assert at_most(found[Verdict.PASS], ALPHA, draws)  # a hair more would be a false pass
    both = verdicts(Draws(3, draws), rates, sizes, limit=limit, quantities=2)
    assert at_most(both[Verdict.FAIL], ALPHA, draws)


@pytest.mark.parametrize("base", [0.005, 0.3])
@pytest.mark.parametrize(("sizes", "limit"), LEAST_FAVOURABLE)
def test_gaps_at_the_limit_seldom_get_a_verdict(
    sizes: list[int], limit: float, base: float
) -> None:
    least_favourable(sizes, limit, base, SHORT)


@pytest.mark.slow
@pytest.mark.parametrize("base", [0.0, 0.001, 0.005, 0.05, 0.3, 0.45])
@pytest.mark.parametrize(("sizes", "limit"), LEAST_FAVOURABLE)
def test_gaps_at_the_limit_seldom_get_a_verdict_drawn_often(
    sizes: list[int], limit: float, base: float
) -> None:
    least_favourable(sizes, limit, base, LONG)


RATIOS = [([100, 100], 0.8), ([30, 2000], 0.8), ([2000, 30], 0.5), ([300] * 6, 0.8)]


def ratios(sizes: list[int], limit: float, base: float, draws: int) -> None:
    rates = [base * limit if place % 2 else base for place in range(len(sizes))]
    found = verdicts(Draws(4, draws), rates, sizes, limit=limit, kind="ratio")
    assert at_most(found[Verdict.FAIL], ALPHA, draws)
    assert at_most(found[Verdict.PASS], ALPHA, draws)


@pytest.mark.parametrize("base", [0.05, 0.6, 1.0])
@pytest.mark.parametrize(("sizes", "limit"), RATIOS)
def test_ratios_at_the_limit_seldom_get_a_verdict(
    sizes: list[int], limit: float, base: float
) -> None:
    ratios(sizes, limit, base, SHORT)


@pytest.mark.slow
@pytest.mark.parametrize("base", [0.05, 0.3, 0.6, 0.95, 1.0])
@pytest.mark.parametrize(("sizes", "limit"), RATIOS)
def test_ratios_at_the_limit_seldom_get_a_verdict_drawn_often(
    sizes: list[int], limit: float, base: float
) -> None:
    ratios(sizes, limit, base, LONG)


TRUE_RATES = [
    ([0.3, 0.3], [100, 100]),
    ([0.02, 0.1, 0.05], [40, 200, 900]),
    ([0.5, 0.52, 0.45, 0.7, 0.5, 0.5, 0.5, 0.5], [200] * 8),
    ([0.99, 1.0], [30, 3000]),
]


def coverage(rates: list[float], sizes: list[int], kind: Kind, draws: int) -> None:
    below, above = covered(Draws(5, draws), rates, sizes, kind=kind)
    assert at_most(below, ALPHA, draws)
    assert at_most(above, ALPHA, draws)


@pytest.mark.parametrize("kind", ["difference", "ratio"])
@pytest.mark.parametrize(("rates", "sizes"), TRUE_RATES)
def test_each_bound_covers_the_true_gap(rates: list[float], sizes: list[int], kind: Kind) -> None:
    coverage(rates, sizes, kind, SHORT)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["difference", "ratio"])
@pytest.mark.parametrize(("rates", "sizes"), TRUE_RATES)
def test_each_bound_covers_the_true_gap_drawn_often(
    rates: list[float], sizes: list[int], kind: Kind
) -> None:
    coverage(rates, sizes, kind, LONG)
