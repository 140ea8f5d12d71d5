"""What every model answers, and the arithmetic that its kinds share."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

import numpy as np
import numpy.typing as npt

from pytest_fairness.errors import ModelError

if TYPE_CHECKING:
    from pytest_fairness.outcome import ModelInfo

Scores = npt.NDArray[np.float64]
Labels = npt.NDArray[np.str_]

_METHODS = ("predict", "predict_proba", "logits", "forget", "close")


class Model(Protocol):
    """A loaded model: texts in, labels and scores out, in the order of the texts.

    Texts may come as a list, a tuple, a pandas Series or a NumPy array. Identical texts are
    scored once, and answers are remembered until `forget` or `close`.
    """

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the columns of the scores; a function may not know them before its first call.

        A model that returns labels only names those it has returned so far.
        """

    @property
    def gives_scores(self) -> bool:
        """Whether there are scores beside labels; of a function, certain after its first call."""

    @property
    def info(self) -> ModelInfo:
        """Which model this is."""

    def predict(self, texts: Iterable[str]) -> Labels:
        """Return the label of each text, an array of str of shape (n_texts,)."""

    def predict_proba(self, texts: Iterable[str]) -> Scores:
        """Return scores in [0, 1], an array of shape (n_texts, n_labels)."""

    def logits(self, texts: Iterable[str]) -> Scores:
        """Return the scores before softmax or sigmoid, of shape (n_texts, n_labels)."""

    def __call__(self, texts: Iterable[str]) -> Scores:
        """Return what `predict_proba` returns."""

    def forget(self) -> None:
        """Drop the remembered answers."""

    def close(self) -> None:
        """Free the memory that the model takes; it answers no more."""


def is_model(model: Any) -> TypeGuard[Model]:
    """Whether `model` is loaded already."""
    return all(hasattr(type(model), name) for name in _METHODS)


def softmax(logits: Scores) -> Scores:
    """Return rows that sum to 1."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: Scores = powers / powers.sum(axis=1, keepdims=True)
    return result


def sigmoid(logits: Scores) -> Scores:
    """Return each number squashed into (0, 1), without overflow."""
    result: Scores = 0.5 * (1.0 + np.tanh(0.5 * logits))
    return result


def log_scores(scores: Scores) -> Scores:
    """Return logits that softmax turns back into `scores`; 0 becomes minus infinity."""
    with np.errstate(divide="ignore"):
        result: Scores = np.log(scores)
    return result


def best_labels(scores: Scores, labels: Sequence[str]) -> Labels:
    """Return the label with the highest score of each row, the first of equals."""
    chosen: Labels = np.asarray(labels, dtype=str)[scores.argmax(axis=1)]
    return chosen


def marked_labels(scores: Scores, labels: Sequence[str]) -> Labels:
    """Return all labels that score one half or more, joined, or ``"none"``.

    The decision of a multi-label classifier is a set: it changes when any member does.
    """
    marked = [[label for label, s in zip(labels, row, strict=True) if s >= 0.5] for row in scores]
    return np.asarray([" + ".join(found) or "none" for found in marked], dtype=str)


def first_line(err: Exception) -> str:
    """Return what another package says, short enough to be quoted."""
    return str(err).strip().partition("\n")[0].rstrip(".:")


def check_finite(rows: npt.NDArray[np.floating[Any]], texts: Sequence[str], name: str) -> None:
    """Refuse answers that are no numbers.

    Raises
    ------
    ModelError
        Naming how many texts have them, and the first such text.
    """
    bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if len(bad):
        raise ModelError(
            f"{name} gave NaN or infinite scores to {len(bad)} of {len(texts)} texts, first to "
            f"{texts[bad[0]]!r}. Such answers cannot be compared; a weight may be NaN, or the "
            "dtype too narrow (try dtype='float32')."
        )


def level_of_caller() -> int:
    """Return the `stacklevel` that makes a warning point at the first line outside the package."""
    frame, level = sys._getframe(1), 1
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("pytest_fairness."):
        frame, level = frame.f_back, level + 1
    return level
