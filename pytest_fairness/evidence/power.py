"""How much data would settle a verdict, and how small a gap some rows can find.

All walk the same bounds that judge: a verdict is probable once the bound of the *expected* counts
clears the limit by as many standard errors as the wanted probability asks for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence

import numpy as np

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.gap_table import Array, Kind, Table, bounded, standard_errors
from pytest_fairness.evidence.judgement import PROBABLY, check_alpha, check_limit

_MOST_TIMES = 2.0**14  # beyond that many times the rows, say that no practical number decides
_PRECISION = 1.01


def smallest_factor(chance: Callable[[float], float], most: float = _MOST_TIMES) -> float | None:
    """Return how many times the data make ``chance(factor)`` probable, or None up to `most`."""
    low, high = 1.0, min(2.0, most)
    while chance(high) < PROBABLY:
        if high >= most:
            return None
        low, high = high, min(2 * high, most)
    while high / low > _PRECISION:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if chance(middle) >= PROBABLY else (middle, high)
    return high


def required_rows(tables: Sequence[Table], kind: Kind, *, limit: float, alpha: float) -> int | None:
    """Return the rows, in the observed proportions, that would probably settle the verdict.

    `limit` is a score, as in `gap_table`. None when no practical number of rows would.
    """
    factor = smallest_factor(lambda times: _chance(tables, kind, limit, alpha, times))
    rows = sum(float(table.sizes.sum()) for table in tables)
    return None if factor is None else math.ceil(factor * rows)


def minimum_detectable_gap(
    sizes: Collection[int],
    *,
    base_rate: float,
    limit: float = 0.0,
    alpha: float = 0.05,
    power: float = PROBABLY,
    n_quantities: int = 1,
) -> float | None:
    """Return the smallest true difference that `judge_gap` probably fails.

    The two smallest groups are taken to differ: one has the base rate, the other a higher one.

    Parameters
    ----------
    sizes : collection of int
        Rows of each group.
    base_rate : float in [0, 1)
        The lower of the two rates.
    limit : float in [0, 1], default 0
        Largest accepted difference.
    alpha : float in (0, 0.5), default 0.05
        Chance of a false `fail`.
    power : float in (0, 1), default 0.8
        Probability of the `fail`.
    n_quantities : int, default 1
        Quantities judged together, such as 2 for equalized odds.

    Returns
    -------
    float or None
        None when even the widest gap would probably go unnoticed.

    Examples
    --------
    >>> round(minimum_detectable_gap([500, 500], base_rate=0.3, limit=0.05), 2)
    0.14
    """
    check_alpha(alpha)
    check_limit(limit)
    if len(sizes) < 2 or min(sizes) < 1 or not 0 <= base_rate < 1:
        raise ArgumentError(
            f"sizes={list(sizes)!r} must name the rows of two or more groups, and "
            f"base_rate={base_rate!r} must lie in [0, 1)."
        )
    n_comparisons = len(sizes) * (len(sizes) - 1) * n_quantities
    n = np.array(sorted(sizes)[:2], dtype=np.float64)
    low, high = limit, 1.0 - base_rate
    if _find_chance(n, base_rate, high, limit, alpha, n_comparisons) < power:
        return None
    while high - low > 1e-4:
        middle = (low + high) / 2
        found = _find_chance(n, base_rate, middle, limit, alpha, n_comparisons) >= power
        low, high = (low, middle) if found else (middle, high)
    return high


def _chance(
    tables: Sequence[Table], kind: Kind, limit: float, alpha: float, factor: float
) -> float:
    """Return about how probable a `pass` or a `fail` is with `factor` times the rows."""
    from scipy.special import ndtr

    n_comparisons = sum(table.n_comparisons for table in tables)
    fails, misses = 0.0, 0.0
    for table in tables:
        scores = bounded(table.scaled(factor), kind, alpha=alpha, n_comparisons=n_comparisons)
        spread = standard_errors(table, kind) / np.sqrt(factor)
        fails = max(fails, float(ndtr((scores.low - limit) / spread).max()))
        misses += float(ndtr((scores.high - limit) / spread).sum())
    return max(fails, 1 - misses)


def _find_chance(
    sizes: Array,
    base_rate: float,
    gap: float,
    limit: float,
    alpha: float,
    n_comparisons: int,
) -> float:
    from scipy.special import ndtr

    rates = np.array([base_rate, base_rate + gap])
    table = Table("rate", ("low", "high"), rates * sizes, sizes)
    scores = bounded(table, "difference", alpha=alpha, n_comparisons=n_comparisons)
    spread = standard_errors(table, "difference")
    return float(ndtr((scores.low[1, 0] - limit) / spread[1, 0]))
