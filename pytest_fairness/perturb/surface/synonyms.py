"""Synonyms from a small lexicon of neutral words with one sense, in the form that stood there.

A verb keeps its tense, a noun its number, a word its case, and "a" becomes "an" where it must. The
lexicon leads from a word with one sense to a more common one, and back only where both have one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping

from pytest_fairness.perturb.changes import Change, as_written, with_article
from pytest_fairness.perturb.surface.perturbation import Found, Kind, Site
from pytest_fairness.perturb.surface.spelling import may_be_name
from pytest_fairness.perturb.surface.tables import table

_COMPARED = re.compile(r"\b(?:more|most|less|least)\s+$", re.IGNORECASE)
_SIBILANT = ("s", "x", "z", "ch", "sh")


def verb_forms(verb: str) -> tuple[str, ...]:
    """Return the forms of a regular verb, or those of an irregular one written with spaces.

    Examples
    --------
    >>> verb_forms("reply")
    ('reply', 'replies', 'replied', 'replied', 'replying')
    >>> verb_forms("choose chooses chose chosen choosing")[2]
    'chose'
    """
    if " " in verb:
        return tuple(verb.split())
    stem = verb[:-1] if verb.endswith("e") else verb
    past = f"{verb[:-1]}ied" if _ends_in_y(verb) else f"{stem}ed"
    ing = verb if verb.endswith("ee") else stem
    return verb, _with_s(verb), past, past, f"{ing}ing"


def noun_forms(noun: str) -> tuple[str, ...]:
    """Return singular and plural of a regular noun, or of one written as "one many"."""
    return tuple(noun.split()) if " " in noun else (noun, _with_s(noun))


def _ends_in_y(word: str) -> bool:
    return word.endswith("y") and word[-2] not in "aeiou"


def _with_s(word: str) -> str:
    if _ends_in_y(word):
        return f"{word[:-1]}ies"
    return word + ("es" if word.endswith(_SIBILANT) else "s")


def _as_is(word: str) -> tuple[str, ...]:
    return (word,)


_FORMS: Mapping[str, Callable[[str], tuple[str, ...]]] = {
    "verbs": verb_forms,
    "nouns": noun_forms,
    "others": _as_is,
}


@functools.cache
def synonyms() -> Mapping[str, tuple[str, ...]]:
    """Return the synonyms of each listed form."""
    data = table("en", "synonyms")
    found: dict[str, dict[str, None]] = {}
    for part, forms in _FORMS.items():
        for source, target in _rows(data[part]):
            for before, after in _certain(forms(source), forms(target)):
                found.setdefault(before, {})[after] = None
    return {word: tuple(others) for word, others in found.items()}


def _certain(before: tuple[str, ...], after: tuple[str, ...]) -> list[tuple[str, str]]:
    """Pair forms, less those that two forms of the other word answer: "selected" and "chose"."""
    pairs = set(zip(before, after, strict=True))
    once = [
        (a, b)
        for a, b in pairs
        if before.count(a) == 1 or len({y for x, y in pairs if x == a}) == 1
    ]
    return sorted((a.replace("_", " "), b.replace("_", " ")) for a, b in once)


def _rows(data: Mapping[str, Iterable[list[str]]]) -> list[tuple[str, str]]:
    both = [(a, b) for a, b in data["both"]]
    return [*((a, b) for a, b in data["one_way"]), *both, *((b, a) for a, b in both)]


@functools.cache
def _pattern() -> re.Pattern[str]:
    words = sorted(synonyms(), key=len, reverse=True)
    return re.compile(rf"(?<![\w@#/.'’-])(?:{'|'.join(words)})(?![\w@/'’-]|\.\w)", re.IGNORECASE)


def _find(text: str) -> Found:
    sites, doubts = [], []
    for match in _pattern().finditer(text):
        word = match.group()
        if may_be_name(text, match.start(), word):
            doubts.append(f"'{word}' may be part of a name")
        elif _COMPARED.search(text, max(0, match.start() - 8), match.start()):
            doubts.append(f"'{word}' is compared, and its synonym may compare in another way")
        else:
            sites.append(_site(text, match))
    return Found(sites, tuple(doubts))


def _site(text: str, match: re.Match[str]) -> Site:
    """Return a word's site; with an article before it, all options bring theirs."""
    word, (start, end) = match.group(), match.span()
    others = (as_written(word, word.lower(), o, opens=False) for o in synonyms()[word.lower()])
    changes = [with_article(text, Change(start, end, word, other)) for other in others]
    first = min(change.start for change in changes)
    return Site(first, end, tuple(text[first : c.start] + c.after for c in changes))


KINDS = (Kind("synonym", "en", _find, "no word of the synonym lexicon", strength=0.5),)
