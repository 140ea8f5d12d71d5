"""Answers by text, so that no text is scored twice."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

V = TypeVar("V")

MAX_BYTES = 64 * 1024 * 1024
_ENTRY_BYTES = 120  # what the dictionary itself spends on an entry


@dataclass
class Cache(Generic[V]):
    """Answers of one model, the least recently used leaving first.

    Attributes
    ----------
    max_bytes : int
        What texts and answers together may take, about.
    hits, misses : int
        How many distinct texts of each call were known, and were not.
    """

    max_bytes: int = MAX_BYTES
    hits: int = 0
    misses: int = 0
    bytes: int = 0
    _entries: OrderedDict[str, V] = field(default_factory=OrderedDict, repr=False)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, texts: Iterable[str]) -> dict[str, V]:
        """Return the answers that are known among `texts`."""
        known = {}
        for text in texts:
            if text in self._entries:
                self._entries.move_to_end(text)
                known[text] = self._entries[text]
            else:
                self.misses += 1
        self.hits += len(known)
        return known

    def keep(self, answers: Mapping[str, V]) -> None:
        """Remember `answers`, and forget the oldest ones where they take too much room."""
        for text, answer in answers.items():
            if text not in self._entries:
                self.bytes += _size(text, answer)
                self._entries[text] = answer
        while self.bytes > self.max_bytes and self._entries:
            self.bytes -= _size(*self._entries.popitem(last=False))

    def clear(self) -> None:
        """Forget every answer; the counts of hits and misses stay."""
        self._entries.clear()
        self.bytes = 0


def once(
    texts: Sequence[str], cache: Cache[V], compute: Callable[[list[str]], Sequence[V]]
) -> list[V]:
    """Return one answer per text, computing each distinct unknown text once.

    Parameters
    ----------
    texts : sequence of str
    cache : Cache
    compute : callable
        From distinct texts, in the order of their first appearance, to as many answers.
    """
    distinct = list(dict.fromkeys(texts))
    known = cache.find(distinct)
    missing = [text for text in distinct if text not in known]
    if missing:
        fresh = dict(zip(missing, compute(missing), strict=True))
        cache.keep(fresh)
        known |= fresh
    return [known[text] for text in texts]


def _size(text: str, answer: object) -> int:
    return sys.getsizeof(text) + sys.getsizeof(answer) + _ENTRY_BYTES
