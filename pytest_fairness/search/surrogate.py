"""What scores of texts say about texts not scored yet: a Gaussian process over their words.

The words of a text add up, and two of them may act together: the kernel is a line plus its square
(Rasmussen and Williams 2006, chapter 4), its two free numbers chosen by the marginal likelihood.
Probabilities are read as log-odds, where effects add up better.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from statistics import NormalDist
from typing import Any, NamedTuple

from pytest_fairness.search.found import Row

_WORD = re.compile(r"[^\W\u3400-\u9fff]+|[\u3400-\u9fff]")
_LEAST = 0.01  # of the range of scores: nearer to 0 or 1, probabilities are taken for equal
_MOST_TEXTS = 1200  # that a fit goes through, the latest ones
_NOISES = (0.01, 0.05, 0.2)
_TOGETHER = (0.1, 0.5, 2.0)
_POINTS = 6  # of the distribution of each score, in the mean over what may come out


class Side(NamedTuple):
    """One text of a pair with whom it speaks of."""

    text: str
    group: str
    term: str


def features(side: Side) -> frozenset[str]:
    """Return the words of a text, its characters in Chinese, and whom it speaks of.

    Examples
    --------
    >>> sorted(features(Side("She left.", "female", "she")))
    ['group female', 'left', 'she', 'term she']
    """
    words = _WORD.findall(side.text.lower())
    return frozenset([*words, f"group {side.group}", f"term {side.term}"])


@dataclass
class Surrogate:
    """A guess of every text's scores, with how unsure it is, from those that are known."""

    _columns: dict[str, int] = field(default_factory=dict)
    _fit: _Fit | None = None

    def learn(self, sides: Sequence[Side], rows: Sequence[Row]) -> None:
        """Fit the scores of texts."""
        import numpy as np

        sides, rows = sides[-_MOST_TEXTS:], rows[-_MOST_TEXTS:]
        for feature in sorted({f for side in sides for f in features(side)}):
            self._columns.setdefault(feature, len(self._columns))
        scores = np.asarray(rows, dtype=float)
        odds = bool(scores.min() >= 0 and scores.max() <= 1)
        self._fit = _best_fit(self._matrix(sides), _to_line(scores) if odds else scores, odds)

    def gains(self, pairs: Sequence[tuple[Side, Side]], best: float) -> Any:
        """Return by how much each pair is expected to exceed the largest shift so far.

        Expected improvement (Jones, Schonlau and Welch 1998), averaged over both texts' scores.
        """
        if self._fit is None or not pairs:
            return [0.0] * len(pairs)
        firsts, seconds = zip(*pairs, strict=True)
        return self._fit.gains(self._matrix(firsts), self._matrix(seconds), best)

    def _matrix(self, sides: Sequence[Side]) -> Any:
        """Return a row of zeros and ones a text; words that no known text holds share nothing."""
        import numpy as np

        matrix = np.zeros((len(sides), len(self._columns)))
        for row, side in zip(matrix, sides, strict=True):
            row[_known(self._columns, features(side))] = 1
        return matrix


def _known(columns: dict[str, int], names: Iterable[str]) -> list[int]:
    return [columns[name] for name in names if name in columns]


def _to_line(scores: Any) -> Any:
    import numpy as np

    least = max(_LEAST * float(np.ptp(scores, axis=0).max()), 1e-9)
    cut = np.clip(scores, least, 1 - least)
    return np.log(cut / (1 - cut))


@dataclass(frozen=True)
class _Fit:
    """A Gaussian process that knows some texts; arrays of shape (n, ...) by known text."""

    known: Any
    factor: Any
    weights: Any
    centre: Any
    spread: Any
    together: float
    length: float
    evidence: float
    odds: bool

    def kernel(self, one: Any, other: Any) -> Any:
        shared = one @ other.T / self.length
        return shared + self.together * shared**2

    def own(self, one: Any, other: Any) -> Any:
        """Return the kernel of each text with the one beside it."""
        shared = (one * other).sum(axis=1) / self.length
        return shared + self.together * shared**2

    def gains(self, firsts: Any, seconds: Any, best: float) -> Any:
        import numpy as np

        a, b = (self._guess(side) for side in (firsts, seconds))
        var_a = np.maximum(self.own(firsts, firsts) - (a.pull**2).sum(axis=0), 1e-9)
        var_b = np.maximum(self.own(seconds, seconds) - (b.pull**2).sum(axis=0), 1e-9)
        both = self.own(firsts, seconds) - (a.pull * b.pull).sum(axis=0)
        slope = both / np.sqrt(var_a)
        rest = np.sqrt(np.maximum(var_b - slope**2, 0))
        points = _normal_points()
        total = np.zeros(len(firsts))
        for u, v in product(points, points):
            one = self._score(a.mean + (np.sqrt(var_a) * u)[:, None])
            two = self._score(b.mean + (slope * u + rest * v)[:, None])
            total += np.maximum(np.abs(one - two).max(axis=1) - best, 0)
        return total / len(points) ** 2

    @functools.cached_property
    def inverse(self) -> Any:
        import numpy as np

        return np.linalg.inv(self.factor)

    def _guess(self, side: Any) -> _Guess:
        near = self.kernel(self.known, side)
        return _Guess(near.T @ self.weights, self.inverse @ near)

    def _score(self, values: Any) -> Any:
        import numpy as np

        real = self.centre + self.spread * values
        return 1 / (1 + np.exp(-np.clip(real, -30, 30))) if self.odds else real


class _Guess(NamedTuple):
    mean: Any
    pull: Any


def _normal_points() -> list[float]:
    """Return the middles of equally likely parts of the normal distribution."""
    return [NormalDist().inv_cdf((i + 0.5) / _POINTS) for i in range(_POINTS)]


def _best_fit(known: Any, values: Any, odds: bool) -> _Fit:
    """Return the fit under which the scores are likeliest, of a few."""
    fits = [_fit(known, values, odds, t, n) for t, n in product(_TOGETHER, _NOISES)]
    return max(fits, key=lambda fit: fit.evidence)


def _fit(known: Any, values: Any, odds: bool, together: float, noise: float) -> _Fit:
    import numpy as np

    n, outputs = values.shape
    centre, spread = values.mean(axis=0), np.maximum(values.std(axis=0), 1e-9)
    plain = (values - centre) / spread
    length = max(1.0, float(known.sum(axis=1).mean()))
    shared = known @ known.T / length
    covariance = shared + together * shared**2
    # The size of the scores says how large the kernel should be: solved for, not searched.
    factor = np.linalg.cholesky(covariance + noise * np.eye(n))
    half = np.linalg.solve(factor, plain)
    size = max(float((half**2).mean()), 1e-9)
    evidence = -outputs * (np.log(np.diag(factor)).sum() + n * math.log(size) / 2)
    weights = np.linalg.solve(factor.T, half)
    # Values are divided by the kernel's root size, so that its scale is 1.
    root = math.sqrt(size)
    return _Fit(
        known, factor, weights / root, centre, spread * root, together, length, evidence, odds
    )
