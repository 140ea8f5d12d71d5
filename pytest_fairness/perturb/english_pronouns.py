"""Which of its readings a word of several has in an English text: her and him or her and his."""

from __future__ import annotations

import re

from pytest_fairness.perturb.english_context import following_word, next_word, previous_word
from pytest_fairness.perturb.english_words import (
    AFTER_A_NOUN,
    BEFORE_A_NOUN,
    BEFORE_AN_ADJECTIVE,
    PERSONS,
)
from pytest_fairness.perturb.lexicon import Entry, Hit, Lexicon, plain

_OF_BEFORE = re.compile(r"([^\W\d_]+)\s+of\s+$")
# "her, not his, decision"; "his, if you will, character"
_PARENTHESIS = re.compile(r"\s*,\s[^,.;!?]{2,30},\s*\w")
_CONTRAST = re.compile(r",\s+(?:not|and|or|but)\s+(?:his|her|my|your|our|their)\b")


def resolve(text: str, hit: Hit, lexicon: Lexicon) -> Entry | str:
    """Return the reading that a surface with several has here, or say that none is certain.

    This is about "her", an object or a possessive; about "his", which is "her" before a noun and
    "hers" alone; and about words such as "Muslim", an adjective or a noun.
    """
    readings = {entry.kind: entry for entry in hit.entries}
    name = lexicon.attribute.name
    chosen: str | None = None
    if {"object", "possessive"} <= set(readings):
        chosen = _kind_of_her(plain(text), hit, lexicon)
    elif {"possessive", "possessive_pronoun"} <= set(readings):
        chosen = _kind_of_his(plain(text), hit, lexicon)
    elif {name, f"{name}_noun"} == set(readings):
        chosen = _kind_of_term(plain(text), hit, name)
    if chosen is None:
        return f"'{plain(text[hit.start : hit.end])}' can be read in two ways"
    return readings[chosen]


def _kind_of_his(lowered: str, hit: Hit, lexicon: Lexicon) -> str | None:
    space, following = following_word(lowered, hit.end)
    if not space or not following:
        return _if_alone(lowered, hit, "possessive_pronoun", digits="possessive")
    if following in lexicon.rule("after_pronoun"):
        return "possessive_pronoun"
    if following in lexicon.rule("after_object"):
        return None
    genitive = _OF_BEFORE.search(lowered, max(0, hit.start - 40), hit.start)
    doubtful = genitive and genitive.group(1) in lexicon.rule("before_of_his")
    return None if doubtful else "possessive"


def _kind_of_her(lowered: str, hit: Hit, lexicon: Lexicon) -> str | None:
    space, following = following_word(lowered, hit.end)
    if not space or not following:
        return _if_alone(lowered, hit, "object", digits=None)
    if following in lexicon.rule("after_pronoun") | lexicon.rule("after_object"):
        return "object"
    if following in lexicon.rule("after_possessive"):
        return "possessive"
    if following in lexicon.rule("unclear"):
        return None
    return "possessive" if _noun_phrase_follows(lowered, hit, following, lexicon) else None


def _if_alone(lowered: str, hit: Hit, alone: str, digits: str | None) -> str | None:
    """Decide a pronoun that no word follows, but a mark, a number, or the end."""
    rest = lowered[hit.end :].lstrip()
    if _CONTRAST.match(lowered, hit.end) or _PARENTHESIS.match(lowered, hit.end):
        return None
    if not rest or rest[0] in ".,;:!?…/—-)]":
        return alone
    return digits if rest[0].isdigit() else None


def _noun_phrase_follows(lowered: str, hit: Hit, following: str, lexicon: Lexicon) -> bool:
    previous = previous_word(lowered, hit)
    expected = not previous or previous in lexicon.rule("before_possessive")
    adverbial = following.endswith(("ly", "ing")) and following not in lexicon.rule("in_ly_or_ing")
    if expected and not adverbial:
        return True
    if previous in lexicon.rule("giving_verbs"):
        return False
    return following in lexicon.rule("after_possessive_mostly")


def _kind_of_term(lowered: str, hit: Hit, name: str) -> str | None:
    """Tell the adjective in "a Muslim woman" and "is Muslim" from the noun in "a Muslim"."""
    following = next_word(lowered, hit.end)
    if following in PERSONS:
        return name
    if following and following not in AFTER_A_NOUN:
        return None
    before = previous_word(lowered, hit)
    if before in BEFORE_A_NOUN:
        return f"{name}_noun"
    return name if before in BEFORE_AN_ADJECTIVE else None
