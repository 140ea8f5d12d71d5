"""Numerators and denominators of every group's rates: all that a verdict on groups needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_fairness.metrics.cube import Cube, count_cube
from pytest_fairness.metrics.labels import as_vector, check_same_length
from pytest_fairness.metrics.rates import find_rate, rate_counts

SELECTION_RATE = "selection rate"
TRUE_POSITIVE_RATE = "true positive rate"
FALSE_POSITIVE_RATE = "false positive rate"
QUANTITIES = (SELECTION_RATE, TRUE_POSITIVE_RATE, FALSE_POSITIVE_RATE)


def count_tables(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    quantities: Sequence[str] = QUANTITIES,
    pos_label: Any = 1,
) -> dict[str, dict[str, tuple[int, int]]]:
    """Count, for each quantity and group, the rows that have it and the rows that could have.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        Labels of two classes; not read, and may be None, when only the selection rate is asked for.
    y_pred : array-like of shape (n,)
        Predicted classes.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`.
    quantities : sequence of str
        Names of rates, such as ``"selection rate"``, ``"true positive rate"`` and
        ``"false positive rate"``.
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
    cube = cube_of(quantities, y_true, y_pred, sensitive_features, pos_label=pos_label)
    return {
        quantity: {
            name: (int(successes), int(rows))
            for name, (successes, rows) in rate_counts(cube, quantity).table().items()
        }
        for quantity in quantities
    }


def cube_of(
    quantities: Sequence[str], y_true: Any, y_pred: Any, sensitive_features: Any, **others: Any
) -> Cube:
    """Count rows for the named rates; labels that none of them needs are not read."""
    read = any(find_rate(quantity).needs_truth for quantity in quantities)
    if y_true is not None and not read:
        n = len(as_vector("y_pred", y_pred))
        check_same_length("y_true", len(as_vector("y_true", y_true)), n)
        y_true = None
    return count_cube(y_true, y_pred, sensitive_features=sensitive_features, **others)
