"""Whether a repair of one attribute harmed another: the same templates, other people."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_fairness.attributes import (
    Attribute,
    available_attributes,
    load_attribute,
)
from pytest_fairness.mitigation.widening import forms_of, interchangeable, slots_of
from pytest_fairness.perturb import Pair, Space

_MOST_PAIRS = 100  # of each other attribute
_LOOKED_AT = 2000  # pairs from which the templates of a part are read


@dataclass(frozen=True)
class SideEffect:
    """What a repair did to an attribute that no failing check is about.

    Attributes
    ----------
    attribute : str
    n : int
        Pairs, in the held-out templates of the failing checks.
    before, after : float, at least 0
        Mean distance of the two sides; 0 is fair. Of classifiers the largest change of a label's
        probability, of language models that of the log-likelihood per byte, of embedders the
        cosine distance.
    """

    attribute: str
    n: int
    before: float
    after: float


def other_pairs(spaces: Sequence[Space], seed: int) -> dict[str, list[Pair]]:
    """Return pairs of attributes that the spaces do not vary, by attribute.

    They stand in the held-out templates, where the other attribute's terms have the same forms. No
    training pair comes from there.
    """
    checked = {name for space in spaces for name in space.parts}
    found: dict[str, list[Pair]] = {}
    for space in spaces:
        for name, pairs in _of_space(space.part("heldout"), checked, seed).items():
            found.setdefault(name, pairs)
    return found


def measure_side_effects(
    before: Any,
    after: Any,
    pairs: Mapping[str, Sequence[Pair]],
    shift: Callable[[Any, Sequence[Pair]], float],
) -> tuple[SideEffect, ...]:
    """Compare two models on pairs of other attributes, by a kind's mean `shift`."""
    return tuple(
        SideEffect(name, len(some), shift(before, some), shift(after, some))
        for name, some in pairs.items()
    )


def _of_space(part: Space, checked: Collection[str], seed: int) -> dict[str, list[Pair]]:
    own = interchangeable(part)
    if own is None:
        return {}
    templates = sorted({pair.source for pair in part.sample(min(len(part), _LOOKED_AT), seed)})
    found = {}
    for name in available_attributes().get(own.language, ()):
        groups = {} if name in checked else forms_of(load_attribute(name, own.language), own)
        if len(groups) > 1:
            space = _space(part, templates, own, groups)
            found[name] = space.sample(min(len(space), _MOST_PAIRS), seed)
    return {name: pairs for name, pairs in found.items() if pairs}


def _space(
    part: Space,
    templates: Sequence[str],
    own: Attribute,
    groups: Mapping[str, Mapping[str, tuple[str, ...]]],
) -> Space:
    """Return the templates' space with other people in the slots of `own`."""
    other = Attribute(
        own.name,
        {group: dict(forms) for group, forms in groups.items()},
        own.language,
        free=own.free_kinds,
        rules={key: own.rule(key) for key in own.rule_keys},
    )
    used = slots_of(templates)
    slots = {name: values for name, values in part.recipe["slots"].items() if name in used}
    return Space.build(templates, vary=other, slots=slots)
