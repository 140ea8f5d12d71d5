"""What a model's own generation settings forbid or force, such as a first token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def ends_of(module: Any, tokenizer: Any) -> frozenset[int]:
    """Return the tokens that end a text, by the settings of the model and by its tokenizer."""
    settings = getattr(module, "generation_config", None)
    named = getattr(settings, "eos_token_id", None)
    own = named if isinstance(named, (list, tuple)) else [named]
    return frozenset(int(i) for i in (*own, tokenizer.eos_token_id) if i is not None)


def first_of_decoder(module: Any) -> int:
    """Return the token that a decoder starts with."""
    settings, config = getattr(module, "generation_config", None), module.config
    names = ("decoder_start_token_id", "bos_token_id", "pad_token_id")
    found = (getattr(source, name, None) for name in names for source in (settings, config))
    return next((int(i) for i in found if i is not None), 0)


def rules_of(module: Any, before: int, tokens: int) -> Callable[[Any, Any], Any]:
    """Return the settings of a model that change which token may follow, as one function.

    Those are penalties for repetition, repeated n-grams, bad words, suppressed tokens, and forced
    first and last tokens. Settings of sampling and beams are left to the caller.

    Parameters
    ----------
    module
        Of transformers.
    before : int
        Tokens that the decoder has read before the first new one.
    tokens : int
        How many new ones there may be.
    """
    settings = getattr(module, "generation_config", None)
    chosen = [make(settings) for make in _makers(before, tokens)] if settings else []
    rules = [rule for rule in chosen if rule is not None]

    def apply(seen: Any, logits: Any) -> Any:
        for rule in rules:
            logits = rule(seen, logits)
        return logits

    return apply


def _makers(before: int, tokens: int) -> list[Callable[[Any], Any]]:
    from transformers.generation import logits_process as ready

    def when(name: str, make: Callable[[Any], Any], neutral: Any = None) -> Callable[[Any], Any]:
        def made(settings: Any) -> Any:
            value = getattr(settings, name, None)
            return None if value is None or value == neutral else make(value)

        return made

    last = before + tokens
    return [
        when("repetition_penalty", ready.RepetitionPenaltyLogitsProcessor, 1.0),
        when("no_repeat_ngram_size", ready.NoRepeatNGramLogitsProcessor, 0),
        when("bad_words_ids", lambda ids: ready.NoBadWordsLogitsProcessor(ids, None)),
        when("suppress_tokens", ready.SuppressTokensLogitsProcessor),
        when(
            "begin_suppress_tokens",
            lambda ids: ready.SuppressTokensAtBeginLogitsProcessor(ids, before),
        ),
        when("forced_bos_token_id", lambda i: _ForcedFirst(i, before)),
        when("forced_eos_token_id", lambda i: ready.ForcedEOSTokenLogitsProcessor(last, i)),
    ]


class _ForcedFirst:
    """Leaves one choice for the first new token."""

    def __init__(self, token: int, before: int) -> None:
        self._token, self._before = token, before

    def __call__(self, seen: Any, logits: Any) -> Any:
        """Return logits of minus infinity for every other token."""
        if seen.shape[1] != self._before:
            return logits
        forced = logits.new_full(logits.shape, float("-inf"))
        forced[:, self._token] = 0
        return forced
