"""From texts to the tensors that a transformers model takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.engine import Tokens
from pytest_fairness.errors import ArgumentError

_NO_LIMIT = 1_000_000  # tokenizers that know no limit claim 1e30
_POSITION_TABLES = ("position_embeddings", "wpe")
_FILLERS = ("bos_token_id", "eos_token_id", "pad_token_id", "unk_token_id")

Column = list[list[int]]


class Reader:
    """Tokenises texts in bulk, and pads batches of them.

    Attributes
    ----------
    limit : int or None
        Tokens that the model reads of a text; the rest is cut.
    can_pad : bool
        Whether the tokenizer has a padding token.
    """

    def __init__(self, tokenizer: Any, module: Any, max_length: int | None = None) -> None:
        self.limit = _limit(tokenizer, module, max_length)
        self.can_pad = tokenizer.pad_token_id is not None
        self._tokenizer = tokenizer
        self._fillers = {
            "input_ids": tokenizer.pad_token_id or 0,
            "token_type_ids": tokenizer.pad_token_type_id,
        }
        # Models of transformers take a missing mask as "no padding"; others may insist on one.
        self._always_mask = not type(module).__module__.startswith("transformers.")

    def read(self, texts: list[str]) -> Tokens:
        """Tokenise texts; those longer than the limit are cut, and counted."""
        columns = self._encode(texts)
        ids = columns["input_ids"]
        too_long = [i for i, row in enumerate(ids) if self.limit and len(row) > self.limit]
        if too_long:
            cut = self._encode([texts[i] for i in too_long], truncation=True, max_length=self.limit)
            _replace(columns, too_long, cut)
        empty = [i for i, row in enumerate(ids) if not row]
        if empty:  # a tokenizer that adds nothing of its own makes nothing of an empty text
            _replace(columns, empty, {name: [[self._filler()]] * len(empty) for name in columns})
        return Tokens([len(row) for row in ids], columns, len(too_long))

    def collate(self, tokens: Tokens, batch: list[int], device: Any) -> dict[str, Any]:
        """Return the model's arguments for a batch, with a mask where texts are padded."""
        import torch

        lengths = np.asarray([tokens.lengths[i] for i in batch])
        arrays = {
            name: self._pad([column[i] for i in batch], lengths, self._fillers.get(name, 0))
            for name, column in tokens.columns.items()
        }
        if self._always_mask or lengths.min() < lengths.max():
            ones = [[1] * length for length in lengths]
            arrays["attention_mask"] = self._pad(ones, lengths, 0)
        return {name: torch.from_numpy(array).to(device) for name, array in arrays.items()}

    def _encode(self, texts: list[str], **options: Any) -> dict[str, Column]:
        # padding=False also overrules what tokenizer.json may say about padding
        encoded = self._tokenizer(
            texts, padding=False, return_attention_mask=False, verbose=False, **options
        )
        return dict(encoded)

    def _pad(
        self, rows: Column, lengths: npt.NDArray[np.int64], filler: int
    ) -> npt.NDArray[np.int64]:
        width = int(lengths.max())
        if lengths.min() == width:
            return np.asarray(rows, dtype=np.int64)
        padded = np.full((len(rows), width), filler, dtype=np.int64)
        left = self._tokenizer.padding_side == "left"
        for target, row in zip(padded, rows, strict=True):
            if left:
                target[width - len(row) :] = row
            else:
                target[: len(row)] = row
        return padded

    def _filler(self) -> int:
        ids = (getattr(self._tokenizer, name, None) for name in _FILLERS)
        return next((int(found) for found in ids if found is not None), 0)


def _replace(columns: dict[str, Column], indices: Sequence[int], by: dict[str, Column]) -> None:
    for name, column in columns.items():
        for index, row in zip(indices, by[name], strict=True):
            column[index] = row


def _limit(tokenizer: Any, module: Any, max_length: int | None) -> int | None:
    """Return how many tokens the model reads, or `max_length` where that is less."""
    known = [tokenizer.model_max_length, _positions(module)]
    limit = min((int(n) for n in known if n and n < _NO_LIMIT), default=None)
    if max_length is None:
        return limit
    shortest = 1 + tokenizer.num_special_tokens_to_add()
    if not shortest <= max_length <= (limit or max_length):
        raise ArgumentError(
            f"max_length={max_length!r} must lie in [{shortest}, {limit or 'any'}]: the model "
            f"reads at most {limit} tokens. Leave it out to use them all."
        )
    return max_length


def _positions(module: Any) -> int | None:
    """Return how many positions the model has learned; some tables keep their first rows back."""
    for name, child in module.named_modules():
        if name.rpartition(".")[2] in _POSITION_TABLES and hasattr(child, "num_embeddings"):
            padding = getattr(child, "padding_idx", None)
            return int(child.num_embeddings) - (0 if padding is None else padding + 1)
    return getattr(module.config, "max_position_embeddings", None)
