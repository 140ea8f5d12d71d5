"""Several attributes at once: ``gender + region`` and ``gender & race``.

Perturbations add up: ``gender + region`` changes both in every pair. An intersection,
``gender & race``, compares every two of the crossed groups, so that pairs differ in one of the
attributes or in all. Either has the groups and terms of all its parts, and stands wherever an
`Attribute` does.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from pytest_fairness.attributes.attribute import Attribute, Terms
from pytest_fairness.errors import ArgumentError, ArgumentTypeError

ALL, ANY = "+", "&"
_JOINED = ", "


@dataclass(frozen=True)
class Combination:
    """Attributes of one language that vary in the same text.

    Made by ``first + second`` or ``first & second``; more attributes are joined by the same sign.

    Attributes
    ----------
    parts : tuple of Attribute
    sign : {"+", "&"}
        ``"+"``: every pair changes all the attributes. ``"&"``: a pair changes one or more, and
        says what it does not change in the same words on both sides.
    counted : tuple of bool
        Which parts have interchangeable terms where it stands: those whose free kinds are used.

    Raises
    ------
    ArgumentError
        If the parts are of several languages, or an attribute occurs twice.

    Examples
    --------
    >>> from pytest_fairness import load_attribute
    >>> both = load_attribute("gender") + load_attribute("religion")
    >>> both.name, both.groups[0]
    ('gender + religion', 'female, Christian')
    """

    parts: tuple[Attribute, ...]
    sign: str = ALL
    counted: tuple[bool, ...] = ()

    def __post_init__(self) -> None:
        if not self.counted:
            counted = tuple(bool(part.free_kinds) for part in self.parts)
            object.__setattr__(self, "counted", counted)
        _check_parts(self.parts)

    def __repr__(self) -> str:
        return f"<Combination: {self.name}, {len(self.groups)} groups, language={self.language!r}>"

    def __add__(self, other: Attribute | Combination) -> Combination:
        return join(self, other, ALL)

    def __and__(self, other: Attribute | Combination) -> Combination:
        return join(self, other, ANY)

    @property
    def name(self) -> str:
        """Names of the attributes with the sign between them."""
        return f" {self.sign} ".join(part.name for part in self.parts)

    @property
    def language(self) -> str:
        """Language of the terms."""
        return self.parts[0].language

    @functools.cached_property
    def crossed(self) -> tuple[tuple[str, ...], ...]:
        """The group of each attribute, for every crossed group."""
        return tuple(product(*(part.groups for part in self.parts)))

    @functools.cached_property
    def groups(self) -> tuple[str, ...]:
        """Crossed groups, such as ``"female, Muslim"``."""
        return tuple(_JOINED.join(names) for names in self.crossed)

    @functools.cached_property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of all the attributes that only one of them has."""
        counts = Counter(kind for part in self.parts for kind in part.kinds)
        return tuple(kind for part in self.parts for kind in part.kinds if counts[kind] == 1)

    @property
    def shared_kinds(self) -> tuple[str, ...]:
        """Kinds of several attributes: a slot that would have to say two things at once."""
        counts = Counter(kind for part in self.parts for kind in part.kinds)
        return tuple(kind for kind, count in counts.items() if count > 1)

    @functools.cached_property
    def free_kinds(self) -> tuple[str, ...]:
        """Kinds of which any term of a group may stand for the group."""
        free = {kind for part in self.parts for kind in part.free_kinds}
        return tuple(kind for kind in self.kinds if kind in free)

    @functools.cached_property
    def matched_kinds(self) -> tuple[str, ...]:
        """Kinds whose terms have their counterpart at the same position of every group."""
        return tuple(kind for kind in self.kinds if kind not in self.free_kinds)

    def using(self, slots: Iterable[str]) -> Combination:
        """Return the combination as it stands in a template with these slots."""
        used = set(slots)
        counted = tuple(bool(used & set(part.free_kinds)) for part in self.parts)
        return replace(self, counted=counted)

    def with_parts(self, parts: Sequence[Attribute]) -> Combination:
        """Return the combination of these attributes, in place of its own."""
        return replace(self, parts=tuple(parts))

    def part_of(self, kind: str) -> int:
        """Return which attribute has a kind."""
        return next(i for i, part in enumerate(self.parts) if kind in part.kinds)

    def terms(self, group: str, kind: str) -> Terms:
        """Return the terms of a crossed group: one for each choice of interchangeable terms."""
        found = self._columns.get((group, kind))
        if found is None:
            found = self._columns[group, kind] = _terms(self, self.groups.index(group), kind)
        return found

    @functools.cached_property
    def _columns(self) -> dict[tuple[str, str], Terms]:
        return {}

    def rule(self, key: str) -> tuple[Any, ...]:
        """Return a list of swap rules of all the attributes together."""
        return tuple(row for part in self.parts for row in part.rule(key))

    def size(self, group: str) -> int:
        """Return how many choices of interchangeable terms a crossed group has."""
        return math.prod(self.sizes(self.groups.index(group)))

    def sizes(self, group: int) -> tuple[int, ...]:
        """Return how many interchangeable terms each attribute has for a crossed group."""
        return tuple(
            part.size(name) if counted else 1
            for part, name, counted in zip(
                self.parts, self.crossed[group], self.counted, strict=True
            )
        )

    def rows(self, kind: str) -> int:
        """Return how many aligned terms each group has of a matched kind."""
        return self.parts[self.part_of(kind)].rows(kind)

    def comparable(self, first: int, second: int) -> bool:
        """Return whether a pair may have these two crossed groups."""
        same = self._same(first, second)
        return not any(same) if self.sign == ALL else not all(same)

    def count(self, first: int, second: int) -> int:
        """Return how many pairs two crossed groups have."""
        return math.prod(n * m for n, m in self._choices(first, second))

    def at(self, first: int, second: int, index: int) -> tuple[int, int]:
        """Return the two choices of interchangeable terms that make the pair at an index."""
        digits = []
        for n, m in reversed(self._choices(first, second)):
            index, digit = divmod(index, n * m)
            digits.append(divmod(digit, m))
        places = list(reversed(digits))
        own = self._place(first, [i for i, _ in places])
        same = self._same(first, second)
        other = [i if kept else j for (i, j), kept in zip(places, same, strict=True)]
        return own, self._place(second, other)

    def may_pair(self, first: tuple[int, int], second: tuple[int, int]) -> bool:
        """Return whether two personas say in the same words what they do not differ in."""
        sides = zip(self.split(first), self.split(second), strict=True)
        return all(mine[0] != yours[0] or mine == yours for mine, yours in sides)

    def _choices(self, first: int, second: int) -> list[tuple[int, int]]:
        """Return for each attribute the number of terms on each side; 1 where it is the same."""
        sizes = zip(self.sizes(first), self.sizes(second), strict=True)
        same = self._same(first, second)
        return [(n, 1 if kept else m) for (n, m), kept in zip(sizes, same, strict=True)]

    def _same(self, first: int, second: int) -> list[bool]:
        return [a == b for a, b in zip(self.crossed[first], self.crossed[second], strict=True)]

    def _place(self, group: int, digits: Sequence[int]) -> int:
        place = 0
        for digit, size in zip(digits, self.sizes(group), strict=True):
            place = place * size + digit
        return place

    def between(
        self, first: tuple[int, int], second: tuple[int, int], taken: Iterable[str]
    ) -> tuple[int, int]:
        """Return who has some attributes of the second persona, and the others of the first.

        A persona is a crossed group and the number of a choice of interchangeable terms.
        """
        names = set(taken)
        sides = [second if part.name in names else first for part in self.parts]
        split = {side: self.split(side) for side in (first, second)}
        chosen = [split[side][i] for i, side in enumerate(sides)]
        group = self.crossed.index(tuple(name for name, _ in chosen))
        return group, self._place(group, [digit for _, digit in chosen])

    def split(self, persona: tuple[int, int]) -> list[tuple[str, int]]:
        """Return the group and the term of each attribute that a persona has."""
        group, rest = persona
        digits = []
        for size in reversed(self.sizes(group)):
            rest, digit = divmod(rest, size)
            digits.append(digit)
        return list(zip(self.crossed[group], reversed(digits), strict=True))

    def to_dict(self) -> dict[str, Any]:
        """Return builtin types only, ready for JSON."""
        return {"sign": self.sign, "parts": [part.to_dict() for part in self.parts]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Combination:
        """Read what `to_dict` wrote."""
        return cls(tuple(Attribute.from_dict(part) for part in data["parts"]), data["sign"])


Varied = Attribute | Combination


def _terms(combination: Combination, group: int, kind: str) -> Terms:
    place = combination.part_of(kind)
    part = combination.parts[place]
    own = part.terms(combination.crossed[group][place], kind)
    if kind in part.free_kinds:
        sizes = combination.sizes(group)
        within = math.prod(sizes[place + 1 :])
        own = tuple(word for word in own for _ in range(within)) * math.prod(sizes[:place])
    return own


def join(first: Attribute | Combination, second: Attribute | Combination, sign: str) -> Combination:
    """Return the combination of two attributes, or of combinations by the same sign.

    Raises
    ------
    ArgumentTypeError
        If one of them is no attribute.
    ArgumentError
        If two signs are mixed, languages differ, or an attribute occurs twice.
    """
    parts: list[Attribute] = []
    for each in (first, second):
        if isinstance(each, Combination):
            if each.sign != sign:
                raise ArgumentError(
                    f"{each.name!r} cannot be joined by {sign!r}: use one sign throughout. '+' "
                    "changes all attributes in every pair, '&' compares crossed groups."
                )
            parts += each.parts
        elif isinstance(each, Attribute):
            parts.append(each)
        else:
            raise ArgumentTypeError(
                f"{each!r} is no Attribute. Join attributes, such as load_attribute('gender') "
                f"{sign} load_attribute('region')."
            )
    return Combination(tuple(parts), sign)


def _check_parts(parts: Sequence[Attribute]) -> None:
    if len(parts) < 2:
        raise ArgumentError(f"A combination needs two or more attributes; got {len(parts)}.")
    languages = sorted({part.language for part in parts})
    if len(languages) > 1:
        raise ArgumentError(
            f"{' and '.join(part.name for part in parts)} have terms in {', '.join(languages)}. "
            "Load them for one language."
        )
    names = [part.name for part in parts]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ArgumentError(f"{twice[0]!r} is joined with itself. Give different attributes.")
