"""Inequality of the benefit that decisions bring, over individuals and between groups."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.groups import as_groups
from pytest_fairness.metrics.labels import as_vector, as_weights, two_classes
from pytest_fairness.metrics.rates import divided

Numbers = NDArray[np.float64]


def benefits(y_true: Any, y_pred: Any, *, pos_label: Any = 1) -> Numbers:
    r"""Return each row's benefit :math:`b_i = \hat y_i - y_i + 1`.

    It is 2 where a row gets more than its label says, 1 where the decision is right, and 0 where it
    is denied what its label says (Speicher et al. 2018). It is a convention, and so is every index
    that is built on it.

    Examples
    --------
    >>> benefits([1, 0, 1], [0, 1, 1]).tolist()
    [0.0, 2.0, 1.0]
    """
    labels = two_classes(y_true, y_pred, pos_label)
    if labels.actual is None:
        raise ArgumentError("y_true=None must be an array with one entry per row.")
    positive = np.array([value == pos_label for value in labels.classes], dtype=np.float64)
    return positive[labels.predicted] - positive[labels.actual] + 1


def generalized_entropy_index(
    y_true: Any, y_pred: Any, *, alpha: float = 2.0, sample_weight: Any = None, pos_label: Any = 1
) -> float:
    r"""Return the generalised entropy index of the benefits; 0 is fair.

    :math:`\frac{1}{n \alpha (\alpha - 1)} \sum_i [(b_i / \mu)^\alpha - 1]` with the benefits of
    `benefits`, and its limits at :math:`\alpha` of 1 (the Theil index) and 0 (the mean log
    deviation; Speicher et al. 2018). A model that is always wrong in the same way scores low.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted classes.
    alpha : float, default 2
        Larger values weigh inequality among those with large benefits more.
    sample_weight : array-like of shape (n,), optional
    pos_label : scalar, default 1

    Returns
    -------
    float of at least 0
        nan without rows, or where no row has any benefit; inf where `alpha` is 0 or below and a row
        has none.

    Examples
    --------
    >>> generalized_entropy_index([1, 0, 1, 0], [1, 0, 1, 0])
    0.0
    """
    values = benefits(y_true, y_pred, pos_label=pos_label)
    return entropy_index(values, alpha=alpha, sample_weight=sample_weight)


def theil_index(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, pos_label: Any = 1
) -> float:
    r"""Return the Theil index :math:`\frac1n \sum_i \frac{b_i}{\mu} \ln \frac{b_i}{\mu}`.

    The generalised entropy index at :math:`\alpha = 1` (Theil 1967; Speicher et al. 2018). 0 is
    fair. Parameters and returned value are those of `generalized_entropy_index`.

    Examples
    --------
    >>> round(theil_index([1, 0, 0, 0], [0, 1, 0, 0]), 4)
    0.3466
    """
    return generalized_entropy_index(
        y_true, y_pred, alpha=1.0, sample_weight=sample_weight, pos_label=pos_label
    )


def between_group_entropy_index(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    alpha: float = 2.0,
    sample_weight: Any = None,
    pos_label: Any = 1,
) -> float:
    """Return the part of the generalised entropy index that lies between groups; 0 is fair.

    Every row's benefit is replaced by the mean of its group (Speicher et al. 2018). The unknown
    group counts as one. Parameters and returned value are those of `generalized_entropy_index`,
    with the group labels of `as_groups`.

    Examples
    --------
    >>> between_group_entropy_index(
    ...     [1, 1, 0, 0], [0, 1, 1, 0], sensitive_features=["a", "a", "b", "b"]
    ... )
    0.125
    """
    values = benefits(y_true, y_pred, pos_label=pos_label)
    groups = as_groups(sensitive_features, len(values))
    weights = as_weights(sample_weight, len(values))
    sizes = np.bincount(groups.codes, weights, len(groups.names)).astype(np.float64)
    means = divided(np.bincount(groups.codes, weights * values, len(groups.names)), sizes)
    return _index(means[sizes > 0], sizes[sizes > 0], alpha)


def entropy_index(values: Any, *, alpha: float = 2.0, sample_weight: Any = None) -> float:
    """Return the generalised entropy index of any benefits of at least 0; 0 is equality.

    Raises
    ------
    ArgumentError
        If a benefit is negative or not finite.

    Examples
    --------
    >>> entropy_index([1, 3])
    0.125
    """
    array = as_vector("values", values).astype(np.float64)
    if not np.all(np.isfinite(array) & (array >= 0)):
        raise ArgumentError("values must hold finite benefits of at least 0, one per row.")
    weights = as_weights(sample_weight, len(array))
    return _index(array[weights > 0], weights[weights > 0], alpha)


def _index(values: Numbers, weights: Numbers, alpha: float) -> float:
    total = weights.sum()
    if total == 0 or (mean := float(values @ weights) / total) == 0:
        return float("nan")
    return float(_terms(values / mean, alpha) @ weights / total)


def _terms(ratio: Numbers, alpha: float) -> Numbers:
    with np.errstate(divide="ignore", invalid="ignore"):
        if alpha == 1:
            return np.where(ratio == 0, 0.0, ratio * np.log(ratio))
        if alpha == 0:
            return np.asarray(-np.log(ratio))
        return np.asarray((ratio**alpha - 1) / (alpha * (alpha - 1)))
