"""Repair of language models and embedders, judged on terms and templates never seen."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from pytest_fairness.errors import ArgumentError, FairnessFailure, MitigationError
from pytest_fairness.mitigation import trainer
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
from pytest_fairness.mitigation.language.training import Tuned, fine_tune
from pytest_fairness.mitigation.result import free_folder
from pytest_fairness.mitigation.training import ADAPTER_FOLDER
from pytest_fairness.models.loading import load_model
from pytest_fairness.models.opening import Opened, open_named
from pytest_fairness.models.pretrained import Placement
from pytest_fairness.outcome import Outcome

_LANGUAGE = ("text-generation", "fill-mask")
_METHODS = (AUTO, "lora", "full")
_EMBEDDER = "feature-extraction"
_RECORD = "mitigation.json"
# What sentence-transformers writes beside a model, and reads to know how to use it.
_COMPANIONS = (
    "modules.json",
    "1_Pooling",
    "2_Normalize",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
)


@dataclass(frozen=True)
class LanguageRepair:
    """A repaired language model or embedder, and what held-out material shows of it.

    Attributes
    ----------
    before, after : Outcome or Measured
        The check on held-out pairs, before and after.
    skill : Measured
        What the repair cost on held-out ordinary texts.
    perplexity : (float, float) or None
        Of language models, on held-out ordinary texts before and after.
    tuned : Tuned
        The model, its tokenizer, and how it got there.
    source : Path
        The model before the repair.
    seconds : float
        Of the whole repair, checks included.
    """

    before: Outcome | Measured
    after: Outcome | Measured
    skill: Measured
    perplexity: tuple[float, float] | None
    tuned: Tuned
    source: Path
    seconds: float

    @property
    def met(self) -> bool:
        """Whether the check passes on held-out pairs, with the skill kept."""
        return self.after.passed and self.skill.passed

    @property
    def model(self) -> tuple[Any, Any]:
        """The model and its tokenizer, as `load_model` takes them."""
        return self.tuned.model, self.tuned.tokenizer

    def save(self, folder: str | Path) -> Path:
        """Write an ordinary folder of transformers with a record, ``mitigation.json``.

        Low-rank adapters are merged into the model, and written beside it in ``adapter/`` too.

        Raises
        ------
        ArgumentError
            If the folder exists and holds something, or its parent does not exist.
        """
        target = free_folder(folder)
        with trainer.quietly():
            self.tuned.model.save_pretrained(target)
            self.tuned.tokenizer.save_pretrained(target)
        if self.tuned.adapter is not None:
            self.tuned.adapter.save(target / ADAPTER_FOLDER)
        _copy_companions(self.source, target)
        record = json.dumps(self.to_dict(), ensure_ascii=False, indent=1)
        (target / _RECORD).write_text(record + "\n", encoding="utf-8")
        return target

    def to_dict(self) -> dict[str, Any]:
        """Return what was measured as builtin types, ready for JSON."""
        return {
            "met": self.met,
            "source": str(self.source),
            "before": _plain(self.before),
            "after": _plain(self.after),
            "skill": _plain(self.skill),
            "perplexity": self.perplexity,
            "best_step": self.tuned.best_step,
            "history": [asdict(look) for look in self.tuned.history],
            "trainable_parameters": self.tuned.trainable_parameters,
            "seconds": round(self.seconds, 1),
        }

    def __str__(self) -> str:
        verb = "Repaired" if self.met else "NOT repaired"
        lines = [
            f"{verb} in {self.seconds:.0f} s, {self.tuned.trainable_parameters:,} weights learnt.",
            "On held-out terms and templates, before:",
            f"  {self.before}",
            "after:",
            f"  {self.after}",
            f"On held-out ordinary texts:\n  {self.skill}",
        ]
        if self.perplexity is not None:
            lines.append("  perplexity {:.2f} before, {:.2f} after".format(*self.perplexity))
        return "\n".join(lines)


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
        parts ``"train"``, ``"validation"`` and ``"heldout"``.
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
        source=Path(model),
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
        source=Path(model),
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


def _plain(found: Outcome | Measured) -> dict[str, Any]:
    if isinstance(found, Outcome):
        return found.to_dict()
    return {**asdict(found), "verdict": found.verdict.value}


def _copy_companions(source: Path, target: Path) -> None:
    """Copy what sentence-transformers wrote: how the vectors of a text's tokens become one."""
    for name in _COMPANIONS:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, dirs_exist_ok=True)
        elif (source / name).is_file():
            shutil.copy(source / name, target / name)
