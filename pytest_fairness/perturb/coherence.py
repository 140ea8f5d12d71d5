"""Whether a swap leaves a text that says one thing: checks before and after it is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from pytest_fairness.perturb.lexicon import Entry, Hit, Lexicon, plain

_BETWEEN_COUNTERPARTS = {
    "zh": re.compile(r"(?:和|与|或|或者|及|以及|跟|、|/)?"),
    "": re.compile(r" (?:and|or|nor|&) | ?/ ?"),
}


def mixed_full_name(text: str, hits: Sequence[Hit]) -> bool:
    """Whether two names of different groups stand side by side, so that one may be a surname."""
    return any(
        text[a.end : b.start] == " "
        and a.entries[0].kind == b.entries[0].kind == "name"
        and a.entries[0].group != b.entries[0].group
        for a, b in pairwise(hits)
    )


def unsure_pronoun(text: str, hits: Sequence[Hit], other: dict[int, int], lexicon: Lexicon) -> str:
    """Say which pronoun may speak of several people, or of anybody; empty if none does."""
    neutral = lexicon.neutral & other.keys()
    if not neutral:
        return ""
    hit = next((hit for hit in hits if _is_they(hit, neutral, lexicon)), None)
    if hit is None or lexicon.shows_singular(text):
        return ""
    return f"'{text[hit.start : hit.end].lower()}' may speak of several people"


def _is_they(hit: Hit, neutral: frozenset[int], lexicon: Lexicon) -> bool:
    entry = hit.entries[0]
    return entry.group in neutral and not lexicon.is_sign(entry.word)


def counterparts(
    text: str, hits: Sequence[Hit], other: dict[int, int], lexicon: Lexicon
) -> set[Hit]:
    """Return "he or she" and the like: it speaks of both, and a swap would only reorder it."""
    language = lexicon.attribute.language
    between = _BETWEEN_COUNTERPARTS.get(language, _BETWEEN_COUNTERPARTS[""])
    free = lexicon.attribute.free_kinds
    dropped: set[Hit] = set()
    for first, second in pairwise(hits):
        if first in dropped or not between.fullmatch(plain(text[first.end : second.start])):
            continue
        if any(
            (a.kind, a.place) == (b.kind, b.place)
            and (other.get(a.group) == b.group or (a.kind not in free and a.group != b.group))
            for a in first.entries
            for b in second.entries
        ):
            dropped |= {first, second}
    return dropped


def merges(entries: Sequence[Entry], answers: Sequence[tuple[int, str]]) -> bool:
    """Whether two different terms of one kind would become the same term."""
    seen: dict[tuple[str, int, str], int] = {}
    return any(
        seen.setdefault((entry.kind, group, word), entry.place) != entry.place
        for entry, (group, word) in zip(entries, answers, strict=True)
    )


def clash_of(variant: str, lexicon: Lexicon) -> str:
    """Say which words of the variant exclude each other; empty if none do."""
    rows = lexicon.attribute.rule("clashes")
    if not rows:
        return ""
    words = {match.group() for match in re.finditer(r"[^\W\d_]+", plain(variant))}
    for terms, excluded in zip(rows[::2], rows[1::2], strict=True):
        for term, word in ((t, w) for t in terms for w in excluded):
            if term in words and word in words:
                return f"'{term}' and '{word}' would speak of one person"
    return ""
