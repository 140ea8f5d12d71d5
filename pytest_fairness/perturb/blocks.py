"""One template with its choices, and the texts that they make."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from pytest_fairness.attributes import Attribute, Combination, Varied
from pytest_fairness.perturb.agreement import agreeing
from pytest_fairness.perturb.lexicon import plain
from pytest_fairness.perturb.others import CombinedOthers, Others
from pytest_fairness.perturb.personas import Persona, Personas
from pytest_fairness.perturb.template import Template


class Block(NamedTuple):
    """One template with its choices: neutral slots, matched kinds with their rows, personas."""

    template: Template
    attribute: Varied
    slots: tuple[tuple[str, tuple[str, ...]], ...]
    kinds: tuple[tuple[str, int], ...]
    free: tuple[str, ...]
    personas: Personas
    size: int
    others: Others | CombinedOthers


def said_of(block: Block, persona: Persona, rows: Mapping[str, int]) -> dict[str, str]:
    """Return what the template's person slots say of one persona."""
    group = block.attribute.groups[persona.group]
    said = {kind: block.attribute.terms(group, kind)[row] for kind, row in rows.items()}
    for kind in block.free:
        said[kind] = block.attribute.terms(group, kind)[persona.term]
    return said


def terms_of(block: Block) -> dict[str, set[str]]:
    """Return the words that stand for each group in one template."""
    kinds = (*(kind for kind, _ in block.kinds), *block.free)
    attribute = block.attribute
    return {g: {t for kind in kinds for t in attribute.terms(g, kind)} for g in attribute.groups}


def telling_slots(block: Block) -> list[str]:
    """Return the slot of each attribute whose terms name the two sides best."""
    attribute = block.attribute
    parts = attribute.parts if isinstance(attribute, Combination) else (attribute,)
    return [_telling_slot(block, part) for part in parts]


def _telling_slot(block: Block, part: Attribute) -> str:
    """Return a free slot of an attribute, else its richest one."""
    free = [kind for kind in block.free if kind in part.kinds]
    return free[0] if free else max((k for k in block.kinds if k[0] in part.kinds), key=_rows)[0]


def _rows(kind: tuple[str, int]) -> int:
    return kind[1]


def texts_of(block: Block) -> Iterator[str]:
    """Yield the text of every persona with every choice."""
    groups = {g for pair in block.personas.blocks for g in pair}
    personas = [Persona(g, i) for g in sorted(groups) for i in range(block.personas.sizes[g])]
    row_choices = [[(kind, row) for row in range(count)] for kind, count in block.kinds]
    slot_choices = [[(name, value) for value in values] for name, values in block.slots]
    for persona, values, rows in product(personas, product(*slot_choices), product(*row_choices)):
        said = {**dict(values), **said_of(block, persona, dict(rows))}
        for others in fill_ins(block, persona):
            yield block.template.fill({**said, **others})


def fill_ins(block: Block, persona: Persona) -> Iterator[Mapping[str, str]]:
    """Yield what the other persons are called beside one persona, in any of its pairs."""
    if not block.others.persons:
        yield {}
        return
    for values in block.others.every([persona]) if block.size else ():
        if any(block.others.allow(values, [persona, p]) for p in _partners(block, persona)):
            yield values


def _partners(block: Block, persona: Persona) -> Iterator[Persona]:
    """Yield the personas with which one makes a pair."""
    for g, h in block.personas.blocks:
        for mine, other in {(g, h), (h, g)}:
            if mine == persona.group:
                each = (Persona(other, i) for i in range(block.personas.sizes[other]))
                yield from (p for p in each if p != persona)


def values_by_length(
    slots: Sequence[tuple[str, tuple[str, ...]]],
) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield each slot with its values, the shortest first."""
    for name, choices in slots:
        yield name, sorted(choices, key=len)


def rows_by_length(block: Block) -> Iterator[tuple[str, Sequence[int]]]:
    """Yield each matched kind with its rows, the shortest first."""
    for kind, count in block.kinds:
        columns = [block.attribute.terms(group, kind) for group in block.attribute.groups]
        yield kind, sorted(range(count), key=lambda i: sum(len(column[i]) for column in columns))


def terms_by_length(block: Block, group: int) -> Sequence[int]:
    """Return a group's interchangeable terms, the shortest first."""
    if not block.free:
        return (0,)
    words = block.attribute.terms(block.attribute.groups[group], block.free[0])
    return sorted(range(len(words)), key=lambda i: len(words[i]))


def shortest_length(block: Block) -> int:
    """Return the length of the shortest text that a template makes."""
    values = {name: min(choices, key=len) for name, choices in block.slots}
    rows = {kind: order[0] for kind, order in rows_by_length(block)}
    groups = {g for pair in block.personas.blocks for g in pair}
    return min(
        len(
            block.template.fill(
                {
                    **values,
                    **block.others.at(0, [persona]),
                    **said_of(block, persona, rows),
                }
            )
        )
        for persona in (Persona(g, terms_by_length(block, g)[0]) for g in groups)
    )


def fitting(attribute: Varied, template: Template) -> Varied | None:
    """Return the attribute less the terms that what the template says excludes."""
    if isinstance(attribute, Combination):
        parts = [_fitting(part, template) for part in attribute.parts]
        kept = [part for part in parts if part is not None]
        same = tuple(kept) == attribute.parts
        whole = attribute if same else attribute.with_parts(kept) if len(kept) > 1 else None
        return whole.using(template.slots) if whole and len(kept) == len(parts) else None
    return _fitting(attribute, template)


def _fitting(attribute: Attribute, template: Template) -> Attribute | None:
    agreed = agreeing(attribute, template.undecided)
    return _without_clashes(agreed, template) if agreed else None


def _without_clashes(attribute: Attribute, template: Template) -> Attribute | None:
    rows = attribute.rule("clashes")
    if not rows or not set(template.slots) & set(attribute.free_kinds):
        return attribute
    said = set(re.findall(r"[^\W\d_]+", plain(template.literal)))
    barred = {
        term
        for terms, words in zip(rows[::2], rows[1::2], strict=True)
        if said & set(words)
        for term in terms
    }
    kind = attribute.free_kinds[0]
    kept = {
        g: [i for i, word in enumerate(attribute.terms(g, kind)) if plain(word) not in barred]
        for g in attribute.groups
    }
    if all(len(kept[g]) == attribute.size(g) for g in attribute.groups):
        return attribute
    return attribute.keep(kept, {}) if sum(map(bool, kept.values())) > 1 else None
