"""One number per group, of any metric."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.columns import as_array
from pytest_fairness.metrics.counts import cube_of
from pytest_fairness.metrics.cube import count_cube
from pytest_fairness.metrics.groups import as_groups
from pytest_fairness.metrics.labels import as_weights, check_same_length
from pytest_fairness.metrics.measures import SCORES, measured, needs_positive


def by_group(
    metric: str | Callable[..., float],
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = 1,
) -> dict[str, float]:
    """Return one number per group.

    Parameters
    ----------
    metric : str or callable
        A rate, such as ``"false_positive_rate"``; a score of the confusion matrix, such as
        ``"macro_f1"``; or a function of the true and predicted values of a group's rows, such as
        one of scikit-learn's, which is given `sample_weight` as a keyword where there are weights.
    y_true : array-like of n rows
        True values; may be None for ``"selection_rate"``.
    y_pred : array-like of n rows
        Predictions: classes, or for a function whatever it reads.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`.
    sample_weight : array-like of shape (n,), optional
    pos_label : scalar, default 1
        The class that counts as positive; not read by functions nor by scores of all classes.

    Returns
    -------
    dict of str to float
        Groups in their order, the unknown one last; nan, *not measurable*, for a group without the
        rows that the number is taken over.

    Raises
    ------
    ArgumentError
        If there is no metric of that name, or lengths differ.

    Examples
    --------
    >>> by_group("selection_rate", None, [1, 0, 1], sensitive_features=["a", "a", "b"])
    {'a': 0.5, 'b': 1.0}
    """
    if not isinstance(metric, str):
        return _called(metric, y_true, y_pred, sensitive_features, sample_weight)
    options: dict[str, Any] = {"sample_weight": sample_weight}
    options["pos_label"] = pos_label if needs_positive(metric.replace(" ", "_")) else None
    if metric in SCORES:
        cube = count_cube(y_true, y_pred, sensitive_features=sensitive_features, **options)
    else:
        cube = cube_of([metric], y_true, y_pred, sensitive_features, **options)
    values = measured(cube, metric).values[:, 0]
    return {name: float(value) for name, value in zip(cube.names, values, strict=True)}


def _called(
    metric: Callable[..., float], y_true: Any, y_pred: Any, features: Any, sample_weight: Any
) -> dict[str, float]:
    actual, predicted = as_array("y_true", y_true), as_array("y_pred", y_pred)
    if not predicted.ndim:
        raise ArgumentError("y_pred is a single value. Give one entry per row.")
    n = len(predicted)
    check_same_length("y_true", len(actual), n)
    groups = as_groups(features, n)
    weights = None if sample_weight is None else as_weights(sample_weight, n)
    found = {}
    for place, name in enumerate(groups.names):
        rows = np.flatnonzero(groups.codes == place)
        extra = {} if weights is None else {"sample_weight": weights[rows]}
        found[name] = float(metric(actual[rows], predicted[rows], **extra)) if len(rows) else np.nan
    return found
