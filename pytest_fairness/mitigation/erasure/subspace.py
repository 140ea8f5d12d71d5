"""Hard debias and SentDebias: remove the directions in which counterfactuals differ most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.columns import factorise
from pytest_fairness.mitigation.checking import as_entries, check_flag, check_whole
from pytest_fairness.mitigation.erasure.eraser import Array, Eraser, around
from pytest_fairness.mitigation.erasure.moments import as_rows, check_same_length


def subspace(X: Any, sets: Sequence[Any], *, rank: int = 1, affine: bool = True) -> Eraser:
    r"""Remove the principal directions of the differences within sets of counterfactuals.

    .. math:: r(x) = x - V V^T (x - E[X])

    where the columns of :math:`V` are the first `rank` principal directions of all
    :math:`x_i - \mu_{set(i)}`. With words as X this is the neutralising step of Bolukbasi et al.
    (2016); with sentences it is SentDebias (Liang et al. 2020).

    Parameters
    ----------
    X : array-like of shape (n, d)
        Representations.
    sets : sequence of length n
        Which set each row belongs to: the texts of a set say the same of different groups. Rows
        alone in their set have no part in it.
    rank : int, default 1
        Directions to remove; fewer where the differences span fewer.
    affine : bool, default True
        Whether the mean stays in place; without, the map is the plain projection of the papers.

    Returns
    -------
    Eraser

    Raises
    ------
    ArgumentError
        If lengths differ, no set holds two rows, or `rank` is out of range.

    Notes
    -----
    What it removes need not be all that a linear probe can use: group differences outside the
    principal directions stay (Gonen and Goldberg 2019, "Lipstick on a pig"). Probe afterwards.

    References
    ----------
    Bolukbasi, Chang, Zou, Saligrama and Kalai (2016), "Man is to computer programmer as woman is to
    homemaker? Debiasing word embeddings".
    Liang, Li, Zheng, Lim, Salakhutdinov and Morency (2020), "Towards debiasing sentence
    representations".

    Examples
    --------
    >>> X = [[1.0, 5.0], [-1.0, 5.0], [2.0, 8.0], [0.0, 8.0]]
    >>> subspace(X, ["nurse", "nurse", "chef", "chef"])(X).tolist()
    [[0.5, 5.0], [0.5, 5.0], [0.5, 8.0], [0.5, 8.0]]
    """
    rows = as_rows("X", X)
    sets = as_entries("sets", sets)
    check_same_length("sets", len(sets), len(rows))
    check_flag("affine", affine)
    width = rows.shape[1]
    check_whole("rank", rank, 1, "it is the number of directions to remove")
    if rank >= width:
        raise ArgumentError(
            f"rank={rank!r} must lie in [1, {width - 1}]: representations have {width} dimensions."
        )
    basis = _principal(_differences(rows, sets), rank)
    matrix = np.eye(width) - basis @ basis.T
    return around(matrix, rows.mean(axis=0), affine, method="subspace", rank=basis.shape[1])


def _differences(rows: Array, sets: Sequence[Any]) -> Array:
    """Return each row less the mean of its set."""
    codes = factorise("sets", sets).codes
    counts = np.bincount(codes)
    if counts.max() < 2:
        raise ArgumentError("sets holds no set of two rows, so there are no differences to remove.")
    sums = np.zeros((len(counts), rows.shape[1]))
    np.add.at(sums, codes, rows)
    return np.asarray(rows - (sums / counts[:, None])[codes])


def _principal(differences: Array, rank: int) -> Array:
    _, sizes, right = np.linalg.svd(differences, full_matrices=False)
    if not sizes[0] > 0:
        raise ArgumentError(
            "Rows of one set are all alike, so there is no direction to remove: the layer does not "
            "tell the groups apart."
        )
    kept = sizes[:rank] > np.finfo(np.float64).eps * max(differences.shape) * sizes[0]
    return np.asarray(right[:rank][kept].T)
