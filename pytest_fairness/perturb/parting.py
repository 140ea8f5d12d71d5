"""Which terms of an attribute belong to a part: for training, validation, or held out."""

from __future__ import annotations

from collections.abc import Collection

from pytest_fairness.attributes import Attribute, Combination, Varied
from pytest_fairness.errors import ArgumentError
from pytest_fairness.perturb.split import ENOUGH, deal_terms, halves, positions

_SHARED = "The templates have no interchangeable terms: all parts share their words."


def part_of_terms(
    attribute: Varied, used: Collection[str], which: str, seed: int
) -> tuple[Varied, tuple[str, ...]]:
    """Return an attribute with the terms of one part, and what a reader should know of it.

    `used` holds the slots of the templates. The terms of several attributes are dealt out each by
    itself; one without interchangeable terms is shared as it is.
    """
    if not isinstance(attribute, Combination):
        part, shared = _part(attribute, used, which, seed)
        return part, (_SHARED,) if shared else ()
    parts = [_part(each, used, which, seed) for each in attribute.parts]
    notes = tuple(
        f"All parts share the words of {each.name}: it has no interchangeable terms here."
        for each, shared in parts
        if shared
    )
    return attribute.with_parts([each for each, _ in parts]), notes


def _part(
    attribute: Attribute, used: Collection[str], which: str, seed: int
) -> tuple[Attribute, bool]:
    rows = {
        kind: _kept_rows(attribute, kind, which, seed)
        for kind in attribute.matched_kinds
        if kind in used and attribute.rows(kind) >= ENOUGH
    }
    uses_terms = bool(set(used) & set(attribute.free_kinds))
    terms = _kept_terms(attribute, which, seed) if uses_terms else {}
    if not rows and not terms:
        return attribute, True
    return attribute.keep(terms, rows), False


def _kept_terms(attribute: Attribute, which: str, seed: int) -> dict[str, list[int]]:
    kind = attribute.free_kinds[0]
    every = {group: attribute.terms(group, kind) for group in attribute.groups}
    kept = deal_terms(every, seed)[which]
    if sum(1 for words in kept.values() if words) < 2:
        sizes = ", ".join(f"{group} ({len(words)})" for group, words in every.items())
        raise ArgumentError(
            f"The {which} part would have terms of fewer than two groups. "
            f"{attribute.name!r} has {sizes}: give each group at least {ENOUGH} terms."
        )
    return {group: positions(words, every[group]) for group, words in kept.items()}


def _kept_rows(attribute: Attribute, kind: str, which: str, seed: int) -> list[int]:
    columns = [attribute.terms(group, kind) for group in attribute.groups]
    rows = ["/".join(row) for row in zip(*columns, strict=True)]
    return positions(halves(rows, seed, kind)[which], rows)
