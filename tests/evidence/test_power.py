from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pytest
from scipy import stats

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import gap_interval, judge_gap, minimum_detectable_gap
from pytest_fairness.outcome import Verdict
from tests.evidence.outcomes import Draws, verdicts

Kind = Literal["difference", "ratio"]
RATE = "selection rate"


def normal_power(
    low: float, high: float, sizes: tuple[int, int], limit: float, alpha: float
) -> float:
    """Farrington and Manning's approximation, without their restricted variance."""
    spread = math.sqrt(low * (1 - low) / sizes[0] + high * (1 - high) / sizes[1])
    return float(stats.norm.cdf((high - low - limit) / spread - stats.norm.isf(alpha)))


@pytest.mark.parametrize("n", [300, 600, 1500])
@pytest.mark.parametrize("base", [0.1, 0.4])
def test_a_gap_of_twice_the_limit_is_found_as_often_as_stated(n: int, base: float) -> None:
    """1,000 draws, against the normal approximation less what exactness costs (5 %), 3 errors."""
    limit, alpha = 0.05, 0.05
    stated = normal_power(base, base + 2 * limit, (n, n), limit, alpha / 2)
    found = verdicts(Draws(11, 1000), [base, base + 2 * limit], [n, n], limit=limit)
    error = 3 * math.sqrt(stated * (1 - stated) / 1000)
    assert stated - 0.05 - error <= found[Verdict.FAIL] <= stated + error


@pytest.mark.parametrize(
    ("sizes", "base", "limit"),
    [([300, 300], 0.2, 0.0), ([100, 2000], 0.05, 0.05), ([400, 500, 600, 700], 0.5, 0.1)],
)
def test_the_minimum_detectable_gap_is_found_with_the_stated_power(
    sizes: list[int], base: float, limit: float
) -> None:
    """1,000 draws at the stated gap: 0.8 within four standard errors (0.05)."""
    gap = minimum_detectable_gap(sizes, base_rate=base, limit=limit)
    assert gap is not None
    rates = [base, base + gap] + [base + gap / 2] * (len(sizes) - 2)
    found = verdicts(Draws(12, 1000), rates, sizes, limit=limit)
    assert found[Verdict.FAIL] == pytest.approx(0.8, abs=0.05)


def test_more_rows_find_smaller_gaps() -> None:
    gaps = [minimum_detectable_gap([n, n], base_rate=0.3) for n in (100, 1000, 10_000)]
    assert all(gap is not None for gap in gaps)
    assert gaps == sorted(gaps, key=lambda gap: -(gap or 0))


def test_a_gap_too_small_to_find_at_all() -> None:
    assert minimum_detectable_gap([4, 4], base_rate=0.9) is None
    with pytest.raises(ArgumentError, match=r"sizes=\[5\] must name the rows of two or more"):
        minimum_detectable_gap([5], base_rate=0.5)
    with pytest.raises(ArgumentError, match=r"base_rate=1.0 must lie in \[0, 1\)"):
        minimum_detectable_gap([5, 5], base_rate=1.0)


@pytest.mark.parametrize(
    ("counts", "kind", "limit"),
    [
        ([(30, 100), (31, 100)], "difference", 0.1),  # would pass
        ([(20, 100), (45, 100)], "difference", 0.15),  # would fail
        ([(4, 50), (10, 150), (16, 200)], "difference", 0.1),
        ([(45, 100), (50, 100)], "ratio", 0.8),
        ([(30, 100), (50, 100)], "ratio", 0.8),
    ],
)
def test_the_required_rows_probably_decide(
    counts: list[tuple[int, int]], kind: Kind, limit: float
) -> None:
    """500 draws of that size at the observed rates: decided in about 0.8, within 0.06."""
    table = {RATE: {f"g{i}": pair for i, pair in enumerate(counts)}}
    judgement = judge_gap(table, kind=kind, limit=limit)
    evidence = judgement.evidence
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert evidence.required_n == sum(evidence.required_groups.values())
    sizes = list(evidence.required_groups.values())
    assert all(more >= n for more, (_, n) in zip(sizes, counts, strict=True))
    assert sizes != [n for _, n in counts]
    found = verdicts(Draws(13, 500), [k / m for k, m in counts], sizes, limit=limit, kind=kind)
    assert found[Verdict.PASS] + found[Verdict.FAIL] == pytest.approx(0.8, abs=0.06)


def test_no_number_of_rows_decides_at_the_limit() -> None:
    judgement = judge_gap({RATE: {"a": (300, 1000), "b": (400, 1000)}}, limit=0.1)
    assert judgement.evidence.required_n is None
    assert "no practical number of rows" in judgement.reason


@pytest.mark.parametrize("kind", ["difference", "ratio"])
def test_bounds_of_more_rows_are_narrower(kind: Kind) -> None:
    widths = []
    for times in (1, 4, 16):
        bounds = gap_interval(
            {RATE: {"a": (30 * times, 100 * times), "b": (35 * times, 100 * times)}}, kind=kind
        )
        widths.append(bounds.high - bounds.low)
    assert np.all(np.diff(widths) < 0)
