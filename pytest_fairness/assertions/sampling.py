"""Which pairs a check looks at, and what they stand for.

Pairs of templates are a finite population that the author wrote down: they are enumerated, or
drawn without replacement, and the verdict is about that population. Pairs made from whole texts
stand for texts like them: one pair is drawn per text, so that the texts are independent units.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.perturb import Pair, Space
from pytest_fairness.settings import current

PairLike = Pair | tuple[str, str]


@dataclass(frozen=True)
class Sample:
    """Valid, changed pairs, and what they were drawn from.

    `population` is the size of the finite population, or None when the pairs stand for texts
    like them.
    """

    pairs: Sequence[Pair]
    population: int | None = None
    placebo: Sequence[Pair] = ()
    excluded: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    recipe: Mapping[str, Any] | None = None
    attribute: str | None = None
    language: str | None = None


def draw(pairs: Space | Iterable[PairLike], max_pairs: int, seed: int) -> Sample:
    """Draw at most `max_pairs` pairs, uniformly and without replacement, the same by seed."""
    __tracebackhide__ = True
    if max_pairs < 1:
        raise ArgumentError(f"max_pairs={max_pairs!r} must be at least 1.")
    if isinstance(pairs, Space):
        return _from_space(_active_part(pairs), max_pairs, seed)
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


def _active_part(space: Space) -> Space:
    part = current().part
    return space if part == "all" else space.part(part)


def _from_space(space: Space, max_pairs: int, seed: int) -> Sample:
    placebo = space.placebo()
    if space.stands_for_texts:
        drawn = _one_per_source(space, max_pairs, seed)
        population = None
    else:
        drawn = space.sample(min(max_pairs, len(space)), seed)
        population = len(space)
    return Sample(
        pairs=drawn,
        population=population,
        placebo=placebo.sample(min(len(placebo), len(drawn)), seed) if len(placebo) else (),
        excluded=space.excluded,
        notes=tuple(space.notes),
        recipe=space.recipe,
        attribute=space.attribute,
        language=space.language,
    )


def _from_list(values: Iterable[PairLike], max_pairs: int, seed: int) -> Sample:
    __tracebackhide__ = True
    pairs = [as_pair(value) for value in values]
    counterfactual = [p for p in pairs if not p.placebo]
    changed = [p for p in counterfactual if p.original != p.variant]
    chosen = _one_per_source(changed, max_pairs, seed)
    unchanged = len(counterfactual) - len(changed)
    attributes = {p.attribute for p in changed}
    return Sample(
        pairs=chosen,
        placebo=[p for p in pairs if p.placebo][: len(chosen)],
        excluded={"unchanged": unchanged} if unchanged else {},
        attribute=attributes.pop() if len(attributes) == 1 else None,
    )


def _one_per_source(pairs: Iterable[Pair], max_pairs: int, seed: int) -> list[Pair]:
    """Draw one pair of each seed text, so that the units are independent."""
    rng = random.Random(seed)
    by_source: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_source.setdefault(pair.source or pair.original, []).append(pair)
    chosen = [rng.choice(group) for group in by_source.values()]
    return chosen if len(chosen) <= max_pairs else rng.sample(chosen, max_pairs)
