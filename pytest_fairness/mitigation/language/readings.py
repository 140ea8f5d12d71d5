"""From pairs of texts to what a language model is asked about them, in tokens."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from pytest_fairness.models.boundaries import encode
from pytest_fairness.models.masking import masks
from pytest_fairness.models.words import Tokenised, tokenise

MASKED_SHARE = 0.15  # of the tokens of a ordinary text, as BERT was trained


@dataclass(frozen=True)
class Reading:
    """One pass over a row of tokens.

    Attributes
    ----------
    ids : tuple of int
        What the model reads.
    places : tuple of int
        Where its expectations are looked at.
    targets : tuple of int
        The token whose probability counts at each place.
    """

    ids: tuple[int, ...]
    places: tuple[int, ...]
    targets: tuple[int, ...]


@dataclass(frozen=True)
class Side:
    """One text of a pair: its readings, and what its log-likelihood is divided by."""

    readings: tuple[Reading, ...]
    length: int


Sides = tuple[Side, Side]
TextPair = tuple[str, str]


@dataclass(frozen=True)
class CausalReader:
    """Reads from left to right: each token is expected from those before it."""

    tokenizer: Any
    max_length: int

    def texts(self, texts: Sequence[str]) -> list[list[Reading]]:
        """Return the readings of ordinary texts: one of each that has a token to score."""
        encoded = self._encode(texts)
        return [
            [_before(ids, range(first, len(ids)))] for ids, first in encoded if len(ids) > first
        ]

    def pairs(self, pairs: Sequence[TextPair], scored: str, normalise: str | None) -> list[Sides]:
        """Return the two sides of pairs; those in which no token counts are left out.

        Parameters
        ----------
        pairs : sequence of pairs of str
        scored, normalise
            As in `LanguageConfig`.
        """
        encoded = self._encode([text for pair in pairs for text in pair])
        found = []
        for pair, first, second in zip(pairs, encoded[::2], encoded[1::2], strict=True):
            chosen = _causal_choice(first, second, scored)
            if all(chosen):
                found.append(_sides(pair, (first[0], second[0]), chosen, normalise))
        return found

    def _encode(self, texts: Sequence[str]) -> list[tuple[tuple[int, ...], int]]:
        """Return each text's tokens, cut where it is too long, and the first that is scored."""
        rows = encode(self.tokenizer, [("", text) for text in texts])
        return [(row.ids[: self.max_length], row.first) for row in rows]


def _sides(
    pair: TextPair,
    rows: tuple[tuple[int, ...], tuple[int, ...]],
    chosen: list[list[int]],
    normalise: str | None,
) -> Sides:
    one, two = (
        Side((_before(ids, at),), _length(text, len(at), normalise))
        for text, ids, at in zip(pair, rows, chosen, strict=True)
    )
    return one, two


def _causal_choice(
    first: tuple[tuple[int, ...], int], second: tuple[tuple[int, ...], int], scored: str
) -> list[list[int]]:
    """Return which tokens of two rows count."""
    own = [list(range(start, len(ids))) for ids, start in (first, second)]
    if scored == "text":
        return own
    return _changed(_shared(first[0], second[0]), *own)


def _before(ids: tuple[int, ...], chosen: Iterable[int]) -> Reading:
    at = tuple(chosen)
    return Reading(ids[: at[-1]], tuple(i - 1 for i in at), tuple(ids[i] for i in at))


@dataclass(frozen=True)
class MaskedReader:
    """Reads with gaps: masked tokens are expected from all others.

    Parameters
    ----------
    tokenizer : PreTrainedTokenizerBase
        With a mask token.
    max_length : int
    maskings : int
        Readings of each ordinary text, each with 15 % of its tokens masked, drawn by `seed`.
    seed : int
    """

    tokenizer: Any
    max_length: int
    maskings: int = 1
    seed: int = 0

    def texts(self, texts: Sequence[str]) -> list[list[Reading]]:
        """Return the readings of ordinary texts that have a token to score."""
        tokenised = zip(texts, tokenise(self.tokenizer, texts), strict=True)
        return [found for text, tokens in tokenised if (found := list(self._drawn(text, tokens)))]

    def pairs(self, pairs: Sequence[TextPair], scored: str, normalise: str | None) -> list[Sides]:
        """Return the two sides of pairs; those in which no token counts are left out.

        Tokens that differ are masked together, all tokens of a text one at a time, each with the
        rest of its word (Kauf and Ivanova 2023).
        """
        tokenised = tokenise(self.tokenizer, [text for pair in pairs for text in pair])
        found = []
        for pair, *rows in zip(pairs, tokenised[::2], tokenised[1::2], strict=True):
            chosen = self._choice(rows[0], rows[1], scored)
            if all(chosen):
                one, two = (
                    Side(self._readings(tokens, at, scored), _length(text, len(at), normalise))
                    for text, tokens, at in zip(pair, rows, chosen, strict=True)
                )
                found.append((one, two))
        return found

    def _choice(self, first: Tokenised, second: Tokenised, scored: str) -> list[list[int]]:
        own = [self._own(first), self._own(second)]
        if scored == "text":
            return own
        return _changed(_shared(first.ids, second.ids), *own)

    def _readings(self, tokens: Tokenised, at: list[int], scored: str) -> tuple[Reading, ...]:
        if scored == "changed":
            return (self._reading(tokens.ids, at, at),)
        return tuple(self._reading(tokens.ids, masks(tokens, i, True), [i]) for i in at)

    def _drawn(self, text: str, tokens: Tokenised) -> Iterator[Reading]:
        own = self._own(tokens)
        rng = random.Random(f"{self.seed} {text}")
        for _ in range(self.maskings if own else 0):
            at = sorted(rng.sample(own, max(1, round(MASKED_SHARE * len(own)))))
            yield self._reading(tokens.ids, at, at)

    def _own(self, tokens: Tokenised) -> list[int]:
        last = min(len(tokens.ids), self.max_length)
        return [i for i in range(last) if not tokens.special[i]]

    def _reading(self, ids: tuple[int, ...], masked: Sequence[int], read: Sequence[int]) -> Reading:
        seen = list(ids)
        for i in masked:
            seen[i] = self.tokenizer.mask_token_id
        return Reading(tuple(seen[: self.max_length]), tuple(read), tuple(ids[i] for i in read))


def _shared(first: Sequence[int], second: Sequence[int]) -> list[tuple[int, int]]:
    """Return where the tokens that both rows share stand in each, in order."""
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    return [
        (block.a + k, block.b + k)
        for block in matcher.get_matching_blocks()
        for k in range(block.size)
    ]


def _changed(
    shared: Sequence[tuple[int, int]], first: Sequence[int], second: Sequence[int]
) -> list[list[int]]:
    same = {i for i, _ in shared}, {j for _, j in shared}
    return [
        [i for i in own if i not in known] for own, known in zip((first, second), same, strict=True)
    ]


def _length(text: str, tokens: int, normalise: str | None) -> int:
    if normalise is None:
        return 1
    return tokens if normalise == "token" else len(text.encode())
