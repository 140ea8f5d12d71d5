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
_RUN = re.compile(r"[\u3400-\u9fff]+")


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


def _as_pinyin(text: str) -> Found:
    """Find two characters side by side whose readings are certain, as a word in pinyin."""
    known, sites = readings(), []
    for run in _RUN.finditer(text):
        position = run.start()
        while position + 1 < run.end():
            pair = text[position : position + 2]
            certain = all(c in known for c in pair)
            if certain:
                sites.append(Site(position, position + 2, ("".join(known[c] for c in pair),)))
            position += 2 if certain else 1
    return Found(sites)


KINDS = (
    Kind("homophones", "zh", _finder(homophones), "没有同音字表中的字", strength=0.1),
    Kind("look_alikes", "zh", _finder(look_alikes), "没有形近字表中的字", strength=0.1),
    Kind("pinyin_slips", "zh", _finder(slips), "没有易打错拼音的字", strength=0.1),
    Kind("pinyin", "zh", _as_pinyin, "没有读音确定的相邻两个字", strength=0.1),
)
