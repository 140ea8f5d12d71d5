"""Telling that memory ran out from every other thing that can go wrong."""

from __future__ import annotations

_SIGNS = (
    "out of memory",  # CUDA, ROCm, MPS, XPU
    "not enough memory",  # torch on a CPU
    "can't allocate memory",
    "cannot allocate memory",
    "cublas_status_alloc_failed",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that a smaller batch may fit."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(sign in text for sign in _SIGNS)
