"""The words that a surface change must leave alone, so that it is a fair placebo.

A typo in "she" or a synonym of "mother" would change whom a text speaks of, or how clearly. Kept
are all words by which an attribute's lexicon could name a group, whether or not a reader can decide
what they mean here; with an English attribute also words that look like names.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pytest_fairness.attributes import Attribute, Combination, Varied
from pytest_fairness.errors import ArgumentTypeError
from pytest_fairness.perturb import chinese
from pytest_fairness.perturb.english_context import starts_sentence
from pytest_fairness.perturb.lexicon import Lexicon, compile_lexicon, plain
from pytest_fairness.perturb.swap import as_attribute

Span = tuple[int, int]
Wanted = str | Varied | Iterable[str | Varied] | None
_WORD = re.compile(r"[^\W\d_]+")
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵周吴徐孙马胡朱郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕"
    "丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱"
)
_MANY_CAPITALS = 4
_HAN = re.compile(r"[\u3400-\u9fff]")


class Kept(NamedTuple):
    """Where kept words stand in a text: `spans` to leave alone, `words` that must not change."""

    spans: tuple[Span, ...]
    words: tuple[str, ...]

    def touches(self, start: int, end: int) -> bool:
        """Whether an edit would change a kept word; one at its border does not."""
        return any((start < b and end > a) or a < start == end < b for a, b in self.spans)


@dataclass(frozen=True)
class Keep:
    """Attributes and words to keep."""

    attributes: tuple[Attribute, ...] = ()
    words: tuple[str, ...] = ()

    def read(self, text: str) -> Kept:
        """Find the kept words of a text."""
        if not self.attributes and not self.words:
            return Kept((), ())
        spans = sorted(set(self._listed(text)))
        names = [*self._names(text, spans)]
        return Kept((*spans, *names), tuple(text[a:b] for a, b in spans))

    def _names(self, text: str, spans: Iterable[Span]) -> Iterator[Span]:
        languages = {attribute.language for attribute in self.attributes}
        if "en" in languages:
            yield from _capitals(text)
        if "zh" in languages:  # the surname in 王先生, 李女士, 张师傅
            before = (a - 1 for a, _ in spans if a and text[a - 1] in _SURNAMES)
            yield from ((a, a + 1) for a in before)

    def _listed(self, text: str) -> Iterator[Span]:
        lowered = plain(text)
        for attribute in self.attributes:
            reader = _chinese_spans if attribute.language == "zh" else _english_spans
            yield from reader(text, lowered, compile_lexicon(attribute))
        if self.words:
            pattern = _pattern(self.words)
            yield from (match.span() for match in pattern.finditer(lowered))


def keep_of(keep: Wanted, language: str = "en") -> Keep:
    """Return what the argument ``keep=`` asks for.

    A text alone names built-in attributes, as in ``"gender + religion"``; in a list, a text is a
    word to keep.
    """
    if keep is None:
        return Keep()
    if isinstance(keep, (str, Attribute, Combination)):
        return Keep(_parts(as_attribute(keep, language)))
    if not isinstance(keep, Iterable):
        raise _not_kept(keep)
    attributes: list[Attribute] = []
    words: list[str] = []
    for item in keep:
        if isinstance(item, (Attribute, Combination)):
            attributes += _parts(item)
        elif isinstance(item, str) and item.strip():
            words.append(plain(item))
        else:
            raise _not_kept(item)
    return Keep(tuple(attributes), tuple(words))


def _parts(attribute: Varied) -> tuple[Attribute, ...]:
    return attribute.parts if isinstance(attribute, Combination) else (attribute,)


def _not_kept(item: object) -> ArgumentTypeError:
    return ArgumentTypeError(
        f"keep holds {item!r}; expected the name of an attribute, an Attribute, or a list of "
        "attributes and words, such as keep=[load_attribute('gender'), 'Acme']."
    )


@functools.lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(_bounded, sorted(words, key=len, reverse=True))))


def _bounded(word: str) -> str:
    escaped = re.escape(word)
    return escaped if _HAN.search(word) else rf"(?<!\w){escaped}(?!\w)"


def _english_spans(text: str, lowered: str, lexicon: Lexicon) -> Iterator[Span]:
    others = lexicon.rule("other_names")
    for word in _WORD.finditer(lowered):
        start, end = word.span()
        for surface in lexicon.by_head.get(word.group(), ()):
            stop = start + len(surface)
            if lowered.startswith(surface, start) and not lowered[stop : stop + 1].isalnum():
                yield start, stop
                break
        else:
            if text[start:end] in others:
                yield start, end


def _chinese_spans(text: str, lowered: str, lexicon: Lexicon) -> Iterator[Span]:
    yield from ((hit.start, hit.end) for hit in chinese.read(text, lexicon).hits)
    position = 0
    while position < len(lowered):
        heads = lexicon.by_head.get(lowered[position], ())
        surface = next((s for s in heads if lowered.startswith(s, position)), "")
        if surface:
            yield position, position + len(surface)
        position += max(1, len(surface))


def _capitals(text: str) -> tuple[Span, ...]:
    """Find words with a capital inside a sentence; none where capitals are the custom."""
    words = [m.span() for m in _WORD.finditer(text)]
    inside = [(a, b) for a, b in words if text[a:b] != "I" and not starts_sentence(text, a)]
    capital = [(a, b) for a, b in inside if text[a].isupper()]
    customary = len(capital) >= _MANY_CAPITALS and 3 * len(capital) > 2 * len(inside)
    return () if customary else tuple(capital)
