"""Run texts through a model in batches that fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from pytest_fairness.engine.batches import pack
from pytest_fairness.engine.memory import is_out_of_memory
from pytest_fairness.engine.progress import Report, silent
from pytest_fairness.errors import ModelError

# 1,024 to 2,048 padded tokens come within noise of each other on a CPU; less leaves the matrix
# products too small, more pushes their operands out of the cache.
BATCH_TOKENS = 2048
CHUNK = 16_384  # texts that are tokenised at a time, so that a large job's tokens fit in memory

T = TypeVar("T")
Rows = npt.NDArray[Any]


@dataclass(frozen=True)
class Tokens:
    """Tokenised texts: how long each is, what the model needs of them, how many were cut.

    What a batch holds need not be a text: the length of a unit is how many tokens it costs.
    """

    lengths: Sequence[int]
    columns: Any
    cut: int = 0


def _nothing() -> None:
    """Release nothing."""


@dataclass
class Engine(Generic[T]):
    """Turns distinct texts, or other units of work, into rows of numbers.

    Attributes
    ----------
    tokenise : callable
        From a list of texts to `Tokens`.
    forward : callable
        From `Tokens` and the indices of a batch to an array of shape (n_batch, n_outputs), or of
        shape (n_batch,), of objects where units have answers of different sizes.
    budget : int
        Padded tokens of a batch. Halved when memory runs out, and kept so.
    padding : bool
        Whether texts of different lengths may share a batch.
    max_rows : int or None
        Texts of a batch, at most.
    release : callable
        Frees what a failed batch left behind.
    cut : int
        How many texts were longer than the model reads, so far.
    """

    tokenise: Callable[[list[T]], Tokens]
    forward: Callable[[Tokens, list[int]], Rows]
    budget: int = BATCH_TOKENS
    padding: bool = True
    max_rows: int | None = None
    release: Callable[[], None] = _nothing
    cut: int = 0

    def score(self, texts: list[T], report: Report = silent) -> Rows:
        """Return an array of shape (n_texts, n_outputs), in the order of `texts`.

        Which texts share a batch depends on their lengths alone, never on their order.

        Raises
        ------
        ModelError
            If a single text does not fit into memory.
        """
        parts = []
        for start in range(0, len(texts), CHUNK):
            chunk = texts[start : start + CHUNK]
            parts.append(self._score_chunk(chunk, _Offset(report, start, len(texts))))
        return np.concatenate(parts)

    def _score_chunk(self, texts: list[T], report: _Offset) -> Rows:
        tokens = self.tokenise(texts)
        self.cut += tokens.cut
        answers: list[tuple[list[int], Rows]] = []
        waiting = self._pack(tokens, range(len(texts)))
        while waiting:
            batch = waiting.pop()
            rows = self._try(tokens, batch)
            if rows is None:
                self._halve(tokens, batch)
                waiting = self._pack(tokens, [*batch, *(i for b in waiting for i in b)])
                continue
            answers.append((batch, rows))
            report.add(len(batch))
        return _in_order(answers, len(texts))

    def _pack(self, tokens: Tokens, indices: Sequence[int]) -> list[list[int]]:
        """Return batches in reverse, so that the longest texts are popped first."""
        ordered = sorted(indices)
        packed = pack(
            [tokens.lengths[i] for i in ordered],
            self.budget,
            padding=self.padding,
            max_rows=self.max_rows,
        )
        return [[ordered[i] for i in batch] for batch in reversed(packed)]

    def _try(self, tokens: Tokens, batch: list[int]) -> Rows | None:
        """Return the rows of a batch, or None when it did not fit into memory."""
        try:
            return self.forward(tokens, batch)
        except Exception as err:  # whatever it is, only running out of memory is ours to handle
            if not is_out_of_memory(err):
                raise
            if len(batch) == 1:
                raise ModelError(_too_long(tokens.lengths[batch[0]])) from err
        return None  # outside the handler, where the failed batch's tensors are gone

    def _halve(self, tokens: Tokens, batch: list[int]) -> None:
        self.release()
        width = max(tokens.lengths[i] for i in batch)
        self.budget = len(batch) * width // 2


@dataclass
class _Offset:
    """Reports the progress of a chunk as that of the whole job."""

    report: Report
    done: int
    total: int

    def add(self, count: int) -> None:
        self.done += count
        self.report(self.done, self.total)


def _in_order(answers: list[tuple[list[int], Rows]], n: int) -> Rows:
    first = answers[0][1]
    result = np.empty((n, *first.shape[1:]), dtype=first.dtype)
    for batch, rows in answers:
        result[batch] = rows
    return result


def _too_long(length: int) -> str:
    return (
        f"A single text of {length} tokens does not fit into the device's memory. Cut texts with "
        "max_length=, load the model with dtype='bfloat16', or choose another device."
    )
