"""Association of words in a space of vectors: WEAT, SEAT and CEAT.

Two sets of target words, X and Y, and two sets of attribute words, A and B. The association of a
word w is how much nearer it lies to A than to B,

    s(w) = mean of cos(w, a) over A  -  mean of cos(w, b) over B.

Vectors come as arrays of shape (n_words, n_dimensions). What such numbers say of a model's use is
little: they correlate weakly with how a system built on the vectors treats people (Goldfarb-Tarrant
et al. 2021; Delobelle et al. 2022).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence
from itertools import chain, combinations
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pytest_fairness.errors import ArgumentError

Array = npt.NDArray[np.float64]

_MOST_SPLITS = 200_000  # equal splits of 20 words are 184,756
_AT_A_TIME = 10_000


class AssociationTest(NamedTuple):
    """A permutation test of association.

    Attributes
    ----------
    statistic : float
        Sum of s over X minus its sum over Y.
    p_value : float
        Share of the equal splits of all target words whose statistic is at least as large.
    splits : int
        How many splits were looked at.
    exact : bool
        Whether these are all of them.
    """

    statistic: float
    p_value: float
    splits: int
    exact: bool


class CombinedEffect(NamedTuple):
    """A random-effects mean of effect sizes.

    Attributes
    ----------
    effect_size : float
    standard_error : float
    p_value : float
        Two-sided, of no effect on average.
    i_squared : float in [0, 1]
        Share of the variance that is not due to sampling: how much contexts disagree.
    """

    effect_size: float
    standard_error: float
    p_value: float
    i_squared: float


def associations(words: Any, a: Any, b: Any) -> Array:
    """Return s(w) of each word, of shape (n_words,), in [-2, 2].

    Raises
    ------
    ArgumentError
        If a set is empty, a vector is zero or not finite, or their lengths differ.
    """
    targets, first, second = _unit("words", words), _unit("a", a), _unit("b", b)
    if not targets.shape[1] == first.shape[1] == second.shape[1]:
        raise ArgumentError(
            f"The vectors have {targets.shape[1]}, {first.shape[1]} and {second.shape[1]} "
            "dimensions. Take all of them from one space."
        )
    found: Array = targets @ (first.mean(axis=0) - second.mean(axis=0))
    return found


def cosine_distances(first: Any, second: Any) -> Array:
    """Return one minus the cosine of two rows of vectors each.

    Examples
    --------
    >>> cosine_distances([[3.0, 4.0]], [[4.0, 3.0]]).round(6).tolist()
    [0.04]
    """
    return np.asarray(1 - (_unit("first", first) * _unit("second", second)).sum(axis=1))


def distance_between(vectors: Any, clusters: Sequence[Hashable]) -> float:
    """Return the mean cosine distance of every two vectors of different clusters.

    Examples
    --------
    >>> vectors = [[1.0, 0.0], [0.0, 1.0], [0.0, 2.0]]
    >>> distance_between(vectors, ["a", "b", "b"])
    1.0
    >>> round(distance_between(vectors, range(3)), 4)  # 1, 1 and 0
    0.6667
    """
    unit, rows = _unit("vectors", vectors), defaultdict(list)
    for row, cluster in enumerate(clusters):
        rows[cluster].append(row)
    own = sum(float((unit[some].sum(axis=0) ** 2).sum()) for some in rows.values())
    others = len(unit) ** 2 - sum(len(some) ** 2 for some in rows.values())
    return 1 - (float((unit.sum(axis=0) ** 2).sum()) - own) / others


def weat_effect_size(x: Any, y: Any, a: Any, b: Any, *, ddof: int = 1) -> float:
    r"""Return the effect size of the word embedding association test.

    :math:`d = (\bar s_X - \bar s_Y) / \mathrm{sd}_{X \cup Y}(s)`; 0 is fair, positive means that X
    goes with A and Y with B (Caliskan, Bryson and Narayanan 2017).

    Parameters
    ----------
    x, y, a, b : array-like of shape (n_words, n_dimensions)
    ddof : {1, 0}, default 1
        Deviation over n - 1, as the published numbers have it, or over n.

    Returns
    -------
    float
        In about [-2, 2]; nan, *not measurable*, where all words have the same association.

    Examples
    --------
    >>> import numpy as np
    >>> east, north = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    >>> x, y = np.array([[2.0, 0.1], [2.0, 0.3]]), np.array([[0.1, 2.0], [0.3, 2.0]])
    >>> round(weat_effect_size(x, y, east, north), 2)
    1.73
    """
    s_x, s_y = associations(x, a, b), associations(y, a, b)
    spread = float(np.concatenate([s_x, s_y]).std(ddof=ddof)) if len(s_x) + len(s_y) > 1 else 0.0
    gap = float(s_x.mean() - s_y.mean())
    return gap / spread if spread > 1e-12 else math.nan


def weat_test(
    x: Any, y: Any, a: Any, b: Any, *, permutations: int = 100_000, seed: int = 0
) -> AssociationTest:
    """Return the one-sided permutation test of association.

    Splits of the target words into two sets of the sizes of X and Y are enumerated where there
    are at most 200,000 of them. Otherwise `permutations` of them are drawn by `seed`, and the
    observed one counts as drawn too, so that the p-value is valid (Phipson and Smyth 2010).

    Parameters
    ----------
    x, y, a, b : array-like of shape (n_words, n_dimensions)
    permutations : int
    seed : int

    Examples
    --------
    >>> import numpy as np
    >>> east, north = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    >>> x, y = np.array([[2.0, 0.1], [2.0, 0.3]]), np.array([[0.1, 2.0], [0.3, 2.0]])
    >>> weat_test(x, y, east, north).p_value  # the largest of 6 splits
    0.16666666666666666
    """
    s_x, s_y = associations(x, a, b), associations(y, a, b)
    every, n = np.concatenate([s_x, s_y]), len(s_x)
    observed = float(s_x.sum() - s_y.sum())
    total, reached = float(every.sum()), observed - 1e-12 * max(1.0, float(np.abs(every).sum()))
    if math.comb(len(every), n) <= _MOST_SPLITS:
        sums = _sums_of_splits(every, n)
        hits = int(np.sum(2 * sums - total >= reached))
        return AssociationTest(observed, hits / len(sums), len(sums), exact=True)
    if permutations < 1:
        raise ArgumentError(f"permutations={permutations!r} must be at least 1.")
    drawn = _drawn_sums(every, n, permutations, np.random.default_rng(seed))
    hits = int(np.sum(2 * drawn - total >= reached))
    return AssociationTest(observed, (hits + 1) / (permutations + 1), permutations, exact=False)


def _sums_of_splits(values: Array, n: int) -> Array:
    """Return the sum of every choice of `n` values."""
    chosen = np.fromiter(chain.from_iterable(combinations(range(len(values)), n)), dtype=np.intp)
    return np.asarray(values[chosen.reshape(-1, n)].sum(axis=1))


def _drawn_sums(values: Array, n: int, draws: int, rng: np.random.Generator) -> Array:
    """Return sums of `n` values drawn without replacement, some draws at a time."""
    sums = []
    for start in range(0, draws, _AT_A_TIME):
        rows = np.tile(values, (min(_AT_A_TIME, draws - start), 1))
        sums.append(rng.permuted(rows, axis=1)[:, :n].sum(axis=1))
    return np.concatenate(sums)


def combined_effect_size(effect_sizes: Any, variances: Any) -> CombinedEffect:
    """Return the random-effects mean of effect sizes over contexts (Guo and Caliskan 2021).

    The variance between contexts is estimated as DerSimonian and Laird (1986) do.

    Parameters
    ----------
    effect_sizes, variances : array-like of shape (n_contexts,)
        The effect size in each context, and its sampling variance.

    Examples
    --------
    >>> round(combined_effect_size([0.5, 0.5, 0.5], [0.1, 0.1, 0.1]).effect_size, 3)
    0.5
    """
    from scipy.stats import norm

    effects = np.asarray(effect_sizes, dtype=np.float64)
    spread = np.asarray(variances, dtype=np.float64)
    if effects.ndim != 1 or effects.shape != spread.shape or not len(effects):
        raise ArgumentError("Give as many variances as effect sizes, and at least one.")
    if not (np.isfinite(effects).all() and (spread > 0).all()):
        raise ArgumentError("Effect sizes must be finite, and their variances positive.")
    weights = 1 / spread
    q = float(weights @ (effects - weights @ effects / weights.sum()) ** 2)
    freedom = len(effects) - 1
    scale = float(weights.sum() - (weights**2).sum() / weights.sum())
    between = max(0.0, (q - freedom) / scale) if scale > 0 else 0.0
    mixed = 1 / (spread + between)
    mean, error = float(mixed @ effects / mixed.sum()), float(mixed.sum() ** -0.5)
    p_value = float(2 * norm.sf(abs(mean / error)))
    return CombinedEffect(mean, error, p_value, max(0.0, (q - freedom) / q) if q > 0 else 0.0)


def effect_size_variance(d: float, n: int, m: int) -> float:
    """Return the sampling variance of a standardised difference of two means of n and m words."""
    return (n + m) / (n * m) + d**2 / (2 * (n + m))


def ceat(
    contexts: Sequence[tuple[Any, Any, Any, Any]],
) -> CombinedEffect:
    """Return the combined effect size of WEAT over contexts (Guo and Caliskan 2021).

    Parameters
    ----------
    contexts : sequence of (x, y, a, b)
        The vectors of the same word sets in one drawn context each.
    """
    effects, variances = [], []
    for x, y, a, b in contexts:
        d = weat_effect_size(x, y, a, b)
        if math.isnan(d):
            continue
        effects.append(d)
        variances.append(effect_size_variance(d, len(x), len(y)))
    if not effects:
        raise ArgumentError("No context gives an effect size: all words associate alike in each.")
    return combined_effect_size(effects, variances)


def _unit(name: str, vectors: Any) -> Array:
    array = np.asarray(vectors, dtype=np.float64)
    if array.ndim != 2 or not len(array):
        raise ArgumentError(
            f"{name} must have the shape (n_words, n_dimensions); got {array.shape}."
        )
    lengths = np.linalg.norm(array, axis=1, keepdims=True)
    if not np.isfinite(array).all() or (lengths == 0).any():
        raise ArgumentError(f"{name} has a vector that is zero or not finite. Leave that word out.")
    unit: Array = array / lengths
    return unit
