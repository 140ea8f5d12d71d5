"""Every combination of several attributes.

All metrics take several attributes and then compare their intersections; these are made for them.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.comparing import check_some_group, compared
from pytest_fairness.metrics.counts import cube_of
from pytest_fairness.metrics.cube import Cube
from pytest_fairness.metrics.groups import columns_of
from pytest_fairness.metrics.labels import as_vector
from pytest_fairness.metrics.measures import measured
from pytest_fairness.metrics.rates import divided

_MOST_ATTRIBUTES = 10


def worst_case_ratio(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    rate: str = "selection_rate",
    sample_weight: Any = None,
    pos_label: Any = 1,
) -> float:
    """Return the lowest rate of any intersection over the highest; 1 is fair.

    The worst-case comparison of Ghosh, Genuit and Reagan (2021), for any rate of `RATES`.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted classes; labels may be None for the selection rate.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`.
    rate : str, default "selection_rate"
    sample_weight : array-like of shape (n,), optional
    pos_label : scalar, default 1

    Returns
    -------
    float in [0, 1]
        nan, *not measurable*, where an intersection has no row that the rate could be taken over.

    Examples
    --------
    >>> worst_case_ratio(None, [1, 1, 1, 0], sensitive_features=["a", "a", "b", "b"])
    0.5
    """
    cube = cube_of(
        [rate],
        y_true,
        y_pred,
        sensitive_features,
        sample_weight=sample_weight,
        pos_label=pos_label,
    )
    return compared(
        cube, (rate,), "ratio", method="between_groups", agg="worst_case", strata="mean"
    )


def subgroup_fairness_violation(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    rate: str = "selection_rate",
    sample_weight: Any = None,
    pos_label: Any = 1,
) -> float:
    r"""Return the largest violation of subgroup fairness; 0 is fair.

    :math:`\max_g P(g) |r - r_g|` over every subgroup that fixes one or more of the attributes,
    where :math:`P(g)` is the subgroup's share of the rows that the rate is taken over and :math:`r`
    the rate of all of them (Kearns, Neel, Roth and Wu 2018; "fairness gerrymandering"). The search
    finds chance as well as bias: confirm what it finds on other rows.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted classes; labels may be None for the selection rate.
    sensitive_features : array-like or table
        Up to ten attributes. Rows whose label is missing stay out of the subgroups that need it.
    rate : str, default "selection_rate"
    sample_weight : array-like of shape (n,), optional
    pos_label : scalar, default 1

    Returns
    -------
    float in [0, 1]
        nan, *not measurable*, where no row has the denominator of the rate.

    Examples
    --------
    >>> subgroup_fairness_violation(
    ...     None, [1, 0, 0, 1],
    ...     sensitive_features={"race": ["x", "x", "y", "y"], "sex": ["f", "m", "f", "m"]},
    ... )
    0.125
    """
    options = {"sample_weight": sample_weight, "pos_label": pos_label}
    columns = columns_of(sensitive_features, len(as_vector("y_pred", y_pred)))
    if len(columns) > _MOST_ATTRIBUTES:
        raise ArgumentError(
            f"sensitive_features has {len(columns)} attributes and may have {_MOST_ATTRIBUTES}: "
            "the subgroups are too many to search. Choose fewer."
        )
    subsets = itertools.chain.from_iterable(
        itertools.combinations(columns, size) for size in range(1, len(columns) + 1)
    )
    worst = [
        _violation(cube_of([rate], y_true, y_pred, dict(enumerate(subset)), **options), rate)
        for subset in subsets
    ]
    return float(np.max(worst))


def _violation(cube: Cube, rate: str) -> float:
    check_some_group(cube)
    found = measured(cube, rate)
    size = len(cube.compared)
    shares = divided(found.sizes[:, 0], found.sizes.sum())[:size]
    gaps = np.abs(found.values[:size, 0] - found.overall[0])
    return float(np.where(shares == 0, 0.0, shares * gaps).max())
