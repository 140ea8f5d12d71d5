"""The Trainer of transformers, made quiet, reproducible and bound to one device."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_fairness.errors import MissingPackageError
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.plan import Batch
from pytest_fairness.mitigation.session import Session
from pytest_fairness.models.devices import choose_device as best_device
from pytest_fairness.models.quiet import quiet_transformers

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn
    from torch.utils.data import DataLoader

WARMUP_SHARE = 0.05


def check_installed() -> None:
    """Refuse to start without Accelerate, on which the Trainer stands.

    Raises
    ------
    MissingPackageError
        If accelerate is not installed.
    """
    try:
        import accelerate  # noqa: F401
    except ImportError as err:
        raise MissingPackageError.for_feature("mitigate()", "accelerate", "mitigation") from err


def choose_device(name: str | None) -> torch.device:
    """Return the device called `name`, or the best there is.

    Raises
    ------
    ArgumentError
        If torch does not know the device, or has no such one here.
    """
    import torch

    return torch.device(best_device(name))


def train(session: Session, batches: Sequence[Batch], device: torch.device) -> None:
    """Run the steps in `batches` until the session says that it is over."""
    with tempfile.TemporaryDirectory() as folder, _current(device):
        trainer = _build(session, batches, _arguments(session.config, device, folder))
        trainer.train()


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


def _arguments(config: MitigationConfig, device: torch.device, folder: str) -> Any:
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
        report_to="none",
        disable_tqdm=True,
        log_level="error",
        eval_strategy="no",
        save_strategy="no",
        logging_strategy="no",
        remove_unused_columns=False,
    )


def _build(session: Session, batches: Sequence[Batch], arguments: Any) -> Any:
    from torch.utils.data import DataLoader
    from transformers import PrinterCallback, Trainer, TrainerCallback

    class Watch(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            control.should_training_stop |= session.after_step(state.global_step)

    class PairTrainer(Trainer):
        def get_train_dataloader(self) -> DataLoader[Any]:
            return DataLoader(list(batches), batch_size=None, collate_fn=session.inputs)  # type: ignore[arg-type]

        def compute_loss(self, model: nn.Module, inputs: Any, *args: Any, **kwargs: Any) -> Tensor:
            return session.loss(model, inputs)

        def floating_point_ops(self, inputs: Any) -> int:
            return 0

    trainer = PairTrainer(model=session.model, args=arguments, callbacks=[Watch()])
    trainer.remove_callback(PrinterCallback)
    return trainer


@contextmanager
def _current(device: torch.device) -> Iterator[None]:
    import torch

    if device.type != "cuda":
        yield
        return
    with torch.cuda.device(device):
        yield
