"""Whether paired differences lean to one side: sign-flip and signed-rank tests.

If a swap changed nothing, each difference would be as likely to have the other sign. Both tests
rest on that alone. Differences of one seed text or template flip their signs together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.clusters import cluster_totals

Array = NDArray[np.float64]
Alternative = Literal["two-sided", "greater", "less"]

_ENUMERABLE = 20  # units whose signs are flipped in every way: a million of them
_COUNTABLE = 2 * 10**7  # steps that the exact distribution of whole numbers may take
_AT_ONCE = 10**6  # signs that are held in memory
_ROUNDING = 1e-9


@dataclass(frozen=True)
class PairedTest:
    """What a test of paired differences found.

    Attributes
    ----------
    statistic : float
        Mean difference (sign-flip), or the sum of the ranks of positive differences (signed-rank).
    p_value : float
        1 when no difference points anywhere.
    units : int
        Differences, or clusters of them, that do not vanish.
    method : str
        How the p-value was found.
    """

    statistic: float
    p_value: float
    units: int
    method: str


def sign_flip_test(
    differences: Any,
    clusters: Any = None,
    *,
    alternative: Alternative = "two-sided",
    n_resamples: int = 9999,
    seed: int = 0,
) -> PairedTest:
    """Test whether paired differences are centred at zero (Fisher 1935).

    Parameters
    ----------
    differences : array-like of shape (n,)
        One per pair: the score of one text less that of its partner.
    clusters : sequence of length n, optional
        What the pairs were made from, such as a seed text; all pairs of one flip together.
    alternative : {"two-sided", "greater", "less"}
        "greater" asks for a mean above zero.
    n_resamples, seed : int
        Used only where an exact answer is out of reach: more than 20 units of different sizes whose
        sums are not whole numbers. The p-value then counts the data themselves among the resamples
        (Phipson and Smyth 2010), and the cost is that of so many passes over the units.

    Returns
    -------
    PairedTest
        For differences of -1, 0 and 1 without clusters the p-value is McNemar's exact one.

    Examples
    --------
    >>> sign_flip_test([1, 1, 1, 1, 1, -1]).p_value
    0.21875
    >>> sign_flip_test([0.3, 0.2, 0.25, 0.1], alternative="greater").p_value
    0.0625
    """
    _check_alternative(alternative)
    if n_resamples < 1:
        raise ArgumentError(f"n_resamples={n_resamples!r} must be at least 1; 9999 is usual.")
    totals = cluster_totals(differences, clusters)
    units = totals.sums[np.abs(totals.sums) > _ROUNDING * max(1.0, np.abs(totals.sums).max())]
    if not len(units):
        return PairedTest(totals.mean, 1.0, 0, "no difference")
    if _are_alike(units):
        return PairedTest(totals.mean, _tossed(units, alternative), len(units), "exact")
    if _is_countable(units):
        return PairedTest(totals.mean, _counted(units, alternative), len(units), "exact")
    if len(units) <= _ENUMERABLE:
        p_value = _share(_all_sums(units), units.sum(), alternative)
        return PairedTest(totals.mean, p_value, len(units), "exact")
    sums = _drawn_sums(units, n_resamples, seed)
    p_value = _share(np.append(sums, units.sum()), units.sum(), alternative)
    return PairedTest(totals.mean, p_value, len(units), f"{n_resamples} random sign flips")


def wilcoxon_signed_rank(
    differences: Any, clusters: Any = None, *, alternative: Alternative = "two-sided"
) -> PairedTest:
    """Test whether paired differences are symmetric around zero by their ranks (Wilcoxon 1945).

    Less moved by a few large differences than `sign_flip_test`, and blind to how large they are.

    Parameters
    ----------
    differences : array-like of shape (n,)
    clusters : sequence of length n, optional
        What the pairs were made from; the mean difference of each is then ranked.
    alternative : {"two-sided", "greater", "less"}

    Returns
    -------
    PairedTest
        Differences of zero are left out. Exact, ties included, for up to about 270 units; beyond,
        by the normal approximation with corrections for ties and continuity.

    Examples
    --------
    >>> wilcoxon_signed_rank([0.3, 0.2, 0.25, 0.1], alternative="greater")
    PairedTest(statistic=10.0, p_value=0.0625, units=4, method='exact')
    """
    from scipy.stats import rankdata, wilcoxon

    _check_alternative(alternative)
    totals = cluster_totals(differences, clusters)
    means = totals.sums / totals.sizes
    means = means[means != 0]
    if not len(means):
        return PairedTest(0.0, 1.0, 0, "no difference")
    ranks = rankdata(np.abs(means))
    statistic, signed = float(ranks[means > 0].sum()), np.sign(means) * np.round(2 * ranks)
    if _is_countable(signed):  # ranks may be halves, so twice as many are whole numbers
        return PairedTest(statistic, _counted(signed, alternative), len(means), "exact")
    found = wilcoxon(means, alternative=alternative, method="approx", correction=True)
    return PairedTest(statistic, float(found.pvalue), len(means), "normal approximation")


def _check_alternative(alternative: str) -> None:
    if alternative not in get_args(Alternative):
        raise ArgumentError(
            f"alternative={alternative!r} is unknown. Choose one of {get_args(Alternative)}."
        )


def _are_alike(units: Array) -> bool:
    sizes = np.abs(units)
    return bool(np.ptp(sizes) <= _ROUNDING * sizes.max())


def _tossed(units: Array, alternative: Alternative) -> float:
    """P-value of units of one size: the number of positive ones is binomial."""
    from scipy.stats import binom

    positive, n = int((units > 0).sum()), len(units)
    less, greater = binom.cdf(positive, n, 0.5), binom.sf(positive - 1, n, 0.5)
    tails = {"less": less, "greater": greater, "two-sided": min(1.0, 2 * min(less, greater))}
    return float(tails[alternative])


def _is_countable(units: Array) -> bool:
    whole = bool((units == np.round(units)).all())
    return whole and len(units) * float(np.abs(units).sum()) <= _COUNTABLE


def _counted(units: Array, alternative: Alternative) -> float:
    """P-value of a sum of whole numbers, from the chance of each value that it can take."""
    sizes = np.abs(units).astype(np.int64)
    reach = int(sizes.sum())
    chances = np.zeros(2 * reach + 1)
    chances[reach] = 1.0
    for size in sizes:
        chances = 0.5 * (np.roll(chances, size) + np.roll(chances, -size))
    values = np.arange(-reach, reach + 1, dtype=np.float64)
    return min(1.0, float(chances[_extreme(values, float(units.sum()), alternative)].sum()))


def _all_sums(units: Array) -> Array:
    sums = np.zeros(1)
    for unit in units:
        sums = np.concatenate([sums + unit, sums - unit])
    return sums


def _drawn_sums(units: Array, n_resamples: int, seed: int) -> Array:
    rng, at_once = np.random.default_rng(seed), max(1, _AT_ONCE // len(units))
    kept = []
    for start in range(0, n_resamples, at_once):
        shape = (min(at_once, n_resamples - start), len(units))
        kept.append(rng.integers(0, 2, shape, dtype=np.bool_).astype(np.float64) @ units)
    return np.asarray(2 * np.concatenate(kept) - units.sum())


def _share(sums: Array, observed: float, alternative: Alternative) -> float:
    return float(_extreme(sums, observed, alternative).mean())


def _extreme(sums: Array, observed: float, alternative: Alternative) -> NDArray[np.bool_]:
    """Return which sums lie at least as far out as the observed one, give or take rounding."""
    if alternative == "less":
        sums, observed = -sums, -observed
    if alternative == "two-sided":
        sums, observed = np.abs(sums), abs(observed)
    slack = _ROUNDING * max(1.0, float(np.abs(sums).max()))
    return np.asarray(sums >= observed - slack)
