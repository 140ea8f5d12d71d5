"""Which pairs and ordinary texts each step sees: drawn in advance, by seed, without the model."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from pytest_fairness.mitigation.config import MitigationConfig


@dataclass(frozen=True)
class Batch:
    """One step: numbers of pairs and of ordinary texts."""

    pairs: tuple[int, ...]
    texts: tuple[int, ...]


def plan_batches(n_pairs: int, n_texts: int, config: MitigationConfig) -> list[Batch]:
    """Draw every step of a run: pairs and texts each come in shuffled rounds.

    Examples
    --------
    >>> config = MitigationConfig(pair_batch_size=2, batch_size=1, max_steps=2)
    >>> [sorted(batch.pairs) for batch in plan_batches(2, 3, config)]
    [[0, 1], [0, 1]]
    """
    rng = random.Random(config.seed)
    pairs, texts = _rounds(n_pairs, rng), _rounds(n_texts, rng)
    return [
        Batch(
            pairs=tuple(islice(pairs, min(n_pairs, config.pair_batch_size))),
            texts=tuple(islice(texts, min(n_texts, config.batch_size))),
        )
        for _ in range(config.max_steps)
    ]


def _rounds(n: int, rng: random.Random) -> Iterator[int]:
    while n:
        yield from rng.sample(range(n), n)
