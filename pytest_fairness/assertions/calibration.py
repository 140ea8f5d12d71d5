"""Group fairness of probabilities: whether they mean the same for every group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from pytest_fairness.assertions.checks import one_of, whole_number
from pytest_fairness.assertions.concluding import begin, suffix_of
from pytest_fairness.assertions.score_checks import ScoreCheck, base_rates
from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import Quantity, calibration_errors, logistic_coefficients
from pytest_fairness.metrics import Sample
from pytest_fairness.metrics.calibration import logits
from pytest_fairness.outcome import Outcome

_METRICS = (
    "expected_calibration_error",
    "brier_score",
    "mean_residual",
    "calibration_slope",
    "calibration_intercept",
)


def assert_calibration(
    y_true: Any,
    y_prob: Any,
    *,
    sensitive_features: Any,
    max_difference: float | None = None,
    max_group: float | None = None,
    metric: Literal[
        "expected_calibration_error",
        "brier_score",
        "mean_residual",
        "calibration_slope",
        "calibration_intercept",
    ] = "expected_calibration_error",
    n_bins: int = 10,
    sample_weight: Any = None,
    clusters: Any = None,
    reference: str | None = None,
    pos_label: Any = 1,
    alpha: float | None = None,
) -> Outcome:
    """Assert that a probability means what it says in every group, or means the same in all.

    The statistic is the largest calibration error of any group (0 is best), or the largest
    difference between two groups' (0 is fair).

    Parameters
    ----------
    y_true : array-like of shape (n,)
        Labels of two classes.
    y_prob : array-like of shape (n,)
        Probabilities of the positive class, in [0, 1].
    max_difference : float, optional
        Largest accepted difference of two groups' values.
    max_group : float, optional
        Largest accepted value of any group; of ``"mean_residual"`` in either direction. Not for
        slopes and intercepts.
    metric : str, default "expected_calibration_error"
        ``"expected_calibration_error"`` over bins of equally many rows; ``"brier_score"``, which
        also counts how sharp the probabilities are; ``"mean_residual"``, the mean probability less
        the share of positives (calibration in the large); or ``"calibration_slope"`` and
        ``"calibration_intercept"`` of a logistic fit on the logit of the probability (1 and 0 are
        calibrated).
    n_bins : int, default 10
        Bins of the expected calibration error.
    sample_weight, clusters : array-like of shape (n,), optional
        As in `assert_demographic_parity`; for means only: the Brier score and the mean residual.
    sensitive_features, reference, pos_label, alpha
        As in `assert_demographic_parity`.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If lengths differ, probabilities are missing or outside [0, 1], or not exactly one limit is
        given.

    Notes
    -----
    Naeini, Cooper and Hauskrecht (2015) and Guo et al. (2017) for the expected calibration error,
    of which what noise adds is taken off; Brier (1950); Cox (1958). Calibration within groups is
    that of Kleinberg, Mullainathan and Raghavan (2016).

    *What a pass shows*: on rows like these, among those given a probability about as many are
    positive as it says, in every group, within the limit. *What it does not show*: equal error
    rates, which a calibrated model cannot have where base rates differ.

    Examples
    --------
    >>> from pytest_fairness import assert_calibration
    >>> assert_calibration(
    ...     [0, 0, 0, 1] * 1000,
    ...     [0.25] * 4000,
    ...     sensitive_features=["a", "b", "b", "a"] * 1000,
    ...     metric="brier_score",
    ...     max_group=0.5,
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    limits = {"max_difference": max_difference, "max_group": max_group}
    limit = begin("assert_calibration", limits, most=float("inf"), unit="number")
    one_of("metric", metric, _METRICS)
    whole_number("n_bins", n_bins, 1)
    if max_group is not None and metric in _METRICS[3:]:
        raise ArgumentError(
            f"max_group= has no meaning for {metric}, which can err on both sides. "
            "Use max_difference=, or metric='expected_calibration_error'."
        )
    check = ScoreCheck(sensitive_features, sample_weight, clusters, reference)
    samples = check.samples(
        y_true, y_prob, truth="classes", pos_label=pos_label, probabilities=True
    )
    if metric not in ("brier_score", "mean_residual"):
        check.refuse_clusters(f"assert_calibration(metric={metric!r})")
    quantities = _quantities(metric, check, samples, n_bins, both_ways=max_group is not None)
    return check.conclude(
        f"{_NAMES.get(metric, metric)}_{suffix_of(limit)}",
        limit,
        quantities,
        alpha,
        (y_true, y_prob),
        remark=f"{pos_label!r} is positive.",
        shown=base_rates(samples),
        same_rows=True,
    )


_NAMES = {"expected_calibration_error": "ece", "brier_score": "brier"}


def _quantities(
    metric: str, check: ScoreCheck, samples: Mapping[str, Sample], n_bins: int, *, both_ways: bool
) -> list[Quantity]:
    if metric == "expected_calibration_error":
        rows = {name: (part.y_true, part.y_score) for name, part in samples.items()}
        return [calibration_errors("expected calibration error", rows, n_bins=n_bins)]
    residuals = {name: part.y_score - part.y_true for name, part in samples.items()}
    if metric == "brier_score":
        squares = {name: np.square(part) for name, part in residuals.items()}
        return [check.means("Brier score", squares, samples, least=0.0, most=1.0)]
    if metric == "mean_residual":
        signs = (1.0, -1.0) if both_ways else (1.0,)
        words = ("mean residual", "mean residual, turned round")
        return [
            check.means(
                word, {n: sign * r for n, r in residuals.items()}, samples, least=-1.0, most=1.0
            )
            for sign, word in zip(signs, words, strict=False)
        ]
    which: Literal["slope", "intercept"] = "slope" if metric == "calibration_slope" else "intercept"
    told = {name: (part.y_true, logits(part)) for name, part in samples.items()}
    return [logistic_coefficients(metric.replace("_", " "), told, which=which)]
