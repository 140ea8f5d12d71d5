"""British and American spelling, both ways, and diacritics.

Words that are spelt alike in one country but not in the other by their sense (practise, licence,
cheque, tyre, programme, storey, kerb) are not in the table. A capital inside a sentence may be part
of a name (Pearl Harbor, the Labour Party), so such words are left alone.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pytest_fairness.perturb.changes import as_written
from pytest_fairness.perturb.english_context import starts_sentence
from pytest_fairness.perturb.surface.perturbation import Found, Kind, Site
from pytest_fairness.perturb.surface.tables import table

_WORD = re.compile(r"(?<![\w@#/.])[^\W\d_]+(?![\w@/]|\.\w)")


@functools.cache
def british_american() -> Mapping[str, str]:
    """Return the American spelling of each British one, all inflected forms."""
    data = table("en", "spelling")
    pairs = dict(data["words"])
    for family in data["family"]:
        for stem in family["stems"]:
            pairs.update(_forms(stem, family))
    return pairs


def _forms(stem: str, family: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for british, american in family["endings"]:
        yield stem + british, stem + american


@functools.cache
def american_british() -> Mapping[str, str]:
    """Return the British spelling of each American one."""
    return {american: british for british, american in british_american().items()}


def replaced(words: Mapping[str, str], text: str) -> Found:
    """Find words of a table, in the case that they have; those that may be names are doubtful."""
    sites, doubts = [], []
    for match in _WORD.finditer(text):
        word = match.group()
        other = words.get(word.lower())
        if other is None:
            continue
        if may_be_name(text, match.start(), word):
            doubts.append(f"'{word}' may be part of a name")
            continue
        new = as_written(word, word.lower(), other, opens=False)
        sites.append(Site(*match.span(), (new,)))
    return Found(sites, tuple(doubts))


def may_be_name(text: str, start: int, word: str) -> bool:
    """Whether a word has a capital although no sentence starts with it."""
    return word[0].isupper() and not word.isupper() and not starts_sentence(text, start)


def _spelt(words: Callable[[], Mapping[str, str]]) -> Callable[[str], Found]:
    def find(text: str) -> Found:
        return replaced(words(), text)

    return find


@functools.cache
def _accented() -> Mapping[str, str]:
    words: list[str] = table("en", "accents")["words"]
    return {without_marks(word): word for word in words}


def without_marks(text: str) -> str:
    """Return Latin letters without their diacritics, the rest as it is."""
    return "".join(map(_bare, text))


@functools.cache
def _bare(letter: str) -> str:
    base = "".join(c for c in unicodedata.normalize("NFD", letter) if not unicodedata.combining(c))
    return base if base.isascii() and base else letter


def _marked(text: str) -> Found:
    if text.isascii():
        return Found(())
    bare = ((i, c, _bare(c)) for i, c in enumerate(text) if c > "\x7f")
    return Found([Site(i, i + 1, (new,)) for i, c, new in bare if new != c])


KINDS = (
    Kind("british", "en", _spelt(american_british), "no word with another spelling"),
    Kind("american", "en", _spelt(british_american), "no word with another spelling"),
    Kind("strip_accents", "en", _marked, "no letter with a diacritic"),
    Kind("add_accents", "en", _spelt(_accented), "no word that is also written with a diacritic"),
)
