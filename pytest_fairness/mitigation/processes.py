"""Several processes that train one model together, as `accelerate launch` starts them.

Every process plans the same batches. Each answers its share of a batch and gets the answers of the
others, so that all compute the same loss of the whole batch, whatever the loss is: one that
compares groups within a batch sees all of it. Gradients flow through a process's own share,
and averaging them over processes, as data-parallel training does, gives the gradient of the whole.

FSDP2 also splits weights, gradients and optimiser among the processes while they train, for models
whose training does not fit one device. Before and after it each process holds the whole model, to
ask it what it answers; so its weights alone must fit.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeVar

from pytest_fairness.errors import MitigationError

if TYPE_CHECKING:
    from torch import Tensor

_T = TypeVar("_T")
# How torchrun and `accelerate launch`, and then MPI's, tell a process how many there are.
_SIZES = ("WORLD_SIZE", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")
_apart: ContextVar[bool] = ContextVar("apart", default=False)


def meet(device: str) -> None:
    """Wait for the other processes that were started with this one, if any.

    Parameters
    ----------
    device : str
        Where the models are, which says how processes talk.

    Raises
    ------
    MitigationError
        If they were started to share the weights of one model in a way that is not FSDP2.
    """
    _check_splitting()
    if all(int(os.environ.get(name, "1")) < 2 for name in _SIZES):
        return
    from accelerate import PartialState

    PartialState(cpu=device == "cpu")


def split_weights() -> bool:
    """Whether processes split the weights of a model that learns among them, by FSDP2."""
    return _is_set("ACCELERATE_USE_FSDP")


def stay_whole(what: str, instead: str) -> None:
    """Refuse to go on where FSDP2 splits weights that must be whole.

    Raises
    ------
    MitigationError
        If processes were started so.
    """
    if split_weights():
        raise MitigationError(
            f"{what}, and FSDP splits the weights among processes. Use {instead}."
        )


def _check_splitting() -> None:
    """Refuse what splits weights in another way; let each process load the whole of a model.

    Accelerate's default under FSDP leaves models empty in all processes but the first until they
    are split, and here all of them ask the model before that.
    """
    if _is_set("ACCELERATE_USE_DEEPSPEED"):
        raise MitigationError(
            "A repair cannot ask a model whose weights DeepSpeed splits among processes. "
            "Launch it with --multi_gpu, or with --use_fsdp --fsdp_version 2."
        )
    if not split_weights():
        return
    if os.environ.get("FSDP_VERSION", "1") != "2":
        raise MitigationError(
            "FSDP of version 1 turns the weights of a layer into one row of numbers, in which a "
            "repair cannot tell those that learn. Launch it with --use_fsdp --fsdp_version 2."
        )
    os.environ["FSDP_CPU_RAM_EFFICIENT_LOADING"] = "false"


def _is_set(name: str) -> bool:
    return os.environ.get(name, "").lower() in ("1", "true")


def count() -> int:
    """Return how many processes train together; 1 where a process is alone."""
    import torch.distributed as dist

    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def number() -> int:
    """Return which of them this is, from 0; process 0 is the one that writes files."""
    import torch.distributed as dist

    return dist.get_rank() if count() > 1 else 0


def is_main() -> bool:
    """Whether this process writes files and shows progress."""
    return number() == 0


def wait() -> None:
    """Wait until all processes are here."""
    import torch.distributed as dist

    if count() > 1:
        dist.barrier()


def from_main(value: _T) -> _T:
    """Return what process 0 has, in all of them."""
    import torch.distributed as dist

    if count() == 1:
        return value
    box = [value]
    dist.broadcast_object_list(box, src=0)
    return box[0]


@contextmanager
def apart() -> Iterator[None]:
    """Let this process answer whole batches by itself inside the block."""
    token = _apart.set(True)
    try:
        yield
    finally:
        _apart.reset(token)


def share(batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the rows of a batch that this process answers: as many in each, the last repeated."""
    if count() == 1 or _apart.get():
        return batch
    n = len(next(iter(batch.values())))
    size = -(-n // count())
    rows = [min(number() * size + i, n - 1) for i in range(size)]
    return {name: value[rows] for name, value in batch.items()}


def joined(mine: Tensor, n: int) -> Tensor:
    """Return the answers of all processes, in the batch's order; gradients flow through `mine`.

    Parameters
    ----------
    mine : Tensor of shape (ceil(n / processes), ...)
    n : int
        Rows of the whole batch.
    """
    if count() == 1 or _apart.get():
        return mine
    import torch
    import torch.distributed as dist

    parts = [torch.empty_like(mine) for _ in range(count())]
    dist.all_gather(parts, mine.detach().contiguous())
    parts[number()] = _times_count(mine)
    whole = torch.cat(parts)[:n]
    return whole + 0 * mine.sum() if number() * len(mine) >= n else whole


def _times_count(mine: Tensor) -> Tensor:
    """Return the same values with gradients as many times as large: they will be averaged."""
    if not mine.requires_grad:
        return mine
    same, together = mine.view_as(mine), count()
    same.register_hook(lambda gradient: gradient * together)  # type: ignore[no-untyped-call]
    return same
