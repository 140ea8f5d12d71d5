"""Quantities bounded by resampling: any number of a group, such as an F1 or a calibration error.

The bounds are read off *replicates*, draws of what the number may truly be. A `fail` needs bounds
of all pairs that hold together: each pair's distance from its estimate is divided by its own
spread to that side, and one critical value, a quantile of the largest such distance, serves all
(max-type). A `pass` needs bounds that each hold alone: quantiles. Replicates may differ for low and
high bounds, as Clopper and Pearson's two limits do, see `resample`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.quantity import Array, Kind, Mask

_SEEN = 20  # replicates that a tail must hold to be read off; deeper, it is extrapolated
_SPREAD_LEVEL = 0.05  # where the spread of a pair is measured


@dataclass(frozen=True, eq=False)
class Resampled:
    """A quantity of groups that is bounded by its replicates.

    Attributes
    ----------
    low, high : array of shape (n_replicates, n_groups)
        Replicates that lower and upper bounds are taken from.
    scaled_by : array of shape (n_groups,)
        How many times the rows of each group are imagined to be.
    """

    quantity: str
    groups: tuple[str, ...]
    sizes: Array
    estimates: Array
    low: Array
    high: Array
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def method(self) -> str:
        """How the bounds are found."""
        return f"max-type studentised resampling, {len(self.low)} draws"

    def low_scores(self, kind: Kind, pairs: Mask, level: float) -> Array:
        """Return lower bounds of all `pairs` that hold together but for a chance of `level`."""
        first, second = np.nonzero(pairs)
        observed = _scores(self.estimates[first], self.estimates[second], kind)
        draws = _scores(self.low[:, first], self.high[:, second], kind, adverse=-np.inf)
        return _matrix(pairs, together(observed, draws, level), -np.inf)

    def high_scores(self, kind: Kind, pairs: Mask, alpha: float) -> Array:
        """Return upper bounds of `pairs`, each of which holds but for a chance of `alpha`."""
        first, second = np.nonzero(pairs)
        draws = _scores(self.high[:, first], self.low[:, second], kind, adverse=np.inf)
        observed = _scores(self.estimates[first], self.estimates[second], kind)
        return _matrix(pairs, np.maximum(-tail(-draws, alpha), observed), np.inf)

    def lower(self, alpha: float, *, together: bool = False) -> Array:
        """Return a lower bound for each group, or for all of them `together`."""
        return _group_bounds(self.estimates, self.low, alpha, together)

    def upper(self, alpha: float, *, together: bool = False) -> Array:
        """Return an upper bound for each group, or for all of them `together`."""
        return -_group_bounds(-self.estimates, -self.high, alpha, together)

    def spread(self) -> Array:
        """Return the standard error of each group's number; never 0."""
        with np.errstate(invalid="ignore"):
            both = np.maximum(self.low.std(axis=0), self.high.std(axis=0))
        return np.asarray(np.maximum(np.where(np.isfinite(both), both, np.inf), 1e-12))

    def only(self, groups: Collection[str]) -> Resampled:
        """Return the quantity of some of the groups."""
        places = [place for place, name in enumerate(self.groups) if name in groups]
        return replace(
            self,
            groups=tuple(self.groups[place] for place in places),
            sizes=self.sizes[places],
            estimates=self.estimates[places],
            low=self.low[:, places],
            high=self.high[:, places],
            missing={name: why for name, why in self.missing.items() if name in groups},
        )

    def scaled(self, times: Array) -> Resampled:
        """Return what `times` as many rows of each group would probably give."""
        shrink = 1 / np.sqrt(times)
        return replace(
            self,
            sizes=self.sizes * times,
            low=self.estimates + (self.low - self.estimates) * shrink,
            high=self.estimates + (self.high - self.estimates) * shrink,
        )


