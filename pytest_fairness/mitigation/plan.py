"""Which rows and pairs each training step sees: drawn in advance, by seed, without the model."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from pytest_fairness.mitigation.config import MitigationConfig

BATCHES_A_CHUNK = 16

TextPair = tuple[str, str]
_T = TypeVar("_T")


@dataclass(frozen=True)
class Batch:
    """One step.

    Attributes
    ----------
    rows : tuple of (int, str)
        Number of a labelled row, and the text to show in its place: its own or a variant's.
    pairs : tuple of pairs of str
    """

    rows: tuple[tuple[int, str], ...]
    pairs: tuple[TextPair, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """All the texts of the step."""
        return (*(text for _, text in self.rows), *(text for pair in self.pairs for text in pair))


def sample(items: Sequence[_T], n: int, seed: int) -> list[_T]:
    """Return `n` of the items, uniformly without replacement, or all where there are no more."""
    return list(items) if len(items) <= n else random.Random(seed).sample(list(items), n)


def variants_of(texts: Sequence[str], pairs: Sequence[TextPair]) -> dict[str, list[str]]:
    """Return the other sides of the pairs that start or end at one of `texts`."""
    wanted = set(texts)
    variants: dict[str, dict[str, None]] = defaultdict(dict)
    for original, variant in pairs:
        if original in wanted:
            variants[original][variant] = None
        if variant in wanted:
            variants[variant][original] = None
    return {text: list(others) for text, others in variants.items()}


def families_of(pairs: Iterable[TextPair]) -> dict[str, int]:
    """Return the family of each text: texts that pairs join, directly or through others.

    Examples
    --------
    >>> families_of([("a", "b"), ("c", "d"), ("b", "e")])
    {'a': 0, 'b': 0, 'c': 1, 'd': 1, 'e': 0}
    """
    others: dict[str, list[str]] = defaultdict(list)
    for first, second in dict.fromkeys(pairs):
        others[first].append(second)
        others[second].append(first)
    family: dict[str, int] = {}
    for number, text in enumerate(others):
        reached = [] if text in family else [text]
        while reached:
            one = reached.pop()
            family[one] = number
            reached += [other for other in others[one] if other not in family]
    renumbered = {number: i for i, number in enumerate(dict.fromkeys(family[t] for t in others))}
    return {text: renumbered[family[text]] for text in others}


def plan_batches(
    texts: Sequence[str], pairs: Sequence[TextPair], config: MitigationConfig
) -> list[Batch]:
    """Draw every step of a run.

    Rows come in shuffled rounds, and so do pairs. A row whose text is one side of a pair brings one
    of its counterfactual variants along, drawn anew each time (counterfactual data augmentation,
    Zhao et al. 2018; redrawing keeps the share of such rows as it is, as Hall Maudslay et al. 2019
    argue).
    """
    rng = random.Random(config.seed)
    variants = variants_of(texts, pairs) if config.augment else {}
    rows = _row_batches(texts, config, rng)
    pair_stream = _rounds(pairs, rng)
    return [
        Batch(
            rows=tuple(_with_variants(numbers, texts, variants, rng)),
            pairs=tuple(islice(pair_stream, config.pair_batch_size)),
        )
        for numbers in rows
    ]


def _row_batches(
    texts: Sequence[str], config: MitigationConfig, rng: random.Random
) -> list[list[int]]:
    batches: list[list[int]] = []
    while len(batches) < config.max_steps:
        batches += _round(texts, config.batch_size, rng)
    return batches[: config.max_steps]


def _round(texts: Sequence[str], size: int, rng: random.Random) -> list[list[int]]:
    """Every row once, in batches of texts of similar length, which need little padding."""
    order = rng.sample(range(len(texts)), len(texts))
    batches: list[list[int]] = []
    for start in range(0, len(order), size * BATCHES_A_CHUNK):
        chunk = sorted(order[start : start + size * BATCHES_A_CHUNK], key=lambda i: len(texts[i]))
        batches += [chunk[i : i + size] for i in range(0, len(chunk), size)]
    rng.shuffle(batches)
    return batches


def _with_variants(
    numbers: Sequence[int],
    texts: Sequence[str],
    variants: Mapping[str, Sequence[str]],
    rng: random.Random,
) -> Iterator[tuple[int, str]]:
    for number in numbers:
        text = texts[number]
        yield number, text
        if text in variants:
            yield number, rng.choice(variants[text])


def _rounds(items: Sequence[_T], rng: random.Random) -> Iterator[_T]:
    while items:
        yield from rng.sample(items, len(items))
