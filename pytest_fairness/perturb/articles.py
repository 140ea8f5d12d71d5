"""English "a" and "an"."""

from __future__ import annotations

import re

_HEAD = re.compile(r"[^\W_]*")
_SILENT_H = re.compile(r"hono|honest|hour|heir", re.IGNORECASE)
_CONSONANT_SOUND = re.compile(
    r"eu|ewe|one\b|once|ouija|uni(?!n|m|d|ss)|us[aeu]|ut[eio]|ur[aiou]|ubi|uk|uga", re.IGNORECASE
)
_VOWEL_NAMED_LETTERS = frozenset("AEFHILMNORSX")
_VOWEL_NUMBER = re.compile(r"8|1[18](?!\d)")


def indefinite(word: str) -> str:
    """Return the article that English puts before `word`: ``"a"`` or ``"an"``.

    Examples
    --------
    >>> indefinite("asexual"), indefinite("European"), indefinite("LGBTQ"), indefinite("hour")
    ('an', 'a', 'an', 'an')
    """
    return "an" if _has_vowel_sound(_HEAD.match(word).group(), word) else "a"  # type: ignore[union-attr]


def _has_vowel_sound(head: str, word: str) -> bool:
    if head[:1].isdigit():
        return bool(_VOWEL_NUMBER.match(word))
    if head.isupper():  # spelt out: an F, an LGBTQ person
        return head[0] in _VOWEL_NAMED_LETTERS
    if _SILENT_H.match(head):
        return True
    return head[:1].lower() in {"a", "e", "i", "o", "u"} and not _CONSONANT_SOUND.match(head)


def in_case_of(article: str, model: str) -> str:
    """Return `article` with a capital where `model`, the article that stood there, has one."""
    return article.capitalize() if model[:1].isupper() else article
