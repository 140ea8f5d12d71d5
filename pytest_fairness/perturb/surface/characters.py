"""Edits of single characters: slips of the keyboard, misread print, marks and spaces."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from pytest_fairness.perturb.changes import Change

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_WORD = re.compile(r"[^\W\d_]{4,}")
_ANY_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SPACE = re.compile(r"(?<=\S) (?=\S)")
_MARK = re.compile(r"[.,;:!?。，；：！？、]+(?=\s|$|[”’\"')」』）]|(?<=[。，；：！？、]))")
_END = re.compile(r"[.!?。！？](?=\s*$)")
_MISREAD = {
    "rn": ("m",), "m": ("rn",), "l": ("1", "I"), "I": ("l", "1"), "O": ("0",), "o": ("0",),
    "0": ("O",), "1": ("l",), "5": ("S",), "S": ("5",), "B": ("8",), "8": ("B",), "cl": ("d",),
    "d": ("cl",), "vv": ("w",), "w": ("vv",), "e": ("c",), "h": ("b",), "g": ("q",),
}  # fmt: skip


def _neighbours() -> dict[str, str]:
    found: dict[str, str] = {}
    for r, row in enumerate(_ROWS):
        for c, key in enumerate(row):
            near = [row[i] for i in (c - 1, c + 1) if 0 <= i < len(row)]
            for other in (r - 1, r + 1):
                if 0 <= other < len(_ROWS):
                    shift = c + (other < r)  # a lower row stands half a key to the right
                    near += list(_ROWS[other][max(0, shift - 1) : shift + 1])
            found[key] = "".join(dict.fromkeys(near))
    return found


NEIGHBOURS = _neighbours()


def typos(text: str) -> Iterator[Change]:
    """Yield slips within words of four letters or more: a neighbouring key, one left out, twice.

    The first letter stays, as it mostly does (Damerau 1964 has the four sorts of slips).
    """
    for word in _WORD.finditer(text):
        for i in range(word.start() + 1, word.end()):
            letter = text[i]
            near = NEIGHBOURS.get(letter.lower(), "")
            for key in near:
                yield Change(i, i + 1, letter, key.upper() if letter.isupper() else key)
            yield Change(i, i + 1, letter, "")
            yield Change(i, i + 1, letter, letter + letter.lower())
            if i + 1 < word.end() and text[i + 1] != letter:
                yield Change(i, i + 2, text[i : i + 2], text[i + 1] + letter)


def misread(text: str) -> Iterator[Change]:
    """Yield letters that a reader of print takes for others: rn and m, l and 1."""
    for word in _ANY_WORD.finditer(text):
        for shape, taken in _MISREAD.items():
            for found in re.finditer(re.escape(shape), word.group()):
                start = word.start() + found.start()
                for wrong in taken:
                    yield Change(start, start + len(shape), shape, wrong)


def lowercase(text: str) -> Iterator[Change]:
    """Yield every word in small letters."""
    for word in _ANY_WORD.finditer(text):
        yield Change(*word.span(), word.group(), word.group().lower())


def uppercase(text: str) -> Iterator[Change]:
    """Yield every word in capitals."""
    for word in _ANY_WORD.finditer(text):
        yield Change(*word.span(), word.group(), word.group().upper())


def titlecase(text: str) -> Iterator[Change]:
    """Yield every word with a capital, as in a heading."""
    for word in _ANY_WORD.finditer(text):
        yield Change(*word.span(), word.group(), word.group()[:1].upper() + word.group()[1:])


def without_marks(text: str) -> Iterator[Change]:
    """Yield marks between words left out; a point within a number or an abbreviation stays."""
    for mark in _MARK.finditer(text):
        yield Change(*mark.span(), mark.group(), "")


def doubled_end(text: str) -> Iterator[Change]:
    """Yield the last mark of a text three times."""
    for mark in _END.finditer(text):
        yield Change(*mark.span(), mark.group(), mark.group() * 3)


def more_space(text: str) -> Iterator[Change]:
    """Yield single spaces doubled."""
    for space in _SPACE.finditer(text):
        yield Change(*space.span(), " ", "  ")


def less_space(text: str) -> Iterator[Change]:
    """Yield spaces left out between two words."""
    for space in re.finditer(r"(?<=\w) (?=\w)", text):
        yield Change(*space.span(), " ", "")


def without_accents(text: str) -> Iterator[Change]:
    """Yield Latin letters without the marks above or below them."""
    for i, letter in enumerate(text):
        bare = unicodedata.normalize("NFD", letter)
        if len(bare) > 1 and bare[0].isascii():
            yield Change(i, i + 1, letter, bare[0])
