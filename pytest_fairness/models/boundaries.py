"""Where a context ends and the text that is scored begins, in tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pytest_fairness.models.prefixes import common


@dataclass(frozen=True)
class Row:
    """A context with its text as tokens.

    Attributes
    ----------
    ids : tuple of int
        What the model reads.
    first : int
        Index of the first token that is scored; all that follow are.
    bytes : int
        UTF-8 bytes that are scored.
    """

    ids: tuple[int, ...]
    first: int
    bytes: int

    @property
    def scored(self) -> int:
        """How many tokens are scored."""
        return len(self.ids) - self.first

    def indices(self, start: int = 0) -> range:
        """Return the indices of the scored tokens from `start` on."""
        return range(max(self.first, start), len(self.ids))


def encode(tokenizer: Any, items: Sequence[tuple[str, str]]) -> list[Row]:
    """Tokenise contexts with their texts as one string each, and find where the texts begin.

    The convention is that of lm-evaluation-harness: spaces at the end of the context go to the
    text, context and text are tokenised as one string, and as many tokens as the context alone
    has belong to the context. At least one token is left to a text that is not empty.

    What the tokenizer itself puts before a text (BOS, of many) stands there once. Where it puts
    nothing and there is no context, the text starts after the BOS token that the tokenizer knows;
    where it knows none, the first token is read and not scored.
    """
    split = [_move_spaces(context, text) for context, text in items]
    whole = _ids(tokenizer, [context + text for context, text in split])
    before = _ids(tokenizer, [context for context, _ in split])
    frame = own_start(tokenizer)
    return [
        _row(tokenizer, frame, ids, _boundary(ids, context), text)
        for ids, context, (_, text) in zip(whole, before, items, strict=True)
    ]


def own_start(tokenizer: Any) -> tuple[int, ...]:
    """Return the tokens that a tokenizer puts before every text by itself."""
    probe = "a"
    framed = _ids(tokenizer, [probe], special=True)[0]
    plain = _ids(tokenizer, [probe])[0]
    for start in range(len(framed) - len(plain) + 1):
        if framed[start : start + len(plain)] == plain:
            return tuple(framed[:start])
    return ()


def _row(tokenizer: Any, frame: tuple[int, ...], ids: list[int], at: int, text: str) -> Row:
    size = len(text.encode())
    bos = tokenizer.bos_token_id
    start = frame if frame or at or bos is None else (bos,)
    if ids[: len(start)] == list(start):  # the text, such as that of a chat, brings its own
        start = ()
    first = len(start) + at
    if first == 0 and ids:
        return Row(tuple(ids), 1, size - _first_bytes(tokenizer, ids, text))
    return Row((*start, *ids), first, size)


def _boundary(ids: list[int], context: list[int]) -> int:
    """Return how many tokens are the context's; one at least is the text's."""
    if len(ids) == len(context) == common(ids, context):
        return len(ids)
    return min(len(context), len(ids) - 1)


def _move_spaces(context: str, text: str) -> tuple[str, str]:
    kept = context.rstrip() if text else context
    return kept, context[len(kept) :] + text


def _first_bytes(tokenizer: Any, ids: list[int], text: str) -> int:
    """Return the bytes of the first token of a text."""
    if not tokenizer.is_fast:
        return len(str(tokenizer.decode(ids[:1])).encode())
    found = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    return len(text[: found["offset_mapping"][0][1]].encode())


def _ids(tokenizer: Any, texts: list[str], special: bool = False) -> list[list[int]]:
    encoded = tokenizer(
        texts,
        add_special_tokens=special,
        padding=False,
        return_attention_mask=False,
        verbose=False,
    )
    return [list(ids) for ids in encoded["input_ids"]]
