"""Which weights of a transformer move: its layers, freezing them, and low-rank adapters."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_fairness.errors import ArgumentError, MissingPackageError, MitigationError
from pytest_fairness.mitigation.config import MitigationConfig

if TYPE_CHECKING:
    from torch import Tensor, nn

HEADS = ("classifier", "score")  # transformers' names for the last layer of a classifier


@dataclass(frozen=True)
class Adapter:
    """Low-rank weights before they were merged, to be saved beside the merged model."""

    config: Any
    weights: dict[str, Tensor]

    def save(self, folder: Path) -> None:
        """Write the two files from which peft loads the adapters."""
        from safetensors.torch import save_file

        self.config.save_pretrained(folder)
        save_file(self.weights, folder / "adapter_model.safetensors", metadata={"format": "pt"})


def blocks_of(model: nn.Module) -> list[nn.Module]:
    """Return the transformer's layers, the lowest first.

    They are the outermost list of modules under the model's base, and the longest where there are
    several; empty when there is none.
    """
    from torch import nn

    base = getattr(model, "base_model", model)
    lists = [(n, m) for n, m in base.named_modules() if isinstance(m, nn.ModuleList)]
    if not lists:
        return []
    return list(min(lists, key=lambda item: (item[0].count("."), -len(item[1])))[1])


def frozen_count(blocks: Sequence[nn.Module], config: MitigationConfig) -> int:
    """Return how many layers `config` freezes in a model with these `blocks`.

    Raises
    ------
    ArgumentError
        If the model has fewer layers.
    """
    if config.freeze_layers is None:
        return len(blocks) // 2
    if config.freeze_layers > len(blocks):
        raise ArgumentError(
            f"freeze_layers={config.freeze_layers} must be at most {len(blocks)}: "
            "the model has no more layers."
        )
    return config.freeze_layers


def freeze(model: nn.Module, frozen: Sequence[nn.Module]) -> None:
    """Stop the lowest layers, and everything registered before them, from learning."""
    if not frozen:
        return
    lowest = {id(parameter) for parameter in frozen[0].parameters()}
    for parameter in getattr(model, "base_model", model).parameters():
        if id(parameter) in lowest:
            break
        parameter.requires_grad_(False)
    for block in frozen:
        block.requires_grad_(False)


def last_linear(model: Any) -> nn.Linear:
    """Return the linear layer that gives a classifier's logits; within adapters the active one.

    Raises
    ------
    MitigationError
        If there is none.
    """
    from torch import nn

    found = [
        module
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear)
        and module.out_features == model.config.num_labels
        and not set(HEADS).isdisjoint(name.split("."))
        and "original_module" not in name
    ]
    if not found:
        raise MitigationError(
            f"{type(model).__name__} does not end in a linear layer with as many outputs as it has "
            "labels, so that its last layer cannot be told. Leave out what needs it."
        )
    return found[-1]


@contextmanager
def read_by_head(model: nn.Module) -> Iterator[list[Tensor]]:
    """Collect what the last layer of a classifier reads, as often as it runs inside."""
    read: list[Tensor] = []
    handle = last_linear(model).register_forward_pre_hook(lambda _, inputs: read.append(inputs[0]))
    try:
        yield read
    finally:
        handle.remove()


def trainable(model: nn.Module) -> dict[str, nn.Parameter]:
    """Return the parameters that learn, by name."""
    return {name: p for name, p in model.named_parameters() if p.requires_grad}


def add_adapters(model: Any, frozen: Sequence[nn.Module], config: MitigationConfig) -> Any:
    """Wrap `model` in low-rank adapters on every linear map outside the `frozen` layers (Hu 2022).

    The classification head learns in full.

    Raises
    ------
    MissingPackageError
        If peft is not installed.
    """
    try:
        from peft import LoraConfig, TaskType, get_peft_model
    except ImportError as err:
        feature = 'mitigate(method="lora")'
        raise MissingPackageError.for_feature(feature, "peft", "mitigation") from err
    import torch

    adapters = LoraConfig(
        task_type=TaskType.SEQ_CLS,
        r=config.lora_r,
        lora_alpha=config.lora_alpha,
        lora_dropout=0.0,
        target_modules=_linear_names(model, frozen),
    )
    torch.manual_seed(config.seed)  # adapters start at random
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers in an older way
        return get_peft_model(model, adapters)


def plain(model: Any) -> tuple[Any, Adapter | None]:
    """Return the model as transformers knows it, and its adapters, if any, once they are merged."""
    if not hasattr(model, "peft_config"):
        return model, None
    from peft import get_peft_model_state_dict

    weights = {n: w.detach().cpu().clone() for n, w in get_peft_model_state_dict(model).items()}
    adapter = Adapter(model.peft_config["default"], weights)
    return model.merge_and_unload(), adapter


def _linear_names(model: nn.Module, frozen: Sequence[nn.Module]) -> list[str]:
    from torch import nn
    from transformers.pytorch_utils import Conv1D

    excluded = {id(module) for block in frozen for module in block.modules()}
    return [
        name
        for name, module in model.named_modules()
        if isinstance(module, (nn.Linear, Conv1D))
        and id(module) not in excluded
        and name.split(".")[0] not in HEADS
    ]
