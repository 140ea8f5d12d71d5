"""Search of one threshold for each group, for any value and any limits on rates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import prod

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.mitigation.decisions.confusion import Measure, measure_of, quotient
from pytest_fairness.mitigation.decisions.curves import Curve

Floats = NDArray[np.float64]
Choices = NDArray[np.intp]
_BLOCK = 100_000
_ROUNDING = 1e-12
_STARTS = 4
_PER_PAIR = 120  # thresholds of each of two groups that are moved together
_MOST_SWEEPS = 20


@dataclass(frozen=True)
class Limits:
    """What thresholds must meet; each maps the name of a rate to a number in [0, 1].

    Attributes
    ----------
    max_difference, min_ratio : dict of str to float
        Between the largest and the smallest of the groups' rates.
    at_least, at_most : dict of str to float
        For the rate of every group.
    """

    max_difference: Mapping[str, float] = field(default_factory=dict)
    min_ratio: Mapping[str, float] = field(default_factory=dict)
    at_least: Mapping[str, float] = field(default_factory=dict)
    at_most: Mapping[str, float] = field(default_factory=dict)

    def missed_by(self, counts: Sequence[Floats]) -> Floats:
        """Return by how much choices miss the limits, 0 where they meet them all.

        Parameters
        ----------
        counts : four arrays of shape (n_choices, n_groups)
            True and false positives, false and true negatives. A rate that has no rows misses its
            limit by 1.
        """
        missed = np.zeros(len(counts[0]))
        for rate, limit in self.max_difference.items():
            values = measure_of(rate)(*counts)
            missed += _above(values.max(axis=1) - values.min(axis=1), limit)
        for rate, limit in self.min_ratio.items():
            values = measure_of(rate)(*counts)
            missed += _above(limit, quotient(values.min(axis=1), values.max(axis=1)))
        for rate, limit in self.at_least.items():
            missed += _above(limit, measure_of(rate)(*counts)).sum(axis=1)
        for rate, limit in self.at_most.items():
            missed += _above(measure_of(rate)(*counts), limit).sum(axis=1)
        return missed


def _above(value: Floats | float, limit: Floats | float) -> Floats:
    over = np.asarray(value - limit)
    return np.where(np.isnan(over), 1.0, np.where(over > _ROUNDING, over, 0.0))


@dataclass(frozen=True, eq=False)
class Found:
    """The best choice of a search.

    Attributes
    ----------
    choice : array of shape (n_groups,)
        Place of each group's threshold on its curve.
    missed : float
        By how much it misses the limits; 0 if it meets them.
    value : float
    exact : bool
        Whether every choice was looked at.
    """

    choice: Choices
    missed: float
    value: float
    exact: bool

    def beats(self, other: Found) -> bool:
        """Whether this one misses by less, or by as little with a larger value."""
        return (self.missed, -self.value) < (other.missed, -other.value - _ROUNDING)


@dataclass(frozen=True, eq=False)
class Problem:
    """Curves of the groups, what is maximised, and what must be met."""

    curves: Sequence[Curve]
    measure: Measure
    limits: Limits

    def best_of(self, choices: Choices, exact: bool = False) -> Found:
        """Return the best of choices, of shape (n_choices, n_groups)."""
        counts = self._counts(choices)
        missed = self.limits.missed_by(counts)
        values = np.asarray(self.measure(*(part.sum(axis=1) for part in counts)), dtype=np.float64)
        values = np.where(np.isnan(values), -np.inf, values)
        at = int(np.lexsort((-values, missed))[0])
        return Found(choices[at], float(missed[at]), float(values[at]), exact)

    def _counts(self, choices: Choices) -> list[Floats]:
        tp, fp = (
            np.stack(
                [
                    getattr(curve, cell)[places]
                    for curve, places in zip(self.curves, choices.T, strict=True)
                ],
                axis=1,
            )
            for cell in ("tp", "fp")
        )
        positives = np.array([curve.positives for curve in self.curves])
        negatives = np.array([curve.negatives for curve in self.curves])
        return [tp, fp, positives - tp, negatives - fp]


def search(problem: Problem, most: int) -> Found:
    """Look at every choice if there are at most `most`, else climb from several starts.

    The climb moves two groups at a time through all pairs of their thresholds (a grid of quantiles
    where there are many), until no pair gains: a limit on a difference stops any group from moving
    alone. With two groups and few thresholds it is exact as well.
    """
    sizes = [len(curve.tp) for curve in problem.curves]
    if prod(sizes) <= most:
        return _best(problem.best_of(block, exact=True) for block in _all(sizes))
    starts = sorted(
        (problem.best_of(start[None]) for start in _starts(problem.curves)),
        key=lambda found: (found.missed, -found.value),
    )
    return _best(_climb(problem, start) for start in starts[:_STARTS])


def _all(sizes: Sequence[int]) -> Iterator[Choices]:
    for start in range(0, prod(sizes), _BLOCK):
        numbers = np.arange(start, min(start + _BLOCK, prod(sizes)))
        yield np.stack(np.unravel_index(numbers, tuple(sizes)), axis=1)


def _best(found: Iterator[Found]) -> Found:
    best = next(found)
    for other in found:
        if other.beats(best):
            best = other
    return best


def _starts(curves: Sequence[Curve]) -> Iterator[Choices]:
    """Yield choices of one common threshold, and of one common selection rate."""
    levels = np.unique(np.concatenate([curve.thresholds for curve in curves]))
    for level in levels[_spread(len(levels))]:
        yield np.array([np.flatnonzero(curve.thresholds >= level)[-1] for curve in curves])
    for rate in np.linspace(0, 1, 51):
        yield np.array([np.abs(curve.rate("selection_rate") - rate).argmin() for curve in curves])


def _climb(problem: Problem, best: Found) -> Found:
    moves = [_spread(len(curve.tp)) for curve in problem.curves]
    for _ in range(_MOST_SWEEPS):
        before = best
        for pair in _moved(len(problem.curves)):
            found = problem.best_of(_neighbours(best.choice, pair, moves))
            best = found if found.beats(best) else best
        if best is before:
            break
    return _polished(problem, best)


def _moved(n_groups: int) -> list[tuple[int, ...]]:
    return list(combinations(range(n_groups), 2)) if n_groups > 1 else [(0,)]


def _polished(problem: Problem, best: Found) -> Found:
    """Try every threshold near the best ones, which a grid may have stepped over."""
    while True:
        near = [
            np.clip(np.arange(at - 12, at + 13), 0, len(curve.tp) - 1)
            for at, curve in zip(best.choice, problem.curves, strict=True)
        ]
        before = best
        for pair in _moved(len(near)):
            found = problem.best_of(_neighbours(best.choice, pair, near))
            best = found if found.beats(best) else best
        if best is before:
            return best


def _neighbours(choice: Choices, pair: tuple[int, ...], moves: Sequence[Choices]) -> Choices:
    """Return choices that differ from `choice` in the groups of a pair."""
    grid = np.stack(np.meshgrid(*(moves[group] for group in pair), indexing="ij"), axis=-1)
    moved = grid.reshape(-1, len(pair))
    choices = np.repeat(choice[None], len(moved), axis=0)
    choices[:, list(pair)] = moved
    return choices


def _spread(n: int) -> Choices:
    return np.unique(np.linspace(0, n - 1, min(n, _PER_PAIR)).round().astype(np.intp))
