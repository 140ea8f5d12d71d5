"""Texts as weighted words: frequent in the text, rare in the collection (TF-IDF)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_fairness.mitigation.data.texts import features

_LEAST_TEXTS = 2


@dataclass(frozen=True)
class WordWeights:
    """Words of a collection, with the weight of each.

    Attributes
    ----------
    columns : mapping of str to int
    weights : tuple of float
        Inverse frequency among texts, ``log((1 + n) / (1 + n_word)) + 1``, by column.
    """

    columns: Mapping[str, int]
    weights: tuple[float, ...]

    @classmethod
    def fit(cls, texts: Sequence[str]) -> WordWeights:
        """Learn the words, and pairs of words, of two texts or more.

        Examples
        --------
        >>> sorted(WordWeights.fit(["a good day", "a bad day", "so good"]).columns)
        ['a', 'day', 'good']
        """
        counts = Counter(word for text in texts for word in set(features(text)))
        known = sorted(word for word, n in counts.items() if n >= min(_LEAST_TEXTS, len(texts)))
        weights = tuple(math.log((1 + len(texts)) / (1 + counts[word])) + 1 for word in known)
        return cls({word: i for i, word in enumerate(known)}, weights)

    def __call__(self, texts: Sequence[str]) -> Any:
        """Return a sparse array of shape (n_texts, n_words) whose rows have length 1, or 0."""
        import numpy as np
        from scipy.sparse import csr_array

        values: list[float] = []
        columns: list[int] = []
        ends = [0]
        for text in texts:
            found = Counter(word for word in features(text) if word in self.columns)
            entries = {self.columns[w]: (1 + math.log(n)) for w, n in found.items()}
            weighted = {column: n * self.weights[column] for column, n in entries.items()}
            norm = math.sqrt(sum(value**2 for value in weighted.values()))
            columns += weighted
            values += [value / norm for value in weighted.values()]
            ends.append(len(columns))
        shape = (len(texts), len(self.columns))
        return csr_array((np.array(values), np.array(columns, dtype=int), ends), shape=shape)
