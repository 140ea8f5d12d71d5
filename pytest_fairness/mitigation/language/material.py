"""The pairs and ordinary texts of a repair, in three parts that share no text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_fairness.errors import ArgumentError, MitigationError
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.language.readings import TextPair
from pytest_fairness.mitigation.language.training import Taught
from pytest_fairness.mitigation.plan import sample
from pytest_fairness.perturb import Pair, Space

PARTS = ("train", "validation", "heldout")
CHECKED = 100  # validation pairs and texts that each look of a run takes in
JUDGED = 400  # held-out pairs and texts
LEAST_TEXTS = 10
_SHARES = (0.4, 0.6)  # of the texts, where training and validation end

Pairs = Space | Mapping[str, Sequence[Pair]]


@dataclass(frozen=True)
class Material:
    """What a repair learns from, and the held-out pairs and texts that judge it."""

    taught: Taught
    pairs: list[Pair]
    texts: list[str]


def gather(pairs: Pairs, texts: Sequence[str], config: MitigationConfig) -> Material:
    """Draw pairs of each part, and split the ordinary texts.

    Raises
    ------
    ArgumentError
        If `pairs` is no space and lacks a part.
    MitigationError
        If there are too few pairs or texts, or a held-out text is also taught.
    """
    parts = _parts(pairs, config)
    train, validation, heldout = split_texts(texts, config.seed)
    taught = Taught(
        pairs_train=[_both(pair) for pair in parts["train"]],
        pairs_validation=[_both(pair) for pair in parts["validation"]],
        texts_train=train,
        texts_validation=validation,
    )
    return Material(taught, parts["heldout"], heldout)


def split_texts(texts: Sequence[str], seed: int) -> tuple[list[str], list[str], list[str]]:
    """Return training, validation and held-out texts, each text once.

    Examples
    --------
    >>> train, validation, heldout = split_texts([f"text {i}" for i in range(20)], seed=0)
    >>> len(train), len(validation), len(heldout)
    (8, 4, 8)
    """
    if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
        raise ArgumentError(f"texts={texts!r:.80} must be a list of texts.")
    distinct = [text for text in dict.fromkeys(texts) if text.strip()]
    if len(distinct) < LEAST_TEXTS:
        raise MitigationError(
            f"texts holds {len(distinct)} distinct texts, at least {LEAST_TEXTS} are needed: some "
            "keep the model's skill and others show that it is kept. Give some hundred ordinary "
            "sentences, such as of the model's own domain."
        )
    order = sample(distinct, len(distinct) - 1, seed)  # of fewer than all, which come shuffled
    order += [text for text in distinct if text not in set(order)]
    first, second = (round(share * len(order)) for share in _SHARES)
    return order[:first], order[first:second][:CHECKED], order[second:][:JUDGED]


def _parts(pairs: Pairs, config: MitigationConfig) -> dict[str, list[Pair]]:
    if isinstance(pairs, Space):
        given: Mapping[str, Sequence[Pair]] = {part: pairs.part(part) for part in PARTS}  # type: ignore[misc]
    elif isinstance(pairs, Mapping) and set(pairs) == set(PARTS):
        given = pairs
    else:
        raise ArgumentError(
            f"pairs={pairs!r:.80} must be a space of counterfactuals(...), or a mapping with the "
            f"keys {', '.join(PARTS)} and lists of Pair, which share neither terms nor templates."
        )
    sizes = {"train": config.max_pairs, "validation": CHECKED, "heldout": JUDGED}
    parts = {part: _drawn(given[part], sizes[part], config.seed) for part in PARTS}
    _check(parts)
    return parts


def _drawn(pairs: Sequence[Pair] | Space, n: int, seed: int) -> list[Pair]:
    drawn = pairs.sample(min(n, len(pairs)), seed) if isinstance(pairs, Space) else pairs
    real = [pair for pair in drawn if pair.original != pair.variant and not pair.placebo]
    return sample(real, n, seed)


def _check(parts: Mapping[str, Sequence[Pair]]) -> None:
    for part, pairs in parts.items():
        if not pairs:
            raise MitigationError(
                f"The {part} part has no pair of two different texts. Give more templates or terms."
            )
    judged = {text for pair in parts["heldout"] for text in _both(pair)}
    taught = {text for part in PARTS[:2] for pair in parts[part] for text in _both(pair)}
    if judged & taught:
        raise MitigationError(
            f"{len(judged & taught)} held-out texts are taught too, such as "
            f"{min(judged & taught)!r}: they would prove nothing. Hold out other terms and "
            "templates."
        )


def _both(pair: Pair) -> TextPair:
    return (pair.original, pair.variant)
