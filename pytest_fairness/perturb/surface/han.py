"""Chinese characters in place of others: by sound, by look, by a slip in pinyin, and as pinyin.

Each Chinese character of the text that has a row in a table is a site. Negations, numerals and
characters that name people are in no table, so that what the text says stays readable.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping

from pytest_fairness.perturb.surface.perturbation import Found, Kind, Site
from pytest_fairness.perturb.surface.tables import table

Options = Mapping[str, tuple[str, ...]]


@functools.cache
def readings() -> Mapping[str, str]:
    """Return the toneless pinyin of common characters that have one reading."""
    rows: dict[str, str] = table("zh", "syllables")["syllables"]
    return {c: syllable for syllable, characters in rows.items() for c in characters}


@functools.cache
def homophones() -> Options:
    """Return the characters that sound like each other, whatever their tone."""
    data = table("zh", "characters")
    return _mutual([*data["homophones"], *table("zh", "syllables")["syllables"].values()])


@functools.cache
def look_alikes() -> Options:
    """Return the characters that look like each other."""
    return _mutual(table("zh", "characters")["looks"])


@functools.cache
def slips() -> Options:
    """Return the characters that a slip in pinyin writes: zh for z, l for n, in for ing."""
    rows: dict[str, str] = table("zh", "syllables")["syllables"]
    near = {syllable: "".join(rows.get(s, "") for s in _near(syllable)) for syllable in rows}
    return {c: tuple(near[s]) for c, s in readings().items() if near[s]}


def _near(syllable: str) -> list[str]:
    data, found = table("zh", "characters"), []
    for a, b in data["slips"]:
        found += [_initial(syllable, a, b), _initial(syllable, b, a)]
    for a, b in data["endings"]:
        found += [syllable.removesuffix(x) + y for x, y in ((a, b), (b, a)) if syllable.endswith(x)]
    return [s for s in dict.fromkeys(found) if s and s != syllable]


def _initial(syllable: str, old: str, new: str) -> str:
    rest = syllable.removeprefix(old)
    return new + rest if rest != syllable and not rest.startswith("h") else ""


def _mutual(rows: Iterable[str]) -> Options:
    untouched = set(table("zh", "characters")["untouched"])
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        for c in row:
            if c not in untouched:
                found.setdefault(c, {}).update(dict.fromkeys(o for o in row if o != c))
    return {c: tuple(others) for c, others in found.items() if others}


def _finder(options: Callable[[], Options]) -> Callable[[str], Found]:
    def find(text: str) -> Found:
        known = options()
        return Found([Site(i, i + 1, known[c]) for i, c in enumerate(text) if c in known])

    return find


@functools.cache
def _word_pattern() -> re.Pattern[str]:
    words = sorted(table("zh", "words")["words"], key=len, reverse=True)
    return re.compile("|".join(words))


def _as_pinyin(text: str) -> Found:
    """Find listed words; one whose last character starts another listed word is doubtful."""
    pinyin: dict[str, str] = table("zh", "words")["words"]
    sites, doubts = [], []
    for match in _word_pattern().finditer(text):
        word = match.group()
        if _word_pattern().match(text, match.end() - 1):
            doubts.append(f"'{word}' may be no word here")
        else:
            sites.append(Site(*match.span(), (pinyin[word],)))
    return Found(sites, tuple(doubts))


_SHARE = 0.1
KINDS = (
    Kind(
        "homophone",
        "zh",
        _finder(homophones),
        "no character with a listed homophone",
        strength=_SHARE,
    ),
    Kind(
        "lookalike",
        "zh",
        _finder(look_alikes),
        "no character with a listed look-alike",
        strength=_SHARE,
    ),
    Kind(
        "pinyin_slip",
        "zh",
        _finder(slips),
        "no character whose pinyin is often mistyped",
        strength=_SHARE,
    ),
    Kind("pinyin", "zh", _as_pinyin, "no word of the pinyin table", strength=_SHARE),
)
