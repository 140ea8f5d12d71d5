"""Both error rates at once: averages over them, and sums over groups."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.comparing import check_choice, check_two_groups
from pytest_fairness.metrics.cube import Cube, count_cube
from pytest_fairness.metrics.measures import measured

_ODDS = ("true_positive_rate", "false_positive_rate")


def average_odds_difference(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    reference: str,
    sample_weight: Any = None,
    pos_label: Any = 1,
) -> float:
    r"""Return the mean of a group's signed gaps in true and false positive rate; 0 is fair.

    :math:`\frac12 [(TPR_a - TPR_r) + (FPR_a - FPR_r)]` against the reference group :math:`r`
    (Bellamy et al. 2018). Gaps of opposite sign cancel: read it beside
    `average_absolute_odds_difference`.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted classes.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`.
    reference : str
        The group that the others are held against.
    sample_weight : array-like of shape (n,), optional
    pos_label : scalar, default 1

    Returns
    -------
    float in [-1, 1]
        That of the group farthest from the reference; negative where it is selected less. nan where
        a group lacks rows of one class.

    Raises
    ------
    ArgumentError
        If there is no group of that name.

    Examples
    --------
    >>> average_odds_difference(
    ...     [1, 1, 0, 0, 1, 1, 0, 0], [1, 1, 1, 0, 1, 0, 0, 0],
    ...     sensitive_features=["a", "a", "a", "a", "b", "b", "b", "b"], reference="a",
    ... )
    -0.5
    """
    cube = _count(y_true, y_pred, sensitive_features, sample_weight, pos_label)
    rates = _odds(cube)
    gaps = (rates - rates[_place(cube, reference)]).mean(axis=1)
    if np.isnan(gaps).any():
        return float("nan")
    return float(gaps[np.argmax(np.abs(gaps))])


def average_absolute_odds_difference(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    reference: str | None = None,
    sample_weight: Any = None,
    pos_label: Any = 1,
) -> float:
    r"""Return the mean of two groups' absolute gaps in true and false positive rate; 0 is fair.

    :math:`\max_{a, b} \frac12 [|TPR_a - TPR_b| + |FPR_a - FPR_b|]`, after Bellamy et al. (2018).
    `equalized_odds_difference` with ``agg="mean"`` may take its two gaps from different pairs of
    groups; this takes both from the same.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted classes.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`.
    reference : str, optional
        Hold the other groups against this one only.
    sample_weight : array-like of shape (n,), optional
    pos_label : scalar, default 1

    Returns
    -------
    float in [0, 1]
        nan where a group lacks rows of one class.

    Examples
    --------
    >>> average_absolute_odds_difference(
    ...     [1, 1, 0, 0, 1, 1, 0, 0], [1, 1, 0, 0, 1, 0, 1, 0],
    ...     sensitive_features=["a", "a", "a", "a", "b", "b", "b", "b"],
    ... )
    0.5
    """
    cube = _count(y_true, y_pred, sensitive_features, sample_weight, pos_label)
    rates = _odds(cube)
    against = rates if reference is None else rates[[_place(cube, reference)]]
    return float(np.abs(rates[:, None] - against[None]).mean(axis=2).max())


def fped(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    agg: Literal["sum", "mean"] = "sum",
    sample_weight: Any = None,
    pos_label: Any = 1,
) -> float:
    r"""Return the false positive equality difference; 0 is fair.

    :math:`\sum_a |FPR - FPR_a|` (Dixon, Li, Sorensen, Thain and Vasserman 2018), with the rate of
    all rows, those of the unknown group too, as :math:`FPR`. The sum grows with the number of
    groups; ``agg="mean"`` does not.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted classes.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`.
    agg : {"sum", "mean"}, default "sum"
    sample_weight : array-like of shape (n,), optional
    pos_label : scalar, default 1

    Returns
    -------
    float of at least 0
        nan where a group has no row of the negative class.

    Examples
    --------
    >>> fped([0, 0, 0, 0], [1, 1, 1, 0], sensitive_features=["a", "a", "b", "b"])
    0.5
    """
    cube = _count(y_true, y_pred, sensitive_features, sample_weight, pos_label)
    return _spread(cube, "false_positive_rate", agg)


def fned(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    agg: Literal["sum", "mean"] = "sum",
    sample_weight: Any = None,
    pos_label: Any = 1,
) -> float:
    r"""Return the false negative equality difference; 0 is fair.

    :math:`\sum_a |FNR - FNR_a|` (Dixon, Li, Sorensen, Thain and Vasserman 2018). Parameters and
    returned value are those of `fped`; it is nan where a group has no row of the positive class.

    Examples
    --------
    >>> fned([1, 1, 1, 1], [1, 1, 1, 0], sensitive_features=["a", "a", "b", "b"], agg="mean")
    0.25
    """
    cube = _count(y_true, y_pred, sensitive_features, sample_weight, pos_label)
    return _spread(cube, "false_negative_rate", agg)


def _count(y_true: Any, y_pred: Any, groups: Any, weights: Any, pos_label: Any) -> Cube:
    cube = count_cube(
        y_true, y_pred, sensitive_features=groups, sample_weight=weights, pos_label=pos_label
    )
    check_two_groups(cube)
    return cube


def _odds(cube: Cube) -> NDArray[np.float64]:
    """Return true and false positive rates, of shape (n_compared, 2)."""
    n = len(cube.compared)
    return np.stack([measured(cube, name).values[:n, 0] for name in _ODDS], axis=1)


def _place(cube: Cube, reference: str) -> int:
    if reference not in cube.compared:
        raise ArgumentError(
            f"reference={reference!r} must be one of the groups {', '.join(cube.compared)}."
        )
    return cube.compared.index(reference)


def _spread(cube: Cube, name: str, agg: str) -> float:
    check_choice("agg", agg, ("sum", "mean"))
    found = measured(cube, name)
    gaps = np.abs(found.values[: len(cube.compared), 0] - found.overall[0])
    return float(gaps.sum() if agg == "sum" else gaps.mean())
