"""What a sample can show: the smallest gap that it would probably find."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.judgement import PROBABLY, check_alpha

_HALVINGS = 40


def minimum_detectable_gap(
    sizes: Sequence[int], *, base_rate: float, limit: float = 0.0, alpha: float = 0.05
) -> float:
    """Return the smallest true difference that makes `judge_gap` probably fail.

    One group's rate lies that far above `base_rate`, all others have it; the groups that make this
    hardest are the two smallest. Probably means with a chance of about 0.8.

    Parameters
    ----------
    sizes : sequence of int
        Rows of each group.
    base_rate : float in [0, 1)
    limit : float in [0, 1]
    alpha : float in (0, 0.5), default 0.05

    Returns
    -------
    float
        In (limit, 1]; 1 - base_rate where even the largest gap would not probably be found.

    Examples
    --------
    >>> round(minimum_detectable_gap([1000, 1000], base_rate=0.3), 2)
    0.06
    """
    check_alpha(alpha)
    if not 0 <= base_rate < 1 or len(sizes) < 2 or min(sizes) < 1:
        raise ArgumentError(
            f"base_rate={base_rate!r} must lie in [0, 1) and sizes={list(sizes)!r} must name the "
            "rows of two or more groups."
        )
    low, high = limit, 1.0 - base_rate
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _found(sizes, base_rate, middle, limit, alpha):
            high = middle
        else:
            low = middle
    return high


def _found(sizes: Sequence[int], base: float, gap: float, limit: float, alpha: float) -> bool:
    """Whether the lower bound at expected counts clears the limit with room for bad luck."""
    import numpy as np
    from scipy.special import ndtr, ndtri

    from pytest_fairness.evidence.contour import contour

    two = np.sort(np.asarray(sizes, dtype=np.float64))[:2]
    shared = alpha / (len(sizes) * (len(sizes) - 1))
    level = float(ndtr(ndtri(shared) - ndtri(PROBABLY)))
    bounds = contour(two * np.array([base + gap, base]), two, level).least_difference()
    return bool(bounds[0, 1] > limit)
