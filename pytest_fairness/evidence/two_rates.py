"""Published intervals for two rates: Newcombe's, and the score intervals.

They do not gate. At the levels that a correction for many comparisons asks for, with unequal group
sizes and rates near 0 or 1, each can break its stated error rate many times over, which
``tests/evidence/test_error_rates.py`` computes. `contour` has the bounds that hold; these are for
comparison with other software.

All functions broadcast over arrays of pairs, and each bound holds with probability `confidence`
taken alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Compare = Literal["difference", "ratio"]

_HALVINGS = 60
_LARGEST_RATIO = 1e6


class Bounds(NamedTuple):
    """Lower and upper bounds, as arrays of one shape."""

    low: Array
    high: Array


def newcombe_interval(x1: Any, n1: Any, x2: Any, n2: Any, *, confidence: float) -> Bounds:
    """Bound ``x1 / n1 - x2 / n2`` by the square-and-add rule on Wilson limits.

    Newcombe (1998), method 10: the distances of the two rates from their own limits are squared,
    added, and the root taken.

    Examples
    --------
    >>> [round(float(bound), 4) for bound in newcombe_interval(56, 70, 48, 80, confidence=0.975)]
    [0.0524, 0.3339]
    """
    p1, p2 = np.true_divide(x1, n1), np.true_divide(x2, n2)
    first, second = _wilson(p1, n1, confidence), _wilson(p2, n2, confidence)
    return Bounds(
        p1 - p2 - np.hypot(p1 - first.low, second.high - p2),
        p1 - p2 + np.hypot(first.high - p1, p2 - second.low),
    )


def score_interval(
    x1: Any,
    n1: Any,
    x2: Any,
    n2: Any,
    *,
    confidence: float,
    compare: Compare = "difference",
    corrected: bool = True,
) -> Bounds:
    """Bound the difference or ratio of two rates by inverting a score test.

    Miettinen and Nurminen (1985); with ``corrected=False`` the variance is not multiplied by
    ``n / (n - 1)``, which gives Mee's (1984) interval for the difference and Koopman's (1984) for
    the ratio.

    Examples
    --------
    >>> [round(float(bound), 4) for bound in score_interval(56, 70, 48, 80, confidence=0.975)]
    [0.0528, 0.3382]
    """
    from scipy.special import ndtri

    counts = [np.asarray(value, dtype=np.float64) for value in np.broadcast_arrays(x1, n1, x2, n2)]
    score: Callable[..., Array] = _difference_score if compare == "difference" else _ratio_score
    z = float(ndtri(confidence))

    def at(value: Array) -> Array:
        return score(value, *counts, corrected)

    ends = (-1.0, 1.0) if compare == "difference" else (0.0, _LARGEST_RATIO)
    shape = counts[0].shape
    high = _last(lambda value: at(value) > -z, np.full(shape, ends[0]), np.full(shape, ends[1]))
    low = _last(lambda value: at(value) >= z, np.full(shape, ends[0]), np.full(shape, ends[1]))
    return Bounds(low, np.where(high >= _LARGEST_RATIO * (1 - 1e-9), np.inf, high))


def _wilson(p: Array, n: Any, confidence: float) -> Bounds:
    from scipy.special import ndtri

    z2 = float(ndtri(confidence)) ** 2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * np.square(n)))) / (1 + z2 / n)
    return Bounds(np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0))


def _difference_score(
    gap: Array, x1: Array, n1: Array, x2: Array, n2: Array, corrected: bool
) -> Array:
    """Return the standardised distance of the observed difference from `gap`."""
    p2 = _nuisance_of_difference(gap, x1, n1, x2, n2)
    p1 = np.clip(p2 + gap, 0.0, 1.0)
    variance = p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2
    return _standardised(x1 / n1 - x2 / n2 - gap, variance, n1 + n2, corrected)


def _nuisance_of_difference(gap: Array, x1: Array, n1: Array, x2: Array, n2: Array) -> Array:
    """Return the second rate's likeliest value when the first exceeds it by `gap`.

    The middle root of the cubic in appendix 1 of Miettinen and Nurminen (1985).
    """
    n, x = n1 + n2, x1 + x2
    square = ((n1 + 2 * n2) * gap - n - x) / n / 3
    linear = ((n2 * gap - n - 2 * x2) * gap + x) / n
    constant = x2 * gap * (1 - gap) / n
    shift = square**3 - square * linear / 2 + constant / 2
    radius = np.where(shift < 0, -1.0, 1.0) * np.sqrt(np.maximum(square**2 - linear / 3, 0.0))
    cosine = np.divide(shift, radius**3, out=np.ones_like(shift), where=radius != 0)
    angle = (np.pi + np.arccos(np.clip(cosine, -1.0, 1.0))) / 3
    root = 2 * radius * np.cos(angle) - square
    return np.asarray(np.clip(root, np.maximum(-gap, 0.0), np.minimum(1.0 - gap, 1.0)))


def _ratio_score(
    ratio: Array, x1: Array, n1: Array, x2: Array, n2: Array, corrected: bool
) -> Array:
    """Return the standardised distance of the observed rates from ``p1 = ratio * p2``."""
    n = n1 + n2
    middle = n1 * ratio + x1 + n2 + x2 * ratio
    root = np.sqrt(np.maximum(middle**2 - 4 * n * ratio * (x1 + x2), 0.0))
    p2 = np.clip(2 * (x1 + x2) / (middle + root), 0.0, 1.0)
    p1 = np.clip(p2 * ratio, 0.0, 1.0)
    variance = p1 * (1 - p1) / n1 + ratio**2 * p2 * (1 - p2) / n2
    return _standardised(x1 / n1 - ratio * x2 / n2, variance, n, corrected)


def _standardised(distance: Array, variance: Array, n: Array, corrected: bool) -> Array:
    variance = variance * n / (n - 1) if corrected else variance
    scale = np.sqrt(np.maximum(variance, 1e-300))
    return np.where(np.abs(distance) < 1e-13, 0.0, distance / scale)


def _last(holds: Callable[[Array], NDArray[np.bool_]], low: Array, high: Array) -> Array:
    """Return the largest value for which `holds`, which is true below it and false above."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        inside = holds(middle)
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return low
