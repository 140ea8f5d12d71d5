"""Newcombe's and the score intervals against statsmodels and the published tables."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy import optimize, stats
from statsmodels.stats.proportion import confint_proportions_2indep

from pytest_fairness.evidence import newcombe_interval, score_interval

TABLES = [
    (56, 70, 48, 80),
    (9, 10, 3, 10),
    (30, 300, 5, 30),
    (1, 1000, 5, 400),
    (120, 150, 700, 1000),
    (17, 45, 16, 45),
]


def oracle(
    table: tuple[int, ...], alpha: float, method: str, compare: str, corrected: bool
) -> tuple[float, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        low, high = confint_proportions_2indep(
            *table, method=method, compare=compare, alpha=alpha, correction=corrected
        )
    return float(low), float(high)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("confidence", [0.95, 0.975, 0.999])
def test_newcombe_agrees_with_statsmodels(table: tuple[int, ...], confidence: float) -> None:
    expected = oracle(table, 2 * (1 - confidence), "newcomb", "diff", True)
    assert tuple(newcombe_interval(*table, confidence=confidence)) == pytest.approx(
        expected, abs=1e-12
    )


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("confidence", [0.95, 0.975])
@pytest.mark.parametrize("corrected", [True, False])
def test_ratio_scores_agree_with_statsmodels(
    table: tuple[int, ...], confidence: float, corrected: bool
) -> None:
    expected = oracle(table, 2 * (1 - confidence), "score", "ratio", corrected)
    found = score_interval(*table, confidence=confidence, compare="ratio", corrected=corrected)
    assert tuple(found) == pytest.approx(expected, rel=1e-6)


def searched(table: tuple[int, ...], gap: float, corrected: bool) -> float:
    """Score statistic with the nuisance rate found by searching the likelihood."""
    x1, n1, x2, n2 = table

    def loss(p2: float) -> float:
        return float(-stats.binom.logpmf(x1, n1, p2 + gap) - stats.binom.logpmf(x2, n2, p2))

    ends = (max(0.0, -gap), min(1.0, 1.0 - gap))
    p2 = float(optimize.minimize_scalar(loss, bounds=ends, options={"xatol": 1e-12}).x)
    p1, n = p2 + gap, n1 + n2
    variance = p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2
    variance *= n / (n - 1) if corrected else 1
    return (x1 / n1 - x2 / n2 - gap) / float(np.sqrt(variance))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("corrected", [True, False])
def test_difference_scores_agree_with_a_search_of_the_likelihood(
    table: tuple[int, ...], corrected: bool
) -> None:
    """Not with statsmodels, whose restricted estimate is wrong up to 0.15 (its issue 10269)."""
    bounds = score_interval(*table, confidence=0.95, corrected=corrected)
    z = stats.norm.ppf(0.95)
    assert searched(table, float(bounds.low), corrected) == pytest.approx(z, abs=1e-4)
    assert searched(table, float(bounds.high), corrected) == pytest.approx(-z, abs=1e-4)


@pytest.mark.parametrize(
    ("table", "newcombe", "mee", "miettinen"),
    [  # Newcombe 1998, table II, methods 10, 5 and 6
        ((56, 70, 48, 80), (0.0524, 0.3339), (0.0533, 0.3377), (0.0528, 0.3382)),
        ((9, 10, 3, 10), (0.1705, 0.8090), (0.1821, 0.8370), (0.1700, 0.8406)),
        ((10, 10, 0, 10), (0.6075, 1.0), (0.6777, 1.0), (0.6636, 1.0)),
    ],
)
def test_the_published_examples(
    table: tuple[int, ...],
    newcombe: tuple[float, float],
    mee: tuple[float, float],
    miettinen: tuple[float, float],
) -> None:
    found = [
        tuple(newcombe_interval(*table, confidence=0.975)),
        tuple(score_interval(*table, confidence=0.975, corrected=False)),
        tuple(score_interval(*table, confidence=0.975)),
    ]
    for bounds, expected in zip(found, (newcombe, mee, miettinen), strict=True):
        assert bounds == pytest.approx(expected, abs=6e-5)


def test_the_difference_agrees_with_propcis() -> None:
    """R's PropCIs::diffscoreci(7, 34, 1, 34, 0.95), as statsmodels' tests quote it."""
    bounds = score_interval(7, 34, 1, 34, confidence=0.975)
    assert tuple(bounds) == pytest.approx((0.0270416, 0.3452912), abs=1e-6)


def test_arrays_of_pairs_are_bounded_at_once() -> None:
    x1, n1, x2, n2 = (np.array(column) for column in zip(*TABLES, strict=True))
    for interval in (newcombe_interval, score_interval):
        together = interval(x1, n1, x2, n2, confidence=0.95)
        alone = [interval(*table, confidence=0.95) for table in TABLES]
        assert together.low == pytest.approx([float(b.low) for b in alone], abs=1e-12)
        assert together.high == pytest.approx([float(b.high) for b in alone], abs=1e-12)


@pytest.mark.parametrize("compare", ["difference", "ratio"])
def test_swapping_the_groups_mirrors_the_score_interval(compare: str) -> None:
    one = score_interval(9, 40, 20, 60, confidence=0.95, compare=compare)  # type: ignore[arg-type]
    other = score_interval(20, 60, 9, 40, confidence=0.95, compare=compare)  # type: ignore[arg-type]
    mirrored = (
        (-other.high, -other.low) if compare == "difference" else (1 / other.high, 1 / other.low)
    )
    assert tuple(one) == pytest.approx(mirrored, rel=1e-6)


def test_counts_at_the_ends_have_bounds() -> None:
    found = score_interval([0, 10, 0], [10, 10, 10], [0, 10, 10], [10, 10, 10], confidence=0.95)
    assert np.all(
        np.isfinite(found.low) & np.isfinite(found.high) & (found.low < found.high + 1e-9)
    )
    ratio = score_interval(3, 10, 0, 10, confidence=0.95, compare="ratio")
    assert ratio.high == np.inf
    assert ratio.low > 0
