"""Any function from texts to an array, as a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from pytest_fairness.engine import Cache, as_texts, once
from pytest_fairness.errors import ArgumentError, ModelError
from pytest_fairness.models.answers import read_answers
from pytest_fairness.models.base import Labels, Scores, best_labels, log_scores
from pytest_fairness.models.fingerprints import name_of, of_function
from pytest_fairness.outcome import ModelInfo


class FunctionModel:
    """A function that maps a list of texts to scores or labels.

    It is called with distinct texts, each once. What it returns tells what it is: floats of shape
    (n_texts,) are scores of the positive class, two dimensions are scores per label, and str, int
    or bool of shape (n_texts,) are labels without scores.

    Attributes
    ----------
    cache : Cache
        By text: the scores as bytes, or the label.
    """

    def __init__(
        self, function: Callable[[list[str]], Any], *, labels: Sequence[str] | None = None
    ) -> None:
        self.cache: Cache[bytes | str] = Cache()
        self._function: Callable[[list[str]], Any] | None = function
        self._name = name_of(function).removeprefix("__main__.")
        self._fingerprint: str | None = None
        self._given_labels = None if labels is None else tuple(map(str, labels))
        self._columns = len(self._given_labels or ())
        self._seen: set[str] = set()
        self._gives_scores: bool | None = None

    def __repr__(self) -> str:
        return f"<FunctionModel {self._name}>"

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the columns, ``"0"``, ``"1"``, ... unless given; empty before the first call.

        Of a function that returns labels: those that it has returned so far.
        """
        if self._given_labels is not None:
            return self._given_labels
        if self._gives_scores is False:
            return tuple(sorted(self._seen))
        return tuple(map(str, range(self._columns)))

    @property
    def gives_scores(self) -> bool:
        """Whether the function returns scores; taken to be so until it has been called."""
        return self._gives_scores is not False

    @property
    def info(self) -> ModelInfo:
        """Which function this is."""
        if self._fingerprint is None:
            self._fingerprint = of_function(self._open())
        return ModelInfo(self._name, None, "function", self._fingerprint, labels=self.labels)

    def predict(self, texts: Iterable[str]) -> Labels:
        """Return the label of each text: the one with the highest score, the first of equals."""
        listed = as_texts(texts)
        answers = once(listed, self.cache, self._compute)
        if self._gives_scores is False:
            return np.asarray(answers, dtype=str)
        return best_labels(self._scores(answers), self.labels)

    def predict_proba(self, texts: Iterable[str]) -> Scores:
        """Return scores of shape (n_texts, n_labels).

        Raises
        ------
        ModelError
            If the function returns labels only.
        """
        answers = once(as_texts(texts), self.cache, self._compute)
        if self._gives_scores is False:
            raise ModelError(
                f"{self._name} returns labels and no scores. Use predict, or checks of labels such "
                "as max_flip_rate=, or let it return probabilities."
            )
        return self._scores(answers)

    def __call__(self, texts: Iterable[str]) -> Scores:
        """Return what `predict_proba` returns."""
        return self.predict_proba(texts)

    def logits(self, texts: Iterable[str]) -> Scores:
        """Return the logarithms of the scores, which softmax turns back into them."""
        return log_scores(self.predict_proba(texts))

    def forget(self) -> None:
        """Drop the remembered answers."""
        self.cache.clear()

    def close(self) -> None:
        """Let go of the function; it is called no more."""
        self._function = None
        self.forget()

    def _compute(self, texts: list[str]) -> Sequence[bytes | str]:
        answers = read_answers(self._open()(texts), texts, self._name)
        self._check_same_kind(answers.scores is not None)
        if answers.scores is None:
            self._seen.update(answers.labels or ())
            return answers.labels or ()
        self._check_columns(answers.scores.shape[1])
        return [row.tobytes() for row in answers.scores]

    def _open(self) -> Callable[[list[str]], Any]:
        if self._function is None:
            raise ModelError(f"{self._name} was closed. Load it again to score more texts.")
        return self._function

    def _scores(self, answers: Sequence[bytes | str]) -> Scores:
        flat = np.frombuffer(b"".join(a for a in answers if isinstance(a, bytes)), dtype=np.float64)
        return flat.reshape(len(answers), self._columns)

    def _check_same_kind(self, gives_scores: bool) -> None:
        if self._gives_scores is None:
            self._gives_scores = gives_scores
        elif self._gives_scores != gives_scores:
            raise ModelError(
                f"{self._name} returned scores in one call and labels in another. Let it return "
                "the same kind always: floats are scores; str, int and bool are labels."
            )

    def _check_columns(self, columns: int) -> None:
        if self._given_labels is not None and columns != len(self._given_labels):
            raise ArgumentError(
                f"labels={self._given_labels!r} names {len(self._given_labels)} labels, but "
                f"{self._name} returned {columns} scores per text. Name one label per column."
            )
        if self._columns not in (0, columns):
            raise ModelError(
                f"{self._name} returned {columns} scores per text after {self._columns} in an "
                "earlier call. Let it return one score per label always."
            )
        self._columns = columns
