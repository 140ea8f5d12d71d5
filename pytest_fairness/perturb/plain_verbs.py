"""Plain verbs of templates beside ``{pronoun}``: they agree without being slots.

"{Pronoun} holds a degree" becomes "they hold a degree". Only what stands right beside the pronoun,
but for adverbs, is sure to be its verb. Words further on that may be, as in "cooks and sings" or
"at times works", are handed back as undecided: nobody should guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pytest_fairness.perturb.english_words import as_words
from pytest_fairness.perturb.pieces import Piece, Slot, Verb, VerbSlot
from pytest_fairness.perturb.verbs import agree, is_singular

_ADVERB = (
    r"(?:[a-z]+ly|always|often|never|also|still|now|then|once|twice|sometimes|just|only|even|soon|"
    r"already|ever|seldom|first|later|perhaps|maybe|almost|quite|too|not|no longer|herself|himself)"
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
_INVERTED = re.compile(
    r"\b(?:can|could|may|might|must|shall|should|will|would|did|do|had|have|are|were)(?:n['’]t)?"
    r"\s+$|\b(?:can't|won't)\s+$",
    re.IGNORECASE,
)
_MAYBE_JOINED = re.compile(
    rf"(?:[,;–—]\s*)?(?:\b(?:and|or|but|then|nor|yet)\s+|(?<=[,;–—])\s*)"
    rf"(?:{_ADVERB}\s+)*({_WORD})",
    re.IGNORECASE,
)
_ANY_WORD = re.compile(_WORD)
_SENTENCE_END = re.compile(r"[.!?。！？\n]")
_NOT_VERBS = as_words(
    """
    this his hers its ours yours theirs us as yes always sometimes perhaps besides afterwards
    towards thus plus less unless across whereas years months weeks days hours minutes times
    others news nevertheless nonetheless
    """
)
_WITHOUT_PLURAL = as_words(
    """
    can could may might must shall should will would ought did had cannot can't couldn't won't
    wouldn't shouldn't mustn't didn't hadn't am are were be been
    ate became began bent bet bit blew bought broke brought built burnt came caught chose clung cost
    cut dealt drank drew drove dug fed fell felt fled flew forgave forgot fought found froze gave
    got grew heard held hid hit hung hurt kept knew laid lay leant leapt learnt led left lent let
    lit lost made meant met paid put quit ran rang read rode rose said sang sank sat saw sent set
    shone shook shot shut slept slid sold sought spent spoke spun spread stole stood struck stuck
    swam swept swore taught thought threw told took tore understood went wept withdrew woke won
    wore wound wrote
    """
)


@dataclass
class _Found:
    """What was settled so far, and the words that could not be."""

    plurals: frozenset[str]
    pieces: list[Piece] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)

    def verb(self, word: str, subject: Slot) -> Verb:
        """Return a plain verb that agrees with a pronoun."""
        plural = agree(word.lower(), True)
        plural = plural[:1].upper() + plural[1:] if word[:1].isupper() else plural
        return Verb(subject.name, word, plural, self.plurals)


def with_plain_verbs(
    pieces: Sequence[Piece], plurals: frozenset[str]
) -> tuple[list[Piece], list[str]]:
    """Turn the plain verbs beside each ``{pronoun}`` into verbs that agree with it.

    Returns the pieces, and the words that may or may not be verbs of a pronoun.
    """
    found = _Found(plurals)
    rest = list(pieces)
    while rest:
        piece = rest.pop(0)
        if isinstance(piece, Slot) and piece.kind == "pronoun":
            inverted = _settle_before(found, piece)
            found.pieces.append(piece)
            _settle_after(found, piece, rest, inverted)
        else:
            found.pieces.append(piece)
    return found.pieces, found.undecided


def _settle_before(found: _Found, subject: Slot) -> bool:
    """Settle an auxiliary before a pronoun, "Is {pronoun} here?"; return whether there is one."""
    literal = found.pieces[-1] if found.pieces else ""
    if not isinstance(literal, str):
        return False
    match = _BEFORE_PRONOUN.search(literal)
    if match is None:
        after_slot = len(found.pieces) > 1 and isinstance(found.pieces[-2], VerbSlot)
        return bool(_INVERTED.search(literal)) or (after_slot and not literal.strip())
    if match["opens"] is None:
        found.undecided.append(match["verb"])
        return False
    start, end = match.span("verb")
    verb = found.verb(match["verb"], subject)
    found.pieces[-1:] = [literal[:start], verb, literal[end:]]
    return True


def _settle_after(found: _Found, subject: Slot, rest: list[Piece], inverted: bool) -> None:
    """Settle the verb after a pronoun, and look for others in the rest of the sentence."""
    literal = rest[0] if rest else ""
    if isinstance(literal, str):
        match = _AFTER_PRONOUN.match(literal)
        if _CONTRACTED.match(literal):
            _settle_contraction(found, subject, rest, literal)
        elif match and _looks_like_verb(match.group(2)):
            rest[0] = literal[match.end() :]
            found.pieces += [match.group(1), found.verb(match.group(2), subject)]
        elif not inverted:
            known = match is not None and _has_no_plural(match.group(2))
            found.undecided += [] if known else _instead_of_verb(literal, rest)
    found.undecided += _joined_verbs(rest)


def _settle_contraction(found: _Found, subject: Slot, rest: list[Piece], literal: str) -> None:
    """Settle "'s" after a pronoun: "is" or "has"."""
    written, rest[0] = literal[:2], literal[2:]
    contracted = _CONTRACTED.match(literal)
    after = contracted.group(1).lower() if contracted else ""
    if after in ("been", "got", "had"):
        found.pieces.append(Verb(subject.name, written, f"{written[0]}ve", found.plurals))
    elif after.endswith("ing") or after in _AFTER_IS:
        found.pieces.append(Verb(subject.name, written, f"{written[0]}re", found.plurals))
    else:
        found.pieces.append(written)
        found.undecided.append(written)


_AFTER_IS = as_words("a an the very in at from too")


def _instead_of_verb(literal: str, rest: Sequence[Piece]) -> list[str]:
    """Return what may be the verb where the word after a pronoun is none that is known."""
    following = rest[1] if len(rest) > 1 else None
    if isinstance(following, Slot) and _ONLY_ADVERBS.fullmatch(literal):
        return [f"{{{following.name}}}"]
    if not literal.strip():
        return []
    said = _ANY_WORD.findall(_sentence(rest))
    return [word for word in said if _looks_like_verb(word)]


def _joined_verbs(rest: Sequence[Piece]) -> list[str]:
    """Return words of the sentence that may be further verbs of a pronoun."""
    return [word for word in _MAYBE_JOINED.findall(_sentence(rest)) if _looks_like_verb(word)]


def _sentence(rest: Sequence[Piece]) -> str:
    """Return the words up to the next person or the end of the sentence."""
    return _SENTENCE_END.split("".join(_until_person(rest)), maxsplit=1)[0]


def _until_person(rest: Sequence[Piece]) -> Iterator[str]:
    for piece in rest:
        if isinstance(piece, Slot) and piece.kind in ("name", "pronoun"):
            return
        yield piece if isinstance(piece, str) else " _ "


def _has_no_plural(word: str) -> bool:
    """Return whether a word is a verb that is the same with "she" and "they"."""
    lowered = word.lower().replace("’", "'")
    return lowered in _WITHOUT_PLURAL or (lowered.endswith("ed") and len(lowered) > 3)


def _looks_like_verb(word: str) -> bool:
    lowered = word.lower().replace("’", "'")
    return is_singular(lowered) and lowered not in _NOT_VERBS
