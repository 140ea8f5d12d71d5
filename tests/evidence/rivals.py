"""What other rules make of the same draws: raw thresholding and the percentile bootstrap.

Both judge the largest difference of rates as a single number. `Rule` is a function from counts of
shape (n_draws, n_groups) to whether each draw fails and whether it passes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.evidence import gap_interval, newcombe_interval

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Shares(NamedTuple):
    """How often a rule fails and passes."""

    fails: float
    passes: float


Rule = Callable[[Counts, NDArray[np.int64], float], tuple[Flags, Flags]]


def draw(seed: int, n: int, rates: Sequence[float], sizes: Sequence[int]) -> Counts:
    """Draw counts of successes of shape (n, n_groups)."""
    return np.random.default_rng(seed).binomial(sizes, rates, (n, len(sizes)))


def shares(rule: Rule, counts: Counts, sizes: Sequence[int], limit: float) -> Shares:
    """Return how often `rule` fails and passes the draws."""
    fails, passes = rule(counts, np.asarray(sizes), limit)
    return Shares(float(fails.mean()), float(passes.mean()))


def ours(counts: Counts, sizes: NDArray[np.int64], limit: float) -> tuple[Flags, Flags]:
    """Read the verdict off `gap_interval`, as `judge_gap` does."""
    n = sizes.tolist()
    tables = [
        {str(place): cell for place, cell in enumerate(zip(row, n, strict=True))}
        for row in counts.tolist()
    ]
    bounds = [gap_interval({"rate": table}) for table in tables]
    low, high = (np.array([getattr(bound, end) for bound in bounds]) for end in ("low", "high"))
    return low > limit, high <= limit


def raw(counts: Counts, sizes: NDArray[np.int64], limit: float) -> tuple[Flags, Flags]:
    """Hold the observed largest difference against the limit."""
    rates = counts / sizes
    gap = rates.max(axis=1) - rates.min(axis=1)
    return gap > limit, gap <= limit


def percentile_bootstrap(
    counts: Counts, sizes: NDArray[np.int64], limit: float, n_resamples: int = 500
) -> tuple[Flags, Flags]:
    """Hold the 5th and 95th percentile of the resampled largest difference against the limit."""
    rng = np.random.default_rng(7)
    drawn = rng.binomial(sizes, counts / sizes, (n_resamples, *counts.shape)) / sizes
    gaps = drawn.max(axis=2) - drawn.min(axis=2)
    low, high = np.quantile(gaps, [0.05, 0.95], axis=0)
    return low > limit, high <= limit


def corrected_intervals(
    counts: Counts, sizes: NDArray[np.int64], limit: float
) -> tuple[Flags, Flags]:
    """Newcombe intervals of all pairs, two-sided and Bonferroni-corrected, for both verdicts."""
    groups = len(sizes)
    level = 0.05 / (groups * (groups - 1))
    first, second = np.nonzero(~np.eye(groups, dtype=bool))
    bounds = newcombe_interval(
        counts[:, first], sizes[first], counts[:, second], sizes[second], confidence=1 - level
    )
    return (bounds.low > limit).any(axis=1), (bounds.high <= limit).all(axis=1)


def error_of(share: float, n: int) -> float:
    """Return the Monte Carlo standard error of a share of `n` draws."""
    return float(np.sqrt(share * (1 - share) / n))


RULES: dict[str, Rule] = {
    "pytest-fairness": ours,
    "corrected intervals": corrected_intervals,
    "percentile bootstrap": percentile_bootstrap,
    "raw threshold": raw,
}
