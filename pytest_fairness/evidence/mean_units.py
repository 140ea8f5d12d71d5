"""The independent units that a group's mean is taken over, and the range of its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.mean_law import Units, merged

Array = NDArray[np.float64]

# How far beyond the outermost value an unknown range is taken to reach, as a part of that value's
# distance from the mean: so that lognormal values keep the error rate from 20 units on.
_BEYOND, _BEYOND_OF_FEW = 0.25, 15.0


@dataclass(frozen=True)
class Range:
    """Where values may lie: as stated, else as far as those of any group do."""

    least: float
    most: float
    least_is_known: bool
    most_is_known: bool

    @property
    def is_known(self) -> bool:
        """Whether both ends were stated."""
        return self.least_is_known and self.most_is_known

    @classmethod
    def around(cls, values: Mapping[str, Any], least: float | None, most: float | None) -> Range:
        """Return the stated range, or the one that all groups' values have together."""
        if least is not None and most is not None and not least < most:
            raise ArgumentError(f"least={least!r} must lie below most={most!r}.")
        full = [np.asarray(part, dtype=np.float64) for part in values.values()]
        full = [part for part in full if part.size]
        low = min((float(part.min()) for part in full), default=0.0)
        high = max((float(part.max()) for part in full), default=0.0)
        return cls(
            low if least is None else least,
            high if most is None else most,
            least is not None,
            most is not None,
        )


def units_of(
    name: str,
    values: Any,
    outer: Range,
    sample_weight: Mapping[str, Any] | None,
    clusters: Mapping[str, Any] | None,
    group: str,
) -> Units | None:
    """Return the units of one group, or None when it has no row of positive weight."""
    array = _checked(name, values, outer)
    weights = _weights(name, array, None if sample_weight is None else sample_weight[group])
    if not weights.sum():
        return None
    labels = None if clusters is None else np.asarray(clusters[group])
    sums, totals = _summed(name, weights, weights * array, labels)
    kept = sums > 0
    sums, totals = sums[kept], totals[kept]
    least, most = _ends(array[weights > 0], outer, len(sums))
    return Units(*merged(sums, totals), least, most, float(len(sums)), outer.is_known)


def _checked(name: str, values: Any, outer: Range) -> Array:
    array = np.asarray(values, dtype=np.float64).reshape(-1)
    wrong = array[~(np.isfinite(array) & (array >= outer.least) & (array <= outer.most))]
    if len(wrong):
        raise ArgumentError(
            f"{name} holds {wrong[0]:g} and must lie in [{outer.least:g}, {outer.most:g}]. "
            "State the range that values can have, and remove or repair rows without a number."
        )
    return array


def _weights(name: str, values: Array, weights: Any) -> Array:
    if weights is None:
        return np.ones(len(values))
    array = np.asarray(weights, dtype=np.float64).reshape(-1)
    if len(array) != len(values):
        raise ArgumentError(f"{name} has {len(values)} values and {len(array)} weights.")
    if not np.all((array >= 0) & np.isfinite(array)):
        raise ArgumentError(f"{name} has a weight that is negative or not finite.")
    return array


def _summed(name: str, weights: Array, totals: Array, labels: Any) -> tuple[Array, Array]:
    if labels is None:
        return weights, totals
    if len(labels) != len(weights):
        raise ArgumentError(f"{name} has {len(weights)} values and {len(labels)} cluster labels.")
    _, places = np.unique(labels, return_inverse=True)
    summed = (np.bincount(places, part).astype(np.float64) for part in (weights, totals))
    return next(summed), next(summed)


def _ends(values: Array, outer: Range, n_units: int) -> tuple[float, float]:
    """Return where the extra unit stands at either end.

    Without a stated end it lies beyond the outermost value, the further the fewer units there are;
    a group of equal values borrows the range of all groups.
    """
    low, high, mean = float(values.min()), float(values.max()), float(values.mean())
    if low == high:
        low, high = outer.least, outer.most
    beyond = _BEYOND + _BEYOND_OF_FEW / n_units
    least = outer.least if outer.least_is_known else low - beyond * max(mean - low, 0.0)
    most = outer.most if outer.most_is_known else high + beyond * max(high - mean, 0.0)
    return least, most
