"""What a model says to texts, as arrays that can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.errors import ArgumentError, ArgumentTypeError, ModelError
from pytest_fairness.models import Model, is_model, load_model


@dataclass(frozen=True)
class Answers:
    """Labels of shape (n_texts,), and scores of shape (n_texts, n_labels) where there are any."""

    labels: npt.NDArray[np.str_]
    scores: npt.NDArray[np.float64] | None
    names: tuple[str, ...]

    def score_of(self, label: str | int | None) -> npt.NDArray[np.float64]:
        """Return the column of one label; the second of two when none is named."""
        if self.scores is None:
            raise ArgumentTypeError(
                "The model returns labels and no scores, so a shift of scores cannot be measured. "
                "Use max_flip_rate=, or give a model that returns probabilities."
            )
        return self.scores[:, self.column(label)]

    def column(self, label: str | int | None) -> int:
        """Return the index of one label; the second of two when none is named."""
        if label is None:
            return self._default_column()
        if str(label) in self.names:
            return self.names.index(str(label))
        raise ArgumentError(
            f"label={label!r} is not one of the model's labels: {', '.join(self.names)}."
        )

    def _default_column(self) -> int:
        if len(self.names) == 2:
            return 1
        if len(self.names) == 1:
            return 0
        raise ArgumentError(
            f"The model has {len(self.names)} labels ({', '.join(self.names)}): name the one whose "
            "score is compared, as label=."
        )


def check_label(answers: Answers, label: str | int | None) -> None:
    """Raise if `label` is named and is none that the model gives.

    A function that returns labels may know more than it has said so far.
    """
    __tracebackhide__ = True
    if label is not None and answers.scores is not None:
        answers.column(label)


def as_model(model: Any) -> Model:
    """Return `model` itself, or an adapter around an estimator or a function.

    Raises
    ------
    ModelError
        If it gives no labels, as a language model.
    """
    __tracebackhide__ = True
    loaded = load_model(model)
    if not is_model(loaded):
        raise ModelError(
            f"{loaded!r} gives neither labels nor scores of texts, which this check compares. Load "
            "a classifier, wrap the model in a function from texts to scores, or choose an "
            "assertion for its kind, such as assert_likelihood_parity."
        )
    return loaded


def ask(model: Model, texts: Sequence[str]) -> Answers:
    """Score texts once and read both labels and scores from the answer."""
    labels = np.asarray(model.predict(texts), dtype=str)
    scores = model.predict_proba(texts) if model.gives_scores else None
    return Answers(labels, scores, tuple(model.labels))
