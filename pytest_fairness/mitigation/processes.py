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
import pickle
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from pytest_fairness.errors import MitigationError

if TYPE_CHECKING:
    from torch import Tensor

_T = TypeVar("_T")
_P = ParamSpec("_P")
# How torchrun and `accelerate launch`, and then MPI's, tell a process how many there are.
_SIZES = ("WORLD_SIZE", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")
# How they tell which it is on its machine.
_PLACES = (
    "LOCAL_RANK",
    "MPI_LOCALRANKID",
    "OMPI_COMM_WORLD_LOCAL_RANK",
    "MV2_COMM_WORLD_LOCAL_RANK",
)
# All that would make a child one of them.
_TIES = {"RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", *_SIZES, *_PLACES}
_TIES |= {f"{kind}_{what}" for kind in ("GROUP", "ROLE") for what in ("RANK", "WORLD_SIZE", "NAME")}
_TIES |= {"ACCELERATE_USE_FSDP", "ACCELERATE_USE_DEEPSPEED"}
_FAMILIES = ("TORCHELASTIC_", "FSDP_", "PMI_", "PMIX_", "OMPI_COMM_", "MV2_COMM_")
_TIME_TO_SPEAK = 2.0  # seconds
_PATIENCE = timedelta(days=1)  # others wait while one runs tests; the launcher ends all with one
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
    if not are_launched():
        return
    from accelerate import PartialState

    PartialState(cpu=device == "cpu", timeout=_PATIENCE)


def are_launched() -> bool:
    """Whether several processes were started together, met or not."""
    return any(int(os.environ.get(name, "1")) > 1 for name in _SIZES)


def is_first_here() -> bool:
    """Whether this process speaks for those of its machine, met or not."""
    return all(os.environ.get(name, "0") == "0" for name in _PLACES)


def let_first_speak() -> None:
    """Give the first process time to say why all of them fail: a launcher ends all with one."""
    if are_launched() and not is_first_here():
        time.sleep(_TIME_TO_SPEAK)


def part() -> None:
    """Leave the others in order, once all that they do together is done."""
    import torch.distributed as dist

    if count() > 1:
        dist.destroy_process_group()


def alone() -> dict[str, str]:
    """Return the environment of a child that is not one of the processes started together."""
    if not are_launched():
        return dict(os.environ)
    return {
        name: value
        for name, value in os.environ.items()
        if name not in _TIES and not name.startswith(_FAMILIES)
    }


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


def by_main(do: Callable[_P, _T]) -> Callable[_P, _T]:
    """Let process 0 alone do something, and all of them have what came of it, or raise its error.

    Examples
    --------
    >>> by_main(int)("7")
    7
    """

    @wraps(do)
    def done(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        if count() == 1:
            return do(*args, **kwargs)
        found: list[_T] = []
        error = None
        if is_main():
            try:
                found = [do(*args, **kwargs)]
            except Exception as err:  # whatever it is, the others wait to hear of it
                error = err
        found, told = from_main((found, _sendable(error)))
        if told is not None:
            raise told if error is None else error
        return found[0]

    return done


def _sendable(error: Exception | None) -> Exception | None:
    """Return an error as another process can have it: in words where it holds what cannot go."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # pickle raises whatever an object does
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


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
