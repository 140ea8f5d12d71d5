"""Which terms of an attribute belong to a part: for training, validation, or held out.

The words of one family, such as "Jewish" and "Reform Jewish" or "nun" and "nuns", lie in one part
where the groups have enough other words; where not, a note tells which do not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from pytest_fairness.attributes import Attribute, Combination, Varied
from pytest_fairness.errors import ArgumentError
from pytest_fairness.perturb.gathering import Family, Gathered, Item, gather, too_few_groups
from pytest_fairness.perturb.kin import families
from pytest_fairness.perturb.split import ENOUGH, PARTS, deal_terms, halves

_SHARED = "The templates have no interchangeable terms: all parts share their words."
_FEWEST = 2  # groups without which a part has no pair
_SHOWN = 3  # families that a note lists


class _Part(NamedTuple):
    """An attribute with the terms of one part, whether it has any of its own, and notes."""

    attribute: Attribute
    shared: bool
    notes: tuple[str, ...] = ()


def part_of_terms(
    attribute: Varied, used: Collection[str], which: str, seed: int
) -> tuple[Varied, tuple[str, ...]]:
    """Return an attribute with the terms of one part, and what a reader should know of it.

    `used` holds the slots of the templates. The terms of several attributes are dealt out each by
    itself; one without interchangeable terms is shared as it is.
    """
    if not isinstance(attribute, Combination):
        part = _part(attribute, used, which, seed)
        return part.attribute, (*part.notes, *((_SHARED,) if part.shared else ()))
    parts = [_part(each, used, which, seed) for each in attribute.parts]
    notes = [note for part in parts for note in part.notes]
    notes += [
        f"All parts share the words of {part.attribute.name}: it has no interchangeable terms here."
        for part in parts
        if part.shared
    ]
    return attribute.with_parts([part.attribute for part in parts]), tuple(notes)


def _part(attribute: Attribute, used: Collection[str], which: str, seed: int) -> _Part:
    rows, row_notes = _kept_rows(attribute, used, which, seed)
    uses_terms = bool(set(used) & set(attribute.free_kinds))
    terms, term_notes = _kept_terms(attribute, which, seed) if uses_terms else ({}, ())
    if not rows and not terms:
        return _Part(attribute, shared=True)
    kept = attribute.keep(terms, rows)
    return _Part(kept, shared=False, notes=(*row_notes, *term_notes))


def _kept_terms(
    attribute: Attribute, which: str, seed: int
) -> tuple[dict[str, list[int]], tuple[str, ...]]:
    """Return the positions of each group's terms in a part, and what to know of them."""
    kind = attribute.free_kinds[0]
    every = {group: attribute.terms(group, kind) for group in attribute.groups}
    gathered = _gathered_terms(attribute, every, seed)
    kept = {
        group: [i for i, word in enumerate(words) if gathered.parts[group, word] == which]
        for group, words in every.items()
    }
    if sum(1 for places in kept.values() if places) < _FEWEST:
        sizes = ", ".join(f"{group} ({len(words)})" for group, words in every.items())
        raise ArgumentError(
            f"The {which} part would have terms of fewer than two groups. "
            f"{attribute.name!r} has {sizes}: give each group at least {ENOUGH} terms."
        )
    return kept, _apart(gathered.apart)


def _gathered_terms(
    attribute: Attribute, every: Mapping[str, Sequence[str]], seed: int
) -> Gathered:
    kin = _families_of_terms(attribute, every)
    alone = _dealt_terms(every, [[item] for family in kin for item in family], seed)
    dealt = _dealt_terms(every, kin, seed)
    if any(too_few_groups(part, dealt, alone, _FEWEST) for part in PARTS):
        dealt = alone
    return gather(dealt, kin, seed, _FEWEST)


def _families_of_terms(attribute: Attribute, every: Mapping[str, Sequence[str]]) -> list[Family]:
    """Return the families of interchangeable terms, told by all their forms."""
    items = [(group, word) for group, words in every.items() for word in words]
    rows = [
        form
        for group in every
        for form in zip(*(attribute.terms(group, k) for k in attribute.free_kinds), strict=True)
    ]
    found = families(rows, attribute.language)
    return [[items[place] for place in family] for family in found]


def _dealt_terms(
    every: Mapping[str, Sequence[str]], kin: Sequence[Family], seed: int
) -> dict[Item, str]:
    """Deal terms out, those of a family in a small group as if they were one."""
    leader = {
        (group, word): next(other for of, other in family if of == group)
        for family in kin
        for group, word in family
        if len(every[group]) < ENOUGH
    }
    leaders = {
        group: [word for word in words if leader.get((group, word), word) == word]
        for group, words in every.items()
    }
    dealt = {
        (group, word): part
        for part, groups in deal_terms(leaders, seed).items()
        for group, words in groups.items()
        for word in words
    }
    return {
        (group, word): dealt[group, leader.get((group, word), word)]
        for group, words in every.items()
        for word in words
    }


def _kept_rows(
    attribute: Attribute, used: Collection[str], which: str, seed: int
) -> tuple[dict[str, list[int]], tuple[str, ...]]:
    """Return the positions of each used kind's rows in a part, and what to know of them.

    The parts of all kinds are one deal, so that templates with {role} and templates with {roles}
    have the same words for training.
    """
    rows = {
        kind: list(zip(*(attribute.terms(g, kind) for g in attribute.groups), strict=True))
        for kind in attribute.matched_kinds
        if attribute.rows(kind) >= ENOUGH
    }
    split = [kind for kind in rows if kind in used]
    if not split:
        return {}, ()
    gathered = _gathered_rows(rows, attribute.language, seed)
    kept = {
        kind: [i for i, row in enumerate(rows[kind]) if gathered.parts[kind, _said(row)] == which]
        for kind in split
    }
    apart = [family for family in gathered.apart if any(kind in split for kind, _ in family)]
    return kept, _apart(apart)


def _gathered_rows(
    rows: Mapping[str, Sequence[tuple[str, ...]]], language: str, seed: int
) -> Gathered:
    items = [(kind, _said(row)) for kind, each in rows.items() for row in each]
    dealt = {
        (kind, row): part
        for kind, each in rows.items()
        for part, chosen in halves(list(map(_said, each)), seed, kind).items()
        for row in chosen
    }
    found = families([row for each in rows.values() for row in each], language)
    return gather(dealt, [[items[place] for place in family] for family in found], seed)


def _said(row: Sequence[str]) -> str:
    return "/".join(row)


def _apart(kin: Sequence[Family]) -> tuple[str, ...]:
    """Return what to say of families whose words lie in several parts."""
    if not kin:
        return ()
    shown = "; ".join(", ".join(word for _, word in family) for family in kin[:_SHOWN])
    more = f"; and {len(kin) - _SHOWN} more" if len(kin) > _SHOWN else ""
    return (
        f"Words of one family lie in different parts, as their groups have too few others: "
        f"{shown}{more}.",
    )
