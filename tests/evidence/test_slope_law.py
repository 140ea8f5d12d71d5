"""Limits of calibration slopes: against statsmodels, and how often they err.

Simulations have fixed seeds; with 160 draws the Monte Carlo standard error of 5 % is 1.7 points.
"""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import norm

from pytest_fairness.evidence import logistic_coefficients

DRAWS = 160
MOST = 0.05 + 3 * np.sqrt(0.05 * 0.95 / DRAWS)
PAIR = np.array([[False, True], [True, False]])
SCORES = {
    "uniform": lambda rng, n: rng.uniform(0.02, 0.98, n),
    "rare": lambda rng, n: np.clip(rng.beta(0.5, 6, n), 1e-4, 0.999),
    "extreme": lambda rng, n: np.clip(rng.beta(0.15, 0.15, n), 1e-6, 1 - 1e-6),
}


def rows(rng, kind, n):
    p = SCORES[kind](rng, n)
    return (rng.random(n) < p).astype(float), np.log(p / (1 - p))


def test_estimates_and_limits_are_those_of_statsmodels_where_rows_are_many():
    labels, logits = rows(np.random.default_rng(0), "uniform", 8000)
    fitted = sm.Logit(labels, sm.add_constant(logits)).fit(disp=0)
    found = logistic_coefficients("slope", {"a": (labels, logits)})
    assert found.estimates[0] == pytest.approx(fitted.params[1], rel=2e-3)
    z = norm.isf(0.05)
    assert found.lower(0.05)[0] == pytest.approx(fitted.params[1] - z * fitted.bse[1], rel=5e-3)
    assert found.upper(0.05)[0] == pytest.approx(fitted.params[1] + z * fitted.bse[1], rel=5e-3)


def test_very_many_rows_in_cells_give_what_the_rows_give():
    labels, logits = rows(np.random.default_rng(1), "uniform", 21_000)
    cells = logistic_coefficients("slope", {"a": (labels, logits)})
    fitted = sm.Logit(labels, sm.add_constant(logits)).fit(disp=0)
    assert cells.estimates[0] == pytest.approx(fitted.params[1], rel=1e-3)


@pytest.mark.parametrize(
    ("which", "kind", "sizes"),
    [
        ("slope", "uniform", (60, 1000)),
        ("slope", "extreme", (60, 1000)),
        ("slope", "rare", (300, 900)),
        ("intercept", "uniform", (60, 300)),
    ],
)
def test_errors_are_no_more_frequent_than_stated(which, kind, sizes):
    # Wald limits with a sandwich variance failed 10 to 21 % of such equal groups
    rng, truth, errors = np.random.default_rng(4), float(which == "slope"), []
    for _ in range(DRAWS):
        data = {name: rows(rng, kind, n) for name, n in zip("ab", sizes, strict=True)}
        found = logistic_coefficients(which, data, which=which)
        if len(found.groups) == 2:
            gap = found.low_scores("difference", PAIR, 0.05)[PAIR].max()
            errors.append((gap > 0, found.lower(0.05)[0] > truth, found.upper(0.05)[0] < truth))
    assert len(errors) > 100
    assert np.mean(errors, axis=0).max() <= MOST


def test_too_few_rows_of_a_class_have_no_slope_and_say_why():
    found = logistic_coefficients("slope", {"a": ([1.0] * 10 + [0.0] * 500, np.arange(510.0))})
    assert found.groups == ()
    assert "fewer than 15 rows of a class" in found.missing["a"]


def test_classes_that_the_score_separates_have_no_upper_limit():
    values = np.concatenate([np.linspace(-3, -1, 40), np.linspace(1, 3, 40)])
    found = logistic_coefficients("slope", {"a": ([0.0] * 40 + [1.0] * 40, values)})
    assert not np.isnan(found.lower(0.05)).any()
    assert found.upper(0.001)[0] > 5
