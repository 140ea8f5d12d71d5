"""The pairs and ordinary texts of a repair, in three parts that share no text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Labelled, Rows, split_rows
from pytest_fairness.mitigation.plan import sample
from pytest_fairness.mitigation.side_effects import other_pairs
from pytest_fairness.mitigation.tasks import PARTS, Material, sample_pairs
from pytest_fairness.perturb import Pair, Space

CHECKED = 100  # validation pairs and texts that each look of a run takes in
JUDGED = 400  # held-out texts
OTHERS = 30  # pairs of each attribute that no check is about
LEAST_TEXTS = 120  # a quarter of which are held out: with fewer than 30, Student's t says little


def ordinary_texts(data: Rows | None) -> Rows:
    """Return the texts that hold a model to what it can do, or say which are needed.

    Raises
    ------
    MitigationError
        If there are no ordinary texts, or too few.
    """
    step = (
        "Give some hundred ordinary sentences of the model's own domain, an embedder a thousand: "
        "read_rows(FILE), or "
        "--train FILE --text COLUMN."
    )
    if data is None:
        raise MitigationError(
            "A language model or an embedder is held to what it can do by ordinary texts, and must "
            f"be shown to have kept it on others; there are none. {step}"
        )
    distinct = len(set(data.texts))
    if distinct < LEAST_TEXTS:
        raise MitigationError(
            f"{data.path or 'The data'} holds {distinct} distinct texts, at least {LEAST_TEXTS} "
            "are needed: some keep the model's skill, and others must show that it is kept. "
            f"{step}"
        )
    return data


def gather(spaces: Sequence[Space], data: Rows, config: MitigationConfig, skill: str) -> Material:
    """Draw pairs of each part, and split the ordinary texts.

    Parameters
    ----------
    spaces : sequence of Space
    data : Rows
    config : MitigationConfig
    skill : str
        What must be kept, by name.

    Raises
    ------
    MitigationError
        If a part has no pair.
    """
    pairs = {part: _pairs(spaces, part, config) for part in PARTS}
    split = split_rows(data, config.seed, config.fractions)
    most = {"train": config.max_steps * config.batch_size, "validation": CHECKED, "heldout": JUDGED}
    texts = {
        part: sample(list(dict.fromkeys(getattr(split, part).texts)), most[part], config.seed)
        for part in PARTS
    }
    rows = {part: Labelled(some) for part, some in texts.items()}
    others = {name: some[:OTHERS] for name, some in other_pairs(spaces, config.seed).items()}
    return Material(rows, pairs, skill, others=others)


def _pairs(spaces: Sequence[Space], part: str, config: MitigationConfig) -> list[Pair]:
    """Draw no more pairs than a run can see."""
    seen = config.max_steps * config.pair_batch_size if part == "train" else CHECKED
    drawn = sample_pairs(spaces, part, replace(config, max_pairs=min(seen, config.max_pairs)))
    real = [pair for pair in drawn if pair.original != pair.variant and not pair.placebo]
    if not real:
        raise MitigationError(
            f"The {part} part of the failing checks' templates and terms has no pair of two "
            "different texts. Give more templates or terms."
        )
    return real
