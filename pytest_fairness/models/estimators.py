"""A scikit-learn style estimator, as a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from pytest_fairness.engine import Cache, as_texts, once
from pytest_fairness.errors import ModelError
from pytest_fairness.models.answers import as_array, check_rows, read_labels, read_scores
from pytest_fairness.models.base import Labels, Scores, first_line, log_scores, sigmoid, softmax
from pytest_fairness.models.fingerprints import of_estimator
from pytest_fairness.outcome import ModelInfo

_SCORING = ("predict_proba", "decision_function")


class EstimatorModel:
    """An estimator whose `predict` takes a list of texts, usually a pipeline.

    Labels are those of its own `predict`, so that a tuned threshold counts. Scores come from
    `predict_proba`, or else from `decision_function`, whose margins are squashed into [0, 1] by a
    sigmoid (softmax for several classes): they then order texts but are no probabilities.

    Attributes
    ----------
    cache, label_cache : Cache
        By text: the scores as bytes, and the label.
    """

    def __init__(self, estimator: Any, *, labels: Sequence[str] | None = None) -> None:
        self.cache: Cache[bytes] = Cache()
        self.label_cache: Cache[str] = Cache()
        self._estimator = estimator
        self._name = _name(estimator)
        self._scoring = next((m for m in _SCORING if hasattr(estimator, m)), None)
        self._labels = _labels(estimator, labels)
        self._seen: set[str] = set()
        self._fingerprint: str | None = None

    def __repr__(self) -> str:
        return f"<EstimatorModel {self._name}>"

    @property
    def labels(self) -> tuple[str, ...]:
        """The estimator's classes; where it names none, the labels that it has given so far."""
        return self._labels or tuple(sorted(self._seen))

    @property
    def gives_scores(self) -> bool:
        """Whether the estimator has `predict_proba` or `decision_function`."""
        return self._scoring is not None

    @property
    def info(self) -> ModelInfo:
        """Which estimator this is."""
        if self._fingerprint is None:
            self._fingerprint = of_estimator(self._open())
        return ModelInfo(self._name, None, "estimator", self._fingerprint, labels=self.labels)

    def predict(self, texts: Iterable[str]) -> Labels:
        """Return the label of each text, an array of str of shape (n_texts,)."""
        return np.asarray(once(as_texts(texts), self.label_cache, self._compute_labels), dtype=str)

    def predict_proba(self, texts: Iterable[str]) -> Scores:
        """Return scores of shape (n_texts, n_labels).

        Raises
        ------
        ModelError
            If the estimator has neither `predict_proba` nor `decision_function`.
        """
        if self._scoring is None:
            raise ModelError(
                f"{self._name} has neither predict_proba nor decision_function, so it gives labels "
                "only. Use predict, or checks of labels such as max_flip_rate=."
            )
        listed = as_texts(texts)
        rows = once(listed, self.cache, self._compute_scores)
        flat = np.frombuffer(b"".join(rows), dtype=np.float64)
        return flat.reshape(len(listed), -1) if listed else np.empty((0, len(self.labels)))

    def __call__(self, texts: Iterable[str]) -> Scores:
        """Return what `predict_proba` returns."""
        return self.predict_proba(texts)

    def logits(self, texts: Iterable[str]) -> Scores:
        """Return the logarithms of the scores, which softmax turns back into them."""
        return log_scores(self.predict_proba(texts))

    def forget(self) -> None:
        """Drop the remembered answers, as is needed when the estimator is fitted again."""
        self.cache.clear()
        self.label_cache.clear()
        self._fingerprint = None

    def close(self) -> None:
        """Let go of the estimator; it answers no more."""
        self._estimator = None
        self.forget()

    def _compute_labels(self, texts: list[str]) -> Sequence[str]:
        array = as_array(self._ask("predict", texts), self._name)
        check_rows(array, texts, self._name)
        if array.ndim != 1:
            raise ModelError(
                f"{self._name}.predict returned shape {array.shape}; only one label per text can "
                "be judged. Pass a function that returns the label in question."
            )
        labels = read_labels(array, self._name)
        self._seen.update(labels)
        return labels

    def _compute_scores(self, texts: list[str]) -> list[bytes]:
        method = self._scoring or ""
        array = as_array(self._ask(method, texts), self._name)
        check_rows(array, texts, self._name)
        if method == "decision_function":
            array = sigmoid(array) if array.ndim == 1 else softmax(array)
        scores = read_scores(array, texts, self._name)
        self._labels = self._labels or tuple(map(str, range(scores.shape[1])))
        return [row.tobytes() for row in scores]

    def _open(self) -> Any:
        if self._estimator is None:
            raise ModelError(f"{self._name} was closed. Load it again to score more texts.")
        return self._estimator

    def _ask(self, method: str, texts: list[str]) -> Any:
        call: Callable[[list[str]], Any] = getattr(self._open(), method)
        try:
            return call(texts)
        except (ValueError, TypeError, AttributeError) as err:  # not fitted, or not fit for text
            raise ModelError(
                f"{self._name}.{method} cannot take a list of texts ({first_line(err)}). Pass a "
                "fitted pipeline that starts from raw text, such as "
                "make_pipeline(TfidfVectorizer(), LogisticRegression())."
            ) from err


def _labels(estimator: Any, given: Sequence[str] | None) -> tuple[str, ...]:
    named: Iterable[Any] = getattr(estimator, "classes_", ()) if given is None else given
    return tuple(str(label) for label in named)


def _name(estimator: Any) -> str:
    steps = getattr(estimator, "steps", None)
    if isinstance(steps, list):
        return " + ".join(type(step).__name__ for _, step in steps)
    return type(estimator).__name__
