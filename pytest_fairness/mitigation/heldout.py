"""What was held out of a repair, in words: a claim that it generalises must not say more."""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pytest_fairness.errors import ArgumentError
from pytest_fairness.outcome import Outcome
from pytest_fairness.perturb import Space
from pytest_fairness.perturb.split import ENOUGH

_SHOWN = 6  # terms in a sentence
_SLOT = re.compile(r"\{.*?\}")
# Thai and Lao, Burmese, Khmer, kana, and Chinese characters
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]"
)
_SAME_WORDS = "The templates held out have no {} that those learnt from lack: others may show more."


def held_out(outcomes: Sequence[Outcome]) -> str:
    """Name what no part that a repair learns from has: "terms and templates", "texts", "rows".

    Of several spaces it is what they all hold out. Groups are compared on rows.
    """
    kinds = [part.kinds for part in _parts(outcomes)]
    if not kinds:
        return "rows" if outcomes else "terms and templates"
    common = [kind for kind in kinds[0] if all(kind in others for others in kinds)]
    every = list(dict.fromkeys(kind for each in kinds for kind in each))
    return " and ".join(common) if common else " or ".join(every)


def learnt_terms(outcomes: Sequence[Outcome]) -> str:
    """Return a sentence on terms that were learnt from as well; empty where there are none."""
    found = sorted({term for part in _parts(outcomes) for term in part.terms})
    if not found:
        return ""
    more = f" and {len(found) - _SHOWN:,} more" if len(found) > _SHOWN else ""
    return f"Of the terms, {', '.join(found[:_SHOWN])}{more} stand in what it learnt from as well."


def learnt_templates(outcomes: Sequence[Outcome]) -> str:
    """Return a sentence on templates that were learnt from as well, or word by word; or nothing."""
    parts = _parts(outcomes)
    n = len({template for part in parts for template in part.shared})
    if not n:
        familiar = [part.familiar for part in parts]
        return _SAME_WORDS.format(familiar[0]) if parts and all(familiar) else ""
    were = "The one template was" if n == 1 else f"{n} templates were"
    return (
        f"{were} learnt from as well, as there are too few to hold some out, so that no other "
        f"sentences were checked: give {ENOUGH} or more."
    )


class _Part(NamedTuple):
    """What the held-out part of a space holds that the training part has not, and has as well."""

    kinds: tuple[str, ...]
    shared: frozenset[str] = frozenset()
    terms: frozenset[str] = frozenset()
    familiar: str = ""  # its templates have no "word", or "character", that is not learnt from


def _parts(outcomes: Sequence[Outcome]) -> list[_Part]:
    """Return what is known of the held-out part of each space that checks were run on."""
    wholes = ({**o.source, "part": "all"} for o in outcomes if o.source)
    recipes = dict.fromkeys(json.dumps(whole, sort_keys=True) for whole in wholes)
    return [_part_of(recipe) for recipe in recipes]


@functools.lru_cache(maxsize=32)
def _part_of(recipe: str) -> _Part:
    plain = json.loads(recipe)
    if plain["texts"]:
        return _Part(("texts",))
    space = Space.from_recipe(plain)
    heldout = space.part("heldout")
    try:
        learnt = space.part("train")
    except ArgumentError:  # too small to learn from: a check that passed needs no such part
        return _Part(("terms", "templates"))
    shared = frozenset(heldout.sources) & frozenset(learnt.sources)
    terms = _terms(heldout)
    kinds = () if terms <= _terms(learnt) else ("terms",)
    both = (
        terms & _terms(learnt) if kinds else frozenset[str]()
    )  # where none is new none is claimed
    unit = "character" if _UNSPACED.search("".join(heldout.sources)) else "word"
    familiar = unit if _words(heldout.sources) <= _words(learnt.sources) else ""
    return _Part(kinds if shared else (*kinds, "templates"), shared, both, familiar)


def _words(templates: Iterable[str]) -> set[str]:
    """Return the words of templates, or the characters of those that set no spaces."""
    return {
        word
        for template in templates
        for part in _spaced(_SLOT.sub(" ", template)).split()
        for word in (part if _UNSPACED.search(part) else [part])
    }


def _spaced(text: str) -> str:
    """Return a text with spaces for all that is no letter, number or mark, such as a vowel's.

    What is not seen, such as a soft hyphen, is left out.
    """
    one_way = unicodedata.normalize("NFC", text).casefold()
    kinds = ((c, unicodedata.category(c)) for c in one_way)
    return "".join(c if kind[0] in "LNM" else " " for c, kind in kinds if kind != "Cf")


def _terms(space: Space) -> frozenset[str]:
    return frozenset(word for words in space.terms.values() for word in words)
