"""Reading Chinese: words without spaces, so the longest surface at each place counts."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pytest_fairness.attributes import load_attribute
from pytest_fairness.perturb.changes import Change
from pytest_fairness.perturb.chinese_names import unlisted_names
from pytest_fairness.perturb.lexicon import Found, Hit, Lexicon, plain
from pytest_fairness.perturb.quotations import within

_PRONOUNS = frozenset("我你您他她咱")
_TITLE = re.compile(r"《[^《》]*》")
_TAG = re.compile(r"#[^#\n]{1,40}#")
_MORE_OF_A_WORD = frozenset("姐妹哥弟妈爸们夫婿头")


class Doubt(NamedTuple):
    """A place of which it cannot be decided whether it speaks of a person, and why."""

    start: int
    end: int
    reason: str


def read(text: str, lexicon: Lexicon) -> Found:
    """Find the mentions in `text`, and what cannot be decided."""
    hits, doubts = scan(text, lexicon)
    reasons = [doubt.reason for doubt in doubts]
    if hits and not reasons and "named persons" in lexicon.rule("leave_out"):
        reasons = _names(text, hits, lexicon)
    return Found(hits, tuple(reasons))


@functools.cache
def _no_names() -> frozenset[str]:
    """Return the words that are no names, whatever the tagger says."""
    return frozenset(load_attribute("gender", "zh").rule("no_names"))


def _names(text: str, hits: Sequence[Hit], lexicon: Lexicon) -> list[str]:
    """Say which names that are not listed may be those of the persons mentioned."""
    taken = [(hit.start - 1, hit.end) for hit in hits]  # a surname before a title: 王先生
    taken += [match.span() for match in _TITLE.finditer(text)]
    return [
        f"'{text[start:end]}' may be the name of a person, which would not change"
        for start, end in unlisted_names(text, _no_names())
        if not within(start, end, taken)
    ]


def scan(text: str, lexicon: Lexicon) -> tuple[tuple[Hit, ...], tuple[Doubt, ...]]:
    """Find the mentions in `text`, and the places that cannot be decided.

    Titles of works, 《...》, are names and stay as they are.
    """
    lowered = plain(text)
    titles = {match.start(): match.end() for match in _TITLE.finditer(lowered)}
    doubtful = {m.start(): m.end(1) for m in lexicon.doubtful.finditer(lowered)}
    hits: list[Hit] = []
    doubts: list[Doubt] = []
    position = 0
    for place, character in enumerate(lowered):
        if place < position or not (
            character in lexicon.heads or place in doubtful or place in titles
        ):
            continue
        position = place
        found, end = _at(lowered, position, lexicon, titles, doubtful.get(position, 0))
        if isinstance(found, Hit):
            hits.append(found)
        elif found:
            doubts.append(found)
        position = max(end, position + 1)
    return tuple(hits), (*doubts, *_tagged(lowered, hits))


def _at(
    lowered: str, position: int, lexicon: Lexicon, titles: Mapping[int, int], doubtful: int
) -> tuple[Hit | Doubt | None, int]:
    """Return what stands at `position`, and where reading goes on."""
    if position in titles:
        return None, titles[position]
    surface = _longest(lowered, position, lexicon)
    if doubtful and doubtful - position >= len(surface):
        reason = f"'{lowered[position:doubtful]}' may or may not speak of a person"
        return Doubt(position, doubtful, reason), doubtful
    hit = _hit(lowered, position, surface, lexicon)
    end = position + len(surface)
    if hit and _doubled(lowered, hit):
        return Doubt(position, end, f"'{surface}' may be part of a longer word"), end
    return hit, end


def _tagged(lowered: str, hits: Sequence[Hit]) -> list[Doubt]:
    """Return the mentions within hashtags, #...#, which are names as often as words."""
    tags = [match.span() for match in _TAG.finditer(lowered)]
    return [
        Doubt(hit.start, hit.end, f"'{lowered[start:end]}' may be a name")
        for start, end in tags
        for hit in hits
        if start < hit.start and hit.end < end
    ]


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
    for entry in lexicon.short_entries:
        if entry.word == character:
            return Hit(position, position + 1, (entry,))
    return None


def _doubled(lowered: str, hit: Hit) -> bool:
    """Whether the next character repeats the last one, so that the word may end elsewhere."""
    return hit.end - hit.start > 1 and lowered[hit.end : hit.end + 1] == lowered[hit.end - 1]


class Reread(NamedTuple):
    """Why a variant does not read as it was meant, empty if it does, and whether it swaps back."""

    reason: str
    reversible: bool


def reread(variant: str, changes: Sequence[Change], lexicon: Lexicon) -> Reread:
    """Read a variant again: its new words must be found where they were put, and nowhere else.

    Without word boundaries a new word may join its neighbours into another one.
    """
    hits, doubts = scan(variant, lexicon)
    new = list(_new_places(changes))
    doubts = tuple(doubt for doubt in doubts if within(doubt.start, doubt.end, new))
    for doubt in doubts:
        if not _is_made_of(doubt, new):
            return Reread(f"the variant would not be clear: {doubt.reason}", reversible=False)
    known = [(hit.start, hit.end) for hit in hits]
    known += [(doubt.start, doubt.end) for doubt in doubts]
    for start, end in new:
        if not any(a <= start and end <= b for a, b in known):
            reason = f"'{variant[start:end]}' may be part of a longer word"
            return Reread(reason, reversible=False)
    tied = lexicon.bound is not None and lexicon.bound.search(plain(variant)) is not None
    return Reread("", reversible=not doubts and not tied)


def _is_made_of(doubt: Doubt, new: Sequence[tuple[int, int]]) -> bool:
    """Whether a doubtful place holds new words only, so that what it says is known."""
    inside = sum(b - a for a, b in new if doubt.start <= a and b <= doubt.end)
    return inside == doubt.end - doubt.start


def _new_places(changes: Sequence[Change]) -> Iterator[tuple[int, int]]:
    shift = 0
    for change in changes:
        start = change.start + shift
        yield start, start + len(change.after)
        shift += len(change.after) - (change.end - change.start)
