"""From the name of a model to its module and tokenizer: a folder, an adapter, a GGUF file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pytest_fairness.errors import ArgumentError
from pytest_fairness.models.adapters import AdapterFolder, apply_adapter, find_adapter
from pytest_fairness.models.folders import open_folder
from pytest_fairness.models.hub import find_folder
from pytest_fairness.models.pretrained import Placement, open_pretrained
from pytest_fairness.models.quantized import is_gguf, open_gguf
from pytest_fairness.models.tasks import TASKS, Task

Trust = Mapping[str, bool]


class Opened(NamedTuple):
    """A model that was found and opened: where, for which task, from which files."""

    path: Path
    task: Task
    files: tuple[Path, ...]
    module: Any
    tokenizer: Any


def open_named(
    name: str, placement: Placement, *, task: str | None, revision: str | None, trust: Trust
) -> Opened:
    """Open what a name leads to.

    Parameters
    ----------
    name : str
        A folder of transformers or of peft, a GGUF file, or an id on the hub.
    placement : Placement
    task, revision : str or None
    trust : mapping of str to bool
        `allow_pickle` and `trust_remote_code`.

    Raises
    ------
    ModelError
        If there is no such model, or if it cannot be opened.
    ArgumentError
        If what is asked for does not go with what was found.
    """
    if is_gguf(name):
        return _open_gguf(Path(name).expanduser(), placement, task)
    return _open_folder(_find(name, revision, trust), placement, task, trust)


def _find(name: str, revision: str | None, trust: Trust) -> Path:
    return find_folder(
        name,
        revision=revision,
        allow_pickle=trust["allow_pickle"],
        trust_remote_code=trust["trust_remote_code"],
    )


def _open_gguf(path: Path, placement: Placement, task: str | None) -> Opened:
    if task not in (None, "text-generation"):
        raise ArgumentError(
            f"task={task!r} cannot be had from {path}: a GGUF file holds a causal language model. "
            "Leave task out, or give a folder of transformers."
        )
    if placement.device_map is not None or placement.quantization is not None:
        raise ArgumentError(
            f"{path} is quantised already and is read onto one device. Leave device_map and "
            "quantization out, or give the original folder."
        )
    module, tokenizer = open_gguf(path, dtype=placement.dtype)
    return Opened(path, TASKS["text-generation"], (path,), placement.put(module), tokenizer)


def _open_folder(path: Path, placement: Placement, task: str | None, trust: Trust) -> Opened:
    adapter = find_adapter(path)
    if adapter is not None:
        return _open_adapted(adapter, placement, task or adapter.task, trust)
    own_code = trust["trust_remote_code"]
    folder = open_folder(path, task=task, allow_pickle=trust["allow_pickle"], own_code=own_code)
    module, tokenizer = open_pretrained(folder, placement, trust_remote_code=own_code)
    return Opened(path, folder.task, folder.files, module, tokenizer)


def _open_adapted(
    adapter: AdapterFolder, placement: Placement, task: str | None, trust: Trust
) -> Opened:
    """Open the model of an adapter, whose head may come with the adapter, and merge the two."""
    folder = open_folder(
        _find(adapter.base, None, trust),
        task=task,
        allow_pickle=trust["allow_pickle"],
        own_code=trust["trust_remote_code"] or bool(adapter.brings),
    )
    module, tokenizer = open_pretrained(
        folder,
        placement,
        trust_remote_code=trust["trust_remote_code"],
        brought=adapter.brings,
    )
    merged = apply_adapter(module, adapter)
    return Opened(adapter.path, folder.task, (*folder.files, *adapter.files), merged, tokenizer)
