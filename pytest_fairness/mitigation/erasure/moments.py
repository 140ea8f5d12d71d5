"""Means and covariances of representations and concepts, taken batch by batch in float64."""

from __future__ import annotations

from typing import Any

import numpy as np

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.metrics.columns import as_array
from pytest_fairness.mitigation.checking import as_entries, as_floats, shown
from pytest_fairness.mitigation.erasure.eraser import Array


class Moments:
    """What LEACE needs to know of representations X and a concept Z, of any number of rows.

    Batches are merged as in Chan, Golub and LeVeque (1983), so that a mean far from 0 costs no
    precision.

    Attributes
    ----------
    n : int
        Rows seen.
    mean_x, mean_z : array of shape (d,) and (k,)

    Examples
    --------
    >>> seen = Moments()
    >>> for batch in ([[0.0], [2.0]], [[4.0], [6.0]]):
    ...     seen.update(batch, batch)
    >>> seen.n, float(seen.covariance[0, 0]), float(seen.cross[0, 0])
    (4, 5.0, 5.0)
    """

    def __init__(self) -> None:
        self.n = 0
        self.mean_x: Array = np.zeros(0)
        self.mean_z: Array = np.zeros(0)
        self._xx: Array = np.zeros((0, 0))
        self._xz: Array = np.zeros((0, 0))

    @property
    def covariance(self) -> Array:
        """Covariance of X, of shape (d, d): sums over n, not n - 1."""
        return self._xx / self.n

    @property
    def cross(self) -> Array:
        """Covariance of X with Z, of shape (d, k)."""
        return self._xz / self.n

    def update(self, X: Any, Z: Any = None) -> None:
        """Take in more rows.

        Parameters
        ----------
        X : array-like of shape (n, d)
        Z : array-like of shape (n, k), optional
            Numbers; see `coded`.
        """
        x = as_rows("X", X)
        z = as_rows("Z", np.zeros((len(x), 0)) if Z is None else Z)
        check_same_length("Z", len(z), len(x))
        if not self.n:
            self.mean_x, self.mean_z = np.zeros(x.shape[1]), np.zeros(z.shape[1])
            self._xx, self._xz = np.zeros((x.shape[1],) * 2), np.zeros((x.shape[1], z.shape[1]))
        self._merge(x, z)

    def _merge(self, x: Array, z: Array) -> None:
        mean_x, mean_z = x.mean(axis=0), z.mean(axis=0)
        step_x, step_z = mean_x - self.mean_x, mean_z - self.mean_z
        total = self.n + len(x)
        weight = self.n * len(x) / total
        centred = x - mean_x
        self._xx = self._xx + centred.T @ centred + weight * np.outer(step_x, step_x)
        self._xz = self._xz + centred.T @ (z - mean_z) + weight * np.outer(step_x, step_z)
        self.mean_x = self.mean_x + step_x * (len(x) / total)
        self.mean_z = self.mean_z + step_z * (len(x) / total)
        self.n = total


def moments_of(X: Any, Z: Any = None) -> Moments:
    """Return the moments of rows that are at hand."""
    seen = Moments()
    seen.update(X, Z)
    return seen


def coded(Z: Any) -> Array:
    """Return a concept as columns of numbers.

    Parameters
    ----------
    Z : array-like of shape (n,) or (n, k)
        Group labels (str, int or bool) become one indicator a group, less the last group's, which
        the others imply. Floats, and tables of numbers, are taken as they are.

    Returns
    -------
    array of shape (n, k)

    Examples
    --------
    >>> coded(["woman", "man", "woman"]).tolist()
    [[0.0], [1.0], [0.0]]
    """
    array = as_array("Z", Z)
    if array.ndim == 2:
        return as_rows("Z", array)
    if array.dtype.kind == "f":
        return as_rows("Z", array[:, None])
    labels = as_entries("Z", Z if array.ndim == 0 else array)
    names = _sorted(labels)
    if len(names) < 2:
        shown = ", ".join(map(repr, names)) or "none"
        raise ArgumentError(
            f"Z has the groups {shown}: there is nothing to erase with fewer than 2."
        )
    return np.asarray([[label == name for name in names[:-1]] for label in labels], float)


def _sorted(labels: list[Any]) -> list[Any]:
    try:
        return sorted(set(labels))
    except TypeError as err:
        raise ArgumentTypeError(
            f"Z mixes labels of several kinds, such as {shown(labels)}. Give a text to each row."
        ) from err


def shrunk(covariance: Array, n: int) -> Array:
    """Return a covariance drawn towards a multiple of the identity, the more the fewer the rows.

    The share is the one of least expected squared error where rows and dimensions both grow
    (Bodnar, Gupta and Parolya 2014, "On the strong convergence of the optimal linear shrinkage
    estimator for large dimensional covariance matrix"), kept in [0, 1].
    """
    width = len(covariance)
    total = float(np.trace(covariance))
    spread = float((covariance**2).sum()) - total**2 / width  # squared distance from the target
    share = 1.0 if spread <= 0 else min(1.0, total**2 / (n * spread))
    return (1 - share) * covariance + share * total / width * np.eye(width)


def as_rows(name: str, values: Any) -> Array:
    """Return a finite table of float64.

    Raises
    ------
    ArgumentError
        If it is none.
    """
    table = as_floats(name, values)
    if table.ndim != 2 or not len(table):
        raise ArgumentError(f"{name} has shape {table.shape}, but (n, d) with n > 0 was expected.")
    if not np.isfinite(table).all():
        raise ArgumentError(f"{name} holds numbers that are not finite. Leave such rows out.")
    return table


def check_width(name: str, table: Array) -> None:
    """Raise if rows have no dimensions."""
    if not table.shape[1]:
        raise ArgumentError(f"{name} has shape {table.shape}: rows of no dimensions. Give d > 0.")


def check_same_length(name: str, found: int, n: int) -> None:
    """Raise unless there is one entry per row of X."""
    if found != n:
        raise ArgumentError(f"{name} has {found} entries but X has {n} rows. Give one per row.")
