"""The pairs that templates span, counted and addressed without listing them.

A pair is a template, one value for each neutral slot, one row for each matched kind that the
template uses, and two *personas*: a group each, with an interchangeable term where the template
uses one. Every choice is a digit of a mixed-radix number, so that the length is a product and any
index gives its pair at once.
"""

from __future__ import annotations

import functools
import math
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import NamedTuple

from pytest_fairness.attributes import Combination, Varied
from pytest_fairness.errors import ArgumentError
from pytest_fairness.perturb.blocks import (
    Block,
    fitting,
    rows_by_length,
    said_of,
    shortest_length,
    telling_slots,
    terms_by_length,
    terms_of,
    texts_of,
    values_by_length,
)
from pytest_fairness.perturb.kin import written_alike
from pytest_fairness.perturb.others import others_of
from pytest_fairness.perturb.pair import Pair
from pytest_fairness.perturb.parting import part_of_terms
from pytest_fairness.perturb.personas import Persona, Personas
from pytest_fairness.perturb.split import ENOUGH, deal_templates, hashed
from pytest_fairness.perturb.template import Template

Pick = Callable[[int], int]


@dataclass(frozen=True)
class TemplateFamily:
    """All pairs of some templates.

    Attributes
    ----------
    templates : tuple of Template
    slots : mapping of str to values
        Neutral slots that the templates use.
    attribute : Attribute or Combination
    placebo : bool
        Whether pairs stay within a group.
    notes : tuple of str
    """

    templates: tuple[Template, ...]
    slots: Mapping[str, tuple[str, ...]]
    attribute: Varied
    placebo: bool = False
    notes: tuple[str, ...] = ()

    stands_for_texts = False

    @functools.cached_property
    def blocks(self) -> tuple[Block, ...]:
        """One block a template."""
        return tuple(self._block(template) for template in self.templates)

    @functools.cached_property
    def ends(self) -> tuple[int, ...]:
        """Running totals of the blocks."""
        return tuple(accumulate(block.size for block in self.blocks))

    @functools.cached_property
    def places(self) -> Mapping[str, range]:
        """Where the pairs of each template stand."""
        return {
            block.template.text: range(end - block.size, end)
            for block, end in zip(self.blocks, self.ends, strict=True)
            if block.size
        }

    @property
    def groups(self) -> tuple[str, ...]:
        """Groups that have terms here."""
        return self.attribute.groups

    @functools.cached_property
    def excluded(self) -> Mapping[str, int]:
        """Templates that lost some of their terms, or all, by reason."""
        none = sum(not block.size for block in self.blocks) if not self.placebo else 0
        some = sum(_is_narrowed(block.attribute, self.attribute) for block in self.blocks)
        counts = {
            "templates without a valid pair": none,
            "templates that cannot take every term": some,
        }
        return {reason: count for reason, count in counts.items() if count}

    def __len__(self) -> int:
        return self.ends[-1] if self.ends else 0

    def pair(self, index: int) -> Pair:
        """Return the pair at an index from 0 to the length."""
        return self._pair(*self._choice(index))

    def partner(self, index: int) -> Pair | None:
        """Return the placebo of a pair: one of its texts, with another term of the same group.

        Which text and which term follow from the pair alone, by a hash, so that pairs with their
        partners are a fixed population too. None where no group of the pair has another term.
        """
        choice = self._choice(index)
        sides = [side for side in (choice.first, choice.second) if _namesakes(choice, side)]
        if self.placebo or not sides:
            return None
        pair = self._pair(*choice)
        pick = hashed(f"{pair.original}\0{pair.variant}")
        side = sides[pick % len(sides)]
        others = _namesakes(choice, side)
        other = side._replace(term=others[pick // len(sides) % len(others)])
        return replace(self._pair(*choice[:3], side, other), placebo=True)

    def between(self, index: int, taken: Collection[str]) -> str:
        """Return the text of a pair with the changes of some of its attributes only."""
        choice = self._choice(index)
        attribute = choice.block.attribute
        if isinstance(attribute, Combination):
            persona = Persona(*attribute.between(choice.first, choice.second, taken))
        else:
            persona = choice.second if attribute.name in taken else choice.first
        said = said_of(choice.block, persona, choice.rows)
        return choice.block.template.fill({**choice.values, **said})

    @property
    def sizes(self) -> Mapping[tuple[str, str], int]:
        """Number of pairs of each two groups that have any."""
        counts: dict[tuple[str, str], int] = {}
        for block in self.blocks:
            for g, h in block.personas.blocks:
                two = (block.attribute.groups[g], block.attribute.groups[h])
                counts[two] = counts.get(two, 0) + self._of_block(block, g, h)
        return counts

    @property
    def partnered(self) -> int:
        """Number of pairs that have a placebo partner."""
        if self.placebo:
            return 0
        return sum(map(self._partnered, range(len(self.blocks))))

    def _partnered(self, number: int) -> int:
        block, end = self.blocks[number], self.ends[number]
        if block.others.persons and min(block.personas.sizes) <= 1 + len(block.others.persons):
            return sum(self.partner(i) is not None for i in range(end - block.size, end))
        return sum(
            self._of_block(block, g, h)
            for g, h in block.personas.blocks
            if max(block.personas.sizes[g], block.personas.sizes[h]) > 1
        )

    def choose(self, pick: Pick) -> Pair:
        """Build a pair by choices: ``pick(n)`` returns one of n, 0 being the simplest.

        The number of choices is the same for every pair, so that a search that prefers fewer
        choices prefers no template for it.
        """
        block = self._shortest_first[pick(len(self._shortest_first))]
        values = {
            name: choices[pick(len(choices))] for name, choices in values_by_length(block.slots)
        }
        rows = {kind: order[pick(len(order))] for kind, order in rows_by_length(block)}
        others = block.others.digits(pick)
        for _ in range(self._most_choices - _choices(block)):
            pick(1)
        g, h = block.personas.nearest_first[pick(len(block.personas.blocks))]
        first = Persona(g, self._term(block, g, pick))
        if g == h:
            two = self._two_terms(block, first, pick)
        else:
            two = (first, self._other(block, first, h, pick))
        return self._pair(block, {**values, **block.others.values(others, two)}, rows, *two)

    @functools.cached_property
    def _shortest_first(self) -> tuple[Block, ...]:
        return tuple(sorted((b for b in self.blocks if b.size), key=lambda b: shortest_length(b)))

    @functools.cached_property
    def _most_choices(self) -> int:
        return max(map(_choices, self.blocks))

    @functools.cached_property
    def _orders(self) -> dict[tuple[str, int], Sequence[int]]:
        """Terms of a template's groups, the shortest first, as far as they were asked for."""
        return {}

    def _order(self, block: Block, group: int) -> Sequence[int]:
        key = (block.template.text, group)
        if key not in self._orders:
            self._orders[key] = terms_by_length(block, group)
        return self._orders[key]

    def _term(self, block: Block, group: int, pick: Pick) -> int:
        order = self._order(block, group)
        return order[pick(len(order))]

    def _other(self, block: Block, first: Persona, group: int, pick: Pick) -> Persona:
        if block.personas.combination is None:  # every two of different groups make a pair
            return Persona(group, self._term(block, group, pick))
        personas = (Persona(group, term) for term in self._order(block, group))
        order = [other for other in personas if block.personas.may_pair(first, other)]
        return order[pick(len(order))]

    def _two_terms(self, block: Block, first: Persona, pick: Pick) -> tuple[Persona, Persona]:
        others = [t for t in terms_by_length(block, first.group) if t != first.term]
        second = Persona(first.group, others[pick(len(others))])
        return (first, second) if first < second else (second, first)

    @property
    def sources(self) -> tuple[str, ...]:
        """The templates."""
        return tuple(template.text for template in self.templates)

    @property
    def terms(self) -> dict[str, tuple[str, ...]]:
        """The words that stand for each group in some template, in the order of the alphabet."""
        found: dict[str, set[str]] = {}
        for block in self.blocks:
            for group, words in terms_of(block).items():
                found.setdefault(group, set()).update(words)
        return {group: tuple(sorted(words)) for group, words in found.items()}

    def texts(self) -> Iterator[str]:
        """Yield every text of the family, each once."""
        seen: set[str] = set()
        for block in self.blocks:
            for text in texts_of(block):
                if text not in seen:
                    seen.add(text)
                    yield text

    def part(self, which: str, seed: int) -> TemplateFamily:
        """Return the pairs of one part of the terms and templates."""
        templates, template_notes = self._templates_of(which, seed)
        attribute, term_notes = part_of_terms(self.attribute, self._used, which, seed)
        if templates == self.templates and attribute == self.attribute:
            raise ArgumentError(
                f"These templates cannot be split into parts: the {which} part would be all of "
                f"them. Give at least {ENOUGH} templates, or terms to choose from: a slot such as "
                f"{{name}}, at least {ENOUGH} terms in each group of {self.attribute.name!r}."
            )
        notes = (*self.notes, *template_notes, *term_notes)
        family = replace(self, templates=templates, attribute=attribute, notes=notes)
        if not len(replace(family, placebo=False)):
            raise ArgumentError(
                f"The {which} part of these templates would hold no pair. Give more templates, or "
                f"more terms to the groups of {self.attribute.name!r}."
            )
        return family

    def _templates_of(self, which: str, seed: int) -> tuple[tuple[Template, ...], tuple[str, ...]]:
        kin: dict[str, list[Template]] = {}
        for template in self.templates:
            kin.setdefault(written_alike(template.text), []).append(template)
        if len(kin) < ENOUGH:
            note = (
                f"{len(self.templates)} template(s) are shared by all parts; give at least "
                f"{ENOUGH} to hold some out."
            )
            return self.templates, (note,)
        strata: dict[frozenset[str], list[str]] = {}
        for first, *_ in kin.values():
            slots = frozenset(first.slots) & set(self.attribute.kinds)
            strata.setdefault(slots, []).append(first.text)
        chosen = set(deal_templates(strata.values(), seed)[which])
        kept = {each.text for family in kin.values() if family[0].text in chosen for each in family}
        return tuple(t for t in self.templates if t.text in kept), ()

    def without(self, alike: Collection[str]) -> TemplateFamily:
        """Return the pairs of templates that are not written like any of these."""
        kept = tuple(t for t in self.templates if written_alike(t.text) not in alike)
        return replace(self, templates=kept)

    @functools.cached_property
    def _used(self) -> frozenset[str]:
        slots = (slot for template in self.templates for slot in template.slots)
        return frozenset(slot.rpartition(".")[2] for slot in slots)

    def _block(self, template: Template) -> Block:
        attribute = fitting(self.attribute, template)
        free = tuple(k for k in template.slots if k in self.attribute.free_kinds)
        kinds = tuple(k for k in template.slots if k in self.attribute.matched_kinds)
        slots = tuple((k, self.slots[k]) for k in template.slots if k in self.slots)
        if attribute is None:
            attribute, sizes = self.attribute, (0,) * len(self.groups)
        else:
            sizes = tuple(attribute.size(g) if free else 1 for g in attribute.groups)
        several = attribute if isinstance(attribute, Combination) else None
        personas = Personas(sizes, self.placebo, several)
        rows = tuple((kind, attribute.rows(kind)) for kind in kinds)
        others = others_of(attribute, template.others, free)
        choices = math.prod(len(values) for _, values in slots) * math.prod(n for _, n in rows)
        size = choices * len(personas) * others.count()
        return Block(template, attribute, slots, rows, free, personas, size, others)

    def _choice(self, index: int) -> _Choice:
        number = bisect_right(self.ends, index)
        block = self.blocks[number]
        rest = index - (self.ends[number - 1] if number else 0)
        rest, place = divmod(rest, len(block.personas))
        rows, values = {}, {}
        for kind, count in block.kinds:
            rest, rows[kind] = divmod(rest, count)
        for name, choices in block.slots:
            rest, digit = divmod(rest, len(choices))
            values[name] = choices[digit]
        two = block.personas[place]
        if block.others.persons:
            values.update(block.others.at(rest, two))
        return _Choice(block, values, rows, *two)

    @functools.cached_property
    def _shown(self) -> Mapping[str, Sequence[str]]:
        """For each template the slots whose terms name the two sides of a pair best."""
        return {block.template.text: telling_slots(block) for block in self.blocks}

    def _of_block(self, block: Block, g: int, h: int) -> int:
        return block.size // len(block.personas) * block.personas.count(g, h)

    def _pair(
        self,
        block: Block,
        values: Mapping[str, str],
        rows: Mapping[str, int],
        first: Persona,
        second: Persona,
    ) -> Pair:
        sides = [said_of(block, persona, rows) for persona in (first, second)]
        original, variant = (block.template.fill({**values, **said}) for said in sides)
        shown = self._shown[block.template.text]
        names = block.attribute.groups
        return Pair(
            original,
            variant,
            groups=(names[first.group], names[second.group]),
            attribute=self.attribute.name,
            terms=(_told(sides[0], shown), _told(sides[1], shown)),
            source=block.template.text,
            placebo=self.placebo,
            language=self.attribute.language,
        )


class _Choice(NamedTuple):
    """What makes one pair of a block."""

    block: Block
    values: Mapping[str, str]
    rows: Mapping[str, int]
    first: Persona
    second: Persona


def _is_narrowed(fitted: Varied, whole: Varied) -> bool:
    if isinstance(fitted, Combination) and isinstance(whole, Combination):
        return fitted.parts != whole.parts
    return fitted is not whole


def _told(said: Mapping[str, str], slots: Sequence[str]) -> str:
    return said[slots[0]] if len(slots) == 1 else ", ".join(said[slot] for slot in slots)


def _choices(block: Block) -> int:
    return len(block.slots) + len(block.kinds) + block.others.choices


def _namesakes(choice: _Choice, side: Persona) -> list[int]:
    """Return the other terms of one side's group that nobody in the text bears yet."""
    block, size = choice.block, choice.block.personas.sizes[side.group]
    group = block.attribute.groups[side.group]
    turned = [(side.term + step) % size for step in range(1, size)]
    if not block.others.persons:
        return turned
    return [term for term in turned if not block.others.bears(choice.values, group, term)]
