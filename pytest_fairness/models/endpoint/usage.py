"""What the requests of a session were, and what they cost."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pytest_fairness.errors import ArgumentError


@dataclass(frozen=True)
class Usage:
    """Counts since an endpoint was loaded.

    Attributes
    ----------
    requests : int
        Requests that were sent, with those that were sent again.
    retries : int
        How many of them were sent again.
    answers : int
        Answers that the server gave.
    cached : int
        Answers that the cache gave instead.
    prompt_tokens, completion_tokens : int
        As the server counts them.
    uncounted : int
        Answers whose tokens the server did not tell.
    empty, filtered, refused : int
        Answers, from the server or the cache, without text; stopped by a content filter; marked as
        refusals by the server.
    cost : float or None
        In the currency of the prices; None where no prices were given, or where tokens are
        uncounted.
    """

    requests: int = 0
    retries: int = 0
    answers: int = 0
    cached: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    uncounted: int = 0
    empty: int = 0
    filtered: int = 0
    refused: int = 0
    cost: float | None = None


class Counter:
    """Adds up from several threads.

    Parameters
    ----------
    prices : (float, float), optional
        For a million tokens that are read, and for a million that are written.
    """

    def __init__(self, prices: tuple[float, float] | None = None) -> None:
        self._prices = None if prices is None else _checked(prices)
        self._counts = Usage()
        self._lock = threading.Lock()

    def add(self, **counts: int) -> None:
        """Add to the named counts."""
        with self._lock:
            old = self._counts
            self._counts = replace(old, **{k: getattr(old, k) + v for k, v in counts.items()})

    def add_answer(self, body: Mapping[str, Any]) -> None:
        """Count an answer and the tokens that the server says it took."""
        told = body.get("usage")
        read = told.get("prompt_tokens") if isinstance(told, Mapping) else None
        written = told.get("completion_tokens") if isinstance(told, Mapping) else None
        if isinstance(read, int) and isinstance(written or 0, int):
            self.add(answers=1, prompt_tokens=read, completion_tokens=written or 0)
        else:
            self.add(answers=1, uncounted=1)

    def total(self) -> Usage:
        """Return the counts so far, with their cost."""
        counts = self._counts
        if self._prices is None or counts.uncounted:
            return counts
        tokens = (counts.prompt_tokens, counts.completion_tokens)
        cost = sum(n * price / 1e6 for n, price in zip(tokens, self._prices, strict=True))
        return replace(counts, cost=cost)


def _checked(prices: tuple[float, float]) -> tuple[float, float]:
    try:
        read, written = map(float, prices)
    except (TypeError, ValueError) as err:
        raise ArgumentError(
            f"prices={prices!r} must be two numbers: of a million tokens read, and of a million "
            "tokens written."
        ) from err
    if not (0 <= read < float("inf") and 0 <= written < float("inf")):
        raise ArgumentError(f"prices={prices!r} must be two numbers of 0 or more.")
    return read, written
