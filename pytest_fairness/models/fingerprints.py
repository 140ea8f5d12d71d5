"""Short hashes that say whether two runs used the same model."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

_BLOCK = 1 << 20
_DIGEST_BYTES = 16


def of_files(paths: Iterable[Path]) -> str:
    """Hash the names and the bytes of files, a block at a time."""
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    block = memoryview(bytearray(_BLOCK))
    for path in sorted(paths):
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        with path.open("rb", buffering=0) as file:
            while count := file.readinto(block):
                digest.update(block[:count])
    return digest.hexdigest()


def of_parameters(module: Any) -> str:
    """Hash the names, shapes and values of a torch module's weights, a tensor at a time."""
    import torch

    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for name, tensor in sorted(module.state_dict().items()):
        digest.update(f"{name}\0{tuple(tensor.shape)}\0{tensor.dtype}\0".encode())
        flat = tensor.detach().to("cpu").contiguous().reshape(-1)
        digest.update(flat.view(torch.uint8).numpy())
    return digest.hexdigest()


def of_function(function: Any) -> str:
    """Hash the full name of a function or callable object, and its source where there is one.

    Data that the function closes over is not part of the hash.
    """
    return _of_parts([name_of(function).encode(), _source(_named(function)).encode()])


def of_estimator(estimator: Any) -> str:
    """Hash the class, the parameters and the fitted arrays of an estimator, without pickling."""
    return _of_parts(_walk(estimator, {}))


def name_of(function: Any) -> str:
    """Return the module and qualified name of a function, or of the type of an object."""
    named = _named(function)
    return f"{named.__module__}.{named.__qualname__}"


def _named(function: Any) -> Any:
    """Return what has a name: the function inside a partial, or the type of an object."""
    inner = getattr(function, "func", function)
    return inner if hasattr(inner, "__qualname__") else type(inner)


def _of_parts(parts: Iterable[bytes]) -> str:
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for part in parts:
        digest.update(f"{len(part)}\0".encode())
        digest.update(part)
    return digest.hexdigest()


def _source(named: Any) -> str:
    try:
        return inspect.getsource(named.__call__ if inspect.isclass(named) else named)
    except (OSError, TypeError):  # built in, or typed at a prompt
        return ""


def _walk(value: Any, seen: dict[int, Any]) -> Iterator[bytes]:
    """Give the content of a value in a fixed order: leaves as text, arrays as bytes."""
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes, np.generic)):
        yield repr(value).encode()
    elif isinstance(value, np.ndarray) and not value.dtype.hasobject:
        yield f"{value.dtype}{value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif id(value) not in seen:
        seen[id(value)] = value  # kept alive, so that no other object gets its id
        yield name_of(value).encode()
        for part in _parts(value):
            yield from _walk(part, seen)


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for item in value.items():
            yield from item
    elif isinstance(value, (set, frozenset)):
        yield from sorted(map(repr, value))
    elif isinstance(value, (list, tuple, np.ndarray)):
        yield from value
    elif not callable(value) or hasattr(value, "get_params"):
        for item in _state(value).items():
            yield from item


def _state(value: Any) -> Mapping[str, Any]:
    """Return the attributes of an object; compiled ones, such as trees, tell them on request."""
    if hasattr(value, "__dict__"):  # scikit-learn keeps some memory addresses, in names like these
        return {name: item for name, item in vars(value).items() if not name.endswith("_id")}
    state: Any = value.__getstate__() if hasattr(value, "__getstate__") else None
    return state if isinstance(state, Mapping) else {}
