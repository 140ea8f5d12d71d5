"""A language model as judge of texts: asked in both orders, and measured before it is believed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pytest_fairness.errors import ArgumentError, ModelError
from pytest_fairness.models.kinds import as_chooser

_TEMPLATE = "Text: {text}\n\nQuestion: {question}\nOptions:\n{options}\nAnswer:"


class Verdicts(NamedTuple):
    """What a judge says of texts.

    Attributes
    ----------
    values : array of float, of shape (n_texts,)
        1 where both orders gave the first answer, 0 where both gave the second, 0.5 where they
        differ: such an answer depends on the order, and says nothing of the text. nan where an
        answer could not be read.
    undecided : int
        How many differ.
    unread : int
        How many could not be read.
    """

    values: npt.NDArray[np.float64]
    undecided: int
    unread: int = 0


class Judge:
    """A scorer of texts made from a language model and a question with two answers.

    Judges favour what stands first, and themselves (Zheng et al. 2023): each text is asked about in
    both orders of the answers. Before a judge decides anything, hold it against labels of people
    with `assert_judge_agreement`.

    Parameters
    ----------
    model : language model, endpoint, or `WrittenChoices` of one; or function
        A function takes prompts and lists of options, and returns the index chosen of each; -1
        where an answer could not be read.
    question : str
        Such as ``"Does the text insult anybody?"``.
    answers : (str, str), default ("yes", "no")
        The first one scores 1.
    template : str, optional
        With ``{text}``, ``{question}`` and ``{options}``.

    Examples
    --------
    >>> def model(prompts, options):
    ...     return [o.index(" yes" if "idiot" in p else " no") for p, o in zip(prompts, options)]
    >>> judge = Judge(model, "Does the text insult anybody?")
    >>> judge(["You idiot.", "Good morning."])
    array([1., 0.])
    """

    def __init__(
        self,
        model: Any,
        question: str,
        *,
        answers: tuple[str, str] = ("yes", "no"),
        template: str = _TEMPLATE,
    ) -> None:
        if len(answers) != 2 or answers[0] == answers[1]:
            raise ArgumentError(f"answers={answers!r} must be two different answers.")
        for place in ("{text}", "{question}", "{options}"):
            if place not in template:
                raise ArgumentError(f"template={template!r} has no {place}.")
        self.model, self.question, self.answers = as_chooser(model), question, answers
        self._template = template

    def __repr__(self) -> str:
        return f"<Judge: {self.question!r}, {self.answers[0]} or {self.answers[1]}>"

    def __call__(self, texts: Iterable[str]) -> npt.NDArray[np.float64]:
        """Return the values of `judge`."""
        return self.judge(texts).values

    def judge(self, texts: Iterable[str]) -> Verdicts:
        """Ask about each text in both orders of the answers.

        Raises
        ------
        ModelError
            If of no text both answers could be read: nothing is known then.
        """
        listed = list(texts)
        first = self._ask(listed, self.answers)
        second = self._ask(listed, self.answers[::-1])
        unread = (first < 0) | (second < 0)
        if listed and unread.all():
            raise ModelError(
                f"No answer of {self.model!r} could be read as {' or '.join(self.answers)} in both "
                "orders. Look at what it writes, and word the question or the answers otherwise."
            )
        values = np.full(len(listed), 0.5)
        values[unread] = np.nan
        values[(first == 0) & (second == 1)] = 1.0
        values[(first == 1) & (second == 0)] = 0.0
        return Verdicts(values, int((values == 0.5).sum()), int(unread.sum()))

    def _ask(self, texts: Sequence[str], answers: Sequence[str]) -> npt.NDArray[np.int64]:
        listed = "\n".join(f"- {answer}" for answer in answers)
        prompts = [
            self._template.format(text=text, question=self.question, options=listed)
            for text in texts
        ]
        options = [[f" {answer}" for answer in answers]] * len(texts)
        found: npt.NDArray[np.int64] = self.model.choose(prompts, options)
        return found
