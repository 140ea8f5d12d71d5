"""Whether similar rows are treated alike.

The distance between rows is the whole question, and a choice: give your own, or features in which
nearness means what you want it to mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.numbers import Array, as_columns, as_matrix, as_numbers, check_paired

_BLOCK = 2**22  # distances held at a time: 32 MB


def consistency_score(
    y_pred: Any,
    *,
    features: Any = None,
    distances: Any = None,
    n_neighbors: int = 5,
    include_self: bool = False,
) -> float:
    r"""Return how far predictions agree with those of the nearest rows; 1 is fair.

    :math:`1 - \frac1n \sum_i |\hat y_i - \frac1k \sum_{j \in kNN(i)} \hat y_j|`
    (Zemel et al. 2013). Rows equally near share the places that are left among the neighbours, so
    that the order of rows does not matter.

    Parameters
    ----------
    y_pred : array-like of shape (n,)
        Predictions in [0, 1]: classes 0 and 1, or probabilities.
    features : array-like of shape (n, d), optional
        Compared by Euclidean distance; scale them first.
    distances : array-like of shape (n, n), optional
        Distances between rows, instead of `features`.
    n_neighbors : int, default 5
        How many nearest rows each row is compared with.
    include_self : bool, default False
        Count a row as its own neighbour, as aif360 does; that lifts the score.

    Returns
    -------
    float in [0, 1]
        nan, *not measurable*, when there are no more than `n_neighbors` rows.

    Raises
    ------
    ArgumentError
        If lengths differ, predictions lie outside [0, 1], or not exactly one of `features` and
        `distances` is given.

    Examples
    --------
    >>> consistency_score([0, 0, 1, 1], features=[[0.0], [1.0], [5.0], [6.0]], n_neighbors=1)
    1.0
    """
    predictions = as_numbers("y_pred", y_pred, 0.0, 1.0)
    n = len(predictions)
    if not isinstance(n_neighbors, (int, np.integer)) or n_neighbors < 1:
        raise ArgumentError(f"n_neighbors={n_neighbors!r} must be a whole number of at least 1.")
    blocks = _blocks(features, distances, n)
    if n < n_neighbors + (not include_self):
        return float("nan")
    apart = 0.0
    for rows, block in blocks:
        if not include_self:
            block[np.arange(len(block)), rows] = np.inf
        near = _mean_of_nearest(block, predictions, n_neighbors)
        apart += float(np.abs(predictions[rows] - near).sum())
    return 1.0 - apart / n


def lipschitz_violation_rate(
    y_score: Any, *, features: Any = None, distances: Any = None, lipschitz: float = 1.0
) -> float:
    r"""Return the share of pairs scored farther apart than their distance allows; 0 is fair.

    :math:`|f(x) - f(z)| > L \, d(x, z)` (Dwork et al. 2012).

    Parameters
    ----------
    y_score : array-like of shape (n,) or (n, n_classes)
        Scores; or probabilities of classes, whose distance is that of total variation.
    features : array-like of shape (n, d), optional
        Such as embeddings; compared by Euclidean distance.
    distances : array-like of shape (n, n), optional
        Distances between rows, instead of `features`.
    lipschitz : float, default 1.0
        How far apart two rows at distance 1 may be scored.

    Returns
    -------
    float in [0, 1]
        nan, *not measurable*, with fewer than two rows.

    Raises
    ------
    ArgumentError
        If lengths differ, a number is missing, `lipschitz` is negative, or not exactly one of
        `features` and `distances` is given.

    Examples
    --------
    >>> lipschitz_violation_rate([0.0, 0.5, 0.5], features=[[0.0], [0.25], [0.5]])
    0.3333333333333333
    """
    if not (np.isfinite(lipschitz) and lipschitz >= 0):
        raise ArgumentError(f"lipschitz={lipschitz!r} must be a finite number of at least 0.")
    scores = as_columns("y_score", y_score)
    n = len(scores)
    broken = sum(
        int(np.count_nonzero(_apart(scores, rows) > lipschitz * block))
        for rows, block in _blocks(features, distances, n)
    )
    return broken / (n * (n - 1)) if n > 1 else float("nan")


def lipschitz_constant(y_score: Any, *, features: Any = None, distances: Any = None) -> float:
    r"""Return the largest ratio of the distance of two rows' scores to that of the rows; 0 is best.

    :math:`\max |f(x) - f(z)| / d(x, z)` (Dwork et al. 2012).

    Parameters
    ----------
    y_score, features, distances
        As in `lipschitz_violation_rate`.

    Returns
    -------
    float of at least 0
        Infinite when rows at distance 0 are scored apart; nan, *not measurable*, with fewer than
        two rows.

    Examples
    --------
    >>> lipschitz_constant([0.0, 0.5, 0.5], features=[[0.0], [0.25], [0.5]])
    2.0
    """
    scores = as_columns("y_score", y_score)
    if len(scores) < 2:
        return float("nan")
    largest = 0.0
    for rows, block in _blocks(features, distances, len(scores)):
        apart = _apart(scores, rows)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = np.where(apart > 0, apart / block, 0.0)
        largest = max(largest, float(ratios.max()))
    return largest


def _apart(scores: Array, rows: Any) -> Array:
    """Return distances of scores: absolute, or of total variation between classes."""
    from scipy.spatial.distance import cdist

    whole = cdist(scores[rows], scores, "cityblock")
    return np.asarray(whole if scores.shape[1] == 1 else whole / 2)


def _mean_of_nearest(block: Array, values: Array, k: int) -> Array:
    farthest = np.partition(block, k - 1, axis=1)[:, k - 1 : k]
    nearer, tied = block < farthest, block == farthest
    places = k - nearer.sum(axis=1)
    return np.asarray((nearer @ values + places * (tied @ values) / tied.sum(axis=1)) / k)


def _blocks(features: Any, distances: Any, n: int) -> Iterator[tuple[Any, Array]]:
    """Return distances to all rows, for some rows at a time, with the positions of those rows."""
    if (features is None) == (distances is None):
        raise ArgumentError("Give either features or distances, to say which rows are alike.")
    name = "features" if distances is None else "distances"
    table = as_columns(name, features) if distances is None else as_matrix("distances", distances)
    check_paired(name, len(table), "the scores", n)
    if distances is not None and (table.shape[1] != n or np.any(table < 0)):
        raise ArgumentError(f"distances must be of shape ({n}, {n}) and hold none below 0.")
    step = max(1, _BLOCK // max(n, 1))
    parts = (np.arange(start, min(start + step, n)) for start in range(0, n, step))
    return ((rows, table[rows] if features is None else _euclidean(table, rows)) for rows in parts)


def _euclidean(table: Array, rows: Any) -> Array:
    from scipy.spatial.distance import cdist

    return np.asarray(cdist(table[rows], table))
