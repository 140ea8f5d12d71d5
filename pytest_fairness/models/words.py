"""Which tokens of a text are parts of one word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_INSIDE = "##"  # WordPiece marks what goes on
_STARTS = ("▁", "Ġ")  # SentencePiece and byte-level BPE mark what begins


@dataclass(frozen=True)
class Tokenised:
    """A text as a model reads it, frame and all.

    Attributes
    ----------
    ids : tuple of int
    special : tuple of bool
        Which tokens the tokenizer added by itself.
    spans : tuple of (int, int)
        The characters of each token without the spaces around them; empty of special tokens, and
        all empty where the tokenizer does not tell.
    words : tuple of int
        A number for each token, the same for tokens of one word, and -1 for special tokens.
    """

    ids: tuple[int, ...]
    special: tuple[bool, ...]
    spans: tuple[tuple[int, int], ...]
    words: tuple[int, ...]


def tokenise(tokenizer: Any, texts: Sequence[str]) -> list[Tokenised]:
    """Tokenise texts, and say which tokens belong to one word.

    A word ends where the tokenizer splits texts before it looks for tokens (of BERT: at spaces,
    punctuation and around each Chinese character), and at spaces in any case: a tokenizer of
    SentencePiece may split nowhere. Tokenizers that do not tell are read by the marks on their
    tokens: ``##`` inside a word, ``▁`` or ``Ġ`` at its start.
    """
    encoded = tokenizer(
        list(texts),
        padding=False,
        return_attention_mask=False,
        return_special_tokens_mask=True,
        return_offsets_mapping=bool(tokenizer.is_fast),
        verbose=False,
    )
    return [_one(tokenizer, encoded, i, text) for i, text in enumerate(texts)]


def _one(tokenizer: Any, encoded: Any, index: int, text: str) -> Tokenised:
    ids = tuple(encoded["input_ids"][index])
    special = tuple(map(bool, encoded["special_tokens_mask"][index]))
    if not tokenizer.is_fast:
        names = tokenizer.convert_ids_to_tokens(list(ids))
        return Tokenised(ids, special, ((0, 0),) * len(ids), words_by_marks(names, special))
    spans = tuple(_trimmed(text, *span) for span in encoded["offset_mapping"][index])
    return Tokenised(ids, special, spans, _words(text, special, spans, encoded.word_ids(index)))


def words_by_marks(names: Sequence[str], special: Sequence[bool]) -> tuple[int, ...]:
    """Return a word's number for each token, from what its name begins with.

    Examples
    --------
    >>> words_by_marks(["[CLS]", "nurs", "##es", "led", "[SEP]"], [True, False, False, False, True])
    (-1, 1, 1, 2, -1)
    >>> words_by_marks(["▁nur", "ses", "▁led"], [False, False, False])
    (1, 1, 2)
    """
    marked = any(name.startswith(_STARTS) for name in names)
    found, word = [], 0
    for i, (name, added) in enumerate(zip(names, special, strict=True)):
        begins = name.startswith(_STARTS) if marked else not name.startswith(_INSIDE)
        if not added and (begins or i == 0 or special[i - 1]):
            word += 1
        found.append(-1 if added else word)
    return tuple(found)


def _words(
    text: str,
    special: Sequence[bool],
    spans: Sequence[tuple[int, int]],
    split: Sequence[int | None],
) -> tuple[int, ...]:
    found, word, end, before = [], 0, 0, None
    for added, (start, stop), own in zip(special, spans, split, strict=True):
        if added:
            found.append(-1)
            before = None
            continue
        if own is None or own != before or any(c.isspace() for c in text[end:start]):
            word += 1
        before, end = own, stop
        found.append(word)
    return tuple(found)


def _trimmed(text: str, start: int, stop: int) -> tuple[int, int]:
    """Return a span without the spaces at its ends."""
    piece = text[start:stop]
    return start + len(piece) - len(piece.lstrip()), stop - len(piece) + len(piece.rstrip())
