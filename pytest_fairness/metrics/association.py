"""How strongly predicted classes depend on the group, as one number for the whole table."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.metrics.comparing import check_two_groups
from pytest_fairness.metrics.cube import count_cube

Numbers = NDArray[np.float64]


def association_table(y_pred: Any, *, sensitive_features: Any) -> NDArray[np.float64]:
    """Return the counts of the groups compared and the classes predicted, of shape (G, K).

    Examples
    --------
    >>> association_table([1, 0, 1], sensitive_features=["a", "a", "b"]).tolist()
    [[1.0, 1.0], [0.0, 1.0]]
    """
    cube = count_cube(None, y_pred, sensitive_features=sensitive_features, pos_label=None)
    check_two_groups(cube)
    return np.asarray(cube.counts[: len(cube.compared), 0, 0])


def cramers_v(
    y_true: Any, y_pred: Any, *, sensitive_features: Any, bias_corrected: bool = True
) -> float:
    r"""Return Cramer's V of group and predicted class; 0 is independence, 1 the closest tie.

    :math:`\sqrt{\tilde\varphi^2 / \min(\tilde r - 1, \tilde c - 1)}` with
    :math:`\tilde\varphi^2 = \max(0, \chi^2 / n - (r-1)(c-1)/(n-1))`,
    :math:`\tilde r = r - (r-1)^2/(n-1)` and the like for :math:`c` (Bergsma 2013), since the plain
    V of Cramer (1946) lies above 0 by chance.

    Parameters
    ----------
    y_true : array-like
        Not read; may be None.
    y_pred : array-like of shape (n,)
        Predicted classes, any number of them.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`.
    bias_corrected : bool, default True

    Returns
    -------
    float in [0, 1]
        nan, *not measurable*, where a declared group has no rows or only one class is predicted.

    Examples
    --------
    >>> cramers_v(None, [1, 1, 0, 0], sensitive_features=["a", "a", "b", "b"])
    1.0
    """
    table = association_table(y_pred, sensitive_features=sensitive_features)
    return cramers_v_of(table, bias_corrected=bias_corrected)


def cramers_v_of(table: Any, *, bias_corrected: bool = True) -> float:
    """Return Cramer's V of a table of counts, of shape (G, K); see `cramers_v`.

    Examples
    --------
    >>> cramers_v_of([[30, 30], [30, 30]])
    0.0
    """
    counts = _measurable(table)
    if counts is None:
        return float("nan")
    n = counts.sum()
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
    phi2 = float(((counts - expected) ** 2 / expected).sum() / n)
    rows, columns = (float(size) for size in counts.shape)
    if bias_corrected and n > 1:
        phi2 = max(0.0, phi2 - (rows - 1) * (columns - 1) / (n - 1))
        rows, columns = (size - (size - 1) ** 2 / (n - 1) for size in (rows, columns))
    least = min(rows, columns) - 1
    return float(min(1.0, np.sqrt(phi2 / least))) if least > 0 else float("nan")


def theils_u(y_true: Any, y_pred: Any, *, sensitive_features: Any) -> float:
    r"""Return the share of uncertainty about the predicted class that the group removes; 0 is fair.

    :math:`I(\hat Y; A) / H(\hat Y)` (Theil 1970). It has a direction: it does not say how far
    the prediction gives the group away. It lies above 0 by chance where groups are small.

    Parameters
    ----------
    y_true : array-like
        Not read; may be None.
    y_pred : array-like of shape (n,)
        Predicted classes, any number of them.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`.

    Returns
    -------
    float in [0, 1]
        nan, *not measurable*, where a declared group has no rows or only one class is predicted.

    Examples
    --------
    >>> theils_u(None, [1, 1, 0, 0], sensitive_features=["a", "a", "b", "b"])
    1.0
    """
    counts = _measurable(association_table(y_pred, sensitive_features=sensitive_features))
    if counts is None:
        return float("nan")
    return _mutual_information(counts) / _entropy(counts.sum(axis=0))


def normalized_mutual_information(y_true: Any, y_pred: Any, *, sensitive_features: Any) -> float:
    r"""Return the mutual information of group and predicted class over their mean entropy.

    :math:`2 I(\hat Y; A) / (H(\hat Y) + H(A))`; 0 is fair (Steinberg et al. 2020). It lies above 0
    by chance where groups are small. Parameters and returned value are those of `theils_u`.

    Examples
    --------
    >>> normalized_mutual_information(None, [1, 1, 0, 0], sensitive_features=["a", "a", "b", "b"])
    1.0
    """
    counts = _measurable(association_table(y_pred, sensitive_features=sensitive_features))
    if counts is None:
        return float("nan")
    mean = (_entropy(counts.sum(axis=0)) + _entropy(counts.sum(axis=1))) / 2
    return _mutual_information(counts) / mean


def _measurable(table: Any) -> Numbers | None:
    """Return the counts without classes that nobody gets, or None where nothing can vary."""
    counts = np.asarray(table, dtype=np.float64)
    counts = counts[:, counts.sum(axis=0) > 0]
    empty = (counts.sum(axis=1) == 0).any()
    return None if empty or min(counts.shape) < 2 else counts


def _mutual_information(counts: Numbers) -> float:
    parts = (counts.sum(axis=0), counts.sum(axis=1))
    return max(0.0, sum(map(_entropy, parts)) - _entropy(counts.reshape(-1)))


def _entropy(counts: Numbers) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())
