"""Weights in fewer bits: by bitsandbytes on a GPU, and from the files of llama.cpp."""

from __future__ import annotations

import importlib.util
import struct
from pathlib import Path
from typing import Any

from pytest_fairness.errors import ArgumentError, MissingPackageError, ModelError
from pytest_fairness.models.base import first_line
from pytest_fairness.models.quiet import quiet_transformers

_BITS = {"8bit": "load_in_8bit", "4bit": "load_in_4bit"}


def is_gguf(name: str) -> bool:
    """Whether `name` is a file of llama.cpp."""
    return name.lower().endswith(".gguf") and Path(name).expanduser().is_file()


def quantizer(quantization: str, device: str) -> Any:
    """Return the configuration by which transformers keeps weights in 8 or 4 bits.

    Raises
    ------
    ArgumentError
        If the name is not known, or if there is no GPU to run it on.
    MissingPackageError
        If bitsandbytes is not installed.
    """
    if quantization not in _BITS:
        raise ArgumentError(f"quantization={quantization!r} must be '8bit', '4bit' or None.")
    if not device.startswith("cuda"):
        raise ArgumentError(
            f"quantization={quantization!r} needs a CUDA device, but the model goes to {device}. "
            "Leave quantization out, or give a GGUF file, which any device can read."
        )
    require_package("quantization=", "bitsandbytes", "quantization")
    from transformers import BitsAndBytesConfig

    make: Any = BitsAndBytesConfig
    return make(**{_BITS[quantization]: True})


def require_package(feature: str, package: str, extra: str) -> None:
    """Refuse a feature whose package is not installed.

    Raises
    ------
    MissingPackageError
        With the line that installs it.
    """
    if importlib.util.find_spec(package) is None:
        raise MissingPackageError.for_feature(feature, package, extra)


def open_gguf(path: Path, *, dtype: Any) -> tuple[Any, Any]:
    """Return the module of a causal language model and its tokenizer from a GGUF file.

    The weights are turned back into numbers of `dtype`, with what their few bits lost.

    Raises
    ------
    ModelError
        If transformers cannot read the file.
    MissingPackageError
        If gguf is not installed.
    """
    require_package("Reading a GGUF file", "gguf", "quantization")
    from transformers import AutoModelForCausalLM, AutoTokenizer

    options = {"gguf_file": path.name, "local_files_only": True}
    try:
        with quiet_transformers():
            tokenizer: Any = AutoTokenizer.from_pretrained(path.parent, **options)
            module: Any = AutoModelForCausalLM.from_pretrained(path.parent, dtype=dtype, **options)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, struct.error) as err:
        raise ModelError(
            f"transformers cannot read {path}: {first_line(err)}. Check that the file is whole, "
            "and of an architecture that transformers reads from GGUF; or give the original folder."
        ) from err
    # By now these are plain numbers, but transformers still takes them for quantised ones.
    module.hf_quantizer = None
    for holder in (module, module.config):
        if hasattr(holder, "quantization_config"):
            del holder.quantization_config
    return module, tokenizer
