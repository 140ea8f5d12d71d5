"""Plain text in columns: widths as a terminal counts them, wrapping, shortening, tables.

A Chinese character takes two columns and a combining mark takes none, so `len` will not do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

ELLIPSIS = "…"
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_WIDE_CHARACTER = (
    "[\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\uff00-\uff60\U00020000-\U0003fffd]"
)
_ATOMS = re.compile(rf"\s+|{_WIDE_CHARACTER}|(?:(?!{_WIDE_CHARACTER})\S)+")


def visible(text: str, *, keep: str = "") -> str:
    r"""Write characters that would act instead of being read as escapes, except those in `keep`.

    Control characters could move the cursor, direction overrides could reorder the line, and half
    a surrogate pair cannot be encoded at all.

    Examples
    --------
    >>> visible("two\nlines"), visible("\x1b[2J")
    ('two\\nlines', '\\x1b[2J')
    """
    return "".join(c if c in keep or not _acts(c) else _escape(c) for c in text)


def _acts(character: str) -> bool:
    acting = unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
    return acting or character in _BIDI_CONTROLS


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def display_width(text: str) -> int:
    """Return how many columns `text` takes in a terminal."""
    return len(text) if text.isascii() else sum(_character_width(c) for c in text)


def _character_width(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, columns: int) -> str:
    """Return the longest start of `text` that fits into `columns`."""
    used = 0
    for index, character in enumerate(text):
        used += _character_width(character)
        if used > columns:
            return text[:index]
    return text


def cut_left(text: str, columns: int) -> str:
    """Return the longest end of `text` that fits into `columns`."""
    return cut(text[::-1], columns)[::-1]


def shorten(text: str, columns: int) -> str:
    """Shorten `text` from the right, with an ellipsis, to `columns`."""
    if display_width(text) <= columns:
        return text
    return cut(text, columns - 1).rstrip() + ELLIPSIS if columns > 0 else ""


_ENDS = re.compile(r"(?:group_)?[^_]+$")


def shorten_name(text: str, columns: int) -> str:
    """Shorten an identifier in its middle: its end says what kind of number it is.

    Examples
    --------
    >>> shorten_name("demographic_parity_ratio", 20), shorten_name("accuracy_group_min", 14)
    ('demographic_pa…ratio', 'accu…group_min')
    """
    end = _ENDS.search(text)
    if display_width(text) <= columns or end is None:
        return text
    if display_width(end[0]) > columns - 3:
        return shorten_left(text, columns)
    start = cut(text, columns - 1 - display_width(end[0]))
    return start.rstrip("_") + ELLIPSIS + end[0]


def shorten_left(text: str, columns: int) -> str:
    """Shorten `text` from the left, with an ellipsis, to `columns`."""
    if display_width(text) <= columns:
        return text
    return ELLIPSIS + cut_left(text, columns - 1).lstrip() if columns > 0 else ""


def shorten_middle(text: str, columns: int) -> str:
    """Shorten `text` in its middle, with an ellipsis, to `columns`.

    Examples
    --------
    >>> shorten_middle("test_income_of_women_stays_the_same", 17)
    'test_inc…the_same'
    """
    if display_width(text) <= columns:
        return text
    end = cut_left(text, (columns - 1) // 2)
    return shorten(text, columns - display_width(end)) + end if columns > 0 else ""


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """Fill `text` with spaces up to `columns`, on its left side when it is aligned `right`."""
    space = " " * max(0, columns - display_width(text))
    return space + text if right else text + space


def wrap(text: str, columns: int, *, lines: int | None = None) -> list[str]:
    """Break `text` into lines of at most `columns`; the last of at most `lines` is shortened.

    Chinese breaks between any two characters, other scripts at spaces, and a word that is longer
    than a line breaks where the line ends.
    """
    broken = _break(text.strip(), max(2, columns))
    if lines is None or len(broken) <= lines:
        return broken
    kept = broken[: lines - 1]
    return [*kept, shorten(" ".join(broken[lines - 1 :]), columns)]


def _break(text: str, columns: int) -> list[str]:
    lines: list[str] = []
    line, used = "", 0
    for atom in _atoms(text, columns):
        size = display_width(atom)
        if used + size > columns and not atom.isspace():
            lines.append(line.rstrip())
            line, used = "", 0
        if line or not atom.isspace():
            line, used = line + atom, used + size
    return [*lines, line.rstrip()]


def _atoms(text: str, columns: int) -> Iterable[str]:
    for atom in _ATOMS.findall(text):
        while display_width(atom) > columns:
            head = cut(atom, columns)
            yield head
            atom = atom[len(head) :]
        yield atom


def table(rows: Sequence[Sequence[str]], *, right: Sequence[bool], gap: int = 2) -> list[str]:
    """Align `rows` in columns; `right` says which columns are aligned to the right."""
    widths = [max(display_width(row[i]) for row in rows) for i in range(len(right))]
    return [
        (" " * gap)
        .join(
            pad(cell, columns, right=to_right)
            for cell, columns, to_right in zip(row, widths, right, strict=True)
        )
        .rstrip()
        for row in rows
    ]
