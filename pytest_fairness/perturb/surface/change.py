"""What a surface perturbation makes of a text."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_fairness.perturb.changes import AMBIGUOUS, UNCHANGED, VALID, Change


@dataclass(frozen=True)
class SurfaceChange:
    """A text with what was done to it.

    Attributes
    ----------
    source : str
        The text as it was.
    text : str
        The changed text; the source itself unless `status` is ``"valid"``.
    status : {"valid", "unchanged", "ambiguous"}
        Whether it was changed; ``"ambiguous"`` where a rewriting lost a word that must be kept.
    edits : tuple of Change
        What was replaced in the source, from left to right; empty for a rewriting of the whole.
    reason : str
        Why it is not valid; empty if it is.
    perturbation : str
        Name of what did it.
    seed : int
    """

    source: str
    text: str
    status: str
    edits: tuple[Change, ...] = ()
    reason: str = ""
    perturbation: str = ""
    seed: int = 0

    @property
    def valid(self) -> bool:
        """Whether the text was changed, and says what it said."""
        return self.status == VALID


def unchanged(source: str, reason: str, perturbation: str, seed: int) -> SurfaceChange:
    """Return that nothing was done, and why."""
    return SurfaceChange(source, source, UNCHANGED, (), reason, perturbation, seed)


def ambiguous(source: str, reason: str, perturbation: str, seed: int) -> SurfaceChange:
    """Return that what came out does not count, and why."""
    return SurfaceChange(source, source, AMBIGUOUS, (), reason, perturbation, seed)
