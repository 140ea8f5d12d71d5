"""Which pairs a check looks at, and what they stand for.

Pairs of templates are a finite population that the author wrote down: they are drawn without
replacement, one after another, and the verdict is about that population. Pairs made from whole
texts stand for texts like them: one pair is drawn per text, so that the texts are independent
units. There are as many as there are texts, so that all are looked at, once.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pytest_fairness.assertions.checks import whole_number
from pytest_fairness.errors import ArgumentTypeError
from pytest_fairness.perturb import Pair, Space
from pytest_fairness.settings import current

SAME_SOURCE = "of the same template or text"
PairLike = Pair | tuple[str, str]
Both = tuple[Pair, Pair | None]  # a pair, and its placebo partner if it has one


@dataclass(frozen=True)
class Sample:
    """Valid, changed pairs, and what they were drawn from.

    Attributes
    ----------
    pairs : sequence of Pair
        In the order of the draw.
    partners : sequence of Pair or None
        The placebo of each pair, where it has one.
    population : int or None
        Size of the finite population, or None when the pairs stand for texts like them.
    partnered : int or None
        How many pairs of the population have a partner.
    sizes : mapping of (str, str) to int
        How many pairs of the population are of each two groups; empty without one.
    in_order : bool
        Whether the draw may stop at any look.
    space : Space or None
        What templates span, where the pairs were drawn from that.
    """

    pairs: Sequence[Pair]
    partners: Sequence[Pair | None] = ()
    population: int | None = None
    partnered: int | None = None
    sizes: Mapping[tuple[str, str], int] = field(default_factory=dict)
    in_order: bool = False
    excluded: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    recipe: Mapping[str, Any] | None = None
    attribute: str | None = None
    language: str | None = None
    space: Space | None = None

    @property
    def planned(self) -> int | None:
        """How many pairs are to be looked at, at most, where the draw may stop before."""
        return len(self.pairs) if self.in_order else None

    def part(self, rows: Sequence[int]) -> Sample:
        """Return some of the pairs, with their partners."""
        partners = [self.partners[i] for i in rows] if self.partners else ()
        return replace(self, pairs=[self.pairs[i] for i in rows], partners=partners)

    def with_partner(self) -> Sample:
        """Return the pairs that have a placebo partner, as a draw from all that have."""
        rows = [i for i, partner in enumerate(self.partners) if partner is not None]
        return replace(self.part(rows), population=self.partnered, sizes={})


def draw(pairs: Space | Iterable[PairLike], max_pairs: int, seed: int) -> Sample:
    """Draw at most `max_pairs` pairs, uniformly and without replacement, the same by seed."""
    __tracebackhide__ = True
    whole_number("max_pairs", max_pairs, 1)
    if isinstance(pairs, Space):
        return _from_space(active_part(pairs), max_pairs, seed)
    return _from_list(pairs, max_pairs, seed)


def as_pair(value: Any) -> Pair:
    """Return a pair as it is, or make one of two strings."""
    __tracebackhide__ = True
    if isinstance(value, Pair):
        return value
    if isinstance(value, (tuple, list)) and len(value) == 2 and all(_is_text(v) for v in value):
        return Pair(value[0], value[1], groups=("original", "variant"), attribute="custom")
    raise ArgumentTypeError(
        f"{value!r} is not a pair. Give a Pair, two strings, a list of those, or the space that "
        "counterfactuals(...) returns."
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def active_part(space: Space) -> Space:
    """Return the part of a space that the run is restricted to."""
    part = current().part
    return space if part == "all" else space.part(part)


def _from_space(space: Space, max_pairs: int, seed: int) -> Sample:
    whole = Sample(
        pairs=(),
        excluded=space.excluded,
        notes=tuple(space.notes),
        recipe=space.recipe,
        attribute=space.attribute,
        language=space.language,
    )
    if space.stands_for_texts:
        chosen = one_per_source(list(space), max_pairs, seed)
        return replace(whole, **_columns([space.with_partner(i) for i in chosen]))
    both = space.sample_with_partners(max_pairs, seed)
    return replace(
        whole,
        **_columns(both),
        population=len(space),
        partnered=space.partnered,
        sizes=space.sizes,
        in_order=True,
        space=space,
    )


def _columns(both: Sequence[Both]) -> dict[str, Any]:
    return {"pairs": [pair for pair, _ in both], "partners": [partner for _, partner in both]}


def _from_list(values: Iterable[PairLike], max_pairs: int, seed: int) -> Sample:
    __tracebackhide__ = True
    pairs = [as_pair(value) for value in values]
    counterfactual = [p for p in pairs if not p.placebo]
    changed = [p for p in counterfactual if p.original != p.variant]
    unchanged = len(counterfactual) - len(changed)
    attributes = {p.attribute for p in changed}
    placebos = [p for p in pairs if p.placebo and p.original != p.variant]
    sources = len({_source(pair) for pair in changed})
    chosen = one_per_source(changed, max_pairs, seed)
    left_out = {"unchanged": unchanged, SAME_SOURCE: len(changed) - sources}
    return Sample(
        **_columns(_matched([changed[i] for i in chosen], placebos)),
        excluded={why: count for why, count in left_out.items() if count},
        notes=_same_source(len(changed), sources),
        attribute=attributes.pop() if len(attributes) == 1 else None,
    )


def _same_source(n: int, sources: int) -> tuple[str, ...]:
    """Say that a list holds several pairs of one source."""
    if n == sources:
        return ()
    return (
        f"The {n:,} pairs come from {sources:,} templates or texts. Pairs of one source are not "
        "independent, so one of each is judged. To judge a space, pass the space itself, not a "
        "list of its pairs.",
    )


def _matched(pairs: Sequence[Pair], placebos: Sequence[Pair]) -> list[Both]:
    """Give each pair a placebo of its source, one that shares a text with it where there is one."""
    by_source: dict[str, list[Pair]] = {}
    for placebo in placebos:
        by_source.setdefault(_source(placebo), []).append(placebo)
    return [(pair, _nearest(pair, by_source.get(_source(pair), ()))) for pair in pairs]


def _nearest(pair: Pair, placebos: Sequence[Pair]) -> Pair | None:
    texts = {pair.original, pair.variant}
    sharing = (p for p in placebos if texts & {p.original, p.variant})
    return next(sharing, placebos[0] if placebos else None)


def _source(pair: Pair) -> str:
    return pair.source or pair.original


def one_per_source(pairs: Sequence[Pair], max_pairs: int, seed: int) -> list[int]:
    """Draw the place of one pair of each seed text, so that the units are independent."""
    rng = random.Random(seed)
    by_source: dict[str, list[int]] = {}
    for i, pair in enumerate(pairs):
        by_source.setdefault(_source(pair), []).append(i)
    chosen = [rng.choice(places) for places in by_source.values()]
    return chosen if len(chosen) <= max_pairs else rng.sample(chosen, max_pairs)
