"""Whether an English text names a person whom no list of names knows, and who may be meant.

"Odalimar told us about her plan" must not become "Odalimar told us about his plan": the name keeps
its form while the pronoun that speaks of its bearer changes. No list holds every name, so a name is
found by its capital and by its place in the sentence; in a text without capitals, by standing as a
subject or an owner without an article, as only names (and a few nouns) do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pytest_fairness.perturb.english_bare import ONE_PERSON, bare_name, is_verb
from pytest_fairness.perturb.english_context import next_word, starts_sentence
from pytest_fairness.perturb.english_known import (
    BARE_SUBJECTS,
    BEFORE_A_PLACE,
    FIGURES,
    NO_PERSONS,
    RANKS,
)
from pytest_fairness.perturb.lexicon import Hit, Lexicon

_PRONOUNS = frozenset({"pronoun", "object", "possessive", "possessive_pronoun", "reflexive"})
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


def unlisted_person(text: str, hits: Sequence[Hit], lexicon: Lexicon) -> str | None:
    """Say which word may name a person whose gender words would change, or None.

    Examples
    --------
    >>> from pytest_fairness.perturb import swap_text
    >>> swap_text("Odalimar told us about her plan.").reason
    "'Odalimar' may be the person meant and has no counterpart"
    >>> swap_text("We told Odalimar about the women.").valid
    True
    """
    pronouns = [hit for hit in hits if hit.entries[0].kind in _PRONOUNS]
    if pronouns and _TITLE_ALONE.search(text):
        return "a title stands without a name"
    figure = _FIGURE.search(text, 0, pronouns[-1].start) if pronouns else None
    name = figure.group() if figure else _named(text, hits, pronouns, lexicon)
    return f"'{name}' may be the person meant and has no counterpart" if name else None


def _named(text: str, hits: Sequence[Hit], pronouns: Sequence[Hit], lexicon: Lexicon) -> str | None:
    """Return the name of a person whose gender words would change, by how the text is written."""
    if not any(map(str.isupper, _NO_CAPITALS.sub(" ", text))):
        return bare_name(text, hits, pronouns)
    tag = _tagged_name(text, lexicon) if pronouns else None
    return tag or _kin_by_name(text, hits, lexicon) or _by_capital(text, hits, pronouns, lexicon)


def _by_capital(
    text: str, hits: Sequence[Hit], pronouns: Sequence[Hit], lexicon: Lexicon
) -> str | None:
    """Return a word with a capital that a pronoun or another mention may speak of."""
    ones = [hit for hit in hits if hit.entries[0].kind in ONE_PERSON]
    for start, end in _candidates(text, hits, lexicon) if pronouns or ones else ():
        if _meant_by_a_pronoun(text, start, pronouns) or _called(text, start, end, ones):
            return text[start:end]
    return None


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
    return not after.group(2) and is_verb(verb, plural=word.endswith("s"))


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
