"""LEACE: what no linear probe can use, at the least change of the representation."""

from __future__ import annotations

from typing import Any

import numpy as np

from pytest_fairness.mitigation.checking import check_flag, check_instance
from pytest_fairness.mitigation.erasure.eraser import Array, Eraser, around
from pytest_fairness.mitigation.erasure.moments import (
    Moments,
    as_rows,
    check_width,
    coded,
    moments_of,
    shrunk,
)

# Covariances, relative to the largest, that count as none.
_SMALL = 1e-10
_ROUNDING = 1e-9  # what is left of them once whitened directions of little variance were removed
_EXACT = 1e-13


def leace(X: Any, Z: Any, *, affine: bool = True, shrinkage: bool = False) -> Eraser:
    r"""Fit the closed-form eraser of Belrose et al. (2023).

    .. math:: r(x) = x - W^+ \, P \, W \, (x - E[X]), \qquad W = (\Sigma_{XX}^{1/2})^+

    where :math:`P` projects onto the columns of :math:`W \Sigma_{XZ}`. Afterwards
    :math:`Cov(r(X), Z) = 0`, which holds exactly when no linear classifier, under any convex loss,
    does better than one that ignores its input. Of all affine maps with this property it moves X
    least in the mean square, and in every other norm that comes from an inner product.

    Parameters
    ----------
    X : array-like of shape (n, d)
        Representations.
    Z : array-like of shape (n,) or (n, k)
        The concept: group labels of any number of groups, or numbers; see `coded`.
    affine : bool, default True
        Whether the map may shift, which keeps the mean in place. Without, it is the linear map of
        least change, as a head without bias needs it; it guards as well.
    shrinkage : bool, default False
        Take the covariance of X as `shrunk`. The guard on these rows stays exact; on other rows it
        is a little better where there are about as few rows as dimensions, and the same elsewhere.

    Returns
    -------
    Eraser

    Raises
    ------
    ArgumentError
        If lengths differ, a number is not finite, or there are fewer than two groups.

    Notes
    -----
    Only linear probes on this layer are guarded against, and exactly so on these rows alone: of
    other rows a probe that is fitted on enough of them finds what sampling left, which fades with
    the number of rows here. A network may still find the group, and layers below still hold it:
    see `probe_leakage`, and Ravfogel et al. (2022).

    References
    ----------
    Belrose, Schneider-Joseph, Ravfogel, Cotterell, Raff and Biderman (2023), "LEACE: Perfect linear
    concept erasure in closed form".

    Examples
    --------
    >>> X = [[1.0, 0.0], [3.0, 1.0], [-1.0, 1.0], [-3.0, 0.0]]
    >>> eraser = leace(X, ["b", "b", "a", "a"])
    >>> eraser
    Eraser(method='leace', rank=1, width=2)
    >>> np.allclose(eraser(X)[:2].mean(axis=0), eraser(X)[2:].mean(axis=0))
    True
    """
    check_width("X", as_rows("X", X))
    return leace_of(moments_of(X, coded(Z)), affine=affine, shrinkage=shrinkage)


def leace_of(seen: Moments, *, affine: bool = True, shrinkage: bool = False) -> Eraser:
    """Fit LEACE on moments, which may have been gathered batch by batch; see `leace`."""
    check_instance("seen", seen, Moments, "Moments, as moments_of(X, coded(Z)) returns them")
    check_flag("affine", affine)
    check_flag("shrinkage", shrinkage)
    metric = shrunk(seen.covariance, seen.n) if shrinkage else seen.covariance
    if not affine:
        metric = metric + np.outer(seen.mean_x, seen.mean_x)
    matrix, rank = _projection(metric, seen)
    return around(matrix, seen.mean_x, affine, method="leace", rank=rank)


def _projection(metric: Array, seen: Moments) -> tuple[Array, int]:
    """Return the map P with ``P @ cross = 0`` that moves least under `metric`, and its rank."""
    cross = seen.cross / _scale(seen.cross)
    whiten, unwhiten = _roots(metric)
    found = whiten @ cross
    basis = _columns(found, _SMALL * float(np.linalg.norm(found, 2)) if found.size else 0.0)
    if _is_nothing(seen):
        basis = basis[:, :0]
    matrix = np.eye(len(metric)) - (unwhiten @ basis) @ (basis.T @ whiten)
    left = matrix @ cross
    rest = _columns(left, _ROUNDING)  # in directions too weak to be whitened
    return matrix - rest @ (rest.T @ matrix), basis.shape[1] + rest.shape[1]


def _roots(metric: Array) -> tuple[Array, Array]:
    """Return the pseudo-inverse of the metric's square root, and the square root."""
    values, vectors = np.linalg.eigh((metric + metric.T) / 2)
    least = max(float(values[-1]), 0.0) * len(values) * np.finfo(np.float64).eps
    held = values > least
    roots = np.sqrt(np.where(held, values, 0.0))
    inverse = np.divide(1.0, roots, out=np.zeros_like(roots), where=held)
    return (vectors * inverse) @ vectors.T, (vectors * roots) @ vectors.T


def _columns(table: Array, least: float) -> Array:
    """Return an orthonormal basis of what the columns span, save where that is below `least`."""
    left, sizes, _ = np.linalg.svd(table, full_matrices=False)
    return np.asarray(left[:, sizes > least])


def _scale(cross: Array) -> float:
    return float(np.abs(cross).max()) if cross.size and cross.any() else 1.0


def _is_nothing(seen: Moments) -> bool:
    """Whether X and Z covary by no more than rounding makes them."""
    spread = float(np.sqrt(np.trace(seen.covariance)))
    return float(np.abs(seen.cross).max(initial=0.0)) <= _EXACT * max(spread, 1e-300)
