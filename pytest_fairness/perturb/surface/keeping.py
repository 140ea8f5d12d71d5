"""Words that a surface perturbation leaves alone: those of protected attributes, and names."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence

from pytest_fairness.attributes import Attribute, Combination, Varied
from pytest_fairness.errors import ArgumentTypeError
from pytest_fairness.perturb.lexicon import compile_lexicon, plain
from pytest_fairness.perturb.reading import Reading
from pytest_fairness.perturb.swap import as_attribute

Span = tuple[int, int]
Kept = tuple[Attribute | str, ...]
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def as_kept(keep: str | Varied | Iterable[str | Varied] | None, language: str) -> Kept:
    """Return attributes and single words that are kept.

    A text that names a built-in attribute, or several with ``+``, stands for it; in a list, any
    other text stands for itself.
    """
    if keep is None:
        return ()
    if isinstance(keep, (str, Attribute, Combination)):
        return _parts(as_attribute(keep, language))
    found: list[Attribute | str] = []
    for each in keep:
        if isinstance(each, (Attribute, Combination)):
            found += _parts(each)
        elif isinstance(each, str):
            found.append(each)
        else:
            raise ArgumentTypeError(
                f"keep holds {each!r}; expected attributes, such as load_attribute('gender'), or "
                "words."
            )
    return tuple(found)


def _parts(attribute: Varied) -> tuple[Attribute, ...]:
    return attribute.parts if isinstance(attribute, Combination) else (attribute,)


def kept_spans(text: str, kept: Kept) -> list[Span]:
    """Return where a text holds what is kept."""
    spans: list[Span] = []
    for each in kept:
        spans += _word_spans(text, each) if isinstance(each, str) else _term_spans(text, each)
    return sorted(set(spans))


def _word_spans(text: str, word: str) -> list[Span]:
    return [m.span() for m in re.finditer(re.escape(word), text, re.IGNORECASE)]


def _term_spans(text: str, attribute: Attribute) -> list[Span]:
    """Return mentions, and every other place that may be one: doubtful words are kept too."""
    found = [*Reading(text, attribute).spans]
    if attribute.language == "zh":
        return found + [m.span() for m in _any_surface(attribute).finditer(text)]
    lexicon = compile_lexicon(attribute)
    others = lexicon.rule("other_names")
    return found + [
        m.span()
        for m in _WORD.finditer(text)
        if plain(m.group()) in lexicon.terms or m.group() in others
    ]


@functools.lru_cache(maxsize=32)
def _any_surface(attribute: Attribute) -> re.Pattern[str]:
    surfaces = sorted(compile_lexicon(attribute).terms, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, surfaces)))


def is_free(span: Span, kept: Sequence[Span]) -> bool:
    """Return whether a span touches nothing that is kept."""
    return not any(span[0] < end and start < max(span[1], span[0] + 1) for start, end in kept)


def all_kept(source: str, text: str, kept: Kept) -> str:
    """Return the first kept word of a source that a rewriting lost; empty if there is none."""
    for start, end in kept_spans(source, kept):
        word = plain(source[start:end])
        if plain(text).count(word) < plain(source).count(word):
            return word
    return ""
