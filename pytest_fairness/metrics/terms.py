"""Terms of groups in running text, English or Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from pytest_fairness.errors import ArgumentError

_HAN = re.compile(r"[\u3400-\u9fff]")


class TermCounter:
    """How often the terms of each group stand in texts.

    Case does not count. A term in letters must stand as whole words; a Chinese one may stand
    anywhere, as no spaces part words. Where terms overlap, the first counts, and of those that
    begin together the longest: 她们 is not 她 as well.

    Parameters
    ----------
    groups : mapping of str to sequence of str
        The terms of each group.
    protected : sequence of str
        What holds a term and is none, as 其他 holds 他.

    Raises
    ------
    ArgumentError
        If a group has no terms, or a term is empty or stands for two groups.

    Examples
    --------
    >>> counter = TermCounter({"women": ["she", "her"], "men": ["he"]})
    >>> counter(["She met her mother there.", "He left."])
    array([[2, 0],
           [0, 1]])
    """

    def __init__(self, groups: Mapping[str, Sequence[str]], protected: Sequence[str] = ()) -> None:
        self.groups = tuple(groups)
        self._group_of = _owners(groups)
        known = {plain(word) for word in protected} - set(self._group_of)
        words = sorted({*self._group_of, *known}, key=lambda word: (-len(word), word))
        self._pattern = re.compile("|".join(map(_pattern, words)))

    def __call__(self, texts: Iterable[str]) -> npt.NDArray[np.int64]:
        """Return the counts, of shape (n_texts, n_groups)."""
        listed = list(texts)
        counts = np.zeros((len(listed), len(self.groups)), dtype=np.int64)
        for row, text in zip(counts, listed, strict=True):
            for found in self._pattern.finditer(plain(text)):
                group = self._group_of.get(found.group())
                if group is not None:
                    row[group] += 1
        return counts


def plain(text: str) -> str:
    """Return a text without what does not count: case, and the form of its apostrophes."""
    return text.casefold().replace("’", "'")


def is_chinese(term: str) -> bool:
    """Return whether a term holds a Chinese character."""
    return bool(_HAN.search(term))


def _owners(groups: Mapping[str, Sequence[str]]) -> dict[str, int]:
    owners: dict[str, int] = {}
    for place, (name, terms) in enumerate(groups.items()):
        if isinstance(terms, str) or not len(terms):
            raise ArgumentError(f"Group {name!r} has the terms {terms!r}. Give a list of words.")
        for term in terms:
            word = plain(term).strip()
            if not word:
                raise ArgumentError(f"Group {name!r} has an empty term. Leave it out.")
            if owners.setdefault(word, place) != place:
                other = tuple(groups)[owners[word]]
                raise ArgumentError(
                    f"{term!r} stands for {other!r} and for {name!r}, so that a text with it tells "
                    "neither. Leave it out of one of them, or of both."
                )
    return owners


def _pattern(word: str) -> str:
    """Return what finds a word: with no letter or digit beside it, unless it is Chinese."""
    found = re.escape(word)
    return found if is_chinese(word) else rf"(?<![^\W_]){found}(?![^\W_])"
