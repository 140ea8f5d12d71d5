"""Models that answer through something put around them, as their folder says.

A folder of transformers may hold a file ``fairness.json`` that names a wrapper, such as averaging
over counterfactuals. `load_model` puts it on; transformers alone loads the model inside. Wrappers
are found by name when one is needed, as they live in rooms that this one must not know.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pytest_fairness.errors import ModelError

FILE = "fairness.json"

# Name: the function that takes a loaded model and the file's content, and returns what answers.
_WRAPPERS: Mapping[str, str] = MappingProxyType(
    {
        "counterfactual_average": "pytest_fairness.mitigation.averaging:wrap",
        "decision": "pytest_fairness.mitigation.decisions.decided:wrap",
    }
)


def wrapped(model: Any, folder: Path) -> Any:
    """Return `model` inside the wrapper that its folder names, or as it is.

    Raises
    ------
    ModelError
        If the file cannot be read, or names a wrapper that there is not.
    """
    path = folder / FILE
    if not path.is_file():
        return model
    content = _read(path)
    module, _, function = _WRAPPERS[content["wrapper"]].partition(":")
    return getattr(importlib.import_module(module), function)(model, content)


def write_wrapper(folder: Path, wrapper: str, content: Mapping[str, Any]) -> None:
    """Write which wrapper belongs around the model in a folder."""
    text = json.dumps({"wrapper": wrapper, **content}, ensure_ascii=False, indent=1)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise ModelError(
            f"{path} cannot be read as JSON: {err}. Write it anew, or remove it."
        ) from err
    name = content.get("wrapper") if isinstance(content, dict) else None
    if name not in _WRAPPERS:
        raise ModelError(
            f"{path} names the wrapper {name!r}, but it must be one of {', '.join(_WRAPPERS)}. "
            "Install the version that wrote it, or remove the file to load the model inside."
        )
    found: dict[str, Any] = content
    return found
