"""A causal language model of transformers: the likelihood of texts, choices, generation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from pytest_fairness.engine import Tokens
from pytest_fairness.models.boundaries import Row, encode
from pytest_fairness.models.language import LanguageModel
from pytest_fairness.models.likelihoods import LogLikelihoods, Numbers, check_fit, pair_up
from pytest_fairness.models.passes import Branches, Passes, Unit
from pytest_fairness.models.prefixes import Group, group
from pytest_fairness.models.trees import plant

_ROOM = 4  # a batch's remembered starts may be as many times its budget
_WIDEST = 2048  # nodes of a tree: what each sees of all others is spelt out
# Starts up to here are shared in a tree, longer ones in the model's cache: each of a few endings is
# compared with all the others' tokens in a tree, which costs about a pass (`PASS_TOKENS`) by then.
_LONG_START = 256
_NOISE = {"float32": 1e-3, "float16": 0.05, "bfloat16": 0.5}

_Unit: TypeAlias = "Unit | Branches"


class CausalLM(LanguageModel):
    """A causal language model of transformers, loaded.

    Log-likelihoods do not depend on which texts share a batch: within 1e-3 nats in float32. The
    narrower formats are noisier (half a nat a sentence in bfloat16), which belongs into a test's
    tolerance.
    """

    kind = "causal language model"
    has_streams = True

    def __init__(self, module: Any, tokenizer: Any, **options: Any) -> None:
        super().__init__(module, tokenizer, **options)
        self._passes = Passes(self._readout, tokenizer.pad_token_id or 0)
        self._window = _window(module.config)
        self._reuses = self._branches = True
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

    def _units(self, rows: list[Row]) -> tuple[list[_Unit], list[tuple[int, ...]]]:
        """Return the units to compute, and which rows each holds; rows without tokens are left."""
        asked = [i for i, row in enumerate(rows) if row.scored]
        singles = [Group((k,), 0) for k in range(len(asked))]
        plans = group([rows[i].ids for i in asked]) if self._reuses else singles
        groups = [(plan.start, tuple(asked[k] for k in plan.members)) for plan in plans]
        suits = [self._suits_tree(start, all_, rows) for start, all_ in groups]
        inside = [i for (_, all_), tree in zip(groups, suits, strict=True) if tree for i in all_]
        found = _in_trees(inside, rows, min(self.engine.budget, _WIDEST))
        for (start, all_), tree in zip(groups, suits, strict=True):
            if not tree:
                parts = self._split(start, all_, rows)
                found += [(Unit(start, tuple(rows[i] for i in part)), part) for part in parts]
        return [unit for unit, _ in found], [part for _, part in found]

    def _suits_tree(self, start: int, members: tuple[int, ...], rows: list[Row]) -> bool:
        fits = max(len(rows[i].ids) for i in members) <= self._window
        return self._branches and start <= _LONG_START and fits

    def _split(
        self, start: int, members: tuple[int, ...], rows: list[Row]
    ) -> Iterator[tuple[int, ...]]:
        """Cut a group whose endings or whose remembered starts would not fit into one batch."""
        ending = max(len(rows[i].ids) for i in members) - start
        room = (self.engine.budget - start) // ending
        size = max(2, min(room, _ROOM * self.engine.budget // (start + ending)))
        for at in range(0, len(members), size):
            yield members[at : at + size]

    def _tokens(self, units: list[_Unit]) -> Tokens:
        return Tokens([unit.tokens for unit in units], units)

    def _forward(self, tokens: Tokens, batch: list[int]) -> npt.NDArray[Any]:
        answers = np.empty(len(batch), dtype=object)
        with self._held.evaluating() as module:
            sums = self._passes.sums(module, [tokens.columns[i] for i in batch])
        for i, found in enumerate(sums):
            answers[i] = found
        return answers

    def _warm_up(self) -> None:
        """Run once, and learn whether rows may be padded, starts be reused and rows branch."""
        rows = _probes(self.tokenizer)
        with self._held.evaluating() as module:
            self._readout.check(module, {"input_ids": self._passes.tensor([rows[0].ids], module)})
        alone = np.concatenate([self._probe([Unit(0, (row,))]) for row in rows])
        try:
            padded = self._probe([Unit(0, (row,)) for row in rows])
        except (RuntimeError, ValueError):
            self.engine.max_rows = 1
        else:
            self.engine.padding = self._agree(alone, padded)
        self._reuses = self.engine.padding and self._works([Unit(3, rows)], alone)
        grown = [*_in_trees([0, 1, 2], rows, 100), *_in_trees([0], rows, 100)]
        order = [i for _, part in grown for i in part]
        units: list[_Unit] = [unit for unit, _ in grown]
        self._branches = self.engine.padding and self._works(units, alone[order])

    def _works(self, units: list[_Unit], expected: Numbers) -> bool:
        """Whether the model takes these units, and answers as it should."""
        try:
            found = self._probe(units)
        except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError):
            return False
        return self._agree(expected, found)

    def _probe(self, units: list[_Unit]) -> Numbers:
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


def _by_kind(units: list[_Unit]) -> list[list[int]]:
    """Return the indices of units of each kind."""
    kinds = sorted({unit.kind for unit in units})
    return [[i for i, unit in enumerate(units) if unit.kind == kind] for kind in kinds]


def _in_trees(
    members: Sequence[int], rows: Sequence[Row], room: int
) -> list[tuple[_Unit, tuple[int, ...]]]:
    """Return rows in trees of at most `room` tokens, and which rows each holds."""
    trees = plant([rows[i].ids[:-1] for i in members], room)
    parts = [tuple(members[k] for k in tree.members) for tree in trees]
    return [
        (Branches(tree, tuple(rows[i] for i in part)), part)
        for tree, part in zip(trees, parts, strict=True)
    ]


def _window(config: Any) -> float:
    """Return how far back a token sees in every layer, which a mask of ours would overrule."""
    text = config.get_text_config()
    sizes = [getattr(text, name, None) for name in ("sliding_window", "attention_chunk_size")]
    return min((size for size in sizes if size), default=math.inf)
