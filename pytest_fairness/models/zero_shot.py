"""A classifier made of a language model: the label that it finds the likeliest continuation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pytest_fairness.engine import as_texts
from pytest_fairness.errors import ArgumentError
from pytest_fairness.models.base import Labels, Scores, best_labels, softmax
from pytest_fairness.models.choices import choice_scores
from pytest_fairness.models.kinds import as_language_model
from pytest_fairness.models.likelihoods import Normalise
from pytest_fairness.outcome import ModelInfo

TEMPLATE = "{text}\n\nThe label of this text is"


def zero_shot(
    model: Any,
    labels: Sequence[str],
    *,
    template: str = TEMPLATE,
    normalise: Normalise = None,
) -> ZeroShot:
    """Return a classifier that asks a language model for a label.

    Parameters
    ----------
    model
        A language model, loaded or as `load_model` takes it.
    labels : sequence of str
        At least two; written after the prompt with a space before.
    template : str
        The prompt, with ``{text}`` where the text goes.
    normalise : {"byte", "token", None}
        Whether log-likelihoods are divided by the length of the label. By default they are not,
        and `predict_proba` is the model's probability of each label among the labels.

    Returns
    -------
    Model
        With `predict`, `predict_proba` and `logits`, as every classifier.

    Raises
    ------
    ArgumentError
        If there are fewer than two labels, or if the template has no ``{text}``.
    ModelError
        If the model gives no likelihoods.

    Examples
    --------
    >>> import numpy as np
    >>> def likes(texts):
    ...     return np.array([0.0 if "good day. It is nice" in t else -2.0 for t in texts])
    >>> classifier = zero_shot(likes, ["nice", "dull"], template="{text} It is")
    >>> classifier.predict(["A good day."])
    array(['nice'], dtype='<U4')
    >>> classifier.predict_proba(["A good day."]).round(2)
    array([[0.88, 0.12]])
    """
    names = tuple(map(str, labels))
    if isinstance(labels, str) or len(set(names)) < 2 or len(set(names)) < len(names):
        raise ArgumentError(f"labels={labels!r} must be a list of two or more different labels.")
    if "{text}" not in template:
        raise ArgumentError(f"template={template!r} has no {{text}}. Write it where texts go.")
    return ZeroShot(as_language_model(model), names, template, normalise)


class ZeroShot:
    """What `zero_shot` returns; the language model remembers the answers.

    Attributes
    ----------
    model
        The language model.
    labels : tuple of str
    template : str
    normalise : {"byte", "token", None}
    """

    gives_scores = True

    def __init__(
        self, model: Any, labels: tuple[str, ...], template: str, normalise: Normalise
    ) -> None:
        self.model, self.labels = model, labels
        self.template, self.normalise = template, normalise

    def __repr__(self) -> str:
        return f"<ZeroShot {self.model!r} with labels {', '.join(self.labels)}>"

    def framed(self, text: str) -> str:
        """Return the prompt that asks for the label of a text."""
        return self.template.replace("{text}", text)

    @property
    def info(self) -> ModelInfo:
        """Which language model this is, with the labels asked for."""
        info: ModelInfo = self.model.info
        return replace(info, labels=self.labels)

    def predict(self, texts: Iterable[str]) -> Labels:
        """Return the likeliest label of each text, the first of equals."""
        return best_labels(self.logits(texts), self.labels)

    def predict_proba(self, texts: Iterable[str]) -> Scores:
        """Return the probability of each label among the labels, of shape (n_texts, n_labels)."""
        return softmax(self.logits(texts))

    def __call__(self, texts: Iterable[str]) -> Scores:
        """Return what `predict_proba` returns."""
        return self.predict_proba(texts)

    def logits(self, texts: Iterable[str]) -> Scores:
        """Return the log-likelihood of each label, of shape (n_texts, n_labels)."""
        prompts = [self.framed(text) for text in as_texts(texts)]
        options = [f" {label}" for label in self.labels]
        rows = choice_scores(self.model, prompts, options, normalise=self.normalise)
        return np.asarray(rows, dtype=np.float64).reshape(len(prompts), len(options))

    def forget(self) -> None:
        """Drop the remembered answers."""
        self.model.forget()

    def close(self) -> None:
        """Free the memory that the language model takes."""
        self.model.close()
