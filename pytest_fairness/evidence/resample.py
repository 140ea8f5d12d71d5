"""Replicates of a statistic, from its count table or from its rows.

A number that depends on counts only is resampled from them, so that the cost does not grow with the
rows. The shares of the cells are drawn, not the counts: from the Dirichlet law of the counts with
one unit more in the cell that lowers the number most, for lower bounds, and in the cell that raises
it most, for upper ones. For a rate this is Clopper and Pearson's pair of limits, for a pair of
rates the melded interval of Fay, Proschan and Brittain (2015); and no cell of 0 is ever certain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.quantity import Array
from pytest_fairness.evidence.resampling import Resampled, resampled

Statistic = Callable[[Array], Any]


def resample_counts(
    quantity: str,
    tables: Mapping[str, Any],
    statistic: Statistic,
    *,
    n_resamples: int = 4000,
    seed: int = 0,
    clustered: bool = False,
) -> Resampled:
    """Resample a number of each group from its table of counts.

    Parameters
    ----------
    quantity : str
        What the number is, such as ``"F1"``.
    tables : mapping of group to array-like of shape (*cells,)
        Counts of one group's cells, such as its confusion matrix. With `clustered`, of shape
        (n_clusters, *cells), with the same clusters in the same order in every group.
    statistic : callable
        From tables of shape (n, *cells) to numbers of shape (n,); nan where there is none. It must
        depend on the shares of the cells only, since it is given shares times rows.
    n_resamples : int, default 4000
    seed : int, default 0
    clustered : bool, default False
        Draw clusters, each with all its rows of all groups, instead of rows.

    Examples
    --------
    >>> tables = {"a": [[50, 10], [5, 35]], "b": [[40, 20], [15, 25]]}
    >>> def f1(t):
    ...     return 2 * t[:, 1, 1] / (2 * t[:, 1, 1] + t[:, 0, 1] + t[:, 1, 0])
    >>> resample_counts("F1", tables, f1).estimates.round(3).tolist()
    [0.824, 0.588]
    """
    rng = np.random.default_rng(seed)
    arrays = {name: _checked(quantity, name, table) for name, table in tables.items()}
    if clustered:
        return _of_clusters(quantity, arrays, statistic, n_resamples, rng)
    observed: list[float] = []
    low: list[Array] = []
    high: list[Array] = []
    for table in arrays.values():
        observed.append(_value(statistic, table))
        for found, sign in ((low, 1.0), (high, -1.0)):
            shares = dirichlet(rng, _with_adverse_unit(table, statistic, sign), n_resamples)
            found.append(_values(statistic, shares * table.sum()))
    sizes = [float(table.sum()) for table in arrays.values()]
    return resampled(
        quantity, list(arrays), sizes, observed, np.array(low).T, high=np.array(high).T
    )


def resample_rows(
    quantity: str,
    rows: Mapping[str, Any],
    statistic: Callable[[Any], float],
    *,
    clusters: Mapping[str, Any] | None = None,
    n_resamples: int = 2000,
    seed: int = 0,
) -> Resampled:
    """Resample a number of each group from its rows, for statistics that no count table gives.

    Parameters
    ----------
    quantity : str
    rows : mapping of group to array-like of shape (n_rows, ...)
        What the statistic needs of each row, such as a score and a label.
    statistic : callable
        From rows of shape (n, ...) to a number; nan where there is none.
    clusters : mapping of group to array-like of shape (n_rows,), optional
        Rows of one group with the same label are drawn together.
    n_resamples : int, default 2000
    seed : int, default 0

    Notes
    -----
    Draws are Efron's (1979), of as many units as there are, and their distances from the estimate
    are widened by ``sqrt(n / (n - 1))``.

    Examples
    --------
    >>> found = resample_rows("median", {"a": [1.0, 2, 3, 4], "b": [2.0, 2, 5]}, np.median)
    >>> found.estimates.tolist()
    [2.5, 2.0]
    """
    rng = np.random.default_rng(seed)
    arrays = {name: np.asarray(part) for name, part in rows.items()}
    observed = {
        name: float(statistic(part)) if len(part) else np.nan for name, part in arrays.items()
    }
    columns = []
    for name, part in arrays.items():
        units = _units(len(part), None if clusters is None else clusters[name])
        draws = _draws(part, units, statistic, n_resamples, rng)
        widened = np.sqrt(len(units) / max(len(units) - 1, 1))
        columns.append(observed[name] + (draws - observed[name]) * widened)
    sizes = [float(len(part)) for part in arrays.values()]
    return resampled(quantity, list(arrays), sizes, list(observed.values()), np.array(columns).T)


def _checked(quantity: str, name: str, table: Any) -> Array:
    array = np.asarray(table, dtype=np.float64)
    if array.ndim < 1 or not np.all((array >= 0) & np.isfinite(array)):
        raise ArgumentError(
            f"{quantity} of group {name!r} has a count that is negative or no number."
        )
    return array


def _values(statistic: Statistic, tables: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(statistic(tables), dtype=np.float64).reshape(len(tables))


def _value(statistic: Statistic, table: Array) -> float:
    return float(_values(statistic, table[None])[0])


def _with_adverse_unit(table: Array, statistic: Statistic, sign: float) -> Array:
    """Add one unit to the cell that makes ``sign`` times the number smallest."""
    flat = table.reshape(-1)
    grown = (flat + np.eye(len(flat))).reshape(len(flat), *table.shape)
    found = sign * _values(statistic, grown)
    if np.isnan(found).all():
        return table
    chosen: Array = grown[int(np.nanargmin(found))]
    return chosen


def dirichlet(rng: np.random.Generator, table: Array, n: int) -> Array:
    """Draw shares of cells; a cell of 0 stays 0."""
    drawn = rng.standard_gamma(table.reshape(-1), (n, table.size))
    total = np.maximum(drawn.sum(axis=1, keepdims=True), 1e-300)
    return np.asarray((drawn / total).reshape(n, *table.shape))


def _of_clusters(
    quantity: str, tables: Mapping[str, Array], statistic: Statistic, n: int, rng: Any
) -> Resampled:
    counts = {len(table) for table in tables.values()}
    if len(counts) != 1:
        raise ArgumentError(
            f"{quantity} has {sorted(counts)} clusters in its groups' tables. Give every group a "
            "table of every cluster, in one order; tables of 0 are fine."
        )
    (n_clusters,) = counts
    weights = rng.standard_exponential((n, n_clusters))
    widened = np.sqrt(n_clusters / max(n_clusters - 1, 1))
    observed = [_value(statistic, table.sum(axis=0)) for table in tables.values()]
    columns = []
    for table, value in zip(tables.values(), observed, strict=True):
        drawn = (weights @ table.reshape(n_clusters, -1)).reshape(n, *table.shape[1:])
        columns.append(value + (_values(statistic, drawn) - value) * widened)
    sizes = [float(table.sum()) for table in tables.values()]
    return resampled(quantity, list(tables), sizes, observed, np.array(columns).T)


def _units(n: int, labels: Any) -> list[Any]:
    if labels is None:
        return list(np.arange(n)[:, None])
    _, places = np.unique(np.asarray(labels), return_inverse=True)
    order = np.argsort(places, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(places[order])) + 1)


def _draws(
    rows: Any, units: list[Any], statistic: Callable[[Any], float], n: int, rng: Any
) -> Array:
    if not units:
        return np.full(n, np.nan)
    chosen = rng.integers(0, len(units), (n, len(units)))
    if all(len(unit) == 1 for unit in units):
        return np.array([float(statistic(rows[draw])) for draw in chosen])
    return np.array(
        [float(statistic(rows[np.concatenate([units[i] for i in draw])])) for draw in chosen]
    )
