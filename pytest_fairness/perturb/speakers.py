"""Persons of a template: whose slot is whose, and who is varied."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pytest_fairness.errors import ArgumentError
from pytest_fairness.perturb.pieces import Piece, Slot, VerbSlot


def persons_of(pieces: Sequence[Piece]) -> tuple[str, ...]:
    """Return the persons whose slots a template has, in order."""
    found = (p.person for p in pieces if isinstance(p, Slot) and p.person)
    return tuple(dict.fromkeys(found))


def varied_person(pieces: Sequence[Piece], chosen: str | None) -> str:
    """Return who is varied: the chosen person, by default the first; ``""`` without persons."""
    persons = persons_of(pieces)
    return (chosen or persons[0]) if persons else ""


def check_persons(
    text: str, pieces: Sequence[Piece], kinds: Collection[str], chosen: str | None
) -> None:
    """Raise if the persons of a template contradict each other.

    Raises
    ------
    ArgumentError
        If some slots name a person and others do not, two persons differ in case alone, a verb
        belongs to nobody, or the chosen person is not there.
    """
    persons = persons_of(pieces)
    if chosen and chosen not in persons:
        there = f"It speaks of {', '.join(persons)}" if persons else "Its slots name no person"
        raise ArgumentError(
            f"vary_person={chosen!r} is no person of template {text!r}. {there}; write "
            f"{{{chosen}.name}} for one."
        )
    if persons:
        _check_all_have_one(text, pieces, kinds, persons)
        _check_case(text, persons)


def _check_all_have_one(
    text: str, pieces: Sequence[Piece], kinds: Collection[str], persons: Sequence[str]
) -> None:
    for piece in pieces:
        if isinstance(piece, Slot) and piece.name in kinds and not piece.person:
            raise ArgumentError(
                f"Template {text!r} does not say whose {{{piece.name}}} it is: other slots name "
                f"persons ({', '.join(persons)}). Write {{{persons[0]}.{piece.name}}}."
            )
        if isinstance(piece, VerbSlot) and piece.person not in persons:
            whose = f"{{{piece.person}.{piece.word}}} is said of nobody" if piece.person else ""
            raise ArgumentError(
                f"Template {text!r}: {whose or f'the verb {piece.word!r} names no person'}; the "
                f"persons are {', '.join(persons)}. Write {{{persons[0]}.verb:{piece.word}}}."
            )


def _check_case(text: str, persons: Sequence[str]) -> None:
    if len({person.casefold() for person in persons}) < len(persons):
        raise ArgumentError(
            f"Template {text!r} names persons that differ in case alone: {', '.join(persons)}. "
            f"A capital belongs to the slot: {{{persons[0]}.Name}}."
        )
