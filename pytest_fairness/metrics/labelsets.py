"""Differences between groups where a row has any number of labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.columns import as_array
from pytest_fairness.metrics.comparing import check_two_groups
from pytest_fairness.metrics.groups import as_groups
from pytest_fairness.metrics.labels import as_weights
from pytest_fairness.metrics.rates import divided

Numbers = NDArray[np.float64]


def label_parity_difference(
    y_true: Any, y_pred: Any, *, sensitive_features: Any, sample_weight: Any = None
) -> float:
    r"""Return the largest gap between groups in how often a label is predicted; 0 is fair.

    :math:`\max_{l, a, b} |P(\hat Y_l = 1 \mid a) - P(\hat Y_l = 1 \mid b)|`: demographic parity of
    every label.

    Parameters
    ----------
    y_true : array-like
        Not read; may be None.
    y_pred : array-like of shape (n, n_labels)
        1 where a label is predicted, else 0.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`.
    sample_weight : array-like of shape (n,), optional

    Returns
    -------
    float in [0, 1]
        nan, *not measurable*, where a declared group has no rows.

    Examples
    --------
    >>> label_parity_difference(None, [[1, 0], [1, 1]], sensitive_features=["a", "b"])
    1.0
    """
    sets = _sets("y_pred", y_pred)
    means = _means(sets.astype(np.float64), sensitive_features, sample_weight)
    return float((means.max(axis=0) - means.min(axis=0)).max(initial=0.0))


def label_set_jaccard_difference(
    y_true: Any, y_pred: Any, *, sensitive_features: Any, sample_weight: Any = None
) -> float:
    r"""Return the largest gap between groups in how far predicted label sets are right; 0 is fair.

    The gap in the mean of :math:`|Y \cap \hat Y| / |Y \cup \hat Y|` (Jaccard 1901), which is 1
    where both sets are empty: the prediction is then right.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n, n_labels)
        1 where a row has a label, else 0.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`.
    sample_weight : array-like of shape (n,), optional

    Returns
    -------
    float in [0, 1]
        nan, *not measurable*, where a declared group has no rows.

    Examples
    --------
    >>> label_set_jaccard_difference(
    ...     [[1, 1], [1, 0]], [[1, 0], [1, 0]], sensitive_features=["a", "b"]
    ... )
    0.5
    """
    overlaps = label_set_jaccards(y_true, y_pred)
    means = _means(overlaps[:, None], sensitive_features, sample_weight)
    return float(means.max() - means.min())


def label_set_jaccards(y_true: Any, y_pred: Any) -> Numbers:
    """Return each row's overlap of true and predicted labels, of shape (n,), in [0, 1].

    Examples
    --------
    >>> label_set_jaccards([[1, 1], [0, 0]], [[1, 0], [0, 0]]).tolist()
    [0.5, 1.0]
    """
    actual, predicted = _sets("y_true", y_true), _sets("y_pred", y_pred)
    if actual.shape != predicted.shape:
        raise ArgumentError(
            f"y_true has shape {actual.shape} but y_pred has {predicted.shape}. "
            "Give both as one row per text and one column per label."
        )
    union = (actual | predicted).sum(axis=1)
    return np.where(union == 0, 1.0, divided((actual & predicted).sum(axis=1), union))


def _sets(name: str, values: Any) -> NDArray[np.bool_]:
    array = as_array(name, values)
    if array.ndim != 2:
        raise ArgumentError(
            f"{name} has shape {array.shape} and must have one row per text and one column per "
            "label, with 1 where the label is there."
        )
    if not np.isin(array, (0, 1)).all():
        raise ArgumentError(f"{name} must hold 0 and 1 only. Threshold scores first.")
    return array.astype(np.bool_)


def _means(values: Numbers, features: Any, sample_weight: Any) -> Numbers:
    """Return the weighted means of the groups compared, of shape (n_compared, k)."""
    groups = as_groups(features, len(values))
    check_two_groups(groups)
    weights = as_weights(sample_weight, len(values))
    size = len(groups.names)
    sums = [np.bincount(groups.codes, weights * column, size) for column in values.T]
    totals = np.bincount(groups.codes, weights, size)
    means = divided(np.array(sums).T.reshape(size, -1), totals[:, None])
    return np.asarray(means[: len(groups.compared)])
