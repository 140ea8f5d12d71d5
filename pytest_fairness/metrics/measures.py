"""One number per group: rates, and scores of a whole confusion matrix, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.metrics.cube import Counts, Cube
from pytest_fairness.metrics.rates import RATES, cell_mask, divided, find_rate, rate_masks

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Measured:
    """One number per group and stratum.

    Attributes
    ----------
    values : array of shape (n_groups, n_strata)
        nan where not measurable.
    overall : array of shape (n_strata,)
        The number of all rows together, those of the unknown group included.
    sizes : array of shape (n_groups, n_strata)
        Weight of the rows that the number is taken over.
    """

    values: Numbers
    overall: Numbers
    sizes: Numbers


def measured(cube: Cube, name: str) -> Measured:
    """Return a measure of every group and stratum.

    Parameters
    ----------
    cube : Cube
    name : str
        A rate of `RATES`, or ``"balanced_accuracy"``, ``"f1"``, ``"macro_f1"``, ``"micro_f1"`` or
        ``"weighted_f1"``.

    Raises
    ------
    ArgumentError
        If there is no such measure.
    """
    whole = cube.counts.sum(axis=0)
    if name in SCORES:
        score = SCORES[name]
        _check_truth(cube, name)
        cells, all_cells = (score_cells(cube, part, name) for part in (cube.counts, whole))
        return Measured(score(cells), score(all_cells), cells.sum(axis=(-2, -1)))
    if name.replace(" ", "_") not in RATES:
        raise ArgumentError(f"metric={name!r} must be one of {', '.join((*RATES, *SCORES))}.")
    among, hits = rate_masks(cube, find_rate(name))
    totals = cube.counts[..., among].sum(axis=-1)
    values = divided(cube.counts[..., hits].sum(axis=-1), totals)
    overall = divided(whole[..., hits].sum(axis=-1), whole[..., among].sum(axis=-1))
    return Measured(values, overall, totals)


def balanced_accuracies(cells: Counts) -> Numbers:
    """Return the mean recall of the classes of matrices of shape (..., K, K)."""
    return np.asarray(recalls(cells).mean(axis=-1))


def recalls(cells: Counts) -> Numbers:
    """Return each class's recall, of shape (..., K); nan for a class without rows."""
    return divided(_diagonal(cells), cells.sum(axis=-1))


def f1_scores(cells: Counts) -> Numbers:
    """Return each class's F1, of shape (..., K); nan for a class neither found nor there."""
    return divided(2 * _diagonal(cells), cells.sum(axis=-1) + cells.sum(axis=-2))


def macro_f1s(cells: Counts) -> Numbers:
    """Return the mean of the classes' F1."""
    return np.asarray(f1_scores(cells).mean(axis=-1))


def micro_f1s(cells: Counts) -> Numbers:
    """Return the F1 over all rows and classes: the accuracy."""
    return divided(_diagonal(cells).sum(axis=-1), cells.sum(axis=(-2, -1)))


def weighted_f1s(cells: Counts) -> Numbers:
    """Return the classes' F1, averaged by their rows; a class without rows has no weight."""
    sizes = cells.sum(axis=-1)
    shares = np.where(sizes > 0, np.nan_to_num(f1_scores(cells)) * sizes, 0)
    return divided(shares.sum(axis=-1), sizes.sum(axis=-1))


def _positive_f1s(cells: Counts) -> Numbers:
    return f1_scores(cells)[..., 1]


SCORES: Mapping[str, Callable[[Counts], Numbers]] = MappingProxyType(
    {
        "balanced_accuracy": balanced_accuracies,
        "f1": _positive_f1s,
        "macro_f1": macro_f1s,
        "micro_f1": micro_f1s,
        "weighted_f1": weighted_f1s,
    }
)


def needs_positive(name: str) -> bool:
    """Whether a measure needs one class to be positive; the others take any number of classes."""
    return name == "f1" or (name in RATES and RATES[name].needs_positive)


def score_cells(cube: Cube, counts: Counts, name: str) -> Counts:
    """Return the matrices that a score reads: of all classes, or of two for the plain F1."""
    if name != "f1":
        return counts
    parts = [counts[..., cell_mask(cube, cell)].sum(axis=-1) for cell in ("tn", "fp", "fn", "tp")]
    cells = np.stack(parts, axis=-1)
    return cells.reshape(*cells.shape[:-1], 2, 2)


def _diagonal(cells: Counts) -> Any:
    return np.diagonal(cells, axis1=-2, axis2=-1)


def _check_truth(cube: Cube, name: str) -> None:
    if not cube.has_truth:
        raise ArgumentTypeError(
            f"y_true=None must be an array with one entry per row: {name!r} needs labels."
        )
