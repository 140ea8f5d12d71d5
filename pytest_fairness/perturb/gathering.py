"""Bringing together what was dealt out apart, as far as no group loses its place.

Terms are dealt by themselves, and then those of a family are put together; a term without a family
stays where it was unless its group would lose a part. A group of four terms or more stays in the
held-out part and in training, and in validation where it has three families: what is never held out
is not judged, what is never taught cannot be expected to be repaired. Families that leave no room
for that stay apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pytest_fairness.perturb.split import ENOUGH, HELDOUT, PARTS, TRAIN, VALIDATION, hashed

Item = tuple[str, str]  # a group, or a matched kind, and one of its terms
Family = Sequence[Item]

_ORDER = (HELDOUT, TRAIN, VALIDATION)


class Gathered(NamedTuple):
    """The part of every item, and the families whose items lie in several parts."""

    parts: dict[Item, str]
    apart: list[Family]


def gather(
    dealt: Mapping[Item, str], families: Sequence[Family], seed: int, fewest: int = 0
) -> Gathered:
    """Move items so that those of a family lie in one part.

    Parameters
    ----------
    dealt : mapping of item to part
        Where each item lies by itself.
    families : sequence of sequence of item
        A partition of the items, the plainest of a family first: it decides between halves.
    seed : int
    fewest : int
        How many groups a part must keep, if it has as many.
    """
    kept = list(families)
    while True:
        deal = _Deal(dealt, kept, seed)
        short = deal.short(fewest)
        if not short:
            break
        kept = [family for family in kept if not short & _groups(family)]
    apart = [family for family in families if len({deal.parts[item] for item in family}) > 1]
    return Gathered(deal.parts, apart)


def too_few_groups(
    part: str, parts: Mapping[Item, str], before: Mapping[Item, str], fewest: int
) -> bool:
    """Whether a part has less than the fewest groups, and less than before."""
    return len(_groups_in(part, parts)) < min(fewest, len(_groups_in(part, before)))


class _Deal:
    """Items of which families lie together, and groups keep their parts where that is possible."""

    def __init__(self, dealt: Mapping[Item, str], families: Sequence[Family], seed: int) -> None:
        self._dealt, self._seed = dealt, seed
        together = {item for family in families for item in family}
        self.parts = {item: part for item, part in dealt.items() if item not in together}
        self._units: dict[str, list[Family]] = {group: [] for group, _ in dealt}
        self._items: dict[str, list[Item]] = {group: [] for group in self._units}
        for item in dealt:
            self._items[item[0]].append(item)
        for unit in [*families, *((item,) for item in self.parts)]:
            for group in _groups(unit):
                self._units[group].append(unit)
        for family in sorted(families, key=len):
            self._put(family, self._home(family))
        while sum(map(self._settle, self._units)):
            pass

    def short(self, fewest: int) -> set[str]:
        """Return the groups that lack a part: all of them if a part has too few groups."""
        if any(too_few_groups(part, self.parts, self._dealt, fewest) for part in PARTS):
            return set(self._units)
        return {group for group in self._units if self._lacking(group) or self._is_whole(group)}

    def _put(self, unit: Family, part: str) -> None:
        self.parts.update(dict.fromkeys(unit, part))

    def _home(self, family: Family) -> str:
        """Return the part of a family: where most of it are, or what brings its group to halves.

        The second is for families of one group whose items lie apart.
        """
        count = Counter(self._dealt[item] for item in family)
        if len(count) == 1 or len(_groups(family)) > 1:
            room = _ORDER[: min(len(self._units[group]) for group in _groups(family))]
            return max(count, key=lambda part: (part in room, count[part]))  # the first of equals
        group = self._items[family[0][0]]
        others = [self.parts[item] for item in group if item in self.parts]
        held = 2 * others.count(HELDOUT) - len(others)
        own = self._dealt[family[0]] == HELDOUT
        return HELDOUT if held < 0 or (held == 0 and own) else TRAIN

    def _is_whole(self, group: str) -> bool:
        """Whether all terms of a group that should be in several parts are of one family."""
        return len(self._units[group]) == 1 and len(self._items[group]) >= ENOUGH

    def _lacking(self, group: str) -> list[str]:
        """Return the parts in which a large group was and, with its families, should still be."""
        items, n = self._items[group], len(self._units[group])
        if len(items) < ENOUGH or n == 1:
            return []
        had, has = ({where[item] for item in items} for where in (self._dealt, self.parts))
        return [part for part in [p for p in _ORDER if p in had][:n] if part not in has]

    def _settle(self, group: str) -> bool:
        """Fill a part that a group lacks, if it can; every move leaves less to be filled."""
        return any(
            self._moves(unit, part)
            for part in self._lacking(group)
            for unit in sorted(self._units[group], key=lambda unit: self._cost(unit, part))
        )

    def _moves(self, unit: Family, part: str) -> bool:
        """Move a family, unless a group would lack another part then."""
        before, lacked = self.parts[unit[0]], self._n_lacking(unit)
        self._put(unit, part)
        if self._n_lacking(unit) < lacked:
            return True
        self._put(unit, before)
        return False

    def _n_lacking(self, unit: Family) -> int:
        return sum(len(self._lacking(group)) for group in _groups(unit))

    def _cost(self, unit: Family, part: str) -> tuple[bool, int, int, int]:
        """Order families by how little a move changes: first those that had an item there."""
        had = any(self._dealt[item] == part for item in unit)
        name = "\0".join((str(self._seed), *unit[0]))
        return not had, len(_groups(unit)), len(unit), hashed(name)


def _groups(family: Family) -> set[str]:
    return {group for group, _ in family}


def _groups_in(part: str, parts: Mapping[Item, str]) -> set[str]:
    return {group for (group, _), where in parts.items() if where == part}
