"""Templates: sentences with ``{slots}``.

A slot's name is a kind of the varied attribute, a built-in neutral slot, or one that the author
gives. Written with a capital, ``{Pronoun}``, it opens a sentence. ``{{`` and ``}}`` stand for
braces. In English "a" or "an" before a slot follows the value that comes, a possessive after a
plural noun keeps to its spelling (mothers', women's), and verbs agree: ``{is}``, ``{was}``,
``{has}``, ``{does}`` and ``{verb:walks}`` follow the person of whom they are said.

``{a.name} told {b.name} that {a.pronoun} {a.is} late`` speaks of several persons. One of them is
varied, by default the first; the others are the same on both sides of a pair.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.perturb.agreement import VERBS, Agreement, agreeing_pieces, is_plural_kind
from pytest_fairness.perturb.articles import in_case_of, indefinite
from pytest_fairness.perturb.pieces import Piece, Slot, Verb, VerbSlot
from pytest_fairness.perturb.speakers import check_persons, varied_person

if TYPE_CHECKING:
    from pytest_fairness.attributes import Varied

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"(?:(?P<person>[^\W\d]\w*)\.)?(?P<name>[^.:]+)(?::(?P<word>.+))?")
_ARTICLE = re.compile(r"(?<![^\W_])(an?) $", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s\b")
_SINGULAR_VERB = re.compile(r"(?:[^\W\d_]|-)*s|(?:is|was|has|does)n['’]t", re.IGNORECASE)


@dataclass(frozen=True)
class Template:
    """A parsed template.

    Attributes
    ----------
    text : str
        As its author wrote it.
    pieces : tuple of str, Slot or Verb
        What it consists of; slots of the varied person bear no prefix.
    undecided : tuple of str
        Words that may or may not be verbs of a pronoun: with "they" they cannot be put right.
    """

    text: str
    pieces: tuple[str | Slot | Verb, ...]
    undecided: tuple[str, ...] = ()

    @functools.cached_property
    def slots(self) -> tuple[str, ...]:
        """Names of the slots, in order, each once; those of other persons as ``b.name``."""
        return tuple(dict.fromkeys(p.name for p in self.pieces if isinstance(p, Slot)))

    @property
    def others(self) -> Mapping[str, tuple[str, ...]]:
        """Kinds that the template uses of each person who is not varied."""
        found: dict[str, tuple[str, ...]] = {}
        for slot in self.slots:
            person, dot, kind = slot.partition(".")
            if dot:
                found[person] = (*found.get(person, ()), kind)
        return found

    @property
    def literal(self) -> str:
        """What the template says whatever fills its slots; a gap stands for each slot."""
        return "\0".join(p if isinstance(p, str) else "\0" for p in self.pieces)

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text that these values make."""
        form, fillers = self._form
        return form % tuple(
            [values[name] if shaped is None else shaped(values[name]) for name, shaped in fillers]
        )

    @functools.cached_property
    def _form(self) -> tuple[str, tuple[tuple[str, _Shaped | None], ...]]:
        """The fixed words as a format, and what fills each gap: a slot, and what shapes it."""
        form = "".join(p.replace("%", "%%") if isinstance(p, str) else "%s" for p in self.pieces)
        return form, tuple(_filler(p) for p in self.pieces if not isinstance(p, str))


class _Shaped:
    """What stands in the text for each value of a slot, remembered."""

    def __init__(self, piece: Slot | Verb) -> None:
        self._piece = piece
        self._known: dict[str, str] = {}

    def __call__(self, value: str) -> str:
        known = self._known.get(value)
        if known is None:
            known = self._known[value] = _shaped(self._piece, value)
        return known


def _filler(piece: Slot | Verb) -> tuple[str, _Shaped | None]:
    if isinstance(piece, Verb):
        return piece.subject, _Shaped(piece)
    return piece.name, _Shaped(piece) if piece.changes else None


def _shaped(piece: Slot | Verb, value: str) -> str:
    """Return a value with the article, the capital and the possessive of its slot, or a verb."""
    if isinstance(piece, Verb):
        return piece.plural if value in piece.plurals else piece.singular
    if piece.capital:
        value = value[:1].upper() + value[1:]
    if piece.possessive:
        value += piece.possessive[:1] if value.endswith("s") else piece.possessive
    return f"{in_case_of(indefinite(value), piece.article)} {value}" if piece.article else value


def parse(
    text: str,
    known: Collection[str],
    language: str = "en",
    *,
    attribute: Varied | None = None,
    vary_person: str | None = None,
) -> Template:
    """Parse a template whose slots must be among `known`.

    Parameters
    ----------
    text : str
    known : collection of str
        Names of the slots that may be used.
    language : str
    attribute : Attribute, optional
        What is varied; persons and agreement need it.
    vary_person : str, optional
        The person who is varied where there are several; by default the first.

    Raises
    ------
    ArgumentError
        If braces are unbalanced, a slot is unknown, there is no slot at all, persons are mixed up,
        or a verb has nobody to agree with.

    Examples
    --------
    >>> from pytest_fairness import load_attribute
    >>> gender = load_attribute("gender")
    >>> template = parse("{Pronoun} {is} a {job}.", [*gender.kinds, "job"], attribute=gender)
    >>> template.fill({"pronoun": "she", "job": "actor"})
    'She is an actor.'
    """
    if not isinstance(text, str):
        raise ArgumentTypeError(f"template {text!r} must be a string.")
    pieces = _raw_pieces(text, known, language, attribute)
    kinds = attribute.kinds if attribute else ()
    check_persons(text, pieces, kinds, vary_person)
    varied = varied_person(pieces, vary_person)
    named = [_without_prefix(piece, varied) for piece in pieces]
    joined = _joined(named, language, attribute)
    agreement = agreeing_pieces(text, joined, attribute) if attribute else Agreement(joined)
    template = Template(text, agreement.finished(text), agreement.undecided)
    if not template.slots:
        raise ArgumentError(
            f"Template {text!r} has no slot, so nothing in it can vary. Write one such as "
            f"{_listed(known)}; give whole sentences as texts=[...]."
        )
    return template


