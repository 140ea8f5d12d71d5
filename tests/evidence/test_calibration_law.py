"""Limits of calibration errors and of roots: where they agree with others, and how often they err.

Simulations have fixed seeds; with 800 draws the Monte Carlo standard error of a rate near 0.05 is
0.8 points.
"""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import root_mean_squared_error

from pytest_fairness.evidence import calibration_errors, judge_extreme, means, square_root
from pytest_fairness.metrics import ece_group_max

DRAWS = 800
ERROR = 3 * np.sqrt(0.05 * 0.95 / DRAWS)


def rows(rng, n, off=0.0):
    """Probabilities, and labels whose chance is `off` above them: an ECE of exactly `off`."""
    scores = rng.beta(1, 3, n) * (1 - off)
    return (rng.random(n) < scores + off).astype(float), scores


@pytest.mark.parametrize("n", [500, 4000])
def test_the_error_seen_is_the_plain_one_over_bins_of_equal_mass(n):
    labels, scores = rows(np.random.default_rng(n), n, 0.1)
    law = calibration_errors("ECE", {"a": (labels, scores)}).law
    plain = ece_group_max(
        labels, scores, sensitive_features=["a"] * n, debias=False, bins="mass", n_bins=10
    )
    assert law.seen[0] == pytest.approx(plain, abs=1e-12)


@pytest.mark.parametrize("off", [0.0, 0.02, 0.1])
@pytest.mark.parametrize("n", [100, 1000, 5000])
def test_each_limit_errs_no_more_often_than_it_says(n, off):
    rng = np.random.default_rng(7)
    draws = 400 if n == 5000 else DRAWS
    error = 3 * np.sqrt(0.05 * 0.95 / draws)
    above, below = 0, 0
    for _ in range(draws):
        quantity = calibration_errors("ECE", {"a": rows(rng, n, off)})
        above += quantity.lower(0.05)[0] > off
        below += quantity.upper(0.05)[0] < off
    assert above / draws <= 0.05 + error
    assert below / draws <= 0.05 + error


def test_a_calibrated_model_is_not_failed_by_noise_alone():
    # what a limit on the plain error would do: it is above 0.05 nearly always at 200 rows
    rng, failed, plain = np.random.default_rng(0), 0, 0
    for _ in range(500):
        pair = rows(rng, 200)
        quantity = calibration_errors("ECE", {"a": pair, "b": rows(rng, 200)})
        failed += judge_extreme([quantity], limit=0.05, side="max").verdict.value == "fail"
        plain += quantity.law.seen[0] > 0.05
    assert plain / 500 > 0.6
    assert failed / 500 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 500)


def test_the_estimate_has_little_of_the_noise_left():
    rng = np.random.default_rng(1)
    found = [calibration_errors("e", {"a": rows(rng, 1000, 0.1)}).estimates[0] for _ in range(300)]
    assert np.mean(found) == pytest.approx(0.1, abs=0.01)


def test_a_group_without_rows_is_missing_and_named():
    quantity = calibration_errors("ECE", {"a": ([0.0, 1.0], [0.1, 0.9]), "b": ([], [])})
    assert quantity.groups == ("a",)
    assert "b" in quantity.missing


def test_a_bin_without_errors_is_not_certain():
    labels, scores = np.zeros(50), np.zeros(50)
    quantity = calibration_errors("ECE", {"a": (labels, scores)})
    assert quantity.upper(0.05)[0] > 0.02


@pytest.mark.parametrize("score", [0.01, 0.05, 0.3, 0.5])
@pytest.mark.parametrize(("n", "level"), [(5, 0.05), (20, 0.05), (50, 0.05), (50, 0.001)])
def test_with_one_filled_bin_no_true_rate_errs_more_often_than_stated(score, n, level):
    """Exact: all outcomes of `n` rows that share one score, for 200 true rates."""
    from scipy.stats import binom

    outcomes = [
        calibration_errors("e", {"a": ([1.0] * k + [0.0] * (n - k), [score] * n)})
        for k in range(n + 1)
    ]
    low = np.array([q.lower(level)[0] for q in outcomes])
    high = np.array([q.upper(level)[0] for q in outcomes])
    for rate in np.linspace(0.0025, 0.9975, 200):
        chances, error = binom.pmf(np.arange(n + 1), n, rate), abs(rate - score)
        assert chances[low > error + 1e-9].sum() <= level + 1e-9
        assert chances[high < error - 1e-9].sum() <= level + 1e-9


def test_a_root_is_that_of_scikit_learn_and_its_limits_cover():
    rng = np.random.default_rng(3)
    truth, above, below = 2.0, 0, 0
    for _ in range(DRAWS):
        errors = rng.normal(0, truth, 200)
        quantity = square_root("RMSE", means("mean squared error", {"a": errors**2}))
        above += quantity.lower(0.05)[0] > truth
        below += quantity.upper(0.05)[0] < truth
    assert quantity.estimates[0] == pytest.approx(root_mean_squared_error(errors, np.zeros(200)))
    assert above / DRAWS <= 0.05 + ERROR
    assert below / DRAWS <= 0.05 + ERROR
