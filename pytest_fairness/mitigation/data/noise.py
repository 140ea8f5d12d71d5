"""Labels that are probably wrong, found by confident learning.

Northcutt, Jiang and Chuang (2021), "Confident learning: estimating uncertainty in dataset labels":
a row counts as confidently of class *j* if its out-of-sample probability of *j* reaches the mean
that rows labelled *j* have. Counting given labels against confident ones estimates how many rows of
each label belong to each other class, and that many are taken: those with the widest margin.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.mitigation.checking import shown
from pytest_fairness.mitigation.data.changes import Step, revised
from pytest_fairness.mitigation.data.probabilities import (
    cross_validated_probabilities,
    label_names,
)
from pytest_fairness.mitigation.data.rows import Rows

if TYPE_CHECKING:
    import numpy.typing as npt

Probabilities = Callable[[Rows], Any]
_CLOSE = 1e-6


def confident_joint(labels: Any, probabilities: Any) -> npt.NDArray[Any]:
    """Count given labels against the labels that rows confidently have.

    Parameters
    ----------
    labels : array of shape (n,)
        Given labels as numbers from 0 to k - 1; each must occur.
    probabilities : array of shape (n, k)
        Out-of-sample probabilities of each label.

    Returns
    -------
    array of shape (k, k)
        Estimated number of rows by given label (rows) and true label (columns): whole numbers
        whose rows sum to the number of each given label.

    Examples
    --------
    >>> p = [0.1, 0.2, 0.3, 0.9, 0.8, 0.9, 0.7, 0.1]
    >>> confident_joint([0, 0, 0, 0, 1, 1, 1, 1], [[1 - x, x] for x in p]).tolist()
    [[3, 1], [1, 3]]
    """
    import numpy as np

    given, scores = _checked(labels, probabilities)
    k = scores.shape[1]
    limits = np.array([scores[given == j, j].mean() for j in range(k)])
    reached = scores >= limits - _CLOSE
    best = np.where(reached, scores, -np.inf).argmax(axis=1)
    confident = reached.any(axis=1)
    joint = np.zeros((k, k), dtype=int)
    np.add.at(joint, (given[confident], best[confident]), 1)
    np.fill_diagonal(joint, joint.diagonal().clip(min=1))
    sizes = np.bincount(given, minlength=k)
    shares = joint / joint.sum(axis=1, keepdims=True) * sizes[:, None]
    return _rounded(shares, sizes)


def find_label_noise(labels: Any, probabilities: Any) -> tuple[int, ...]:
    """Return the indices of rows whose label is probably wrong (pruning by noise rate).

    Of the rows with each given label, as many as the joint counts for each other label, by the
    widest margin between the probabilities of the two. A row whose given label is its most probable
    one is never taken.

    Parameters
    ----------
    labels, probabilities
        As for `confident_joint`.

    Examples
    --------
    >>> p = [0.1, 0.2, 0.3, 0.9, 0.8, 0.9, 0.7, 0.1]
    >>> find_label_noise([0, 0, 0, 0, 1, 1, 1, 1], [[1 - x, x] for x in p])
    (3, 7)
    """
    import numpy as np

    given, scores = _checked(labels, probabilities)
    joint = confident_joint(given, scores)
    wrong: set[int] = set()
    for i, j in np.argwhere(joint > 0):
        rows = np.flatnonzero(given == i)
        margins = scores[rows, j] - scores[rows, i]
        widest = np.argsort(-margins, kind="stable")[: joint[i, j] if i != j else 0]
        wrong |= {int(row) for row in rows[widest]}
    likeliest = scores.argmax(axis=1)
    return tuple(row for row in sorted(wrong) if likeliest[row] != given[row])


def remove_label_noise(
    rows: Rows,
    probabilities: Probabilities | Any = None,
    *,
    folds: int = 5,
    seed: int = 0,
) -> Step:
    """Remove rows whose label is probably wrong.

    Parameters
    ----------
    rows : Rows
    probabilities : array of shape (n_rows, n_labels) or callable, optional
        Probabilities of the labels in sorted order, from a model that was not trained on the row;
        or a function of rows that returns them. By default `cross_validated_probabilities`.
    folds, seed : int
        For the default.

    Notes
    -----
    A model that knows one group's language worse doubts the labels of that group more often. The
    report has the rates, and a FairnessWarning says where they differ.
    """
    names = label_names(rows)
    if probabilities is None:
        scores = cross_validated_probabilities(rows, folds=folds, seed=seed)
    else:
        scores = probabilities(rows) if callable(probabilities) else probabilities
    found = set(find_label_noise([names.index(v) for v in rows.labels or ()], scores))
    stays = [i for i in range(len(rows)) if i not in found]
    return revised(rows, "remove labels that are probably wrong", keep=stays)


def _checked(labels: Any, probabilities: Any) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    import numpy as np

    given, scores = _numbers("labels", labels), _numbers("probabilities", probabilities)
    if given.ndim != 1 or not len(given):
        raise ArgumentError(
            f"labels has shape {given.shape}. Give one number for each row, at least one."
        )
    if scores.ndim != 2 or len(scores) != len(given):
        raise ArgumentError(
            f"probabilities has shape {scores.shape} for {len(given)} labels. Give one row for "
            "each label, with the probability of each class."
        )
    if np.isnan(scores).any() or scores.min() < 0 or np.abs(scores.sum(axis=1) - 1).max() > 1e-3:
        raise ArgumentError(
            "probabilities must not be negative, and each row must sum to 1. Give probabilities, "
            "not logits."
        )
    given = given.astype(int)
    missing = sorted(set(range(scores.shape[1])) ^ set(given.tolist()))
    if missing:
        raise ArgumentError(
            f"labels and the {scores.shape[1]} columns of probabilities differ in class "
            f"{missing[0]}. Each class from 0 must be the label of a row."
        )
    return given, scores


def _numbers(name: str, values: Any) -> npt.NDArray[Any]:
    import numpy as np

    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError) as err:
        raise ArgumentTypeError(f"{name}={shown(values)} must be an array of numbers.") from err


def _rounded(shares: npt.NDArray[Any], sizes: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Round what is off the diagonal; the diagonal takes the rest, so that no class comes first."""
    import numpy as np

    whole = np.rint(shares).astype(int)
    np.fill_diagonal(whole, 0)
    np.fill_diagonal(whole, (sizes - whole.sum(axis=1)).clip(min=0))
    return np.asarray(whole)
