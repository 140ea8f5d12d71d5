"""Slips of a keyboard and of a scanner, in words of four letters and more.

A slip keeps the first letter, as readers do best with, leaves negations alone (a typo in "never"
may cost the meaning), and does not write another common word: "form" does not become "from".
"""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Callable, Iterator

from pytest_fairness.perturb.surface.perturbation import Found, Kind, Site
from pytest_fairness.perturb.surface.tables import table, words_of

_ROWS = (("qwertyuiop", 0.0), ("asdfghjkl", 0.25), ("zxcvbnm", 0.75))
_WORD = re.compile(r"(?<![\w'’@#/.-])[A-Za-z]{4,}(?![\w@/]|['’-]\w|\.\w|:/)")
_LETTERS = re.compile(r"(?<![\w@#/.])[A-Za-z]+(?![\w@/]|\.\w|:/)")
NEGATIONS = frozenset(
    words_of(
        "no not never none nor nobody nothing neither nowhere cannot without hardly barely unless "
        "lack lacks lacked lacking fail fails failed refuse refuses refused deny denies denied"
    )
)
_TRIES = 8


@functools.cache
def neighbours() -> dict[str, str]:
    """Return, for each letter, the letters whose keys lie beside it on a QWERTY keyboard."""
    keys = {c: (x + shift, y) for y, (row, shift) in enumerate(_ROWS) for x, c in enumerate(row)}
    return {a: "".join(b for b in keys if b != a and _near(keys[a], keys[b])) for a in keys}


def _near(a: tuple[float, int], b: tuple[float, int]) -> bool:
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 < 1.6


@functools.cache
def common_words() -> frozenset[str]:
    """Return common words that no slip may write by chance."""
    words: list[str] = table("en", "common")["words"]
    return frozenset(words) | NEGATIONS


def _substituted(word: str, rng: random.Random) -> str:
    i = rng.randrange(1, len(word))
    return word[:i] + _beside(word[i], rng) + word[i + 1 :]


def _inserted(word: str, rng: random.Random) -> str:
    i = rng.randrange(1, len(word))
    return word[: i + 1] + _beside(word[i], rng) + word[i + 1 :]


def _deleted(word: str, rng: random.Random) -> str:
    i = rng.randrange(1, len(word))
    return word[:i] + word[i + 1 :]


def _transposed(word: str, rng: random.Random) -> str:
    i = rng.randrange(1, len(word) - 1)
    return word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def _any_slip(word: str, rng: random.Random) -> str:
    return rng.choice((_substituted, _inserted, _deleted, _transposed))(word, rng)


def _beside(letter: str, rng: random.Random) -> str:
    key = rng.choice(neighbours()[letter.lower()])
    return key.upper() if letter.isupper() else key


def _words(text: str) -> Found:
    spans = (m.span() for m in _WORD.finditer(text) if m.group().lower() not in NEGATIONS)
    return Found([Site(*span) for span in spans])


def _writer(slip: Callable[[str, random.Random], str]) -> Callable[..., str | None]:
    def write(text: str, site: Site, rng: random.Random) -> str | None:
        word = text[site.start : site.end]
        for _ in range(_TRIES):
            slipped = slip(word, rng)
            if slipped != word and slipped.lower() not in common_words():
                return slipped
        return None

    return write


def _scanned(text: str) -> Found:
    sites = []
    for match in _LETTERS.finditer(text):
        word = match.group()
        if word.lower() in NEGATIONS:
            continue
        options = tuple(o for o in _misread(word) if o.lower() not in common_words())
        if options:
            sites.append(Site(*match.span(), options))
    return Found(sites)


def _misread(word: str) -> Iterator[str]:
    """Yield what a scanner may read for a word: one confusion at one place."""
    for shape, others in table("en", "ocr")["shapes"].items():
        position = word.find(shape)
        while position >= 0:
            rest = word[position + len(shape) :]
            yield from (word[:position] + other + rest for other in others)
            position = word.find(shape, position + 1)


_NO_WORD = "no word of four letters or more"
_SLIPS: dict[str, Callable[[str, random.Random], str]] = {
    "typo": _any_slip,
    "typo_substitute": _substituted,
    "typo_insert": _inserted,
    "typo_delete": _deleted,
    "typo_transpose": _transposed,
}
KINDS = (
    *(Kind(n, "en", _words, _NO_WORD, _writer(slip), 0.15) for n, slip in _SLIPS.items()),
    Kind("ocr", "en", _scanned, "no letters that a scanner confuses", strength=0.15),
)
