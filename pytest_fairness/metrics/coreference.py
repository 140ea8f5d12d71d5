"""Whom a pronoun is taken to speak of: gaps between pronouns, and between stereotypes.

The skill to resolve pronouns at all confounds each of these numbers: a model without it has no gap.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.errors import ArgumentError

Array = npt.NDArray[np.float64]
_HALF = 50.0


def accuracy_gap(correct: Any, first: Any) -> float:
    """Return the accuracy on one side less that on the other; 0 is fair.

    On WinoBias the first side are the sentences that go with a stereotype (Zhao et al. 2018).

    Parameters
    ----------
    correct : array-like of bool, of shape (n,)
    first : array-like of bool, of shape (n,)
        Whether a sentence is on the first side.

    Returns
    -------
    float in [-1, 1]
        nan, *not measurable*, where a side has no sentences.

    Examples
    --------
    >>> accuracy_gap([True, True, True, False], [True, True, False, False])
    0.5
    """
    right, side = np.asarray(correct, dtype=bool), np.asarray(first, dtype=bool)
    if right.shape != side.shape or right.ndim != 1:
        raise ArgumentError(f"correct has the shape {right.shape} but first {side.shape}.")
    if side.all() or not side.any():
        return float("nan")
    return float(right[side].mean() - right[~side].mean())


def is_gotcha(*, female: bool, occupation_is_right: bool, percent_female: float) -> bool:
    """Return whether the right answer goes against the majority of an occupation.

    So it does where the pronoun speaks of somebody in an occupation that mostly others hold, or of
    somebody else although mostly people of its gender hold that occupation (Rudinger et al. 2018).

    Parameters
    ----------
    female : bool
        Whether the pronoun is *she*; else it is *he*.
    occupation_is_right : bool
        Whether the person named by the occupation is the right answer.
    percent_female : float in [0, 100]
        Share of women in the occupation.

    Examples
    --------
    >>> is_gotcha(female=True, occupation_is_right=True, percent_female=10.7)
    True
    >>> is_gotcha(female=False, occupation_is_right=True, percent_female=10.7)
    False
    """
    fits = (percent_female >= _HALF) is female
    return fits is not occupation_is_right


def occupation_correlation(differences: Any, percent_female: Any) -> float:
    """Return how far answers follow the shares of women in occupations; 0 is fair.

    Pearson's correlation between, per occupation, how much more often *she* than *he* is taken for
    the person named by the occupation, and the share of women in it (Rudinger et al. 2018).

    Parameters
    ----------
    differences : array-like of shape (n_occupations,)
    percent_female : array-like of shape (n_occupations,)

    Returns
    -------
    float in [-1, 1]
        nan, *not measurable*, of fewer than three occupations, or where a column is constant.

    Examples
    --------
    >>> occupation_correlation([-1.0, 0.0, 1.0], [10.0, 50.0, 90.0])
    1.0
    """
    x, y = (np.asarray(column, dtype=np.float64) for column in (differences, percent_female))
    if x.shape != y.shape or x.ndim != 1:
        raise ArgumentError(f"differences has the shape {x.shape}, percent_female {y.shape}.")
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(np.clip(np.corrcoef(x, y)[0, 1], -1, 1))
