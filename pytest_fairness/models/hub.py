"""From the name of a model to the folder that holds it, on this disk or from the hub."""

from __future__ import annotations

import re
from pathlib import Path

from pytest_fairness.errors import ModelError
from pytest_fairness.models.folders import HOLDS

_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")
_SAVED_ESTIMATORS = {".joblib", ".pkl", ".pickle", ".skops"}
_FILES = ("*.json", "*.safetensors", "*.txt", "*.model", "*.tiktoken")


def find_folder(
    name: str,
    *,
    revision: str | None = None,
    allow_pickle: bool = False,
    trust_remote_code: bool = False,
) -> Path:
    """Return the folder of a model. A folder on this disk never leads to the network.

    Raises
    ------
    ModelError
        If there is neither such a folder, nor such a model on the hub or in its local cache.
    """
    if not name.strip():
        raise ModelError(f"model={name!r} names no model. {HOLDS}")
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    if path.exists():
        raise ModelError(f"model={name!r} is a file. {_advice_for_file(path)}")
    if not _HUB_ID.fullmatch(name) or name.startswith("."):
        raise ModelError(f"model={name!r} does not exist (looked for {path.absolute()}). {HOLDS}")
    patterns = [*_FILES, *(["*.bin"] if allow_pickle else []), *(["*.py"] * trust_remote_code)]
    return _fetch(name, revision, patterns)


def _fetch(name: str, revision: str | None, patterns: list[str]) -> Path:
    from huggingface_hub import snapshot_download

    from pytest_fairness.models.quiet import quiet_transformers

    try:
        with quiet_transformers():
            found = snapshot_download(
                name, revision=revision, allow_patterns=patterns, ignore_patterns=["*/*"]
            )
    except (OSError, ValueError) as err:  # every error of the hub client is one of these
        raise ModelError(_not_found(name, revision)) from err
    return Path(found)


def _not_found(name: str, revision: str | None) -> str:
    from huggingface_hub import constants

    of_revision = f" at revision {revision!r}" if revision else ""
    if constants.HF_HUB_OFFLINE:
        hub = "the hub is switched off (HF_HUB_OFFLINE) and its local cache does not hold it"
    else:
        hub = "the hub does not give it, or is out of reach"
    return (
        f"model={name!r} is no folder here (looked for {Path(name).absolute()}), and as a model of "
        f"the hub{of_revision} it cannot be had: {hub}. {HOLDS}"
    )


def _advice_for_file(path: Path) -> str:
    if path.suffix in _SAVED_ESTIMATORS:
        return "Load the estimator yourself, from a source you trust, and pass the object."
    return f"Pass the folder that holds it. {HOLDS}"
