"""The Trainer of transformers, made quiet, reproducible and bound to one device."""

from __future__ import annotations

import os
import random
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_fairness.errors import ArgumentError, MissingPackageError
from pytest_fairness.mitigation.checkpoints import Checkpoints, load_weights, save_weights
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.layers import blocks_of, learning_rates, trainable
from pytest_fairness.mitigation.plan import Batch
from pytest_fairness.mitigation.session import Session
from pytest_fairness.models.devices import choose_device as best_device
from pytest_fairness.models.quiet import quiet_transformers

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn
    from torch.utils.data import DataLoader

WARMUP_SHARE = 0.05


def check_installed(config: MitigationConfig | None = None) -> None:
    """Refuse to start without Accelerate, on which the Trainer stands, or a tracker asked for.

    Raises
    ------
    MissingPackageError
        If accelerate, or the package of a tracker, is not installed.
    ArgumentError
        If there is no such tracker.
    """
    try:
        import accelerate  # noqa: F401
    except ImportError as err:
        raise MissingPackageError.for_feature("mitigate()", "accelerate", "mitigation") from err
    for tracker in () if config is None else config.report_to:
        _check_tracker(tracker, config)


def _check_tracker(name: str, config: MitigationConfig | None) -> None:
    from transformers.integrations import integration_utils

    integrations: Any = integration_utils
    if name not in integrations.INTEGRATION_TO_CALLBACK:
        known = ", ".join(sorted(integrations.INTEGRATION_TO_CALLBACK))
        raise ArgumentError(f"report_to={name!r} must be one of {known}.")
    lasting = "TENSORBOARD_LOGGING_DIR" in os.environ or (config and config.checkpoints)
    if name == "tensorboard" and not lasting:
        raise ArgumentError(
            "report_to='tensorboard' writes files, and no folder for them is named. Give "
            "checkpoints=, in which they come to stand under runs/, or set the variable "
            "TENSORBOARD_LOGGING_DIR."
        )
    if name not in integrations.get_available_reporting_integrations():
        raise MissingPackageError(
            f"report_to={name!r} needs the package {name}, which is not installed. "
            f"Install it with: pip install {name}."
        )


def choose_device(name: str | None) -> torch.device:
    """Return the device called `name`, or the best there is.

    Raises
    ------
    ArgumentError
        If torch does not know the device, or has no such one here.
    """
    import torch

    device, own = best_device(name), os.environ.get("LOCAL_RANK")
    if device.startswith("cuda") and name in (None, "cuda") and own:
        device = f"cuda:{own}"  # of processes that were started together, each has its GPU
    return torch.device(device)


def train(
    session: Session,
    batches: Sequence[Batch],
    device: torch.device,
    *,
    resting: Sequence[nn.Module] = (),
    checkpoints: Checkpoints | None = None,
) -> None:
    """Run the steps in `batches` until the session says that it is over.

    Parameters
    ----------
    session : Session
    batches : sequence of Batch
    device : torch.device
    resting : sequence of nn.Module
        Parts whose dropout stays off.
    checkpoints : Checkpoints, optional
        Where the state of the run is kept, and from where it goes on.
    """
    with tempfile.TemporaryDirectory() as temporary, _current(device):
        last = None if checkpoints is None else checkpoints.restore(session)
        if last is not None and (session.front.is_over or last.step >= session.config.max_steps):
            return
        folder = temporary if checkpoints is None else str(checkpoints.folder)
        arguments = _arguments(session.config, device, folder, saves=checkpoints is not None)
        trainer = _build(session, batches, arguments, resting, checkpoints)
        trainer.train(resume_from_checkpoint=None if last is None else str(last.path))


@contextmanager
def quietly(device: torch.device | None = None) -> Iterator[None]:
    """Silence transformers, and give every random number generator its state back at the end."""
    import torch

    states = random.getstate(), np.random.get_state()
    try:
        with (
            quiet_transformers(),
            torch.random.fork_rng([device] if device and device.type == "cuda" else []),
        ):
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])


