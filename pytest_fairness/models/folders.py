"""What a model folder must hold, and what its lack means."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_fairness.errors import ModelError
from pytest_fairness.models.tasks import TASKS, Task, task_named, task_of

HOLDS = (
    "A model folder holds config.json, model.safetensors and the tokenizer's files (such as "
    "tokenizer.json), as save_pretrained writes them."
)
_SAFE = ("model.safetensors", "model.safetensors.index.json")
_PICKLED = ("pytorch_model.bin", "pytorch_model.bin.index.json")
_FOREIGN = ("tf_model.h5", "flax_model.msgpack", "model.ckpt.index", "model.onnx")
_VOCABULARIES = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "tekken.json",
    "*.model",
    "*.tiktoken",
    "*vocab*",
)
_WITHOUT_VOCABULARY = ("ByT5Tokenizer", "CanineTokenizer", "PerceiverTokenizer")


@dataclass(frozen=True)
class ModelFolder:
    """A folder that holds a model, with its task and the files that make it what it is."""

    path: Path
    task: Task
    safetensors: bool
    files: tuple[Path, ...]


def open_folder(
    path: Path, *, task: str | None = None, allow_pickle: bool = False, own_code: bool = False
) -> ModelFolder:
    """Check what a folder holds before anything heavy is imported.

    Parameters
    ----------
    path : Path
    task : str, optional
        What the model is loaded for; by default what its configuration says.
    allow_pickle : bool
        Whether weights may come from a pickle file.
    own_code : bool
        Whether the folder's code runs: its class may then have any name.

    Raises
    ------
    ModelError
        If the configuration, the weights or the tokenizer are missing, or if the model has no
        trained head for the task.
    """
    config = _read_config(path)
    safetensors = _find_weights(path, allow_pickle)
    _check_tokenizer(path)
    chosen = _choose_task(path, config, task, own_code)
    return ModelFolder(path, chosen, safetensors, tuple(_identity(path, safetensors)))


def _read_config(path: Path) -> dict[str, Any]:
    file = path / "config.json"
    if not file.is_file():
        raise ModelError(f"{path} has no config.json; it holds {_listing(path)}. {HOLDS}")
    try:
        config: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as err:
        raise ModelError(f"{file} is not valid JSON: {err}. Save the model again.") from err
    return config


def _find_weights(path: Path, allow_pickle: bool) -> bool:
    """Return whether the weights are safetensors, or raise."""
    if any((path / name).is_file() for name in _SAFE):
        return True
    pickled = next((name for name in _PICKLED if (path / name).is_file()), None)
    if pickled and allow_pickle:
        return False
    if pickled:
        raise ModelError(
            f"{path} has its weights in {pickled} only, a pickle file, which can run code when it "
            "is opened. Save it again with save_pretrained, which writes safetensors, or, where "
            "you trust its source, load it with load_fairness_model(..., allow_pickle=True)."
        )
    foreign = next((name for name in _FOREIGN if (path / name).exists()), None)
    instead = f" ({foreign} is of another framework)" if foreign else ""
    raise ModelError(f"{path} has no weights{instead}; it holds {_listing(path)}. {HOLDS}")


def _check_tokenizer(path: Path) -> None:
    """Raise where there is no vocabulary: transformers would make an empty one in silence."""
    if any(any(path.glob(pattern)) for pattern in _VOCABULARIES):
        return
    settings = path / "tokenizer_config.json"
    if settings.is_file():
        name = json.loads(settings.read_text(encoding="utf-8")).get("tokenizer_class")
        if name in _WITHOUT_VOCABULARY:
            return
    raise ModelError(
        f"{path} has no tokenizer: none of tokenizer.json, vocab.txt, vocab.json or *.model is "
        f"there. Save it beside the model: tokenizer.save_pretrained({str(path)!r})."
    )


def _choose_task(path: Path, config: dict[str, Any], wanted: str | None, own_code: bool) -> Task:
    """Return the task, and raise where the saved model has no head for it: ours would be random."""
    named = None if wanted is None else task_named(wanted)
    saved = task_of(config)
    if named is None:
        if saved is None and config.get("architectures") and not own_code:
            raise ModelError(
                f"{path} holds a {', '.join(config['architectures'])}, and it cannot be told what "
                f"that is for. Say so with task=, one of {', '.join(TASKS)}."
            )
        return saved or TASKS["text-classification"]
    if saved is None or own_code or saved is named or named.name == "feature-extraction":
        return named
    raise ModelError(
        f"{path} holds a {', '.join(config['architectures'])}, saved as {saved.name}, and not "
        f"a {named.kind}: it has no trained head for task={named.name!r}. Leave task out, or "
        f"fine-tune the model as an {named.auto}."
    )


def _identity(path: Path, safetensors: bool) -> list[Path]:
    """Return the files that decide what the model answers."""
    weights = "*.safetensors*" if safetensors else "pytorch_model*.bin*"
    patterns = ("config.json", weights, *_VOCABULARIES, "tokenizer_config.json", "*.py")
    return sorted({file for p in patterns for file in path.glob(p) if file.is_file()})


def _listing(path: Path, limit: int = 6) -> str:
    names = sorted(item.name for item in path.iterdir())
    if not names:
        return "nothing"
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
