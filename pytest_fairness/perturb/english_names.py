"""Whether an English text names a person whom no list of names knows, and who may be meant.

"Odalys told us about her plan" must not become "Odalys told us about his plan": the name keeps its
form while the pronoun that speaks of its bearer changes. No list holds every name, so a name is
found by its capital and by its place in the sentence; in a text without capitals, by standing as a
subject or an owner without an article, as only names (and a few nouns) do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pytest_fairness.perturb.english_context import next_word, stands_bare, starts_sentence
from pytest_fairness.perturb.english_known import (
    BARE_SUBJECTS,
    BEFORE_A_PLACE,
    FIGURES,
    NO_PERSONS,
    PERSON_NOUNS,
    RANKS,
    VERBS,
)
from pytest_fairness.perturb.english_words import FUNCTION_WORDS
from pytest_fairness.perturb.lexicon import Hit, Lexicon
from pytest_fairness.perturb.verbs import is_singular

_PRONOUNS = frozenset({"pronoun", "object", "possessive", "possessive_pronoun", "reflexive"})
_ONE_PERSON = frozenset(
    {"noun", "child", "relative", "partner", "role", "noble", "compatriot", "one_way"}
)
_CAPITALISED = re.compile(r"(?<![\w@#&.'’-])[^\W\d_a-z][^\W\d_]+(?![\w@])")
_FIGURE = re.compile(rf"(?<![\w-])(?:{FIGURES})(?![\w-])", re.IGNORECASE)
_TAG = re.compile(r"#(?P<given>[A-Z][a-z]+)[A-Z][a-z]+")
_QUOTED = re.compile(r"(?:\bRT|[\"“]|&#8220;)\s*@")
_BEFORE = re.compile(r"([^\W\d_]+)(['’]s)?\.?\s+$")
_AFTER = re.compile(r"(['’]s\b)?\s*(,?)\s*([^\W\d_]+)?")
_INSIDE = re.compile(r"[\w,]\s+$|\w/$")
_SUFFIXES = (
    "ish", "ese", "ian", "ians", "ism", "ist", "ists", "ing", "tion", "ment", "ness", "ity", "ly",
    "ship", "hood", "ology", "ics", "ville", "burg", "shire", "town",
)  # fmt: skip
_FRONTED = re.compile(
    r"(?:^|[.!?]\s+)(?:in|with|after|before|despite|like|when|while|as|because|although|though|"
    r"if|since|for|at|on|from|until|once)\s[^.!?]*$",
    re.IGNORECASE,
)
_SAID_OF = re.compile(
    r"(?:,|['’]s|\s+(?:is|was|isn['’]t|wasn['’]t|became|remains))\s+(?:not\s+)?"
    r"(?:an?|the|my|your|his|her|our|their)\s+(?:[a-z]+\s+){0,2}$",
)
_NO_CAPITALS = re.compile(r"\bRT\b|https?://\S+|&#x?\w+;")
_TITLE_ALONE = re.compile(r"\b(?:Mr|Mrs)\b(?!\.?\s+(?!I\b)[A-Z])")
_X = r"(?P<name>[^\W\d_]{3,})"
_CLAUSE = (
    r"(?:\b(?:as|that|when|but|and|how|because|though|although|while|if|where|since|so|or|than|"
    r"whatever|why|rrb|[a-z]+ly)\s+|(?:^|[.,;:!?`(])\s*)"
)
_BEFORE_A_NAME = (
    r"\b(?:of|in|to|for|with|by|like|from|on|as|than|about|at|between|especially|particularly|see|sees|watch|watching|follow|makes|before|after|when|that|if|until|once|"
    r"gives|and|is|not|or)\s+"
)
_LOWER_CASE = tuple(
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
        rf"(?:{_CLAUSE}|{_BEFORE_A_NAME}){_X}\s*(?:,|,?\s+(?:and|with|in|on))\s+(?:his|her|whose?)\b",
        rf"(?:{_CLAUSE}|{_BEFORE_A_NAME}){_X}\s*,\s+(?:(?:as|at|by|now)\s|[a-z]+ing\s+h(?:im|er)\b)",
        rf"(?:{_CLAUSE}|{_BEFORE_A_NAME}){_X}\s+(?:(?:most|quite|very)\s+)?[a-z]+ly\s+(?P<verb>[^\W\d_]+)"
        rf"(?!\w)",
    )
)
_IS_A = re.compile(rf"\b{_X}\s+(?:is|was|being|as)\s+(?:an?|the)\s+(?:[^\W\d_]+\s+){{0,3}}$")
_LOWER_WORD = re.compile(r"(?<![\w@#])[^\W\d_]{3,}(?![\w@])")
_VISIBLE = re.compile(
    r"\b(?:an?|the|this|that|one|my|your|his|her|our|their|each|every|some|another|no|any)\s+"
    rf"(?:(?!of\b|in\b|with\b)[^\W\d_]+\s+){{0,3}}?(?:{'|'.join(sorted(PERSON_NOUNS))})(?!\s+'s)\b"
    r"|\b(?:someone|everyone|anyone|somebody|anybody|everybody|nobody|whoever|he|she)\b"
)


def unlisted_person(text: str, hits: Sequence[Hit], lexicon: Lexicon) -> str | None:
    """Say which word may name a person whose gender words would change, or None.

    Examples
    --------
    >>> from pytest_fairness.perturb import swap_text
    >>> swap_text("Odalys told us about her plan.").reason
    "'Odalys' may be the person meant and has no counterpart"
    >>> swap_text("We told Odalys about the women.").valid
    True
    """
    pronouns = [hit for hit in hits if hit.entries[0].kind in _PRONOUNS]
    figure = _FIGURE.search(text, 0, pronouns[-1].start) if pronouns else None
    if figure:
        return _may_be(figure.group())
    if not any(map(str.isupper, _NO_CAPITALS.sub(" ", text))):
        name = _bare_name(text, hits, pronouns)
        return _may_be(name) if name else None
    kin = _kin_by_name(text, hits, lexicon)
    if kin:
        return _may_be(kin)
    if pronouns and _TITLE_ALONE.search(text):
        return "a title stands without a name"
    ones = [hit for hit in hits if hit.entries[0].kind in _ONE_PERSON]
    if not pronouns and not ones:
        return None
    tag = _tagged_name(text, lexicon) if pronouns else None
    if tag:
        return _may_be(tag)
    for start, end in _candidates(text, hits, lexicon):
        if _meant_by_a_pronoun(text, start, pronouns) or _called(text, start, end, ones):
            return _may_be(text[start:end])
    return None


def _may_be(name: str) -> str:
    return f"'{name}' may be the person meant and has no counterpart"


def _tagged_name(text: str, lexicon: Lexicon) -> str | None:
    """Return a full name in a hashtag: "#AnnExample"."""
    for match in _TAG.finditer(text):
        given = match["given"]
        named = given in lexicon.rule("other_names") or given in lexicon.rule("world_names")
        if named or any(e.kind == "name" for e in lexicon.terms.get(given.lower(), ())):
            return match.group()
    return None


def _candidates(text: str, hits: Sequence[Hit], lexicon: Lexicon) -> Iterator[tuple[int, int]]:
    """Yield words with a capital that may be the name of a person, from left to right."""
    mentioned = {place for hit in hits for place in range(hit.start, hit.end)}
    names = {hit.end for hit in hits if hit.entries[0].kind in ("name", "title", "one_way")}
    skipped = -1  # where the last word ended that takes the next one with it
    for match in _CAPITALISED.finditer(text):
        start, end = match.span()
        if start in mentioned:
            continue
        follows = text[max(0, skipped) : start].strip(" .") == "" and skipped >= 0
        if follows or _after_a_name(text, start, names) or _names_a_place(text, start):
            skipped = end
        elif _may_name(text, match, lexicon):
            yield start, end
        elif match.group() in RANKS:
            skipped = end


def _after_a_name(text: str, start: int, names: set[int]) -> bool:
    """Whether a word is the surname to a listed name or title."""
    return any(end in names for end in range(max(0, start - 2), start)) and text[start - 1] == " "


def _names_a_place(text: str, start: int) -> bool:
    before = _BEFORE.search(text, max(0, start - 40), start)
    return before is not None and before.group(1).lower() in BEFORE_A_PLACE


def _may_name(text: str, match: re.Match[str], lexicon: Lexicon) -> bool:
    word = match.group()
    if word.isupper() or word in RANKS or word.lower() in NO_PERSONS or _is_known(word, lexicon):
        return False
    if not _INSIDE.search(text, max(0, match.start() - 3), match.start()) or starts_sentence(
        text, match.start()
    ):
        return _acts(text, match)
    return True


def _is_known(word: str, lexicon: Lexicon) -> bool:
    lowered = word.lower()
    if lowered.endswith(_SUFFIXES) or lowered in lexicon.protected:
        return True
    return any(entry.kind != "name" for entry in lexicon.terms.get(lowered, ()))


def _acts(text: str, match: re.Match[str]) -> bool:
    """Whether the first word of a sentence is its subject, and no common noun."""
    word = match.group().lower()
    if word in BARE_SUBJECTS:
        return False
    after = _AFTER.match(text, match.end())
    if after is None:
        return False
    verb = (after.group(3) or "").lower()
    if after.group(1) or (after.group(2) and verb in ("who", "whose", "a", "an", "the")):
        return True
    return not after.group(2) and _is_verb(verb, plural=word.endswith("s"))


def _is_verb(word: str, *, plural: bool) -> bool:
    """Whether a word is a verb: with what looks like a plural, one that goes with "she" only."""
    if plural:
        return word in VERBS and word.endswith("s")
    return word in VERBS or (word.endswith("ed") and len(word) > 4)


def _meant_by_a_pronoun(text: str, start: int, pronouns: Sequence[Hit]) -> bool:
    """Whether a pronoun follows a name, comments on it, or opens its sentence."""
    if any(hit.start > start or _QUOTED.search(text, hit.end, start) for hit in pronouns):
        return True
    opening = _FRONTED.search(text, 0, start)
    return opening is not None and any(hit.start >= opening.start() for hit in pronouns)


def _called(text: str, start: int, end: int, ones: Sequence[Hit]) -> bool:
    """Whether a name is said to be what a mention says: "my uncle Odil", "Odil is a man"."""
    for hit in ones:
        if hit.end < start and text[hit.end : start] in (" ", ", "):
            return True
        if end <= hit.start and _SAID_OF.fullmatch(text, end, hit.start):
            return True
    return False


def _kin_by_name(text: str, hits: Sequence[Hit], lexicon: Lexicon) -> str | None:
    """Return a name in lower case after a relative: "Uncle leo"."""
    for hit in hits:
        following = next_word(text, hit.end)
        if hit.entries[0].kind == "relative" and following.islower():
            named = following.capitalize() in lexicon.rule("other_names")
            if named or any(e.kind == "name" for e in lexicon.terms.get(following, ())):
                return following
    return None


def _bare_name(text: str, hits: Sequence[Hit], pronouns: Sequence[Hit]) -> str | None:
    """Return a word that stands as a name does in a text without capitals."""
    if not pronouns and not any(_points(text, hit) for hit in hits):
        return _said_to_be(text, hits)
    for pattern in _LOWER_CASE:
        for match in pattern.finditer(text):
            name, verb = match["name"], match.groupdict().get("verb")
            if _is_common(name):
                continue
            if verb is None or _is_verb(verb, plural=name.endswith("s")) or is_singular(verb):
                return name
    return _said_to_be(text, hits) or _without_antecedent(text, hits, pronouns)


def _said_to_be(text: str, hits: Sequence[Hit]) -> str | None:
    """Return a word without an article that is said to be what a mention says."""
    for hit in hits:
        match = _IS_A.search(text, max(0, hit.start - 80), hit.start)
        if match and hit.entries[0].kind in _ONE_PERSON and not _is_common(match["name"]):
            return match["name"] if stands_bare(text, match.start("name")) else None
    return None


def _points(text: str, hit: Hit) -> bool:
    """Whether a mention points to somebody named: "this girl", "davis is a woman who"."""
    if hit.entries[0].kind not in _ONE_PERSON:
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
    for match in _LOWER_WORD.finditer(text, 0, first):
        word = match.group()
        common = _is_common(word) or word.endswith("ed") or word in FUNCTION_WORDS
        if not common and stands_bare(text, match.start()):
            return word
    return None


def _mentioned_before(hits: Sequence[Hit], pronoun: Hit) -> bool:
    """Whether a mention before a pronoun is of its gender, so that it may be the one meant."""
    return any(
        hit.start < pronoun.start
        and hit.entries[0].kind in _ONE_PERSON
        and hit.entries[0].group == pronoun.entries[0].group
        for hit in hits
    )
