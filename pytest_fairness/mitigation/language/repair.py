"""Repair of language models and embedders, judged on terms and templates never seen."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from pytest_fairness.errors import ArgumentError, FairnessFailure, MitigationError
from pytest_fairness.mitigation.config import AUTO, MitigationConfig
from pytest_fairness.mitigation.language.config import LanguageConfig
from pytest_fairness.mitigation.language.judging import (
    ChangedWords,
    Measured,
    pair_distance,
    perplexity_of,
    perplexity_rise,
    similarity_loss,
)
from pytest_fairness.mitigation.language.material import Material, Pairs, gather
from pytest_fairness.mitigation.language.result import LanguageRepair
from pytest_fairness.mitigation.language.training import Tuned, fine_tune
from pytest_fairness.models.loading import load_model
from pytest_fairness.models.opening import Opened, open_named
from pytest_fairness.models.pretrained import Placement
from pytest_fairness.outcome import Outcome

_LANGUAGE = ("text-generation", "fill-mask")
_METHODS = (AUTO, "lora", "full")
_EMBEDDER = "feature-extraction"


def repair_likelihoods(
    model: str | Path,
    pairs: Pairs,
    texts: Sequence[str],
    *,
    max_difference: float,
    config: MitigationConfig | None = None,
    language: LanguageConfig | None = None,
) -> LanguageRepair:
    """Make a causal or masked language model find both sides of pairs about as likely.

    Low-rank adapters learn from training pairs, held by ordinary texts to what the model expected
    before. Validation pairs and texts choose the state that is kept. The result is judged by
    `assert_likelihood_parity` on held-out terms and templates, and by the perplexity of held-out
    ordinary texts; neither is looked at before.

    Parameters
    ----------
    model : str or path
        A folder of transformers, or an id on the hub. It is not changed.
    pairs : Space, or mapping of str to sequence of Pair
        A space is split into parts that share neither terms nor templates. A mapping gives the
        parts ``"train"``, ``"validation"`` and ``"heldout"``, of which the last must be new.
    texts : sequence of str
        Ordinary sentences of the model's domain, some hundred; split by `seed`.
    max_difference : float, at least 0
        As in `assert_likelihood_parity`, in nats per byte or as `LanguageConfig.normalise` says;
        of masked models in nats, of the words that differ, unless `LanguageConfig.scored` is
        ``"text"``.
    config : MitigationConfig, optional
        Its `method` is ``"lora"`` (also what ``"auto"`` means here) or ``"full"``, and `batch_size`
        counts ordinary texts. `objectives`, `augment`, `hard_pairs`, `max_accuracy_loss` and
        `train_fraction` are for classifiers.
    language : LanguageConfig, optional
        What is made alike, and how much perplexity that may cost.

    Returns
    -------
    LanguageRepair
        With `met`, which is true only if the check passes and non-inferiority is shown.

    Raises
    ------
    ArgumentError
        If a value lies outside its range, or pairs have no three parts.
    MitigationError
        If the model is no such language model, there are too few pairs or texts, a held-out text
        is also taught, or nothing is left to learn.
    ModelError
        If the model cannot be loaded.
    MissingPackageError
        If accelerate or peft is not installed.

    Notes
    -----
    Frozen layers, by default the lower half, run once per text instead of once per step.

    *What a repair shows*: texts like these are about as likely whoever they speak of. *What it
    does not show*: that what the model writes is fair. Check that too, by
    `assert_generation_parity`.
    """
    start = time.perf_counter()
    config, language = _settings(config, language)
    material = gather(pairs, texts, config)
    opened, before = _opened(model, None, _LANGUAGE, config)
    masked_words = opened.task.name == "fill-mask" and language.scored != "text"
    limits = {
        "max_difference": max_difference,
        "normalise": None if masked_words else language.normalise,
    }
    check = partial(
        _parity, material=material, limits=limits, masked_words=masked_words, config=config
    )
    first, old = check(before), perplexity_of(before, material.texts)
    tuned, after = _tuned(opened, before, material, config, language)
    return LanguageRepair(
        before=first,
        after=check(after),
        skill=perplexity_rise(
            before,
            after,
            material.texts,
            limit=language.max_perplexity_rise,
            alpha=config.alpha,
        ),
        perplexity=(old, perplexity_of(after, material.texts)),
        tuned=tuned,
        source=opened.path,
        seconds=time.perf_counter() - start,
    )


def repair_embeddings(
    model: str | Path,
    pairs: Pairs,
    texts: Sequence[str],
    *,
    max_distance: float,
    config: MitigationConfig | None = None,
    language: LanguageConfig | None = None,
) -> LanguageRepair:
    """Make an embedder give both sides of pairs about the same vector.

    As `repair_likelihoods`, but judged by the cosine distance of the two vectors of held-out pairs,
    as a share of the mean distance between ordinary texts, and by how far the vectors of held-out
    ordinary texts moved.

    Parameters
    ----------
    model : str or path
        A folder of transformers or sentence-transformers, or an id on the hub. It is not changed.
    pairs, texts
        As in `repair_likelihoods`.
    max_distance : float, at least 0
        Largest accepted mean distance of both sides; 1 is that of unrelated texts.
    config, language
        As in `repair_likelihoods`.

    Returns
    -------
    LanguageRepair

    Raises
    ------
    ArgumentError, MitigationError, ModelError, MissingPackageError
        As in `repair_likelihoods`.

    Notes
    -----
    Vectors of other texts stay near where they were, so that an index of them remains of use.

    *What a repair shows*: texts like these are near each other whoever they speak of. *What it does
    not show*: that a group is not near other words; see `assert_association`.
    """
    start = time.perf_counter()
    config, language = _settings(config, language)
    if not max_distance >= 0:
        raise ArgumentError(f"max_distance={max_distance!r} must be at least 0, a share.")
    material = gather(pairs, texts, config)
    opened, before = _opened(model, _EMBEDDER, (_EMBEDDER,), config)
    before.pooling, before.prefix = language.pooling or before.pooling, language.prefix
    check = partial(_distance, material=material, limit=max_distance, alpha=config.alpha)
    first, old = check(before), before.embed(material.texts)
    tuned, after = _tuned(opened, before, material, config, language)
    return LanguageRepair(
        before=first,
        after=check(after),
        skill=similarity_loss(
            old,
            after.embed(material.texts),
            limit=language.max_similarity_loss,
            alpha=config.alpha,
        ),
        perplexity=None,
        tuned=tuned,
        source=opened.path,
        seconds=time.perf_counter() - start,
    )


def _settings(
    config: MitigationConfig | None, language: LanguageConfig | None
) -> tuple[MitigationConfig, LanguageConfig]:
    config = config or MitigationConfig()
    if config.method not in _METHODS:
        raise ArgumentError(
            f"method={config.method!r} is for classifiers. Language models and embedders are "
            'repaired by method="lora" or method="full".'
        )
    for name in ("checkpoints", "gradient_checkpointing"):
        if getattr(config, name):
            raise ArgumentError(f"{name}= is for classifiers so far. Leave it out.")
    if config.method == AUTO:
        config = replace(config, method="lora")
    return config, language or LanguageConfig()


def _opened(
    model: str | Path, task: str | None, wanted: Sequence[str], config: MitigationConfig
) -> tuple[Opened, Any]:
    """Return a model to be trained, and the same ready to answer as it is."""
    import torch

    opened = open_named(
        str(model),
        Placement("cpu", torch.float32),
        task=task,
        revision=None,
        trust={"allow_pickle": False, "trust_remote_code": False},
    )
    found = opened.task.name
    if found not in wanted:
        raise MitigationError(
            f"{model} is a model for {found!r}, not for {' or '.join(wanted)}. Repair a classifier "
            "by mitigate(...), and name the folder of a language model or embedder here."
        )
    return opened, load_model(model, task=found, device=config.device)


def _tuned(
    opened: Opened,
    before: Any,
    material: Material,
    config: MitigationConfig,
    language: LanguageConfig,
) -> tuple[Tuned, Any]:
    """Return what fine-tuning made of a model, and the same ready to answer."""
    task, is_embedder = opened.task.name, opened.task.name == _EMBEDDER
    tuned = fine_tune(
        opened.module,
        opened.tokenizer,
        task,
        material.taught,
        config,
        language,
        before.pooling if is_embedder else "mean",
    )
    after = load_model((tuned.model, tuned.tokenizer), task=task, device=config.device)
    if is_embedder:
        after.pooling, after.prefix = before.pooling, before.prefix
    return tuned, after


def _parity(
    model: Any,
    material: Material,
    limits: dict[str, Any],
    masked_words: bool,
    config: MitigationConfig,
) -> Outcome:
    from pytest_fairness.assertions import assert_likelihood_parity

    asked = ChangedWords(model, material.pairs) if masked_words else model
    try:
        return assert_likelihood_parity(
            asked, material.pairs, **limits, seed=config.seed, alpha=config.alpha
        )
    except FairnessFailure as failure:
        return failure.outcome


def _distance(model: Any, material: Material, limit: float, alpha: float) -> Measured:
    texts = [text for pair in material.pairs for text in (pair.original, pair.variant)]
    vectors, others = model.embed(texts), model.embed(material.texts)
    return pair_distance(vectors, material.pairs, others, limit=limit, alpha=alpha)
