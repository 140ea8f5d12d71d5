"""Perturbations applied one after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pytest_fairness.perturb.changes import UNCHANGED, VALID


class Result(Protocol):
    """What a perturbation makes of a text."""

    @property
    def text(self) -> str:
        """The new text."""

    @property
    def status(self) -> str:
        """``"valid"``, ``"unchanged"``, or why the text does not count."""


class Perturbation(Protocol):
    """A change of a text that a seed decides."""

    def __call__(self, text: str, *, seed: int) -> Result:
        """Return the changed text with its status."""


@dataclass(frozen=True)
class Chained:
    """A text after a chain.

    Attributes
    ----------
    text : str
        The source itself unless `status` is ``"valid"``.
    status : str
        ``"valid"`` if a step changed the text, ``"unchanged"`` if none did; otherwise that of the
        first step whose result does not count.
    """

    text: str
    status: str


@dataclass(frozen=True)
class Chain:
    """Perturbations with their seeds, in the order in which they are applied.

    Examples
    --------
    >>> def shout(text, *, seed):
    ...     return Chained(text.upper(), "valid" if text.upper() != text else "unchanged")
    >>> Chain(((shout, 0),))("Ann left.")
    Chained(text='ANN LEFT.', status='valid')
    """

    steps: tuple[tuple[Perturbation, int], ...] = ()

    def __call__(self, text: str) -> Chained:
        """Apply every step to what the one before it made."""
        now = text
        for perturbation, seed in self.steps:
            result = perturbation(now, seed=seed)
            if result.status not in (VALID, UNCHANGED):
                return Chained(text, result.status)
            if result.status == VALID:
                now = result.text
        return Chained(now, UNCHANGED if now == text else VALID)
