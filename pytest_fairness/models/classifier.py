"""A transformers sequence classifier, scored by the engine."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from pytest_fairness.engine import (
    Cache,
    Engine,
    Report,
    Tokens,
    as_texts,
    once,
    show_progress,
)
from pytest_fairness.errors import FairnessWarning, ModelError
from pytest_fairness.models.base import (
    Labels,
    Scores,
    best_labels,
    check_finite,
    level_of_caller,
    marked_labels,
    sigmoid,
    softmax,
)
from pytest_fairness.models.held import Held
from pytest_fairness.models.tokens import Reader
from pytest_fairness.outcome import ModelInfo

_PROBES = ("A short text.", "A text that is a good deal longer than the short one beside it.")
# How far a probability may move when its text is padded: a model that does not expect padding
# moves it much further.
_PADDING_NOISE = {"float32": 1e-4, "float16": 0.01, "bfloat16": 0.05}


class Classifier:
    """A sequence classifier of transformers, loaded.

    Probabilities do not depend on which texts share a batch: within 1e-5 in float32. The narrower
    formats are noisier (about 0.01 in bfloat16), which belongs into a test's tolerance.

    Attributes
    ----------
    tokenizer
        The tokenizer of transformers.
    labels : tuple of str
    multi_label : bool
        Whether each label is decided by itself.
    engine : Engine
    cache : Cache
        Logits by text. They are dropped by themselves when the weights are trained further.
    """

    gives_scores = True

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
        self.multi_label = _is_multi_label(module.config)
        self.labels = _labels(module.config, name)
        self.cache: Cache[bytes] = Cache()
        self._held = Held(
            module, name=name, kind="sequence classifier", path=path, fingerprint=fingerprint
        )
        self._name, self._progress = name, progress
        self._reader = Reader(tokenizer, module, max_length)
        self.engine = Engine(
            self._reader.read, self._forward, batch_tokens, release=self._held.free_memory
        )
        self._warned = False
        self._warm_up()

    def __repr__(self) -> str:
        return f"<Classifier {self._name!r} with labels {', '.join(self.labels)}>"

    @property
    def module(self) -> Any:
        """The torch module.

        Raises
        ------
        ModelError
            If the model was closed.
        """
        return self._held.module

    @property
    def info(self) -> ModelInfo:
        """Which model this is; of trained weights, the fingerprint is that of their values."""
        return self._held.info(self.labels)

    @property
    def cut_texts(self) -> int:
        """How many distinct texts were longer than the model reads, so far."""
        return self.engine.cut

    def predict(self, texts: Iterable[str]) -> Labels:
        """Return the label of each text, an array of str of shape (n_texts,).

        Of a multi-label classifier: all labels that score one half or more, joined by ``" + "``,
        or ``"none"``.
        """
        choose = marked_labels if self.multi_label else best_labels
        return choose(self.predict_proba(texts), self.labels)

    def predict_proba(self, texts: Iterable[str]) -> Scores:
        """Return probabilities of shape (n_texts, n_labels); rows sum to 1 unless multi-label."""
        return self._squash(self.logits(texts))

    def __call__(self, texts: Iterable[str]) -> Scores:
        """Return what `predict_proba` returns."""
        return self.predict_proba(texts)

    def logits(self, texts: Iterable[str]) -> Scores:
        """Return what the classification head gives, of shape (n_texts, n_labels)."""
        listed = as_texts(texts)
        self._forget_if_trained()
        rows = once(listed, self.cache, self._compute)
        self._warn_of_cuts()
        flat = np.frombuffer(b"".join(rows), dtype=np.float32)
        return flat.reshape(len(listed), len(self.labels)).astype(np.float64)

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
            return module(**inputs).logits.float().cpu().numpy()

    def _squash(self, logits: Scores) -> Scores:
        return sigmoid(logits) if self.multi_label else softmax(logits)

    def _warm_up(self) -> None:
        """Run once, so that the first real call is fast, and learn how texts may be batched."""
        tokens = self._reader.read(list(_PROBES))
        alone = np.concatenate([self._probe(tokens, [0]), self._probe(tokens, [1])])
        try:
            together = self._probe(tokens, [0, 1] if self._reader.can_pad else [1, 1])
        except ValueError:  # "Cannot handle batch sizes > 1 if no padding token is defined."
            self.engine.max_rows = 1
            return
        self.engine.padding = self._reader.can_pad and self._agree(alone, together)

    def _probe(self, tokens: Tokens, batch: list[int]) -> Scores:
        rows = np.asarray(self._forward(tokens, batch), dtype=np.float64)
        expected = (len(batch), len(self.labels))
        if rows.shape != expected:
            raise ModelError(
                f"{self._name} answers {len(batch)} texts with logits of shape {rows.shape}, but "
                f"{expected} was expected: it is not a sequence classifier. Load it as an "
                "AutoModelForSequenceClassification, or pass a function from texts to scores."
            )
        return rows

    def _agree(self, alone: Scores, together: Scores) -> bool:
        """Whether padding leaves probabilities as they are."""
        if not (np.isfinite(alone).all() and np.isfinite(together).all()):
            return True  # the first real call says what is wrong
        moved = np.abs(self._squash(alone) - self._squash(together)).max()
        return bool(moved <= _PADDING_NOISE.get(self._held.dtype, 0.05))

    def _warn_of_cuts(self) -> None:
        if self.engine.cut and not self._warned:
            self._warned = True
            warnings.warn(
                f"{self.engine.cut} of {self.cache.misses} texts were cut at "
                f"{self._reader.limit} tokens, all that {self._name} reads. Texts that differ "
                "only after that point look the same to it.",
                FairnessWarning,
                stacklevel=level_of_caller(),
            )

    def _forget_if_trained(self) -> None:
        if self._held.trained_since():
            self.forget()


def _is_multi_label(config: Any) -> bool:
    return getattr(config, "problem_type", None) == "multi_label_classification"


def _labels(config: Any, name: str) -> tuple[str, ...]:
    if getattr(config, "problem_type", None) == "regression" or (
        config.num_labels == 1 and not _is_multi_label(config)
    ):
        raise ModelError(
            f"{name} is a regression model: its {config.num_labels} output is no probability, and "
            "no threshold on it is known. Pass a function that maps texts to scores in [0, 1]."
        )
    return tuple(str(config.id2label[i]) for i in range(config.num_labels))
