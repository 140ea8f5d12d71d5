"""A quantity of all groups: what it is in each, and how surely it is known.

Everything that is compared between groups, be it a rate, a mean, an area under a curve or an F1,
becomes a `Quantity`; the judges know nothing else. Gaps of both kinds are kept as *scores*, of
which a larger one is a wider gap, in matrices over ordered pairs of groups: first minus second for
differences, minus (second over first) for ratios. Negating a number is exact, so a score and the
limit compare as the ratio and the limit do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.evidence.contour import walk
from pytest_fairness.evidence.laws import Law

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Kind = Literal["difference", "ratio"]


@dataclass(frozen=True, eq=False)
class Scores:
    """Observed scores and their bounds, of shape (n_groups, n_groups); -inf where not compared."""

    observed: Array
    low: Array
    high: Array


class Quantity(Protocol):
    """A number of each group, with bounds.

    Attributes
    ----------
    quantity : str
        What the number is, such as ``"selection rate"``.
    groups : tuple of str
        Groups in which it can be measured.
    sizes : array of shape (n_groups,)
        Rows that it is taken over.
    estimates : array of shape (n_groups,)
    missing : mapping of str to str
        Groups in which it cannot be measured, and why: a clause such as "no row of it counts".
    method : str
        How the bounds are found, as a reader would cite it.
    """

    @property
    def quantity(self) -> str:
        """What the number is."""

    @property
    def groups(self) -> tuple[str, ...]:
        """Groups in which it can be measured."""

    @property
    def sizes(self) -> Array:
        """Rows that it is taken over, per group."""

    @property
    def estimates(self) -> Array:
        """The number, per group."""

    @property
    def missing(self) -> Mapping[str, str]:
        """Groups in which it cannot be measured, and why."""

    @property
    def method(self) -> str:
        """How the bounds are found."""

    def low_scores(self, kind: Kind, pairs: Mask, level: float) -> Array:
        """Return lower bounds of all `pairs` that hold together but for a chance of `level`."""

    def high_scores(self, kind: Kind, pairs: Mask, alpha: float) -> Array:
        """Return upper bounds of `pairs`, each of which holds but for a chance of `alpha`."""

    def lower(self, alpha: float, *, together: bool = False) -> Array:
        """Return a lower bound for each group, or for all of them `together`."""

    def upper(self, alpha: float, *, together: bool = False) -> Array:
        """Return an upper bound for each group, or for all of them `together`."""

    def spread(self) -> Array:
        """Return the standard error of each group's number; never 0."""

    def only(self, groups: Collection[str]) -> Quantity:
        """Return the quantity of some of the groups."""

    def scaled(self, times: Array) -> Quantity:
        """Return what `times` as many rows of each group would probably give."""


@dataclass(frozen=True, eq=False)
class Separate:
    """A quantity whose groups are independent of each other, bounded group by group.

    Lower bounds of pairs share their level equally (Bonferroni); pairs are bounded by walking the
    groups' own limits, see `contour`.
    """

    quantity: str
    groups: tuple[str, ...]
    sizes: Array
    estimates: Array
    law: Law
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def method(self) -> str:
        """How the bounds are found."""
        return f"Newcombe's square-and-add, walked along {self.law.name}"

    def low_scores(self, kind: Kind, pairs: Mask, level: float) -> Array:
        """Return lower bounds of all `pairs` that hold together but for a chance of `level`."""
        limits = walk(self.law, level / max(int(pairs.sum()), 1))
        if kind == "difference":
            return limits.least_difference()
        with np.errstate(divide="ignore"):
            return np.asarray(-1.0 / limits.least_ratio())

    def high_scores(self, kind: Kind, pairs: Mask, alpha: float) -> Array:
        """Return upper bounds of `pairs`, each of which holds but for a chance of `alpha`."""
        limits = walk(self.law, alpha)
        if kind == "difference":
            return np.asarray(-limits.least_difference().T)
        return np.asarray(-limits.least_ratio().T)

    def lower(self, alpha: float, *, together: bool = False) -> Array:
        """Return a lower bound for each group, or for all of them `together`."""
        return self.law.lower(self._tail(alpha, together))[:, 0]

    def upper(self, alpha: float, *, together: bool = False) -> Array:
        """Return an upper bound for each group, or for all of them `together`."""
        return self.law.upper(self._tail(alpha, together))[:, 0]

    def spread(self) -> Array:
        """Return the standard error of each group's number; never 0."""
        return self.law.spread()

    def only(self, groups: Collection[str]) -> Separate:
        """Return the quantity of some of the groups."""
        places = [place for place, name in enumerate(self.groups) if name in groups]
        return replace(
            self,
            groups=tuple(self.groups[place] for place in places),
            sizes=self.sizes[places],
            estimates=self.estimates[places],
            law=self.law.take(places),
            missing={name: why for name, why in self.missing.items() if name in groups},
        )

    def scaled(self, times: Array) -> Separate:
        """Return what `times` as many rows of each group would probably give."""
        return replace(self, sizes=self.sizes * times, law=self.law.scaled(times))

    def _tail(self, alpha: float, together: bool) -> Array:
        return np.array([alpha / (len(self.groups) if together else 1)])


def all_pairs(quantity: Quantity, reference: str | None = None) -> Mask:
    """Return which ordered pairs are compared: all, or those with the `reference` group."""
    pairs = ~np.eye(len(quantity.groups), dtype=bool)
    if reference is not None:
        of_reference = np.array([name == reference for name in quantity.groups], dtype=bool)
        pairs &= of_reference[:, None] | of_reference[None]
    return pairs


def names_of(quantities: Sequence[Quantity]) -> tuple[str, ...]:
    """Return all groups that some quantity is known for, in order."""
    return tuple(dict.fromkeys(name for quantity in quantities for name in quantity.groups))
