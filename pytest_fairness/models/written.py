"""Choices that are read out of what a model writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.engine import as_texts
from pytest_fairness.errors import ArgumentError
from pytest_fairness.models import choices, choosing
from pytest_fairness.models.kinds import as_generator
from pytest_fairness.models.likelihoods import Normalise
from pytest_fairness.outcome import ModelInfo


class WrittenChoices:
    """A model that writes, as one that chooses among options: by what it answers.

    For servers that offer no log-probabilities, and for what users see of a chat model. Options are
    named A, B, C, ..., and the model is asked greedily for a letter. An answer that names no
    option, or several, is never guessed: it is -1, which benchmarks and assertions count apart.

    Parameters
    ----------
    model : language model, endpoint or function
        What writes; a function takes prompts and returns as many texts.
    template : str, optional
        Of the question, with ``{prompt}`` and ``{options}``.
    max_new_tokens : int, default 32
        Of an answer.

    Raises
    ------
    ModelError
        If the model does not write.

    Examples
    --------
    >>> model = WrittenChoices(lambda prompts: ["B."] * len(prompts))
    >>> model.choose(["Who is late?"], ["the nurse", "the doctor"])
    array([1])
    """

    def __init__(
        self,
        model: Any,
        *,
        template: str | None = None,
        max_new_tokens: int = choosing.ANSWER_TOKENS,
    ) -> None:
        for place in ("{prompt}", "{options}"):
            if template is not None and place not in template:
                raise ArgumentError(
                    f"template={template!r} has no {place}. Write it where the model is to read it."
                )
        self.model = as_generator(model)
        self._template, self._max_new_tokens = template, max_new_tokens

    def __repr__(self) -> str:
        return f"<WrittenChoices of {self.model!r}>"

    @property
    def info(self) -> ModelInfo:
        """Which model writes."""
        found: ModelInfo = self.model.info
        return replace(found, kind=f"{found.kind}, choices read from its answers")

    def generate(self, prompts: Iterable[str], **options: Any) -> list[list[str]]:
        """Write as the model does."""
        written: list[list[str]] = self.model.generate(prompts, **options)
        return written

    def choose(
        self,
        prompts: Iterable[str],
        options: choices.Options,
        *,
        normalise: Normalise = None,
    ) -> npt.NDArray[np.int64]:
        """Return the index of the option that each answer names, -1 where it cannot be told.

        Parameters
        ----------
        prompts : iterable of str
        options : sequence of str, or one sequence of str per prompt
        normalise
            Of no effect: nothing is normalised.

        Returns
        -------
        array of int of shape (n_prompts,)
        """
        listed = as_texts(prompts)
        rows = choices.options_per_prompt(options, len(listed))
        pairs = zip(listed, rows, strict=True)
        asked = [choosing.question(self._template, prompt, row) for prompt, row in pairs]
        found = self.generate(asked, temperature=0, max_new_tokens=self._max_new_tokens)
        read = [choosing.read_choice(text, row) for (text,), row in zip(found, rows, strict=True)]
        return np.asarray(read, dtype=np.int64)

    def forget(self) -> None:
        """Drop the model's remembered answers."""
        self.model.forget()

    def close(self) -> None:
        """Close the model."""
        self.model.close()
