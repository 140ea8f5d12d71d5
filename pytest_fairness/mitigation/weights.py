"""The weights of a model that learn, read and written whole wherever they are kept.

Where FSDP2 splits a model, each process holds a part of each weight, and all must call these
functions at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pytest_fairness.mitigation.layers import trainable

if TYPE_CHECKING:
    from torch import Tensor, nn


def learnt(model: nn.Module) -> dict[str, Tensor]:
    """Return copies on the CPU of the weights that learn, by name."""
    _split_again(model)
    return {name: _whole(weight).cpu().clone() for name, weight in trainable(model).items()}


def give(model: nn.Module, values: Mapping[str, Tensor]) -> None:
    """Give the weights that learn the values that `learnt` returned."""
    import torch

    _split_again(model)
    with torch.no_grad():
        for name, weight in trainable(model).items():
            weight.copy_(_as_split(values[name], weight))


def _split_again(model: nn.Module) -> None:
    """Let go of weights that FSDP2 keeps whole between two looks at the model."""
    for module in model.modules():
        reshard: Any = getattr(module, "reshard", None)
        if callable(reshard):
            reshard()


def _whole(weight: Any) -> Tensor:
    held = weight.detach()
    whole: Tensor = held.full_tensor() if hasattr(held, "full_tensor") else held
    return whole


def _as_split(value: Tensor, weight: Any) -> Tensor:
    """Return this process's part of `value`, as `weight` is split."""
    if not hasattr(weight, "device_mesh"):
        return value
    from torch.distributed.tensor import distribute_tensor

    mesh, placements = weight.device_mesh, weight.placements
    return distribute_tensor(value.to(weight.device), mesh, placements, src_data_rank=None)
