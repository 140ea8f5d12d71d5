"""Fine-tuning a classifier until both sides of a counterfactual pair get the same answer.

The loop is the Trainer of transformers on Accelerate. Ours are the plan of the batches, the loss,
and the choice of the state that is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pytest_fairness.errors import ArgumentError, MitigationError, ModelError
from pytest_fairness.mitigation import layers, processes, trainer, vehicles
from pytest_fairness.mitigation.bank import Bank
from pytest_fairness.mitigation.checkpoints import checkpoints_of
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.front import Evaluation
from pytest_fairness.mitigation.objectives import compares_groups
from pytest_fairness.mitigation.plan import TextPair, plan_batches, sample
from pytest_fairness.mitigation.progress import stepping
from pytest_fairness.mitigation.session import Lesson, Progress, Session

ADAPTER_FOLDER = "adapter"
LEARNT_PAIRS = 200  # training pairs that evaluations look at, to see whether the lesson is learnt


@dataclass(frozen=True)
class FineTuned:
    """A repaired model and how it got there.

    Attributes
    ----------
    model, tokenizer
        As transformers loads them, with the weights of the best state; adapters are merged in. A
        model with a prefix or a prompt is one of peft.
    history : tuple of Evaluation
        Every look at the validation data; the first is the model before the repair.
    best_step : int
        The state that was kept; 0 when no state was fairer within the utility limit.
    seconds : float
        Wall time of the whole repair, loading included, and of what ran before it was cut off.
    trainable_parameters : int
        Weights that could move.
    adapter : Adapter or None
        What peft added, before it was merged.
    earlier_seconds : float
        The part of `seconds` that was spent before the run was cut off.
    """

    model: Any
    tokenizer: Any
    history: tuple[Evaluation, ...]
    best_step: int
    seconds: float
    trainable_parameters: int
    adapter: layers.Adapter | None = None
    earlier_seconds: float = 0.0

    @property
    def before(self) -> Evaluation:
        """The model before the repair, on validation data."""
        return self.history[0]

    @property
    def best(self) -> Evaluation:
        """The state that was kept, on validation data."""
        return next(e for e in self.history if e.step == self.best_step)


def fine_tune(
    folder: str | Path,
    *,
    rows_train: Labelled,
    rows_validation: Labelled,
    pairs_train: Sequence[TextPair],
    pairs_validation: Sequence[TextPair],
    config: MitigationConfig,
    on_step: Callable[[Progress], None] | None = None,
    checkpoint_dir: str | Path | None = None,
) -> FineTuned:
    """Fine-tune the classifier in `folder` on rows and counterfactual pairs.

    Processes that `accelerate launch` started train together: each calls this with the same
    arguments and gets the same model. Only the first writes files.

    Parameters
    ----------
    folder : str or Path
        A sequence classification model in the layout of transformers.
    rows_train, rows_validation : Labelled
        Texts with label numbers, with probabilities of shape (n, n_labels), or without either: then
        the model before the repair is the teacher.
    pairs_train, pairs_validation : sequence of pairs of str
        Texts that should get the same answer. The two should share neither terms nor templates:
        training pairs are learnt by heart, and validation pairs choose the state that is kept. They
        may be empty where a loss compares groups.
    config : MitigationConfig
    on_step : callable, optional
        Told a `Progress` after each step.
    checkpoint_dir : str or Path, optional
        Where the state of the run is kept, as ``config.checkpoints``, over which it goes. Started
        again with the same arguments, a run that was cut off goes on from its last evaluation and
        ends with the same weights.

    Returns
    -------
    FineTuned

    Raises
    ------
    ArgumentError
        If targets do not fit the model's labels, the device or the number of frozen layers
        does not exist, or `checkpoint_dir` holds another run.
    MitigationError
        If there are no rows or pairs, or the model is no classifier with single labels.
    ModelError
        If the model cannot be loaded.
    MissingPackageError
        If accelerate, or peft or a tracker where one is asked for, is not installed.
    """
    start = time.perf_counter()
    if checkpoint_dir is not None:
        config = replace(config, checkpoints=str(checkpoint_dir))
    trainer.check_installed(config)
    _check_data(rows_train, rows_validation, pairs_train, pairs_validation, config)
    if config.weights.get("ewc"):
        instead = '"retention", which compares answers, or --multi_gpu'
        processes.stay_whole('The loss "ewc" compares each weight with what it was', instead)
    device = trainer.choose_device(config.device)
    pairs_train = sample(pairs_train, config.max_pairs, config.seed)
    lesson = Lesson(
        batches=plan_batches(rows_train.texts, pairs_train, config),
        rows=rows_train,
        rows_checked=rows_validation,
        pairs_learnt=sample(pairs_train, LEARNT_PAIRS, config.seed),
        pairs_checked=sample(pairs_validation, config.max_pairs, config.seed),
    )
    processes.meet(device.type)
    with trainer.quietly(device), stepping(on_step, config) as told:
        model, tokenizer = load_classifier(folder)
        _check_targets(rows_train, model.config.num_labels)
        _check_targets(rows_validation, model.config.num_labels)
        states = checkpoints_of(model, lesson, config)
        session, resting = _begin(model.to(device), tokenizer, lesson, config, told)
        trainer.train(session, lesson.batches, device, resting=resting, checkpoints=states)
        if processes.split_weights():
            session.model = _whole_again(folder, tokenizer, config)
        session.restore_best()
        n_trainable = session.trainable_parameters
        model, adapter = layers.plain(session.model)
        earlier = 0.0 if states is None else states.clock.earlier
    return FineTuned(
        model=model.to("cpu").eval(),
        tokenizer=tokenizer,
        history=tuple(session.front.history),
        best_step=session.front.best.step,
        seconds=time.perf_counter() - start + earlier,
        trainable_parameters=n_trainable,
        adapter=adapter,
        earlier_seconds=earlier,
    )


def _whole_again(folder: str | Path, tokenizer: Any, config: MitigationConfig) -> Any:
    """Return the model as it was before the first step, for processes that split the one they had.

    It needs nothing but the weights that learnt: the others are those of the folder.
    """
    model, _ = load_classifier(folder)
    return vehicles.mount(model, tokenizer, vehicles.frozen_parts(model, config), config)


def save(fine_tuned: FineTuned, folder: str | Path) -> Path:
    """Write the repaired model as an ordinary folder of transformers, weights in safetensors.

    Adapters that were merged are written beside it in ``adapter/`` as peft reads them; the model
    itself does not need them. A model with a prefix or a prompt becomes a folder of peft that has
    the original model in ``base_model/``, and `load_model` reads it.

    Of several processes that train together the first writes, and the others wait for it.
    """
    folder = Path(folder)
    if processes.is_main():
        with trainer.quietly():
            _write(fine_tuned, folder)
    processes.wait()
    return folder


def _write(fine_tuned: FineTuned, folder: Path) -> None:
    model, adapter = fine_tuned.model, fine_tuned.adapter
    prompted = layers.takes_prompts(model)
    home = folder / layers.BASE_FOLDER if prompted else folder
    base = model.get_base_model() if prompted else model
    base.save_pretrained(home, state_dict=layers.own_state(base))
    fine_tuned.tokenizer.save_pretrained(home)
    if adapter is not None:
        adapter.save(folder if prompted else folder / ADAPTER_FOLDER)


def _check_data(
    rows_train: Labelled,
    rows_validation: Labelled,
    pairs_train: Sequence[TextPair],
    pairs_validation: Sequence[TextPair],
    config: MitigationConfig,
) -> None:
    needs: dict[str, tuple[Sequence[object], str]] = {
        "rows_train": (rows_train.texts, "protect the accuracy"),
        "rows_validation": (rows_validation.texts, "measure the accuracy"),
    }
    if not compares_groups(config.weights):
        needs["pairs_train"] = (pairs_train, "learn from")
        needs["pairs_validation"] = (pairs_validation, "choose a state by")
    for name, (values, purpose) in needs.items():
        if not values:
            raise MitigationError(f"{name} is empty: there is nothing to {purpose}. Give more.")


def _check_targets(rows: Labelled, n_labels: int) -> None:
    if rows.targets is None:
        return
    targets = np.asarray(rows.targets)
    if targets.ndim == 2 and targets.shape[1] != n_labels:
        raise ArgumentError(
            f"targets has {targets.shape[1]} columns, but the model has {n_labels} labels. "
            "Give one probability per label."
        )
    if targets.ndim == 1 and not ((targets >= 0) & (targets < n_labels)).all():
        raise ArgumentError(
            f"targets goes from {targets.min()} to {targets.max()}, but the model's labels have "
            f"the numbers 0 to {n_labels - 1}."
        )


def load_classifier(folder: str | Path) -> tuple[Any, Any]:
    """Load model and tokenizer in float32, on the CPU.

    Raises
    ------
    ModelError
        If there is no such model.
    MitigationError
        If it is no classifier with one answer out of several.
    """
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model, report = AutoModelForSequenceClassification.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, output_loading_info=True
        )
    except (OSError, ValueError) as err:
        raise ModelError(
            f"{folder} cannot be loaded as a text classifier: {err} "
            "Give a folder that transformers saved, with weights in safetensors."
        ) from err
    _check_model(folder, model, report["missing_keys"])
    _make_paddable(model, tokenizer)
    return model, tokenizer


def _check_model(folder: str | Path, model: Any, missing: Sequence[str]) -> None:
    if missing:
        raise MitigationError(
            f"{folder} has no weights for {', '.join(sorted(missing))}: it is not a text "
            "classifier yet. Fine-tune it for its task first."
        )
    problem, n_labels = model.config.problem_type, model.config.num_labels
    if problem in ("regression", "multi_label_classification") or n_labels < 2:
        raise MitigationError(
            f"{folder} has {n_labels} label(s) and problem_type={problem!r}: only classifiers with "
            "one answer out of two or more can be fine-tuned here."
        )


def _make_paddable(model: Any, tokenizer: Any) -> None:
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    if model.config.pad_token_id is None:
        model.config.pad_token_id = tokenizer.pad_token_id


def _begin(
    model: Any,
    tokenizer: Any,
    lesson: Lesson,
    config: MitigationConfig,
    on_step: Callable[[Progress], None],
) -> tuple[Session, list[Any]]:
    """Return the session, and the parts whose answers never change."""
    frozen = vehicles.frozen_parts(model, config)
    model.eval()
    vehicles.leave_room(model, tokenizer, config)
    bank = Bank(lesson.texts, tokenizer, config)
    before = processes.from_main(bank.prepare(model, frozen))
    model = vehicles.mount(model, tokenizer, frozen, config)
    with processes.apart():
        session = Session(model, bank, before, lesson, config, on_step)
    return session, layers.resting(model, frozen)
