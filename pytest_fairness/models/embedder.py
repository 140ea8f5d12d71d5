"""An encoder of transformers as a function from texts to vectors."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from pytest_fairness.engine import Cache, Engine, Report, Tokens, as_texts, once, show_progress
from pytest_fairness.errors import ArgumentError
from pytest_fairness.models.base import Scores, check_finite
from pytest_fairness.models.held import Held
from pytest_fairness.models.tokens import Reader
from pytest_fairness.outcome import ModelInfo

POOLINGS = ("mean", "cls")
_PROBES = ("A short text.", "A text that is a good deal longer than the short one beside it.")
_NOISE = 1e-3  # how far a vector of unit length may move when its text is padded


class Embedder:
    """An encoder, loaded: texts in, vectors out, in the order of the texts.

    Attributes
    ----------
    pooling : {"mean", "cls"}
        Whether a text's vector is the mean over its tokens or that of its first one; by default
        what sentence-transformers wrote beside the model, else the mean. May be set.
    prefix : str
        Written before each text, such as ``"query: "`` for E5 models. May be set.
    """

    def __init__(
        self,
        module: Any,
        tokenizer: Any,
        *,
        name: str,
        batch_tokens: int,
        path: str | None = None,
        fingerprint: str | None = None,
        max_length: int | None = None,
        progress: bool | Report | None = None,
    ) -> None:
        self.tokenizer = tokenizer
        self.prefix = ""
        self._pooling = _written_pooling(path)
        self.cache: Cache[bytes] = Cache()
        self._held = Held(module, name=name, kind="embedder", path=path, fingerprint=fingerprint)
        self._name, self._progress = name, progress
        self._reader = Reader(tokenizer, module, max_length)
        self.engine: Engine[str] = Engine(
            self._reader.read, self._forward, batch_tokens, release=self._held.free_memory
        )
        self.engine.padding = self._reader.can_pad and self._pads_well()

    def __repr__(self) -> str:
        return f"<Embedder {self._name!r}, {self.pooling} pooling>"

    @property
    def module(self) -> Any:
        """The torch module."""
        return self._held.module

    @property
    def info(self) -> ModelInfo:
        """Which model this is."""
        return self._held.info()

    @property
    def pooling(self) -> str:
        """How the vectors of a text's tokens become one."""
        return self._pooling

    @pooling.setter
    def pooling(self, value: str) -> None:
        if value not in POOLINGS:
            raise ArgumentError(f"pooling={value!r} must be one of {', '.join(POOLINGS)}.")
        self._pooling = value
        self.forget()

    def embed(self, texts: Iterable[str]) -> Scores:
        """Return the vector of each text, an array of shape (n_texts, n_dimensions).

        Vectors are not normalised.

        Raises
        ------
        ModelError
            If the model answers with NaN.
        """
        listed = [self.prefix + text for text in as_texts(texts)]
        if self._held.trained_since():
            self.forget()
        rows = once(listed, self.cache, self._compute)
        flat = np.frombuffer(b"".join(rows), dtype=np.float32)
        return flat.reshape(len(listed), -1).astype(np.float64)

    def __call__(self, texts: Iterable[str]) -> Scores:
        """Return what `embed` returns."""
        return self.embed(texts)

    def forget(self) -> None:
        """Drop the remembered answers."""
        self.cache.clear()

    def close(self) -> None:
        """Free the memory that the model takes; it answers no more."""
        self.forget()
        self._held.close()

    def _compute(self, texts: list[str]) -> list[bytes]:
        with show_progress(self._progress) as report:
            rows = self.engine.score(texts, report)
        check_finite(rows, texts, self._name)
        return [row.tobytes() for row in rows]

    def _forward(self, tokens: Tokens, batch: list[int]) -> Any:
        with self._held.evaluating() as module:
            inputs = self._reader.collate(tokens, batch, module.device)
            hidden = module(**inputs).last_hidden_state.float()
            return self._pooled(hidden, inputs.get("attention_mask")).cpu().numpy()

    def _pooled(self, hidden: Any, mask: Any) -> Any:
        if self.pooling == "cls":
            return hidden[:, 0]
        if mask is None:
            return hidden.mean(dim=1)
        weights = mask[..., None].to(hidden.dtype)
        return (hidden * weights).sum(dim=1) / weights.sum(dim=1)

    def _pads_well(self) -> bool:
        """Whether padding leaves vectors as they are."""
        tokens = self._reader.read(list(_PROBES))
        alone = np.concatenate([self._forward(tokens, [0]), self._forward(tokens, [1])])
        together = self._forward(tokens, [0, 1])
        if not (np.isfinite(alone).all() and np.isfinite(together).all()):
            return True  # the first real call says what is wrong
        scale = np.linalg.norm(alone, axis=1, keepdims=True)
        return bool((np.abs(alone - together) <= _NOISE * scale).all())


def _written_pooling(path: str | None) -> str:
    """Return the pooling that sentence-transformers wrote beside a model, else the mean."""
    for folder in (Path(path), Path(path).parent) if path else ():
        file = folder / "1_Pooling" / "config.json"
        if file.is_file():
            settings = json.loads(file.read_text("utf-8"))
            return "cls" if settings.get("pooling_mode_cls_token") else "mean"
    return "mean"
