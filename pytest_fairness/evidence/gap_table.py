"""The counts that gaps are judged from, and the bounds of every pair of groups.

Gaps of both kinds are kept as *scores*, of which a larger one is a wider gap, in matrices over
ordered pairs of groups: first minus second for differences, minus (second over first) for ratios.
Negating a number is exact, so a score and the limit compare as the ratio and the limit do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.contour import contour
from pytest_fairness.evidence.judgement import check_count

Array = NDArray[np.float64]
Kind = Literal["difference", "ratio"]
Counts = Mapping[str, Mapping[str, tuple[int, int]]]


@dataclass(frozen=True, eq=False)
class Table:
    """Counts of one quantity over the groups that can be compared.

    Attributes
    ----------
    quantity : str
    groups : tuple of str
        Groups with rows, of which `successes` and `sizes` hold the counts.
    empty : tuple of str
        Groups that should be compared and have no row.
    """

    quantity: str
    groups: tuple[str, ...]
    successes: Array
    sizes: Array
    empty: tuple[str, ...] = ()

    @property
    def rates(self) -> Array:
        """Observed rate of each group."""
        return self.successes / self.sizes

    @property
    def n_comparisons(self) -> int:
        """Ordered pairs: each direction of each pair is a claim of its own."""
        return len(self.groups) * (len(self.groups) - 1)

    def scaled(self, factor: float) -> Table:
        """Return the expected counts of `factor` times as many rows."""
        return Table(self.quantity, self.groups, self.successes * factor, self.sizes * factor)


@dataclass(frozen=True, eq=False)
class Scores:
    """Observed scores and their bounds, of shape (n_groups, n_groups); the diagonal is -inf."""

    observed: Array
    low: Array
    high: Array


def read_tables(counts: Counts, uncompared: Collection[str]) -> list[Table]:
    """Check the counts and set apart the groups that are not compared or have no row."""
    if not counts:
        raise ArgumentError("counts is empty. Give the groups' counts of at least one quantity.")
    return [_table(quantity, groups, uncompared) for quantity, groups in counts.items()]


def _table(
    quantity: str, groups: Mapping[str, tuple[int, int]], uncompared: Collection[str]
) -> Table:
    for name, (k, n) in groups.items():
        check_count(f"{quantity} of group {name!r}", k, n)
    known = {name: counts for name, counts in groups.items() if name not in uncompared}
    full = {name: counts for name, counts in known.items() if counts[1]}
    return Table(
        quantity,
        tuple(full),
        np.array([k for k, _ in full.values()], dtype=np.float64),
        np.array([n for _, n in full.values()], dtype=np.float64),
        tuple(name for name in known if name not in full),
    )


def bounded(table: Table, kind: Kind, *, alpha: float, n_comparisons: int) -> Scores:
    """Bound the score of every ordered pair of groups.

    The lower bounds share `alpha` among `n_comparisons` (Bonferroni), since a `fail` claims that
    *some* pair is too far apart. The upper bounds have all of it each, since a `pass` claims that
    *every* pair is close, and one wrong pair is enough to spoil it (intersection-union).
    """
    lower = contour(table.successes, table.sizes, alpha / n_comparisons)
    upper = contour(table.successes, table.sizes, alpha)
    if kind == "difference":
        low, high = lower.least_difference(), -upper.least_difference().T
    else:
        with np.errstate(divide="ignore"):
            low, high = -1.0 / lower.least_ratio(), -upper.least_ratio().T
    return Scores(*(_off_diagonal(matrix) for matrix in (observed(table, kind), low, high)))


def observed(table: Table, kind: Kind) -> Array:
    """Return the observed scores; nan where a ratio is 0 / 0."""
    first, second = table.rates[:, None], table.rates[None]
    if kind == "difference":
        return np.asarray(first - second)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(-(second / first))


def standard_errors(table: Table, kind: Kind) -> Array:
    """Return the standard error of every score; rates are drawn a little towards one half."""
    rates = (table.successes + 0.5) / (table.sizes + 1)
    if kind == "difference":
        variance = rates * (1 - rates) / table.sizes
        return np.asarray(np.sqrt(variance[:, None] + variance[None]))
    relative = (1 - rates) / rates / table.sizes
    return np.asarray(rates[None] / rates[:, None] * np.sqrt(relative[:, None] + relative[None]))


def _off_diagonal(matrix: Array) -> Array:
    filled = matrix.copy()
    np.fill_diagonal(filled, -np.inf)
    return filled
