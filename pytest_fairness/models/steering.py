"""Language models steered by what they would say in other contexts: writing, and likelihoods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.engine import Engine, Tokens, show_progress
from pytest_fairness.errors import ArgumentError
from pytest_fairness.models.boundaries import Row, encode, own_start
from pytest_fairness.models.decoding import Writing
from pytest_fairness.models.likelihoods import LogLikelihoods, check_likelihoods
from pytest_fairness.models.readout import Positions, at_targets

Mix = Callable[[Any, Sequence[Any]], Any]
_CHUNK = 64  # positions that are mixed at a time, each with several vocabularies of logits


@dataclass(frozen=True)
class Steering:
    """What is read beside each prompt, and how it changes which token comes next.

    Attributes
    ----------
    before : tuple of str
        Each is put before the prompt and read beside it.
    mix : callable
        From the logits of the prompt, and a list of the logits beside it, to logits; all of shape
        (n_rows, n_tokens).
    """

    before: tuple[str, ...]
    mix: Mix

    def beside(self, prompts: Sequence[str]) -> list[list[str]]:
        """Return what is read beside the prompts: a list of them for each text put before.

        Examples
        --------
        >>> Steering(("Rude: ", "Kind: "), lambda own, beside: own).beside(["Hello", "Yes"])
        [['Rude: Hello', 'Rude: Yes'], ['Kind: Hello', 'Kind: Yes']]
        """
        return [[start + prompt for prompt in prompts] for start in self.before]


class Steered:
    """A batch of prompts that is written together with batches read beside it.

    Repetition and the like are judged by what stands in the prompt itself.
    """

    def __init__(self, own: Writing, beside: Sequence[Writing], mix: Mix) -> None:
        self._own, self._beside, self._mix = own, list(beside), mix

    @property
    def seen(self) -> Any:
        """What stands before the next token, in the prompt's own batch."""
        return self._own.seen

    def start(self) -> Any:
        """Read the prompts, and return the logits of what follows each."""
        return self._mix(self._own.start(), [each.start() for each in self._beside])

    def step(self, tokens: Any) -> Any:
        """Read one more token of each row, wherever it is read."""
        return self._mix(self._own.step(tokens), [each.step(tokens) for each in self._beside])

    def select(self, rows: Any) -> None:
        """Keep these rows."""
        for each in (self._own, *self._beside):
            each.select(rows)


def log_likelihood(
    model: Any, items: Sequence[tuple[str, str]], steering: Steering
) -> LogLikelihoods:
    """Return the log-likelihoods of texts after their contexts, under the steered distribution.

    What is read beside is put before context and text as tokens of its own, after the token that
    a text starts with, so that the tokens scored are the same everywhere.

    Parameters
    ----------
    model : CausalLM
    items : sequence of (str, str)
        Context, empty where there is none, and text.
    steering : Steering

    Raises
    ------
    ArgumentError
        If a text is longer than the model reads, with what is put before it.
    ModelError
        If the model answers with NaN.
    """
    scorer = _Scorer(model, steering)
    rows = encode(model.tokenizer, items)
    scorer.check_lengths(rows, items)
    totals = scorer.run(rows)
    check_likelihoods(totals, [text for _, text in items], model.info.name)
    counts = np.asarray([row.scored for row in rows], dtype=np.int64)
    return LogLikelihoods(totals, counts, np.asarray([row.bytes for row in rows], dtype=np.int64))


class _Scorer:
    """Runs rows through the engine's batches, once as they are and once after each prefix."""

    def __init__(self, model: Any, steering: Steering) -> None:
        self._model, self._mix = model, steering.mix
        tokenizer = model.tokenizer
        self._starts = {own_start(tokenizer), (tokenizer.bos_token_id,)}
        self._before = [()] + [
            tuple(tokenizer(text, add_special_tokens=False)["input_ids"])
            for text in steering.before
        ]
        self._longest = max(map(len, self._before))

    def check_lengths(self, rows: Sequence[Row], items: Sequence[tuple[str, str]]) -> None:
        """Refuse what does not fit: no context is cut here."""
        limit = self._model.limit
        for row, (context, text) in zip(rows, items, strict=True):
            if limit is not None and len(row.ids) - 1 + self._longest > limit:
                raise ArgumentError(
                    f"The text {(context + text)[:60]!r} has {len(row.ids)} tokens, and "
                    f"{self._longest} are put before it, but {self._model.info.name} reads {limit}."
                    " Shorten the text or its context."
                )

    def run(self, rows: Sequence[Row]) -> npt.NDArray[np.float64]:
        """Return the log-likelihood of each row, equal ones computed once."""
        asked = list(dict.fromkeys(row for row in rows if row.scored))
        scoring = self._model.engine
        engine: Engine[Row] = Engine(
            self._cost,
            self._forward,
            max(1, scoring.budget // len(self._before)),
            padding=scoring.padding,
            max_rows=scoring.max_rows,
            release=self._model._held.free_memory,
        )
        with show_progress(self._model._progress) as report:
            found = dict(zip(asked, engine.score(asked, report), strict=True)) if asked else {}
        return np.asarray([found.get(row, 0.0) for row in rows], dtype=np.float64)

    def _cost(self, rows: list[Row]) -> Tokens:
        return Tokens([len(row.ids) + self._longest for row in rows], rows)

    def _forward(self, tokens: Tokens, batch: list[int]) -> npt.NDArray[Any]:
        rows: list[Row] = [tokens.columns[i] for i in batch]
        owners = [i for i, row in enumerate(rows) for _ in row.indices()]
        targets = [row.ids[j] for row in rows for j in row.indices()]
        with self._model._held.evaluating() as module:
            own, *beside = [self._logits(module, rows, before) for before in self._before]
            values = self._at_targets(own, beside, targets)
        return np.bincount(owners, values, len(rows))

    def _logits(self, module: Any, rows: list[Row], before: tuple[int, ...]) -> Any:
        """Return the logits of every scored token, of shape (n_scored, n_vocabulary)."""
        read = [self._joined(row, before) for row in rows]
        where = [(i, j) for i, row in enumerate(read) for j in row.indices()]
        at = Positions([i for i, _ in where], [j - 1 for _, j in where], [])
        ids = self._model._passes.tensor([row.ids[:-1] for row in read], module)
        logits, _ = self._model._readout.run(module, {"input_ids": ids, "use_cache": False}, at)
        return logits

    def _joined(self, row: Row, before: tuple[int, ...]) -> Row:
        starts = [len(s) for s in self._starts if s and row.ids[: len(s)] == s]
        at = min(max(starts, default=0), row.first)
        return Row((*row.ids[:at], *before, *row.ids[at:]), row.first + len(before), row.bytes)

    def _at_targets(self, own: Any, beside: list[Any], targets: list[int]) -> Any:
        parts = []
        for at in range(0, len(targets), _CHUNK):
            part = slice(at, at + _CHUNK)
            mixed = self._mix(own[part].float(), [each[part].float() for each in beside])
            parts.append(at_targets(mixed, range(len(mixed)), targets[part]))
        return np.concatenate(parts)
