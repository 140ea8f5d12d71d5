"""From one number per group and stratum to one number: the gap, the ratio or the worst group."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.cube import Cube
from pytest_fairness.metrics.groups import Groups
from pytest_fairness.metrics.measures import Measured, measured
from pytest_fairness.metrics.rates import divided

Method = Literal["between_groups", "to_overall"]
Aggregate = Literal["worst_case", "mean"]
Strata = Literal["mean", "worst_case"]
Numbers = NDArray[np.float64]


def compared(
    cube: Cube, names: tuple[str, ...], kind: str, *, method: str, agg: str, strata: str
) -> float:
    """Compare groups by each of the named measures, and put the results together."""
    check_choice("method", method, ("between_groups", "to_overall"))
    check_choice("agg", agg, ("worst_case", "mean"))
    check_two_groups(cube)
    values = [_compared(cube, name, kind, method, strata) for name in names]
    if agg == "mean":
        return float(np.mean(values))
    return float(np.min(values) if kind == "ratio" else np.max(values))  # nan stays nan


def extreme(cube: Cube, name: str, side: str, strata: str) -> float:
    """Return the lowest or the highest value of any group that is compared."""
    check_some_group(cube)
    values, _ = by_strata(cube, measured(cube, name), strata)
    return float(values.min() if side == "group_min" else values.max())


def by_strata(cube: Cube, found: Measured, strata: str) -> tuple[Numbers, Numbers]:
    """Return values of shape (n_compared, n) and overall values of shape (n,).

    They have one column, averaged over strata by their sizes, or a column a stratum.
    """
    check_choice("strata", strata, ("mean", "worst_case"))
    rows, columns = len(cube.compared), len(cube.compared_strata)
    if not columns:
        raise ArgumentError(
            "control_features has no known label. Give each row's stratum, or leave them out."
        )
    values, overall = found.values[:rows, :columns], found.overall[:columns]
    if strata == "worst_case" or columns == 1:
        return values, overall
    sizes = found.sizes[:rows, :columns].sum(axis=0)
    held = sizes > 0  # a stratum that no row counts in has no share
    shares = divided(sizes[held], sizes.sum())
    return (values[:, held] @ shares)[:, None], np.array([overall[held] @ shares])


def difference_of(values: Numbers, overall: Numbers, method: str) -> Numbers:
    """Return each column's largest difference."""
    if method == "between_groups":
        return np.asarray(values.max(axis=0) - values.min(axis=0))
    return np.asarray(np.abs(values - overall).max(axis=0))


def ratio_of(values: Numbers, overall: Numbers, method: str) -> Numbers:
    """Return each column's smallest ratio."""
    if method == "between_groups":
        return divided(values.min(axis=0), values.max(axis=0))
    return np.asarray(divided(np.minimum(values, overall), np.maximum(values, overall)).min(axis=0))


def check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    """Raise unless `value` is one of the choices."""
    if value not in choices:
        raise ArgumentError(f"{name}={value!r} must be one of {', '.join(choices)}.")


def check_two_groups(groups: Cube | Groups) -> None:
    """Raise unless two groups can be held against each other."""
    if len(groups.compared) < 2:
        raise ArgumentError(
            f"sensitive_features has the groups {', '.join(groups.names) or '(none)'}, and a "
            "comparison needs two known ones. Add rows of another group, or label the unknown."
        )


def check_some_group(groups: Cube | Groups) -> None:
    """Raise unless there is a known group."""
    if not groups.compared:
        raise ArgumentError(
            "sensitive_features names no group. Give one group label per prediction."
        )


def _compared(cube: Cube, name: str, kind: str, method: str, strata: str) -> float:
    values, overall = by_strata(cube, measured(cube, name), strata)
    if kind == "difference":
        return float(difference_of(values, overall, method).max())
    return float(ratio_of(values, overall, method).min())
