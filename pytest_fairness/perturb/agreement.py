"""Agreement in templates: which slot a verb is said of, and whether that may be plural.

English "they" of one person takes the plural: they are, they walk. A verb slot agrees with the slot
that is its subject, ``{pronoun}`` or a noun, and a plain verb right beside ``{pronoun}`` agrees as
well, so that "{Pronoun} holds a degree" serves every group. What may or may not be a verb of
``{pronoun}``, as in "likes cats and walks", is left undecided, and then groups with "they" are left
out of the template.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pytest_fairness.errors import ArgumentError
from pytest_fairness.perturb.english_words import words
from pytest_fairness.perturb.pieces import Piece, Slot, Verb, VerbSlot
from pytest_fairness.perturb.verbs import agree, is_singular

if TYPE_CHECKING:
    from pytest_fairness.attributes import Attribute, Varied


_AUXILIARIES = ("is", "was", "has", "does")
VERBS = frozenset(_AUXILIARIES) | {f"{word}n't" for word in _AUXILIARIES}
_PLURAL_PRONOUNS = frozenset({"they"})
_NO_SUBJECTS = frozenset(
    {"object", "possessive", "possessive_pronoun", "reflexive", "title", "descriptor"}
)
_PLURALS_BY_NAME: Mapping[str, str] = {"children": "child", "people": "person"}

_ADVERB = (
    r"(?:[a-z]+ly|always|often|never|also|still|now|then|once|twice|sometimes|just|only|even|soon|"
    r"already|ever|seldom|first|later|perhaps|maybe|almost|quite|too|not|herself|himself)"
)
_WORD = r"[^\W\d_]+(?:['’-][^\W\d_]+)*"
_AFTER_PRONOUN = re.compile(rf"((?:\s+{_ADVERB}(?!\w))*\s+)({_WORD})", re.IGNORECASE)
_ONLY_ADVERBS = re.compile(rf"(?:\s+{_ADVERB})*\s*", re.IGNORECASE)
_CONTRACTED = re.compile(r"['’]s\b(?:\s+(?:not|never|always|just|now|also|still))*\s*([^\W\d_]*)")
_BEFORE_PRONOUN = re.compile(
    r"(?:(?P<opens>^|[.!?:;]\s*|\b(?:who|whom|what|which|why|how|when|where|nor|neither|so)\s+)"
    r"|\s)(?P<verb>(?:is|was|has|does)(?:n['’]t)?)\s+$",
    re.IGNORECASE,
)
_MAYBE_VERB = re.compile(
    rf"(?:[,;–—]\s*)?(?:\b(?:and|or|but|then|nor|yet)\s+|(?<=[,;–—])\s*)"
    rf"(?:{_ADVERB}\s+)*({_WORD})",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?。！？\n]")
_NOT_VERBS = words(
    """
    this his hers its ours yours theirs us as yes always sometimes perhaps besides afterwards
    towards thus plus less unless across whereas years months weeks days hours minutes times
    others news nevertheless nonetheless
    """
)


class Agreement(NamedTuple):
    """The pieces of a template with its verbs decided, and the words that could not be."""

    pieces: tuple[Piece, ...]
    undecided: tuple[str, ...] = ()

    def finished(self, text: str) -> tuple[str | Slot | Verb, ...]:
        """Return the pieces, or raise if a verb is left with nobody to agree with."""
        done: list[str | Slot | Verb] = []
        for piece in self.pieces:
            if isinstance(piece, VerbSlot):
                raise ArgumentError(
                    f"Template {text!r} has a slot for the verb {piece.word!r}, but nobody of whom "
                    "it is said. Add {name} or {pronoun}, or write the verb without braces."
                )
            done.append(piece)
        return tuple(done)


def plural_pronouns(attribute: Varied) -> frozenset[str]:
    """Return the pronouns of an attribute that take a plural verb.

    They are "they", and those of the groups that the rule ``plural_verb`` lists.
    """
    if attribute.language != "en" or "pronoun" not in attribute.kinds:
        return frozenset()
    listed = set(attribute.rule("plural_verb"))
    found = set()
    for group in attribute.groups:
        terms = attribute.terms(group, "pronoun")
        found |= {t for t in terms if group in listed or t.lower() in _PLURAL_PRONOUNS | listed}
    return frozenset(found)


def plural_groups(attribute: Varied) -> frozenset[str]:
    """Return the groups that a pronoun with a plural verb may stand for."""
    plurals = plural_pronouns(attribute)
    return frozenset(
        g for g in attribute.groups if plurals and plurals & set(attribute.terms(g, "pronoun"))
    )


def is_plural_kind(kind: str, attribute: Varied) -> bool:
    """Return whether the terms of a kind are plural: ``relatives``, ``religion_plural``."""
    if kind.endswith("_plural") or kind in attribute.rule("plural_kinds"):
        return True
    singular = _PLURALS_BY_NAME.get(kind, kind[:-1] if kind.endswith("s") else "")
    return singular in attribute.kinds


def agreeing_pieces(text: str, pieces: Sequence[Piece], attribute: Varied) -> Agreement:
    """Let the verbs of a template agree with their subjects."""
    if attribute.language != "en":
        return Agreement(tuple(pieces))
    plurals = plural_pronouns(attribute)
    settled = list(pieces)
    undecided: list[str] = []
    if plurals:
        settled, undecided = _with_plain_verbs(settled, plurals)
    for i, piece in enumerate(settled):
        if isinstance(piece, VerbSlot):
            subject = _subject(settled, i, attribute)
            if subject is not None:
                settled[i] = _verb(piece, subject, plurals, attribute)
    return Agreement(tuple(settled), tuple(dict.fromkeys(undecided)))


def _verb(slot: VerbSlot, subject: Slot, plurals: frozenset[str], attribute: Varied) -> str | Verb:
    singular, plural = (_cased(agree(slot.word, many), slot.capital) for many in (False, True))
    if subject.kind == "pronoun" and plurals:
        return Verb(subject.name, singular, plural, plurals)
    return plural if is_plural_kind(subject.kind, attribute) else singular


def _cased(word: str, capital: bool) -> str:
    return word[:1].upper() + word[1:] if capital else word


def _subject(pieces: Sequence[Piece], place: int, attribute: Varied) -> Slot | None:
    """Return the slot of which a verb is said: the person's nearest before it, else after it.

    In "{Does} {pronoun} work?" it is the pronoun that follows.
    """
    verb = pieces[place]
    person = verb.person if isinstance(verb, VerbSlot) else ""

    def may_be(i: int) -> bool:
        return _may_be_subject(pieces, i, person, attribute)

    before = next((i for i in range(place - 1, -1, -1) if may_be(i)), None)
    after = next((i for i in range(place + 1, len(pieces)) if may_be(i)), None)
    if after is not None and (before is None or _inverts(pieces, before, place, after)):
        return _as_slot(pieces[after])
    return _as_slot(pieces[before]) if before is not None else None


def _as_slot(piece: Piece) -> Slot | None:
    return piece if isinstance(piece, Slot) else None


def _may_be_subject(pieces: Sequence[Piece], place: int, person: str, attribute: Varied) -> bool:
    slot = pieces[place]
    if not isinstance(slot, Slot) or slot.person != person or slot.possessive:
        return False
    after = pieces[place + 1] if place + 1 < len(pieces) else ""
    owns = isinstance(after, str) and after[:1] in ("'", "’") and slot.kind != "pronoun"
    return slot.kind in attribute.kinds and slot.kind not in _NO_SUBJECTS and not owns


def _inverts(pieces: Sequence[Piece], before: int, place: int, after: int) -> bool:
    """Return whether an auxiliary stands before its subject, as in a question."""
    verb, subject, between = pieces[place], pieces[after], pieces[place + 1 : after]
    if not isinstance(verb, VerbSlot) or verb.word.lower().replace("’", "'") not in VERBS:
        return False
    if not all(isinstance(p, str) and not p.strip() for p in between):
        return False
    gap = pieces[before + 1 : place]
    said = "".join(p if isinstance(p, str) else "_" for p in gap)
    if isinstance(subject, Slot) and subject.kind == "pronoun":
        return bool(said.strip())
    return bool(_SENTENCE_END.search(said))


def _with_plain_verbs(
    pieces: Sequence[Piece], plurals: frozenset[str]
) -> tuple[list[Piece], list[str]]:
    """Turn the plain verbs beside each ``{pronoun}`` into verbs that agree with it."""
    settled: list[Piece] = []
    undecided: list[str] = []
    rest = list(pieces)
    while rest:
        piece = rest.pop(0)
        if not isinstance(piece, Slot) or piece.kind != "pronoun":
            settled.append(piece)
            continue
        if settled and isinstance(settled[-1], str):
            settled += _verb_before(settled.pop(), piece, plurals, undecided)
        settled.append(piece)
        settled += _verb_after(rest, piece, plurals, undecided)
        undecided += _maybe_verbs(rest)
    return settled, undecided


def _verb_before(
    literal: Piece, subject: Slot, plurals: frozenset[str], undecided: list[str]
) -> list[Piece]:
    """Split an auxiliary off the words before a pronoun: "Is {pronoun} here?"."""
    match = _BEFORE_PRONOUN.search(literal) if isinstance(literal, str) else None
    if match is None or not isinstance(literal, str):
        return [literal]
    if match["opens"] is None:
        undecided.append(match["verb"])
        return [literal]
    start, end = match.span("verb")
    return [literal[:start], _plain_verb(match["verb"], subject, plurals), literal[end:]]


def _verb_after(
    rest: list[Piece], subject: Slot, plurals: frozenset[str], undecided: list[str]
) -> list[Piece]:
    """Take the words up to the verb after a pronoun off the rest, with the verb."""
    literal = rest[0] if rest else ""
    if not isinstance(literal, str):
        return []
    contracted = _CONTRACTED.match(literal)
    if contracted:
        rest[0] = literal[2:]
        return _contraction(literal[:2], contracted.group(1), subject, plurals, undecided)
    match = _AFTER_PRONOUN.match(literal)
    if match and _looks_like_verb(match.group(2)):
        rest[0] = literal[match.end() :]
        return [match.group(1), _plain_verb(match.group(2), subject, plurals)]
    following = rest[1] if len(rest) > 1 else None
    if isinstance(following, Slot) and _ONLY_ADVERBS.fullmatch(literal):
        undecided.append(f"{{{following.name}}}")
    return []


def _contraction(
    written: str, after: str, subject: Slot, plurals: frozenset[str], undecided: list[str]
) -> list[Piece]:
    """Return what stands for "'s" after a pronoun: "is" or "has"."""
    after = after.lower()
    if after in ("been", "got", "had"):
        return [Verb(subject.name, written, written[0] + "ve", plurals)]
    if after.endswith("ing") or after in ("a", "an", "the", "very", "in", "at", "from", "too"):
        return [Verb(subject.name, written, written[0] + "re", plurals)]
    undecided.append(written)
    return [written]


def _plain_verb(word: str, subject: Slot, plurals: frozenset[str]) -> Verb:
    capital = word[:1].isupper()
    plural = _cased(agree(word.lower(), True), capital)
    return Verb(subject.name, word, plural, plurals)


def _maybe_verbs(rest: Sequence[Piece]) -> list[str]:
    """Return words up to the next subject or sentence that may be further verbs of a pronoun."""
    said = ""
    for piece in rest:
        if not isinstance(piece, str) and not _is_neutral(piece):
            break
        said += piece if isinstance(piece, str) else " _ "
    said = _SENTENCE_END.split(said, maxsplit=1)[0]
    return [word for word in _MAYBE_VERB.findall(said) if _looks_like_verb(word)]


def _is_neutral(piece: Piece) -> bool:
    """Return whether a slot can be no subject of a further clause."""
    return not isinstance(piece, Slot) or piece.kind not in ("name", "pronoun")


def _looks_like_verb(word: str) -> bool:
    lowered = word.lower().replace("’", "'")
    return is_singular(lowered) and lowered not in _NOT_VERBS


def agreeing(attribute: Attribute, undecided: Sequence[str]) -> Attribute | None:
    """Return an attribute less the groups with "they", where a template's verbs are undecided."""
    left_out = plural_groups(attribute) if undecided else frozenset()
    if not left_out:
        return attribute
    kept = [group for group in attribute.groups if group not in left_out]
    return attribute.keep(dict.fromkeys(left_out, ()), {}) if len(kept) > 1 else None
