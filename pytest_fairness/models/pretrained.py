"""Opening a folder of transformers, and refusing what would answer at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_fairness.errors import ModelError
from pytest_fairness.models.base import first_line
from pytest_fairness.models.folders import ModelFolder
from pytest_fairness.models.quantized import quantizer, require_package
from pytest_fairness.models.quiet import quiet_transformers


@dataclass(frozen=True)
class Placement:
    """Where weights go and how they are kept.

    Attributes
    ----------
    device : str
    dtype : torch.dtype
    device_map : str or mapping, optional
        As in transformers: how the layers are spread over devices; `device` is then of no effect.
    quantization : {"8bit", "4bit"}, optional
        Keep the weights in fewer bits, by bitsandbytes.
    """

    device: str
    dtype: Any
    device_map: Any = None
    quantization: str | None = None

    def options(self) -> dict[str, Any]:
        """Return what `from_pretrained` needs to know of this."""
        found: dict[str, Any] = {"dtype": self.dtype}
        if self.device_map is not None:
            require_package("device_map=", "accelerate", "mitigation")
            found["device_map"] = self.device_map
        if self.quantization is not None:
            found["quantization_config"] = quantizer(self.quantization, self.device)
            found.setdefault("device_map", {"": self.device})
        return found

    def put(self, module: Any) -> Any:
        """Return the module on its device, where it was not put there when it was opened."""
        placed = self.device_map is not None or self.quantization is not None
        return (module if placed else module.to(self.device)).eval()


def open_pretrained(
    folder: ModelFolder,
    placement: Placement,
    *,
    trust_remote_code: bool,
    brought: Sequence[str] = (),
) -> tuple[Any, Any]:
    """Return the module, in evaluation mode on its device, and the tokenizer.

    Parameters
    ----------
    folder : ModelFolder
    placement : Placement
    trust_remote_code : bool
    brought : sequence of str
        Names of modules whose weights come later, with an adapter.

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
    placed = placement.options()
    try:
        with quiet_transformers():
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder.path, **options)
            module, report = getattr(transformers, folder.task.auto).from_pretrained(
                folder.path,
                **placed,
                use_safetensors=folder.safetensors,
                output_loading_info=True,
                **options,
            )
    except (*broken, SafetensorError) as err:
        raise ModelError(_cannot_open(folder.path, err, trust_remote_code)) from err
    _check_complete(folder, report, brought)
    return placement.put(module), tokenizer


def _check_complete(folder: ModelFolder, report: dict[str, Any], brought: Sequence[str]) -> None:
    unneeded = folder.task.auto == "AutoModel"
    missing = sorted(
        key
        for key in report["missing_keys"]
        if not (unneeded and "pooler" in key) and not set(brought).intersection(key.split("."))
    )
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
