"""Several tests at once: p-values that pay for their number.

For a gate, take Holm's: the chance of even one false alarm stays below the level, whatever the
tests have to do with each other, and it refuses at least as much as Bonferroni's. For exploration,
Benjamini and Hochberg's bound the expected share of false alarms among what is reported.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError

Array = NDArray[np.float64]
Adjustment = Literal["holm", "bonferroni", "benjamini-hochberg", "benjamini-yekutieli"]


def adjust_p_values(p_values: Any, method: Adjustment = "holm") -> Array:
    """Return p-values that may be compared with the level of the whole family.

    Parameters
    ----------
    p_values : array-like of shape (m,)
        One per test, each in [0, 1]. Leave out tests that could not be made: they claim nothing.
    method : {"holm", "bonferroni", "benjamini-hochberg", "benjamini-yekutieli"}
        The first two (Holm 1979) bound the chance of one false alarm or more, under any dependence.
        Benjamini and Hochberg (1995) bound the false discovery rate of tests that are independent
        or depend positively; Benjamini and Yekutieli (2001) under any dependence.

    Returns
    -------
    array of shape (m,)
        In the order given, each in [0, 1] and none below its raw p-value.

    Raises
    ------
    ArgumentError
        If a p-value lies outside [0, 1] or is nan, or the method is not known.

    Examples
    --------
    >>> [round(float(p), 4) for p in adjust_p_values([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    raw = _as_p_values(p_values)
    if method not in get_args(Adjustment):
        raise ArgumentError(f"method={method!r} is unknown. Choose one of {get_args(Adjustment)}.")
    if method == "bonferroni":
        return np.minimum(raw * len(raw), 1.0)
    return _step_down(raw) if method == "holm" else _step_up(raw, method)


def _as_p_values(p_values: Any) -> Array:
    raw = np.asarray(p_values, dtype=np.float64)
    if raw.ndim != 1:
        raise ArgumentError(f"p_values has shape {raw.shape}; give one number per test.")
    wrong = raw[~((raw >= 0) & (raw <= 1))]  # also catches nan
    if len(wrong):
        raise ArgumentError(
            f"p_values holds {wrong[0]:g} and must lie in [0, 1]. Leave out tests without one."
        )
    return raw


def _step_down(raw: Array) -> Array:
    order = np.argsort(raw, kind="stable")
    times = len(raw) - np.arange(len(raw))
    return _restored(np.maximum.accumulate(raw[order] * times), order)


def _step_up(raw: Array, method: Adjustment) -> Array:
    order = np.argsort(raw, kind="stable")
    ranks = np.arange(1, len(raw) + 1)
    price = (1 / ranks).sum() if method == "benjamini-yekutieli" else 1.0
    scaled = raw[order] * price * len(raw) / ranks
    return _restored(np.minimum.accumulate(scaled[::-1])[::-1], order)


def _restored(ordered: Array, order: NDArray[np.intp]) -> Array:
    adjusted = np.empty_like(ordered)
    adjusted[order] = np.minimum(ordered, 1.0)
    return adjusted
