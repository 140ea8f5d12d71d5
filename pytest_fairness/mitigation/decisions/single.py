"""The best single thresholds whose rates lie within a tolerance, by a window over the rates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.mitigation.decisions.curves import Curve
from pytest_fairness.mitigation.decisions.mixtures import Mixture
from pytest_fairness.mitigation.decisions.objectives import Objective

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
_ROUNDING = 1e-12
_MOST_WINDOWS = 4_000_000  # pairs of lower ends that are looked at for two rates


def best_single(
    curves: Sequence[Curve],
    objective: Objective,
    rates: Sequence[str],
    *,
    tolerance: float,
    flip: bool,
) -> list[Mixture]:
    """Return for each group the threshold that together are best.

    The rates of all groups lie within `tolerance` if and only if some window of that width holds
    them; the lower end of one such window is a rate of some group. In each window every group takes
    its own best threshold. This is exact for one rate, and for two where each takes no more than
    2,000 different values over all groups; beyond, lower ends are thinned to a grid of quantiles.

    Randomised thresholds reach the hull of a group's ROC curve, single ones only the curve itself.
    Where one group's curve runs above another's, two rates can be nearly equal only close to
    selecting nobody or everybody: single thresholds may then cost much.
    """
    groups = [_Group.of(curve, objective, rates, flip) for curve in curves]
    lowest, best = -np.inf, np.zeros(len(rates))
    for windows in _windows(groups, len(rates)):
        values = np.sum([group.best(windows, tolerance) for group in groups], axis=0)
        at = int(np.argmax(values))
        if values[at] > lowest + _ROUNDING:
            lowest, best = float(values[at]), windows[at]
    return [group.choice(best, tolerance) for group in groups]


@dataclass(frozen=True, eq=False)
class _Side:
    """Thresholds of one direction, whose rates grow along the curve."""

    curve: Curve
    values: Floats
    rates: tuple[Floats, ...]
    table: list[Places]

    @classmethod
    def of(cls, curve: Curve, objective: Objective, rates: Sequence[str]) -> _Side:
        values = objective.of(curve.tp, curve.fp)
        return cls(curve, values, tuple(map(curve.rate, rates)), _best_of_runs(values))

    def places(self, windows: Floats, tolerance: float) -> Places:
        """Return the best threshold inside each window, -1 where none is."""
        first = np.zeros(len(windows), dtype=np.intp)
        last = np.full(len(windows), len(self.values), dtype=np.intp)
        for rate, low in zip(self.rates, windows.T, strict=True):
            first = np.maximum(first, np.searchsorted(rate, low - _ROUNDING, "left"))
            last = np.minimum(last, np.searchsorted(rate, low + tolerance + _ROUNDING, "right"))
        return self._best_between(first, last)

    def _best_between(self, first: Places, last: Places) -> Places:
        """Return the place of the largest value in each range, by two runs that cover it."""
        length = last - first
        level = np.zeros(len(first), dtype=np.intp)
        level[length > 0] = np.log2(length[length > 0]).astype(np.intp)
        found = np.full(len(first), -1, dtype=np.intp)
        for depth in np.unique(level[length > 0]):
            rows = np.flatnonzero((level == depth) & (length > 0))
            one = self.table[depth][first[rows]]
            two = self.table[depth][last[rows] - (1 << int(depth))]
            found[rows] = np.where(self.values[two] > self.values[one], two, one)
        return found

    def value(self, places: Places) -> Floats:
        return np.where(places < 0, -np.inf, self.values[places])


@dataclass(frozen=True, eq=False)
class _Group:
    sides: tuple[_Side, ...]

    @classmethod
    def of(cls, curve: Curve, objective: Objective, rates: Sequence[str], flip: bool) -> _Group:
        curves = (curve, curve.mirrored()) if flip else (curve,)
        return cls(tuple(_Side.of(part, objective, rates) for part in curves))

    def best(self, windows: Floats, tolerance: float) -> Floats:
        found = [side.value(side.places(windows, tolerance)) for side in self.sides]
        return np.asarray(np.max(found, axis=0))

    def choice(self, window: Floats, tolerance: float) -> Mixture:
        windows = window[None, :]
        side = max(self.sides, key=lambda s: float(s.value(s.places(windows, tolerance))[0]))
        place = int(side.places(windows, tolerance)[0])
        return Mixture.single(side.curve.thresholds[place], bool(side.curve.flipped[place]))


def _best_of_runs(values: Floats) -> list[Places]:
    """Return, for runs of 1, 2, 4, ... entries from each place on, where the largest stands."""
    table = [np.arange(len(values), dtype=np.intp)]
    while (step := 1 << (len(table) - 1)) * 2 <= len(values):
        one, two = table[-1][:-step], table[-1][step:]
        table.append(np.where(values[two] > values[one], two, one))
    return table


def _windows(groups: Sequence[_Group], n_rates: int) -> Iterator[Floats]:
    """Yield lower ends of windows, a block at a time."""
    ends = [
        np.unique(np.concatenate([side.rates[at] for group in groups for side in group.sides]))
        for at in range(n_rates)
    ]
    if n_rates == 1:
        yield ends[0][:, None]
        return
    most = int(_MOST_WINDOWS**0.5)
    first, second = (_thinned(end, most) for end in ends)
    for low in first:
        yield np.stack([np.full(len(second), low), second], axis=1)


def _thinned(values: Floats, most: int) -> Floats:
    if len(values) <= most:
        return values
    return values[np.linspace(0, len(values) - 1, most).round().astype(np.intp)]
