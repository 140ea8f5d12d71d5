"""A surface perturbation as a value: which edits a text admits, and which of them are made."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.perturb.changes import VALID, Change, apply
from pytest_fairness.perturb.surface.change import SurfaceChange, unchanged
from pytest_fairness.perturb.surface.keeping import Kept, is_free, kept_spans

Candidates = Callable[[str], Iterable[Change]]

_TRIES = 8  # seeds tried for each variant that is wanted


@dataclass(frozen=True)
class Surface:
    """A change of a text that keeps what it says.

    Made by `surface`. Perturbations are joined by ``+``, and applied from left to right.

    Attributes
    ----------
    name, language : str
    candidates : callable
        The edits that a text admits, in any order.
    edits : int or None
        How many of them are made, drawn by the seed; all of them if None.
    kept : tuple of Attribute or str
        What is left alone.
    then : Surface or None
        What is applied to the result.
    """

    name: str
    language: str
    candidates: Candidates
    edits: int | None = None
    kept: Kept = ()
    then: Surface | None = None

    def __repr__(self) -> str:
        return f"<Surface: {self.title}, language={self.language!r}>"

    @property
    def title(self) -> str:
        """Names of all that is applied."""
        return self.name + (f" + {self.then.title}" if self.then else "")

    def __add__(self, other: Surface) -> Surface:
        """Apply `other` to what this one makes."""
        if not isinstance(other, Surface):
            raise ArgumentTypeError(f"{other!r} is no surface perturbation. Make one by surface().")
        then = self.then + other if self.then else other
        return Surface(self.name, self.language, self.candidates, self.edits, self.kept, then)

    def __call__(self, text: str, *, seed: int = 0) -> SurfaceChange:
        """Return what becomes of a text; the same for the same seed, on every machine."""
        if not isinstance(text, str):
            raise ArgumentTypeError(f"text={text!r} must be a string.")
        first = self._apply(text, seed)
        if self.then is None:
            return first
        last = self.then(first.text, seed=seed)
        if last.text == text:
            return unchanged(text, first.reason or last.reason, self.title, seed)
        edits = first.edits if not last.edits else last.edits if not first.edits else ()
        return SurfaceChange(text, last.text, VALID, edits, "", self.title, seed)

    def variants(self, text: str, n: int, *, seed: int = 0) -> list[SurfaceChange]:
        """Return up to `n` different valid changes of a text."""
        if n < 0:
            raise ArgumentError(f"n={n!r} must be at least 0: it is how many variants to return.")
        found: dict[str, SurfaceChange] = {}
        for number in range(_TRIES * n):
            change = self(text, seed=seed + number)
            if change.valid:
                found.setdefault(change.text, change)
            if len(found) == n or self._draws_nothing:
                break
        return list(found.values())[:n]

    @property
    def _draws_nothing(self) -> bool:
        return self.edits is None and (self.then is None or self.then._draws_nothing)

    def _apply(self, text: str, seed: int) -> SurfaceChange:
        kept = kept_spans(text, self.kept)
        free = [c for c in self.candidates(text) if is_free((c.start, c.end), kept)]
        chosen = _apart(free if self.edits is None else _drawn(free, self._rng(text, seed)))
        chosen = sorted(chosen[: self.edits])
        changed = apply(text, chosen)
        if changed == text:
            return unchanged(text, f"nothing to change by {self.name}", self.name, seed)
        return SurfaceChange(text, changed, VALID, tuple(chosen), "", self.name, seed)

    def _rng(self, text: str, seed: int) -> random.Random:
        key = f"{self.name}\0{seed}\0{text}".encode("utf-8", "surrogatepass")
        return random.Random(int.from_bytes(hashlib.sha256(key).digest()[:8], "big"))


def _drawn(edits: Sequence[Change], rng: random.Random) -> list[Change]:
    """Return edits in random order, so that each place has the same chance to come first."""
    by_place: dict[int, list[Change]] = {}
    for edit in edits:
        by_place.setdefault(edit.start, []).append(edit)
    places = list(by_place)
    rng.shuffle(places)
    return [rng.choice(by_place[place]) for place in places]


def _apart(edits: Sequence[Change]) -> list[Change]:
    """Return edits that change something and do not overlap, the first come first."""
    taken: list[Change] = []
    for edit in edits:
        if edit.before != edit.after and not any(_meet(edit, other) for other in taken):
            taken.append(edit)
    return taken


def _meet(one: Change, other: Change) -> bool:
    return (
        one.start <= other.end and other.start <= one.end
        if _is_empty(one, other)
        else (one.start < other.end and other.start < one.end)
    )


def _is_empty(one: Change, other: Change) -> bool:
    return one.start == one.end or other.start == other.end
