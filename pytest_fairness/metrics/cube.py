"""One pass over the rows: counts by group, stratum, true class and predicted class.

All metrics on decisions derive from these counts, so their cost does not grow with the rows again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.columns import factorise, is_missing
from pytest_fairness.metrics.groups import UNKNOWN, Groups, as_groups
from pytest_fairness.metrics.labels import (
    Labels,
    as_weights,
    check_same_length,
    many_classes,
    two_classes,
)

Counts = NDArray[np.float64]
ALL = "all"  # name of the only stratum where there are no control features


@dataclass(frozen=True, eq=False)
class ClusterCounts:
    """Weighted counts by cluster and cell, listing only the cells that a cluster has rows in.

    Attributes
    ----------
    cluster : array of shape (n_entries,)
        Number of the cluster, from 0.
    cell : array of shape (n_entries,)
        Flat position in the cube's `counts`.
    count : array of shape (n_entries,)
        Sum of weights.
    n_clusters : int
    """

    cluster: NDArray[np.intp]
    cell: NDArray[np.intp]
    count: Counts
    n_clusters: int


@dataclass(frozen=True, eq=False)
class Cube:
    """Counts of all rows.

    Attributes
    ----------
    names : tuple of str
        Groups, also those declared without rows; ``"unknown"`` stands last.
    strata : tuple of str
        Strata of the control features, ``("all",)`` without any; ``"unknown"`` stands last.
    classes : tuple
        Classes of labels and predictions.
    positive : int or None
        Position in `classes` of the class that counts as selected; None where there is none.
    counts : array of shape (n_groups, n_strata, n_true, n_classes)
        Sum of weights by group, stratum, true class and predicted class. `n_true` is `n_classes`,
        or 1 where true labels were not given.
    squares : array like `counts`
        Sum of squared weights.
    rows : array like `counts`
        Number of rows whose weight is not 0.
    has_truth : bool
        Whether true labels were given.
    clusters : ClusterCounts or None
    """

    names: tuple[str, ...]
    strata: tuple[str, ...]
    classes: tuple[Any, ...]
    positive: int | None
    counts: Counts
    squares: Counts
    rows: Counts
    has_truth: bool
    clusters: ClusterCounts | None = None

    @property
    def compared(self) -> tuple[str, ...]:
        """Groups that can be held against each other: all but the unknown one."""
        return tuple(name for name in self.names if name != UNKNOWN)

    @property
    def compared_strata(self) -> tuple[str, ...]:
        """Strata that groups are compared in: all but the unknown one."""
        return tuple(name for name in self.strata if name != UNKNOWN)

    @property
    def weighted(self) -> bool:
        """Whether some row weighs other than 1."""
        return self.counts is not self.rows

    def pooled(self) -> Cube:
        """Return the same counts with all strata put together, the unknown one too."""
        shape = self.counts.shape
        counts, squares, rows = (
            part.sum(axis=1, keepdims=True) for part in (self.counts, self.squares, self.rows)
        )
        rows = rows if self.weighted else counts
        clusters = None
        if self.clusters is not None:
            group, _, actual, predicted = np.unravel_index(self.clusters.cell, shape)
            cell = np.ravel_multi_index((group, actual, predicted), (shape[0], *shape[2:]))
            clusters = replace(self.clusters, cell=cell)
        return replace(
            self, strata=(ALL,), counts=counts, squares=squares, rows=rows, clusters=clusters
        )


def count_cube(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    control_features: Any = None,
    sample_weight: Any = None,
    clusters: Any = None,
    pos_label: Any = 1,
    classes: Sequence[Any] | None = None,
) -> Cube:
    """Count all rows once.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True classes; None where no metric asks for them.
    y_pred : array-like of shape (n,)
        Predicted classes.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`.
    control_features : array-like or table, optional
        Labels of the strata that groups are compared within.
    sample_weight : array-like of shape (n,), optional
        Weights of at least 0.
    clusters : array-like of shape (n,), optional
        Which rows belong together, such as those of one person, template or source text.
    pos_label : scalar or None, default 1
        The class that counts as selected. Without `classes`, labels must be of two classes and
        this be one of them. None reads any number of classes, of which none is special.
    classes : sequence, optional
        Every class in its order, also those without rows. With `pos_label`, that class is held
        against all others.

    Returns
    -------
    Cube

    Raises
    ------
    ArgumentError
        If lengths differ, values are missing, or classes are not those expected.

    Examples
    --------
    >>> cube = count_cube([1, 1, 0], [1, 0, 0], sensitive_features=["a", "a", "b"])
    >>> cube.names, cube.classes
    (('a', 'b'), (0, 1))
    >>> cube.counts[0, 0]  # group a: rows are true classes, columns predicted ones
    array([[0., 0.],
           [1., 1.]])
    """
    labels = _labels(y_true, y_pred, pos_label, classes)
    n = len(labels.predicted)
    groups = as_groups(sensitive_features, n)
    strata = _strata(control_features, n)
    weights = None if sample_weight is None else as_weights(sample_weight, n)
    cells, shape = _cells(groups, strata, labels)
    return Cube(
        groups.names,
        strata.names if strata else (ALL,),
        labels.classes,
        None if pos_label is None else labels.classes.index(pos_label),
        *_counted(cells, shape, weights),
        labels.actual is not None,
        None if clusters is None else _clustered(clusters, cells, weights),
    )


def _labels(y_true: Any, y_pred: Any, pos_label: Any, classes: Sequence[Any] | None) -> Labels:
    if pos_label is not None and classes is None:
        return two_classes(y_true, y_pred, pos_label)
    labels = many_classes(y_true, y_pred, classes)
    if pos_label is not None and pos_label not in labels.classes:
        raise ArgumentError(
            f"pos_label={pos_label!r} is not among classes={list(labels.classes)!r}. "
            "Pass the class that counts as selected."
        )
    return labels


def _strata(control_features: Any, n: int) -> Groups | None:
    return None if control_features is None else as_groups(control_features, n, "control_features")


def _cells(
    groups: Groups, strata: Groups | None, labels: Labels
) -> tuple[NDArray[np.intp], tuple[int, int, int, int]]:
    """Return the flat position in the cube of each row, and the cube's shape."""
    n_classes = len(labels.classes)
    n_strata = len(strata.names) if strata else 1
    cells = groups.codes.copy()
    if strata is not None:
        cells *= n_strata
        cells += strata.codes
    if labels.actual is not None:
        cells *= n_classes
        cells += labels.actual
    cells *= n_classes
    cells += labels.predicted
    n_true = 1 if labels.actual is None else n_classes
    return cells, (len(groups.names), n_strata, n_true, n_classes)


def _counted(
    cells: NDArray[np.intp],
    shape: tuple[int, int, int, int],
    weights: NDArray[np.float64] | None,
) -> tuple[Counts, Counts, Counts]:
    """Return the sums of weights, of squared weights, and the rows."""
    if weights is None:
        rows = _summed(cells, shape, None)
        return rows, rows, rows
    return (
        _summed(cells, shape, weights),
        _summed(cells, shape, weights**2),
        _summed(cells[weights > 0], shape, None),
    )


def _summed(
    cells: NDArray[np.intp],
    shape: tuple[int, int, int, int],
    weights: NDArray[np.float64] | None,
) -> Counts:
    sums = np.bincount(cells, weights=weights, minlength=int(np.prod(shape)))
    return sums.astype(np.float64).reshape(shape)


def _clustered(
    clusters: Any, cells: NDArray[np.intp], weights: NDArray[np.float64] | None
) -> ClusterCounts:
    factors = factorise("clusters", clusters)
    check_same_length("clusters", len(factors.codes), len(cells))
    if any(is_missing(value) for value in factors.values):
        raise ArgumentError(
            "clusters holds missing values. Give the cluster of every row; a row that belongs to "
            "no other forms a cluster of its own."
        )
    width = int(cells.max()) + 1 if len(cells) else 1
    found, places = np.unique(factors.codes * width + cells, return_inverse=True)
    count = np.bincount(places.reshape(-1), weights=weights, minlength=len(found))
    cluster, cell = np.divmod(found, width)
    return ClusterCounts(cluster, cell, count.astype(np.float64), len(factors.values))
