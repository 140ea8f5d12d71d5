"""English words for others of the same meaning: contractions, spellings, synonyms."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping

from pytest_fairness.perturb.changes import Change, with_article
from pytest_fairness.perturb.surface.tables import load_table

_EXPANDED = {
    "can't": "cannot", "won't": "will not", "shan't": "shall not", "let's": "let us",
    "i'm": "I am", "you're": "you are", "we're": "we are", "they're": "they are",
    "i've": "I have", "you've": "you have", "we've": "we have", "they've": "they have",
    "i'll": "I will", "you'll": "you will", "he'll": "he will", "she'll": "she will",
    "we'll": "we will", "they'll": "they will", "it'll": "it will",
    **{f"{v}n't": f"{v} not" for v in (
        "is", "are", "was", "were", "do", "does", "did", "have", "has", "had", "could", "would",
        "should", "must", "need",
    )},
}  # fmt: skip
_CONTRACTED = {full.lower(): short for short, full in _EXPANDED.items()}
_SHORT = re.compile(r"(?<![\w'’])[A-Za-z]+['’][A-Za-z]+(?![\w'’])")
_LONG = re.compile(
    r"(?<![\w'’])(?:" + "|".join(sorted(map(re.escape, _CONTRACTED), key=len, reverse=True)) + r")"
    r"(?=\s+\w)",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"n't\s+(?:i|you|he|she|it|we|they|the|a|this|that)\b", re.IGNORECASE)
_WORD = re.compile(r"(?<![\w'’-])[A-Za-z]+(?![\w'’-])")


def expanded(text: str) -> Iterator[Change]:
    """Yield contractions in full; "'s" and "'d" stand for two words each, and stay."""
    for found in _SHORT.finditer(text):
        written = found.group()
        full = _EXPANDED.get(written.lower().replace("’", "'"))
        asks = _QUESTION.match(text[found.start() :].lower().replace("’", "'"), len(written) - 3)
        if full and not asks:
            yield Change(*found.span(), written, _cased(full, written))


def contracted(text: str) -> Iterator[Change]:
    """Yield full forms contracted, within a sentence."""
    for found in _LONG.finditer(text):
        short = _CONTRACTED[found.group().lower()]
        yield Change(*found.span(), found.group(), _cased(short, found.group()))


def british(text: str) -> Iterator[Change]:
    """Yield words in British spelling."""
    return _replaced(text, _spellings()[0])


def american(text: str) -> Iterator[Change]:
    """Yield words in American spelling."""
    return _replaced(text, _spellings()[1])


def synonyms(text: str) -> Iterator[Change]:
    """Yield words for another of the same meaning, in the same form; "a" and "an" follow."""
    table = _synonyms()
    for change in _replaced(text, {word: others[0] for word, others in table.items()}):
        for other in table[change.before.lower()]:
            yield with_article(text, change._replace(after=_cased(other, change.before)))


def _replaced(text: str, table: Mapping[str, str]) -> Iterator[Change]:
    for found in _WORD.finditer(text):
        other = table.get(found.group().lower())
        if other:
            yield Change(*found.span(), found.group(), _cased(other, found.group()))


def _cased(word: str, model: str) -> str:
    if len(model) > 1 and model.isupper() and model != "I":
        return word.upper()
    return word[:1].upper() + word[1:] if model[:1].isupper() else word


@functools.cache
def _spellings() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return American words to British ones, and the reverse, in all their forms."""
    rows = [(a, b) for a, b in load_table("en", "spelling")["words"]]
    for ours, theirs in load_table("en", "spelling")["verbs"]:
        rows += [(form(ours), form(theirs)) for form in _FORMS]
    for ours, theirs in load_table("en", "spelling")["nouns"]:
        rows += [(ours, theirs), (ours + "s", theirs + "s")]
    return dict(rows), {theirs: ours for ours, theirs in rows}


def _with_ing(verb: str) -> str:
    return verb[:-1] + "ing" if verb.endswith("e") else verb + "ing"


def _with_ed(verb: str) -> str:
    return verb + "d" if verb.endswith("e") else verb + "ed"


_FORMS: tuple[Callable[[str], str], ...] = (str, lambda v: v + "s", _with_ed, _with_ing)


@functools.cache
def _synonyms() -> Mapping[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for row in load_table("en", "synonyms")["rows"]:
        for word in row:
            table[word] = tuple(other for other in row if other != word)
    return table
