"""Sequence-to-sequence models as functions from texts to texts, for paraphrase and translation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_fairness.errors import ArgumentError
from pytest_fairness.models.quiet import quiet_transformers


class Rewriter:
    """A function from texts to texts: what `load_rewriter` returns."""

    def __init__(self, model: Any, tokenizer: Any, batch_size: int, max_new_tokens: int) -> None:
        self._model, self._tokenizer = model, tokenizer
        self._batch_size, self._max_new_tokens = batch_size, max_new_tokens

    def __call__(self, texts: Sequence[str]) -> list[str]:
        """Return one text for each, always the same (greedy decoding)."""
        rows = [list(texts[i : i + self._batch_size]) for i in self._starts(len(texts))]
        return [text for row in rows for text in self._batch(row)]

    def _starts(self, n: int) -> range:
        return range(0, n, self._batch_size)

    def _batch(self, texts: list[str]) -> list[str]:
        import torch

        tokens = self._tokenizer(texts, return_tensors="pt", padding=True, truncation=True)
        with torch.inference_mode():
            written = self._model.generate(
                input_ids=tokens["input_ids"].to(self._model.device),
                attention_mask=tokens["attention_mask"].to(self._model.device),
                do_sample=False,
                num_beams=1,
                max_new_tokens=self._max_new_tokens,
            )
        return [str(t) for t in self._tokenizer.batch_decode(written, skip_special_tokens=True)]


def load_rewriter(
    folder: str, *, device: str | None = None, batch_size: int = 16, max_new_tokens: int = 128
) -> Rewriter:
    """Load a sequence-to-sequence model as a function from texts to texts.

    Parameters
    ----------
    folder : str
        A folder, or hub id, that transformers can load: BART, T5, Marian and others. Weights must
        be safetensors, and no code of the model's own is run.
    device : str, optional
        Such as ``"cuda"``; the GPU by default where there is one.
    batch_size, max_new_tokens : int
        Texts at a time, and tokens that each may grow to.

    Returns
    -------
    callable
        From a list of texts to as many texts; for `paraphrase` and `back_translation`.

    Raises
    ------
    ArgumentError
        If the folder holds no such model.
    """
    import torch
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    chosen = device or ("cuda" if torch.cuda.is_available() else "cpu")
    with quiet_transformers():
        try:
            model = AutoModelForSeq2SeqLM.from_pretrained(folder, use_safetensors=True)
            tokenizer = AutoTokenizer.from_pretrained(folder)
        except (OSError, ValueError) as err:
            raise ArgumentError(
                f"folder={folder!r} is no sequence-to-sequence model that transformers can load "
                f"({err}). Give a folder with config.json, a tokenizer and model.safetensors."
            ) from err
    return Rewriter(model.to(chosen).eval(), tokenizer, batch_size, max_new_tokens)
