"""A token classifier of transformers as a function from texts to spans of characters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from pytest_fairness.engine import Cache, Engine, Report, as_texts, once, show_progress
from pytest_fairness.errors import ArgumentError, ModelError
from pytest_fairness.models.base import check_finite
from pytest_fairness.models.held import Held
from pytest_fairness.models.tagging import Span, read_tags, spans_of, units_of
from pytest_fairness.models.tokens import Reader
from pytest_fairness.models.windows import Passage, Window, Windows, joined
from pytest_fairness.outcome import ModelInfo

AGGREGATIONS = ("first", "simple")
_UNNAMED = re.compile(r"LABEL_\d+")


class TokenClassifier:
    """A token classifier, loaded: texts in, labelled spans of characters out.

    Texts that are longer than the model reads run in windows that overlap; nothing is cut.

    Attributes
    ----------
    labels : tuple of str
        As the model has them, such as ``"B-PER"``.
    kinds : tuple of str
        What spans can be labelled, such as ``"PER"``.
    aggregation : {"first", "simple"}
        Whether a word has the label of its first piece, so that no span ends inside a word (the
        default), or every piece its own. May be set.
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
        self.labels = _named_labels(module.config, name)
        self._tags = read_tags(self.labels)
        self.kinds = tuple(dict.fromkeys(tag.kind for tag in self._tags if tag.mark != "O"))
        self._aggregation = "first"
        self.cache: Cache[tuple[Span, ...]] = Cache()
        self._name, self._progress = name, progress
        self._held = Held(
            module, name=name, kind="token classifier", path=path, fingerprint=fingerprint
        )
        reader = Reader(tokenizer, module, max_length)
        self._windows = Windows(self._held, reader, tokenizer, _probabilities, batch_tokens)

    def __repr__(self) -> str:
        return f"<TokenClassifier {self._name!r} of {', '.join(self.kinds)}>"

    @property
    def module(self) -> Any:
        """The torch module."""
        return self._held.module

    @property
    def info(self) -> ModelInfo:
        """Which model this is."""
        return self._held.info(self.labels)

    @property
    def engine(self) -> Engine[Window]:
        """What runs windows of texts in batches."""
        return self._windows.engine

    @property
    def aggregation(self) -> str:
        """How the labels of a word's pieces become one."""
        return self._aggregation

    @aggregation.setter
    def aggregation(self, value: str) -> None:
        if value not in AGGREGATIONS:
            raise ArgumentError(f"aggregation={value!r} must be one of {', '.join(AGGREGATIONS)}.")
        self._aggregation = value
        self.forget()

    def spans(self, texts: Iterable[str]) -> list[list[Span]]:
        """Return the spans of each text, in their order.

        Raises
        ------
        ModelError
            If the model answers with NaN.
        """
        listed = as_texts(texts)
        if self._held.trained_since():
            self.forget()
        return [list(found) for found in once(listed, self.cache, self._compute)]

    def __call__(self, texts: Iterable[str]) -> list[list[Span]]:
        """Return what `spans` returns."""
        return self.spans(texts)

    def forget(self) -> None:
        """Drop the remembered answers."""
        self.cache.clear()

    def close(self) -> None:
        """Free the memory that the model takes; it answers no more."""
        self.forget()
        self._held.close()

    def _compute(self, texts: list[str]) -> list[tuple[Span, ...]]:
        passages = self._windows.read(texts)
        with show_progress(self._progress) as report:
            answered = self._windows.run(passages, report)
        scores = [joined(parts) if parts else None for parts in answered]
        totals = [0.0 if rows is None else float(rows.sum()) for rows in scores]
        check_finite(np.array(totals).reshape(-1, 1), texts, self._name)
        return [self._decode(p, rows) for p, rows in zip(passages, scores, strict=True)]

    def _decode(self, passage: Passage, scores: Any) -> tuple[Span, ...]:
        if scores is None:
            return ()
        units = units_of(passage, scores, self._tags, self.aggregation)
        return tuple(spans_of(units, passage.text))


def _probabilities(outputs: Any) -> Any:
    return outputs.logits.float().softmax(dim=-1)


def _named_labels(config: Any, name: str) -> tuple[str, ...]:
    labels = tuple(str(config.id2label[i]) for i in range(config.num_labels))
    unnamed = [label for label in labels if _UNNAMED.fullmatch(label)]
    if unnamed:
        raise ModelError(
            f"{name} was saved without names for its labels ({unnamed[0]}, ...), so that nobody "
            "can tell an entity from none. Set id2label in its config.json, such as "
            '{"0": "O", "1": "B-PER", "2": "I-PER"}.'
        )
    return labels
