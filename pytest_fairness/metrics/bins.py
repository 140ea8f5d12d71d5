"""Rows of one group in bins of similar score: what every measure of calibration starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.numbers import Array, check_choice
from pytest_fairness.metrics.samples import Sample, score_samples

Cut = Literal["mass", "width"]

_FEWEST_ROWS = 5  # of a bin of equal mass: the variance of fewer says little


@dataclass(frozen=True, eq=False)
class Bins:
    """Bins of a group's rows, from the lowest score to the highest; empty ones are left out.

    Attributes
    ----------
    weight : array of shape (n_bins,)
        Rows of each bin, or their weight.
    mean_score : array of shape (n_bins,)
    positive_rate : array of shape (n_bins,)
    variance : array of shape (n_bins,)
        Sampling variance of the distance between the two, estimated without bias from the rows'
        residuals; nan in a bin of a single row.
    """

    weight: Array
    mean_score: Array
    positive_rate: Array
    variance: Array

    @property
    def gap(self) -> Array:
        """Share of positives less mean score: above 0 where scores are too low."""
        return self.positive_rate - self.mean_score

    @property
    def share(self) -> Array:
        """Part of the group's rows that each bin holds."""
        return np.asarray(self.weight / self.weight.sum())


def calibration_bins(
    y_true: Any,
    y_score: Any,
    *,
    sensitive_features: Any,
    n_bins: int = 10,
    bins: Cut = "mass",
    pos_label: Any = 1,
) -> dict[str, Bins]:
    """Return each group's rows in bins of score: a reliability diagram in numbers.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        Labels of two classes.
    y_score : array-like of shape (n,)
        Probabilities of the positive class.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`.
    n_bins : int, default 10
        Most bins of a group; bins of equal mass are fewer where they would hold fewer than 5 rows.
    bins : {"mass", "width"}, default "mass"
        Bins of about equally many rows, cut within each group, rows of equal score staying
        together; or bins of equal width, ``(0, 0.1]`` and so on, 0 in the first.
    pos_label : scalar, default 1
        The positive class.

    Returns
    -------
    dict of str to Bins

    Raises
    ------
    ArgumentError
        If lengths differ, scores lie outside [0, 1], or `n_bins` is below 1.

    Examples
    --------
    >>> found = calibration_bins([0, 1, 1, 1], [0.25, 0.25, 0.75, 1.0],
    ...                          sensitive_features=["a"] * 4, n_bins=2, bins="width")
    >>> found["a"].gap.tolist()
    [0.25, 0.125]
    """
    samples = score_samples(
        y_true,
        y_score,
        sensitive_features=sensitive_features,
        pos_label=pos_label,
        truth="classes",
        probabilities=True,
    )
    return {name: binned(rows, n_bins, bins) for name, rows in samples.items()}


def binned(rows: Sample, n_bins: int, bins: Cut) -> Bins:
    """Put the rows of a group in bins."""
    check_choice("bins", bins, ("mass", "width"))
    if not isinstance(n_bins, (int, np.integer)) or n_bins < 1:
        raise ArgumentError(f"n_bins={n_bins!r} must be a whole number of at least 1, such as 10.")
    raw = _by_mass(rows.y_score, n_bins) if bins == "mass" else _by_width(rows.y_score, n_bins)
    return gathered(rows, raw)


def gathered(rows: Sample, raw: NDArray[np.intp]) -> Bins:
    """Return the bins of rows whose bins are given by ordered numbers; weightless ones go."""
    _, codes = np.unique(raw, return_inverse=True)
    codes = codes.reshape(-1).astype(np.intp)
    weight = np.bincount(codes, weights=rows.weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        score, label = (
            np.bincount(codes, weights=rows.weights * values) / weight
            for values in (rows.y_score, rows.y_true)
        )
        spare = (rows.y_true - rows.y_score - (label - score)[codes]) ** 2
        counts = np.bincount(codes)
        variance = np.bincount(codes, weights=spare) / (counts - 1) / counts
    kept = weight > 0
    return Bins(
        *(np.asarray(part[kept], dtype=np.float64) for part in (weight, score, label, variance))
    )


def by_score(rows: Sample) -> Bins:
    """Return one bin for each distinct score."""
    _, codes = np.unique(rows.y_score, return_inverse=True)
    return gathered(rows, codes.reshape(-1).astype(np.intp))


def _by_mass(scores: Array, n_bins: int) -> NDArray[np.intp]:
    n_bins = max(1, min(n_bins, len(scores) // _FEWEST_ROWS))
    cuts = np.arange(1, n_bins) * len(scores) // n_bins
    edges = np.unique(np.sort(scores)[cuts])
    return np.searchsorted(edges, scores, side="right")


def _by_width(scores: Array, n_bins: int) -> NDArray[np.intp]:
    edges = np.linspace(0.0, 1.0, n_bins + 1)[1:-1]
    return np.searchsorted(edges, scores, side="left")
