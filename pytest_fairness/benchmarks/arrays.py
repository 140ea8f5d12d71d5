"""Reading arrays of objects that NumPy pickled, without running what a pickle may hold."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any, BinaryIO

from pytest_fairness.errors import ArgumentError

_KNOWN = frozenset(
    [
        ("numpy", "dtype"),
        ("numpy", "ndarray"),
        ("numpy.core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy.core.multiarray", "scalar"),
        ("numpy._core.multiarray", "scalar"),
        ("numpy._core.numeric", "_frombuffer"),
        ("numpy.core.numeric", "_frombuffer"),
        ("_codecs", "encode"),
    ]
)


class _Careful(pickle.Unpickler):
    """Knows arrays, lists, dictionaries, texts and numbers, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _KNOWN:
            raise pickle.UnpicklingError(f"it wants to run {module}.{name}")
        return super().find_class(module, name)


def read_array(path: Path) -> Any:
    """Return the object that an ``.npy`` file holds.

    Raises
    ------
    ArgumentError
        If it is no such file, or holds anything but arrays, lists, dictionaries, texts and numbers.
    """
    try:
        with path.open("rb") as file:
            return _object(file)
    except (ValueError, pickle.UnpicklingError, EOFError, AttributeError, ImportError) as err:
        raise ArgumentError(
            f"{path} cannot be read as an array of plain data: {err}. Take it as published."
        ) from err


def _object(file: BinaryIO) -> Any:
    from numpy.lib import format as npy

    version = npy.read_magic(file)
    header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = header(file)
    if shape != () or not dtype.hasobject:
        raise ValueError(f"it holds an array of shape {shape}, and one object was expected")
    return _Careful(file).load().item()
