"""Perturbations as values: called with a text and a seed, added up, and asked for variants.

A `Surface` is one kind of change: its finder lists the *sites* where the text can change and the
options there; what must be kept drops some, the seed picks among the rest. The draw depends on the
text, the seed and the name alone, so that it is the same in any order and on any machine.
"""

from __future__ import annotations

import hashlib
import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.perturb.surface.change import (
    AMBIGUOUS,
    UNCHANGED,
    VALID,
    Change,
    SurfaceChange,
    apply,
    composed,
    trimmed,
)
from pytest_fairness.perturb.surface.keeping import Keep, Kept

_DRAWS = 6


class Site(NamedTuple):
    """A place that can change, and what may come there."""

    start: int
    end: int
    options: tuple[str, ...] = ()


class Found(NamedTuple):
    """Sites from left to right, none over another, and what a finder could not decide."""

    sites: Sequence[Site]
    doubts: tuple[str, ...] = ()


Writer = Callable[[str, Site, random.Random], "str | None"]


def pick(text: str, site: Site, rng: random.Random) -> str | None:
    """Draw one of the site's options."""
    return site.options[0] if len(site.options) == 1 else rng.choice(site.options)


@dataclass(frozen=True)
class Kind:
    """A kind of surface change: how it finds sites, and what it writes there.

    `strength` is the share of the sites that it changes by default; `nothing` says in words what a
    text lacks that has no site.
    """

    name: str
    language: str
    find: Callable[[str], Found]
    nothing: str
    write: Writer = pick
    strength: float = 1.0


class Perturbation(ABC):
    """What all surface perturbations share; a base for typing, not for users to subclass."""

    name: str
    language: str

    @abstractmethod
    def __call__(self, text: str, seed: int = 0) -> SurfaceChange:
        """Change one text."""

    def all(self, texts: Sequence[str], seed: int = 0) -> list[SurfaceChange]:
        """Change several texts, each as if it were alone."""
        return [self(text, seed) for text in texts]

    def variants(self, text: str, n: int, seed: int = 0) -> list[SurfaceChange]:
        """Return up to `n` distinct valid variants, drawn by `seed` and the numbers after it."""
        if n < 0:
            raise ArgumentError(f"n={n!r} must be at least 0: it is how many variants to return.")
        found: dict[str, SurfaceChange] = {}
        for number in range(seed, seed + 4 * n + 8):
            change = self(text, number)
            if change.valid:
                found.setdefault(change.text, change)
            if len(found) >= n or change.status == UNCHANGED:
                break
        return list(found.values())[:n]

    def __add__(self, other: Perturbation) -> Chain:
        """Return the perturbation that does this, and then the other."""
        if not isinstance(other, Perturbation):
            return NotImplemented
        return chain(self, other)


