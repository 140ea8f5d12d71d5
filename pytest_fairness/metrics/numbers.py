"""Scores and matrices of scores, checked, as arrays of floats."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.metrics.columns import as_array
from pytest_fairness.metrics.labels import as_vector

Array = NDArray[np.float64]


def as_numbers(name: str, values: Any, least: float = -np.inf, most: float = np.inf) -> Array:
    """Return `values` as finite numbers in [`least`, `most`], of shape (n,).

    Raises
    ------
    ArgumentTypeError
        If entries are no numbers.
    ArgumentError
        If entries are missing, infinite or out of range.
    """
    numbers = _floats(name, as_vector(name, values))
    check_numbers(name, numbers, least, most)
    return numbers


def as_matrix(name: str, values: Any, rows: str = "row") -> Array:
    """Return `values` as finite numbers of shape (n, k): one row for each of what `rows` names."""
    matrix = as_table(name, values, rows)
    numbers = _floats(name, matrix)
    check_numbers(name, numbers)
    return numbers


def as_columns(name: str, values: Any) -> Array:
    """Return `values` as finite numbers of shape (n, k); a single column may be one-dimensional."""
    table = as_array(name, values)
    return as_matrix(name, table.reshape(-1, 1) if table.ndim == 1 else table)


def as_table(name: str, values: Any, rows: str = "row") -> NDArray[Any]:
    """Return `values`, of any kind, as an array of shape (n, k)."""
    try:
        table = as_array(name, values)
    except ValueError as err:
        raise ArgumentError(_uneven(name, rows)) from err
    if table.ndim != 2:
        raise ArgumentError(
            f"{name} has shape {table.shape} and must be a table of shape (n, k): "
            f"one line for each {rows}."
        )
    return table


def check_numbers(name: str, numbers: Array, least: float = -np.inf, most: float = np.inf) -> None:
    """Raise unless all are finite and in range; the first that is not is named."""
    bad = np.argwhere(~(np.isfinite(numbers) & (numbers >= least) & (numbers <= most)))
    if not len(bad):
        return
    where = tuple(bad[0].tolist())
    span = "" if np.isinf(least) and np.isinf(most) else f" in [{least:g}, {most:g}]"
    raise ArgumentError(
        f"{name} holds {numbers[where]} at position {', '.join(map(str, where))} and must hold "
        f"finite numbers{span}. Drop those rows, or find out why the model gave no such number."
    )


def check_paired(name: str, found: int, other: str, n: int) -> None:
    """Raise unless `name` has as many entries as `other`."""
    if found != n:
        raise ArgumentError(
            f"{name} has {found} entries but {other} has {n}. Give one entry per row in both."
        )


def check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    """Raise unless `value` is one of `choices`."""
    if value not in choices:
        raise ArgumentError(f"{name}={value!r} must be one of {', '.join(choices)}.")


def _floats(name: str, array: NDArray[Any]) -> Array:
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError) as err:
        raise ArgumentTypeError(
            f"{name} holds values that are no numbers, such as {array.reshape(-1).tolist()[0]!r}. "
            "Give scores, one number per row."
        ) from err


def _uneven(name: str, rows: str) -> str:
    return (
        f"{name} has lines of different length and must have as many entries for each {rows}. "
        "Give every one the same variants."
    )
