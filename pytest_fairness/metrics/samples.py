"""Scores and labels, checked, as the rows of each group."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.groups import UNKNOWN, Groups, as_groups
from pytest_fairness.metrics.labels import as_positive, as_weights
from pytest_fairness.metrics.numbers import Array, as_numbers, check_paired

Truth = Literal["classes", "numbers", "unread"]

NAN = float("nan")


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows of one group.

    Attributes
    ----------
    y_true : array of shape (n,)
        Numbers; of classes, 1 for the positive one and 0 for the other; 0 where labels are not
        read.
    y_score : array of shape (n,)
    weights : array of shape (n,)
    """

    y_true: Array
    y_score: Array
    weights: Array

    @property
    def positive(self) -> NDArray[np.bool_]:
        """Which rows are of the positive class."""
        return self.y_true > 0

    def where(self, rows: NDArray[Any]) -> Sample:
        """Return some of the rows, by mask or by position."""
        return Sample(self.y_true[rows], self.y_score[rows], self.weights[rows])

    def mean(self, values: Array) -> float:
        """Return the weighted mean of one value per row; nan where nothing has weight."""
        total = self.weights.sum()
        return float(self.weights @ values / total) if total > 0 else NAN


def score_samples(
    y_true: Any,
    y_score: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = 1,
    truth: Truth = "unread",
    probabilities: bool = False,
    name: str = "y_score",
) -> dict[str, Sample]:
    """Return the rows of each group.

    Parameters
    ----------
    y_true : array-like of shape (n,) or None
        Labels of two classes, or numbers, as `truth` says.
    y_score : array-like of shape (n,)
        Scores, finite.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`.
    sample_weight : array-like of shape (n,), optional
        Weights of at least 0.
    pos_label : scalar, default 1
        The positive class.
    truth : {"classes", "numbers", "unread"}, default "unread"
        What `y_true` holds. Labels that are not read are not checked, and may be None.
    probabilities : bool, default False
        Whether scores outside [0, 1] are refused.
    name : str, default "y_score"
        What messages call the scores.

    Returns
    -------
    dict of str to Sample
        Groups that were declared and hold no row are there, empty.

    Raises
    ------
    ArgumentError
        If lengths differ, entries are missing or out of range, or classes are not two.

    Examples
    --------
    >>> rows = score_samples(None, [0.5, 1.0, 0.0], sensitive_features=["a", "b", "a"])
    >>> rows["a"].y_score.tolist()
    [0.5, 0.0]
    """
    rows = read_rows(y_true, y_score, sample_weight, pos_label, truth, probabilities, name)
    return by_group(rows, as_groups(sensitive_features, len(rows.y_score)))


def known_groups(names: Iterable[str], needed: int = 2) -> list[str]:
    """Return the groups to compare: all but the unknown one; raise if they are too few."""
    known = [name for name in names if name != UNKNOWN]
    if len(known) < needed:
        raise ArgumentError(
            f"sensitive_features has the groups {', '.join(names) or '(none)'}, and {needed} known "
            "ones are needed. Add rows of another group, or label the unknown."
        )
    return known


def split_rows(groups: Groups) -> dict[str, NDArray[np.intp]]:
    """Return the positions of each group's rows, in their order."""
    order = np.argsort(groups.codes, kind="stable")
    ends = np.cumsum(np.bincount(groups.codes, minlength=len(groups.names)))
    parts = np.split(order, ends[:-1]) if len(ends) else []
    return dict(zip(groups.names, parts, strict=True))


def read_rows(
    y_true: Any,
    y_score: Any,
    sample_weight: Any,
    pos_label: Any,
    truth: Truth,
    probabilities: bool,
    name: str = "y_score",
) -> Sample:
    """Check scores, labels and weights, and return them as one sample."""
    scores = as_numbers(name, y_score, *((0.0, 1.0) if probabilities else ()))
    if truth == "unread":
        labels = np.zeros(len(scores))
    elif truth == "numbers":
        labels = as_numbers("y_true", y_true)
    else:
        labels = as_positive("y_true", y_true, pos_label).astype(np.float64)
    check_paired("y_true", len(labels), name, len(scores))
    return Sample(labels, scores, as_weights(sample_weight, len(scores)))


def by_group(rows: Sample, groups: Groups) -> dict[str, Sample]:
    """Return the rows of each group."""
    return {name: rows.where(places) for name, places in split_rows(groups).items()}