def resampled(
    quantity: str,
    groups: Sequence[str],
    sizes: Any,
    observed: Any,
    replicates: Any,
    *,
    high: Any = None,
) -> Resampled:
    """Return a quantity that is bounded by replicates of it.

    Parameters
    ----------
    quantity : str
    groups : sequence of str
    sizes : array-like of shape (n_groups,)
        Rows that the number of each group is taken over.
    observed : array-like of shape (n_groups,)
        The number of each group; nan where it cannot be measured.
    replicates : array-like of shape (n_replicates, n_groups)
        Draws of what it may truly be, as `resample_counts` and `resample_rows` make them. Columns
        of one draw belong together: where groups share clusters, resample them together.
    high : array-like of shape (n_replicates, n_groups), optional
        Draws that upper bounds are taken from, where they differ.

    Examples
    --------
    >>> import numpy as np
    >>> draws = np.random.default_rng(0).normal([0.6, 0.7], 0.01, (2000, 2))
    >>> resampled("F1", ["a", "b"], [900, 900], [0.6, 0.7], draws).estimates.tolist()
    [0.6, 0.7]
    """
    names = tuple(str(name) for name in groups)
    estimates, rows = np.asarray(observed, dtype=np.float64), np.asarray(sizes, dtype=np.float64)
    low = np.asarray(replicates, dtype=np.float64)
    if not names:  # every group is unknown
        low = np.empty((2 * _SEEN, 0))
    upper = low if high is None or not names else np.asarray(high, dtype=np.float64)
    for name, shape in {"replicates": low.shape, "high": upper.shape}.items():
        if len(shape) != 2 or shape[1] != len(names) or shape[0] < 2 * _SEEN:
            raise ArgumentError(
                f"{name} has shape {shape} and must have at least {2 * _SEEN} rows and one column "
                f"for each of the {len(names)} groups."
            )
    known = np.isfinite(estimates)
    if not len(estimates) == len(rows) == len(names):
        raise ArgumentError(
            f"There are {len(names)} groups, {len(rows)} sizes and {len(estimates)} observed "
            "numbers. Give one of each per group."
        )
    return Resampled(
        quantity,
        tuple(name for name, is_known in zip(names, known, strict=True) if is_known),
        rows[known],
        estimates[known],
        np.where(np.isnan(low), -np.inf, low)[:, known],
        np.where(np.isnan(upper), np.inf, upper)[:, known],
        {name: "its rows do not give one" for name, ok in zip(names, known, strict=True) if not ok},
    )


def together(observed: Array, draws: Array, level: float) -> Array:
    """Return lower bounds of many numbers that hold together but for a chance of `level`.

    Parameters
    ----------
    observed : array of shape (k,)
    draws : array of shape (n_replicates, k)
    level : float in (0, 0.5)
    """
    from scipy.special import ndtri

    if not len(observed):
        return observed
    edge = np.minimum(tail(draws, _SPREAD_LEVEL), observed)
    spread = np.maximum((observed - edge) / -ndtri(_SPREAD_LEVEL), 1e-12)
    spread = np.where(np.isfinite(spread), spread, np.inf)
    with np.errstate(invalid="ignore"):
        distances = (observed - draws) / spread
    worst = np.nan_to_num(distances, nan=0.0).max(axis=1)
    critical = -tail(-worst[:, None], level)[0]
    with np.errstate(invalid="ignore"):
        bounds = observed - max(critical, 0.0) * spread
    return np.asarray(np.where(np.isfinite(spread), bounds, -np.inf))


def tail(draws: Array, alpha: float) -> Array:
    """Return the value that a share `alpha` of the draws lie below, for each column.

    A tail with too few draws is extended as an exponential one, from its own mean excess.
    """
    n = len(draws)
    if alpha * n >= _SEEN:
        return np.asarray(np.quantile(draws, alpha, axis=0, method="lower"))
    ordered = np.partition(draws, _SEEN, axis=0)
    start = ordered[_SEEN]
    excess = start - ordered[:_SEEN].mean(axis=0)
    return np.asarray(start - excess * np.log(_SEEN / (alpha * n)))


def _scores(first: Array, second: Array, kind: Kind, adverse: float = np.nan) -> Array:
    """Return how far apart numbers are; `adverse` where they cannot be compared."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = first - second if kind == "difference" else -(second / first)
    return np.asarray(np.where(np.isnan(found), adverse, found))


def _matrix(pairs: Mask, values: Array, other: float) -> NDArray[np.float64]:
    matrix = np.full(pairs.shape, other)
    matrix[pairs] = values
    return matrix


def _group_bounds(estimates: Array, draws: Array, alpha: float, jointly: bool) -> Array:
    if jointly:
        return together(estimates, draws, alpha)
    return np.minimum(tail(draws, alpha), estimates)
