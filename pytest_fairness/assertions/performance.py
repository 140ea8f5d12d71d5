"""How well a model does for every group: gaps, and a floor for the worst group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pytest_fairness.assertions.checks import Levels
from pytest_fairness.assertions.concluding import begin, check_not_empty, conclude, suffix_of
from pytest_fairness.assertions.rate_checks import RateCheck, judged
from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import Judgement, Quantity, resample_counts, resample_rows
from pytest_fairness.metrics import UNKNOWN, as_array, as_groups, count_cube
from pytest_fairness.metrics.measures import SCORES, needs_positive, score_cells
from pytest_fairness.metrics.samples import split_rows
from pytest_fairness.outcome import Outcome
from pytest_fairness.settings import current


def assert_performance_parity(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    max_difference: float | None = None,
    min_ratio: float | None = None,
    min_group: float | None = None,
    metric: str | Callable[[Any, Any], float] = "accuracy",
    classes: Sequence[Any] | None = None,
    reference: str | None = None,
    pos_label: Any = 1,
    alpha: float | None = None,
) -> Outcome:
    """Assert that the model does nearly as well for every group, or well enough for the worst.

    The statistic is the largest difference (0 is fair), or the smallest ratio (1 is fair), between
    two groups' performance; or the performance of the worst group.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted classes, of any number.
    max_difference : float in [0, 1], optional
        Largest accepted difference.
    min_ratio : float in [0, 1], optional
        Smallest accepted ratio.
    min_group : float in [0, 1], optional
        Lowest accepted performance of any group.
    metric : str or callable, default "accuracy"
        ``"accuracy"``, ``"balanced_accuracy"``, ``"f1"`` of `pos_label`, ``"macro_f1"``,
        ``"micro_f1"``, ``"weighted_f1"``, or a function of `y_true` and `y_pred` such as
        scikit-learn's, whose value must lie in [0, 1] where a larger one is better.
    classes : sequence, optional
        Every class, also those without rows.
    pos_label : scalar, default 1
        The positive class of ``"f1"``.
    sensitive_features, reference, alpha
        As in `assert_demographic_parity`.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`: a group has no rows of a class.
    ArgumentError
        If `metric` is none of these, lengths differ, values are missing, or not exactly one limit
        is given.

    Notes
    -----
    Worst-group performance as in Sagawa et al. (2020) and Martinez, Bertran and Sapiro (2020).
    Accuracy is judged exactly, scores of the confusion matrix by resampling its cells, so that the
    cost does not grow with the rows, and a function of yours by resampling rows.

    *What a pass shows*: on rows like these, the model serves no group worse than the limit allows.
    *What it does not show*: which errors strike whom: equal accuracy can hide opposite errors.

    Examples
    --------
    >>> from pytest_fairness import assert_performance_parity
    >>> labels = ["cat", "dog", "fish"] * 1000
    >>> assert_performance_parity(
    ...     labels, labels, sensitive_features=["a", "b"] * 1500, metric="macro_f1", min_group=0.9
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    limits = {"max_difference": max_difference, "min_ratio": min_ratio, "min_group": min_group}
    limit = begin(
        "assert_performance_parity", limits, unit="" if metric == "accuracy" else "number"
    )
    check_not_empty("y_pred", y_pred)
    name = metric if isinstance(metric, str) else "performance"
    if metric == "accuracy":
        check = RateCheck(sensitive_features, None, "mean", None, None, reference, None)
        return check.conclude("accuracy", ["accuracy"], limit, y_true, y_pred, alpha)
    if callable(metric):
        quantity = _of_rows(metric, y_true, y_pred, sensitive_features)
    else:
        quantity = _of_cells(metric, y_true, y_pred, sensitive_features, classes, pos_label)

    def judge(levels: Levels) -> Judgement:
        return judged([quantity], limit, levels, reference=reference)

    return conclude(
        f"{name}_{suffix_of(limit)}",
        limit,
        judge,
        sensitive_features=sensitive_features,
        data=(y_true, y_pred),
        alpha=alpha,
        remark=f"{pos_label!r} is positive." if name == "f1" else "",
    )


def _of_cells(
    metric: str, y_true: Any, y_pred: Any, features: Any, classes: Any, pos_label: Any
) -> Quantity:
    __tracebackhide__ = True
    if metric not in SCORES:
        raise ArgumentError(
            f"metric={metric!r} must be 'accuracy', one of {', '.join(map(repr, SCORES))}, or a "
            "function of y_true and y_pred."
        )
    positive = pos_label if needs_positive(metric) else None
    cube = count_cube(
        y_true, y_pred, sensitive_features=features, pos_label=positive, classes=classes
    )
    if len(cube.classes) < 2:
        raise ArgumentError(
            f"y_true and y_pred hold one class only, {cube.classes[0]!r}, over which {metric!r} "
            "says nothing. Give rows of other classes, or name all classes as classes=."
        )
    counts = score_cells(cube, cube.counts, metric)
    tables = {name: counts[g, 0] for g, name in enumerate(cube.names) if name != UNKNOWN}
    words = metric.replace("_", " ").replace("f1", "F1")
    return resample_counts(words, tables, SCORES[metric], seed=current().seed)


def _of_rows(
    metric: Callable[[Any, Any], float], y_true: Any, y_pred: Any, features: Any
) -> Quantity:
    __tracebackhide__ = True
    truth, predicted = as_array("y_true", y_true), as_array("y_pred", y_pred)
    if len(truth) != len(predicted):
        raise ArgumentError(
            f"y_true has {len(truth)} entries but y_pred has {len(predicted)}. Give one per row."
        )
    places = split_rows(as_groups(features, len(predicted)))

    def of(rows: Any) -> float:
        value = float(metric(truth[rows], predicted[rows]))
        if value == value and not 0 <= value <= 1:
            raise ArgumentError(f"metric returned {value:g} and must return a number in [0, 1].")
        return value

    rows = {name: np.asarray(part) for name, part in places.items() if name != UNKNOWN}
    words = getattr(metric, "__name__", "performance").replace("_", " ")
    return resample_rows(words, rows, of, n_resamples=1000, seed=current().seed)
