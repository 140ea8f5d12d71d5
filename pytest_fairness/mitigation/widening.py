"""More terms to learn from: those of other attributes, in the same templates.

A repair overfits to the terms that it sees: flips vanish on them first and come back on others. If
no answer should hang on *who* a text speaks of, it should not change either when a term of the
attribute gives way to one of another attribute, such as an orientation to a religion.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from itertools import islice

from pytest_fairness.attributes import (
    Attribute,
    Combination,
    available_attributes,
    load_attribute,
)
from pytest_fairness.perturb import Pair, Space
from pytest_fairness.perturb.building import varied

LOOKED_AT = 2000  # pairs from which the terms and templates of a part are read
DRAWN = 2  # times the draws that hold as many mixed pairs as are wanted on average


def widened(part: Space, n: int, seed: int, *, without: Collection[str] = ()) -> list[Pair]:
    """Return pairs of one term of `part` and one term of another attribute of its language.

    Parameters
    ----------
    part : Space
        The training part of a space. Only its own terms and templates are used.
    n : int
        Pairs at most.
    seed : int
    without : collection of str
        Attributes whose terms must not be used, such as others that are tested.

    Returns
    -------
    list of Pair
        Drawn uniformly. Empty for a space of whole texts, where templates use forms that no other
        attribute of the language has, as pronouns do, and for several attributes at once.
    """
    own = interchangeable(part)
    seen = part.sample(LOOKED_AT, seed)
    added = {} if own is None else _added(own, {own.name, *without})
    if own is None or not added or not seen:
        return []
    kept = _kept(own, {term for pair in seen for term in pair.terms})
    wide = _wide_space(part, sorted({pair.source for pair in seen}), _joined(kept, added))
    drawn = wide.sample(_enough(wide, n, kept.groups), seed)
    return list(islice((pair for pair in drawn if _is_mixed(pair.groups, kept.groups)), n))


def interchangeable(part: Space) -> Attribute | None:
    """Return what a space of templates varies, if any term of it may stand for any other.

    Forms that go together, as the words for a girl and a woman do, are left out where no template
    uses them, and rule the attribute out where one does.
    """
    own = varied(part.recipe["vary"], part.language)
    if isinstance(own, Combination) or own.name not in own.free_kinds or part.recipe["texts"]:
        return None
    if slots_of(part.recipe["templates"]) & set(own.matched_kinds):
        return None
    return own.only(*own.free_kinds) if own.matched_kinds else own


def slots_of(templates: Sequence[str]) -> set[str]:
    """Return the names of the slots that templates have."""
    return {name.lower() for text in templates for name in re.findall(r"\{(\w+)\}", text)}


def _added(own: Attribute, without: Collection[str]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Find groups of other attributes that have all the forms of `own`, and none of its terms."""
    taken = {
        term.casefold() for group in own.groups for k in own.kinds for term in own.terms(group, k)
    }
    groups: dict[str, dict[str, tuple[str, ...]]] = {}
    for name in available_attributes().get(own.language, ()):
        if name in without:
            continue
        for group, forms in forms_of(load_attribute(name, own.language), own).items():
            terms = {term.casefold() for words in forms.values() for term in words}
            if group not in own.groups and group not in groups and not terms & taken:
                groups[group] = forms
                taken |= terms
    return groups


def forms_of(other: Attribute, own: Attribute) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the groups of `other` under the slots of `own`; empty where it lacks a form."""
    source = {kind: other.name + kind.removeprefix(own.name) for kind in own.kinds}
    if not set(source.values()) <= set(other.free_kinds):
        return {}
    return {g: {k: other.terms(g, form) for k, form in source.items()} for g in other.groups}


def _kept(own: Attribute, seen: Collection[str]) -> Attribute:
    """Return `own` with the terms that occur in `seen` in any form, so that no other leaks in."""
    positions = {
        group: [
            i
            for i in range(own.size(group))
            if any(own.terms(group, k)[i] in seen for k in own.kinds)
        ]
        for group in own.groups
    }
    return own.keep(positions, {})


def _joined(kept: Attribute, added: dict[str, dict[str, tuple[str, ...]]]) -> Attribute:
    groups = {group: {k: kept.terms(group, k) for k in kept.kinds} for group in kept.groups}
    return Attribute(
        kept.name,
        {**groups, **added},
        kept.language,
        free=kept.free_kinds,
        rules={key: kept.rule(key) for key in kept.rule_keys},
    )


def _wide_space(part: Space, templates: Sequence[str], attribute: Attribute) -> Space:
    used = slots_of(templates)
    slots = {name: values for name, values in part.recipe["slots"].items() if name in used}
    return Space.build(templates, vary=attribute, slots=slots)


def _enough(wide: Space, n: int, groups: Collection[str]) -> int:
    """Return how many pairs to draw so that, very probably, `n` of them are mixed."""
    mixed = sum(count for two, count in wide.sizes.items() if _is_mixed(two, groups))
    return min(len(wide), math.ceil(DRAWN * n * len(wide) / mixed)) if mixed else 0


def _is_mixed(two: tuple[str, str], groups: Collection[str]) -> bool:
    return (two[0] in groups) != (two[1] in groups)
