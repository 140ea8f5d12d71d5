"""Why `contour` gates: error rates of each bound, computed without simulation.

The rates are sums over all outcomes, maximised over a grid of true rates that is dense near 0 and
1, so they carry no Monte Carlo error.
"""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness.evidence import newcombe_interval, score_interval
from tests.evidence.outcomes import Counts, contour_error, cuts, grid, worst_rate

SIZES = [(10, 10), (30, 30), (30, 300), (300, 30), (5, 1000), (1000, 5), (200, 200)]
LEVELS = [0.05, 0.05 / 12, 0.05 / 112]  # one claim; two quantities of 3 groups, and of 8
GAPS = [0.0, 0.01, 0.05, 0.1, 0.3]
RATIOS = [0.5, 0.8, 1.0, 1.25, 2.0]  # above 1 a lower bound on it is a `fail`, below 1 a `pass`


@pytest.mark.parametrize("alpha", LEVELS)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_the_gating_bound_keeps_its_error_rate(sizes: tuple[int, int], alpha: float) -> None:
    assert max(contour_error(*sizes, alpha, gap=gap) for gap in GAPS) <= alpha
    assert max(contour_error(*sizes, alpha, gap=None, ratio=ratio) for ratio in RATIOS) <= alpha


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [0.2, 0.05, 0.01, 0.001, 1e-5])
@pytest.mark.parametrize("n1", [1, 2, 3, 5, 10, 20, 30, 100, 400, 1000])
def test_the_gating_bound_keeps_its_error_rate_everywhere(n1: int, alpha: float) -> None:
    for n2 in (1, 2, 3, 5, 10, 20, 30, 100, 400, 1000, 5000):
        for gap in GAPS:
            assert contour_error(n1, n2, alpha, gap=gap) <= alpha, (n2, gap)
        for ratio in RATIOS:
            assert contour_error(n1, n2, alpha, gap=None, ratio=ratio) <= alpha, (n2, ratio)


def published_error(method: str, n1: int, n2: int, alpha: float, gap: float) -> float:
    interval = {"newcombe": newcombe_interval, "score": score_interval}[method]

    def rejects(x1: Counts, x2: Counts) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return interval(x1, n1, x2, n2, confidence=1 - alpha).low > gap

    rates = grid(1.0 - gap)
    return worst_rate(cuts(rejects, n1, n2), n1, n2, rates + gap, rates)


@pytest.mark.parametrize(
    ("method", "sizes", "alpha", "gap", "times"),
    [  # how many times its stated rate each published bound errs
        ("newcombe", (30, 300), 0.05, 0.05, 1.3),
        ("newcombe", (30, 3000), 0.05 / 12, 0.0, 10),
        ("newcombe", (30, 3000), 0.05 / 112, 0.05, 10),
        ("score", (30, 300), 0.05, 0.05, 1.3),
        ("score", (30, 3000), 0.05 / 12, 0.0, 10),
        ("score", (30, 3000), 0.05 / 112, 0.05, 10),
    ],
)
def test_published_bounds_do_not(
    method: str, sizes: tuple[int, int], alpha: float, gap: float, times: float
) -> None:
    """So neither can share a small level among many comparisons of unequal groups."""
    assert published_error(method, *sizes, alpha, gap) > times * alpha


def test_the_gating_bound_wastes_little() -> None:
    """Its error rate is close to the stated one where counts are large."""
    for gap in (0.0, 0.05, 0.1):
        assert contour_error(1000, 1000, 0.05, gap=gap) > 0.9 * 0.05
