"""The other persons of a template: fill-ins that are the same on both sides of a pair.

They are drawn from the varied attribute, and nobody bears the name of somebody else. How many
choices there are does not depend on who is varied, so that the choice is one more digit of the
mixed-radix number that addresses a pair.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pytest_fairness.attributes import Attribute, Combination, Varied
from pytest_fairness.perturb.personas import Persona

Pick = Callable[[int], int]


class Other(NamedTuple):
    """One other person: how the template calls him or her, and the kinds that it uses."""

    person: str
    free: tuple[str, ...]
    kinds: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Others:
    """All other persons of one template.

    Attributes
    ----------
    attribute : Attribute
    persons : tuple of Other
    names_varied : bool
        Whether the template calls the varied person by an interchangeable term, which nobody else
        may bear then.
    """

    attribute: Attribute
    persons: tuple[Other, ...] = ()
    names_varied: bool = True

    @functools.cached_property
    def _named(self) -> tuple[Persona, ...]:
        """Everybody who may be called by a term, the shortest first."""
        everybody = [
            Persona(g, i)
            for g, group in enumerate(self.attribute.groups)
            for i in range(self.attribute.size(group))
        ]
        return tuple(sorted(everybody, key=lambda each: len(self._term(each))))

    @functools.cached_property
    def _place(self) -> Mapping[Persona, int]:
        return {persona: place for place, persona in enumerate(self._named)}

    def _term(self, persona: Persona) -> str:
        group = self.attribute.groups[persona.group]
        return self.attribute.terms(group, self.attribute.free_kinds[0])[persona.term]

    def after(self, persona: Persona) -> Persona:
        """Return who follows a persona in the list of everybody, the first after the last."""
        return self._named[(self._place[persona] + 1) % len(self._named)]

    def count(self, taken: int = 2) -> int:
        """Return how many choices there are beside that many personas; 1 if nobody else is there.

        A pair takes two personas, a text one.
        """
        return math.prod(self._radices(taken))

    def _radices(self, taken: int) -> list[int]:
        taken = taken if self.names_varied else 0
        radices = []
        for other in self.persons:
            who = len(self._named) - taken if other.free else len(self.attribute.groups)
            taken += bool(other.free)
            radices += [max(0, who), *(rows for _, rows in other.kinds)]
        return radices

    def digits(self, pick: Pick, taken: int = 2) -> list[int]:
        """Choose the others beside that many personas: ``pick(n)`` chooses one of n."""
        return [pick(radix) for radix in self._radices(taken)]

    def at(self, index: int, taken: Sequence[Persona]) -> dict[str, str]:
        """Return what the slots of the others say in the choice at an index."""

        def digit(radix: int) -> int:
            nonlocal index
            index, rest = divmod(index, radix)
            return rest

        return self.values(self.digits(digit, len(taken)), taken)

    def every(self, taken: Sequence[Persona]) -> Iterator[dict[str, str]]:
        """Yield the choices beside these personas."""
        return (self.at(index, taken) for index in range(self.count(len(taken))))

    @property
    def choices(self) -> int:
        """Number of digits."""
        return len(self._radices(0))

    def values(self, digits: Sequence[int], taken: Sequence[Persona]) -> dict[str, str]:
        """Return what the slots of the others say beside these personas."""
        if not self.persons:
            return {}
        places = sorted(self._place[p] for p in taken) if self.names_varied else []
        values: dict[str, str] = {}
        rest = iter(digits)
        for other in self.persons:
            chosen = next(rest)
            if other.free:
                chosen = _skipping(chosen, places)
                places = sorted([*places, chosen])
            rows = {kind: next(rest) for kind, _ in other.kinds}
            persona = self._named[chosen] if other.free else Persona(chosen, 0)
            values.update(self._said(other, persona, rows))
        return values

    def _said(self, other: Other, persona: Persona, rows: Mapping[str, int]) -> dict[str, str]:
        group = self.attribute.groups[persona.group]
        places = {**rows, **dict.fromkeys(other.free, persona.term)}
        return {
            f"{other.person}.{kind}": self.attribute.terms(group, kind)[place]
            for kind, place in places.items()
        }

    def bears(self, values: Mapping[str, str], group: str, term: int) -> bool:
        """Return whether another person is called by a term already."""
        names = [f"{other.person}.{kind}" for other in self.persons for kind in other.free]
        if not names or not self.names_varied:
            return False
        words = {self.attribute.terms(group, kind)[term] for kind in self.attribute.free_kinds}
        return any(values[name] in words for name in names)

    def allow(self, values: Mapping[str, str], taken: Sequence[Persona]) -> bool:
        """Return whether the others may be called so beside these personas."""
        groups = self.attribute.groups
        return not any(self.bears(values, groups[each.group], each.term) for each in taken)


@dataclass(frozen=True)
class CombinedOthers:
    """All other persons of a template that varies several attributes.

    Every attribute gives each of them a group and terms of its own, none of which one of the pair
    bears. A pair takes two terms of every attribute, so that the number of choices is the same
    for all pairs: where both sides have the same term, the one after it is taken too.
    """

    combination: Combination
    parts: tuple[Others, ...]

    @functools.cached_property
    def persons(self) -> tuple[str, ...]:
        """How the template calls them."""
        named = (other.person for part in self.parts for other in part.persons)
        return tuple(dict.fromkeys(named))

    @property
    def choices(self) -> int:
        """Number of digits."""
        return sum(part.choices for part in self.parts)

    def count(self, taken: int = 2) -> int:
        """Return how many choices there are beside that many personas."""
        return math.prod(part.count(taken) for part in self.parts)

    def digits(self, pick: Pick, taken: int = 2) -> list[int]:
        """Choose the others beside that many personas: ``pick(n)`` chooses one of n."""
        return [digit for part in self.parts for digit in part.digits(pick, taken)]

    def at(self, index: int, taken: Sequence[Persona]) -> dict[str, str]:
        """Return what the slots of the others say in the choice at an index."""
        values: dict[str, str] = {}
        for place, part in enumerate(self.parts):
            index, own = divmod(index, part.count(len(taken)))
            values.update(part.at(own, self._in_part(place, taken)))
        return values

    def every(self, taken: Sequence[Persona]) -> Iterator[dict[str, str]]:
        """Yield the choices beside these personas."""
        return (self.at(index, taken) for index in range(self.count(len(taken))))

    def values(self, digits: Sequence[int], taken: Sequence[Persona]) -> dict[str, str]:
        """Return what the slots of the others say beside these personas."""
        values: dict[str, str] = {}
        rest = list(digits)
        for place, part in enumerate(self.parts):
            own, rest = rest[: part.choices], rest[part.choices :]
            values.update(part.values(own, self._in_part(place, taken)))
        return values

    def bears(self, values: Mapping[str, str], group: str, term: int) -> bool:
        """Return whether another person is called by one of a persona's terms already."""
        persona = Persona(self.combination.groups.index(group), term)
        own = self.combination.split(persona)
        return any(part.bears(values, *side) for part, side in zip(self.parts, own, strict=True))

    def allow(self, values: Mapping[str, str], taken: Sequence[Persona]) -> bool:
        """Return whether the others may be called so beside these personas."""
        return all(
            part.allow(values, self._in_part(place, taken)) for place, part in enumerate(self.parts)
        )

    def _in_part(self, place: int, taken: Sequence[Persona]) -> list[Persona]:
        """Return the personas of one attribute that are taken, as many as `taken` has."""
        part = self.parts[place]
        groups = part.attribute.groups
        found: list[Persona] = []
        for persona in taken:
            group, term = self.combination.split(persona)[place]
            own = Persona(groups.index(group), term)
            found.append(part.after(own) if own in found else own)
        return found


