"""Reading Chinese: words without spaces, so the longest surface at each place counts."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from pytest_fairness.perturb.lexicon import Entry, Found, Hit, Lexicon, plain

_PRONOUNS = frozenset("我你您他她咱")
_MORE_OF_A_WORD = frozenset("姐妹哥弟妈爸们夫婿头")


def read(text: str, lexicon: Lexicon) -> Found:
    """Find the mentions in `text`, and what cannot be decided."""
    lowered = plain(text)
    hits, reasons, position = [], [], 0
    while position < len(lowered):
        doubtful = _undecided(lexicon).match(lowered, position)
        surface = _longest(lowered, position, lexicon)
        if doubtful and doubtful.end() - position >= len(surface):
            reasons.append(f"'{doubtful.group()}' may or may not speak of a person")
            position = doubtful.end()
            continue
        hit = _hit(lowered, position, surface, lexicon)
        if hit and _doubled(lowered, hit):
            reasons.append(f"'{surface}' may be part of a longer word")
        elif hit:
            hits.append(hit)
        position += max(1, len(surface))
    return Found(tuple(hits), tuple(reasons))


def _longest(lowered: str, position: int, lexicon: Lexicon) -> str:
    for surface in lexicon.by_head.get(lowered[position], ()):
        if lowered.startswith(surface, position):
            return surface
    return ""


def _hit(lowered: str, position: int, surface: str, lexicon: Lexicon) -> Hit | None:
    if not surface:
        return _short_hit(lowered, position, lexicon)
    if surface in lexicon.protected or surface not in lexicon.terms:
        return None
    return Hit(position, position + len(surface), lexicon.terms[surface])


def _short_hit(lowered: str, position: int, lexicon: Lexicon) -> Hit | None:
    """Find a single character that names a relative only after a pronoun: 我哥, 她弟."""
    character = lowered[position]
    after = lowered[position + 1 : position + 2]
    if position == 0 or lowered[position - 1] not in _PRONOUNS or after in _MORE_OF_A_WORD:
        return None
    for entry in _short_entries(lexicon):
        if entry.word == character:
            return Hit(position, position + 1, (entry,))
    return None


def _short_entries(lexicon: Lexicon) -> Iterator[Entry]:
    for index, row in enumerate(lexicon.attribute.rule("after_pronoun")):
        for group, word in enumerate(row):
            yield Entry("short", group, index, word, to=row[1 - group])


def _doubled(lowered: str, hit: Hit) -> bool:
    """Whether the next character repeats the last one, so that the word may end elsewhere."""
    return hit.end - hit.start > 1 and lowered[hit.end : hit.end + 1] == lowered[hit.end - 1]


def _undecided(lexicon: Lexicon) -> re.Pattern[str]:
    return _compiled(lexicon.attribute.rule("undecided"))


@functools.lru_cache(maxsize=16)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(patterns, key=lambda p: (-len(p), p))
    return re.compile("|".join(longest_first) or r"(?!)")
