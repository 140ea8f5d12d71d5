"""Texts of any length, token by token: long ones in windows that overlap.

A text is tokenised whole. Where it is longer than the model reads, windows of its tokens run, each
between the same special tokens (and behind the same question) as the whole text would stand.
Neighbours share half of their tokens, and a token's answer is that of the window in which it stands
farthest from an edge that is not the text's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pytest_fairness.engine import Engine, Report, Tokens
from pytest_fairness.engine.progress import silent
from pytest_fairness.errors import ArgumentError, ModelError
from pytest_fairness.models.held import Held
from pytest_fairness.models.tokens import Reader

Rows = npt.NDArray[np.float32]
Offsets = list[tuple[int, int]]

_FEWEST = 8  # tokens of a text that a window must have room for
_PROBES = ("A short text.", "A text that is a good deal longer than the short one beside it.")
# How far an answer may move when its text is padded, as a part of the largest one.
_NOISE = {"float32": 1e-3, "float16": 0.02, "bfloat16": 0.1}


@dataclass(frozen=True, eq=False)
class Passage:
    """A text between what frames it, as tokens.

    Attributes
    ----------
    text : str
    columns : mapping of str to list of int
        What the model takes, of the whole sequence.
    first, last : int
        Where the text's own tokens begin and end in it.
    offsets : list of (int, int)
        Which characters of the text each of its tokens is.
    words : list of int or None
        To which word of the tokenizer's each belongs.
    """

    text: str
    columns: Mapping[str, list[int]]
    first: int
    last: int
    offsets: Offsets
    words: list[int | None]

    def __len__(self) -> int:
        return self.last - self.first

    @property
    def frame(self) -> int:
        """How many tokens stand around the text."""
        return len(self.columns["input_ids"]) - len(self)


class Window(NamedTuple):
    """Some of a passage's tokens, by their number in the text."""

    passage: Passage
    start: int
    end: int

    def column(self, name: str) -> list[int]:
        """Return a column of the frame with these tokens in it."""
        every, first = self.passage.columns[name], self.passage.first
        return [
            *every[:first],
            *every[first + self.start : first + self.end],
            *every[self.passage.last :],
        ]


class Windows:
    """Runs the windows of passages through a model.

    Parameters
    ----------
    held : Held
    reader : Reader
    outputs : callable
        From what the module returns to a tensor of shape (n_batch, n_tokens, n_outputs).
    batch_tokens : int
    """

    def __init__(
        self,
        held: Held,
        reader: Reader,
        tokenizer: Any,
        outputs: Callable[[Any], Any],
        batch_tokens: int,
    ) -> None:
        self._held, self._reader, self._tokenizer, self._outputs = held, reader, tokenizer, outputs
        if not getattr(tokenizer, "is_fast", False):
            raise ModelError(
                f"{held.name} has a tokenizer ({type(tokenizer).__name__}) that cannot say which "
                "characters a token is. Save it with a tokenizer.json, as fast tokenizers have."
            )
        self.engine: Engine[Window] = Engine(
            _tokens_of, self._forward, batch_tokens, release=held.free_memory
        )
        self.engine.padding = reader.can_pad and self._pads_well()

    def read(self, texts: Sequence[str], after: Sequence[str] | None = None) -> list[Passage]:
        """Tokenise texts whole, each behind its entry of `after` where that is given."""
        pair = (list(texts),) if after is None else (list(after), list(texts))
        encoded = self._tokenizer(
            *pair,
            padding=False,
            truncation=False,
            return_attention_mask=False,
            return_offsets_mapping=True,
            verbose=False,
        )
        place = len(pair) - 1
        return [_passage(text, encoded, i, place) for i, text in enumerate(texts)]

    def run(self, passages: Sequence[Passage], report: Report = silent) -> list[list[Answered]]:
        """Return the windows of each passage with the answers to all tokens of their frames."""
        parts = [self._windows(passage) for passage in passages]
        flat = [window for windows in parts for window in windows]
        rows = iter(self.engine.score(flat, report) if flat else ())
        return [[Answered(window, next(rows)) for window in windows] for windows in parts]

    def _windows(self, passage: Passage) -> list[Window]:
        room = len(passage) if self._reader.limit is None else self._reader.limit - passage.frame
        if room < min(len(passage), _FEWEST):
            raise ArgumentError(
                f"What stands around the text {passage.text[:40]!r} takes {passage.frame} of the "
                f"{self._reader.limit} tokens that {self._held.name} reads, which leaves no room "
                "for the text. Shorten the question, or raise max_length."
            )
        return [Window(passage, *ends) for ends in cuts(len(passage), room)]

    def _forward(self, tokens: Tokens, batch: list[int]) -> Any:
        with self._held.evaluating() as module:
            inputs = self._reader.collate(tokens, batch, module.device)
            found = self._outputs(module(**inputs)).float().cpu().numpy()
        lengths = [tokens.lengths[i] for i in batch]
        left = self._tokenizer.padding_side == "left"
        answers = np.empty(len(batch), dtype=object)
        for i, (rows, length) in enumerate(zip(found, lengths, strict=True)):
            answers[i] = rows[len(rows) - length :] if left else rows[:length]
        return answers

    def _pads_well(self) -> bool:
        """Whether padding leaves answers as they are."""
        tokens = _tokens_of([w for p in self.read(_PROBES) for w in self._windows(p)[:1]])
        alone = [self._forward(tokens, [i])[0] for i in range(2)]
        together = self._forward(tokens, [0, 1])
        noise = _NOISE.get(self._held.dtype, 0.1)
        return all(_agree(a, b, noise) for a, b in zip(alone, together, strict=True))


