"""Reading rows from files and tables: a row that cannot be used stops the reading, by its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.data.files import file_records
from pytest_fairness.mitigation.data.records import Record, no_column
from pytest_fairness.mitigation.data.rows import Rows
from pytest_fairness.mitigation.data.tables import numbered_names, table_records


def read_rows(
    source: Any, text: str = "text", label: str | None = None, group: str | None = None
) -> Rows:
    """Read texts, and labels and groups where a column is named, from a file or a table.

    Parameters
    ----------
    source : str, Path or table
        A file that ends in ``.csv``, ``.tsv``, ``.jsonl`` or ``.ndjson`` (UTF-8; tables need a
        header) or ``.parquet``; or a table of pandas, polars, pyarrow or datasets, a mapping of
        columns, or an iterable of mappings or of texts. Numbers for which a column of datasets has
        names (ClassLabel) are read as these names.
    text, label, group : str
        Names of the columns, or of the keys of each JSON object.

    Returns
    -------
    Rows
        Its `lines` are those of a text file, or the numbers of a table's rows counted from 0.

    Raises
    ------
    ArgumentError
        If the source cannot be read, is malformed, lacks a column, or has a row without text,
        label or group. The message names the place and the value.
    ArgumentTypeError
        If the source is no table, such as a set of several parts.
    MissingPackageError
        If a Parquet file is given and pyarrow is not installed.

    Examples
    --------
    >>> read_rows([{"text": "Well done.", "label": 1}, {"text": "做得好。", "label": 1}]).texts
    ('Well done.', '做得好。')
    >>> read_rows({"text": ["a", "b"], "stars": [1, None]}, label="stars")
    Traceback (most recent call last):
    ...
    pytest_fairness.errors.ArgumentError: row 1 (counted from 0): column 'stars' is empty. ...
    """
    named = {"text": text, "label": label, "group": group}
    wanted = list(dict.fromkeys(name for name in named.values() if name is not None))
    path = str(source) if isinstance(source, (str, Path)) else ""
    records = file_records(Path(path), wanted) if path else table_records(source, wanted)
    if not records:
        raise ArgumentError(
            f"{path or 'The data'} holds no rows. Give at least one row with a {text!r} column."
        )
    return Rows(
        texts=tuple(_text(record, text) for record in records),
        labels=_names(records, label, "label"),
        lines=tuple(record.line for record in records),
        path=path,
        groups=_names(records, group, "group"),
        label_names=() if path or label is None else numbered_names(source, label),
    )


def _names(records: list[Record], column: str | None, role: str) -> tuple[str, ...] | None:
    return None if column is None else tuple(_name(record, column, role) for record in records)


def _text(record: Record, column: str) -> str:
    text = _value(record, column)
    if not isinstance(text, str) or not text.strip():
        raise ArgumentError(
            f"{record.where}: column {column!r} holds {text!r}, not a text. "
            "Fill it, or remove the row."
        )
    return text


def _name(record: Record, column: str, role: str) -> str:
    name = _value(record, column)
    if _is_missing(name) or not str(name).strip():
        if role == "group":  # a row may speak of nobody, or of somebody unknown
            return ""
        raise ArgumentError(
            f"{record.where}: column {column!r} is empty. Fill in the {role}, or remove the row."
        )
    return str(int(name) if isinstance(name, bool) else name).strip()


def _is_missing(value: Any) -> bool:
    """Whether a cell is empty in the way of Python, NumPy or pandas."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float) and value != value


def _value(record: Record, column: str) -> Any:
    if column not in record.values:
        raise ArgumentError(no_column(record.where, column, record.values))
    value = record.values[column]
    return value.item() if type(value).__module__ == "numpy" and hasattr(value, "item") else value
