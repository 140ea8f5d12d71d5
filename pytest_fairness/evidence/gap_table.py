"""The quantities that gaps are judged from, the pairs that are compared, and their bounds.

Scores and bounds stand in vectors, one entry for each ordered pair of groups of each quantity.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.quantities import averaged, rates
from pytest_fairness.evidence.quantity import Array, Kind, Mask, Quantity, all_pairs

Aggregate = Literal["worst_case", "mean", "average_odds", "average_absolute_odds"]
Counts = Mapping[str, Mapping[str, tuple[float, float]]]

AGGREGATES = ("worst_case", "mean", "average_odds", "average_absolute_odds")
_MOST_CLAIMS = 500_000


class Place(NamedTuple):
    """An ordered pair of groups of one quantity, by their places."""

    panel: int
    first: int
    second: int


@dataclass(frozen=True, eq=False)
class Panel:
    """One quantity and the ordered pairs of its groups that are compared."""

    quantity: Quantity
    pairs: Mask

    @property
    def n_pairs(self) -> int:
        """Ordered pairs: each direction of each pair is a claim of its own."""
        return int(self.pairs.sum())

    def observed(self, kind: Kind) -> Array:
        """Return the observed scores; nan where a ratio is 0 / 0."""
        first, second = (self.quantity.estimates[part] for part in np.nonzero(self.pairs))
        if kind == "difference":
            return np.asarray(first - second)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(-(second / first))

    def scaled(self, times: Mapping[str, float]) -> Panel:
        """Return what other numbers of rows would probably give."""
        factors = np.array([times[name] for name in self.quantity.groups])
        return Panel(self.quantity.scaled(factors), self.pairs)


@dataclass(frozen=True, eq=False)
class Claims:
    """The gaps that the statistic is the largest of.

    Attributes
    ----------
    panels : tuple of Panel
    members : array of shape (n_claims, n_averaged)
        Entries of the vector of pairs that each claim is the mean of: one, unless several
        quantities are averaged.
    """

    panels: tuple[Panel, ...]
    members: NDArray[np.int64]

    @property
    def places(self) -> list[Place]:
        """Which pair each entry of the vectors is."""
        return [
            Place(number, int(a), int(b))
            for number, panel in enumerate(self.panels)
            for a, b in np.argwhere(panel.pairs)
        ]

    def observed(self, kind: Kind) -> Array:
        """Return the observed score of every pair."""
        return _joined(panel.observed(kind) for panel in self.panels)

    def low(self, kind: Kind, level: float) -> Array:
        """Return lower bounds of every pair, as a `fail` that spends `level` on all needs them."""
        each = level / max(len(self.members), 1)
        return _joined(
            panel.quantity.low_scores(kind, panel.pairs, each * panel.n_pairs)[panel.pairs]
            for panel in self.panels
        )

    def high(self, kind: Kind, alpha: float) -> Array:
        """Return upper bounds of every pair, each of which holds but for a chance of `alpha`."""
        return _joined(
            panel.quantity.high_scores(kind, panel.pairs, alpha)[panel.pairs]
            for panel in self.panels
        )

    def of(self, scores: Array) -> Array:
        """Return the claims' scores."""
        return np.asarray(scores[self.members].mean(axis=1))

    def bounds(self, observed: Array, bounds: Array) -> Array:
        """Return the claims' bounds, by square-and-add where a claim averages several pairs."""
        n_averaged = self.members.shape[1]
        if n_averaged == 1:
            return np.asarray(bounds[self.members[:, 0]])
        distances = (bounds - observed)[self.members]
        width = np.sqrt((distances**2).sum(axis=1)) / n_averaged
        return np.asarray(self.of(observed) + np.sign(distances.sum(axis=1)) * width)

    def scaled(self, times: Mapping[str, float]) -> Claims:
        """Return what other numbers of rows would probably give."""
        return Claims(tuple(panel.scaled(times) for panel in self.panels), self.members)


def read_quantities(given: Counts | Quantity | Sequence[Quantity]) -> list[Quantity]:
    """Return quantities: those given, or rates of the counts given."""
    if isinstance(given, Mapping):
        found: list[Quantity] = [rates(name, groups) for name, groups in given.items()]
    else:
        found = list(given) if isinstance(given, Sequence) else [given]
    if not found:
        raise ArgumentError("counts is empty. Give the groups' counts of at least one quantity.")
    return found


def compared(
    quantities: Sequence[Quantity], uncompared: Collection[str], agg: Aggregate
) -> list[Quantity]:
    """Set apart the groups that are not compared, and average the quantities where asked."""
    kept = [quantity.only(_known(quantity, uncompared)) for quantity in quantities]
    if agg != "average_odds":
        return kept
    return [averaged("average of " + " and ".join(q.quantity for q in kept), kept)]


def claims_of(quantities: Sequence[Quantity], agg: Aggregate, reference: str | None) -> Claims:
    """Return what is compared with what."""
    panels = tuple(Panel(quantity, all_pairs(quantity, reference)) for quantity in quantities)
    sizes = [panel.n_pairs for panel in panels]
    starts = np.cumsum([0, *sizes])
    if agg in ("worst_case", "average_odds"):
        return Claims(panels, np.arange(starts[-1])[:, None])
    entries = [range(a, b) for a, b in pairwise(starts)]
    if agg == "mean":
        _check_number(sizes)
        members = list(product(*entries))
    else:
        members = _same_pairs(panels, starts)
    return Claims(panels, np.array(members, dtype=np.int64).reshape(-1, len(panels)))


def _same_pairs(panels: Sequence[Panel], starts: NDArray[np.int64]) -> list[tuple[int, ...]]:
    """Return the entries of one pair of groups in every quantity, in all directions."""
    where: dict[frozenset[str], list[list[int]]] = {}
    for number, panel in enumerate(panels):
        names = panel.quantity.groups
        for place, (a, b) in enumerate(np.argwhere(panel.pairs)):
            entries = where.setdefault(frozenset((names[a], names[b])), [[] for _ in panels])
            entries[number].append(int(starts[number]) + place)
    return [members for entries in where.values() for members in product(*entries)]


def _check_number(sizes: Sequence[int]) -> None:
    number = int(np.prod([float(size) for size in sizes]))
    if number > _MOST_CLAIMS:
        raise ArgumentError(
            f"agg='mean' would compare {number} combinations of pairs. Judge fewer groups or "
            "quantities at once, or use agg='worst_case'."
        )


def _known(quantity: Quantity, uncompared: Collection[str]) -> list[str]:
    return [name for name in (*quantity.groups, *quantity.missing) if name not in uncompared]


def _joined(parts: Iterable[Array]) -> Array:
    found = [np.asarray(part, dtype=np.float64) for part in parts]
    return np.concatenate(found) if found else np.zeros(0)
