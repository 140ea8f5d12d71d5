"""Whether what fills a gap depends on the person named beside it: DisCo."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pytest_fairness.errors import ArgumentError


class AssociatedFills(NamedTuple):
    """The words of one template that depend on the group.

    Attributes
    ----------
    words : tuple of str
        Words whose share differs between the two groups, after Bonferroni's correction.
    tested : int
        All words that filled the gap.
    """

    words: tuple[str, ...]
    tested: int


def associated_fills(
    first: Sequence[Sequence[str]], second: Sequence[Sequence[str]], *, alpha: float = 0.05
) -> AssociatedFills:
    """Return which words fill a gap more often beside one group than beside the other.

    Each word is tested by chi-squared, without continuity correction, on how many persons of each
    group it was among the fills of; `alpha` is shared among the words (Webster et al. 2020, who
    count such words per template).

    Parameters
    ----------
    first, second : sequence of sequences of str
        For each person of a group, the words that fill the gap, such as the three likeliest.
    alpha : float

    Examples
    --------
    >>> women, men = [["nurse", "here"]] * 20, [["engineer", "here"]] * 20
    >>> associated_fills(women, men)
    AssociatedFills(words=('engineer', 'nurse'), tested=3)
    """
    if not first or not second:
        raise ArgumentError("Give the fills of at least one person of each of the two groups.")
    counts = [Counter(w for words in side for w in set(words)) for side in (first, second)]
    words = sorted(set(counts[0]) | set(counts[1]))
    hits = np.array([[side[word] for word in words] for side in counts], dtype=np.float64)
    p_values = _chi_squared(hits, np.array([[len(first)], [len(second)]], dtype=np.float64))
    found = [w for w, p in zip(words, p_values, strict=True) if p < alpha / len(words)]
    return AssociatedFills(tuple(found), len(words))


def _chi_squared(hits: np.ndarray, sizes: np.ndarray) -> list[float]:
    """Return the p-value of each word's table of two groups, used or not; 1 where all use it."""
    from scipy.stats import chi2

    shares = hits.sum(axis=0) / sizes.sum()
    expected = sizes * shares
    varying = (shares > 0) & (shares < 1)
    scatter = np.where(varying, expected * (1 - shares), 1.0)
    statistic = np.where(varying, (hits - expected) ** 2 / scatter, 0.0).sum(axis=0)
    return [float(p) for p in chi2.sf(statistic, 1)]
