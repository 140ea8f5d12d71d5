"""The layers of a transformer: which learn, how fast, what its head reads, what peft added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_fairness.errors import ArgumentError, MitigationError
from pytest_fairness.mitigation.config import MitigationConfig

if TYPE_CHECKING:
    from torch import Tensor, nn

BASE_FOLDER = "base_model"  # of a model with a prefix or a prompt, in its own folder
HEADS = ("classifier", "score")  # transformers' names for the last layer of a classifier


@dataclass(frozen=True)
class Adapter:
    """The weights that peft added: to be saved beside the model into which they were merged.

    Prefixes and prompts cannot be merged; their `weights` are all that was learnt.
    """

    config: Any
    weights: dict[str, Tensor]

    def save(self, folder: Path) -> None:
        """Write the two files from which peft loads the adapters."""
        from safetensors.torch import save_file

        config = copy(self.config)
        config.inference_mode = True
        if config.is_prompt_learning:
            config.base_model_name_or_path = BASE_FOLDER
        config.save_pretrained(folder)
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
    for parameter in _below(model, frozen):
        parameter.requires_grad_(False)
    for block in frozen:
        block.requires_grad_(False)


def _below(model: nn.Module, blocks: Sequence[nn.Module]) -> list[nn.Parameter]:
    """Return what is registered before the first of `blocks`: the embeddings."""
    lowest = {id(parameter) for block in blocks[:1] for parameter in block.parameters()}
    base = getattr(model, "base_model", model)
    return list(takewhile(lambda p: id(p) not in lowest, base.parameters())) if lowest else []


def resting(model: nn.Module, frozen: Sequence[nn.Module]) -> list[nn.Module]:
    """Return the parts that answer alike at every step, so that their dropout must be off.

    They are the `frozen` layers and what stands below them.
    """
    if not frozen:
        return []
    base = getattr(model, "base_model", model)
    below = [m for m in base.children() if list(m.parameters()) and not trainable(m)]
    return [*below, *frozen]


def learning_rates(
    model: nn.Module, blocks: Sequence[nn.Module], rate: float, decay: float
) -> dict[str, float]:
    """Return the learning rate of every parameter that learns, by its name.

    What stands above the layers gets `rate`, the top layer ``rate * decay``, the one below it
    ``rate * decay**2``, and the embeddings the least (Howard and Ruder 2018; Clark et al. 2020).
    """
    heights = _heights(model, blocks)
    top = len(blocks) + 1
    return {
        name: rate * decay ** (top - heights.get(id(parameter), top))
        for name, parameter in trainable(model).items()
    }


def _heights(model: nn.Module, blocks: Sequence[nn.Module]) -> dict[int, int]:
    """Return 0 for parameters of embeddings, and the number of the layer, from 1, for its own."""
    heights = {id(parameter): 0 for parameter in _below(model, blocks)}
    for height, block in enumerate(blocks, start=1):
        heights |= {id(parameter): height for parameter in block.parameters()}
    return heights


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


def plain(model: Any) -> tuple[Any, Adapter | None]:
    """Return the model as transformers knows it, and its adapters, if any, once they are merged.

    Prefixes and prompts stay where they are: such a model remains one of peft.
    """
    if not hasattr(model, "peft_config"):
        return model, None
    from peft import get_peft_model_state_dict

    state = get_peft_model_state_dict(model, save_embedding_layers=False)
    weights = {name: weight.detach().cpu().clone() for name, weight in state.items()}
    adapter = Adapter(model.peft_config["default"], weights)
    return (model if takes_prompts(model) else _merged(model)), adapter


def _merged(model: Any) -> Any:
    """Merge adapters; heads that learnt whole are put in their places first.

    Of the two ways in peft to do that, the one for (IA)³ takes every head for a linear layer.
    """
    from peft.utils.other import ModulesToSaveWrapper

    for name, head in list(model.named_modules()):
        if isinstance(head, ModulesToSaveWrapper):
            parent, _, own = name.rpartition(".")
            setattr(model.get_submodule(parent), own, head.modules_to_save["default"])
    return model.merge_and_unload()


def own_state(model: Any) -> dict[str, Tensor]:
    """Return a model's weights by its own names, with the head that it had before peft."""
    return {
        name.replace(".original_module", ""): weight
        for name, weight in model.state_dict().items()
        if ".modules_to_save." not in name
    }


def takes_prompts(model: Any) -> bool:
    """Whether peft puts learnt vectors before each text: a prefix or a prompt."""
    configs = getattr(model, "peft_config", {})
    return any(config.is_prompt_learning for config in configs.values())
