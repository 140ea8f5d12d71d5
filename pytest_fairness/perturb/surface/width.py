"""Chinese writing: full and half width, spaces beside Latin letters, traditional and simplified."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

from pytest_fairness.errors import MissingPackageError
from pytest_fairness.perturb.surface.change import difference
from pytest_fairness.perturb.surface.perturbation import Found, Kind, Site

_FULL = {chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)}
_HALF = {full: half for half, full in _FULL.items()} | {"\u3000": " "}
_HAN = r"[\u3400-\u9fff]"
_JOINT = re.compile(rf"(?<={_HAN})(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?={_HAN})")
_SPACED = re.compile(rf"(?<={_HAN}) +(?=[A-Za-z0-9])|(?<=[A-Za-z0-9]) +(?={_HAN})")


def _widths(letters: dict[str, str], which: Callable[[str], bool]) -> Callable[[str], Found]:
    table = {letter: (other,) for letter, other in letters.items() if which(letter)}

    def find(text: str) -> Found:
        return Found([Site(i, i + 1, table[c]) for i, c in enumerate(text) if c in table])

    return find


def _any(letter: str) -> bool:
    return True


def _is_word(letter: str) -> bool:
    return letter.isalnum()


def _is_mark(letter: str) -> bool:
    return not letter.isalnum()


def _at(pattern: re.Pattern[str], new: str) -> Callable[[str], Found]:
    def find(text: str) -> Found:
        return Found([Site(*match.span(), (new,)) for match in pattern.finditer(text)])

    return find


@functools.cache
def _converter(config: str) -> Callable[[str], str]:
    try:
        package: Any = import_module("opencc")
    except ImportError as err:
        feature = "Converting between simplified and traditional Chinese"
        raise MissingPackageError.for_feature(feature, "opencc", "chinese") from err
    convert: Callable[[str], str] = package.OpenCC(config).convert
    return convert


def _script(config: str) -> Callable[[str], Found]:
    """Return a finder of what OpenCC writes otherwise, phrase by phrase, read as a whole."""

    def find(text: str) -> Found:
        converted = _converter(config)(text)
        if len(converted) != len(text):
            return Found([Site(c.start, c.end, (c.after,)) for c in difference(text, converted)])
        pairs = enumerate(zip(text, converted, strict=True))
        return Found([Site(i, i + 1, (new,)) for i, (old, new) in pairs if old != new])

    return find


KINDS = (
    Kind("fullwidth", "zh", _widths(_FULL, _any), "no half-width character"),
    Kind("fullwidth_words", "zh", _widths(_FULL, _is_word), "no half-width letter or digit"),
    Kind("fullwidth_marks", "zh", _widths(_FULL, _is_mark), "no half-width mark"),
    Kind("halfwidth", "zh", _widths(_HALF, _any), "no full-width character"),
    Kind("halfwidth_words", "zh", _widths(_HALF, _is_word), "no full-width letter or digit"),
    Kind("halfwidth_marks", "zh", _widths(_HALF, _is_mark), "no full-width mark"),
    Kind("extra_space", "zh", _at(_JOINT, " "), "no Chinese character beside a Latin one"),
    Kind("no_spaces", "zh", _at(_SPACED, ""), "no space between Chinese and Latin letters"),
    Kind("traditional", "zh", _script("s2t"), "no character that is written otherwise"),
    Kind("simplified", "zh", _script("t2s"), "no character that is written otherwise"),
)
