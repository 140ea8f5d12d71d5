"""The pairs that whole texts give: each text with its valid variants."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar, NamedTuple

from pytest_fairness.attributes import Varied
from pytest_fairness.errors import ArgumentError
from pytest_fairness.perturb.changes import AMBIGUOUS, Change, Swap, apply
from pytest_fairness.perturb.combined import CombinedSwap, read_text
from pytest_fairness.perturb.kin import joined, written_alike
from pytest_fairness.perturb.pair import Pair
from pytest_fairness.perturb.sentences import sentences
from pytest_fairness.perturb.split import halves

_MANY_SENTENCES = 40
_SHORT_RUN = 3
_QUOTED = re.compile(r"'[^']*'")

Pick = Callable[[int], int]


class Variant(NamedTuple):
    """A text and one valid swap of it."""

    text: str
    swap: Swap


@dataclass(frozen=True)
class TextFamily:
    """All valid pairs of some texts.

    Attributes
    ----------
    seeds : tuple of str
        The texts, each once.
    attribute : Attribute or Combination
    placebo : bool
        Whether terms change for others of the same group.
    notes : tuple of str
    """

    seeds: tuple[str, ...]
    attribute: Varied
    placebo: bool = False
    notes: tuple[str, ...] = ()

    stands_for_texts = True
    places: ClassVar[Mapping[str, range]] = MappingProxyType({})

    @functools.cached_property
    def variants(self) -> tuple[Variant, ...]:
        """The valid, changed variants, in the order of the texts."""
        return tuple(v for v in self._swaps if v.swap.valid and v.swap.text != v.text)

    @functools.cached_property
    def excluded(self) -> Mapping[str, int]:
        """Texts, or variants of texts, that were left out, by reason."""
        left_out = (v.swap for v in self._swaps if not v.swap.valid or v.swap.text == v.text)
        return dict(sorted(Counter(_reason(swap) for swap in left_out).items()))

    @functools.cached_property
    def _swaps(self) -> tuple[Variant, ...]:
        return tuple(Variant(text, swap) for text in self.seeds for swap in self._of(text))

    def _of(self, text: str) -> Sequence[Swap]:
        reading = read_text(text, self.attribute)
        if self.placebo:
            return (reading.placebo(),)
        return reading.variants() or (reading.why_none(),)

    @property
    def groups(self) -> tuple[str, ...]:
        """All groups of the attribute."""
        return self.attribute.groups

    def __len__(self) -> int:
        return len(self.variants)

    def pair(self, index: int) -> Pair:
        """Return the pair at an index from 0 to the length."""
        text, swap = self.variants[index]
        return self._pair(text, swap.text, swap)

    def partner(self, index: int) -> Pair | None:
        """Return the placebo of a pair: its text with other terms of the same group, if it can."""
        if self.placebo:
            return None
        text = self.variants[index].text
        swap = read_text(text, self.attribute).placebo()
        if not swap.valid or swap.text == text:
            return None
        return replace(self._pair(text, swap.text, swap), placebo=True)

    def between(self, index: int, taken: Collection[str]) -> str:
        """Return the text of a pair with the changes of some of its attributes only."""
        text, swap = self.variants[index]
        if isinstance(swap, CombinedSwap):
            return swap.only(text, taken)
        return swap.text if self.attribute.name in taken else text

    @property
    def sizes(self) -> Mapping[tuple[str, str], int]:
        """Number of pairs of each two groups that have any, in the order of the texts' own."""
        return dict(Counter(variant.swap.groups for variant in self.variants))

    @property
    def partnered(self) -> int:
        """Number of pairs that have a placebo partner."""
        return sum(self.partner(i) is not None for i in range(len(self)))

    def choose(self, pick: Pick) -> Pair:
        """Build a pair by choices: ``pick(n)`` returns one of n, 0 being the simplest.

        The simplest pair is the shortest run of whole sentences that still holds a change.
        """
        text, swap = self._shortest_first[pick(len(self._shortest_first))]
        runs = _runs(text, swap.changes, self.attribute.language)
        start, end = runs[pick(len(runs))]
        inside = _inside(swap.changes, start, end)
        return self._pair(text[start:end], apply(text[start:end], inside), swap, inside, text)

    @functools.cached_property
    def _shortest_first(self) -> tuple[Variant, ...]:
        return tuple(sorted(self.variants, key=lambda v: len(v.text)))

    @property
    def sources(self) -> tuple[str, ...]:
        """The texts that have a pair, each once."""
        return tuple(dict.fromkeys(variant.text for variant in self.variants))

    @property
    def terms(self) -> dict[str, tuple[str, ...]]:
        """The words of each group that change in some pair, in the order of the alphabet."""
        found: dict[str, set[str]] = {}
        for variant in self.variants:
            for change in variant.swap.changes:
                for group, word in _sides(variant, change):
                    found.setdefault(group, set()).add(word)
        return {group: tuple(sorted(words)) for group, words in found.items()}

    def texts(self) -> Iterator[str]:
        """Yield every text of the family, each once."""
        yield from dict.fromkeys(t for v in self.variants for t in (v.text, v.swap.text))

    def part(self, which: str, seed: int) -> TextFamily:
        """Return the pairs of one part of the texts; texts that pairs join lie in one part."""
        kin = replace(self, placebo=False).kin
        chosen = set(halves([family[0] for family in kin], seed)[which])
        if not chosen:
            texts = sum(map(len, kin))
            held = "" if texts == len(kin) else f", and pairs join these to {len(kin)}"
            raise ArgumentError(
                f"The {which} part of these texts would be empty: only {texts} of them "
                f"have a valid pair{held}. Give at least 4 such texts."
            )
        note = "Parts differ in their texts; the terms within the texts are shared."
        kept = {text for family in kin if family[0] in chosen for text in family}
        seeds = tuple(text for text in self.seeds if text in kept)
        return replace(self, seeds=seeds, notes=(*self.notes, note))

    def without(self, alike: Collection[str]) -> TextFamily:
        """Return the pairs of texts that no pair joins to a text written like one of these."""
        if not alike:
            return self
        whole = replace(self, placebo=False)
        barred = {
            text
            for family in whole.kin
            if any(not whole.keys[text].isdisjoint(alike) for text in family)
            for text in family
        }
        return replace(self, seeds=tuple(text for text in self.seeds if text not in barred))

    @functools.cached_property
    def kin(self) -> tuple[tuple[str, ...], ...]:
        """The texts that have a pair, in families: texts that pairs join, or that look alike.

        The first of a family is the first in the order of the alphabet.
        """
        texts = list(self.keys)
        families = joined(list(self.keys.values()))
        return tuple(tuple(sorted(texts[place] for place in family)) for family in families)

    @functools.cached_property
    def keys(self) -> Mapping[str, set[str]]:
        """How a text that has a pair, and each of its variants, are written."""
        keys: dict[str, set[str]] = {}
        for text, swap in self.variants:
            keys.setdefault(text, {written_alike(text)}).add(written_alike(swap.text))
        return keys

    def _pair(
        self,
        original: str,
        variant: str,
        swap: Swap,
        changes: Sequence[Change] | None = None,
        source: str | None = None,
    ) -> Pair:
        change = (changes or swap.changes)[0]
        return Pair(
            original,
            variant,
            groups=swap.groups,
            attribute=self.attribute.name,
            terms=(change.before, change.after),
            source=original if source is None else source,
            placebo=self.placebo,
            language=self.attribute.language,
        )