@dataclass(frozen=True)
class Surface(Perturbation):
    """One kind of surface change, with what it keeps and how much it changes."""

    kind: Kind
    keep: Keep
    strength: float
    edits: int | None = None

    def __repr__(self) -> str:
        return f"<Surface: {self.name}, language={self.language!r}>"

    @property
    def name(self) -> str:  # type: ignore[override]
        """Name of the kind."""
        return self.kind.name

    @property
    def language(self) -> str:  # type: ignore[override]
        """Language of the texts that it changes."""
        return self.kind.language

    def __call__(self, text: str, seed: int = 0) -> SurfaceChange:
        """Change one text."""
        check_text(text)
        found, kept = self.kind.find(text), self.keep.read(text)
        sites = [s for s in found.sites if not kept.touches(s.start, s.end)]
        if not sites:
            return self._left(text, seed, found)
        rng = seeded(self.name, text, seed)
        for _ in range(_DRAWS):
            edits = self._sound(text, self._drawn(text, sites, rng), kept)
            if edits:
                return SurfaceChange(text, apply(text, edits), VALID, edits, "", self.name, seed)
        reason = "every change tried would make or break another word"
        return SurfaceChange(text, text, AMBIGUOUS, (), reason, self.name, seed)

    def _left(self, text: str, seed: int, found: Found) -> SurfaceChange:
        status = AMBIGUOUS if found.doubts and not found.sites else UNCHANGED
        reason = found.doubts[0] if status == AMBIGUOUS else self.kind.nothing
        if found.sites:
            reason = "all that could change is to be kept"
        return SurfaceChange(text, text, status, (), reason, self.name, seed)

    def _drawn(self, text: str, sites: Sequence[Site], rng: random.Random) -> list[Change]:
        share = max(1, round(self.strength * len(sites)))
        count = share if self.edits is None else min(self.edits, len(sites))
        chosen = sites if count == len(sites) else sorted(rng.sample(sites, count))
        edits = []
        for site in chosen:
            after = self.kind.write(text, site, rng)
            before = text[site.start : site.end]
            if after is not None and after != before:
                edits.append(trimmed(Change(site.start, site.end, before, after)))
        return edits

    def _sound(self, text: str, edits: list[Change], kept: Kept) -> tuple[Change, ...]:
        """Return the edits, less those that make or break a kept word."""
        if self._keeps(text, edits, kept):
            return tuple(edits)
        sound = [edit for edit in edits if self._keeps(text, [edit], kept)]
        return tuple(sound) if self._keeps(text, sound, kept) else ()

    def _keeps(self, text: str, edits: Sequence[Change], kept: Kept) -> bool:
        return self.keep.read(apply(text, edits)).words == kept.words


@dataclass(frozen=True)
class Chain(Perturbation):
    """Several perturbations, one after the other."""

    steps: tuple[Perturbation, ...]

    @property
    def name(self) -> str:  # type: ignore[override]
        """Names of the steps, joined by " + "."""
        return " + ".join(step.name for step in self.steps)

    @property
    def language(self) -> str:  # type: ignore[override]
        """Language of the first step."""
        return self.steps[0].language

    def __call__(self, text: str, seed: int = 0) -> SurfaceChange:
        """Change one text by each step in turn; a step with nothing to change is passed over."""
        check_text(text)
        now, done = text, []
        for step in self.steps:
            change = step(now, seed)
            if change.status == AMBIGUOUS:
                reason = f"{step.name}: {change.reason}"
                return SurfaceChange(text, text, AMBIGUOUS, (), reason, self.name, seed)
            now = change.text
            done.append(change)
        if now == text:
            reason = "; ".join(dict.fromkeys(c.reason for c in done if c.reason))
            reason = reason or "the steps undo each other"
            return SurfaceChange(text, text, UNCHANGED, (), reason, self.name, seed)
        edits = composed(text, [change.edits for change in done])
        return SurfaceChange(text, now, VALID, edits, "", self.name, seed)


def chain(*steps: Perturbation) -> Chain:
    """Return the perturbation that applies several in order.

    Examples
    --------
    >>> from pytest_fairness.perturb.surface import chain, surface
    >>> chain(surface("expand"), surface("uppercase"))("I'm late.").text
    'I AM LATE.'
    """
    if not steps or not all(isinstance(step, Perturbation) for step in steps):
        raise ArgumentTypeError(
            f"chain got {steps!r}; expected one or more perturbations, such as surface('typo')."
        )
    flat = [s.steps if isinstance(s, Chain) else (s,) for s in steps]
    return Chain(tuple(step for part in flat for step in part))


def seeded(name: str, text: str, seed: int) -> random.Random:
    """Return a generator that depends on name, text and seed alone."""
    digest = hashlib.blake2b(f"{name}\0{seed}\0{text}".encode("utf-8", "surrogatepass"))
    return random.Random(int.from_bytes(digest.digest()[:8], "big"))


def check_text(text: object) -> None:
    """Refuse what is no text."""
    if not isinstance(text, str):
        raise ArgumentTypeError(f"text={text!r} must be a string.")
