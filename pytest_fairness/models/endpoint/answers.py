"""Reading answers: their text, why they ended, and log-probabilities where there are any."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


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
    """Return the log-probabilities of an echoed text, None where the server left them out."""
    told = body["choices"][0].get("logprobs")
    if not isinstance(told, Mapping):
        return None
    starts, values = told.get("text_offset"), told.get("token_logprobs")
    if not isinstance(starts, list) or not isinstance(values, list) or len(starts) != len(values):
        return None
    kept = [(at, value) for at, value in zip(starts, values, strict=True) if at < len(text)]
    if not kept or kept[0][0] != 0:  # only what was written is told, not what was sent
        return None
    return Echo(tuple(at for at, _ in kept), tuple(value for _, value in kept))


def read_first_tokens(body: Mapping[str, Any]) -> dict[str, float] | None:
    """Return the log-probabilities of the first token's candidates, None where left out."""
    told = body["choices"][0].get("logprobs")
    content = told.get("content") if isinstance(told, Mapping) else None
    if not content:
        return None
    return {str(entry["token"]): float(entry["logprob"]) for entry in content[0]["top_logprobs"]}
