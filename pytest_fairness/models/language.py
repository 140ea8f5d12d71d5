"""What masked, causal and sequence-to-sequence language models share."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from pytest_fairness.engine import Cache, Engine, Report, Tokens, once, show_progress
from pytest_fairness.errors import FairnessWarning
from pytest_fairness.models import choices
from pytest_fairness.models.base import level_of_caller
from pytest_fairness.models.held import Held
from pytest_fairness.models.likelihoods import LogLikelihoods, Normalise, Numbers, check_likelihoods
from pytest_fairness.models.readout import Readout, budget_for
from pytest_fairness.models.tokens import Reader
from pytest_fairness.outcome import ModelInfo

K = TypeVar("K", bound=tuple[Any, ...])


class LanguageModel(ABC):
    """Scores texts by the engine, each once, and remembers the answers.

    Attributes
    ----------
    tokenizer
        The tokenizer of transformers.
    limit : int or None
        Tokens that the model reads at a time.
    engine : Engine
    cache : Cache
        Answers by context and text. They are dropped by themselves when the weights are trained.
    cut_texts : int
        How many distinct texts lost the start of their context, so far.
    """

    kind = ""

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
        self.cache: Cache[bytes] = Cache()
        self.cut_texts = 0
        self.limit = Reader(tokenizer, module, max_length).limit
        self._held = Held(module, name=name, kind=self.kind, path=path, fingerprint=fingerprint)
        self._name, self._progress, self._warned = name, progress, False
        self._readout = Readout()
        budget = budget_for(batch_tokens, getattr(module.config, "vocab_size", 1))
        self.engine: Engine[Any] = Engine(
            self._tokens, self._forward, budget, release=self._held.free_memory
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name!r}>"

    @property
    def module(self) -> Any:
        """The torch module.

        Raises
        ------
        ModelError
            If the model was closed.
        """
        return self._held.module

    @property
    def info(self) -> ModelInfo:
        """Which model this is; of trained weights, the fingerprint is that of their values."""
        return self._held.info()

    def choice_scores(
        self,
        prompts: Iterable[str],
        options: choices.Options,
        *,
        normalise: Normalise = None,
    ) -> list[Numbers]:
        """Return the log-likelihood of each option after its prompt, an array per prompt.

        `options` is one list for all prompts, or one list per prompt. What prompts and options
        share at their start is computed once.
        """
        return choices.choice_scores(self, prompts, options, normalise=normalise)

    def choose(
        self,
        prompts: Iterable[str],
        options: choices.Options,
        *,
        normalise: Normalise = "byte",
    ) -> npt.NDArray[np.int64]:
        """Return the index of the most likely option of each prompt, the first of equals.

        Log-likelihoods are divided by the bytes of the option, or by its tokens
        (``normalise="token"``), or not at all (None).
        """
        return choices.choose(self, prompts, options, normalise=normalise)

    def forget(self) -> None:
        """Drop the remembered answers."""
        self.cache.clear()

    def close(self) -> None:
        """Free the memory that the model takes; it answers no more."""
        self.forget()
        self._held.close()

    @abstractmethod
    def _tokens(self, units: list[Any]) -> Tokens:
        """Say how many tokens each unit costs."""

    @abstractmethod
    def _forward(self, tokens: Tokens, batch: list[int]) -> npt.NDArray[Any]:
        """Return the answer to each unit of a batch."""

    def _remembered(self, items: list[K], compute: Callable[[list[K]], list[bytes]]) -> list[bytes]:
        if self._held.trained_since():
            self.forget()
        return once(items, self.cache, compute)

    def _likelihoods(
        self, items: list[K], compute: Callable[[list[K]], LogLikelihoods]
    ) -> LogLikelihoods:
        """Return what `compute` gives for each item, asking for distinct unknown ones only."""

        def rows(missing: list[K]) -> list[bytes]:
            found = compute(missing)
            check_likelihoods(found.total, [str(item[1]) for item in missing], self._name)
            return [row.tobytes() for row in np.stack([found.total, found.tokens, found.bytes], 1)]

        flat = np.frombuffer(b"".join(self._remembered(items, rows)), dtype=np.float64)
        total, tokens, size = flat.reshape(len(items), 3).T
        return LogLikelihoods(total.copy(), tokens.astype(np.int64), size.astype(np.int64))

    def _run(self, units: list[Any], texts: int) -> npt.NDArray[Any]:
        """Return the answers to units of work, reporting progress in texts."""
        with show_progress(self._progress) as report:

            def scaled(done: int, total: int, /) -> None:
                report(done * texts // total, texts)

            return self.engine.score(units, scaled)

    def _warn_of_cuts(self, cut: int, of: int) -> None:
        self.cut_texts += cut
        if cut and not self._warned:
            self._warned = True
            warnings.warn(
                f"The contexts of {cut} of {of} texts were cut from their start: with its context, "
                f"a text may have {self.limit} tokens, all that {self._name} reads. What was cut "
                "has no influence on the score.",
                FairnessWarning,
                stacklevel=level_of_caller(),
            )
