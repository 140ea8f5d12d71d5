"""Differential fairness: how many times likelier an outcome is in one group than in another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.comparing import check_two_groups
from pytest_fairness.metrics.cube import Cube, count_cube


def differential_fairness_epsilon(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    concentration: float = 1.0,
    sample_weight: Any = None,
    classes: Sequence[Any] | None = None,
) -> float:
    r"""Return the smoothed empirical differential fairness; 0 is fair.

    :math:`\max_{k, a, b} |\ln p_{ka} - \ln p_{kb}|` with
    :math:`p_{ka} = (n_{ka} + c / K) / (n_a + c)`, a Dirichlet prior of concentration :math:`c`
    spread over the K classes (Foulds, Islam, Keya and Pan 2020). Where cells are small,
    :math:`c` decides the number: state it.

    Parameters
    ----------
    y_true : array-like
        Not read; may be None.
    y_pred : array-like of shape (n,)
        Predicted classes, or labels when the data are to be measured.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`.
    concentration : float of at least 0, default 1
        Weight of the prior, in rows; 0 does not smooth.
    sample_weight : array-like of shape (n,), optional
    classes : sequence, optional

    Returns
    -------
    float of at least 0
        inf where, without smoothing, a group never gets a class that another does; nan where a
        declared group has no rows.

    Examples
    --------
    >>> round(differential_fairness_epsilon(
    ...     None, [1, 1, 1, 0, 1, 0, 0, 0], sensitive_features=list("aaaabbbb")
    ... ), 4)
    0.8473
    """
    cube = _all_classes(y_pred, sensitive_features, sample_weight, classes)
    return epsilon_of(cube.counts[: len(cube.compared), 0, 0], concentration=concentration)


def epsilon_of(table: Any, *, concentration: float = 1.0) -> float:
    """Return the differential fairness of counts of shape (n_groups, n_classes).

    Examples
    --------
    >>> epsilon_of([[5, 5], [5, 5]])
    0.0
    """
    if not (np.isfinite(concentration) and concentration >= 0):
        raise ArgumentError(f"concentration={concentration!r} must be a number of at least 0.")
    counts = np.asarray(table, dtype=np.float64)
    totals = counts.sum(axis=1, keepdims=True)
    if (totals == 0).any():
        return float("nan")
    shares = (counts + concentration / counts.shape[1]) / (totals + concentration)
    shares = shares[:, (shares > 0).any(axis=0)]  # what nobody gets cannot be got unequally
    with np.errstate(divide="ignore"):
        logs = np.log(shares)
    return float((logs.max(axis=0) - logs.min(axis=0)).max())


def differential_fairness_bias_amplification(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    concentration: float = 1.0,
    sample_weight: Any = None,
    classes: Sequence[Any] | None = None,
) -> float:
    """Return by how much the epsilon of the predictions exceeds that of the labels; 0 is fair.

    Above 0 the model makes groups differ more than its labels do (Foulds, Islam, Keya and Pan
    2020). Parameters are those of `differential_fairness_epsilon`, with `y_true` read.

    Examples
    --------
    >>> differential_fairness_bias_amplification(
    ...     [1, 0, 1, 0], [1, 0, 1, 0], sensitive_features=["a", "a", "b", "b"]
    ... )
    0.0
    """
    cube = count_cube(
        y_true,
        y_pred,
        sensitive_features=sensitive_features,
        sample_weight=sample_weight,
        pos_label=None,
        classes=classes,
    )
    check_two_groups(cube)
    cells = cube.counts[: len(cube.compared), 0]
    of_predictions, of_labels = (
        epsilon_of(cells.sum(axis=axis), concentration=concentration) for axis in (1, 2)
    )
    return of_predictions - of_labels


def _all_classes(
    y_pred: Any, features: Any, sample_weight: Any, classes: Sequence[Any] | None
) -> Cube:
    cube = count_cube(
        None,
        y_pred,
        sensitive_features=features,
        sample_weight=sample_weight,
        pos_label=None,
        classes=classes,
    )
    check_two_groups(cube)
    return cube
