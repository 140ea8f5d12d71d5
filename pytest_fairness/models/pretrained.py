"""Opening a folder of transformers, and refusing what would answer at random."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_fairness.errors import ModelError
from pytest_fairness.models.base import first_line
from pytest_fairness.models.folders import ModelFolder
from pytest_fairness.models.quiet import quiet_transformers


def open_pretrained(
    folder: ModelFolder, *, device: str, dtype: Any, trust_remote_code: bool
) -> tuple[Any, Any]:
    """Return the module, in evaluation mode on its device, and the tokenizer.

    Raises
    ------
    ModelError
        If transformers cannot open the folder, or would fill weights in with random numbers.
    """
    import transformers
    from safetensors import SafetensorError

    broken = (OSError, ValueError, KeyError, ImportError, RuntimeError, AttributeError)
    # Every file is local, and must stay the only source.
    options = {"local_files_only": True, "trust_remote_code": trust_remote_code}
    try:
        with quiet_transformers():
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder.path, **options)
            module, report = getattr(transformers, folder.task.auto).from_pretrained(
                folder.path,
                dtype=dtype,
                use_safetensors=folder.safetensors,
                output_loading_info=True,
                **options,
            )
    except (*broken, SafetensorError) as err:
        raise ModelError(_cannot_open(folder.path, err, trust_remote_code)) from err
    _check_complete(folder, report)
    return module.to(device).eval(), tokenizer


def _check_complete(folder: ModelFolder, report: dict[str, Any]) -> None:
    missing = sorted(key for key in report["missing_keys"] if "pooler" not in key)
    missing = missing if folder.task.auto == "AutoModel" else sorted(report["missing_keys"])
    if missing:
        shown = ", ".join(missing[:4]) + (" and more" if len(missing) > 4 else "")
        raise ModelError(
            f"{folder.path} lacks {len(missing)} weights of a {folder.task.kind} ({shown}): they "
            "would be random numbers. Fine-tune the model with its head, or save it whole."
        )


def _cannot_open(path: Path, err: Exception, trusted: bool) -> str:
    if "trust_remote_code" in str(err) and not trusted:
        return (
            f"{path} needs code of its own to load. Read that code, and where you trust it, load "
            "the model with trust_remote_code=True."
        )
    return (
        f"transformers cannot open {path}: {first_line(err)}. Check that the folder was saved "
        "whole by save_pretrained, and by a version of transformers that this one can read."
    )
