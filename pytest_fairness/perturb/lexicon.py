"""What a reader of free text looks up: every surface form of an attribute, and what it may be."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from pytest_fairness.attributes import Attribute

_WORD = re.compile(r"[^\W\d_]+")
_ALIKE = str.maketrans({"’": "'", "\n": " ", "\t": " ", "\u00a0": " "})


class Entry(NamedTuple):
    """One reading of a surface form: a term of a group, or a one-way form with its counterpart."""

    kind: str
    group: int
    place: int
    word: str
    to: str | None = None


class Hit(NamedTuple):
    """A place in a text where a surface form stands, with all its readings."""

    start: int
    end: int
    entries: tuple[Entry, ...]


class Found(NamedTuple):
    """What a reader found: mentions, and reasons why the text cannot be decided."""

    hits: tuple[Hit, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Lexicon:
    """An attribute, arranged for looking up."""

    attribute: Attribute
    terms: Mapping[str, tuple[Entry, ...]]
    protected: frozenset[str]
    undecided: frozenset[str]
    by_head: Mapping[str, tuple[str, ...]]
    rules: Mapping[str, frozenset[str]]

    @functools.cached_property
    def free_sizes(self) -> tuple[int, ...]:
        """How many interchangeable terms each group has."""
        return tuple(self.attribute.size(group) for group in self.attribute.groups)

    @functools.cached_property
    def bound(self) -> re.Pattern[str] | None:
        """Words that go with one group only, so that a swap would change the facts."""
        return _any_of(self.attribute.rule("bound"), self.attribute.language)

    def rule(self, key: str) -> frozenset[str]:
        """Return one list of the swap rules as a set."""
        return self.rules.get(key, frozenset())

    def counterpart(self, entry: Entry, group: int) -> str:
        """Return the term of `group` that stands for `entry`.

        The first term of a group, its widest one, always answers to the first of another; the
        others answer by position, counted round where a group has fewer.
        """
        if entry.to is not None:
            return entry.to
        terms = self.attribute.terms(self.attribute.groups[group], entry.kind)
        return terms[_wrapped(entry.place, len(terms))]

    def neighbour(self, entry: Entry) -> str:
        """Return the next interchangeable term of the same group."""
        terms = self.attribute.terms(self.attribute.groups[entry.group], entry.kind)
        return terms[(entry.place + 1) % len(terms)]


def _wrapped(index: int, size: int) -> int:
    return index if index < size else 1 + (index - 1) % (size - 1) if size > 1 else 0


def plain(text: str) -> str:
    """Return `text` in lower case with plain apostrophes and spaces, of the same length."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters, such as "İ", become two
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return lowered.translate(_ALIKE)


@functools.lru_cache(maxsize=64)
def compile_lexicon(attribute: Attribute) -> Lexicon:
    """Arrange an attribute for looking up."""
    terms = _surfaces(attribute)
    protected = frozenset(plain(word).lstrip("(") for word in attribute.rule("protected"))
    undecided = frozenset(map(plain, attribute.rule("undecided")))
    words = protected | undecided | frozenset(terms)
    return Lexicon(
        attribute,
        terms,
        protected,
        undecided,
        by_head=_by_head(words, attribute.language),
        rules={key: frozenset(attribute.rule(key)) for key in attribute.rule_keys},
    )


def _surfaces(attribute: Attribute) -> dict[str, tuple[Entry, ...]]:
    found: dict[str, list[Entry]] = {}
    for number, group in enumerate(attribute.groups):
        for kind in attribute.kinds:
            for index, word in enumerate(attribute.terms(group, kind)):
                found.setdefault(plain(word), []).append(Entry(kind, number, index, word))
    for group, word, to in attribute.rule("one_way"):
        entry = Entry("one_way", attribute.groups.index(group), 0, word, to)
        found.setdefault(plain(word), []).append(entry)
    return {surface: tuple(entries) for surface, entries in found.items()}


def _by_head(surfaces: Iterable[str], language: str) -> dict[str, tuple[str, ...]]:
    """Group surfaces by their first word (their first character in Chinese), longest first."""
    found: dict[str, list[str]] = {}
    for surface in sorted(surfaces, key=lambda s: (-len(s), s)):
        found.setdefault(head_of(surface, language), []).append(surface)
    return {head: tuple(group) for head, group in found.items()}


def head_of(surface: str, language: str) -> str:
    """Return the part of a surface by which it is looked up."""
    match = None if language == "zh" else _WORD.match(surface)
    return match.group() if match else surface[:1]


def _any_of(words: tuple[str, ...], language: str) -> re.Pattern[str] | None:
    if not words:
        return None
    joined = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(joined if language == "zh" else rf"\b(?:{joined})\b")
