"""A sequence-to-sequence model from a local folder, as a function from texts to texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pytest_fairness.errors import ArgumentError, ModelError


def load_rewriter(
    folder: str | Path, *, device: str = "cpu", max_new_tokens: int = 128, batch_size: int = 32
) -> Callable[[list[str]], list[str]]:
    """Load a translation or paraphrase model that surface perturbations can call.

    The search is greedy with four beams, so that the same text always has the same answer. The
    model's code is never run from the folder, and its weights must be safetensors.

    Parameters
    ----------
    folder : str or Path
        A local folder with a Hugging Face sequence-to-sequence model and its tokenizer.
    device : str
        Such as ``"cpu"`` or ``"cuda"``.
    max_new_tokens, batch_size : int
        Longest answer in tokens, and texts per call of the model.

    Returns
    -------
    callable
        From a list of texts to a list of as many texts, for `paraphrase` and `back_translate`.

    Raises
    ------
    ArgumentError
        If there is no such folder.
    ModelError
        If it holds no model of this kind.
    """
    if not Path(folder).is_dir():
        raise ArgumentError(f"folder={str(folder)!r} is no folder. Give that of a saved model.")
    model, tokenizer = _loaded(str(folder), device)

    def rewrite(texts: list[str]) -> list[str]:
        parts = [texts[i : i + batch_size] for i in range(0, len(texts), batch_size)]
        return [t for part in parts for t in _generated(model, tokenizer, part, max_new_tokens)]

    return rewrite


def _loaded(folder: str, device: str) -> tuple[Any, Any]:
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    rules: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **rules)
        model = AutoModelForSeq2SeqLM.from_pretrained(folder, use_safetensors=True, **rules)
    except (OSError, ValueError) as err:
        raise ModelError(
            f"{folder!r} holds no sequence-to-sequence model with a tokenizer: {err}"
        ) from err
    return model.to(device).eval(), tokenizer


def _generated(model: Any, tokenizer: Any, texts: list[str], longest: int) -> list[str]:
    import torch

    tokens = tokenizer(texts, return_tensors="pt", padding=True, truncation=True).to(model.device)
    kept = {k: v for k, v in tokens.items() if k in ("input_ids", "attention_mask")}
    with torch.inference_mode():
        answers = model.generate(**kept, max_new_tokens=longest, num_beams=4, do_sample=False)
    decoded: list[str] = tokenizer.batch_decode(answers, skip_special_tokens=True)
    return decoded
