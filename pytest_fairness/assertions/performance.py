"""How well a model does for every group: gaps, and a floor for the worst group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any

import numpy as np

from pytest_fairness.assertions.checks import Levels
from pytest_fairness.assertions.concluding import begin, check_not_empty, conclude, suffix_of
from pytest_fairness.assertions.features import checked, refuse_many_groups, told
from pytest_fairness.assertions.rate_checks import RateCheck, judged
from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import Judgement, Quantity, resample_counts, resample_rows
from pytest_fairness.metrics import UNKNOWN, Cube, as_array, as_groups, count_cube
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
    why = ""
    if callable(metric):
        quantity = _of_rows(metric, y_true, y_pred, sensitive_features)
    else:
        cube = _cube(metric, y_true, y_pred, sensitive_features, classes, pos_label)
        quantity, why = _of_cells(metric, cube), _missing_class(metric, cube)

    def judge(levels: Levels) -> Judgement:
        return told(judged([quantity], limit, levels, reference=reference), why)

    return conclude(
        f"{name}_{suffix_of(limit)}",
        limit,
        judge,
        sensitive_features=sensitive_features,
        data=(y_true, y_pred),
        alpha=alpha,
        remark=_remark(metric, pos_label),
    )


def _remark(metric: str | Callable[[Any, Any], float], pos_label: Any) -> str:
    if callable(metric):
        return f"The function is {getattr(metric, '__name__', repr(metric))}."
    return f"{pos_label!r} is positive." if metric == "f1" else ""


def _cube(
    metric: str, y_true: Any, y_pred: Any, features: Any, classes: Any, pos_label: Any
) -> Cube:
    """Count the rows, for a score that reads the whole confusion matrix."""
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
    return checked(cube)


def _missing_class(metric: str, cube: Cube) -> str:
    """Say which class a group has no rows of, where a mean over classes needs all."""
    if metric not in ("balanced_accuracy", "macro_f1"):
        return ""
    for g, name in enumerate(cube.compared):
        cells = cube.rows[g, 0]
        sizes = cells.sum(axis=1) + (cells.sum(axis=0) if metric == "macro_f1" else 0)
        missing = [repr(c) for c, n in zip(cube.classes, sizes, strict=True) if not n]
        if missing and cells.sum():
            return (
                f"Group {name!r} has no row of class {', '.join(missing)}, so a mean over all "
                f"classes, {metric.replace('_', ' ')}, cannot be measured in it. Add such rows, "
                "or judge metric='weighted_f1'."
            )
    return ""


def _of_cells(metric: str, cube: Cube) -> Quantity:
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
    _check_takes_two(metric)
    groups = as_groups(features, len(predicted))
    refuse_many_groups("sensitive_features", groups.names, len(predicted))
    places = split_rows(groups)

    def of(rows: Any) -> float:
        return _number_of(metric(truth[rows], predicted[rows]))

    rows = {name: np.asarray(part) for name, part in places.items() if name != UNKNOWN}
    words = getattr(metric, "__name__", "performance").replace("_", " ")
    return resample_rows(words, rows, of, n_resamples=1000, seed=current().seed)


def _check_takes_two(metric: Callable[[Any, Any], float]) -> None:
    """Raise unless a function can be called with labels and predictions."""
    __tracebackhide__ = True
    try:
        signature(metric).bind(None, None)
    except TypeError as err:
        raise ArgumentError(
            f"metric={metric!r} must take y_true and y_pred and return a number in [0, 1]: {err}."
        ) from err
    except ValueError:  # a function of C, which tells no signature
        return


def _number_of(value: Any) -> float:
    """Return what a function of the caller gave as a number; nan is none that can be judged."""
    __tracebackhide__ = True
    array = np.asarray(value)
    if array.ndim == 0 and array.dtype.kind in "buif":
        found = float(array)
        if found != found or 0 <= found <= 1:
            return found
    raise ArgumentError(f"metric returned {value!r} and must return a number in [0, 1].")
