"""Templates: sentences with ``{slots}``.

A slot's name is a kind of the varied attribute, a built-in neutral slot, or one that the author
gives. Written with a capital, ``{Pronoun}``, it opens a sentence. ``{{`` and ``}}`` stand for
braces. In English "a" or "an" before a slot follows the value that comes.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.perturb.articles import in_case_of, indefinite

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_ARTICLE = re.compile(r"(?<![^\W_])(an?) $", re.IGNORECASE)


class Slot(NamedTuple):
    """A place to fill: which slot, whether its value gets a capital, the article before it."""

    name: str
    capital: bool = False
    article: str = ""


@dataclass(frozen=True)
class Template:
    """A parsed template."""

    text: str
    pieces: tuple[str | Slot, ...]

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of the slots, in order, each once."""
        return tuple(dict.fromkeys(p.name for p in self.pieces if isinstance(p, Slot)))

    @property
    def literal(self) -> str:
        """What the template says whatever fills its slots; a gap stands for each slot."""
        return "\0".join(p if isinstance(p, str) else "\0" for p in self.pieces)

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text that these values make."""
        return "".join(
            piece if isinstance(piece, str) else _filled(piece, values[piece.name])
            for piece in self.pieces
        )


def _filled(slot: Slot, value: str) -> str:
    if slot.capital:
        value = value[:1].upper() + value[1:]
    return f"{in_case_of(indefinite(value), slot.article)} {value}" if slot.article else value


def parse(text: str, known: Collection[str], language: str = "en") -> Template:
    """Parse a template whose slots must be among `known`.

    Raises
    ------
    ArgumentError
        If braces are unbalanced, a slot is unknown, or there is no slot at all.
    """
    if not isinstance(text, str):
        raise ArgumentTypeError(f"template {text!r} must be a string.")
    pieces: list[str | Slot] = []
    position = 0
    for token in _TOKEN.finditer(text):
        pieces.append(text[position : token.start()])
        pieces.append(_piece(token, text, known))
        position = token.end()
    pieces.append(text[position:])
    template = Template(text, _joined(pieces, language))
    if not template.slots:
        raise ArgumentError(
            f"Template {text!r} has no slot, so nothing in it can vary. Write one such as "
            f"{_listed(known)}; give whole sentences as texts=[...]."
        )
    return template


def _piece(token: re.Match[str], text: str, known: Collection[str]) -> str | Slot:
    written = token.group()
    if written in ("{{", "}}"):
        return written[0]
    if written in ("{", "}"):
        raise ArgumentError(
            f"Template {text!r} has an unbalanced {written!r} at position {token.start()}. Write "
            f"{written * 2!r} for a brace that is meant as such."
        )
    return _slot(token.group(1), text, known)


def _slot(name: str, text: str, known: Collection[str]) -> Slot:
    if name in known:
        return Slot(name)
    lowered = name[:1].lower() + name[1:]
    if lowered in known and lowered != name:
        return Slot(lowered, capital=True)
    close = difflib.get_close_matches(name.lower(), known, n=1)
    hint = f" Did you mean {{{close[0]}}}?" if close else ""
    raise ArgumentError(
        f"Template {text!r} has the unknown slot {{{name}}}.{hint} Known here are "
        f"{_listed(known)}. Give values for another one as slots={{{name!r}: [...]}}."
    )


def _listed(known: Iterable[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in known)


def _joined(pieces: Iterable[str | Slot], language: str) -> tuple[str | Slot, ...]:
    """Merge neighbouring strings, and hand an article before a slot over to the slot."""
    merged: list[str | Slot] = []
    for piece in pieces:
        if piece and isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        elif isinstance(piece, Slot) and language == "en":
            merged.append(_take_article(merged, piece))
        elif piece:
            merged.append(piece)
    return tuple(piece for piece in merged if piece)


def _take_article(merged: list[str | Slot], slot: Slot) -> Slot:
    before = merged[-1] if merged else ""
    match = _ARTICLE.search(before) if isinstance(before, str) else None
    if match is None:
        return slot
    merged[-1] = before[: match.start()] if isinstance(before, str) else before
    return slot._replace(article=match.group(1))
