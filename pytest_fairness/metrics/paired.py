"""How a model's answers move between two forms of the same text."""

from __future__ import annotations

from typing import Any

import numpy as np

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.labels import as_vector


def flip_rate(first: Any, second: Any) -> float:
    r"""Return the share of pairs whose two texts get different labels.

    :math:`\frac1n \sum_i [f(x_i) \ne f(x_i')]`; 0 is fair (Garg et al. 2019; Ribeiro et al. 2020).

    Parameters
    ----------
    first, second : array-like of shape (n_pairs,)
        Predicted labels of the two texts of each pair.

    Returns
    -------
    float in [0, 1]
        nan, *not measurable*, when there is no pair.

    Examples
    --------
    >>> flip_rate(["yes", "no", "no", "no"], ["yes", "yes", "no", "no"])
    0.25
    """
    one, other = _matched(first, second)
    return float(np.mean(one != other)) if len(one) else float("nan")


def mean_shift(first: Any, second: Any) -> float:
    r"""Return the mean change of score from the second text of each pair to the first.

    :math:`\frac1n \sum_i (g(x_i) - g(x_i'))`; 0 is fair (Kiritchenko and Mohammad 2018). Shifts of
    opposite sign cancel: read it beside the flip rate.

    Parameters
    ----------
    first, second : array-like of shape (n_pairs,)
        Scores of the two texts of each pair.

    Returns
    -------
    float
        nan, *not measurable*, when there is no pair.

    Examples
    --------
    >>> mean_shift([0.75, 0.5], [0.5, 0.5])
    0.125
    """
    one, other = _matched(first, second)
    return float(np.mean(one - other)) if len(one) else float("nan")


def _matched(first: Any, second: Any) -> tuple[Any, Any]:
    one, other = as_vector("first", first), as_vector("second", second)
    if len(one) != len(other):
        raise ArgumentError(
            f"first has {len(one)} entries but second has {len(other)}. "
            "Give both texts of every pair."
        )
    return one, other
