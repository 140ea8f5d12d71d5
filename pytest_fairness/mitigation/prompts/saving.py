"""A prompt on disk: what is put before, and a reference to the model that it was found for."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_fairness.errors import ArgumentError, FairnessWarning, ModelError
from pytest_fairness.mitigation.prompts.prompt import Prompt
from pytest_fairness.mitigation.prompts.prompted import Prompted
from pytest_fairness.models import load_model
from pytest_fairness.models.endpoint import Endpoint
from pytest_fairness.models.zero_shot import ZeroShot, zero_shot

FILE = "prompt.json"
_SCHEMA = 1


def save(prompted: Prompted, folder: Path, *, system: bool | None) -> Path:
    """Write ``prompt.json`` into a folder, which is made where it is missing."""
    path = folder / FILE
    if path.exists():
        raise ArgumentError(f"{path} exists, and nothing is overwritten. Name another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    record = {
        "schema": _SCHEMA,
        "model": reference(_spoken(prompted.model), folder),
        "model_fingerprint": prompted.model.info.fingerprint if _has_info(prompted.model) else None,
        "zero_shot": _zero_shot(prompted.model),
        "system": system,
        "prompt": prompted.prompt.to_dict(),
    }
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def load(folder: Path, model: Any, options: Mapping[str, Any]) -> Prompted:
    """Return the model with its prompt that `save` wrote."""
    record = _read(folder / FILE)
    opened = _model(record, folder, options) if model is None else model
    labels = record["zero_shot"]
    if labels is not None and not isinstance(opened, ZeroShot):
        opened = zero_shot(opened, **labels)
    prompt = Prompt.from_dict(record["prompt"])
    loaded = Prompted(opened, prompt.instruction, prompt.demonstrations, system=record["system"])
    _compare(loaded.model, record["model_fingerprint"], folder)
    return loaded


def reference(model: Any, folder: Path) -> str | None:
    """Return how a model is found from a folder: a relative path, a hub id, an address, or None."""
    if isinstance(model, Endpoint):
        return f"{model.url}#{model.model}"
    info = model.info if _has_info(model) else None
    if info is None or info.path is None:
        return None
    if "snapshots" in Path(info.path).parts and not Path(info.name).exists():
        return str(info.name)  # from the hub
    return Path(os.path.relpath(info.path, folder)).as_posix()


def _spoken(model: Any) -> Any:
    return model.model if isinstance(model, ZeroShot) else model


def _has_info(model: Any) -> bool:
    return hasattr(type(model), "info")


def _zero_shot(model: Any) -> dict[str, Any] | None:
    if not isinstance(model, ZeroShot):
        return None
    return {
        "labels": list(model.labels),
        "template": model.template,
        "normalise": model.normalise,
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        schema = record["schema"]
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise ModelError(
            f"{path} cannot be read as a saved prompt ({err}). Give the folder that "
            "Prompted.save wrote."
        ) from err
    if schema != _SCHEMA:
        raise ModelError(
            f"{path} has schema {schema!r}, but this version reads {_SCHEMA}. Save the prompt "
            "again with this version, or use the version that wrote it."
        )
    return record


def _model(record: Mapping[str, Any], folder: Path, options: Mapping[str, Any]) -> Any:
    named = record["model"]
    if named is None:
        raise ModelError(
            f"{folder / FILE} refers to no model, because it was saved with one that has no folder "
            "and no address. Hand the model over: Prompted.load(folder, model=...)."
        )
    local = folder / named
    return load_model(str(local.resolve()) if local.exists() else named, **options)


def _compare(model: Any, fingerprint: str | None, folder: Path) -> None:
    now = model.info.fingerprint if _has_info(model) else None
    if fingerprint is not None and now != fingerprint:
        warnings.warn(
            f"The model of {folder / FILE} is not the one that its prompt was chosen for: its "
            "fingerprint differs. What a prompt does to one version says little of another; run "
            "the gate again, and search again if it fails.",
            FairnessWarning,
            stacklevel=4,
        )
