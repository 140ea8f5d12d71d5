"""Limits of areas under the ROC curve, from both samples' placements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.evidence.laws import SumLaw
from pytest_fairness.evidence.mean_law import MeanLaw, Units
from pytest_fairness.evidence.mean_units import Range, units_of

Array = NDArray[np.float64]


class Area(NamedTuple):
    """An area, and the placements that it is the mean of: of the positives and the negatives."""

    area: float
    won: Units
    lost: Units


def area_of(negatives: Array, positives: Array, clusters: tuple[Any, Any] = (None, None)) -> Area:
    """Return the area under the curve with the units of its sampling error.

    The error of the area is about the sum of the errors of two means, those of the placements of
    the positives among the negatives and the other way round, which is where DeLong, DeLong and
    Clarke-Pearson's variance (1988) comes from.

    Parameters
    ----------
    negatives, positives : array of shape (n,) and (m,)
        Finite scores; neither is empty.
    clusters : pair of sequence of str, optional
        Which of the negatives, and which of the positives, are one unit.
    """
    won = placements(positives, negatives)
    area = float(won.mean())
    lost = 1 - placements(negatives, positives) - area  # of mean 0
    return Area(
        area, _units(won, 0.0, 1.0, clusters[1]), _units(lost, -area, 1 - area, clusters[0])
    )


def area_law(areas: Sequence[Area], name: str) -> SumLaw:
    """Return the limits of areas: their two means' limits, squared and added."""
    won = MeanLaw(tuple(area.won for area in areas))
    lost = MeanLaw(tuple(area.lost for area in areas))
    centres = np.array([[area.area for area in areas], [0.0] * len(areas)])
    return SumLaw((won, lost), np.ones(2), centres, name)


def placements(scores: Array, others: Array) -> Array:
    """Return the share of `others` below each of the `scores`, ties counting half."""
    ordered = np.sort(others)
    below = np.searchsorted(ordered, scores, side="left")
    upto = np.searchsorted(ordered, scores, side="right")
    return np.asarray((below + upto) / (2 * len(others)))


def _units(values: Array, least: float, most: float, clusters: Any) -> Units:
    inside, outer = np.clip(values, least, most), Range(least, most, True, True)
    found = units_of("area", inside, outer, None, None if clusters is None else {"": clusters}, "")
    assert found is not None  # neither side is empty
    return found
