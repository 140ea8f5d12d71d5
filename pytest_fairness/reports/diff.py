"""Which words differ between two texts: for Latin scripts by word, for Chinese by character."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

_IDEOGRAPH = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3041-\u30ff\U00020000-\U0003fffd"
_TOKEN = re.compile(rf"[{_IDEOGRAPH}]|\s+|(?:(?![{_IDEOGRAPH}])[\w'’-])+|[^\w\s]|.", re.DOTALL)

_MOST_COMPARISONS = 1_000_000


@dataclass(frozen=True)
class Segment:
    """A piece of a text that differs from the other text, or does not."""

    text: str
    changed: bool


def tokens(text: str) -> list[str]:
    """Split `text` into words, single ideographs, spaces and signs; joined, they give it back."""
    return _TOKEN.findall(text)


def word_diff(first: str, second: str) -> tuple[tuple[Segment, ...], tuple[Segment, ...]]:
    """Return the segments of both texts; joined, they give the texts back.

    Examples
    --------
    >>> [s.text for s in word_diff("Anna is late.", "Tom is late.")[1] if s.changed]
    ['Tom']
    >>> [s.text for s in word_diff("他的丈夫", "他的妻子")[0] if s.changed]
    ['丈夫']
    """
    left, right = tokens(first), tokens(second)
    head = _shared(left, right)
    tail = _shared(left[head:][::-1], right[head:][::-1])
    middle_left, middle_right = left[head : len(left) - tail], right[head : len(right) - tail]
    same_left, same_right = _matched(middle_left, middle_right)
    ends = ("".join(left[:head]), "".join(left[len(left) - tail :]))
    return (
        _segments(ends, middle_left, same_left),
        _segments(ends, middle_right, same_right),
    )


def _shared(left: Sequence[str], right: Sequence[str]) -> int:
    """Return how many first tokens are the same on both sides."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(left), len(right)))


def _matched(left: Sequence[str], right: Sequence[str]) -> tuple[set[int], set[int]]:
    """Return the positions, on either side, of tokens that both sides share in order.

    Long texts that differ nearly everywhere would take minutes to align, and marks on every second
    word would help nobody: there, all of it counts as changed.
    """
    if len(left) * len(right) > _MOST_COMPARISONS:
        return set(), set()
    blocks = SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
    return (
        {i for block in blocks for i in range(block.a, block.a + block.size)},
        {i for block in blocks for i in range(block.b, block.b + block.size)},
    )


def _segments(ends: tuple[str, str], middle: Sequence[str], same: set[int]) -> tuple[Segment, ...]:
    pieces = [Segment(token, index not in same) for index, token in enumerate(middle)]
    whole = [Segment(ends[0], False), *pieces, Segment(ends[1], False)]
    return tuple(_join(_bridge(_join(whole))))


def _join(pieces: Iterable[Segment]) -> list[Segment]:
    """Join neighbours of one kind, and drop what is empty."""
    filled = (piece for piece in pieces if piece.text)
    return [
        Segment("".join(piece.text for piece in run), changed)
        for changed, run in groupby(filled, key=lambda piece: piece.changed)
    ]


def _bridge(pieces: list[Segment]) -> list[Segment]:
    """Count a space between two changed words as changed: one mark reads better than two."""
    last = len(pieces) - 1
    return [
        Segment(piece.text, piece.changed or (0 < i < last and piece.text.isspace()))
        for i, piece in enumerate(pieces)
    ]
