"""Agreement in templates: which slot a verb is said of, and whether that may be plural.

English "they" of one person takes the plural: they are, they walk. A verb slot agrees with the slot
that is its subject, ``{pronoun}`` or a noun. Where a plain word may or may not be a verb of
``{pronoun}``, groups with "they" are left out of the template.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pytest_fairness.errors import ArgumentError
from pytest_fairness.perturb.pieces import Piece, Slot, Verb, VerbSlot
from pytest_fairness.perturb.plain_verbs import with_plain_verbs
from pytest_fairness.perturb.verbs import agree

if TYPE_CHECKING:
    from pytest_fairness.attributes import Attribute, Varied


_AUXILIARIES = ("is", "was", "has", "does")
VERBS = frozenset(_AUXILIARIES) | {f"{word}n't" for word in _AUXILIARIES}
_PLURAL_PRONOUNS = frozenset({"they"})
_NO_SUBJECTS = frozenset(
    {"object", "possessive", "possessive_pronoun", "reflexive", "title", "descriptor"}
)
_OPENS = re.compile(r"(?:^|[.!?,;:\n])\s*$")
_SENTENCE_END = re.compile(r"[.!?\n]")
_PLURALS_BY_NAME: Mapping[str, str] = {"children": "child", "people": "person"}


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
        settled, undecided = with_plain_verbs(settled, plurals)
    for i, piece in enumerate(settled):
        if isinstance(piece, VerbSlot):
            subject = _subject(settled, i, attribute)
            if subject is not None:
                _check_not_joined(text, settled[:i], subject, attribute)
                settled[i] = _verb(piece, subject, plurals, attribute)
    return Agreement(tuple(settled), tuple(dict.fromkeys(undecided)))


def _check_not_joined(text: str, before: Sequence[Piece], subject: Slot, attribute: Varied) -> None:
    """Raise if the subject is two persons, as in "{a.name} and {b.name} {b.is} friends"."""
    *earlier, first, link, last = ["", "", "", "", *before[: _last_place(before, subject) + 1]]
    opens = isinstance(earlier[-1], str) and bool(_OPENS.search(earlier[-1]))
    two = isinstance(first, Slot) and first.kind in attribute.kinds and last is subject
    if two and link == " and " and opens:
        raise ArgumentError(
            f"Template {text!r} says a verb of two persons joined by 'and', which always takes the "
            "plural. Write it without braces, such as 'are' or 'walk'."
        )


def _last_place(pieces: Sequence[Piece], slot: Slot) -> int:
    return max((i for i, piece in enumerate(pieces) if piece is slot), default=-1)


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


def agreeing(attribute: Attribute, undecided: Sequence[str]) -> Attribute | None:
    """Return an attribute less the groups with "they", where a template's verbs are undecided."""
    left_out = plural_groups(attribute) if undecided else frozenset()
    if not left_out:
        return attribute
    kept = [group for group in attribute.groups if group not in left_out]
    return attribute.keep(dict.fromkeys(left_out, ()), {}) if len(kept) > 1 else None
