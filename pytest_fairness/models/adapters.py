"""Folders of peft: a few weights on top of a model that lies elsewhere."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_fairness.errors import ModelError
from pytest_fairness.models.base import first_line
from pytest_fairness.models.quantized import require_package
from pytest_fairness.models.quiet import quiet_transformers

_TASKS = {
    "SEQ_CLS": "text-classification",
    "CAUSAL_LM": "text-generation",
    "SEQ_2_SEQ_LM": "text2text-generation",
    "TOKEN_CLS": "token-classification",
    "QUESTION_ANS": "question-answering",
    "FEATURE_EXTRACTION": "feature-extraction",
}


@dataclass(frozen=True)
class AdapterFolder:
    """An adapter: where it is, the model that it adapts, and what it was trained for.

    Attributes
    ----------
    path : Path
    base : str
        Folder or hub id of the model.
    task : str or None
    brings : tuple of str
        Modules that come with the adapter whole, such as a classification head.
    """

    path: Path
    base: str
    task: str | None
    brings: tuple[str, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that decide what the adapted model answers, beside those of the model."""
        return tuple(sorted(self.path.glob("adapter_*")))


def find_adapter(path: Path) -> AdapterFolder | None:
    """Return the adapter that a folder holds; None of a folder with a whole model.

    Raises
    ------
    ModelError
        If the adapter does not say which model it adapts.
    """
    file = path / "adapter_config.json"
    if not file.is_file() or (path / "config.json").is_file():
        return None
    try:
        config: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as err:
        raise ModelError(f"{file} is not valid JSON: {err}. Save the adapter again.") from err
    base = config.get("base_model_name_or_path")
    if not base:
        raise ModelError(
            f"{path} holds an adapter (adapter_config.json) without the model it adapts: "
            "base_model_name_or_path is empty. Write the model's folder there, or merge the "
            "adapter (merge_and_unload in peft) and save the whole model."
        )
    beside = path / base
    where = str(beside) if beside.is_dir() else base
    brings = tuple(config.get("modules_to_save") or ())
    return AdapterFolder(path, where, _TASKS.get(config.get("task_type") or ""), brings)


def apply_adapter(module: Any, adapter: AdapterFolder) -> Any:
    """Return the module with the adapter's weights merged in, or with its prefix or prompt.

    Raises
    ------
    ModelError
        If peft cannot read the adapter, or if it does not fit the model.
    MissingPackageError
        If peft is not installed.
    """
    require_package("Loading an adapter", "peft", "mitigation")
    from peft import PeftModel
    from safetensors import SafetensorError

    try:
        with quiet_transformers():
            adapted: Any = PeftModel.from_pretrained(module, str(adapter.path))
            learnt = adapted.active_peft_config.is_prompt_learning  # nothing that can be merged
            return (adapted if learnt else adapted.merge_and_unload()).eval()
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, SafetensorError) as err:
        raise ModelError(
            f"peft cannot put the adapter of {adapter.path} on {adapter.base}: {first_line(err)}. "
            "Check that it was trained on this model, and saved whole by save_pretrained."
        ) from err
