"""Group labels, in any of the forms that people keep them, as names and codes.

pandas is never imported: a column is whatever can be listed, a table is whatever has columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.metrics.labels import is_missing

UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class Groups:
    """One group per row.

    Attributes
    ----------
    names : tuple of str
        Every group, also one that was declared and holds no row. Rows without a label form the
        group ``"unknown"``, which stands last.
    codes : array of shape (n,)
        Position in `names` of each row's group.
    """

    names: tuple[str, ...]
    codes: NDArray[np.intp]

    @property
    def compared(self) -> tuple[str, ...]:
        """Groups that can be held against each other: all but the unknown one."""
        return tuple(name for name in self.names if name != UNKNOWN)


def as_groups(sensitive_features: Any, n: int) -> Groups:
    """Read one group label per prediction.

    Parameters
    ----------
    sensitive_features : array-like of shape (n,), or table of shape (n, n_attributes)
        A list, an array or a Series; or a 2-D array, a DataFrame or a mapping of columns, whose
        intersections are then the groups, with labels joined as in ``"Black, female"``. None, NaN
        and blank labels, alone or in any column, make a row ``"unknown"``. The categories of a
        single categorical column are groups even where no row has them.
    n : int
        Number of predictions.

    Returns
    -------
    Groups

    Raises
    ------
    ArgumentTypeError
        If `sensitive_features` is not a column or a table.
    ArgumentError
        If its length is not `n`.

    Examples
    --------
    >>> as_groups({"race": ["Black", "white"], "gender": ["female", None]}, 2).names
    ('Black, female', 'unknown')
    """
    columns = _columns(sensitive_features)
    for column in columns:
        _check_length(len(column.codes), n)
    return _tidy(columns[0] if len(columns) == 1 else _crossed(columns))


@dataclass(frozen=True, eq=False)
class _Column:
    """Labels of the distinct raw values, which of them each row has, and what was declared."""

    labels: tuple[str, ...]
    codes: NDArray[np.intp]
    declared: tuple[str, ...] = ()


def _columns(features: Any) -> list[_Column]:
    if features is None or isinstance(features, (str, bytes)) or not isinstance(features, Iterable):
        raise ArgumentTypeError(
            f"sensitive_features={features!r} must hold one group label per prediction. "
            "Pass the column itself, such as applicants['gender']."
        )
    parts = _parts(features)
    if not parts:
        raise ArgumentError("sensitive_features has no columns. Give at least one attribute.")
    return [_factorised(part) for part in parts]


def _parts(features: Any) -> list[Any]:
    if isinstance(features, Mapping):
        return list(features.values())
    if hasattr(features, "columns"):
        return [features[name] for name in features.columns]
    if _categories(features) is not None:
        return [features]
    array = np.asarray(features, dtype=object)
    if array.ndim > 2:
        raise ArgumentError(
            f"sensitive_features has {array.ndim} dimensions and must have one (labels) or two "
            "(a column per attribute)."
        )
    return list(array.T) if array.ndim == 2 else [array]


def _factorised(column: Any) -> _Column:
    values = column.tolist() if hasattr(column, "tolist") else list(column)
    seen: dict[Any, int] = {}
    try:
        codes = [seen.setdefault(value, len(seen)) for value in values]
    except TypeError as err:
        raise ArgumentTypeError(
            "sensitive_features holds labels that cannot be compared, such as lists of unequal "
            "length. Give one text or number per prediction and attribute."
        ) from err
    declared = tuple(_label(value) for value in _categories(column) or ())
    labels = tuple(_label(value) for value in seen)
    return _Column(labels, np.asarray(codes, dtype=np.intp), declared)


def _categories(column: Any) -> list[Any] | None:
    """Return the declared categories of a pandas categorical, array or Series."""
    holder = getattr(column, "cat", column)
    categories = getattr(holder, "categories", None)
    return None if categories is None else list(categories)


def _label(value: Any) -> str:
    if is_missing(value):
        return UNKNOWN
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))  # whole numbers turn into floats beside a missing value
    return str(value).strip() or UNKNOWN


def _check_length(found: int, n: int) -> None:
    if found != n:
        raise ArgumentError(
            f"sensitive_features has {found} entries but y_pred has {n}. "
            "Give one group label per prediction."
        )


def _crossed(columns: list[_Column]) -> _Column:
    """Cross the columns: a row's group is the intersection of its labels."""
    rows = np.stack([column.codes for column in columns], axis=1)
    distinct, codes = np.unique(rows, axis=0, return_inverse=True)
    labels = tuple(
        _joined([column.labels[code] for column, code in zip(columns, row, strict=True)])
        for row in distinct
    )
    return _Column(labels, codes.reshape(-1).astype(np.intp))


def _joined(labels: list[str]) -> str:
    return UNKNOWN if UNKNOWN in labels else ", ".join(labels)


def _tidy(column: _Column) -> Groups:
    """Order the names: as declared, else alphabetically; the unknown group last."""
    found = set(column.labels)
    known = [*column.declared, *sorted(found.difference(column.declared))]
    names = [name for name in known if name != UNKNOWN] + [UNKNOWN] * (UNKNOWN in found)
    place = {name: position for position, name in enumerate(names)}
    recode = np.array([place[label] for label in column.labels], dtype=np.intp)
    return Groups(tuple(names), recode[column.codes])
