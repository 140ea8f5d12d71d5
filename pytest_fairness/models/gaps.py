"""Texts with a gap for a masked language model to fill, and the words that may fill it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pytest_fairness.errors import ArgumentError

MASK = "[MASK]"


@dataclass(frozen=True)
class Gap:
    """A text as tokens, where its first gap is, and whether a space stands before that."""

    ids: tuple[int, ...]
    at: int
    spaced: bool


def find_gaps(tokenizer: Any, texts: Sequence[str]) -> list[Gap]:
    """Tokenise texts, each with `MASK` or the tokenizer's own mask token in it.

    Raises
    ------
    ArgumentError
        If a text has no gap.
    """
    own = tokenizer.mask_token
    written = [text.replace(MASK, own) for text in texts]
    for text, changed in zip(texts, written, strict=True):
        if own not in changed:
            raise ArgumentError(f"{text!r} has no {MASK}. Write {MASK} where a word is expected.")
    rows = tokenizer(written, padding=False, return_attention_mask=False, verbose=False)
    return [
        Gap(tuple(ids), ids.index(tokenizer.mask_token_id), _spaced(text, own))
        for ids, text in zip(rows["input_ids"], written, strict=True)
    ]


def target_ids(tokenizer: Any, targets: Sequence[str], spaced: bool) -> tuple[int, ...]:
    """Return the token of each target, in the form that follows a space or that does not.

    Raises
    ------
    ArgumentError
        If a target is not one token.
    """
    return tuple(_target_id(tokenizer, target, spaced) for target in targets)


def _target_id(tokenizer: Any, target: str, spaced: bool) -> int:
    forms = [f" {target}", target] if spaced else [target, f" {target}"]
    for form in forms:
        ids = tokenizer(form, add_special_tokens=False)["input_ids"]
        if len(ids) == 1 and ids[0] != tokenizer.unk_token_id:
            return int(ids[0])
    pieces = ", ".join(tokenizer.tokenize(target)) or "nothing"
    raise ArgumentError(
        f"targets has {target!r}, which is not one token of this model ({pieces}). Choose a word "
        "that its vocabulary has, or compare whole sentences with log_likelihood."
    )


def _spaced(text: str, mask: str) -> bool:
    before = text[: text.index(mask)]
    return before[-1:].isspace()
