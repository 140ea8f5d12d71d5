from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, strategies as st
from sklearn.metrics import brier_score_loss

import pytest_fairness.metrics as ours
from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics import SCORE_STATISTICS, score_values
from pytest_fairness.metrics.logistic import intercept_and_slope

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 8)), min_size=1, max_size=40)


def one_group(labels: Any, scores: Any) -> dict[str, Any]:
    return {"y_true": labels, "y_score": scores, "sensitive_features": ["a"] * len(labels)}


def value(name: str, labels: Any, scores: Any, **options: Any) -> float:
    return score_values(SCORE_STATISTICS[name], **one_group(labels, scores), **options)["a"]


def drawn(n: int, slope: float, shift: float, seed: int) -> tuple[Any, Any]:
    """Labels whose logit is `shift` + `slope` times that of the score."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=n)
    chance = 1 / (1 + np.exp(-(shift + slope * logits)))
    return (rng.random(n) < chance).astype(int), 1 / (1 + np.exp(-logits))


@given(ROWS)
def test_brier_scores_are_those_of_scikit_learn(rows: list[tuple[int, int]]) -> None:
    labels, scores = [y for y, _ in rows], [s / 8 for _, s in rows]
    assert value("brier", labels, scores) == pytest.approx(
        brier_score_loss(labels, scores, pos_label=1), abs=1e-12
    )


@given(ROWS)
def test_the_parts_of_a_brier_score_add_up_and_are_none_below_zero(
    rows: list[tuple[int, int]],
) -> None:
    labels, scores = [y for y, _ in rows], [s / 8 for _, s in rows]
    parts = ours.brier_parts(**one_group(labels, scores))["a"]
    assert parts.within_bins == pytest.approx(0, abs=1e-12)  # one bin for each score
    assert min(parts.reliability, parts.resolution, parts.uncertainty) >= 0
    total = parts.reliability - parts.resolution + parts.uncertainty
    assert parts.brier == pytest.approx(total, abs=1e-12)


def test_brier_parts_of_a_forecast_worked_out_by_hand() -> None:
    # score 1/4: one of four happens; score 3/4: two of four happen; base rate 3/8
    parts = ours.brier_parts(**one_group([1, 0, 0, 0, 1, 1, 0, 0], [0.25] * 4 + [0.75] * 4))["a"]
    assert parts.reliability == pytest.approx((0 + 1 / 16) / 2)
    assert parts.resolution == pytest.approx(1 / 64)
    assert parts.uncertainty == pytest.approx(15 / 64)


def test_brier_parts_of_nobody_are_not_measurable() -> None:
    weights = [0, 0]
    parts = ours.brier_parts(**one_group([0, 1], [0.5, 0.5]), sample_weight=weights)["a"]
    assert math.isnan(parts.brier)
    assert math.isnan(parts.reliability)


def test_equal_width_error_is_that_of_the_textbook_loop() -> None:
    labels, scores = drawn(500, 0.6, 0.3, 0)
    expected = 0.0
    for lower in range(15):
        inside = (scores > lower / 15) & (scores <= (lower + 1) / 15)
        if inside.any():
            expected += inside.mean() * abs(labels[inside].mean() - scores[inside].mean())
    found = value("ece", labels, scores, n_bins=15, bins="width", debias=False)
    assert found == pytest.approx(expected, abs=1e-12)


def test_bins_of_equal_mass_hold_equally_many_rows_and_keep_ties_together() -> None:
    labels, scores = drawn(1000, 1, 0, 0)
    rows = ours.calibration_bins(**one_group(labels, scores))["a"]
    assert rows.weight.tolist() == [100] * 10
    tied = ours.calibration_bins(**one_group([0, 1] * 50, [0.25] * 50 + [0.75] * 50))["a"]
    assert tied.weight.tolist() == [50, 50]


def test_small_groups_have_fewer_bins() -> None:
    rows = ours.calibration_bins(**one_group([0, 1] * 6, np.linspace(0, 1, 12)))["a"]
    assert len(rows.weight) == 2


def test_chance_alone_makes_the_plain_error_and_is_taken_off() -> None:
    # calibrated scores, 200 groups of 200 rows: the truth is 0
    values: dict[str, list[float]] = {"plain": [], "debiased": [], "squared": []}
    for seed in range(200):
        rows = drawn(200, 1, 0, seed)
        values["plain"].append(value("ece", *rows, debias=False))
        values["debiased"].append(value("ece", *rows))
        values["squared"].append(value("squared_calibration_error", *rows))
    plain, debiased = np.mean(values["plain"]), np.mean(values["debiased"])
    assert plain > 0.06  # about 0.8 of a bin's standard error
    assert debiased < 0.65 * plain
    squared = np.array(values["squared"])
    assert abs(squared.mean()) < 3 * squared.std() / np.sqrt(200)  # Monte Carlo error 0.0002


def test_the_squared_error_has_no_bias_off_calibration_either() -> None:
    # scores of 0.3 and 0.6 that mean 0.4 and 0.5: the truth is 0.01
    rng = np.random.default_rng(0)
    scores = np.repeat([0.3, 0.6], 30)
    found = np.array(
        [
            value("squared_calibration_error", rng.random(60) < np.repeat([0.4, 0.5], 30), scores)
            for _ in range(1000)
        ]
    )
    assert abs(found.mean() - 0.01) < 3 * found.std() / np.sqrt(1000)  # Monte Carlo error 0.0004


@pytest.mark.parametrize("seed", range(5))
def test_slope_and_intercept_are_those_of_statsmodels(seed: int) -> None:
    labels, scores = drawn(120, 0.5, -0.4, seed)
    logits = np.log(scores / (1 - scores))
    fit = sm.GLM(labels, sm.add_constant(logits), family=sm.families.Binomial()).fit()
    large = sm.GLM(labels, np.ones(120), family=sm.families.Binomial(), offset=logits).fit()
    assert value("calibration_slope", labels, scores) == pytest.approx(fit.params[1], abs=1e-6)
    found = value("calibration_intercept", labels, scores)
    assert found == pytest.approx(large.params[0], abs=1e-6)


def test_an_overconfident_score_has_a_slope_below_one() -> None:
    labels, scores = drawn(20_000, 0.5, -0.4, 0)
    assert value("calibration_slope", labels, scores) == pytest.approx(0.5, abs=0.05)
    labels, scores = drawn(20_000, 1, -0.4, 0)
    assert value("calibration_intercept", labels, scores) == pytest.approx(-0.4, abs=0.05)


@pytest.mark.parametrize(
    ("labels", "scores"),
    [
        ([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4]),  # separated
        ([0, 1, 0, 1], [0.1, 0.2, 0.2, 0.4]),  # separated but for a tie
        ([1, 1, 0, 0], [0.1, 0.2, 0.3, 0.4]),  # separated the wrong way round
        ([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5]),  # constant
        ([1, 1, 1, 1], [0.1, 0.2, 0.3, 0.4]),  # one class
    ],
)
def test_a_slope_that_no_data_can_give_is_not_measurable(labels: Any, scores: Any) -> None:
    assert math.isnan(value("calibration_slope", labels, scores))
    if len(set(scores)) > 1:
        assert math.isfinite(value("calibration_slope", labels, scores, firth=True))


def test_the_penalised_slope_is_the_maximum_of_its_likelihood() -> None:
    # Firth 1993: log-likelihood plus half the log determinant of the information
    x, y = np.array([-2.0, -1.0, 0.0, 1.0, 2.0]), np.array([0.0, 0.0, 0.0, 1.0, 1.0])

    def penalised(at: tuple[float, float]) -> float:
        chance = 1 / (1 + np.exp(-(at[0] + at[1] * x)))
        design = np.stack([np.ones(5), x], axis=1)
        information = design.T @ np.diag(chance * (1 - chance)) @ design
        likelihood = np.log(np.where(y > 0, chance, 1 - chance)).sum()
        return float(likelihood + 0.5 * np.log(np.linalg.det(information)))

    best = intercept_and_slope(x, y, np.ones(5), firth=True)
    around = [(best[0] + a, best[1] + b) for a in (-0.01, 0, 0.01) for b in (-0.01, 0, 0.01)]
    assert max(around, key=penalised) == best


def test_certain_scores_still_have_a_slope() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = value("calibration_slope", [0, 1, 0, 1, 1, 0], [0.0, 0.0, 0.5, 0.5, 1.0, 1.0])
    assert found == pytest.approx(0, abs=1e-9)


def test_the_worst_bin_of_the_worst_group_is_shown() -> None:
    found = ours.max_calibration_error_group_max(
        [0] * 10 + [1] * 10, [0.25] * 10 + [0.5] * 10, sensitive_features=["a"] * 10 + ["b"] * 10
    )
    assert found == 0.5


@pytest.mark.parametrize("options", [{"n_bins": 0}, {"n_bins": 2.5}, {"bins": "quantile"}])
def test_bins_must_make_sense(options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match="bins="):
        value("ece", [0, 1], [0.1, 0.2], **options)
