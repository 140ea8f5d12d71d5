"""What stands right before and after a place in an English text."""

from __future__ import annotations

import re

from pytest_fairness.perturb.english_words import FUNCTION_WORDS, SINGULAR_DETERMINERS
from pytest_fairness.perturb.lexicon import Hit

_CAPITALISED_NEXT = re.compile(r"\.?\s+([^\W\d_]*)")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;…\n]|--|—)[\"'”’)\]]*\s*[\"'“‘(\[]*$")
_NEXT = re.compile(r"(\s+)([^\W\d_]+(?:['-][^\W\d_]+)*)?|")
_BACK = re.compile(r"([^\W_]+)('s|')?(?P<comma>,)?[\s-]+$")
_PREVIOUS = re.compile(r"([^\W\d_]+)\s+$")


def next_is_capitalised(text: str, end: int) -> bool:
    """Whether the next word has a capital and is not "I"."""
    match = _CAPITALISED_NEXT.match(text, end)
    return bool(match and match.group(1)[:1].isupper() and match.group(1) != "I")


def next_word(lowered: str, end: int) -> str:
    """Return the word after a place, or nothing."""
    match = _NEXT.match(lowered, end)
    return (match.group(2) or "") if match else ""


def opens_clause(lowered: str, hit: Hit) -> bool:
    """Whether a mention is the first word of a clause."""
    before = lowered[: hit.start].rstrip(" \"'“‘")
    return not before or before[-1] in ",.;:!?…"


def previous_word(lowered: str, hit: Hit) -> str:
    """Return the word right before a mention, or nothing."""
    match = _PREVIOUS.search(lowered, max(0, hit.start - 40), hit.start)
    return match.group(1) if match else ""


def starts_sentence(text: str, start: int) -> bool:
    """Whether a word at `start` is the first of a sentence."""
    return bool(_SENTENCE_START.search(text, max(0, start - 12), start))


def following_word(lowered: str, end: int) -> tuple[str, str]:
    """Return the space and the word after a place, each empty where there is none."""
    match = _NEXT.match(lowered, end)
    return (match.group(1) or "", match.group(2) or "") if match else ("", "")


def stands_bare(lowered: str, start: int) -> bool:
    """Whether a singular noun has no article or other determiner before it and its adjectives.

    Examples
    --------
    >>> from pytest_fairness.perturb.english_context import stands_bare
    >>> stands_bare("a tall, young man", 14), stands_bare("i love it man", 10)
    (False, True)
    """
    for step in range(5):
        match = _BACK.search(lowered, max(0, start - 40), start)
        if match is None or (match["comma"] and step == 0):
            return True
        word = match.group(1)
        if match.group(2) or word in SINGULAR_DETERMINERS:
            return False
        if word in FUNCTION_WORDS or (word.isdigit() and step == 0):
            return True
        start = match.start()
    return False
