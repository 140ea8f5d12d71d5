"""An extractive question answerer of transformers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from pytest_fairness.engine import Cache, Engine, Report, as_texts, once, show_progress
from pytest_fairness.errors import ArgumentError, ModelError
from pytest_fairness.models.base import check_finite
from pytest_fairness.models.held import Held
from pytest_fairness.models.tagging import word_starts
from pytest_fairness.models.tokens import Reader
from pytest_fairness.models.windows import Answered, Passage, Window, Windows
from pytest_fairness.outcome import ModelInfo

MAX_ANSWER_TOKENS = 30


class Answer(NamedTuple):
    """Where a question is answered in its context.

    Attributes
    ----------
    text : str
        ``context[start:end]``; empty where there is no answer.
    start, end : int
    score : float
        Probability that the answer starts and ends there, of the tokens of its window.
    no_answer : float
        Probability that the context holds no answer, the lowest of its windows; nan where the
        tokenizer has no token for it.
    """

    text: str
    start: int
    end: int
    score: float
    no_answer: float


class QuestionAnswerer:
    """An extractive question answerer, loaded: questions and contexts in, answers out.

    Contexts that are longer than the model reads run in windows that overlap; nothing is cut.
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
        self.cache: Cache[Answer] = Cache()
        self._name, self._progress = name, progress
        self._held = Held(
            module, name=name, kind="question answerer", path=path, fingerprint=fingerprint
        )
        reader = Reader(tokenizer, module, max_length)
        self._windows = Windows(self._held, reader, tokenizer, _both_logits, batch_tokens)

    def __repr__(self) -> str:
        return f"<QuestionAnswerer {self._name!r}>"

    @property
    def module(self) -> Any:
        """The torch module."""
        return self._held.module

    @property
    def info(self) -> ModelInfo:
        """Which model this is."""
        return self._held.info()

    @property
    def engine(self) -> Engine[Window]:
        """What runs windows of contexts in batches."""
        return self._windows.engine

    def answer(
        self, questions: Iterable[str], contexts: Iterable[str], *, impossible: bool = False
    ) -> list[Answer]:
        """Return the likeliest answer of at most 30 tokens to each question.

        Of several windows, the answer with the largest sum of logits is taken, as Devlin et al.
        (2019) do. Answers begin and end with words.

        Parameters
        ----------
        questions, contexts : iterable of str
            One context per question.
        impossible : bool
            Whether the empty answer is given where "no answer" is likelier than any.

        Raises
        ------
        ArgumentError
            If there are more of one than of the other, a context is blank, or a question leaves
            no room for its context.
        ModelError
            If the model answers with NaN, or cannot say that there is no answer.
        """
        asked = self._asked(questions, contexts, impossible)
        if self._held.trained_since():
            self.forget()
        found = once(asked, self.cache, self._compute)
        if not impossible:
            return found
        return [a if a.score >= a.no_answer else a._replace(text="", start=0, end=0) for a in found]

    def __call__(self, questions: Iterable[str], contexts: Iterable[str]) -> list[Answer]:
        """Return what `answer` returns."""
        return self.answer(questions, contexts)

    def forget(self) -> None:
        """Drop the remembered answers."""
        self.cache.clear()

    def close(self) -> None:
        """Free the memory that the model takes; it answers no more."""
        self.forget()
        self._held.close()

    def _asked(
        self, questions: Iterable[str], contexts: Iterable[str], impossible: bool
    ) -> list[tuple[str, str]]:
        asked, read = as_texts(questions), as_texts(contexts)
        if len(asked) != len(read):
            raise ArgumentError(
                f"There are {len(asked)} questions and {len(read)} contexts. Give one context per "
                "question."
            )
        for place, context in enumerate(read):
            if not context.strip():
                raise ArgumentError(f"contexts[{place}] is blank: nothing can be found in it.")
        if impossible and self.tokenizer.cls_token_id is None:
            raise ModelError(
                f"{self._name} cannot say that there is no answer: its tokenizer has no [CLS] "
                "token to point at. Leave out impossible=True."
            )
        return list(zip(asked, read, strict=True))

    def _compute(self, pairs: list[tuple[str, str]]) -> list[Answer]:
        questions, contexts = [q for q, _ in pairs], [c for _, c in pairs]
        passages = self._windows.read(contexts, after=questions)
        with show_progress(self._progress) as report:
            answered = self._windows.run(passages, report)
        totals = np.array([[sum(float(part.rows.sum()) for part in parts)] for parts in answered])
        check_finite(totals, contexts, self._name)
        return [
            self._best(passage, parts) for passage, parts in zip(passages, answered, strict=True)
        ]

    def _best(self, passage: Passage, parts: Sequence[Answered]) -> Answer:
        if not parts:
            raise ArgumentError(
                f"The context {passage.text[:40]!r} has no token that {self._name} knows."
            )
        found = [_likeliest(part, self._null_place(part)) for part in parts]
        best = max(found, key=lambda each: each.logit)
        start, end = _whole_words(passage, best.first, best.last)
        none = min(each.no_answer for each in found)
        return Answer(passage.text[start:end], start, end, best.score, none)

    def _null_place(self, part: Answered) -> int | None:
        """Return which token of the frame stands for "no answer"."""
        ids, sought = part.window.column("input_ids"), self.tokenizer.cls_token_id
        return ids.index(sought) if sought in ids else None


class _Found(NamedTuple):
    """The likeliest answer of one window: its tokens, by their number in the text."""

    logit: float
    first: int
    last: int
    score: float
    no_answer: float


def _both_logits(outputs: Any) -> Any:
    import torch

    return torch.stack([outputs.start_logits, outputs.end_logits], dim=-1)


def _likeliest(part: Answered, null: int | None) -> _Found:
    own = part.own.astype(np.float64)
    first, last = _best_pair(own[:, 0], own[:, 1])
    candidates = own if null is None else np.concatenate([part.rows[[null]], own])
    logs = candidates - np.logaddexp.reduce(candidates, axis=0)
    shift = 0 if null is None else 1
    score = math.exp(logs[first + shift, 0] + logs[last + shift, 1])
    no_answer = math.nan if null is None else math.exp(logs[0].sum())
    logit = float(own[first, 0] + own[last, 1])
    start = part.window.start
    return _Found(logit, start + first, start + last, score, no_answer)


def _best_pair(starts: Any, ends: Any) -> tuple[int, int]:
    """Return the first and the last token of the likeliest answer, the shortest of equals."""
    best, pair = -math.inf, (0, 0)
    for longer in range(min(MAX_ANSWER_TOKENS, len(starts))):
        sums = starts[: len(starts) - longer] + ends[longer:]
        place = int(sums.argmax())
        if sums[place] > best:
            best, pair = float(sums[place]), (place, place + longer)
    return pair


def _whole_words(passage: Passage, first: int, last: int) -> tuple[int, int]:
    """Return the characters of the words that some tokens belong to."""
    opens = word_starts(passage)
    while not opens[first]:
        first -= 1
    while last + 1 < len(opens) and not opens[last + 1]:
        last += 1
    start, end = passage.offsets[first][0], passage.offsets[last][1]
    inner = passage.text[start:end]
    return start + len(inner) - len(inner.lstrip()), end - len(inner) + len(inner.rstrip())
