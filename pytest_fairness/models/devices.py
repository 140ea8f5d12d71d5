"""Where a model runs, and in which number format."""

from __future__ import annotations

import gc
import os
import re
from typing import Any

from pytest_fairness.engine.run import BATCH_TOKENS
from pytest_fairness.errors import ArgumentError

DTYPES = ("float32", "bfloat16", "float16")
CUDA_BATCH_TOKENS = 16_384  # a GPU needs larger batches than a CPU to be busy


def choose_device(device: Any = None) -> str:
    """Return the device to use: the one that is named, else CUDA, else MPS, else the CPU.

    With several GPUs, the workers of pytest-xdist take turns: ``gw3`` of four gets ``cuda:3``.

    Parameters
    ----------
    device : str or torch.device, optional
        As in torch. ``"cuda"`` without a number also takes turns.

    Raises
    ------
    ArgumentError
        If torch knows no such device, or this machine has none.
    """
    import torch

    if device is not None:
        return _checked(str(device))
    if torch.cuda.is_available():
        return _cuda_of_worker()
    return "mps" if torch.backends.mps.is_available() else "cpu"


def choose_dtype(dtype: Any = None) -> Any:
    """Return the torch dtype to load weights as; float32 when none is named.

    Raises
    ------
    ArgumentError
        If `dtype` is not one of float32, bfloat16, float16.
    """
    import torch

    name = "float32" if dtype is None else str(dtype).removeprefix("torch.")
    if name not in DTYPES:
        raise ArgumentError(
            f"dtype={dtype!r} must be one of {', '.join(DTYPES)}. float32 is the default: the "
            "narrower formats add noise of about 0.01 to a probability."
        )
    return getattr(torch, name)


def choose_batch_tokens(batch_tokens: int | None, device: str) -> int:
    """Return the budget of a batch in padded tokens.

    Raises
    ------
    ArgumentError
        If `batch_tokens` is less than 1.
    """
    if batch_tokens is None:
        return CUDA_BATCH_TOKENS if device.startswith("cuda") else BATCH_TOKENS
    if batch_tokens < 1:
        raise ArgumentError(
            f"batch_tokens={batch_tokens!r} must be at least 1: it is how many padded tokens go "
            f"into one batch. {BATCH_TOKENS} is usual."
        )
    return batch_tokens


def share_threads() -> None:
    """Divide the cores among the workers of pytest-xdist.

    Each worker's torch would else start a thread for every core, and the threads of one worker
    would wait for those of the others at every layer. OMP_NUM_THREADS, where set, is respected.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers == 1 or "OMP_NUM_THREADS" in os.environ:
        return
    import torch

    share = max(1, (os.cpu_count() or 1) // workers)
    if torch.get_num_threads() > share:
        torch.set_num_threads(share)


def free_memory(device: str) -> None:
    """Give memory that nothing uses any more back to the device."""
    gc.collect()
    if device.startswith("cuda"):
        import torch

        torch.cuda.empty_cache()


def _checked(device: str) -> str:
    import torch

    try:
        kind = torch.device(device).type
    except RuntimeError as err:
        raise ArgumentError(
            f"device={device!r} is no device that torch knows. Give cpu, cuda, cuda:1 or mps, or "
            "leave it out to take the best there is."
        ) from err
    if kind == "cuda":
        return _checked_cuda(device)
    if kind == "mps" and not torch.backends.mps.is_available():
        raise ArgumentError("device='mps' but torch finds no MPS device here. Use device='cpu'.")
    return device


def _checked_cuda(device: str) -> str:
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    index = torch.device(device).index
    if (index or 0) >= count:
        raise ArgumentError(
            f"device={device!r} but torch {torch.__version__} finds {count} CUDA devices here. "
            "Use device='cpu', or install a CUDA build of torch."
        )
    return _cuda_of_worker() if index is None else device


def _cuda_of_worker() -> str:
    import torch

    count = torch.cuda.device_count()
    worker = re.fullmatch(r"gw(\d+)", os.environ.get("PYTEST_XDIST_WORKER", ""))
    return f"cuda:{int(worker[1]) % count}" if worker and count > 1 else "cuda:0"
