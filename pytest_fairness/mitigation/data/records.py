"""One row by column, before it is known which columns hold the text and the label."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple


class Record(NamedTuple):
    """The values of one row by column, and where it stands.

    Attributes
    ----------
    line : int
        Line of a file, or number of the row of a table counted from 0.
    where : str
        The same for a message.
    values : mapping of str to object
    """

    line: int
    where: str
    values: Mapping[str, Any]


def in_table(row: int, path: str = "") -> str:
    """Say where a row of a table stands, for a message."""
    return f"{path}{', ' if path else ''}row {row} (counted from 0)"


def no_column(where: str, name: str, columns: Collection[str]) -> str:
    """Word the error of a column that is not there."""
    names = ", ".join(map(str, columns))
    split = next((mark for mark in (";", "\t", "|") if mark in names), None)
    if len(columns) == 1 and split is not None:
        return (
            f"{where}: no column {name!r}. The one column is {names!r}: are they separated by "
            f"{split!r}? Expected are commas, or tabs in a .tsv file."
        )
    return (
        f"{where}: no column {name!r}. The columns are: {names}. Name one of them (text=, label=, "
        "group=, or --text, --label, --group)."
    )


def column_records(columns: Mapping[str, Sequence[Any]], path: str = "") -> list[Record]:
    """Turn columns of equal length into records."""
    names = list(columns)
    return [
        Record(row, in_table(row, path), dict(zip(names, values, strict=True)))
        for row, values in enumerate(zip(*columns.values(), strict=True))
    ]
