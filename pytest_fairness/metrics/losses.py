"""What a perturbation costs: the loss it adds, and the share of each attribute in it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pytest_fairness.errors import ArgumentError

Array = npt.NDArray[np.float64]
LEAST_PROBABILITY = 1e-3  # below it the log loss rises no further, so that it has a range


class Loss(NamedTuple):
    """A loss of single texts: scores and the column of the right label in, losses out."""

    name: str
    of: Callable[[Array, npt.NDArray[np.intp]], Array]
    most: float


def _right(scores: Array, truth: npt.NDArray[np.intp]) -> Array:
    return np.asarray(scores[np.arange(len(truth)), truth])


def _zero_one(scores: Array, truth: npt.NDArray[np.intp]) -> Array:
    return np.asarray(scores.argmax(axis=1) != truth, dtype=float)


def _log(scores: Array, truth: npt.NDArray[np.intp]) -> Array:
    return np.asarray(-np.log(np.maximum(_right(scores, truth), LEAST_PROBABILITY)))


def _brier(scores: Array, truth: npt.NDArray[np.intp]) -> Array:
    wanted = np.zeros_like(scores)
    wanted[np.arange(len(truth)), truth] = 1
    return np.asarray(((scores - wanted) ** 2).sum(axis=1) / 2)


LOSSES: Mapping[str, Loss] = {
    "log": Loss("log", _log, -math.log(LEAST_PROBABILITY)),
    "zero_one": Loss("zero_one", _zero_one, 1.0),
    "brier": Loss("brier", _brier, 1.0),
}


def losses_of(scores: Any, truth: Any, *, loss: str = "log") -> Array:
    """Return the loss of each text.

    Parameters
    ----------
    scores : array-like of shape (n_texts, n_labels)
        Probabilities.
    truth : array-like of int of shape (n_texts,)
        The column of the right label.
    loss : {"log", "zero_one", "brier"}
        ``"log"`` is the cross-entropy, of probabilities of at least 0.001; ``"brier"`` is half the
        squared distance to the right answer, which is the usual Brier score of two labels.

    Returns
    -------
    array of shape (n_texts,)
        From 0, the best, to 6.91, 1 and 1.

    Examples
    --------
    >>> losses_of([[0.5, 0.5], [0.9, 0.1]], [1, 1], loss="brier").round(3).tolist()
    [0.25, 0.81]
    """
    table, columns = np.asarray(scores, dtype=float), np.asarray(truth, dtype=np.intp)
    if loss not in LOSSES:
        raise ArgumentError(f"loss={loss!r} must be one of {', '.join(map(repr, LOSSES))}.")
    if table.ndim != 2 or len(table) != len(columns):
        raise ArgumentError(
            f"scores of shape {table.shape} and {len(columns)} labels do not fit: give one row of "
            "probabilities per text."
        )
    return LOSSES[loss].of(table, columns)


def bias_loss(before: Any, after: Any) -> float:
    """Return by how much a perturbation raises the mean loss.

    ``E[l(M(x + d), y)] - E[l(M(x), y)]``, for the loss ``l``, the model ``M`` and the perturbation
    ``d``. **0 is fair**: the model is as right about the one as about the other.

    Parameters
    ----------
    before, after : array-like of shape (n_texts,)
        Losses of the same texts as written and perturbed.

    Examples
    --------
    >>> bias_loss([0.25, 0.5], [0.75, 1.0])
    0.5
    """
    first, second = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    if first.shape != second.shape or not first.size:
        raise ArgumentError(
            f"before has {first.size} losses and after {second.size}: give the losses of the same "
            "texts, at least one."
        )
    return float((second - first).mean())


def shapley_values(values: Mapping[frozenset[str], Any], parts: Sequence[str]) -> Array:
    """Split what all parts together add into what each of them adds.

    The Shapley value of a part is what it adds to those before it, averaged over all orders. The
    values of the parts sum to the whole, and a part that never adds anything has 0.

    Parameters
    ----------
    values : mapping of frozenset of str to array-like of shape (n,)
        The losses with every subset of the parts applied; ``frozenset()`` is the text as written.
    parts : sequence of str

    Returns
    -------
    array of shape (n, n_parts)

    Notes
    -----
    Shapley (1953). All subsets are measured, so that nothing is sampled.

    Examples
    --------
    >>> v = {frozenset(): [0.0], frozenset("a"): [1.0], frozenset("b"): [0.0],
    ...      frozenset("ab"): [3.0]}
    >>> shapley_values(v, ["a", "b"]).tolist()
    [[2.0, 1.0]]
    """
    table = {taken: np.asarray(losses, dtype=float) for taken, losses in values.items()}
    columns = [_shapley(table, part, [p for p in parts if p != part]) for part in parts]
    return np.stack(columns, axis=1)


def _shapley(table: Mapping[frozenset[str], Array], part: str, others: Sequence[str]) -> Array:
    total = np.zeros_like(table[frozenset()])
    for size in range(len(others) + 1):
        weight = 1 / ((len(others) + 1) * math.comb(len(others), size))
        for chosen in map(frozenset, itertools.combinations(others, size)):
            total += weight * (table[chosen | {part}] - table[chosen])
    return total
