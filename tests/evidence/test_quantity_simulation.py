"""Error rates of the bounds on anything but plain rates, drawn with fixed seeds.

Every share of errors is held against 5 % plus three standard errors of the simulation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pytest_fairness.evidence import (
    Quantity,
    aucs,
    gap_interval,
    means,
    rates,
    resample_counts,
    resample_rows,
    standardised_rates,
)

ALPHA = 0.05
Rng = np.random.Generator
Array = NDArray[np.float64]


def allowed(draws: int) -> float:
    return ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / draws)


def errors(
    make: Callable[[Rng], Any], truth: float, draws: int, seed: int, **options: Any
) -> tuple[float, float]:
    """Return how often the lower bound lies above the true gap, and the upper one below it."""
    rng = np.random.default_rng(seed)
    bounds = [gap_interval(make(rng), alpha=ALPHA, **options) for _ in range(draws)]
    low = sum(bound.low > truth + 1e-12 for bound in bounds) / draws
    high = sum(bound.high < truth - 1e-12 for bound in bounds) / draws
    return low, high


def hold(make: Callable[[Rng], Any], truth: float, draws: int, seed: int, **options: Any) -> None:
    low, high = errors(make, truth, draws, seed, **options)
    assert low <= allowed(draws), low
    assert high <= allowed(draws), high


def beta_values(sizes: tuple[int, ...]) -> Callable[[Rng], Quantity]:
    """Most scores near 0, few large ones."""
    return lambda rng: means(
        "score", {str(g): rng.beta(0.1, 2, n) for g, n in enumerate(sizes)}, least=0, most=1
    )


def lognormal_values(sizes: tuple[int, ...]) -> Callable[[Rng], Quantity]:
    return lambda rng: means(
        "error", {str(g): rng.lognormal(0, 1, n) for g, n in enumerate(sizes)}, least=0
    )


def shifted_values(sizes: tuple[int, ...]) -> Callable[[Rng], Quantity]:
    """The first group's mean lies 0.2 above the others'."""
    return lambda rng: means(
        "score",
        {str(g): rng.beta(0.5, 2 if g else 0.75, n) for g, n in enumerate(sizes)},
        least=0,
        most=1,
    )


def clustered_values(rng: Rng) -> Quantity:
    """Forty clusters a group, of unequal sizes, whose rows are alike."""
    values, labels = {}, {}
    for group in "ab":
        sizes = rng.integers(1, 12, 40)
        labels[group] = np.repeat(np.arange(40), sizes)
        own = rng.beta(0.5, 1.5, 40)
        values[group] = rng.binomial(1, own[labels[group]]).astype(float)
    return means("flip rate", values, least=0, most=1, clusters=labels)


def weighted_values(rng: Rng) -> Quantity:
    values = {g: rng.beta(0.3, 1, 80) for g in "ab"}
    weights = {g: rng.gamma(1, size=80) for g in "ab"}
    return means("score", values, least=0, most=1, sample_weight=weights)


MEANS = {
    "skewed, small": (beta_values((30, 30)), 0.0),
    "skewed, unequal": (beta_values((20, 2000)), 0.0),
    "lognormal, 20 and 200": (lognormal_values((20, 200)), 0.0),
    "lognormal, 5 groups": (lognormal_values((150,) * 5), 0.0),
    "apart": (shifted_values((60, 200)), 0.4 - 0.2),
    "clustered": (clustered_values, 0.0),
    "weighted": (weighted_values, 0.0),
}


@pytest.mark.parametrize("case", MEANS)
def test_bounds_of_means_keep_their_error_rate(case: str) -> None:
    """100 draws: Monte Carlo error of 5 % is 2.2 points."""
    hold(*MEANS[case], 100, 41)


@pytest.mark.slow
@pytest.mark.parametrize("case", MEANS)
def test_bounds_of_means_keep_their_error_rate_drawn_often(case: str) -> None:
    """2,000 draws: Monte Carlo error of 5 % is 0.5 points."""
    hold(*MEANS[case], 2000, 42)


def normal_scores(sizes: list[tuple[int, int]], shifts: list[float]) -> Callable[[Rng], Quantity]:
    return lambda rng: aucs(
        "AUC",
        {
            str(g): (rng.normal(0, 1, n), rng.normal(shift, 1, m))
            for g, ((n, m), shift) in enumerate(zip(sizes, shifts, strict=True))
        },
    )


AREAS = {
    "equal": (normal_scores([(50, 50), (300, 40)], [1.0, 1.0]), 0.0),
    "few positives": (normal_scores([(100, 10), (100, 10)], [1.8, 1.8]), 0.0),
    "near 1": (normal_scores([(40, 40), (200, 200)], [3.0, 3.0]), 0.0),
    # AUC = Phi(shift / sqrt 2): 0.7602 and 0.6240
    "apart": (normal_scores([(80, 80), (200, 60)], [1.0, 0.4472]), 0.760250 - 0.624086),
}


@pytest.mark.parametrize("case", AREAS)
def test_bounds_of_areas_keep_their_error_rate(case: str) -> None:
    hold(*AREAS[case], 100, 43)


@pytest.mark.slow
@pytest.mark.parametrize("case", AREAS)
def test_bounds_of_areas_keep_their_error_rate_drawn_often(case: str) -> None:
    hold(*AREAS[case], 2000, 44)


def f1(tables: Array) -> Array:
    hits = 2 * tables[:, 1, 1]
    return np.asarray(hits / (hits + tables[:, 0, 1] + tables[:, 1, 0]))


def confusion(base: float, recall: float, false_alarm: float) -> Array:
    rest = 1 - base
    return np.array(
        [
            [rest * (1 - false_alarm), rest * false_alarm],
            [base * (1 - recall), base * recall],
        ]
    )


def tables_of(shares: list[Array], sizes: list[int]) -> Callable[[Rng], Quantity]:
    def make(rng: Rng) -> Quantity:
        drawn = {
            str(g): rng.multinomial(n, part.ravel()).reshape(part.shape)
            for g, (part, n) in enumerate(zip(shares, sizes, strict=True))
        }
        return resample_counts("F1", drawn, f1, n_resamples=1000)

    return make


def true_gap(shares: list[Array]) -> float:
    values = [float(f1(part[None])[0]) for part in shares]
    return max(values) - min(values)


GOOD, FAIR = confusion(0.3, 0.8, 0.1), confusion(0.3, 0.6, 0.2)
SCORES = {
    "equal": ([GOOD] * 2, [60, 60]),
    "unequal sizes": ([GOOD] * 2, [40, 2000]),
    "8 groups": ([FAIR] * 8, [120] * 8),
    "apart": ([GOOD, FAIR], [100, 300]),
    "half apart": ([GOOD, FAIR] * 4, [200] * 8),
}


@pytest.mark.parametrize("case", SCORES)
def test_bounds_of_f1_keep_their_error_rate(case: str) -> None:
    shares, sizes = SCORES[case]
    hold(tables_of(shares, sizes), true_gap(shares), 200, 45)


@pytest.mark.slow
@pytest.mark.parametrize("case", SCORES)
def test_bounds_of_f1_keep_their_error_rate_drawn_often(case: str) -> None:
    shares, sizes = SCORES[case]
    hold(tables_of(shares, sizes), true_gap(shares), 2000, 46)


@pytest.mark.slow
def test_bounds_of_resampled_medians_keep_their_error_rate() -> None:
    def make(rng: Rng) -> Quantity:
        rows = {g: rng.lognormal(0, 1, 80) for g in "abc"}
        return resample_rows("median", rows, np.median, n_resamples=400)

    hold(make, 0.0, 300, 47)


def odds(true: list[float], false: list[float], sizes: list[int]) -> Callable[[Rng], Any]:
    def make(rng: Rng) -> list[Quantity]:
        return [
            rates(
                name,
                {
                    str(g): (int(rng.binomial(n, p)), n)
                    for g, (p, n) in enumerate(zip(values, sizes, strict=True))
                },
            )
            for name, values in {"true positive rate": true, "false positive rate": false}.items()
        ]

    return make


ODDS = [
    ("mean", [0.7, 0.7, 0.7], [0.2, 0.2, 0.2], 0.0),
    ("mean", [0.8, 0.7, 0.7], [0.2, 0.1, 0.2], 0.1),
    ("average_absolute_odds", [0.8, 0.7, 0.7], [0.1, 0.2, 0.15], 0.1),
    ("average_odds", [0.8, 0.7, 0.75], [0.2, 0.1, 0.15], 0.1),
    ("average_odds", [0.99, 0.98, 0.98], [0.01, 0.02, 0.02], 0.0),
]


@pytest.mark.parametrize(("agg", "true", "false", "truth"), ODDS)
def test_bounds_of_averaged_gaps_keep_their_error_rate(
    agg: str, true: list[float], false: list[float], truth: float
) -> None:
    for seed, sizes in enumerate(([100, 100, 100], [30, 300, 1000])):
        hold(odds(true, false, sizes), truth, 300, 48 + seed, agg=agg)


def stratified(rng: Rng) -> Quantity:
    """Six strata, sparse in the second group, with the same rates in both."""
    strata = {str(s): 0.05 + 0.15 * s for s in range(6)}
    counts = {
        group: {
            s: (int(rng.binomial(n + 3 * int(s), p)), n + 3 * int(s)) for s, p in strata.items()
        }
        for group, n in {"a": 60, "b": 8}.items()
    }
    return standardised_rates("selection rate", counts, {s: 1 + int(s) for s in strata})


def test_bounds_of_standardised_rates_keep_their_error_rate() -> None:
    hold(stratified, 0.0, 300, 50)


def weighted_counts(rng: Rng) -> Quantity:
    """Rows weighted by chance, and by no connection with what is counted."""
    table, effect = {}, {}
    for group, n in {"a": 80, "b": 300}.items():
        weights = rng.gamma(1.0, size=n)
        hits = rng.random(n) < 0.15
        scaled = weights * n / weights.sum()
        table[group] = (float(scaled[hits].sum()), float(n))
        effect[group] = float(n * (weights**2).sum() / weights.sum() ** 2)
    return rates("selection rate", table, design_effect=effect)


def test_bounds_of_weighted_rates_keep_their_error_rate() -> None:
    hold(weighted_counts, 0.0, 400, 51)
