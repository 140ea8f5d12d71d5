"""Whether a repaired language model or embedder kept its skill, on ordinary texts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.evidence.clusters import ClusterTotals, standard_error
from pytest_fairness.evidence.means import mean_bounds
from pytest_fairness.metrics.embeddings import cosine_distances
from pytest_fairness.outcome import Interval, Verdict

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class KeptLanguage:
    """A skill on the same texts before and after, which the repair did not see.

    Attributes
    ----------
    name : str
        ``"perplexity"``, of which less is better, or ``"similarity to before"``, of which 1 is
        best.
    before, after : float
    n : int
        Texts.
    loss : float
        By what share the perplexity rose, or what the mean cosine lost; negative is a gain.
    interval : Interval
        Bounds of the change, a loss being negative: of a perplexity by Student's t over texts, so
        that a loss which only rare texts have may stay unseen; of a similarity whatever the losses
        are. nan where there are fewer than two texts.
    margin : float
        The largest loss that is accepted.
    margin_name : str
        The setting that the margin is, of `LanguageConfig`.

    Examples
    --------
    >>> bounds = Interval(-0.03, 0.01, 0.95)
    >>> kept = KeptLanguage("perplexity", 20.0, 20.2, 400, loss=0.01, interval=bounds, margin=0.05)
    >>> kept.verdict.value
    'pass'
    >>> print(kept)
    perplexity went from 20.000 to 20.200 (n=400), at most 3.0 % lost
    """

    name: str
    before: float
    after: float
    n: int
    loss: float
    interval: Interval
    margin: float
    margin_name: str = "max_perplexity_rise"

    @property
    def verdict(self) -> Verdict:
        """PASS if the loss is shown to lie within the margin, FAIL if beyond it."""
        if self.interval.low >= -self.margin:
            return Verdict.PASS
        return Verdict.FAIL if self.interval.high < -self.margin else Verdict.INCONCLUSIVE

    @property
    def rows_to_decide(self) -> int | None:
        """Texts that would show what these show, if they scatter alike; None where none would."""
        spare, half = self.margin - self.loss, -self.interval.low - self.loss
        if not (spare > 0 and math.isfinite(half)):
            return None
        return max(2, math.ceil(self.n * (half / spare) ** 2))

    def __str__(self) -> str:
        change = f"{self.name} went from {self.before:.3f} to {self.after:.3f}"
        if self.verdict is Verdict.PASS:
            return f"{change} (n={self.n:,}), at most {_percent(max(0.0, -self.interval.low))} lost"
        if self.verdict is Verdict.FAIL:
            return f"{change} (n={self.n:,}), a larger loss than {_percent(self.margin)}"
        return (
            f"{change}; on {self.n:,} texts a loss of {_percent(-self.interval.low)} cannot be "
            "ruled out"
        )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def perplexity_of(model: Any, texts: Sequence[str]) -> float:
    """Return the perplexity of texts, or of a masked model the pseudo-perplexity."""
    found = model.log_likelihood(texts)
    return float(np.exp(-found.total.sum() / found.tokens.sum()))


def kept_perplexity(
    before: Any, after: Any, texts: Sequence[str], *, margin: float, alpha: float
) -> KeptLanguage:
    """Compare two models on the same texts: by what share the perplexity rose.

    The logarithm of the ratio of perplexities is a ratio estimate over texts, those with many
    tokens counting more; its standard error is that of whole texts drawn (linearised).
    """
    first, second = before.log_likelihood(texts), after.log_likelihood(texts)
    totals = ClusterTotals(first.total - second.total, first.tokens.astype(np.float64))
    rise, low, high = (float(np.expm1(value)) for value in _bounds(totals, alpha))
    return KeptLanguage(
        name="perplexity",
        before=perplexity_of(before, texts),
        after=perplexity_of(after, texts),
        n=len(texts),
        loss=rise,
        interval=Interval(-high, -low, 1 - alpha),
        margin=margin,
    )


def kept_similarity(first: Array, second: Array, *, margin: float, alpha: float) -> KeptLanguage:
    """Measure how far vectors of the same texts moved, as one minus their cosine.

    The bounds assume no more than that this lies in [0, 2]: most texts stay where they are, and a
    few may move far.
    """
    moved = np.clip(cosine_distances(first, second), 0.0, 2.0)
    mean = float(moved.mean())
    bounds = mean_bounds(moved, confidence=1 - alpha, least=0.0, most=2.0)
    return KeptLanguage(
        name="similarity to before",
        before=1.0,
        after=1 - mean,
        n=len(moved),
        loss=mean,
        interval=Interval(-bounds.high, -bounds.low, 1 - alpha),
        margin=margin,
        margin_name="max_similarity_loss",
    )


def _bounds(totals: ClusterTotals, alpha: float) -> tuple[float, float, float]:
    """Return a mean and its one-sided bounds by Student's t, each at level `alpha`."""
    from scipy import stats

    mean, df = totals.mean, len(totals.sums) - 1
    if df < 1:
        return mean, float("nan"), float("nan")
    half = float(stats.t.ppf(1 - alpha, df)) * standard_error(totals)
    return mean, mean - half, mean + half
