"""Which of many variables differ between groups, whatever they have to do with each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.clusters import cluster_codes

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

_ROUNDING = 1e-9


@dataclass(frozen=True)
class MaxT:
    """What `permutation_max_t` found, one entry per variable.

    Attributes
    ----------
    statistics : tuple of float
        Largest difference between two groups' means, in standard errors of all rows together;
        nan for a variable that does not vary.
    p_values : tuple of float
        Corrected for the number of variables and of pairs; 1 where nothing varies.
    n_permutations : int
    """

    statistics: tuple[float, ...]
    p_values: tuple[float, ...]
    n_permutations: int


def permutation_max_t(
    values: Any,
    groups: Any,
    *,
    strata: Any = None,
    n_permutations: int = 1999,
    seed: int = 0,
) -> MaxT:
    """Test, for each variable, that its distribution is the same in all groups.

    Group labels are shuffled over rows, which keeps what the variables have to do with each other.
    Each variable is held against the largest statistic of those not yet refused (step-down max-T,
    Westfall and Young 1993), so the chance of one false refusal or more stays below the level, and
    labels that go together cost little.

    This shows that a variable depends on the group, not by how much, nor which groups: judge a
    tolerance by `judge_gap`.

    Parameters
    ----------
    values : array-like of shape (n,) or (n, n_variables)
        Such as the labels that a text got.
    groups : sequence of length n
        Group of each row; at least two different ones.
    strata : sequence of length n, optional
        Labels are shuffled within each stratum only, which tests that groups are alike within
        strata.
    n_permutations : int
        The smallest p-value is 1 over one more. The cost grows with it, with rows and variables.
    seed : int
        The same seed gives the same p-values.

    Raises
    ------
    ArgumentError
        If lengths differ, a value is not finite, or there is only one group.

    Examples
    --------
    >>> labels = [[1, 0], [1, 1], [1, 0], [0, 1], [0, 1], [0, 0]]
    >>> found = permutation_max_t(labels * 5, "aaabbb" * 5)
    >>> found.p_values[0] < 0.01 < found.p_values[1]
    True
    """
    table = _as_table(values)
    codes, count = cluster_codes(groups, len(table))
    if count < 2:
        raise ArgumentError("groups holds one group only, so nothing can be compared.")
    within = None if strata is None else cluster_codes(strata, len(table))[0]
    centred, spread = _standardised(table, within)
    observed = _largest_gaps(centred, codes, count)
    rng = np.random.default_rng(seed)
    null = np.empty((n_permutations, table.shape[1]))
    for i in range(n_permutations):
        null[i] = _largest_gaps(centred, _shuffled(codes, within, rng), count)
    p_values = np.where(spread > 0, _step_down_p(observed, null), 1.0)
    shown = np.where(spread > 0, observed, np.nan)
    return MaxT(tuple(shown.tolist()), tuple(p_values.tolist()), n_permutations)


def _as_table(values: Any) -> Array:
    table = np.asarray(values, dtype=np.float64)
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or not table.size:
        raise ArgumentError(f"values has shape {table.shape}; give rows, or rows by variables.")
    if not np.isfinite(table).all():
        raise ArgumentError("values holds a number that is not finite. Leave such rows out.")
    return table


def _standardised(table: Array, strata: Codes | None) -> tuple[Array, Array]:
    """Return variables of mean 0 (in each stratum) and spread 1, and the spread that they had."""
    strata = np.zeros(len(table), dtype=np.intp) if strata is None else strata
    sizes = np.bincount(strata)[:, None]
    sums = np.stack([np.bincount(strata, weights=column) for column in table.T], axis=1)
    centred = table - (sums / sizes)[strata]
    spread = centred.std(axis=0)
    spread[spread <= _ROUNDING * np.maximum(1.0, np.abs(table).max(axis=0))] = 0.0
    return np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0), spread


def _largest_gaps(centred: Array, codes: Codes, count: int) -> Array:
    """Return per variable the largest standardised difference between the means of two groups."""
    sizes = np.bincount(codes, minlength=count).astype(np.float64)
    sums = np.stack([np.bincount(codes, weights=c, minlength=count) for c in centred.T])
    means = sums / sizes
    first, second = np.triu_indices(count, 1)
    errors = np.sqrt(1 / sizes[first] + 1 / sizes[second])
    return np.asarray(np.abs((means[:, first] - means[:, second]) / errors).max(axis=1))


def _shuffled(codes: Codes, strata: Codes | None, rng: np.random.Generator) -> Codes:
    if strata is None:
        return rng.permutation(codes)
    shuffled = np.empty_like(codes)
    places = np.argsort(strata, kind="stable")  # stratum by stratum
    shuffled[places] = codes[np.lexsort((rng.random(len(codes)), strata))]
    return shuffled


def _step_down_p(observed: Array, null: Array) -> Array:
    order = np.argsort(-observed, kind="stable")
    largest = np.maximum.accumulate(null[:, order][:, ::-1], axis=1)[:, ::-1]
    reached = largest >= observed[order] - _ROUNDING * np.maximum(1.0, observed[order])
    p_values = np.maximum.accumulate((1 + reached.sum(axis=0)) / (1 + len(null)))
    restored = np.empty_like(p_values)
    restored[order] = p_values
    return restored
