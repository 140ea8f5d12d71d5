"""Numerators and denominators of every group's rates: all that a verdict on groups needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.groups import Groups, as_groups
from pytest_fairness.metrics.labels import (
    as_positive,
    as_vector,
    as_weights,
    check_same_classes,
    check_same_length,
)

SELECTION_RATE = "selection rate"
TRUE_POSITIVE_RATE = "true positive rate"
FALSE_POSITIVE_RATE = "false positive rate"
QUANTITIES = (SELECTION_RATE, TRUE_POSITIVE_RATE, FALSE_POSITIVE_RATE)


@dataclass(frozen=True, eq=False)
class Cells:
    """Weighted counts of one quantity: per group, arrays of shape (n_groups,)."""

    successes: NDArray[np.float64]
    totals: NDArray[np.float64]


def count_tables(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    quantities: Sequence[str] = QUANTITIES,
    pos_label: Any = 1,
) -> dict[str, dict[str, tuple[int, int]]]:
    """Count, for each quantity and group, the rows selected and the rows that could have been.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        Labels of two classes; not read, and may be None, when only the selection rate is asked for.
    y_pred : array-like of shape (n,)
        Predicted classes.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`.
    quantities : sequence of str
        Any of ``"selection rate"``, ``"true positive rate"`` and ``"false positive rate"``.
    pos_label : scalar, default 1
        The class that counts as selected.

    Returns
    -------
    dict of str to dict of str to (int, int)
        ``table[quantity][group]`` is (numerator, denominator). Groups that were declared and hold
        no row are there with (0, 0), and so is ``"unknown"`` where labels are missing.

    Examples
    --------
    >>> count_tables(None, [1, 0, 1], sensitive_features=["a", "a", "b"],
    ...              quantities=["selection rate"])
    {'selection rate': {'a': (1, 2), 'b': (1, 1)}}
    """
    groups, cells = measure(y_true, y_pred, sensitive_features, quantities, None, pos_label)
    return {
        quantity: {
            name: (int(cell.successes[place]), int(cell.totals[place]))
            for place, name in enumerate(groups.names)
        }
        for quantity, cell in cells.items()
    }


def measure(
    y_true: Any,
    y_pred: Any,
    sensitive_features: Any,
    quantities: Sequence[str],
    sample_weight: Any,
    pos_label: Any,
) -> tuple[Groups, dict[str, Cells]]:
    """Return the groups and the weighted counts of each quantity."""
    if y_true is not None and any(quantity != SELECTION_RATE for quantity in quantities):
        check_same_classes(y_true, y_pred)
    selected = as_positive("y_pred", y_pred, pos_label)
    weights = as_weights(sample_weight, len(selected))
    groups = as_groups(sensitive_features, len(selected))
    actual = _actual(y_true, len(selected), quantities, pos_label)
    cells = {}
    for quantity in quantities:
        eligible = _eligible(quantity, actual, len(selected))
        cells[quantity] = Cells(
            _per_group(groups, weights * (selected & eligible)),
            _per_group(groups, weights * eligible),
        )
    return groups, cells


def _actual(
    y_true: Any, n: int, quantities: Sequence[str], pos_label: Any
) -> NDArray[np.bool_] | None:
    """Return which rows are truly positive, or None where no quantity asks."""
    if y_true is not None:
        check_same_length("y_true", len(as_vector("y_true", y_true)), n)
    if all(quantity == SELECTION_RATE for quantity in quantities):
        return None
    return as_positive("y_true", y_true, pos_label)


def _eligible(quantity: str, actual: NDArray[np.bool_] | None, n: int) -> NDArray[np.bool_]:
    if quantity == SELECTION_RATE or actual is None:
        return np.ones(n, dtype=np.bool_)
    if quantity == TRUE_POSITIVE_RATE:
        return actual
    if quantity == FALSE_POSITIVE_RATE:
        return ~actual
    raise ArgumentError(f"quantity={quantity!r} must be one of {', '.join(QUANTITIES)}.")


def _per_group(groups: Groups, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    sums = np.bincount(groups.codes, weights=weights, minlength=len(groups.names))
    return sums.astype(np.float64)
