"""The best randomised thresholds: a linear programme over the corners of the ROC regions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.mitigation.decisions.curves import Curve, joined
from pytest_fairness.mitigation.decisions.linear import LinearProgramme
from pytest_fairness.mitigation.decisions.mixtures import Mixture, steadiest
from pytest_fairness.mitigation.decisions.objectives import Objective

Floats = NDArray[np.float64]


def best_mixtures(
    curves: Sequence[Curve],
    objective: Objective,
    rates: Sequence[str],
    *,
    tolerance: float,
    flip: bool,
) -> list[Mixture]:
    """Return for each group the mixture of thresholds that together are best.

    A mixture of thresholds reaches every point of the convex hull of its ROC points, and none
    outside. So the best value and the rates come from a linear programme on the hulls' corners, in
    which each named rate of all groups lies within `tolerance`.
    """
    usable = [joined(curve, curve.mirrored()) if flip else curve for curve in curves]
    corners = [curve.at(_corners(curve)) for curve in usable]
    shares = _solve(corners, objective, rates, tolerance)
    return [
        steadiest(curve, float(share @ corner.tp), float(share @ corner.fp))
        for curve, corner, share in zip(usable, corners, shares, strict=True)
    ]


def _solve(
    corners: Sequence[Curve], objective: Objective, rates: Sequence[str], tolerance: float
) -> list[Floats]:
    """Return for each group the chance of each corner."""
    starts = np.cumsum([0, *(len(corner.tp) for corner in corners)])
    n_shares = int(starts[-1])
    programme = LinearProgramme(n_shares + 2 * len(rates), n_shares)
    for at in range(len(rates)):
        programme.within(n_shares + 2 * at, n_shares + 2 * at + 1, tolerance)
    for corner, start in zip(corners, starts[:-1], strict=True):
        own = slice(start, start + len(corner.tp))
        programme.gain[own] = objective.of(corner.tp, corner.fp)
        programme.equal(_placed(programme.n, own, np.ones(len(corner.tp))), 1.0)
        for at, rate in enumerate(rates):
            row = _placed(programme.n, own, corner.rate(rate))
            programme.between(row, n_shares + 2 * at, n_shares + 2 * at + 1)
    solution = np.clip(programme.solve(), 0.0, None)
    parts = [solution[a:b] for a, b in pairwise(starts)]
    return [part / part.sum() for part in parts]


def _placed(n: int, own: slice, values: Floats) -> Floats:
    row = np.zeros(n)
    row[own] = values
    return row


def _corners(curve: Curve) -> NDArray[np.intp]:
    """Return where the corners of the convex hull of the points (fp, tp) stand."""
    order = np.lexsort((curve.tp, curve.fp)).tolist()
    points = np.stack([curve.fp, curve.tp], axis=1).tolist()
    lower, upper = _chain(points, order), _chain(points, order[::-1])
    return np.array(sorted({*lower, *upper}), dtype=np.intp)


def _chain(points: list[list[float]], order: Sequence[int]) -> list[int]:
    """Return one side of the hull, by Andrew's monotone chain (1979)."""
    chain: list[int] = []
    for place in order:
        while len(chain) > 1 and _turn(points[chain[-2]], points[chain[-1]], points[place]) <= 0:
            chain.pop()
        chain.append(place)
    return chain


def _turn(one: list[float], two: list[float], three: list[float]) -> float:
    """Return a number above 0 if the path turns left at `two`."""
    return (two[0] - one[0]) * (three[1] - one[1]) - (two[1] - one[1]) * (three[0] - one[0])
