"""From a label per token to spans of characters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from pytest_fairness.models.windows import Offsets, Passage

OUTSIDE = "O"
_MARKED = re.compile(r"([BIESLU])-(.+)", re.DOTALL)
_AS = {"L": "E", "U": "S"}  # BILOU's letters in BIOES
# Scripts that put no spaces between words, where a tokenizer takes a sentence for one word.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff]"
)
_CORE = re.compile(r"[^\w]*(.*?)(?:['’]s)?[^\w]*", re.DOTALL)


class Span(NamedTuple):
    """Characters of a text that a model gives a label.

    Attributes
    ----------
    start, end : int
        The span is ``text[start:end]``.
    label : str
        Such as ``"PER"``, without marks of place.
    score : float
        Mean probability of the labels that it was read from.
    """

    start: int
    end: int
    label: str
    score: float


class Tag(NamedTuple):
    """What a label says: B, I, E or S of a kind, or O."""

    mark: str
    kind: str


class Unit(NamedTuple):
    """A token, or a word, with its label."""

    start: int
    end: int
    tag: Tag
    score: float


def read_tags(labels: Sequence[str]) -> list[Tag]:
    """Return what each label says, in the schemes BIO, BIOES, BILOU and IO.

    Examples
    --------
    >>> read_tags(["O", "B-PER", "L-PER"])
    [Tag(mark='O', kind=''), Tag(mark='B', kind='PER'), Tag(mark='E', kind='PER')]
    >>> read_tags(["O", "PER"])  # no marks: neighbours of one kind are one span
    [Tag(mark='O', kind=''), Tag(mark='I', kind='PER')]
    """
    marked = all(_MARKED.fullmatch(label) for label in labels if label != OUTSIDE)
    return [_tag(label, marked) for label in labels]


def _tag(label: str, marked: bool) -> Tag:
    if label == OUTSIDE:
        return Tag("O", "")
    match = _MARKED.fullmatch(label) if marked else None
    return Tag("I", label) if match is None else Tag(_AS.get(match[1], match[1]), match[2])


def word_starts(passage: Passage) -> list[bool]:
    """Return whether each token opens a word.

    Words are the tokenizer's, except that punctuation at their ends and a possessive "'s" stand
    apart (some tokenizers split at spaces only), and that each piece of a script without spaces
    is a word.
    """
    cores = _cores(passage)
    opens = [True]
    for before, here in pairwise(range(len(passage))):
        (_, left_end), (start, _) = passage.offsets[before], passage.offsets[here]
        core_start, core_end = cores[here]
        new = passage.words[here] != passage.words[before] or passage.words[here] is None
        edge = left_end <= core_start <= start or start >= core_end
        unspaced = _is_unspaced(passage.text, start) or _is_unspaced(passage.text, left_end - 1)
        opens.append(new or ((edge or unspaced) and start >= left_end))
    return opens[: len(passage)]


def _is_unspaced(text: str, place: int) -> bool:
    return 0 <= place < len(text) and _UNSPACED.match(text, place) is not None


def _cores(passage: Passage) -> list[tuple[int, int]]:
    """Return, for each token, where its word begins and ends without punctuation around it."""
    ends: dict[int | None, list[int]] = {}
    for word, (start, end) in zip(passage.words, passage.offsets, strict=True):
        known = ends.setdefault(word, [start, end])
        known[0], known[1] = min(known[0], start), max(known[1], end)
    cores = {word: _core(passage.text, *range_) for word, range_ in ends.items()}
    return [cores[word] for word in passage.words]


def _core(text: str, start: int, end: int) -> tuple[int, int]:
    match = _CORE.fullmatch(text[start:end])
    if match is None or not match[1]:
        return start, end
    return start + match.start(1), start + match.end(1)


def units_of(passage: Passage, scores: Any, tags: Sequence[Tag], aggregation: str) -> list[Unit]:
    """Return tokens with their likeliest labels, or words with those of their first tokens."""
    best = scores.argmax(axis=1)
    offsets: Offsets = passage.offsets
    units = [
        Unit(*ends, tags[label], float(row[label]))
        for ends, label, row in zip(offsets, best, scores, strict=True)
    ]
    if aggregation == "first":
        units = _words(units, word_starts(passage))
    return [unit for unit in units if unit.end > unit.start]


def _words(units: Sequence[Unit], opens: Sequence[bool]) -> list[Unit]:
    words: list[Unit] = []
    for unit, new in zip(units, opens, strict=True):
        if new:
            words.append(unit)
        else:
            words[-1] = words[-1]._replace(end=max(words[-1].end, unit.end))
    return words


def spans_of(units: Iterable[Unit], text: str) -> list[Span]:
    """Return the spans that labels of tokens or words make.

    A span goes on where the same kind follows as I or E. What follows an E or S, and an I of
    another kind, begins a new one.
    """
    runs: list[list[Unit]] = []
    last = Tag("O", "")
    for unit in units:
        goes_on = last.kind == unit.tag.kind and last.mark in "BI" and unit.tag.mark in "IE"
        if goes_on:
            runs[-1].append(unit)
        elif unit.tag.mark != "O":
            runs.append([unit])
        last = unit.tag
    return [span for span in (_span(run, text) for run in runs) if span.end > span.start]


def _span(run: Sequence[Unit], text: str) -> Span:
    start, end = run[0].start, run[-1].end
    inner = text[start:end]
    start += len(inner) - len(inner.lstrip())
    end -= len(inner) - len(inner.rstrip())
    return Span(start, end, run[0].tag.kind, sum(unit.score for unit in run) / len(run))
