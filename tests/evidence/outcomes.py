"""Error rates of bounds on rates: summed over every outcome of two groups, or drawn for many.

A bound is described by the pairs of counts at which it rejects. Bounds are monotone: if `x1` of
`n1` and `x2` of `n2` reject, so do fewer of `n2`. So a bound is fully told by the largest `x2` that
rejects for each `x1`, and its error rate at two true rates is a sum over `x1` alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from pytest_fairness.evidence import gap_interval
from pytest_fairness.evidence.contour import Contour, contour
from pytest_fairness.outcome import Verdict

Kind = Literal["difference", "ratio"]

Counts = NDArray[np.int64]
Rejects = Callable[[Counts, Counts], NDArray[np.bool_]]


def cuts(rejects: Rejects, n1: int, n2: int) -> Counts:
    """Return, for each x1, the largest x2 that rejects; -1 for none."""
    x1 = np.arange(n1 + 1)
    low, high = np.full(n1 + 1, -1), np.full(n1 + 1, n2)
    while np.any(low < high):
        middle = (low + high + 1) // 2
        inside = (middle < 0) | rejects(x1, np.maximum(middle, 0))
        low, high = np.where(inside, middle, low), np.where(inside, high, middle - 1)
    return low


def grid(top: float) -> NDArray[np.float64]:
    """Rates from 0 to `top`, dense at both ends."""
    end = np.logspace(-6, -2, 80)
    return top * np.concatenate([end, np.linspace(0.01, 0.99, 99), 1 - end[::-1]])


def worst_rate(
    cut: Counts, n1: int, n2: int, rate1: NDArray[np.float64], rate2: NDArray[np.float64]
) -> float:
    """Return the largest probability of rejecting over pairs of true rates."""
    of_x1 = stats.binom.pmf(np.arange(n1 + 1), n1, rate1[:, None])
    given_x1 = stats.binom.cdf(cut, n2, rate2[:, None])
    return float((of_x1 * given_x1).sum(axis=1).max())


@lru_cache(maxsize=64)
def _limits(n: int, alpha: float) -> Contour:
    """Return the limits of every count of `n`."""
    return contour(np.arange(n + 1.0), np.full(n + 1, float(n)), alpha)


def contour_error(
    n1: int, n2: int, alpha: float, *, gap: float | None, ratio: float = 1.0
) -> float:
    """Return the largest chance that the contour's lower bound exceeds a true gap, or ratio."""
    first, second = _limits(n1, alpha).low, _limits(n2, alpha).high

    def rejects(x1: Counts, x2: Counts) -> NDArray[np.bool_]:
        if gap is not None:
            return (first[x1] - second[x2]).min(axis=-1) > gap
        return (first[x1] / second[x2]).min(axis=-1) > ratio

    rates = grid(1.0 if gap is None else 1.0 - gap)
    above = rates * ratio if gap is None else rates + gap
    if ratio > 1:
        rates, above = grid(1.0) / ratio, grid(1.0)
    return worst_rate(cuts(rejects, n1, n2), n1, n2, above, rates)


@dataclass(frozen=True)
class Draws:
    """How often to draw, and from which seed."""

    seed: int
    n: int


def tables(
    draws: Draws, rates: Sequence[float], sizes: Sequence[int], quantities: int = 1
) -> Iterator[dict[str, dict[str, tuple[int, int]]]]:
    """Draw counts of groups with the given true rates."""
    rng = np.random.default_rng(draws.seed)
    names = [f"group {place}" for place in range(len(sizes))]
    for drawn in rng.binomial(sizes, rates, (draws.n, quantities, len(sizes))).tolist():
        yield {
            f"quantity {place}": dict(zip(names, zip(counts, sizes, strict=True), strict=True))
            for place, counts in enumerate(drawn)
        }


def verdicts(
    draws: Draws,
    rates: Sequence[float],
    sizes: Sequence[int],
    *,
    limit: float,
    kind: Kind = "difference",
    quantities: int = 1,
) -> Counter[Verdict]:
    """Return the share of each verdict, as `judge_gap` reads it off the interval."""
    bounds = [bounds_of(table, kind) for table in tables(draws, rates, sizes, quantities)]
    return shares(bounds, limit, kind)


def shares(bounds: Sequence[tuple[float, float]], limit: float, kind: Kind) -> Counter[Verdict]:
    """Return the share of each verdict among bounds."""
    found = Counter(_verdict(low, high, limit, kind) for low, high in bounds)
    return Counter({verdict: count / len(bounds) for verdict, count in found.items()})


def _verdict(low: float, high: float, limit: float, kind: Kind) -> Verdict:
    if low > limit if kind == "difference" else high < limit:
        return Verdict.FAIL
    within = high <= limit if kind == "difference" else low >= limit
    return Verdict.PASS if within else Verdict.INCONCLUSIVE


def covered(
    draws: Draws, rates: Sequence[float], sizes: Sequence[int], *, kind: Kind
) -> tuple[float, float]:
    """Return how often the lower bound lies above the true value, and the upper one below it."""
    truth = max(rates) - min(rates) if kind == "difference" else min(rates) / max(rates)
    bounds = [bounds_of(table, kind) for table in tables(draws, rates, sizes)]
    return (
        sum(low > truth + 1e-12 for low, _ in bounds) / draws.n,
        sum(high < truth - 1e-12 for _, high in bounds) / draws.n,
    )


def bounds_of(table: dict[str, dict[str, tuple[int, int]]], kind: Kind) -> tuple[float, float]:
    """Return the bounds; without any success a ratio may be anything."""
    if kind == "ratio" and not all(any(k for k, _ in groups.values()) for groups in table.values()):
        return 0.0, 1.0
    interval = gap_interval(table, kind=kind)
    return interval.low, interval.high
