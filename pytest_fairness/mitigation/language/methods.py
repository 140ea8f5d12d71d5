"""Fine-tuning of a language model or an embedder as a method: adapters, or all weights."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pytest_fairness.mitigation import processes, trainer
from pytest_fairness.mitigation.language.training import Taught, Tuned, fine_tune
from pytest_fairness.mitigation.methods.base import (
    Candidate,
    Method,
    Setting,
    steps_told,
    written_twice,
)
from pytest_fairness.mitigation.methods.trained import run_config
from pytest_fairness.mitigation.plan import TextPair
from pytest_fairness.mitigation.training import ADAPTER_FOLDER
from pytest_fairness.models.loading import load_model
from pytest_fairness.models.opening import Opened, open_named
from pytest_fairness.models.pretrained import Placement
from pytest_fairness.models.tasks import TASKS
from pytest_fairness.outcome import Outcome

EMBEDDER = "feature-extraction"
# What sentence-transformers writes beside a model, and reads to know how to use it.
_COMPANIONS = (
    "modules.json",
    "1_Pooling",
    "2_Normalize",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
)
_FORMS = {"": "byte", "token": "token", "total": None}


def task_of(model: Any) -> str:
    """Return the task of a loaded model, as transformers names its pipelines."""
    return next(task.name for task in TASKS.values() if task.kind == model.info.kind)


def form_of(outcome: Outcome) -> Any:
    """Return what a check of likelihoods divides them by: bytes, tokens or nothing."""
    return _FORMS[outcome.definition_id.partition(".")[2]]


def _build(setting: Setting, vehicle: str) -> Candidate:
    task, config = task_of(setting.original), run_config(setting.config, vehicle)
    opened = _opened(setting.folder, task)
    pooling = setting.original.pooling if task == EMBEDDER else "mean"
    tuned = fine_tune(
        opened.module, opened.tokenizer, task, _taught(setting), config, pooling=pooling
    )
    scorer = load_model((tuned.model, tuned.tokenizer), task=task, device=config.device)
    if task == EMBEDDER:
        scorer.pooling, scorer.prefix = setting.original.pooling, setting.original.prefix
    return written_twice(
        scorer,
        partial(save, tuned, setting.folder),
        trainable_parameters=tuned.trainable_parameters,
        story=steps_told(tuned.history[-1].step, tuned.best_step),
        unchanged=tuned.best_step == 0,
    )


def _unfit(setting: Setting, vehicle: str) -> str:
    if vehicle == "lora" and find_spec("peft") is None:
        return "peft is not installed: pip install 'pytest-fairness[mitigation]'"
    return ""


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        name: Method(name, partial(_build, vehicle=name), partial(_unfit, vehicle=name))
        for name in ("lora", "full")
    }
)


def _taught(setting: Setting) -> Taught:
    pairs, rows = setting.material.pairs, setting.material.rows
    forms = [form_of(o) for o in setting.outcomes if o.metric == "likelihood_difference"]
    train = [(pair.original, pair.variant) for pair in pairs["train"]]
    if setting.config.language.objective == "preference":
        train = _likelier_first(setting.original, train)
    return Taught(
        pairs_train=train,
        pairs_validation=[(pair.original, pair.variant) for pair in pairs["validation"]],
        texts_train=rows["train"].texts,
        texts_validation=rows["validation"].texts,
        normalise=forms[0] if forms else None,
    )


def _likelier_first(model: Any, pairs: Sequence[TextPair]) -> list[TextPair]:
    """Return pairs with the text first that is to be preferred less."""
    first, second = (model.log_likelihood(list(side)).total for side in zip(*pairs, strict=True))
    return [
        pair if lead >= 0 else (pair[1], pair[0])
        for pair, lead in zip(pairs, (first - second).tolist(), strict=True)
    ]


def _opened(folder: Path, task: str) -> Opened:
    """Return the model to be trained, apart from the original, which stays as it is."""
    import torch

    return open_named(
        str(folder),
        Placement("cpu", torch.float32),
        task=task,
        revision=None,
        trust={"allow_pickle": False, "trust_remote_code": False},
    )


def save(tuned: Tuned, source: Path, folder: Path) -> None:
    """Write an ordinary folder of transformers; merged adapters stand beside it in ``adapter/``.

    Of several processes that train together the first writes, and the others wait for it.
    """
    if processes.is_main():
        with trainer.quietly():
            tuned.model.save_pretrained(folder)
            tuned.tokenizer.save_pretrained(folder)
        if tuned.adapter is not None:
            tuned.adapter.save(folder / ADAPTER_FOLDER)
        _copy_companions(source, folder)
    processes.wait()


def _copy_companions(source: Path, target: Path) -> None:
    """Copy what sentence-transformers wrote: how the vectors of a text's tokens become one."""
    for name in _COMPANIONS:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, dirs_exist_ok=True)
        elif (source / name).is_file():
            shutil.copy(source / name, target / name)
