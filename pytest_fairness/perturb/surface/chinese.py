"""Edits of Chinese texts: characters that sound or look alike, scripts, widths, pinyin."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_fairness.errors import MissingPackageError
from pytest_fairness.perturb.changes import Change
from pytest_fairness.perturb.surface.tables import load_table

_HAN = re.compile(r"[\u4e00-\u9fff]")
_BESIDE_LATIN = re.compile(
    r"(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[\u4e00-\u9fff])"
)
_FINALS = ("ing", "eng", "ang")
_FEATURE = "Chinese surface perturbations of script and pinyin"


def homophones(text: str) -> Iterator[Change]:
    """Yield characters for others that sound the same."""
    yield from _alike(text, "homophones")


def lookalikes(text: str) -> Iterator[Change]:
    """Yield characters for others that look nearly the same."""
    yield from _alike(text, "lookalikes")


def _alike(text: str, table: str) -> Iterator[Change]:
    others = _sets(table)
    for i, character in enumerate(text):
        for other in others.get(character, ()):
            yield Change(i, i + 1, character, other)


@functools.cache
def _sets(table: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for group in load_table("zh", "characters")[table]:
        for character in group:
            others = (c for c in group if c != character)
            found[character] = found.get(character, "") + "".join(others)
    return found


def traditional(text: str) -> Iterator[Change]:
    """Yield runs of characters in traditional script; needs OpenCC."""
    yield from _converted(text, "s2t")


def simplified(text: str) -> Iterator[Change]:
    """Yield runs of characters in simplified script; needs OpenCC."""
    yield from _converted(text, "t2s")


def _converted(text: str, how: str) -> Iterator[Change]:
    """Yield each character that a conversion of the whole text changes."""
    result = _converter(how).convert(text)
    if len(result) != len(text):  # a phrase changed its length: then only as a whole
        yield Change(0, len(text), text, result)
        return
    for i, (before, after) in enumerate(zip(text, result, strict=True)):
        if before != after:
            yield Change(i, i + 1, before, after)


@functools.cache
def _converter(how: str) -> Any:
    try:
        from opencc import OpenCC
    except ImportError as err:
        raise MissingPackageError.for_feature(_FEATURE, "opencc", "chinese") from err
    return OpenCC(how)


def pinyin(text: str) -> Iterator[Change]:
    """Yield single characters in pinyin without tones, as one who cannot recall them writes."""
    for i, character in enumerate(text):
        if _HAN.match(character):
            yield Change(i, i + 1, character, _sound(character))


def pinyin_slips(text: str) -> Iterator[Change]:
    """Yield common characters for others whose pinyin is easily taken for theirs: zh and z."""
    by_sound = _by_sound()
    for i, character in enumerate(text):
        if _HAN.match(character):
            for slip in _slips(_sound(character)):
                for other in by_sound.get(slip, ()):
                    yield Change(i, i + 1, character, other)


def _slips(sound: str) -> Iterator[str]:
    """Yield what a sound is taken for: the table lists initials and finals in pairs."""
    for one, other in load_table("zh", "characters")["pinyin_slips"]:
        for a, b in ((one, other), (other, one)):
            if one in _FINALS:
                if re.search(rf"{a}$", sound):
                    yield sound[: -len(a)] + b
            elif re.match(rf"{a}(?!h)", sound):
                yield b + sound[len(a) :]


@functools.cache
def _by_sound() -> Mapping[str, str]:
    """Return the characters of our tables by their pinyin."""
    table = load_table("zh", "characters")
    every = dict.fromkeys("".join(table["homophones"] + table["lookalikes"]))
    found: dict[str, str] = {}
    for character in every:
        found[_sound(character)] = found.get(_sound(character), "") + character
    return found


@functools.lru_cache(maxsize=8192)
def _sound(character: str) -> str:
    try:
        from pypinyin import lazy_pinyin
    except ImportError as err:
        raise MissingPackageError.for_feature(_FEATURE, "pypinyin", "chinese") from err
    return str(lazy_pinyin(character)[0])


def fullwidth(text: str) -> Iterator[Change]:
    """Yield Latin letters, figures and marks of full width."""
    for i, character in enumerate(text):
        if "!" <= character <= "~":
            yield Change(i, i + 1, character, chr(ord(character) + 0xFEE0))


def halfwidth(text: str) -> Iterator[Change]:
    """Yield Latin letters, figures and marks of half width."""
    for i, character in enumerate(text):
        if "！" <= character <= "～":
            yield Change(i, i + 1, character, chr(ord(character) - 0xFEE0))


def spaced(text: str) -> Iterator[Change]:
    """Yield a space between Chinese characters and Latin ones."""
    for place in _BESIDE_LATIN.finditer(text):
        yield Change(place.start(), place.start(), "", " ")
