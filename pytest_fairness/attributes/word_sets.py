"""Built-in words for association tests, read from the TOML files below ``words/``.

A file holds ``language``, ``source``, ``licence``, ``date`` and

``[words]``
    Lists of words by label.
``[terms]``
    Lists from a lexicon, by label: its ``attribute``, ``group`` and ``kind``, and how many terms to
    take from the ``first`` one on.
``[sets.NAME]``
    The labels of ``x``, ``y``, ``a`` and ``b``, and whose ``idea`` the test is.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_fairness.attributes.loader import load_attribute, parsed
from pytest_fairness.errors import ArgumentError

_SIDES = ("x", "y", "a", "b")
LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class WordSets:
    """Two sets of target words and two of attribute words; iterating gives x, y, a and b.

    Attributes
    ----------
    name, language : str
    x, y, a, b : tuple of str
        x and y are of equal size, and so are a and b. Where a known stereotype holds, x goes with
        a, and y with b: the effect size is positive.
    labels : tuple of str
        What each set is, such as ``("men", "women", "career", "family")``.
    idea : str
        Whose test it is; the words are our own.
    source, licence, date : str
    """

    name: str
    language: str
    x: tuple[str, ...]
    y: tuple[str, ...]
    a: tuple[str, ...]
    b: tuple[str, ...]
    labels: tuple[str, str, str, str]
    idea: str
    source: str
    licence: str
    date: str

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return iter((self.x, self.y, self.a, self.b))


def word_sets(name: str, *, language: str = "en") -> WordSets:
    """Return built-in words for `assert_association`.

    Parameters
    ----------
    name : str
        ``"gender-career"``, ``"gender-science"``, ``"age-pleasantness"`` or ``"area-competence"``;
        in English also ``"race-pleasantness"``, in Chinese ``"hukou-competence"`` and
        ``"local-competence"``.
    language : {"en", "zh"}, default "en"

    Returns
    -------
    WordSets

    Raises
    ------
    ArgumentError
        If there are none of that name in that language; the message lists those that exist.

    Examples
    --------
    >>> from pytest_fairness import word_sets
    >>> x, y, a, b = word_sets("gender-career")
    >>> x[:2], y[:2]
    (('Matthew', 'David'), ('Jessica', 'Sarah'))
    >>> a[:2], b[:2]
    (('promotion', 'profession'), ('household', 'kitchen'))

    Or straight into the assertion: ``assert_association(model, *word_sets("gender-career"),
    max_effect_size=0.5)``.
    """
    listed = available_word_sets()
    if name not in listed.get(language, ()):
        known = "; ".join(f"{lang}: {', '.join(names)}" for lang, names in listed.items())
        raise ArgumentError(
            f"There are no word sets {name!r} for language {language!r}. Built in are {known}. "
            "For another association, give assert_association lists of your own."
        )
    data = _read(language)
    chosen = data["sets"][name]
    x, y, a, b = (_words(data, chosen[side]) for side in _SIDES)
    labels = tuple(str(chosen[side]) for side in _SIDES)
    return WordSets(
        name,
        language,
        x,
        y,
        a,
        b,
        labels=(labels[0], labels[1], labels[2], labels[3]),
        idea=chosen["idea"],
        source=data["source"],
        licence=data["licence"],
        date=str(data["date"]),
    )


def available_word_sets() -> Mapping[str, tuple[str, ...]]:
    """Return the names of the built-in word sets by language."""
    return {language: tuple(_read(language)["sets"]) for language in LANGUAGES}


def _words(data: Mapping[str, Any], label: str) -> tuple[str, ...]:
    if label in data["words"]:
        return tuple(data["words"][label])
    where = data["terms"][label]
    attribute = load_attribute(where["attribute"], data["language"])
    return attribute.terms(where["group"], where["kind"])[: where["first"]]


@functools.cache
def _read(language: str) -> Mapping[str, Any]:
    return parsed("words", f"{language}.toml")