def _raw_pieces(
    text: str, known: Collection[str], language: str, attribute: Varied | None
) -> list[Piece]:
    pieces: list[Piece] = []
    position = 0
    for token in _TOKEN.finditer(text):
        pieces.append(text[position : token.start()])
        pieces.append(_piece(token, text, known, language, attribute))
        position = token.end()
    return [*pieces, text[position:]]


def _piece(
    token: re.Match[str],
    text: str,
    known: Collection[str],
    language: str,
    attribute: Varied | None,
) -> Piece:
    written = token.group()
    if written in ("{{", "}}"):
        return written[0]
    if written in ("{", "}"):
        raise ArgumentError(
            f"Template {text!r} has an unbalanced {written!r} at position {token.start()}. Write "
            f"{written * 2!r} for a brace that is meant as such."
        )
    name = token.group(1)
    return _slot(name, known) or _of_person(name, text, known, language, attribute)


def _slot(name: str, known: Collection[str]) -> Slot | None:
    lowered = name[:1].lower() + name[1:]
    if name in known or lowered in known:
        return Slot(name if name in known else lowered, capital=name not in known)
    return None


def _of_person(
    written: str,
    text: str,
    known: Collection[str],
    language: str,
    attribute: Varied | None,
) -> Piece:
    """Read a slot that is no plain one: with a person, a verb, or unknown."""
    match = _NAME.fullmatch(written)
    if match:
        person, name, word = match["person"] or "", match["name"], match["word"]
        if language == "en" and (word or name.lower().replace("’", "'") in VERBS):
            return _verb(written, text, person, name, word)
        slot = _slot(name, known) if person and not word else None
        if slot:
            _check_has_person(written, text, slot.name, attribute)
            return slot._replace(person=person)
    close = difflib.get_close_matches(written.lower(), known, n=1)
    hint = f" Did you mean {{{close[0]}}}?" if close else ""
    raise ArgumentError(
        f"Template {text!r} has the unknown slot {{{written}}}.{hint} Known here are "
        f"{_listed(known)}. Give values for another one as slots={{{written!r}: [...]}}."
    )


def _check_has_person(written: str, text: str, name: str, attribute: Varied | None) -> None:
    if attribute is None or name not in attribute.kinds:
        raise ArgumentError(
            f"Template {text!r} says {{{written}}}, but {{{name}}} is a neutral slot and belongs "
            f"to no person. Write {{{name}}}."
        )


def _verb(written: str, text: str, person: str, name: str, word: str | None) -> VerbSlot:
    if word and name.lower() != "verb":
        raise ArgumentError(
            f"Template {text!r} has {{{written}}}, of which {name!r} is no kind of slot that takes "
            "a word. Write a verb as {verb:walks}, and persons as {a.name} and {b.name}."
        )
    verb = word or name.lower()
    if not _SINGULAR_VERB.fullmatch(verb):
        raise ArgumentError(
            f"Template {text!r} has {{{written}}}; expected the form that goes with 'she', in one "
            "word, such as {verb:walks}. Forms that never change need no slot."
        )
    return VerbSlot(verb, name[:1].isupper() or verb[:1].isupper(), person)


def _without_prefix(piece: Piece, varied: str) -> Piece:
    """Name the slots of the varied person by their kind, those of others by person and kind."""
    if isinstance(piece, VerbSlot):
        return piece._replace(person="" if piece.person == varied else piece.person)
    if isinstance(piece, Slot) and piece.person:
        own = piece.person == varied
        return piece._replace(
            name=piece.name if own else f"{piece.person}.{piece.name}",
            person="" if own else piece.person,
        )
    return piece


def _listed(known: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in known)


def _joined(pieces: Sequence[Piece], language: str, attribute: Varied | None) -> tuple[Piece, ...]:
    """Merge neighbouring strings, and hand articles and possessives over to the slot."""
    merged: list[Piece] = []
    for piece in pieces:
        last = merged[-1] if merged else ""
        if isinstance(piece, str) and isinstance(last, str) and merged:
            merged[-1] = last + piece
        elif isinstance(piece, Slot) and language == "en":
            merged.append(_take_article(merged, piece))
        elif isinstance(piece, str) and isinstance(last, Slot) and language == "en":
            merged += _take_possessive(merged.pop(), piece, attribute)
        else:
            merged.append(piece)
    return tuple(piece for piece in merged if piece)


def _take_article(merged: list[Piece], slot: Slot) -> Slot:
    before = merged[-1] if merged else ""
    match = _ARTICLE.search(before) if isinstance(before, str) else None
    if match is None:
        return slot
    merged[-1] = before[: match.start()] if isinstance(before, str) else before
    return slot._replace(article=match.group(1))


def _take_possessive(slot: Piece, after: str, attribute: Varied | None) -> list[Piece]:
    match = _POSSESSIVE.match(after)
    plural = attribute and isinstance(slot, Slot) and is_plural_kind(slot.kind, attribute)
    if match is None or not plural or not isinstance(slot, Slot):
        return [slot, after]
    return [slot._replace(possessive=match.group()), after[match.end() :]]
