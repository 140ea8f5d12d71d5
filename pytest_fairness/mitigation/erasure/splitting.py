"""Group labels as numbers, and rows in two parts: one to fit on, one to judge by."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.checking import as_entries, check_real, check_seed
from pytest_fairness.mitigation.erasure.moments import check_same_length

Codes = npt.NDArray[np.intp]


def codes_of(name: str, labels: Any, n: int) -> tuple[Codes, tuple[str, ...]]:
    """Return a number per row, and the groups' names in sorted order.

    Raises
    ------
    ArgumentError
        If there is not one label a row, or fewer than two groups.
    """
    listed = as_entries(name, labels)
    check_same_length(name, len(listed), n)
    names, codes = np.unique(np.asarray([str(label) for label in listed]), return_inverse=True)
    if len(names) < 2:
        raise ArgumentError(
            f"{name} has the groups {', '.join(names) or '(none)'}: telling groups apart needs two."
        )
    return codes.astype(np.intp), tuple(map(str, names))


def halves(
    codes: Codes, names: tuple[str, ...], share: float, seed: int, clusters: Any = None
) -> tuple[Codes, Codes]:
    """Return rows to fit on and rows to judge by, drawn by seed.

    Parameters
    ----------
    codes : array of shape (n,)
    names : tuple of str
    share : float in (0, 1)
        Of the rows of each group, or of the clusters, that judge.
    seed : int
    clusters : sequence of length n, optional
        Rows that must not be parted, such as the variants of one text.

    Raises
    ------
    ArgumentError
        If the share is out of range, or a group would lack rows in one of the parts.
    """
    check_real("held_out", share, 0.0, 1.0, False, "it is the share of the rows that judges")
    check_seed(seed)
    rng = np.random.default_rng(seed)
    judges = np.zeros(len(codes), dtype=bool)
    if clusters is None:
        for code in range(len(names)):
            _draw(judges, np.flatnonzero(codes == code), share, rng)
    else:
        _draw_clusters(judges, clusters, share, rng)
    _check_parts(codes, names, judges)
    return np.flatnonzero(~judges), np.flatnonzero(judges)


def parted(codes: Codes, names: tuple[str, ...], n: int) -> tuple[Codes, Codes]:
    """Return the first `n` rows to fit on, and the others to judge by.

    Raises
    ------
    ArgumentError
        If a group would lack rows in one of the parts.
    """
    judges = np.arange(len(codes)) >= n
    _check_parts(codes, names, judges)
    return np.flatnonzero(~judges), np.flatnonzero(judges)


def _draw(judges: npt.NDArray[np.bool_], rows: Codes, share: float, rng: Any) -> None:
    judges[rng.permutation(rows)[: round(share * len(rows))]] = True


def _draw_clusters(judges: npt.NDArray[np.bool_], clusters: Any, share: float, rng: Any) -> None:
    listed = [str(cluster) for cluster in as_entries("clusters", clusters)]
    check_same_length("clusters", len(listed), len(judges))
    names, of_row = np.unique(np.asarray(listed), return_inverse=True)
    chosen = np.zeros(len(names), dtype=bool)
    _draw(chosen, np.arange(len(names)), share, rng)
    judges |= chosen[of_row]


def _check_parts(codes: Codes, names: tuple[str, ...], judges: npt.NDArray[np.bool_]) -> None:
    for part, rows in (("to fit a probe", ~judges), ("to judge it", judges)):
        counts = np.bincount(codes[rows], minlength=len(names))
        least = int(counts.argmin())
        if counts[least] < 2:
            raise ArgumentError(
                f"The group {names[least]!r} has {counts[least]} rows {part}, and 2 are needed. "
                "Give more rows of it, or leave it out."
            )
