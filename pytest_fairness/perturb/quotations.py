"""Where a text quotes: the words between quotation marks, which are somebody else's."""

from __future__ import annotations

import re
from collections.abc import Sequence

_MARKS = {"“": "”", "「": "」", "『": "』"}
_CURLED = re.compile(r"[“”「」『』]")
# An inch mark and the like, as in 5'6", is no quotation mark.
_STRAIGHT = re.compile(r'(?<!\d)"')
_APOSTROPHE = r"(?<=\w)['’](?=\w)"
# Single marks are speech only where the closing one follows a mark that ends it, as in 'Go,' or
# 'Go.': without one, a plural possessive could not be told from a closing mark.
_SINGLE = re.compile(rf"(?<![\w'])'(?=\w)(?:[^'\n]|{_APOSTROPHE})*?[.,!?…—]'(?![\w'])")
_SINGLE_CURLED = re.compile(
    rf"‘(?:[^‘’\n]|{_APOSTROPHE}|’(?=\s))*?[.,!?…—]’(?!\w)|‘[^‘’\n]+’(?!\w)"
)


def quotations(text: str) -> tuple[tuple[int, int], ...] | None:
    """Return where the quotations of `text` start and end; None where a mark has no partner.

    Examples
    --------
    >>> from pytest_fairness.perturb.quotations import quotations
    >>> quotations('He said "yes".')
    ((8, 13),)
    >>> quotations('He said "yes.') is None
    True
    """
    curled, straight = _curled(text), [match.start() for match in _STRAIGHT.finditer(text)]
    if curled is None or len(straight) % 2:
        return None
    double = curled + [(a, b + 1) for a, b in zip(straight[::2], straight[1::2], strict=True)]
    single = [m.span() for pattern in (_SINGLE, _SINGLE_CURLED) for m in pattern.finditer(text)]
    return tuple(sorted(double + [span for span in single if not within(*span, double)]))


def within(start: int, end: int, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a place shares a character with one of `spans`."""
    return any(start < b and a < end for a, b in spans)


def _curled(text: str) -> list[tuple[int, int]] | None:
    """Return the outermost pairs of curled or cornered marks."""
    found, opened = [], []
    for match in _CURLED.finditer(text):
        if match.group() in _MARKS:
            opened.append(match)
        elif not opened or _MARKS[opened[-1].group()] != match.group():
            return None
        else:
            first = opened.pop()
            if not opened:
                found.append((first.start(), match.end()))
    return None if opened else found
