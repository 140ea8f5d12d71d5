"""Shares of groups among those accepted and rejected, and the make-up of the data themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.comparing import check_two_groups
from pytest_fairness.metrics.cube import Cube, count_cube
from pytest_fairness.metrics.groups import as_groups
from pytest_fairness.metrics.labels import as_weights
from pytest_fairness.metrics.rates import divided


def conditional_demographic_disparity(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    control_features: Any = None,
    group: str | None = None,
    sample_weight: Any = None,
    pos_label: Any = 1,
) -> float:
    r"""Return how much larger a group's share is among the rejected than among the accepted.

    In stratum :math:`i`, :math:`DD_i = P(A = a \mid \hat Y = 0, i) - P(A = a \mid \hat Y = 1, i)`;
    the disparity is :math:`\sum_i n_i DD_i / n` (Wachter, Mittelstadt and Russell 2021). 0 is fair;
    above 0 the group is rejected more than it is accepted.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        Not read; may be None.
    y_pred : array-like of shape (n,)
        Predicted classes, or labels when the data are to be measured.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`.
    control_features : array-like or table, optional
        Strata; without any it is the plain demographic disparity.
    group : str, optional
        The group it is about. Without it, the mean over groups, weighted by their sizes: without
        strata that is the number which AIF360 calls conditional demographic disparity.
    sample_weight : array-like of shape (n,), optional
    pos_label : scalar, default 1
        The class that counts as accepted.

    Returns
    -------
    float in [-1, 1]
        nan, *not measurable*, where a stratum holds none that is accepted, or none that is
        rejected. Rows whose group or stratum is unknown are not counted.

    Examples
    --------
    >>> conditional_demographic_disparity(
    ...     None, [1, 0, 1, 0], sensitive_features=["a", "b", "a", "a"], group="b"
    ... )
    0.5
    """
    cube = count_cube(
        None,
        y_pred,
        sensitive_features=sensitive_features,
        control_features=control_features,
        sample_weight=sample_weight,
        pos_label=pos_label,
    )
    check_two_groups(cube)
    disparities, sizes = _disparities(cube)
    if group is None:
        return float(disparities @ divided(sizes, sizes.sum()))
    if group not in cube.compared:
        raise ArgumentError(f"group={group!r} must be one of {', '.join(cube.compared)}.")
    return float(disparities[cube.compared.index(group)])


def class_imbalance(*, sensitive_features: Any, reference: str, sample_weight: Any = None) -> float:
    r"""Return how much less of the data is of other groups than of the reference; 0 is balance.

    :math:`(n_{other} - n_r) / (n_{other} + n_r)` for the reference group :math:`r`.

    Parameters
    ----------
    sensitive_features : array-like of shape (n,), or table
        Group labels, as in `as_groups`; rows of the unknown group are not counted.
    reference : str
        The group that the others are held against.
    sample_weight : array-like of shape (n,), optional

    Returns
    -------
    float in [-1, 1]
        Negative where the reference group has more than half; nan without rows.

    Examples
    --------
    >>> class_imbalance(sensitive_features=["a", "a", "a", "b"], reference="a")
    -0.5
    """
    names, shares = _shares(sensitive_features, sample_weight)
    if reference not in names:
        raise ArgumentError(f"reference={reference!r} must be one of {', '.join(names)}.")
    return float(1 - 2 * shares[names.index(reference)])


def kl_divergence(
    y_true: Any, *, sensitive_features: Any, reference: str, group: str, sample_weight: Any = None
) -> float:
    r"""Return the divergence of a group's classes from those of the reference group; 0 is equal.

    :math:`\sum_k P(k \mid r) \ln [P(k \mid r) / P(k \mid a)]` (Kullback and Leibler 1951), in nats,
    over labels or predictions.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        Classes.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`.
    reference, group : str
        The two groups; the divergence is not symmetric.
    sample_weight : array-like of shape (n,), optional

    Returns
    -------
    float of at least 0
        inf where `group` never has a class that the reference has; nan where one has no rows.

    Examples
    --------
    >>> round(kl_divergence(
    ...     [1, 0, 1, 1, 1, 0, 0, 0], sensitive_features=list("aaaabbbb"), reference="a", group="b"
    ... ), 4)
    0.5493
    """
    cube = count_cube(
        None,
        y_true,
        sensitive_features=sensitive_features,
        sample_weight=sample_weight,
        pos_label=None,
    )
    for name in (reference, group):
        if name not in cube.compared:
            raise ArgumentError(f"{name!r} must be one of the groups {', '.join(cube.compared)}.")
    places = [cube.names.index(name) for name in (reference, group)]
    counts = cube.counts[places, 0, 0]
    one, other = divided(counts, counts.sum(axis=1, keepdims=True))
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(one == 0, 0.0, one * np.log(one / other))
    return float(terms.sum())


def _disparities(cube: Cube) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each group's disparity, and the groups' sizes."""
    counts = cube.counts[: len(cube.compared), : len(cube.compared_strata), 0]
    positive = np.arange(len(cube.classes)) == cube.positive
    accepted, rejected = (counts[..., mask].sum(axis=-1) for mask in (positive, ~positive))
    gaps = divided(rejected, rejected.sum(axis=0)) - divided(accepted, accepted.sum(axis=0))
    sizes = (accepted + rejected).sum(axis=0)
    held = sizes > 0
    weights = divided(sizes[held], sizes.sum())
    return gaps[:, held] @ weights, (accepted + rejected).sum(axis=1)


def _shares(features: Any, sample_weight: Any) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    n = _length(features)
    groups = as_groups(features, n)
    weights = as_weights(sample_weight, n)
    sums = np.bincount(groups.codes, weights, len(groups.names))[: len(groups.compared)]
    return groups.compared, divided(sums, sums.sum())


def _length(features: Any) -> int:
    """Return how many rows a column or a table has."""
    if isinstance(features, Mapping):
        return len(next(iter(features.values()), ()))
    if not hasattr(features, "__len__"):
        raise ArgumentError(
            f"sensitive_features={features!r} must be a column, a table or a mapping of columns."
        )
    return len(features)
