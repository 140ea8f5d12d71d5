"""Group fairness of predicted numbers: how far off they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from pytest_fairness.assertions.checks import one_of
from pytest_fairness.assertions.concluding import begin, suffix_of
from pytest_fairness.assertions.score_checks import ScoreCheck
from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import square_root
from pytest_fairness.evidence.quantity import Separate
from pytest_fairness.metrics import Sample
from pytest_fairness.outcome import Outcome


def assert_error_parity(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    max_difference: float | None = None,
    min_ratio: float | None = None,
    max_group: float | None = None,
    metric: Literal["mae", "rmse", "mean_residual"] = "mae",
    sample_weight: Any = None,
    clusters: Any = None,
    reference: str | None = None,
    alpha: float | None = None,
) -> Outcome:
    """Assert that predicted numbers are nearly as far off in every group.

    The statistic is the largest difference (0 is fair), or the smallest ratio (1 is fair), between
    two groups' errors; or the largest error of any group (0 is best).

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True numbers.
    y_pred : array-like of shape (n,)
        Predicted numbers.
    max_difference : float, optional
        Largest accepted difference, in units of `y_true`.
    min_ratio : float in [0, 1], optional
        Smallest accepted ratio of two groups' errors; not for ``"mean_residual"``.
    max_group : float, optional
        Largest accepted error of any group; of ``"mean_residual"`` in either direction.
    metric : {"mae", "rmse", "mean_residual"}, default "mae"
        Mean absolute error, root mean squared error, or mean of prediction minus truth: whether a
        group is systematically scored too high or too low.
    sensitive_features, sample_weight, clusters, reference, alpha
        As in `assert_demographic_parity`.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If lengths differ, values are missing, or not exactly one limit is given.

    Notes
    -----
    Agarwal, Dudik and Wu (2019) for losses by group. Errors have no bound that is known beforehand,
    so that the bounds of their means rest on the errors that were seen.

    *What a pass shows*: on rows like these, errors of the chosen kind are alike in all groups
    within the limit. *What it does not show*: that they are small, unless ``max_group=`` says so,
    or that the true numbers are free of bias.

    Examples
    --------
    >>> from pytest_fairness import assert_error_parity
    >>> assert_error_parity(
    ...     [1.0, 2.0, 3.0, 4.0] * 500,
    ...     [1.1, 2.1, 2.9, 3.8] * 500,
    ...     sensitive_features=["a", "b", "b", "a"] * 500,
    ...     max_difference=0.2,
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    limits = {"max_difference": max_difference, "min_ratio": min_ratio, "max_group": max_group}
    limit = begin("assert_error_parity", limits, most=float("inf"), unit="number")
    one_of("metric", metric, ("mae", "rmse", "mean_residual"))
    if metric == "mean_residual" and min_ratio is not None:
        raise ArgumentError(
            "min_ratio= has no meaning for residuals, whose sign differs. Use max_difference=."
        )
    check = ScoreCheck(sensitive_features, sample_weight, clusters, reference)
    samples = check.samples(y_true, y_pred, truth="numbers", probabilities=False)
    quantities = _errors(metric, check, samples, both_ways=max_group is not None)
    id = f"{metric}_{suffix_of(limit)}"
    return check.conclude(id, limit, quantities, alpha, (y_true, y_pred), same_rows=True)


def _errors(
    metric: str, check: ScoreCheck, samples: Mapping[str, Sample], *, both_ways: bool
) -> list[Separate]:
    residuals = {name: part.y_score - part.y_true for name, part in samples.items()}
    if metric == "mae":
        return [check.means("MAE", {n: np.abs(r) for n, r in residuals.items()}, samples)]
    if metric == "rmse":
        squares = {n: np.square(r) for n, r in residuals.items()}
        return [square_root("RMSE", check.means("mean squared error", squares, samples))]
    found = [check.means("mean residual", residuals, samples)]
    if both_ways:
        turned = {n: -r for n, r in residuals.items()}
        found.append(check.means("mean residual, turned round", turned, samples))
    return found
