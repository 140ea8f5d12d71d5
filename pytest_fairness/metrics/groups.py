"""Group labels, in any of the forms that people keep them, as names and codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.metrics.columns import (
    as_array,
    categories_of,
    factorise,
    is_missing,
    is_nested,
)

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


def as_groups(sensitive_features: Any, n: int, name: str = "sensitive_features") -> Groups:
    """Read one group label per prediction.

    Parameters
    ----------
    sensitive_features : array-like of shape (n,), or table of shape (n, n_attributes)
        A list, an array, a tensor or a column of a data frame; or several: a list of columns (its
        length must not be `n`), a mapping of columns, a 2-D array or a data frame of pandas, polars
        or Arrow, whose intersections are then the groups, with labels joined as in
        ``"Black, female"``. None, NaN, blank labels and the text ``"unknown"``, alone or in any
        column, make a row ``"unknown"``. The categories of a single categorical column are groups
        even where no row has them. Of several columns the combinations that occur are groups, and
        each category that no row has is one, such as ``"other, *"``.
    n : int
        Number of predictions.
    name : str, default "sensitive_features"
        What error messages call it.

    Returns
    -------
    Groups

    Raises
    ------
    ArgumentTypeError
        If `sensitive_features` is not a column or a table.
    ArgumentError
        If its length is not `n`, or two different groups would have the same name, as 0 and "0".

    Examples
    --------
    >>> as_groups({"race": ["Black", "white"], "gender": ["female", None]}, 2).names
    ('Black, female', 'unknown')
    """
    columns = [_column(name, part) for part in _parts(name, sensitive_features, n)]
    if not columns:
        raise ArgumentError(f"{name} has no columns. Give at least one attribute.")
    for column in columns:
        _check_length(name, len(column.codes), n)
    return _tidy(columns[0] if len(columns) == 1 else _crossed(columns))


def columns_of(sensitive_features: Any, n: int) -> list[Any]:
    """Return the attributes that a table holds, each as `as_groups` reads it alone."""
    return _parts("sensitive_features", sensitive_features, n)


@dataclass(frozen=True, eq=False)
class _Column:
    """Labels of the distinct raw values, which of them each row has, and what was declared."""

    labels: tuple[str, ...]
    codes: NDArray[np.intp]
    declared: tuple[str, ...] = ()


def _parts(name: str, features: Any, n: int) -> list[Any]:
    """Split a table into its columns; a single column is a list of itself."""
    table: Any = features
    labels = getattr(table, "column_names", None)  # Arrow's tables, and those of `datasets`
    if labels is not None:
        return [table[label] for label in labels]
    if features is None or isinstance(features, (str, bytes)) or not isinstance(features, Iterable):
        raise ArgumentTypeError(
            f"{name}={features!r} must hold one group label per prediction. "
            "Pass the column itself, such as applicants['gender']."
        )
    if isinstance(features, Mapping):
        return list(features.values())
    if hasattr(table, "columns"):
        return [table[label] for label in table.columns]
    if is_nested(features):
        return _from_nested(name, features, n)
    if getattr(features, "ndim", 1) > 1:
        return _from_array(name, as_array(name, features))
    return [features]


def _from_nested(name: str, features: Any, n: int) -> list[Any]:
    """Read a list of columns, or of rows where the list is as long as the predictions."""
    if len(features) != n and all(hasattr(part, "__len__") for part in features):
        lengths = {len(part) for part in features}
        if lengths == {n}:
            return list(features)
    return _from_array(name, np.asarray(as_array(name, features), dtype=object))


def _from_array(name: str, array: NDArray[Any]) -> list[Any]:
    if array.ndim > 2:
        raise ArgumentError(
            f"{name} has {array.ndim} dimensions and must have one (labels) or two "
            "(a column per attribute)."
        )
    return list(array.T) if array.ndim == 2 else [array]


def _column(name: str, values: Any) -> _Column:
    factors = factorise(name, values)
    declared = tuple(label_of(value) for value in categories_of(values) or ())
    _check_distinct(name, factors.values)
    return _Column(tuple(map(label_of, factors.values)), factors.codes, declared)


def _check_distinct(name: str, values: Iterable[Any]) -> None:
    """Raise if a text and a number, or a truth value, would be one group."""
    seen: dict[str, Any] = {}
    for value in values:
        other = seen.setdefault(label_of(value), value)
        if not is_missing(value) and isinstance(value, str) != isinstance(other, str):
            if is_missing(other):
                continue
            raise ArgumentError(
                f"{name} holds both {other!r} and {value!r}, which would be one group. Write them "
                "alike if they are, or rename one."
            )


def label_of(value: Any) -> str:
    """Return the name of a group from the value that stands for it."""
    if is_missing(value):
        return UNKNOWN
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))  # whole numbers turn into floats beside a missing value
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    return text.strip() or UNKNOWN


def _check_length(name: str, found: int, n: int) -> None:
    if found != n:
        raise ArgumentError(
            f"{name} has {found} entries but y_pred has {n}. Give one group label per prediction."
        )


def _crossed(columns: list[_Column]) -> _Column:
    """Cross the columns: a row's group is the intersection of its labels that occurs."""
    whole = columns[0]
    for column in columns[1:]:
        width = len(column.labels)
        both = factorise("sensitive_features", whole.codes * width + column.codes)
        pairs = (divmod(place, width) for place in both.values)
        crossed = {pair: _joined(whole.labels[pair[0]], column.labels[pair[1]]) for pair in pairs}
        _check_one_name_each(whole, column, crossed)
        whole = _Column(tuple(crossed.values()), both.codes)
    return replace(whole, declared=(*sorted(set(whole.labels) - {UNKNOWN}), *_empty(columns)))


def _check_one_name_each(
    whole: _Column, column: _Column, crossed: Mapping[tuple[int, int], str]
) -> None:
    seen: dict[str, tuple[str, str]] = {}
    for (one, other), label in crossed.items():
        two = (whole.labels[one], column.labels[other])
        if label != UNKNOWN and seen.setdefault(label, two) != two:
            raise ArgumentError(
                f"The intersections {seen[label]} and {two} would both be called {label!r}. Rename "
                "a label that holds a comma."
            )


def _empty(columns: list[_Column]) -> list[str]:
    """Return a name for each category that a column declares and no row has."""
    return [
        ", ".join(level if each is column else "*" for each in columns)
        for column in columns
        for level in column.declared
        if level not in column.labels
    ]


def _joined(one: str, other: str) -> str:
    return UNKNOWN if UNKNOWN in (one, other) else f"{one}, {other}"


def _tidy(column: _Column) -> Groups:
    """Order the names: as declared, else alphabetically; the unknown group last."""
    found = set(column.labels)
    known = dict.fromkeys([*column.declared, *sorted(found.difference(column.declared))])
    names = [name for name in known if name != UNKNOWN] + [UNKNOWN] * (UNKNOWN in found)
    place = {name: position for position, name in enumerate(names)}
    recode = np.array([place[label] for label in column.labels], dtype=np.intp)
    return Groups(tuple(names), recode[column.codes])
