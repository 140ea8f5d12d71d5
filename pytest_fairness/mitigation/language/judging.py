"""What held-out material shows of a repaired language model: gaps of pairs, and kept skill."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.evidence.clusters import ClusterTotals, cluster_totals, standard_error
from pytest_fairness.models.likelihoods import LogLikelihoods
from pytest_fairness.outcome import Interval, ModelInfo, Verdict
from pytest_fairness.perturb import Pair

Array = npt.NDArray[np.float64]
Span = tuple[int, int]

_WORD = re.compile(r"[^\W\u4e00-\u9fff]+|\S")  # Chinese is compared character by character
_ENOUGH = 5  # templates whose spread tells something


@dataclass(frozen=True)
class Measured:
    """A mean on held-out material that must not exceed a limit; small is good.

    Attributes
    ----------
    name : str
    estimate, limit : float
    interval : Interval
        Bounds by Student's t over texts or templates; nan where there are fewer than two.
    n : int
        Texts or pairs.

    Examples
    --------
    >>> bounds = Interval(-0.01, 0.02, 0.95)
    >>> rise = Measured("rise of perplexity", 0.004, bounds, limit=0.05, n=200)
    >>> rise.verdict.value
    'pass'
    >>> print(rise)
    rise of perplexity: 0.0040 in [-0.0100, 0.0200], limit 0.05 (n=200): pass
    """

    name: str
    estimate: float
    interval: Interval
    limit: float
    n: int

    @property
    def verdict(self) -> Verdict:
        """PASS if the mean is shown to lie within the limit, FAIL if beyond it."""
        if self.interval.high <= self.limit:
            return Verdict.PASS
        return Verdict.FAIL if self.interval.low > self.limit else Verdict.INCONCLUSIVE

    @property
    def passed(self) -> bool:
        """Whether the verdict is `pass`."""
        return self.verdict is Verdict.PASS

    def __str__(self) -> str:
        low, high = self.interval.low, self.interval.high
        return (
            f"{self.name}: {self.estimate:.4f} in [{low:.4f}, {high:.4f}], limit {self.limit:g} "
            f"(n={self.n:,}): {self.verdict.value}"
        )


class ChangedWords:
    """A masked language model that is asked for the words in which the sides of pairs differ.

    Parameters
    ----------
    model : masked language model
    pairs : sequence of Pair
        Whose texts it is asked about, both sides of each beside each other.
    """

    def __init__(self, model: Any, pairs: Sequence[Pair]) -> None:
        self._model = model
        self._kept = [
            spans for pair in pairs for spans in changed_words(pair.original, pair.variant)
        ]

    @property
    def info(self) -> ModelInfo:
        """What the model is."""
        info: ModelInfo = self._model.info
        return info

    def log_likelihood(self, texts: Sequence[str]) -> LogLikelihoods:
        """Return the pseudo-log-likelihood of the words of each text that differ."""
        found: LogLikelihoods = self._model.log_likelihood(texts, kept=self._kept)
        return found


def changed_words(first: str, second: str) -> tuple[list[Span], list[Span]]:
    """Return where the words stand in which two texts differ.

    Examples
    --------
    >>> changed_words("he opened his bag", "she opened her bag")
    ([(0, 2), (10, 13)], [(0, 3), (11, 14)])
    """
    words = [list(_WORD.finditer(text)) for text in (first, second)]
    one, two = ([word.group() for word in part] for part in words)
    matcher = SequenceMatcher(None, one, two, autojunk=False)
    spans: tuple[list[Span], list[Span]] = ([], [])
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            spans[0].extend(word.span() for word in words[0][a:b])
            spans[1].extend(word.span() for word in words[1][c:d])
    return spans


def perplexity_of(model: Any, texts: Sequence[str]) -> float:
    """Return the perplexity of texts, or of a masked model the pseudo-perplexity."""
    found = model.log_likelihood(texts)
    return float(np.exp(-found.total.sum() / found.tokens.sum()))


def perplexity_rise(
    before: Any, after: Any, texts: Sequence[str], *, limit: float, alpha: float
) -> Measured:
    """Compare two models on the same texts: by what share the perplexity rose.

    The logarithm of the ratio of perplexities is a ratio estimate over texts, those with many
    tokens counting more; its standard error is that of whole texts drawn (linearised).
    """
    first, second = before.log_likelihood(texts), after.log_likelihood(texts)
    totals = ClusterTotals(first.total - second.total, first.tokens.astype(np.float64))
    mean, low, high = _bounds(totals, alpha)
    rise, *ends = (float(np.expm1(value)) for value in (mean, low, high))
    interval = Interval(ends[0], ends[1], 1 - alpha)
    return Measured("rise of perplexity", rise, interval, limit, len(texts))


def similarity_loss(first: Array, second: Array, *, limit: float, alpha: float) -> Measured:
    """Measure how far vectors of the same texts moved, as one minus their cosine."""
    moved = cosine_distances(first, second)
    mean, low, high = _bounds(cluster_totals(moved), alpha)
    interval = Interval(low, high, 1 - alpha)
    return Measured("cosine distance from before", mean, interval, limit, len(moved))


def pair_distance(
    vectors: Array, pairs: Sequence[Pair], others: Array, *, limit: float, alpha: float
) -> Measured:
    """Measure how far the two sides of pairs lie apart, as a share of how far ordinary texts do.

    Parameters
    ----------
    vectors : array of shape (2 * n_pairs, n_dimensions)
        The two sides of each pair beside each other.
    pairs : sequence of Pair
        Pairs of one template belong together; of few templates, pairs of the same terms.
    others : array of shape (n_texts, n_dimensions)
        Vectors of ordinary texts, whose mean distance from each other is the unit.
    limit, alpha : float
    """
    apart = cosine_distances(vectors[::2], vectors[1::2]) / mean_distance(others)
    sources = [pair.source for pair in pairs]
    clusters = sources if len(set(sources)) >= _ENOUGH else [pair.terms for pair in pairs]
    mean, low, high = _bounds(cluster_totals(apart, clusters), alpha)
    interval = Interval(low, high, 1 - alpha)
    return Measured("distance of both sides", mean, interval, limit, len(pairs))


def cosine_distances(first: Array, second: Array) -> Array:
    """Return one minus the cosine of two rows of vectors each.

    Examples
    --------
    >>> cosine_distances(np.array([[3.0, 4.0]]), np.array([[4.0, 3.0]])).round(6).tolist()
    [0.04]
    """
    return np.asarray(1 - (_unit(first) * _unit(second)).sum(axis=1))


def mean_distance(vectors: Array) -> float:
    """Return the mean cosine distance of every two vectors.

    Examples
    --------
    >>> round(mean_distance(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 2.0]])), 4)  # 1, 1 and 0
    0.6667
    """
    unit, n = _unit(vectors), len(vectors)
    cosines = float((unit.sum(axis=0) ** 2).sum()) - n
    return 1 - cosines / (n * (n - 1))


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def _bounds(totals: ClusterTotals, alpha: float) -> tuple[float, float, float]:
    """Return a mean and its one-sided bounds by Student's t, each at level `alpha`."""
    from scipy import stats

    mean, df = totals.mean, len(totals.sums) - 1
    if df < 1:
        return mean, float("nan"), float("nan")
    half = float(stats.t.ppf(1 - alpha, df)) * standard_error(totals)
    return mean, mean - half, mean + half
