"""Answers by text, so that no text is scored twice."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
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
    _entries: OrderedDict[Hashable, V] = field(default_factory=OrderedDict, repr=False)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, texts: Iterable[K]) -> dict[K, V]:
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

    def keep(self, answers: Mapping[K, V]) -> None:
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


def once(texts: Sequence[K], cache: Cache[V], compute: Callable[[list[K]], Sequence[V]]) -> list[V]:
    """Return one answer per text, computing each distinct unknown text once.

    Parameters
    ----------
    texts : sequence of str
        Or of what else an answer belongs to, such as a context with its text.
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


def _size(key: object, answer: object) -> int:
    return _weight(key) + sys.getsizeof(answer) + _ENTRY_BYTES


def _weight(key: object) -> int:
    parts = sum(map(_weight, key)) if isinstance(key, tuple) else 0
    return sys.getsizeof(key) + parts
