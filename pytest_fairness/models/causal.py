"""A causal language model of transformers: the likelihood of texts, choices, generation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.engine import Tokens
from pytest_fairness.models.boundaries import Row, encode
from pytest_fairness.models.language import LanguageModel
from pytest_fairness.models.likelihoods import LogLikelihoods, Numbers, check_fit, pair_up, sums_of
from pytest_fairness.models.prefixes import group
from pytest_fairness.models.readout import Positions

_ROOM = 4  # a batch's remembered starts may be as many times its budget
_ALIKE = 0.75  # starts that are computed together are cut to the shortest, not shorter than this
_NOISE = {"float32": 1e-3, "float16": 0.05, "bfloat16": 0.5}


@dataclass(frozen=True)
class Unit:
    """Rows that are computed together: the first `start` tokens of all of them once."""

    start: int
    rows: tuple[Row, ...]

    @property
    def tokens(self) -> int:
        """How many tokens go through the model."""
        longest = max(len(row.ids) for row in self.rows)
        return self.start + len(self.rows) * max(1, longest - 1 - self.start)


class CausalLM(LanguageModel):
    """A causal language model of transformers, loaded.

    Log-likelihoods do not depend on which texts share a batch: within 1e-3 nats in float32. The
    narrower formats are noisier (half a nat a sentence in bfloat16), which belongs into a test's
    tolerance.
    """

    kind = "causal language model"

    def __init__(self, module: Any, tokenizer: Any, **options: Any) -> None:
        super().__init__(module, tokenizer, **options)
        self._reuses = True
        self._warm_up()

    def log_likelihood(
        self, texts: Iterable[str], *, contexts: Iterable[str] | None = None
    ) -> LogLikelihoods:
        """Return the log-likelihood of each text, given its context where there is one.

        A context is put before its text as it is, so that a space between them must be written.
        Both are tokenised as one string, and split by the number of tokens of the context alone,
        spaces at its end being the text's, as lm-evaluation-harness does. Where the tokenizer adds
        BOS by itself, it stands before all of it. Else a context is read as it is, and a text
        without a context is scored after the BOS token; of a tokenizer that knows none, the first
        token is read and not scored, and `tokens` counts one less. An empty text has no token and
        a likelihood of 1.

        Parameters
        ----------
        texts : iterable of str
        contexts : iterable of str, optional
            One per text. Contexts that are too long lose their start, with a warning.

        Raises
        ------
        ArgumentError
            If a text is longer than the model reads.
        ModelError
            If the model answers with NaN.
        """
        return self._likelihoods(pair_up(texts, contexts), self._compute)

    def generate(self, prompts: Iterable[str], **options: Any) -> list[list[str]]:
        """Write after each prompt; see `pytest_fairness.models.generation.generate`."""
        from pytest_fairness.models import generation

        written: list[list[str]] = generation.generate(self, prompts, **options)
        return written

    def _compute(self, items: list[tuple[str, str]]) -> LogLikelihoods:
        rows = encode(self.tokenizer, items)
        check_fit([row.scored for row in rows], self.limit, [text for _, text in items], self._name)
        rows = self._cut(rows)
        totals = np.zeros(len(rows))
        units, members = self._units(rows)
        for chosen in _by_kind(units):
            answers = self._run([units[i] for i in chosen], sum(len(members[i]) for i in chosen))
            for i, answer in zip(chosen, answers, strict=True):
                totals[list(members[i])] = answer
        counts = np.asarray([row.scored for row in rows], dtype=np.int64)
        return LogLikelihoods(totals, counts, np.asarray([row.bytes for row in rows]))

    def _cut(self, rows: list[Row]) -> list[Row]:
        """Drop the start of contexts that do not fit; what is read ends before the last token."""
        limit = self.limit
        if limit is None or all(len(row.ids) - 1 <= limit for row in rows):
            return rows
        cut = [_shortened(row, limit + 1, self.tokenizer.bos_token_id) for row in rows]
        self._warn_of_cuts(sum(a is not b for a, b in zip(rows, cut, strict=True)), len(rows))
        return cut

    def _units(self, rows: list[Row]) -> tuple[list[Unit], list[tuple[int, ...]]]:
        """Return the units to compute, and which rows each holds; rows without tokens are left."""
        asked = [i for i, row in enumerate(rows) if row.scored]
        found = group([rows[i].ids for i in asked]) if self._reuses else []
        plain = [(0, (i,)) for i in asked] if not self._reuses else []
        plans = [(g.start, tuple(asked[i] for i in g.members)) for g in found] + plain
        parts = [(start, part) for start, all_ in plans for part in self._split(start, all_, rows)]
        units = [Unit(start, tuple(rows[i] for i in part)) for start, part in parts]
        return units, [part for _, part in parts]

    def _split(
        self, start: int, members: tuple[int, ...], rows: list[Row]
    ) -> Iterator[tuple[int, ...]]:
        """Cut a group whose endings or whose remembered starts would not fit into one batch."""
        ending = max(len(rows[i].ids) for i in members) - start
        room = (self.engine.budget - start) // ending
        size = max(2, min(room, _ROOM * self.engine.budget // (start + ending)))
        for at in range(0, len(members), size):
            yield members[at : at + size]

    def _tokens(self, units: list[Unit]) -> Tokens:
        return Tokens([unit.tokens for unit in units], units)

    def _forward(self, tokens: Tokens, batch: list[int]) -> npt.NDArray[Any]:
        answers = np.empty(len(batch), dtype=object)
        with self._held.evaluating() as module:
            for part in _alike([tokens.columns[i].start for i in batch]):
                units = [tokens.columns[batch[i]] for i in part]
                for i, sums in zip(part, self._sums(module, units), strict=True):
                    answers[i] = sums
        return answers

    def _sums(self, module: Any, units: list[Unit]) -> list[Numbers]:
        """Return the log-likelihoods of the rows of each unit."""
        start = min(unit.start for unit in units)
        shared, past = self._shared(module, units, start)
        owners = [i for i, unit in enumerate(units) for _ in unit.rows]
        rows = [row for unit in units for row in unit.rows]
        found = self._endings(module, rows, owners, start, past)
        for i, (row, owner) in enumerate(zip(rows, owners, strict=True)):
            found[i] += shared[owner][max(0, row.first - 1) :].sum()
        return np.split(found, np.cumsum([len(unit.rows) for unit in units])[:-1])

    def _shared(self, module: Any, units: list[Unit], start: int) -> tuple[list[Numbers], Any]:
        """Return the log-probabilities of tokens 1 to `start` of each unit, and what to reuse."""
        if not start:
            return [np.zeros(0)] * len(units), None
        ids = [unit.rows[0].ids for unit in units]
        firsts = [min(row.first for row in unit.rows) for unit in units]
        where = [(i, j) for i, first in enumerate(firsts) for j in range(first, start + 1)]
        targets = [ids[i][j] for i, j in where]
        at = Positions([i for i, _ in where], [j - 1 for _, j in where], targets)
        inputs = {"input_ids": self._tensor([row[:start] for row in ids]), "use_cache": True}
        values, output = self._readout.log_probabilities(module, inputs, at)
        found = [np.zeros(start) for _ in units]
        for (i, j), value in zip(where, values, strict=True):
            found[i][j - 1] = value
        return found, output.past_key_values

    def _endings(
        self, module: Any, rows: list[Row], owners: list[int], start: int, past: Any
    ) -> Numbers:
        """Return for each row the sum over its scored tokens after `start`."""
        ids = [row.ids[start:-1] for row in rows]
        if not any(ids):
            return np.zeros(len(rows))
        inputs: dict[str, Any] = {"input_ids": self._tensor(ids), "use_cache": past is not None}
        if past is not None:
            past.batch_select_indices(self._tensor([owners])[0])
            inputs["past_key_values"] = past
        where = [(i, j) for i, row in enumerate(rows) for j in row.indices(start + 1)]
        targets = [rows[i].ids[j] for i, j in where]
        at = Positions([i for i, _ in where], [j - 1 - start for _, j in where], targets)
        values, _ = self._readout.log_probabilities(module, inputs, at)
        return sums_of(values, [i for i, _ in where], len(rows))

    def _tensor(self, rows: Sequence[Sequence[int]]) -> Any:
        """Return rows padded on the right: causal attention never looks there."""
        import torch

        width = max(map(len, rows))
        filler = self.tokenizer.pad_token_id or 0
        padded = [[*row, *[filler] * (width - len(row))] for row in rows]
        return torch.tensor(padded, dtype=torch.long, device=self.module.device)

    def _warm_up(self) -> None:
        """Run once, and learn whether rows may be padded and starts be reused."""
        rows = _probes(self.tokenizer)
        with self._held.evaluating() as module:
            self._readout.check(module, {"input_ids": self._tensor([rows[0].ids])})
        alone = np.concatenate([self._probe([Unit(0, (row,))]) for row in rows])
        try:
            padded = self._probe([Unit(0, (row,)) for row in rows])
        except (RuntimeError, ValueError):
            self.engine.max_rows = 1
        else:
            self.engine.padding = self._agree(alone, padded)
        try:
            reused = self._probe([Unit(3, rows)])
        except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError):
            self._reuses = False
        else:
            self._reuses = self.engine.padding and self._agree(alone, reused)

    def _probe(self, units: list[Unit]) -> Numbers:
        answers = self._forward(self._tokens(units), list(range(len(units))))
        return np.concatenate(list(answers))

    def _agree(self, first: Numbers, second: Numbers) -> bool:
        if not (np.isfinite(first).all() and np.isfinite(second).all()):
            return True  # the first real call says what is wrong
        return bool(np.abs(first - second).max() <= _NOISE.get(self._held.dtype, 0.5))


def _probes(tokenizer: Any) -> tuple[Row, ...]:
    """Return three rows that start alike and end at different lengths."""
    ids = encode(tokenizer, [("", "one two three four five six seven eight")])[0].ids
    ids = (ids * 8)[:8]
    return tuple(Row((*ids[:4], *end), 1, 0) for end in (ids[4:], ids[5:7], ids[6:4:-1] + ids[1:3]))


def _shortened(row: Row, limit: int, bos: int | None) -> Row:
    """Return the last tokens of a row, BOS before them where it stood there."""
    over = len(row.ids) - limit
    if over <= 0:
        return row
    keeps = 1 if row.ids[0] == bos and row.first - over > 1 else 0
    return Row(row.ids[:keeps] + row.ids[keeps + over :], row.first - over, row.bytes)


def _by_kind(units: list[Unit]) -> list[list[int]]:
    """Return the indices of units with and without a shared start, each where there are any."""
    apart = [i for i, unit in enumerate(units) if not unit.start]
    shared = [i for i, unit in enumerate(units) if unit.start]
    return [found for found in (apart, shared) if found]


def _alike(starts: Sequence[int]) -> list[list[int]]:
    """Return which of a batch's starts are computed together: those of about the same length."""
    parts: list[list[int]] = []
    for i in sorted(range(len(starts)), key=lambda i: -starts[i]):
        if parts and starts[i] >= _ALIKE * starts[parts[-1][0]]:
            parts[-1].append(i)
        else:
            parts.append([i])
    return parts
