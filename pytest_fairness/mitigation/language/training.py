"""Fine-tuning a language model or an embedder until both sides of a pair are as good to it.

The loop is the Trainer of transformers, as for classifiers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation import layers, processes, trainer
from pytest_fairness.mitigation.checkpoints import checkpoints_by
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.language.bank import TokenBank
from pytest_fairness.mitigation.language.embeddings import EmbeddingLesson, EmbeddingSession
from pytest_fairness.mitigation.language.front import Look
from pytest_fairness.mitigation.language.likelihoods import LikelihoodLesson, LikelihoodSession
from pytest_fairness.mitigation.language.plan import Batch, plan_batches
from pytest_fairness.mitigation.language.readings import (
    CausalReader,
    MaskedReader,
    Reading,
    Sides,
    TextPair,
)
from pytest_fairness.mitigation.language.session import LanguageSession
from pytest_fairness.mitigation.language.vehicles import mount
from pytest_fairness.mitigation.plan import sample
from pytest_fairness.models.tokens import Reader

LEARNT_PAIRS = 50  # training pairs that looks take in, to see whether the lesson is learnt


@dataclass(frozen=True)
class Taught:
    """What a run learns from and is steered by: pairs of texts, and ordinary texts.

    Likelihoods of whole texts are divided by bytes or tokens before they are compared, as
    `normalise` says: the difference is then expressed for the mean length of the two sides.
    """

    pairs_train: Sequence[TextPair]
    pairs_validation: Sequence[TextPair]
    texts_train: Sequence[str]
    texts_validation: Sequence[str]
    normalise: str | None = "byte"


@dataclass(frozen=True)
class Tuned:
    """A model with the weights of its best state, and how it got there."""

    model: Any
    tokenizer: Any
    adapter: layers.Adapter | None
    history: tuple[Look, ...]
    best_step: int
    trainable_parameters: int


def fine_tune(
    model: Any,
    tokenizer: Any,
    task: str,
    taught: Taught,
    config: MitigationConfig,
    *,
    pooling: str = "mean",
) -> Tuned:
    """Fine-tune `model`, which is changed by it.

    Raises
    ------
    ArgumentError
        If the device or the number of frozen layers does not exist, or `config.checkpoints` holds
        another run.
    MitigationError
        If no token of any pair counts, or no weight is left to learn.
    MissingPackageError
        If accelerate or peft is not installed.
    """
    trainer.check_installed(config)
    processes.stay_whole("A language model is repaired whole", "one process")
    device = trainer.choose_device(config.device)
    with trainer.quietly(device), _without_cache(model):
        states = checkpoints_by(model, config, (task, pooling, repr(taught)))
        session, batches = _begin(model.to(device), tokenizer, task, taught, config, pooling)
        trainer.train(session, batches, device, checkpoints=states)  # type: ignore[arg-type]
        session.restore_best()
        n_trainable = session.trainable_parameters
        model, adapter = layers.plain(session.model)
    return Tuned(
        model=model.to("cpu").eval(),
        tokenizer=tokenizer,
        adapter=adapter,
        history=tuple(session.front.history),
        best_step=session.front.best.step,
        trainable_parameters=n_trainable,
    )


@contextmanager
def _without_cache(model: Any) -> Iterator[None]:
    """Keep the model from remembering what it read, which only generation needs."""
    before = getattr(model.config, "use_cache", None)
    if before is None:
        yield
        return
    model.config.use_cache = False
    try:
        yield
    finally:
        model.config.use_cache = before


def _begin(
    model: Any,
    tokenizer: Any,
    task: str,
    taught: Taught,
    config: MitigationConfig,
    pooling: str,
) -> tuple[LanguageSession, list[Batch]]:
    """Return the session, ready for the first step, and the batches of its steps."""
    lesson: EmbeddingLesson | LikelihoodLesson
    limit = Reader(tokenizer, model).limit or config.max_length
    config = replace(config, max_length=min(config.max_length, limit))
    if task == "feature-extraction":
        lesson = _embedding_lesson(tokenizer, taught, config)
    else:
        lesson = _likelihood_lesson(tokenizer, task, taught, config)
    blocks = layers.blocks_of(model)
    frozen = blocks[: layers.frozen_count(blocks, config)]
    bank = TokenBank(lesson.rows, tokenizer.pad_token_id or 0)
    bank.keep(model.eval(), frozen)
    model = mount(model, blocks, frozen, task, config)
    batches = plan_batches(len(lesson.pairs), len(lesson.texts), config)
    if isinstance(lesson, LikelihoodLesson):
        return LikelihoodSession(model, bank, lesson, config, config.language), batches
    return EmbeddingSession(model, bank, lesson, pooling, config, config.language), batches


def _likelihood_lesson(
    tokenizer: Any, task: str, taught: Taught, config: MitigationConfig
) -> LikelihoodLesson:
    reader: CausalReader | MaskedReader
    if task == "fill-mask":
        maskings = config.language.maskings
        reader = MaskedReader(tokenizer, config.max_length, maskings, config.seed)
    else:
        reader = CausalReader(tokenizer, config.max_length)
    scored = config.language.scored
    normalise = taught.normalise if scored == "text" else None
    pairs = _sides(reader, taught.pairs_train, scored, normalise)
    return LikelihoodLesson(
        pairs=pairs,
        pairs_checked=_sides(reader, taught.pairs_validation, scored, normalise),
        learnt=sample(range(len(pairs)), LEARNT_PAIRS, config.seed),
        texts=_texts(reader, taught.texts_train),
        texts_checked=_texts(reader, taught.texts_validation),
    )


def _sides(
    reader: CausalReader | MaskedReader,
    pairs: Sequence[TextPair],
    scored: str,
    normalise: str | None,
) -> list[Sides]:
    found = reader.pairs(pairs, scored, normalise)
    if not found:
        raise MitigationError(
            f"None of {len(pairs)} pairs has a token that counts on both sides (scored="
            f"{scored!r}), first {pairs[0]!r}. Give texts that differ, or "
            'MitigationConfig(language=LanguageConfig(scored="text")).'
        )
    return found


def _texts(reader: CausalReader | MaskedReader, texts: Sequence[str]) -> list[list[Reading]]:
    found = reader.texts(texts)
    if not found:
        raise MitigationError(
            f"None of {len(texts)} ordinary texts has a token to score, first {texts[0]!r}. "
            "Give sentences."
        )
    return found


def _embedding_lesson(tokenizer: Any, taught: Taught, config: MitigationConfig) -> EmbeddingLesson:
    def rows(texts: Sequence[str]) -> list[tuple[int, ...]]:
        listed = [config.language.prefix + text for text in texts]
        encoded = tokenizer(
            listed, truncation=True, max_length=config.max_length, padding=False, verbose=False
        )
        return [tuple(ids) or (tokenizer.pad_token_id or 0,) for ids in encoded["input_ids"]]

    def both(pairs: Sequence[TextPair]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
        first, second = (rows(side) for side in zip(*pairs, strict=True))
        return list(zip(first, second, strict=True))

    pairs = both(taught.pairs_train)
    return EmbeddingLesson(
        pairs=pairs,
        pairs_checked=both(taught.pairs_validation),
        learnt=sample(range(len(pairs)), LEARNT_PAIRS, config.seed),
        texts=rows(taught.texts_train),
        texts_checked=rows(taught.texts_validation),
    )
