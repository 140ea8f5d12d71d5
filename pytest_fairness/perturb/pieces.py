"""What a template consists of, beside its fixed words."""

from __future__ import annotations

from typing import NamedTuple


class Slot(NamedTuple):
    """A place to fill.

    `name` says by what, `capital` whether the value gets one, `article` and `possessive` what
    stands around it and must fit, `person` of whom it is said, if not of the varied one.
    """

    name: str
    capital: bool = False
    article: str = ""
    possessive: str = ""
    person: str = ""

    @property
    def kind(self) -> str:
        """The name without the person."""
        return self.name.rpartition(".")[2]

    @property
    def changes(self) -> bool:
        """Whether the value does not come as it is."""
        return bool(self.capital or self.article or self.possessive)


class VerbSlot(NamedTuple):
    """A verb whose subject is not known yet, in the form that goes with "she"."""

    word: str
    capital: bool = False
    person: str = ""


class Verb(NamedTuple):
    """A verb that agrees with what another slot says: plural if that is one of `plurals`."""

    subject: str
    singular: str
    plural: str
    plurals: frozenset[str]


Piece = str | Slot | VerbSlot | Verb
