"""INLP: train a linear probe, remove the directions it uses, and begin again."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.mitigation.checking import check_flag, check_whole
from pytest_fairness.mitigation.erasure.eraser import Array, Eraser, around
from pytest_fairness.mitigation.erasure.moments import as_rows, check_width
from pytest_fairness.mitigation.erasure.splitting import codes_of, halves

Codes = npt.NDArray[np.intp]

_FLAT = 1e-8  # singular values that count as 0, relative to the largest


def inlp(
    X: Any,
    Z: Any,
    *,
    n_iterations: int = 20,
    affine: bool = True,
    held_out: float = 0.3,
    seed: int = 0,
) -> Eraser:
    r"""Project representations onto the null space of linear probes, one after another.

    .. math:: r(x) = x - Q Q^T (x - E[X])

    where the columns of :math:`Q` span the coefficients of all probes. A round ends the fitting
    when a fresh logistic regression is right no more often than the largest group alone explains,
    on rows that no probe was fitted on.

    Parameters
    ----------
    X : array-like of shape (n, d)
    Z : array-like of shape (n,)
        Group labels.
    n_iterations : int, default 20
        Probes at most.
    affine : bool, default True
        Whether the mean stays in place; without, the map is the plain projection of the paper.
    held_out : float in (0, 1), default 0.3
        Share of the rows that decides when to stop.
    seed : int
        Draws the rows that are held out.

    Returns
    -------
    Eraser
        `rank` is the number of directions removed; 0 where the first probe is at chance.

    Raises
    ------
    ArgumentError
        If lengths differ, or a group is too small to be split.
    MissingPackageError
        If scikit-learn is not installed.

    Notes
    -----
    It removes more than `leace` for the same guard, and takes signal of the task with it the more
    rounds it needs.

    References
    ----------
    Ravfogel, Elazar, Gonen, Twiton and Goldberg (2020), "Null it out: guarding protected
    attributes by iterative nullspace projection".

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(400, 3))
    >>> inlp(X, X[:, 0] > 0)
    Eraser(method='inlp', rank=1, width=3)
    """
    rows = as_rows("X", X)
    codes, names = codes_of("Z", Z, len(rows))
    check_whole("n_iterations", n_iterations, 1, "it is the number of probes, at most")
    check_flag("affine", affine)
    check_width("X", rows)
    mean = rows.mean(axis=0)
    centred = rows - mean
    scale = float(np.sqrt((centred**2).mean())) or 1.0
    train, test = halves(codes, names, held_out, seed)
    basis = _basis(centred / scale, codes, train, test, n_iterations)
    matrix = np.eye(rows.shape[1]) - basis @ basis.T
    return around(matrix, mean, affine, method="inlp", rank=basis.shape[1])


def _basis(rows: Array, codes: Codes, train: Codes, test: Codes, n_iterations: int) -> Array:
    """Return an orthonormal basis of the directions that probes use."""
    basis: Array = np.zeros((rows.shape[1], 0))
    for _ in range(n_iterations):
        left = rows - (rows @ basis) @ basis.T
        if _at_chance(left, codes, train, test):
            break
        basis = _widened(basis, _directions(left[train], codes[train]))
    return basis


def _at_chance(rows: Array, codes: Codes, train: Codes, test: Codes) -> bool:
    from pytest_fairness.metrics.probes import fit_probe

    said = fit_probe("linear", rows[train], codes[train]).predict(rows[test])
    usual = np.bincount(codes[train]).argmax()
    return bool((said == codes[test]).sum() <= (codes[test] == usual).sum())


def _directions(rows: Array, codes: Codes) -> Array:
    """Return directions of shape (d, k) along which a fresh probe tells the groups apart."""
    from pytest_fairness.metrics.probes import probe_directions

    _, sizes, right = np.linalg.svd(probe_directions(rows, codes), full_matrices=False)
    return np.asarray(right[sizes > _FLAT * sizes[0]].T)


def _widened(basis: Array, more: Array) -> Array:
    """Return an orthonormal basis of both, by a second pass that rounding cannot tilt."""
    joined, _ = np.linalg.qr(np.concatenate([basis, more], axis=1))
    return np.asarray(joined)