def _sides(variant: Variant, change: Change) -> Iterator[tuple[str, str]]:
    """Yield the group and the word of each side of a change."""
    return zip(variant.swap.groups, (change.before, change.after), strict=True)


def _reason(swap: Swap) -> str:
    """Return why a swap does not count, the same for all words of which it holds."""
    general = _QUOTED.sub("a word", swap.reason)
    return f"{swap.status}: {general}" if swap.status == AMBIGUOUS else general


def _runs(text: str, changes: Sequence[Change], language: str) -> list[tuple[int, int]]:
    """Return runs of whole sentences that hold a change, the shortest first, the text last."""
    spans = sentences(text, language)
    longest = len(spans) if len(spans) <= _MANY_SENTENCES else _SHORT_RUN
    runs = [
        (spans[i][0], spans[j][1])
        for i in range(len(spans))
        for j in range(i, min(len(spans), i + longest))
        if _inside(changes, spans[i][0], spans[j][1])
    ]
    whole = (0, len(text))
    return [*sorted(runs, key=lambda run: (run[1] - run[0], run)), whole]


def _inside(changes: Sequence[Change], start: int, end: int) -> list[Change]:
    """Return the changes within a run, counted from its start."""
    return [
        change._replace(start=change.start - start, end=change.end - start)
        for change in changes
        if start <= change.start and change.end <= end
    ]
