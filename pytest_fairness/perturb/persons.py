"""Which mentions in an English text speak of the same person, where that is certain."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pytest_fairness.perturb.english_pronouns import resolve
from pytest_fairness.perturb.lexicon import Entry, Hit, Lexicon, plain

Key = tuple[int, str, str]

_PRONOUNS = frozenset({"pronoun", "object", "possessive", "possessive_pronoun", "reflexive"})
_ONE = frozenset({"noun", "child", "relative", "partner", "role", "noble"})
_SURNAME = re.compile(r"\.?\s+([^\W\d_]+)")
_SOMEBODYS = re.compile(
    r"(?<!is )(?<!was )(?<!as )(?<!be )(?<!became )(?<!'s )(?<!, )(?<!like )"
    r"\b(?:my|your|his|her|our|their)\s+$"
)
_OTHER = re.compile(
    r"\b(?:the|an?|my|your|our|their|his|her|this|that|every|each)\s+"
    r"(?:[^\W\d_]+(?:ers?|ors?|ists?|ians?|ants?|ents?|ees?)|[^\W\d_]*(?:nurse|chef|clerk|"
    r"judge|guard|boss|coach|pilot|cook|chief|guest|cousin|child|person|friend|adult))\b"
)


def persons(text: str, hits: Sequence[Hit], lexicon: Lexicon) -> tuple[tuple[Hit, ...], ...] | str:
    """Return the mentions of each person, in the order of their first one, or why none is certain.

    A name is one person throughout; so is a title with a surname, and a noun that does not come
    twice. A pronoun is the only person of its gender so far.
    """
    found: dict[Key, list[Hit]] = {}
    for hit in hits:
        key = _key(text, hit, lexicon, found)
        if isinstance(key, str):
            return key
        found.setdefault(key, []).append(hit)
    if any(hit.entries[0].kind in _PRONOUNS for hit in hits):
        ends = {hit.end for hit in hits}
        others = _OTHER.finditer(plain(text))
        other = next((match.group() for match in others if match.end() not in ends), None)
        if other:
            return f"a pronoun may speak of '{other}'"
    return tuple(tuple(group) for group in found.values())


def _key(text: str, hit: Hit, lexicon: Lexicon, found: Mapping[Key, Sequence[Hit]]) -> Key | str:
    """Return the person that a mention speaks of, as gender, sort and word, or why none."""
    entry = resolve(text, hit, lexicon) if len(hit.entries) > 1 else hit.entries[0]
    if isinstance(entry, str):
        return entry
    same = [key for key in found if key[0] == entry.group]
    written = plain(text[hit.start : hit.end])
    if entry.kind in _PRONOUNS:
        if len(same) > 1 or (same and entry.kind == "object" and _near(text, hit, found[same[0]])):
            return f"'{written}' may speak of two persons"
        return same[0] if same else (entry.group, "pronoun", "")
    key = (entry.group, *_sort(text, hit, entry, lexicon))
    if key[1] not in ("name", "title", *_ONE):
        return f"'{written}' does not speak of one person"
    if key[1] in ("name", "title"):
        return key if all(other[1] == key[1] for other in same) else _maybe(written)
    new = key not in same and (not same or _belongs(text, hit, entry.kind))
    return key if new else _maybe(written)


def _maybe(written: str) -> str:
    return f"'{written}' may speak of a person mentioned before"


def _sort(text: str, hit: Hit, entry: Entry, lexicon: Lexicon) -> tuple[str, str]:
    """Return what sort of mention it is, and the word that tells persons of this sort apart."""
    written = plain(text[hit.start : hit.end])
    if entry.word in lexicon.rule("only_before_name"):
        surname = _SURNAME.match(text, hit.end)
        return "title", surname.group(1) if surname else written
    return entry.kind, written


def _belongs(text: str, hit: Hit, kind: str) -> bool:
    """Whether a relative is somebody's, and not said of a person mentioned: "is my mother"."""
    return kind in ("relative", "partner") and bool(_SOMEBODYS.search(plain(text[: hit.start])))


def _near(text: str, hit: Hit, mentions: Sequence[Hit]) -> bool:
    """Whether an object stands in the sentence of the last mention, so that it may be another."""
    return not re.search(r"[.!?]\s", text[mentions[-1].end : hit.start])
