"""How texts are compared: what counts as the same text, its words, and its pieces."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from pytest_fairness.perturb.kin import without_marks

_SPACES = re.compile(r"\s+")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|@\w+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+(?:['’][^\W_\u3400-\u9fff]+)*")


def plain_text(text: str) -> str:
    r"""Return a text without what does not tell texts apart: width, case, runs of white space.

    Examples
    --------
    >>> plain_text("Ｈｅｌｌｏ\t WORLD ")
    'hello world'
    """
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()


def bare_text(text: str) -> str:
    r"""Return what is left of a text without numbers, punctuation, addresses and names of users.

    Texts that have it in common are copies of one another for what a model learns from them. A text
    of nothing else stays as it is.

    Examples
    --------
    >>> bare_text("RT @ann: The film was GREAT, 17 of 20!")
    'rt the film was great 0 of 0'
    >>> bare_text("17!")
    '17!'
    """
    numbered = _NUMBER.sub("0", _ADDRESS.sub(" ", plain_text(text)))
    bare = _SPACES.sub(" ", without_marks(numbered)).strip()
    return bare if bare.strip("0 ") else plain_text(text)


def words(text: str) -> list[str]:
    """Return the words of a text, each Chinese character as one, in lower case.

    Examples
    --------
    >>> words("She can't wait: 他来了!")
    ['she', "can't", 'wait', '他', '来', '了']
    """
    return [match.group() for match in _WORD.finditer(plain_text(text))]


def shingles(text: str, size: int) -> set[str]:
    """Return the runs of `size` characters of a text, or the whole text where it is shorter."""
    compact = plain_text(text)
    return {compact[i : i + size] for i in range(max(1, len(compact) - size + 1))}


def features(text: str) -> Iterator[str]:
    """Yield single words and pairs of neighbours."""
    found = words(text)
    yield from found
    yield from (f"{a} {b}" for a, b in pairwise(found))
