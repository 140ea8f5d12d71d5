"""Reading answers: their text, why they ended, and log-probabilities where there are any."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from pytest_fairness.errors import ModelError

_OPENING = 2  # tokens that a server may put before a text, such as <s>


@dataclass(frozen=True)
class Answer:
    """A text that a server wrote.

    Attributes
    ----------
    text : str
        Of a refusal that the server marks, the text of the refusal.
    ended : str
        As the server says: ``"stop"``, ``"length"``, ``"content_filter"``, ...
    refused : bool
        Whether the server marks it as a refusal.
    thought : bool
        Whether there was reasoning beside the text.
    """

    text: str
    ended: str
    refused: bool = False
    thought: bool = False

    @property
    def filtered(self) -> bool:
        """Whether a content filter stopped it."""
        return self.ended == "content_filter"


def read_answer(body: Mapping[str, Any], stop: Sequence[str] = ()) -> Answer:
    """Return the answer in a response, cut before the first of `stop`: some servers leave it in.

    Examples
    --------
    >>> read_answer({"choices": [{"text": " Paris. Next", "finish_reason": "stop"}]}, ["."])
    Answer(text=' Paris', ended='stop', refused=False, thought=False)
    """
    choice = body["choices"][0]
    message = choice.get("message") or {}
    refusal = message.get("refusal")
    text = message.get("content") if "message" in choice else choice.get("text")
    cuts = [at for at in map(str(text or "").find, stop) if at >= 0]
    return Answer(
        text=str(text or refusal or "")[: min(cuts, default=None)],
        ended=str(choice.get("finish_reason") or ""),
        refused=bool(refusal),
        thought=bool(message.get("reasoning_content") or message.get("reasoning")),
    )


@dataclass(frozen=True)
class Echo:
    """The tokens of a text that was sent, each with where it starts and its log-probability."""

    starts: tuple[int, ...]
    values: tuple[float | None, ...]

    def part(self, start: int, end: int) -> tuple[float, int, int]:
        """Return the sum, the number of tokens and the first scored character of a stretch.

        A token that reaches from before `start` into the stretch belongs to it. The first token of
        all has no log-probability, since nothing stands before it.
        """
        ends = (*self.starts[1:], end)
        inside = [
            i for i, at in enumerate(self.starts) if at < end and max(ends[i], at + 1) > start
        ]
        scored = [i for i in inside if self.values[i] is not None]
        first = max(start, self.starts[scored[0]]) if scored else end
        return math.fsum(self.values[i] or 0.0 for i in scored), len(scored), first


def read_echo(body: Mapping[str, Any], text: str) -> Echo | None:
    """Return the log-probabilities of an echoed text, None where the server left them out.

    Raises
    ------
    ModelError
        If it cannot be told which token stands where in the text.
    """
    told = body["choices"][0].get("logprobs")
    if not isinstance(told, Mapping):
        return None
    tokens, values = told.get("tokens"), told.get("token_logprobs")
    if not isinstance(tokens, list) or not isinstance(values, list) or len(tokens) != len(values):
        return None
    if len(tokens) < 2 and text.strip() not in "".join(tokens):
        return None  # only what was written is told, not what was sent
    starts = _by_lengths(tokens, text) or _by_offsets(tokens, told.get("text_offset"), text)
    if starts is None:
        raise ModelError(
            f"The tokens that the server tells for {text[:60]!r} do not add up to it: "
            f"{tokens[:6]!r}. Where each starts cannot be known, so no likelihood is given. Leave "
            "such texts out, or load the model from its folder."
        )
    placed = zip(starts, values, strict=True)
    kept = [(at, value) for at, value in placed if 0 <= at < len(text)]
    return Echo(tuple(at for at, _ in kept), tuple(value for _, value in kept))


def _by_lengths(tokens: list[str], text: str) -> list[int] | None:
    """Return where tokens start if they spell the text, after one or two that open it."""
    for opening in range(_OPENING + 1):
        if "".join(tokens[opening:]).startswith(text):
            ends = list(accumulate(map(len, tokens[opening:])))
            return [-1] * opening + [0, *ends[:-1]]
    return None


def _by_offsets(tokens: list[str], offsets: Any, text: str) -> list[int] | None:
    """Return the server's own places if all whole tokens are there in the text.

    A token that is a part of a character is no text by itself.
    """
    if not isinstance(offsets, list) or len(offsets) != len(tokens) or offsets[0] != 0:
        return None
    for token, at in zip(tokens, offsets, strict=True):
        whole = "\ufffd" not in token and not token.startswith("bytes:")
        if whole and at < len(text) and not text.startswith(token, at):
            return None
    beyond = sum(at >= len(text) for at in offsets)
    return list(offsets) if beyond <= 1 else None  # one token at most was written


def read_first_tokens(body: Mapping[str, Any]) -> dict[str, float] | None:
    """Return the log-probabilities of the first token's candidates, None where left out."""
    told = body["choices"][0].get("logprobs")
    content = told.get("content") if isinstance(told, Mapping) else None
    if not content:
        return None
    candidates = content[0].get("top_logprobs") or content[:1]
    return {str(entry["token"]): float(entry["logprob"]) for entry in candidates}