def others_of(
    attribute: Varied, used: Mapping[str, Sequence[str]], free: Sequence[str]
) -> Others | CombinedOthers:
    """Return the other persons of a template.

    Parameters
    ----------
    attribute : Attribute or Combination
    used : mapping of str to kinds
        Which kinds the template uses of each.
    free : sequence of str
        The interchangeable kinds that it uses of the varied person.
    """
    if isinstance(attribute, Attribute):
        return _of_part(attribute, used, free)
    parts = tuple(_of_part(part, used, free) for part in attribute.parts)
    return CombinedOthers(attribute, parts)


def _of_part(
    attribute: Attribute, used: Mapping[str, Sequence[str]], free: Sequence[str]
) -> Others:
    persons = tuple(
        Other(
            person,
            tuple(k for k in kinds if k in attribute.free_kinds),
            tuple((k, attribute.rows(k)) for k in kinds if k in attribute.matched_kinds),
        )
        for person, kinds in used.items()
        if any(k in attribute.kinds for k in kinds)
    )
    return Others(attribute, persons, names_varied=any(k in attribute.free_kinds for k in free))


def _skipping(digit: int, taken: Sequence[int]) -> int:
    """Return the place of a digit among those that are not taken."""
    for place in taken:
        digit += digit >= place
    return digit
