"""What a reader of free text looks up: every surface form of an attribute, and what it may be."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from pytest_fairness.attributes import Attribute

_WORD = re.compile(r"[^\W\d_]+")
_SEVERAL = re.compile(
    r"\b(?:and|with|people|children|women|men|all|both|"
    r"(?!(?:is|was|has|does|as|this|his|its|us|yes|theirs|always|perhaps|says|knows)\b)[a-z]+[^\W'su]s)\b"
)
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
    unmatched: frozenset[str]
    by_head: Mapping[str, tuple[str, ...]]
    rules: Mapping[str, frozenset[str]]

    @functools.cached_property
    def free_sizes(self) -> tuple[int, ...]:
        """How many interchangeable terms each group has."""
        return tuple(self.attribute.size(group) for group in self.attribute.groups)

    @functools.cached_property
    def bound(self) -> re.Pattern[str] | None:
        """Words that go with one group only, so that a swap would change the facts.

        In Chinese, which has no word boundaries, each one is a pattern.
        """
        return _any_of(self.attribute.rule("bound"), self.attribute.language)

    @functools.cached_property
    def own(self) -> tuple[re.Pattern[str] | None, ...]:
        """What belongs to each group alone, such as its places and dishes, where any is listed."""
        rows = self.attribute.rule("own")
        return tuple(
            _any_of(tuple(plain(word) for of, word in rows if of == group), self.attribute.language)
            for group in self.attribute.groups
        )

    @functools.cached_property
    def plural(self) -> frozenset[int]:
        """Groups whose pronoun takes a plural verb."""
        return self._numbers("plural")

    @functools.cached_property
    def neutral(self) -> frozenset[int]:
        """Groups whose words are also said of people of any group."""
        return self._numbers("neutral")

    @functools.cached_property
    def doubtful(self) -> re.Pattern[str]:
        """Matches, without length, where something undecided stands; the group is what it is.

        For languages without word boundaries: each undecided entry is a pattern.
        """
        patterns = sorted(self.attribute.rule("undecided"), key=lambda p: (-len(p), p))
        return re.compile(f"(?=({'|'.join(patterns) or '(?!)'}))")

    @functools.cached_property
    def short_entries(self) -> tuple[Entry, ...]:
        """Single characters that name a relative after a pronoun only."""
        return tuple(
            Entry("short", group, index, word, to=row[1 - group])
            for index, row in enumerate(self.attribute.rule("after_pronoun"))
            for group, word in enumerate(row)
        )

    @functools.cached_property
    def heads(self) -> frozenset[str]:
        """Characters with which a mention can begin."""
        return frozenset(self.by_head) | {entry.word for entry in self.short_entries}

    def _numbers(self, key: str) -> frozenset[int]:
        groups = self.attribute.groups
        return frozenset(groups.index(group) for group in self.rule(key) if group in groups)

    def shows_singular(self, text: str) -> bool:
        """Whether a text says that "they" is one person, and speaks of nobody else."""
        lowered = plain(text)
        signs = any(re.search(rf"\b{re.escape(sign)}\b", lowered) for sign in self.rule("sign"))
        return signs and not _SEVERAL.search(lowered)

    def is_sign(self, word: str) -> bool:
        """Whether a word of a neutral group is said of nobody else."""
        return any(plain(word).startswith(sign) for sign in self.rule("sign"))

    def rule(self, key: str) -> frozenset[str]:
        """Return one list of the swap rules as a set."""
        return self.rules.get(key, frozenset())

    def counterpart(self, entry: Entry, group: int) -> str:
        """Return the term of `group` that stands for `entry`.

        The first term of a group, its widest one, always answers to the first of another; the
        others answer by position, counted round where a group has fewer.
        """
        if entry.to is not None:
            return self._in_group(entry.to, group)
        terms = self.attribute.terms(self.attribute.groups[group], entry.kind)
        return terms[_wrapped(entry.place, len(terms))]

    def _in_group(self, word: str, group: int) -> str:
        """Return the counterpart of a one-way form: of another group where its answer has one."""
        for listed in self.terms.get(plain(word), ()):
            if listed.to is None and listed.group != group:
                return self.attribute.terms(self.attribute.groups[group], listed.kind)[listed.place]
        return word

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
    unmatched = frozenset(map(plain, attribute.rule("unmatched")))
    undecided = frozenset(map(plain, attribute.rule("undecided"))) - unmatched
    protected, undecided = _with_tokenised(protected), _with_tokenised(undecided)
    words = protected | undecided | unmatched | frozenset(terms)
    return Lexicon(
        attribute,
        terms,
        protected,
        undecided,
        unmatched,
        by_head=_by_head(words, attribute.language),
        rules={key: frozenset(attribute.rule(key)) for key in attribute.rule_keys},
    )


def _with_tokenised(phrases: frozenset[str]) -> frozenset[str]:
    """Add each phrase as a tokeniser writes it: "king 's ransom"."""
    return phrases | {phrase.replace("'s ", " 's ") for phrase in phrases}


def _surfaces(attribute: Attribute) -> dict[str, tuple[Entry, ...]]:
    found: dict[str, list[Entry]] = {}
    neutral = attribute.rule("neutral")
    for number, group in enumerate(attribute.groups):
        for kind in attribute.kinds:
            for index, word in enumerate(attribute.terms(group, kind)):
                if group not in neutral or _tells(word, kind, attribute):
                    found.setdefault(plain(word), []).append(Entry(kind, number, index, word))
    for group, word, to in attribute.rule("one_way"):
        entry = Entry("one_way", attribute.groups.index(group), 0, word, to)
        found.setdefault(plain(word), []).append(entry)
    return {surface: tuple(entries) for surface, entries in found.items()}


def _tells(word: str, kind: str, attribute: Attribute) -> bool:
    """Whether a word of a neutral group may tell it: "they" and "Mx", not "parent"."""
    if kind in ("pronoun", "object", "possessive", "possessive_pronoun", "reflexive"):
        return True
    return any(plain(word).startswith(sign) for sign in attribute.rule("sign"))


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
    longest_first = sorted(words, key=len, reverse=True)
    if language == "zh":
        return re.compile("|".join(longest_first))
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")
