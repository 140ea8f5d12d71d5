"""The difference of two rates of the same units, such as accuracy before and after a change."""

from __future__ import annotations

import math

from pytest_fairness.evidence.judgement import check_count
from pytest_fairness.outcome import Interval

_STEPS = 60  # halvings of the range of a difference


def tango_interval(gained: int, lost: int, n: int, *, confidence: float) -> Interval:
    """Bound the difference of two paired rates by Tango's score method.

    Parameters
    ----------
    gained, lost : int
        Units that succeed only the second time, and only the first time.
    n : int
        All units; without one the bounds are -1 and 1.
    confidence : float in (0, 1)
        Probability with which each bound holds, taken alone.

    Returns
    -------
    Interval
        Of the second rate less the first, between -1 and 1; 0 means no change.

    References
    ----------
    Tango (1998), "Equivalence test and confidence interval for the difference in proportions for
    the paired-sample design", Statistics in Medicine 17.

    Examples
    --------
    >>> found = tango_interval(1, 4, 100, confidence=0.975)
    >>> round(found.low, 4), round(found.high, 4)
    (-0.09, 0.0195)
    """
    from scipy.stats import norm

    check_count("tango_interval", gained + lost, n)
    if not n:
        return Interval(-1.0, 1.0, confidence)
    z = float(norm.ppf(confidence))
    low = -_highest(lost, gained, n, z)
    return Interval(low, _highest(gained, lost, n, z), confidence)


def _highest(gained: int, lost: int, n: int, z: float) -> float:
    """Return the largest difference that the score test does not reject."""
    low, high = (gained - lost) / n, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _score(gained, lost, n, middle) < -z:
            high = middle
        else:
            low = middle
    return high


def _score(gained: int, lost: int, n: int, difference: float) -> float:
    """Return the standardised distance of what was counted from a true `difference`."""
    slope = -gained - lost + (2 * n - gained + lost) * difference
    constant = -lost * difference * (1 - difference)
    root = math.sqrt(max(0.0, slope * slope - 8 * n * constant))
    rare = (root - slope) / (4 * n)  # the likeliest share of lost units if `difference` were true
    variance = n * (2 * rare + difference * (1 - difference))
    gap = gained - lost - n * difference
    return gap / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, gap or -1.0)
