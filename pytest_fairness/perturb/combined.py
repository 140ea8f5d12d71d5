"""Free text in which several attributes vary: each is swapped by itself, and the changes add up.

A text counts where it mentions every attribute. The swaps of the parts are made on the same text
and put together; where two of them touch the same words, or one of them cannot be decided, the text
is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from pytest_fairness.attributes import Combination, Varied
from pytest_fairness.attributes.combination import ALL
from pytest_fairness.perturb.changes import AMBIGUOUS, UNCHANGED, VALID, Change, Swap, apply
from pytest_fairness.perturb.reading import Reading

_JOINED = ", "


@dataclass(frozen=True)
class CombinedSwap(Swap):
    """Swaps of several attributes in one text, put together.

    Attributes
    ----------
    parts : tuple of (str, tuple of Change)
        What was changed for each attribute, by its name.
    """

    parts: tuple[tuple[str, tuple[Change, ...]], ...] = ()

    def only(self, text: str, taken: Collection[str]) -> str:
        """Return `text` with the changes of some of the attributes."""
        kept = [change for name, changes in self.parts if name in taken for change in changes]
        return apply(text, sorted(kept))


class CombinedReading:
    """A text that was read once for each of several attributes."""

    def __init__(self, text: str, combination: Combination, *, quotations: bool = True) -> None:
        self.text, self._combination = text, combination
        self._readings = [Reading(text, part, quotations=quotations) for part in combination.parts]

    @property
    def words(self) -> tuple[str, ...]:
        """The words that name a group of any attribute, as the text has them."""
        return tuple(word for reading in self._readings for word in reading.words)

    def variants(self) -> tuple[Swap, ...]:
        """Put together the swaps of the attributes: of all, or of any with the sign ``&``."""
        swaps = [reading.variants() for reading in self._readings]
        if not all(swaps):
            return ()
        return tuple(self._joined(chosen) for chosen in self._choices(swaps) if any(chosen))

    def _choices(self, swaps: Sequence[Sequence[Swap]]) -> Iterator[tuple[Swap | None, ...]]:
        every = self._combination.sign == ALL
        yield from product(*(each if every else (*each, None) for each in swaps))

    def why_none(self) -> Swap:
        """Return why there is no variant: the attribute that the text does not mention."""
        for part, reading in zip(self._combination.parts, self._readings, strict=True):
            if not reading.variants():
                return _left_out(self.text, UNCHANGED, f"no term of {part.name} to swap")
        return _left_out(self.text, UNCHANGED, "nothing to swap")

    def placebo(self) -> Swap:
        """Replace interchangeable terms of every attribute that has any by others of its group."""
        swaps = [reading.placebo() for reading in self._readings]
        usable = [swap if swap.valid and swap.text != self.text else None for swap in swaps]
        doubtful = next((swap for swap in swaps if swap.status == AMBIGUOUS), None)
        if doubtful or not any(usable):
            return doubtful or swaps[0]
        return self._joined(usable)

    def _joined(self, chosen: Sequence[Swap | None]) -> Swap:
        taken = [swap for swap in chosen if swap is not None]
        for swap in taken:
            if not swap.valid or swap.text == self.text:
                return _left_out(self.text, swap.status, swap.reason)
        changes = sorted(change for swap in taken for change in swap.changes)
        if any(a.end > b.start for a, b in pairwise(changes)):
            return _left_out(self.text, AMBIGUOUS, "two attributes change the same words")
        parts = [
            (part.name, swap.changes)
            for part, swap in zip(self._combination.parts, chosen, strict=True)
            if swap is not None
        ]
        return CombinedSwap(
            apply(self.text, changes),
            VALID,
            tuple(changes),
            groups=self._groups(chosen),
            reversible=all(swap.reversible for swap in taken),
            parts=tuple(parts),
        )

    def _groups(self, chosen: Sequence[Swap | None]) -> tuple[str, str]:
        """Return the crossed groups: an attribute that does not change keeps its first mention."""
        sides = [
            swap.groups if swap is not None else (reading.first, reading.first)
            for swap, reading in zip(chosen, self._readings, strict=True)
        ]
        return _JOINED.join(a for a, _ in sides), _JOINED.join(b for _, b in sides)


def read_text(
    text: str, attribute: Varied, *, quotations: bool = True
) -> Reading | CombinedReading:
    """Read a text once for an attribute, or for several."""
    if isinstance(attribute, Combination):
        return CombinedReading(text, attribute, quotations=quotations)
    return Reading(text, attribute, quotations=quotations)


def _left_out(text: str, status: str, reason: str) -> Swap:
    return Swap(text, status, reason=reason)
