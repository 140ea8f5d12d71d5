"""A language model behind an OpenAI-compatible server: what it can be asked."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from pytest_fairness.engine import Report, as_texts, show_progress
from pytest_fairness.errors import ArgumentError, FairnessWarning, ModelError
from pytest_fairness.models import choices, choosing
from pytest_fairness.models.endpoint.answers import (
    Answer,
    Echo,
    read_answer,
    read_echo,
    read_first_tokens,
)
from pytest_fairness.models.endpoint.client import Client, shown
from pytest_fairness.models.endpoint.requests import (
    Request,
    Settings,
    echo_request,
    first_token_request,
)
from pytest_fairness.models.endpoint.usage import Counter, Usage
from pytest_fairness.models.generation import check_settings, keys_of
from pytest_fairness.models.likelihoods import LogLikelihoods, Normalise, pair_up
from pytest_fairness.models.written import WrittenChoices
from pytest_fairness.outcome import ModelInfo

T = TypeVar("T")
By = Literal["likelihood", "first_token", "answer"]
_TOP = 20  # candidates of the first token that are asked for; more are not offered anywhere
_SAME = 8  # rows of equal samples that are no accident any more


class Endpoint:
    """A language model that a server answers for; `load_endpoint` makes one.

    Answers are remembered by the server's URL, the model, the whole request with its seed, and
    which sample it is. The key is read from the environment, and is in no message, record or file.
    """

    has_streams = True

    def __init__(
        self,
        url: str,
        model: str,
        client: Client,
        counter: Counter,
        *,
        limit_field: str = "max_tokens",
        extra: Mapping[str, Any] | None = None,
        keep_filtered: bool = False,
        progress: bool | Report | None = None,
    ) -> None:
        self.url, self.model = url, model
        self._client, self._counter = client, counter
        self._limit_field, self._extra = limit_field, dict(extra or {})
        self._keep_filtered, self._progress = keep_filtered, progress

    def __repr__(self) -> str:
        return f"<Endpoint {self.model!r} at {self.url}>"

    @property
    def info(self) -> ModelInfo:
        """Which model this is; a server may change what its name stands for."""
        whole = f"{self.url}\0{self.model}".encode()
        digest = hashlib.blake2b(whole, digest_size=16).hexdigest()
        return ModelInfo(name=self.model, path=None, kind="endpoint", fingerprint=digest)

    @property
    def usage(self) -> Usage:
        """Requests, answers, tokens and cost so far."""
        return self._counter.total()

    def generate(
        self,
        prompts: Iterable[str],
        *,
        n: int = 1,
        seed: int = 0,
        max_new_tokens: int = 64,
        temperature: float = 1.0,
        top_p: float = 1.0,
        stop: str | Sequence[str] = (),
        chat: bool | None = None,
        system: str | None = None,
        streams: Sequence[int] | None = None,
    ) -> list[list[str]]:
        """Return `n` texts per prompt.

        Sample j of every prompt, or of every prompt of a stream, is asked for with the same seed,
        which many servers follow only as far as they can. ``chat=False`` continues the prompts as
        they are; else each is what a user says. An answer without text is an empty string, and is
        counted.

        Raises
        ------
        ModelError
            If a request gets no answer, if a content filter stopped one (unless the endpoint was
            loaded with ``keep_filtered=True``), or if all answers are empty.
        ArgumentError, ArgumentTypeError
            If an argument is off.
        """
        stops = check_settings(
            n=n,
            seed=seed,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            top_p=top_p,
            stop=stop,
        )
        if chat is False and system is not None:
            raise ArgumentError("system= is for chats, but chat=False. Leave one of them out.")
        settings = Settings(
            model=self.model,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            top_p=top_p,
            seed=seed,
            stop=stops,
            chat=chat is not False,
            system=system,
            limit_field=self._limit_field,
            extra=self._extra,
        )
        asked = as_texts(prompts)
        keys = keys_of(streams, len(asked), n)
        requests = [
            settings.request(text, *(key if isinstance(key, tuple) else (key,)))
            for text, row in zip(asked, keys, strict=True)
            for key in row
        ]
        answers = [read_answer(body, stops) for body in self._ask(requests)]
        self._judge(answers, requests)
        texts = [answer.text for answer in answers]
        rows = [texts[i : i + n] for i in range(0, len(texts), n)]
        if temperature > 0 and n > 1:
            self._warn_of_equal_samples(rows)
        return rows

    def log_likelihood(
        self, texts: Iterable[str], *, contexts: Iterable[str] | None = None
    ) -> LogLikelihoods:
        """Return the log-likelihood of each text after its context.

        It comes from ``/completions`` with ``echo`` and ``logprobs``, as vLLM and llama.cpp offer
        them. The first token of a text without context has no probability there, and is not scored.

        Raises
        ------
        ModelError
            If the server leaves log-probabilities out.
        """
        pairs = pair_up(texts, contexts)
        asked = [before + text for before, text in pairs if text]
        requests = [echo_request(self.model, text, self._extra) for text in asked]
        echoes = iter(self._ask_first(requests, self._echo))
        parts = [
            _part(next(echoes), before, text) if text else (0.0, 0, 0) for before, text in pairs
        ]
        total, tokens, size = zip(*parts, strict=True) if parts else ((), (), ())
        return LogLikelihoods(
            np.asarray(total, dtype=np.float64),
            np.asarray(tokens, dtype=np.int64),
            np.asarray(size, dtype=np.int64),
        )

    def choice_scores(
        self,
        prompts: Iterable[str],
        options: choices.Options,
        *,
        normalise: Normalise = None,
    ) -> list[npt.NDArray[np.float64]]:
        """Return the log-likelihood of each option after its prompt, an array per prompt."""
        return choices.choice_scores(self, prompts, options, normalise=normalise)

    def choose(
        self,
        prompts: Iterable[str],
        options: choices.Options,
        *,
        normalise: Normalise = "byte",
        by: By = "likelihood",
        template: str | None = None,
    ) -> npt.NDArray[np.int64]:
        """Return the index of the option that the model chooses, per prompt.

        Parameters
        ----------
        prompts : iterable of str
        options : sequence of str, or one sequence of str per prompt
        normalise : {"byte", "token", None}
            By what the log-likelihood of an option is divided; of no effect otherwise.
        by : {"likelihood", "first_token", "answer"}
            By the log-likelihood of the options; by the probability of their letters as first token
            of an answer (chat with ``top_logprobs``); or by reading the letter or the option out of
            what the model writes.
        template : str, optional
            Of the question, with ``{prompt}`` and ``{options}``.

        Returns
        -------
        array of int of shape (n_prompts,)
            -1 where the answer names no option, or several: an answer that cannot be read is never
            guessed.
        """
        if by == "likelihood":
            return choices.choose(self, prompts, options, normalise=normalise)
        if by == "answer":
            return WrittenChoices(self, template=template).choose(prompts, options)
        if by == "first_token":
            listed = as_texts(prompts)
            rows = choices.options_per_prompt(options, len(listed))
            pairs = zip(listed, rows, strict=True)
            asked = [choosing.question(template, prompt, row) for prompt, row in pairs]
            return self._choose_by_first_token(asked, [len(row) for row in rows])
        raise ArgumentError(f"by={by!r} must be 'likelihood', 'first_token' or 'answer'.")

    def forget(self) -> None:
        """Do nothing: answers stay in the cache until its file is deleted."""

    def close(self) -> None:
        """Close connections and cache."""
        self._client.close()

    def _ask(self, requests: list[Request]) -> list[dict[str, Any]]:
        with show_progress(self._progress) as report:
            return self._client.ask(requests, report)

    def _choose_by_first_token(self, asked: list[str], counts: list[int]) -> npt.NDArray[np.int64]:
        requests = [first_token_request(self.model, text, _TOP, self._extra) for text in asked]
        told = self._ask_first(requests, self._first_tokens)
        rows = [choosing.by_first_token(each, n) for each, n in zip(told, counts, strict=True)]
        found = [int(row.argmax()) if np.isfinite(row).any() else -1 for row in rows]
        return np.asarray(found, dtype=np.int64)

    def _ask_first(
        self, requests: list[Request], read: Callable[[dict[str, Any], Request], T]
    ) -> list[T]:
        """Read the first answer before the others are asked for: it may lack what is needed."""
        parts = (requests[:1], requests[1:])
        return [
            read(body, request)
            for part in parts
            for body, request in zip(self._ask(part), part, strict=True)
        ]

    def _first_tokens(self, body: Mapping[str, Any], _request: Request) -> dict[str, float]:
        candidates = read_first_tokens(body)
        if candidates is None:
            raise ModelError(self._no_log_probabilities("top_logprobs of chats"))
        return candidates

    def _echo(self, body: Mapping[str, Any], request: Request) -> Echo:
        echo = read_echo(body, request.prompt)
        if echo is None:
            raise ModelError(self._no_log_probabilities("logprobs with echo"))
        return echo

    def _no_log_probabilities(self, what: str) -> str:
        return (
            f"{self.url} ignored the request for {what} of {self.model!r} in silence, as "
            "'transformers serve' does: no log-likelihood can be had from it. Serve the model with "
            "vLLM or llama.cpp or load its folder here. Choices among options can be read from "
            "what it writes: WrittenChoices(model), choose(..., by='answer'), or "
            "--written-choices of 'pytest-fairness audit'."
        )

    def _judge(self, answers: list[Answer], requests: list[Request]) -> None:
        """Count answers that are none, and refuse what would be taken for an answer."""
        filtered = [i for i, answer in enumerate(answers) if answer.filtered]
        empty = [answer for answer in answers if not answer.text.strip()]
        refused = sum(answer.refused for answer in answers)
        self._counter.add(empty=len(empty), filtered=len(filtered), refused=refused)
        if filtered and not self._keep_filtered:
            raise ModelError(
                f"A content filter of {self.url} stopped {len(filtered)} of {len(answers)} "
                f"answers, first to the prompt {shown(requests[filtered[0]].prompt)}. Leave these "
                "prompts out, or take what came before the filter with keep_filtered=True."
            )
        if answers and len(empty) == len(answers):
            raise ModelError(self._all_empty(answers))

    def _all_empty(self, answers: list[Answer]) -> str:
        cause = "Check the model's name and its chat template with a single request."
        if any(answer.thought for answer in answers):
            cause = "Its tokens went into reasoning: raise max_new_tokens, or switch reasoning off."
        return f"All {len(answers)} answers of {self.model!r} at {self.url} are empty. {cause}"

    def _warn_of_equal_samples(self, rows: list[list[str]]) -> None:
        extra = sum(len(row) - 1 for row in rows)
        if extra >= _SAME and all(len(set(row)) == 1 for row in rows):
            warnings.warn(
                f"All samples of each of {len(rows)} prompts are equal: {self.url} seems to ignore "
                "temperature, so that more samples are no more evidence. Use n=1, or switch "
                "sampling on with extra=.",
                FairnessWarning,
                stacklevel=3,
            )


def _part(echo: Echo, before: str, text: str) -> tuple[float, int, int]:
    """Return the log-likelihood, the tokens and the bytes of a text after what stands before it."""
    total, tokens, first = echo.part(len(before), len(before) + len(text))
    return total, tokens, len((before + text)[first:].encode())
