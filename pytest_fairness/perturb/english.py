"""Reading English (and other languages that put spaces between words).

A reading finds every mention of an attribute's terms in a text, and every place where it cannot
tell whether a word is one. It never guesses: what the rules cannot decide is reported as a reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_fairness.perturb.english_context import (
    next_is_capitalised,
    next_word,
    opens_clause,
    previous_word,
    stands_bare,
    starts_sentence,
)
from pytest_fairness.perturb.english_entities import Entity, entities, entity_at
from pytest_fairness.perturb.english_names import unlisted_person
from pytest_fairness.perturb.english_words import (
    AFTER_A_NOUN,
    AFTER_A_PREDICATE,
    BEFORE_A_NAME,
    BEFORE_A_NOUN,
    CONTRACTED,
    DETERMINERS,
    PERSONS,
)
from pytest_fairness.perturb.lexicon import Found, Hit, Lexicon, plain

_BE = "is|am|are|was|were|isn't|aren't|wasn't|weren't"
_WORD = re.compile(r"[^\W\d_]+")
_NO_PROSE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\S+|@\w+")
_AFTER_APOSTROPHE = re.compile(r"'([^\W\d_]+)")
_HYPHENATED_BEFORE = re.compile(r"([^\W\d_]+)-$")
_HYPHENATED_AFTER = re.compile(r"-([^\W\d_]+)")
_IN_CAPITALS_NEXT = re.compile(r"\.?\s+[A-Z]{2,}\b(?!\d)")
_WORD_BEFORE = re.compile(r"([^\W\d_]+)['\w]*\s+$")
_NAME_BEFORE = re.compile(r"([^\W\d_]+)\.?\s+$")
_SAID_OF_PERSON = re.compile(
    rf"\b(?:(?:i|he|she|we|they|you|who)(?:\s+(?:{_BE})|'(?:m|s|re))|(?:{'|'.join(sorted(PERSONS))})"
    rf"\s+(?:who\s+)?(?:{_BE}))\s+(?:(?:not|also|still|openly|both|already|now)\s+)?$"
)
_TAGGED = re.compile(
    r"#[a-z]+(?:him|boys?|girls?|moms?|dads?|women|wife|husband|sisters?|brothers?)\b"
    r"|#(?:i?hope|when|if|wish|think|because|cuz|cause|and|but)s?(?:he|she|his|her)[a-z]"
)
_ANIMALS = re.compile(
    r"\b(?:animal|bird|fish|insect|spider|snake|lion|tiger|bear|wolf|deer|horse|cow|cat|dog|mouse|"
    r"rat|monkey|ape|whale|shark|bee|ant|frog|turtle|mosquito|elephant|penguin|plant|larva|coccus)"
    r"(?:s|es)?\b|\b(?:species|mice|wolves|fishes|larvae|mammals?|reptiles?|puppy|kitten|nest|eggs)\b"
)
_OF_A_PLACE = re.compile(r"\s+of\s+(?:the\s+)?#?[A-Z]")
_TITLES = ("mr", "mrs", "ms", "mx")


def read(text: str, lexicon: Lexicon) -> Found:
    """Find the mentions in `text`, and what cannot be decided."""
    lowered = plain(text)
    hits, reasons = [], []
    for hit, reason in _candidates(text, lowered, lexicon):
        if reason:
            reasons.append(reason)
        elif hit.entries:
            hits.append(hit)
    tag = _TAGGED.search(lowered) if "#" in lowered and lexicon.attribute.name == "gender" else None
    if hits and tag:
        reasons.append(f"'{tag.group()}' may hold a word that would have to change")
    if hits and not reasons and text == text.lower():
        reasons = _names_without_capital(lowered, lexicon)
    if hits and not reasons and lexicon.attribute.name == "gender":
        unlisted = unlisted_person(text, hits, lexicon)
        reasons = [unlisted] if unlisted else []
    return Found(tuple(hits), tuple(reasons))


def _names_without_capital(lowered: str, lexicon: Lexicon) -> list[str]:
    """Return why a text that is all in lower case cannot be decided: the names and titles in it."""
    for word in _WORD.finditer(lowered):
        names = any(e.kind == "name" for e in lexicon.terms.get(word.group(), ()))
        titled = word.group() in _TITLES and lexicon.attribute.name == "gender"
        ranked = word.group().capitalize() in lexicon.rule("often_names")
        if names or titled or ranked or word.group().capitalize() in lexicon.rule("other_names"):
            return [f"'{word.group()}' may be a name without its capital"]
    return []


def _candidates(text: str, lowered: str, lexicon: Lexicon) -> Iterator[tuple[Hit, str | None]]:
    """Yield surfaces from left to right, the longest at each place, with what speaks against it."""
    spans = [match.span() for match in _NO_PROSE.finditer(lowered)]
    named = entities(text)
    position = 0
    for word in _WORD.finditer(lowered):
        start = word.start()
        if start < position or any(a <= start < b for a, b in spans):
            continue
        inside = entity_at(named, start)
        if inside is not None and inside.kept(text, word.group()):
            continue
        surface = _longest(lowered, start, word.group(), lexicon)
        if surface is None:
            if _is_other_name(text, word, lexicon):
                yield Hit(*word.span(), ()), f"'{text[start : word.end()]}' has no counterpart"
            continue
        hit = Hit(start, start + len(surface), lexicon.terms.get(surface, ()))
        if surface in lexicon.protected:
            position = hit.end
        elif surface in lexicon.unmatched:
            position = hit.end
            if _counts(text, lowered, hit, lexicon):
                yield hit, f"'{surface}' has no counterpart"
        elif surface in lexicon.undecided:
            position = hit.end
            yield hit, f"'{surface}' may or may not speak of a person"
        elif _counts(text, lowered, hit, lexicon):
            position = hit.end
            yield hit, _part_of(inside) or _objection(text, lowered, hit, lexicon)


def _part_of(entity: Entity | None) -> str | None:
    return f"'{entity.name}' may be a name" if entity is not None else None


def _is_other_name(text: str, word: re.Match[str], lexicon: Lexicon) -> bool:
    """Whether a word is a given name that tells a gender, and not the surname of a listed name."""
    written = text[word.start() : word.end()]
    if not _is_unlisted_name(written, lexicon):
        return False
    before = _NAME_BEFORE.search(text, max(0, word.start() - 40), word.start())
    if before is None or not before.group(1)[0].isupper():
        return True
    if starts_sentence(text, before.start()):
        return not _is_name_or_title(before.group(1), lexicon)
    return before.group(1).lower() in BEFORE_A_NAME - {"dr"}


def _is_name_or_title(word: str, lexicon: Lexicon) -> bool:
    entries = lexicon.terms.get(plain(word), ())
    known = any(entry.kind in ("name", "title", "one_way") for entry in entries)
    return known or _is_unlisted_name(word, lexicon) or word in ("Dr", "Prof", "Professor")


def _is_unlisted_name(word: str, lexicon: Lexicon) -> bool:
    """Whether a word is a given name of one gender without a counterpart, also in capitals."""
    if len(word) > 3 and word.isupper():
        word = word.capitalize()
    return word in lexicon.rule("other_names") or word in lexicon.rule("world_names")


def _longest(lowered: str, start: int, head: str, lexicon: Lexicon) -> str | None:
    for surface in lexicon.by_head.get(head, ()):
        if lowered.startswith(surface, start) and _stands_alone(lowered, start, surface):
            return surface
    return None


def _stands_alone(lowered: str, start: int, surface: str) -> bool:
    """Whether no letter, digit or unusual apostrophe ties the surface to a longer word."""
    before, end = lowered[max(0, start - 2) : start], start + len(surface)
    if before[-1:].isalnum() or before[-1:] == "_":
        return False
    if before[-1:] == "'" and (before[:1].isalpha() or surface == "em"):  # O'Brian, get 'em
        return False
    after = lowered[end : end + 1]
    if after.isalnum() or after == "_":
        return False
    tail = _AFTER_APOSTROPHE.match(lowered, end)
    return tail is None or tail.group(1) in CONTRACTED


def _counts(text: str, lowered: str, hit: Hit, lexicon: Lexicon) -> bool:
    """Whether a surface is written as its term is: a name with a capital, a title before one."""
    written = text[hit.start : hit.end]
    if any(entry.kind == "name" for entry in hit.entries):
        return written[0].isupper() and (written[1:].islower() or len(written) > 3)  # not "MIA"
    titles = lexicon.rule("only_before_name")
    if any(entry.word in titles for entry in hit.entries):
        if written not in titles and written.capitalize() in titles and len(written) > 1:
            return written.isupper() and bool(_IN_CAPITALS_NEXT.match(text, hit.end))
        return written in titles and next_is_capitalised(text, hit.end)
    return True


def _objection(text: str, lowered: str, hit: Hit, lexicon: Lexicon) -> str | None:
    """Say why a surface cannot be decided, or None."""
    written = text[hit.start : hit.end]
    surface = lowered[hit.start : hit.end]
    if _odd_hyphen(lowered, hit, lexicon):
        return f"'{surface}' stands in a compound with a hyphen"
    if surface in lexicon.rule("needs_person"):
        told = _speaks_of_person(lowered, hit, lexicon)
        return None if told else f"'{surface}' has other meanings"
    if written in lexicon.rule("unclear_before_name") and next_is_capitalised(text, hit.end):
        return f"'{surface}' may be part of a name"
    if written in lexicon.rule("often_names") and previous_word(lowered, hit) not in DETERMINERS:
        return f"'{surface}' may be part of a name"
    if written.capitalize() in lexicon.rule("often_names") and _OF_A_PLACE.match(text, hit.end):
        return f"'{surface}' may speak of one person whom everybody knows"
    if surface in lexicon.rule("unclear_at_start") and opens_clause(lowered, hit):
        return f"'{surface}' may be an interjection"
    if _is_noun_of_adjective(lowered, hit, lexicon):
        return f"'{surface}' is used as a noun"
    if _in_proper_name(text, hit):
        return f"'{surface}' may be part of a name"
    if _of_an_animal(lowered, hit):
        return f"'{surface}' may be said of animals"
    alone = surface in lexicon.rule("unclear_bare") or hit.entries[0].kind == "role"
    if alone and _is_capitalised_inside(text, hit):
        return f"'{surface}' may be a name"
    if alone and stands_bare(lowered, hit.start):
        return f"'{surface}' stands without an article: an address, or part of a compound"
    return None


def _of_an_animal(lowered: str, hit: Hit) -> bool:
    """Whether a mention describes an animal: "a female bird", "the mother deer"."""
    kind = hit.entries[0].kind
    if kind in ("descriptor", "descriptors"):
        return bool(_ANIMALS.search(lowered))
    beside = kind in ("relative", "noun", "child") and lowered.startswith(" ", hit.end)
    return beside and bool(_ANIMALS.match(lowered, hit.end + 1))


def _speaks_of_person(lowered: str, hit: Hit, lexicon: Lexicon) -> bool:
    """Whether a word of many meanings is said of a person: before a noun, or after "she is"."""
    following = next_word(lowered, hit.end)
    if following in PERSONS:
        return True
    if _SAID_OF_PERSON.search(lowered, max(0, hit.start - 60), hit.start):
        return following in AFTER_A_PREDICATE
    nouns = any(entry.kind == f"{lexicon.attribute.name}_noun" for entry in hit.entries)
    alone = not following or following in AFTER_A_NOUN
    return nouns and alone and previous_word(lowered, hit) in BEFORE_A_NOUN


def _odd_hyphen(lowered: str, hit: Hit, lexicon: Lexicon) -> bool:
    before = _HYPHENATED_BEFORE.search(lowered, max(0, hit.start - 30), hit.start)
    after = _HYPHENATED_AFTER.match(lowered, hit.end)
    return bool(
        (before and before.group(1) not in lexicon.rule("hyphen_before"))
        or (after and after.group(1) not in lexicon.rule("hyphen_after"))
    )


def _is_noun_of_adjective(lowered: str, hit: Hit, lexicon: Lexicon) -> bool:
    """Whether an adjective of people stands as a noun, as no group wishes to be called."""
    name = lexicon.attribute.name
    if {e.kind for e in hit.entries} != {name} or f"{name}_noun" not in lexicon.attribute.kinds:
        return False
    following = next_word(lowered, hit.end)
    return following in ("", *AFTER_A_NOUN - {"and", "or"}) and previous_word(lowered, hit) in (
        "a",
        "an",
        "another",
        "every",
        "the",
    )


def _is_capitalised_inside(text: str, hit: Hit) -> bool:
    """Whether a common noun is written as a name is, inside a sentence: "why Hostess failed"."""
    written = text[hit.start : hit.end]
    inside = re.search(r"[a-z,]\s+$", text[max(0, hit.start - 3) : hit.start])
    return bool(inside) and written[0].isupper() and written[1:].islower()


def _in_proper_name(text: str, hit: Hit) -> bool:
    """Whether a common noun has a capital inside a sentence, next to another capital."""
    written = text[hit.start : hit.end]
    if not written[0].isupper() or written[1:].isupper() or not hit.entries[0].word.islower():
        return False
    before = _WORD_BEFORE.search(text, max(0, hit.start - 40), hit.start)
    if before is None or starts_sentence(text, hit.start):
        return False
    return before.group(1)[0].isupper() and before.group(1).lower() not in BEFORE_A_NAME
