"""Names in English texts without capitals, which show only by their place in the sentence.

A name stands as a subject or an owner without an article, as few nouns do: "tevrin gives his best".
Where no other person is in sight, a pronoun may speak of any such word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pytest_fairness.perturb.english_context import stands_bare
from pytest_fairness.perturb.english_known import NO_PERSONS, PERSON_NOUNS, VERBS
from pytest_fairness.perturb.english_words import FUNCTION_WORDS
from pytest_fairness.perturb.lexicon import Hit
from pytest_fairness.perturb.verbs import is_singular

ONE_PERSON = frozenset(
    {"noun", "child", "relative", "partner", "role", "noble", "compatriot", "one_way"}
)
_X = r"(?P<name>[^\W\d_]{3,})"
_CLAUSE = (
    r"(?:\b(?:as|that|when|but|and|how|because|though|although|while|if|where|since|so|or|than|"
    r"whatever|why|rrb|[a-z]+ly)\s+|(?:^|[.,;:!?`(])\s*)"
)
_BEFORE_A_NAME = (
    r"\b(?:of|in|to|for|with|by|like|from|on|as|than|about|at|between|especially|particularly|"
    r"see|sees|watch|watching|follow|makes|before|after|when|that|if|until|once|gives|and|is|not|"
    r"or)\s+"
)
_PLACE = rf"(?:{_CLAUSE}|{_BEFORE_A_NAME}){_X}"
_NAMED = tuple(
    re.compile(rf"(?={pattern})")
    for pattern in (
        rf"{_CLAUSE}{_X}\s+(?:'s|(?P<verb>[^\W\d_]+))(?!\w)",
        rf"\blrb\s+{_X}(?:\s+'s)?\s+rrb",
        rf"\b(?:director|writer|filmmaker|actor|actress|author|novelist|comedian|star)\s+{_X}\b"
        rf"\s+(?P<verb>[^\W\d_]+)(?!\w)",
        rf"\b(?:does|did)\s+{_X}\s",
        rf"{_X}\s+(?:jr|sr)\b",
        rf"\b(?:like|of|with|by|for)\s+{_X}\s+who\b",
        rf"\b(?:woman|man|girl|boy|mother|father|actress|actor)\s*,\s+{_X}(?:\s+[^\W\d_]+)?\s*,",
        rf"\b(?:lead|star|actress|director|writer)\s+{_X}\s*,",
        rf"(?:{_BEFORE_A_NAME}|\b[a-z]+s\s+){_X}\s+'s\s",
        rf"{_PLACE}\s*(?:,|,?\s+(?:and|with|in|on))\s+(?:his|her|whose?)\b",
        rf"{_PLACE}\s*,\s+(?:(?:as|at|by|now)\s|[a-z]+ing\s+h(?:im|er)\b)",
        rf"{_PLACE}\s+(?:(?:most|quite|very)\s+)?[a-z]+ly\s+(?P<verb>[^\W\d_]+)"
        rf"(?!\w)",
    )
)
_IS_A = re.compile(rf"\b{_X}\s+(?:is|was|being|as)\s+(?:an?|the)\s+(?:[^\W\d_]+\s+){{0,3}}$")
_WORD = re.compile(r"(?<![\w@#])[^\W\d_]{3,}(?![\w@])")
_VISIBLE = re.compile(
    r"\b(?:an?|the|this|that|one|my|your|his|her|our|their|each|every|some|another|no|any)\s+"
    rf"(?:(?!of\b|in\b|with\b)[^\W\d_]+\s+){{0,3}}?(?:{'|'.join(sorted(PERSON_NOUNS))})(?!\s+'s)\b"
    r"|\b(?:someone|everyone|anyone|somebody|anybody|everybody|nobody|whoever|he|she)\b"
)


def bare_name(text: str, hits: Sequence[Hit], pronouns: Sequence[Hit]) -> str | None:
    """Return a word that stands as a name does in a text without capitals."""
    if not pronouns and not any(_points(text, hit) for hit in hits):
        return _said_to_be(text, hits)
    for pattern in _NAMED:
        for match in pattern.finditer(text):
            name, verb = match["name"], match.groupdict().get("verb")
            if _is_common(name):
                continue
            if verb is None or is_verb(verb, plural=name.endswith("s")) or is_singular(verb):
                return name
    return _said_to_be(text, hits) or _without_antecedent(text, hits, pronouns)


def _said_to_be(text: str, hits: Sequence[Hit]) -> str | None:
    """Return a word without an article that is said to be what a mention says."""
    for hit in hits:
        match = _IS_A.search(text, max(0, hit.start - 80), hit.start)
        if match and hit.entries[0].kind in ONE_PERSON and not _is_common(match["name"]):
            return match["name"] if stands_bare(text, match.start("name")) else None
    return None


def _points(text: str, hit: Hit) -> bool:
    """Whether a mention points to somebody named: "this girl", "davis is a woman who"."""
    if hit.entries[0].kind not in ONE_PERSON:
        return False
    return text[: hit.start].endswith("this ") or "lrb " in text[: hit.start]


def _is_common(word: str) -> bool:
    return word in NO_PERSONS or word in VERBS or word.endswith(("ly", "ing"))


def _without_antecedent(text: str, hits: Sequence[Hit], pronouns: Sequence[Hit]) -> str | None:
    """Return a word without an article before a pronoun that no other word seems to be meant by."""
    if not pronouns:
        return None
    first = pronouns[0].start
    if _VISIBLE.search(text, 0, first) or _mentioned_before(hits, pronouns[0]):
        return None
    for match in _WORD.finditer(text, 0, first):
        word = match.group()
        common = _is_common(word) or word.endswith("ed") or word in FUNCTION_WORDS
        if not common and stands_bare(text, match.start()):
            return word
    return None


def _mentioned_before(hits: Sequence[Hit], pronoun: Hit) -> bool:
    """Whether a mention before a pronoun is of its gender, so that it may be the one meant."""
    return any(
        hit.start < pronoun.start
        and hit.entries[0].kind in ONE_PERSON
        and hit.entries[0].group == pronoun.entries[0].group
        for hit in hits
    )


def is_verb(word: str, *, plural: bool) -> bool:
    """Whether a word is a verb: with what looks like a plural, one that goes with "she" only."""
    if plural:
        return word in VERBS and word.endswith("s")
    return word in VERBS or (word.endswith("ed") and len(word) > 4)