def _arguments(config: MitigationConfig, device: torch.device, folder: str, saves: bool) -> Any:
    from transformers import TrainingArguments

    class Arguments(TrainingArguments):
        """Trainer always takes the first GPU, or all of them; these name one."""

        @property
        def device(self) -> torch.device:
            _ = super().device
            return device

        @property
        def n_gpu(self) -> int:
            return int(device.type == "cuda")

    return Arguments(
        output_dir=folder,
        max_steps=config.max_steps,
        learning_rate=config.rate,
        lr_scheduler_type="linear",
        warmup_steps=max(1, round(WARMUP_SHARE * config.max_steps)),
        seed=config.seed,
        use_cpu=device.type == "cpu",
        bf16=config.dtype == "bfloat16",
        gradient_checkpointing=config.gradient_checkpointing,
        gradient_checkpointing_kwargs={"use_reentrant": False},
        report_to=list(config.report_to) or "none",
        disable_tqdm=True,
        log_level="error",
        eval_strategy="no",
        save_strategy="steps" if saves else "no",
        save_total_limit=2,  # while one is written, the one before it is whole
        logging_strategy="steps" if config.report_to else "no",
        ddp_broadcast_buffers=False,  # a step answers twice, and buffers never change
        remove_unused_columns=False,
        save_steps=config.eval_every,
        logging_steps=config.eval_every,
    )


def _build(
    session: Session,
    batches: Sequence[Batch],
    arguments: Any,
    resting: Sequence[nn.Module],
    checkpoints: Checkpoints | None,
) -> Any:
    from transformers import PrinterCallback, Trainer

    class PairTrainer(Trainer):
        def get_train_dataloader(self) -> DataLoader[Any]:
            return _loader(session, batches)

        def create_optimizer(self, model: Any = None) -> Any:
            if self.optimizer is None:
                kind, options = self.get_optimizer_cls_and_kwargs(self.args)
                self.optimizer = kind(_groups(session), **options)
            return self.optimizer

        def compute_loss(self, model: nn.Module, inputs: Any, *args: Any, **kwargs: Any) -> Tensor:
            for part in resting:
                part.eval()
            return session.loss(model, inputs)

        def floating_point_ops(self, inputs: Any) -> int:
            return 0

        def save_model(self, output_dir: str | None = None, _internal_call: bool = False) -> None:
            save_weights(session.model, str(output_dir or self.args.output_dir))

        def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
            load_weights(session.model, resume_from_checkpoint)

        def _save_checkpoint(self, *args: Any, **kwargs: Any) -> None:
            super()._save_checkpoint(*args, **kwargs)
            if checkpoints is not None:
                checkpoints.complete(session, self.state.global_step)

    trainer = PairTrainer(model=session.model, args=arguments)
    _name_layers(trainer.accelerator.state, session.model)
    trainer.add_callback(_watch(session, trainer.log))
    trainer.remove_callback(PrinterCallback)
    return trainer


def _name_layers(state: Any, model: nn.Module) -> None:
    """Let FSDP, where it is used, split a model by its layers unless it was told otherwise.

    What transformers names for this may hold one another, as BERT's embeddings do, and Accelerate
    then fails to split the inner one.
    """
    plugin = getattr(state, "fsdp_plugin", None)
    if plugin is not None and plugin.transformer_cls_names_to_wrap is None:
        names = {type(block).__name__ for block in blocks_of(model)}
        plugin.transformer_cls_names_to_wrap = sorted(names)


def _loader(session: Session, batches: Sequence[Batch]) -> DataLoader[Any]:
    """Return one item a batch, by a sampler of batches: these can be skipped without being made."""
    from torch.utils.data import DataLoader

    return DataLoader(
        list(batches),  # type: ignore[arg-type]
        batch_sampler=[[number] for number in range(len(batches))],
        collate_fn=lambda items: session.inputs(items[0]),
    )


def _watch(session: Session, log: Callable[[dict[str, float]], None]) -> Any:
    """Return what tells the session of each step, and `log` of each evaluation."""
    from transformers import TrainerCallback

    class Watch(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            looks = len(session.front.history)
            control.should_training_stop |= session.after_step(state.global_step)
            if session.config.report_to and len(session.front.history) > looks:
                log(_logged(session.front.history[-1]))
                control.should_log = True  # the loss too, which one log a step would suppress

    return Watch()


def _groups(session: Session) -> list[dict[str, Any]]:
    """Return the weights that learn, by their learning rates."""
    model, config = session.model, session.config
    parameters = trainable(model)
    rates = learning_rates(model, blocks_of(model), config.rate, config.layer_decay)
    groups: dict[float, list[Any]] = defaultdict(list)
    for name, rate in rates.items():
        groups[rate].append(parameters[name])
    return [{"params": members, "lr": rate} for rate, members in groups.items()]


def _logged(evaluation: Any) -> dict[str, float]:
    found = asdict(evaluation)
    return {f"eval_{k}": v for k, v in found.items() if k != "step" and v is not None}


@contextmanager
def _current(device: torch.device) -> Iterator[None]:
    import torch

    if device.type != "cuda":
        yield
        return
    with torch.cuda.device(device):
        yield
