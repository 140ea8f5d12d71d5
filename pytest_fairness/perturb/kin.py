"""What belongs together when things are dealt out: texts that a pair joins, words of one family.

A repair is judged on what it did not see. "Widows" is not new to who saw "widow", nor is "Reform
Jewish" to who saw "Jewish", nor "He is a cook." to who saw the pair that it makes with "She is a
cook."
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence

_WORD = re.compile(r"[^\W_]+")
_SLOT = re.compile(r"(\{[^{}]*\})")
_LEAST = 2  # characters of Chinese that can be a word in another
_PLURALS = (
    ("men", "man"),
    ("children", "child"),
    ("people", "person"),
    ("wives", "wife"),
    ("ies", "y"),
)
_SHORTEST = 4  # letters of a word that may be a plural


def written_alike(text: str) -> str:
    """Return what texts have in common that differ in white space, case and punctuation alone.

    Examples
    --------
    >>> written_alike("{Name} is tall !") == written_alike("{name}  is tall.")
    True
    >>> written_alike("{a.name} is tall.") == written_alike("{aname} is tall.")
    False
    """
    pieces = _SLOT.split("".join(text.split()).casefold())  # every second one is a slot
    words = (piece if i % 2 else without_marks(piece, "") for i, piece in enumerate(pieces))
    return "".join(words) or text


def without_marks(text: str, instead: str = " ") -> str:
    """Return a text with something else in the place of each punctuation mark.

    Examples
    --------
    >>> without_marks("Well, 5% off!")
    'Well  5  off '
    """
    return text.translate({ord(mark): instead for mark in set(text) & _marks()})


@functools.cache
def _marks() -> frozenset[str]:
    """Return the punctuation marks of all scripts."""
    plane = map(chr, range(0x10000))
    return frozenset(c for c in plane if unicodedata.category(c).startswith("P"))


def joined(keys: Sequence[Iterable[Hashable]]) -> list[list[int]]:
    """Return the positions of items that share a key, or are joined by others that do.

    Examples
    --------
    >>> joined([{"a", "b"}, {"c"}, {"b", "d"}, {"d"}])
    [[0, 2, 3], [1]]
    """
    root = list(range(len(keys)))
    owner: dict[Hashable, int] = {}
    for place, each in enumerate(keys):
        for key in each:
            first, second = _root(root, owner.setdefault(key, place)), _root(root, place)
            root[max(first, second)] = min(first, second)
    found: dict[int, list[int]] = {}
    for place in range(len(keys)):
        found.setdefault(_root(root, place), []).append(place)
    return list(found.values())


def _root(root: list[int], place: int) -> int:
    while root[place] != place:
        root[place] = root[root[place]]
        place = root[place]
    return place


def families(rows: Sequence[Collection[str]], language: str) -> list[list[int]]:
    """Return the positions of rows that hold words of one family, the plainest row first.

    A row is what is said of one thing: a term in all its forms, or a term with its counterparts.
    Two belong to a family where a word of one contains a word of the other, is its plural or is
    the same but for hyphens. In Chinese, which has no word boundaries, two characters are the least
    that counts. A stem alone makes no family: 上海人 and 上海老乡 stay two words, as every group
    has just such two, and whole groups that were never taught would be judged.

    Examples
    --------
    >>> families([["Reform Jews"], ["nun", "monk"], ["Jew"], ["nuns", "monks"]], "en")
    [[2, 0], [1, 3]]
    >>> families([["小男孩"], ["男孩"], ["男人"]], "zh")
    [[1, 0], [2]]
    """
    pieces = [[_pieces(word, language) for word in row] for row in rows]
    known = {word for row in pieces for word in row}
    keys: list[set[Hashable]] = [
        {run for word in row for run in _runs(word, language) if run in known}
        | {"".join(word) for word in row}
        for row in pieces
    ]
    plain = [_plainness(row, each) for row, each in zip(rows, pieces, strict=True)]
    return [sorted(family, key=plain.__getitem__) for family in joined(keys)]


def _plainness(
    row: Collection[str], pieces: Sequence[tuple[str, ...]]
) -> tuple[int, int, list[str]]:
    """Order rows by their words, their letters and the alphabet."""
    return sum(map(len, pieces)), sum(map(len, row)), sorted(row)


def _pieces(word: str, language: str) -> tuple[str, ...]:
    """Return what a word is made of: words without their plural, or characters."""
    if language == "zh":
        return tuple(word)
    return tuple(map(_plain, _WORD.findall(word.casefold()))) or (word,)


def _plain(word: str) -> str:
    """Return a word without what makes it a plural; what is left need not be a word."""
    if len(word) < _SHORTEST and word != "men":
        return word
    for plural, singular in _PLURALS:
        if word.endswith(plural):
            word = word.removesuffix(plural) + singular
            break
    else:
        word = word if word.endswith("ss") else word.removesuffix("s")
    return word.removesuffix("e")


def _runs(pieces: tuple[str, ...], language: str) -> Iterator[tuple[str, ...]]:
    """Yield a word and whatever stands in it and could be a word."""
    least = _LEAST if language == "zh" else 1
    yield pieces
    for start in range(len(pieces)):
        for end in range(start + least, len(pieces) + 1):
            yield pieces[start:end]
