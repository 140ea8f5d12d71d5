"""Whether predictions tie classes to groups more closely than labels do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.metrics.comparing import check_two_groups
from pytest_fairness.metrics.cube import count_cube
from pytest_fairness.metrics.rates import divided

Numbers = NDArray[np.float64]


def bias_amplification(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    classes: Sequence[Any] | None = None,
) -> float:
    r"""Return by how much predictions exceed labels in tying classes to groups; 0 is fair.

    With :math:`b(k, a)` the share of group :math:`a` among the rows of class :math:`k`, it is
    :math:`\frac1K \sum_{k, a : b^*(k, a) > 1/|A|} [\tilde b(k, a) - b^*(k, a)]`, where
    :math:`b^*` is taken over labels and :math:`\tilde b` over predictions (Zhao et al. 2017).
    It takes groups of equal size for granted: see `directional_bias_amplification`.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted classes, any number of them.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`; rows of the unknown group are not counted.
    sample_weight : array-like of shape (n,), optional
    classes : sequence, optional

    Returns
    -------
    float in [-1, 1]
        Above 0 where the model strengthens what its labels have; nan where a class has no row among
        the labels or among the predictions.

    Examples
    --------
    >>> bias_amplification(
    ...     [1, 1, 1, 0, 0, 0], [1, 1, 0, 0, 0, 1], sensitive_features=list("aababb"),
    ... )
    0.0
    """
    cells = _cells(y_true, y_pred, sensitive_features, sample_weight, classes)
    actual, predicted = cells.sum(axis=2), cells.sum(axis=1)
    before, after = (divided(table, table.sum(axis=0)) for table in (actual, predicted))
    tied = before > 1 / len(actual)
    change = np.where(tied | np.isnan(before), after - before, 0.0)
    return float(change.sum() / actual.shape[1])


def directional_bias_amplification(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    classes: Sequence[Any] | None = None,
) -> float:
    r"""Return by how much predicted classes depend on the group more than labels do; 0 is fair.

    :math:`\frac{1}{|A| K} \sum_{a, k} s_{ak} [P(\hat Y = k \mid a) - P(Y = k \mid a)]`, where
    :math:`s_{ak}` is 1 if labels have group and class together more often than chance,
    :math:`P(a, k) > P(a) P(k)`, else -1 (Wang and Russakovsky 2021, from attribute to task).
    Parameters are those of `bias_amplification`.

    Returns
    -------
    float in [-1, 1]
        nan where a declared group has no rows.

    Examples
    --------
    >>> directional_bias_amplification(
    ...     [1, 1, 0, 1, 0, 0], [1, 1, 1, 0, 0, 0], sensitive_features=list("aaabbb"),
    ... )
    0.3333333333333333
    """
    return bias_amplification_of(_cells(y_true, y_pred, sensitive_features, sample_weight, classes))


def bias_amplification_of(cells: Any) -> float:
    """Return the directional bias amplification of counts, of shape (n_groups, K, K).

    Each group's matrix has true classes as rows and predicted ones as columns; see
    `directional_bias_amplification`.

    Examples
    --------
    >>> bias_amplification_of([[[5, 0], [0, 5]], [[5, 0], [0, 5]]])
    0.0
    """
    counts = np.asarray(cells, dtype=np.float64)
    actual, predicted = counts.sum(axis=2), counts.sum(axis=1)
    total = actual.sum()
    together = actual * total > np.outer(actual.sum(axis=1), actual.sum(axis=0))
    before, after = (
        divided(table, table.sum(axis=1, keepdims=True)) for table in (actual, predicted)
    )
    return float(np.mean(np.where(together, 1, -1) * (after - before)))


def _cells(
    y_true: Any, y_pred: Any, features: Any, sample_weight: Any, classes: Sequence[Any] | None
) -> Numbers:
    """Return weighted counts of the groups compared, of shape (n_compared, K, K)."""
    cube = count_cube(
        y_true,
        y_pred,
        sensitive_features=features,
        sample_weight=sample_weight,
        pos_label=None,
        classes=classes,
    )
    check_two_groups(cube)
    return np.asarray(cube.counts[: len(cube.compared), 0])
