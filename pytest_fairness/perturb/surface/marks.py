"""Case, punctuation and spaces: what a reader sees and hardly reads.

No mark inside a number, an address or a word is touched, and question marks stay what they are.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from pytest_fairness.perturb.surface.perturbation import Found, Kind, Site

_WORD = re.compile(r"(?<![0-9A-Za-z])[^\W\d_]+(?:['’][^\W\d_]+)*")
_FINAL = re.compile(r"(?<=[\w)\"'”’])[.!。！]+(?=\s*$)")
_NO_FINAL = re.compile(r"(?<=\w)(?=\s*$)")
_COMMA = re.compile(r"(?<=[^\W\d]),(?=\s)|(?<=\w),(?=\s+[^\W\d])")
_MARK = re.compile(r"(?<=\w)[.!?,](?=\s|$)(?!\.)")
_LOOSE = re.compile(r"(?<=[\w)\"'”’])[.!,;:]+(?=\s|$)")
_CHINESE_LOOSE = re.compile(r"[。！，；：、]+")
_CHINESE_MARK = re.compile(r"(?<=\w)[。！？，](?![。！？，])")
_CHINESE_COMMA = re.compile(r"(?<=[\u3400-\u9fff])[，,](?=[\u3400-\u9fff])")
_SPACE = re.compile(r"(?<=\S) (?=\S)")
_OUTER = re.compile(r"^\s+|\s+$")
_AFTER_MARK = re.compile(r"(?<=[a-z][,;:]) (?=[A-Za-z])|(?<=[a-z][.!?]) (?=[A-Z])")


def _fixed(pattern: re.Pattern[str], *options: str) -> Callable[[str], Found]:
    """Return a finder of all matches, with the same options at each."""

    def find(text: str) -> Found:
        return Found([Site(*match.span(), options) for match in pattern.finditer(text)])

    return find


def _doubled(pattern: re.Pattern[str]) -> Callable[[str], Found]:
    def find(text: str) -> Found:
        return Found([Site(*m.span(), (m.group() * 2,)) for m in pattern.finditer(text)])

    return find


def _without_outer(text: str) -> Found:
    blank = not text.strip()
    return Found([] if blank else [Site(*m.span(), ("",)) for m in _OUTER.finditer(text)])


def _titled(word: str) -> str:
    return word[:1].upper() + word[1:].lower()


def _cased(change: Callable[[str], str]) -> Callable[[str], Found]:
    """Return a finder of the words that `change` writes in another case."""

    def find(text: str) -> Found:
        words = ((m.span(), change(m.group())) for m in _WORD.finditer(text))
        return Found([Site(a, b, (new,)) for (a, b), new in words if new != text[a:b]])

    return find


def _letters(text: str) -> Found:
    return Found([Site(*m.span()) for m in _WORD.finditer(text) if _two_cased(m.group())])


def _two_cased(word: str) -> bool:
    return any(c.lower() != c.upper() for c in word)


def _random_case(text: str, site: Site, rng: random.Random) -> str:
    word = text[site.start : site.end]
    return "".join(c.upper() if rng.random() < 0.5 else c.lower() for c in word)


_NO_LETTER = "no letter whose case could change"
KINDS = (
    Kind("lowercase", "en", _cased(str.lower), _NO_LETTER),
    Kind("uppercase", "en", _cased(str.upper), _NO_LETTER),
    Kind("titlecase", "en", _cased(_titled), _NO_LETTER),
    Kind("random_case", "en", _letters, _NO_LETTER, _random_case, 0.5),
    Kind("drop_final", "en", _fixed(_FINAL, ""), "no full stop or exclamation mark at the end"),
    Kind("add_final", "en", _fixed(_NO_FINAL, "."), "no end without a mark"),
    Kind("repeat_punctuation", "en", _doubled(_MARK), "no mark after a word", strength=0.5),
    Kind("drop_punctuation", "en", _fixed(_LOOSE, ""), "no mark after a word"),
    Kind("drop_punctuation", "zh", _fixed(_CHINESE_LOOSE, ""), "no mark after a word"),
    Kind("repeat_punctuation", "zh", _doubled(_CHINESE_MARK), "no mark after a word", strength=0.5),
    Kind("drop_commas", "en", _fixed(_COMMA, ""), "no comma between words"),
    Kind("extra_space", "en", _fixed(_SPACE, "  "), "no space between words", strength=0.3),
    Kind("tabs", "en", _fixed(_SPACE, "\t"), "no space between words", strength=0.3),
    Kind("strip", "en", _without_outer, "no space at either end"),
    Kind("missing_space", "en", _fixed(_AFTER_MARK, ""), "no space after a mark", strength=0.3),
    Kind("drop_final", "zh", _fixed(_FINAL, ""), "no full stop or exclamation mark at the end"),
    Kind(
        "drop_commas",
        "zh",
        _fixed(_CHINESE_COMMA, " ", ""),
        "no comma between Chinese characters",
    ),
)
