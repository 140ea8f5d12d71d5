"""What a swap does to a text: replacements in the case, and with the article, that stood there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from pytest_fairness.perturb.articles import in_case_of, indefinite

VALID, UNCHANGED, AMBIGUOUS = "valid", "unchanged", "ambiguous"
NOT_PRESERVING = "not label-preserving"
_ARTICLE = re.compile(r"\b(an?)(\s+)$", re.IGNORECASE)


class Change(NamedTuple):
    """One replacement: where it stood in the original text, what stood there, what came."""

    start: int
    end: int
    before: str
    after: str


@dataclass(frozen=True)
class Swap:
    """The result of a swap.

    Attributes
    ----------
    text : str
        The variant; the original text unless `status` is ``"valid"``.
    status : {"valid", "unchanged", "ambiguous", "not label-preserving"}
        Whether the variant counts; if not, whether nothing was found, something undecidable, or
        something that holds for one group only, so that the variant would state other facts.
    changes : tuple of Change
        What was replaced, from left to right.
    reason : str
        Why the swap is not valid; empty if it is.
    groups : (str, str)
        The group that the text speaks of first, and the one that the variant does.
    reversible : bool
        Whether every replacement has a way back, so that a second swap that is valid restores the
        text.
    """

    text: str
    status: str
    changes: tuple[Change, ...] = ()
    reason: str = ""
    groups: tuple[str, str] = ("", "")
    reversible: bool = True

    @property
    def valid(self) -> bool:
        """Whether the variant is a counterfactual that counts."""
        return self.status == VALID


def apply(text: str, changes: Iterable[Change]) -> str:
    """Return `text` with the changes made."""
    pieces, position = [], 0
    for change in changes:
        pieces += [text[position : change.start], change.after]
        position = change.end
    return "".join([*pieces, text[position:]])


def as_written(written: str, listed: str, word: str, *, opens: bool, lower: bool = False) -> str:
    """Return `word` in the case that `written` has, given how its term is listed.

    A term that is listed with a capital, such as "Asian", keeps it even where its counterpart was
    written without one, unless the whole text is in `lower` case.
    """
    if written != listed:
        if len(written) > 1 and written.isupper() and not listed.isupper():
            return word.upper()
        if written.islower():
            return word.lower() if lower or word[:1].islower() else word
        if not listed[:1].isupper():
            return _capitalised_like(written, word)
    return word[:1].upper() + word[1:] if opens and written[:1].isupper() else word


def _capitalised_like(written: str, word: str) -> str:
    """Capitalise every part of a compound where the written one is: "Mother-In-Law"."""
    if "-" in written and all(part[:1].isupper() for part in written.split("-")):
        return "-".join(part[:1].upper() + part[1:] for part in word.split("-"))
    return word[:1].upper() + word[1:]


def with_article(text: str, change: Change, listed: tuple[str, str] | None = None) -> Change:
    """Widen a change by the article before it, where "a" must become "an" or the reverse.

    `listed` has the two words as the lexicon writes them: "MAN" is then no acronym.
    """
    before, after = listed or (change.before, change.after)
    match = _ARTICLE.search(text, max(0, change.start - 6), change.start)
    if match is None or match.group(1).lower() != indefinite(before):
        return change
    article = in_case_of(indefinite(after), match.group(1))
    if article.lower() == match.group(1).lower():
        return change
    if len(change.before) > 1 and change.before.isupper() and change.after.isupper():
        article = article.upper()
    written = text[match.start() : change.end]
    return Change(match.start(), change.end, written, article + match.group(2) + change.after)
