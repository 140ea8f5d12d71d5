"""Which weights of a language model move: the layers above the frozen ones, or adapters on them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pytest_fairness.errors import MissingPackageError, MitigationError
from pytest_fairness.mitigation import layers
from pytest_fairness.mitigation.config import MitigationConfig

if TYPE_CHECKING:
    from torch import nn

_TASKS = {
    "text-generation": "CAUSAL_LM",
    "fill-mask": None,  # peft has no name for it
    "feature-extraction": "FEATURE_EXTRACTION",
}


def mount(
    model: Any,
    blocks: Sequence[nn.Module],
    frozen: Sequence[nn.Module],
    task: str,
    config: MitigationConfig,
) -> Any:
    """Return the model with only those weights learning that `config` lets move.

    Parameters
    ----------
    model : PreTrainedModel
    blocks, frozen : sequence of nn.Module
        All layers of the model, and the lower ones that stay as they are.
    task : str
    config : MitigationConfig

    Raises
    ------
    MitigationError
        If no weight is left to learn.
    MissingPackageError
        If peft is needed and not installed.
    """
    if config.method == "full":
        layers.freeze(model, frozen)
    else:
        model = _add_adapters(model, [b for b in blocks if b not in frozen], task, config)
    if not layers.trainable(model):
        raise MitigationError(
            f"freeze_layers={config.freeze_layers} leaves no weight to learn: the model has "
            f"{len(blocks)} layers. Freeze fewer."
        )
    return model


def _add_adapters(
    model: Any, free: Sequence[nn.Module], task: str, config: MitigationConfig
) -> Any:
    """Wrap `model` in low-rank adapters on the linear maps of the `free` layers (Hu 2022).

    The head has none: it may share its weights with the embeddings, and merging would move both.
    """
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError as err:
        feature = 'MitigationConfig(method="lora")'
        raise MissingPackageError.for_feature(feature, "peft", "mitigation") from err
    import torch

    adapters = LoraConfig(
        task_type=_TASKS[task],
        r=config.lora_r,
        lora_alpha=config.lora_alpha,
        lora_dropout=0.0,
        target_modules=_linear_names(model, free, config),
        fan_in_fan_out=_has_transposed(free),
    )
    torch.manual_seed(config.seed)  # adapters start at random
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers in an older way
        return get_peft_model(model, adapters)


def _has_transposed(blocks: Sequence[nn.Module]) -> bool:
    """Whether maps are kept the other way round, as GPT-2's."""
    from transformers.pytorch_utils import Conv1D

    return any(isinstance(module, Conv1D) for block in blocks for module in block.modules())


def _linear_names(
    model: nn.Module, free: Sequence[nn.Module], config: MitigationConfig
) -> list[str]:
    from torch import nn
    from transformers.pytorch_utils import Conv1D

    inside = {id(module) for block in free for module in block.modules()}
    names = [
        name
        for name, module in model.named_modules()
        if isinstance(module, (nn.Linear, Conv1D)) and id(module) in inside
    ]
    if not names:
        raise MitigationError(
            f"freeze_layers={config.freeze_layers} leaves no layer for adapters. Freeze fewer."
        )
    return names
