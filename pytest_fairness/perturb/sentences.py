"""Where sentences begin and end, in English and Chinese."""

from __future__ import annotations

import re
from itertools import pairwise

_ENGLISH_END = re.compile(r"[.!?…]+[\"'”’)\]]*\s+(?=[\"'“‘(\[]*[A-Z0-9])|\n+\s*")
_CHINESE_END = re.compile(r"[。！？；!?;…]+[”’」』）)]*\s*|\n+\s*")
_ABBREVIATION = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|Mt|vs|etc|e\.g|i\.e|No|Inc|Ltd|Co|approx|[A-Z])\.\s*$"
)


def sentences(text: str, language: str = "en") -> tuple[tuple[int, int], ...]:
    """Return start and end of every sentence; white space between sentences belongs to none.

    Examples
    --------
    >>> text = "Dr. Lee called. She left."
    >>> [text[a:b] for a, b in sentences(text)]
    ['Dr. Lee called.', 'She left.']
    """
    pattern = _CHINESE_END if language == "zh" else _ENGLISH_END
    cuts = [m.end() for m in pattern.finditer(text) if not _ABBREVIATION.search(text, 0, m.end())]
    edges = [0, *cuts, len(text)]
    spans = (_trimmed(text, a, b) for a, b in pairwise(edges))
    return tuple((a, b) for a, b in spans if a < b)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return end - len(piece.lstrip()), start + len(piece.rstrip())
