"""What a surface perturbation did to a text, and how several of them add up."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pytest_fairness.perturb.changes import AMBIGUOUS, UNCHANGED, VALID, Change, apply

__all__ = ["AMBIGUOUS", "UNCHANGED", "VALID", "Change", "SurfaceChange", "apply"]

_TOKEN = re.compile(r"[A-Za-z0-9]+|.", re.DOTALL)


@dataclass(frozen=True)
class SurfaceChange:
    """The result of a surface perturbation.

    Attributes
    ----------
    source : str
        The text that was given.
    text : str
        The variant; the source itself unless `status` is ``"valid"``.
    status : {"valid", "unchanged", "ambiguous"}
        Whether the variant counts; if not, whether there was nothing to change, or nothing that
        could be changed without doubt.
    edits : tuple of Change
        What differs, from left to right, as (start, end, before, after) in the source.
    reason : str
        Why the change is not valid; empty if it is.
    perturbation : str
        Name of the perturbation.
    seed : int
        The seed that draws this variant again.
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
        """Whether the variant says the same in other letters, and may be counted."""
        return self.status == VALID


def trimmed(change: Change) -> Change:
    """Return a change without the letters at both ends that it leaves as they are."""
    start, end, before, after = change
    head = _shared(before, after)
    before, after = before[head:], after[head:]
    tail = _shared(before[::-1], after[::-1])
    stop = len(before) - tail
    return Change(start + head, end - tail, before[:stop], after[: len(after) - tail])


def _shared(first: str, second: str) -> int:
    """Return how many letters two words share from the start."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(first), len(second)))


def composed(source: str, steps: Iterable[Sequence[Change]]) -> tuple[Change, ...]:
    """Return the edits that lead from `source` to where several steps of edits end."""
    text, places = source, list(range(len(source)))
    for edits in steps:
        places = _moved(places, edits)
        text = apply(text, edits)
    return tuple(_gaps(source, text, places))


def _moved(places: Sequence[int], edits: Iterable[Change]) -> list[int]:
    """Follow each character's place in the source through one step; -1 is a new character."""
    moved: list[int] = []
    position = 0
    for edit in edits:
        moved += [*places[position : edit.start], *[-1] * len(edit.after)]
        position = edit.end
    return [*moved, *places[position:]]


def _gaps(source: str, text: str, places: Sequence[int]) -> Iterator[Change]:
    """Yield what lies between the characters that both texts share."""
    shared = [(i, place) for i, place in enumerate(places) if place >= 0]
    done, used = 0, 0
    for i, place in [*shared, (len(text), len(source))]:
        change = trimmed(Change(used, place, source[used:place], text[done:i]))
        if change.before != change.after:
            yield change
        done, used = i + 1, place + 1


def difference(source: str, text: str) -> tuple[Change, ...]:
    """Return the edits between two texts, word by word (character by character in Chinese)."""
    old, new = _TOKEN.findall(source), _TOKEN.findall(text)
    starts = [0]
    for token in old:
        starts.append(starts[-1] + len(token))
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return tuple(
        Change(starts[a], starts[b], "".join(old[a:b]), "".join(new[c:d]))
        for tag, a, b, c, d in matcher.get_opcodes()
        if tag != "equal"
    )