class Answered(NamedTuple):
    """A window, and the model's answers to every token of it, those of the frame too."""

    window: Window
    rows: Rows

    @property
    def own(self) -> Rows:
        """The answers to the text's own tokens."""
        first = self.window.passage.first
        return self.rows[first : first + self.window.end - self.window.start]


def cuts(n: int, room: int) -> list[tuple[int, int]]:
    """Return where windows of `room` tokens begin and end in a text of `n` tokens.

    Examples
    --------
    >>> cuts(10, 12), cuts(10, 4)
    ([(0, 10)], [(0, 4), (2, 6), (4, 8), (6, 10)])
    """
    if n <= room:
        return [(0, n)] if n else []
    starts = [*range(0, n - room, max(1, room // 2)), n - room]
    return [(start, start + room) for start in starts]


def joined(answered: Sequence[Answered]) -> Rows:
    """Return one row per token of a text, from the window in which it stands farthest inside."""
    n = len(answered[0].window.passage)
    depth = np.full(n, -1.0)
    result = np.empty((n, answered[0].rows.shape[1]), dtype=np.float32)
    for part in answered:
        _, start, end = part.window
        places = np.arange(start, end)
        left = np.inf if start == 0 else places - start
        right = np.inf if end == n else end - 1 - places
        inside = np.minimum(np.broadcast_to(left, places.shape), right)
        better = places[inside > depth[start:end]]
        result[better], depth[better] = part.own[better - start], inside[better - start]
    return result


def _passage(text: str, encoded: Any, i: int, place: int) -> Passage:
    own = [k for k, sequence in enumerate(encoded.sequence_ids(i)) if sequence == place]
    length = len(encoded["input_ids"][i])
    first, last = (own[0], own[-1] + 1) if own else (length, length)
    columns = {k: list(v[i]) for k, v in encoded.items() if k != "offset_mapping"}
    offsets = [(int(a), int(b)) for a, b in encoded["offset_mapping"][i][first:last]]
    return Passage(text, columns, first, last, offsets, encoded.word_ids(i)[first:last])


def _tokens_of(windows: list[Window]) -> Tokens:
    names = list(windows[0].passage.columns)
    columns = {name: [window.column(name) for window in windows] for name in names}
    return Tokens([len(row) for row in columns["input_ids"]], columns)


def _agree(alone: Rows, together: Rows, noise: float) -> bool:
    if not (np.isfinite(alone).all() and np.isfinite(together).all()):
        return True  # the first real call says what is wrong
    return bool(np.abs(alone - together).max() <= noise * max(1.0, float(np.abs(alone).max())))
