"""Records of what is in memory: data frames, Arrow tables, data sets, lists and mappings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.mitigation.data.records import Record, column_records, in_table, no_column

_TO_LIST = ("to_pylist", "to_list", "tolist")  # Arrow; pandas and polars; NumPy


def table_records(source: Any, wanted: Sequence[str]) -> list[Record]:
    """Return the records of a table, of which only the `wanted` columns are read.

    Parameters
    ----------
    source : object
        A table of pandas, polars, pyarrow or datasets, a mapping of columns, or an iterable of
        mappings or of texts. Nothing of these packages is imported: a table is what has columns.
    wanted : sequence of str
        Names of columns, that of the texts first.
    """
    source = source.collect() if hasattr(source, "collect") else source  # a lazy frame
    names, named = _column_names(source), _named_numbers(source, wanted)
    if names is None:
        return [_with_names(record, named) for record in _listed(source, wanted)]
    for name in wanted:
        if name not in names:
            raise ArgumentError(no_column("The data", name, names))
    columns = {name: _values(source, name) for name in wanted}
    columns |= {name: [_name(n, names) for n in columns[name]] for name, names in named.items()}
    return _column_records(columns)


def numbered_names(source: Any, column: str) -> tuple[str, ...]:
    """Return the names that a data set of datasets has for the numbers of a column (ClassLabel)."""
    features = getattr(source, "features", None)
    names = getattr(features.get(column), "names", None) if isinstance(features, Mapping) else None
    return tuple(names) if isinstance(names, list) else ()


def _named_numbers(source: Any, wanted: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found = {name: numbered_names(source, name) for name in wanted}
    return {name: names for name, names in found.items() if names}


def _with_names(record: Record, named: Mapping[str, tuple[str, ...]]) -> Record:
    known = {name: names for name, names in named.items() if name in record.values}
    values = {name: _name(record.values[name], names) for name, names in known.items()}
    return record._replace(values={**record.values, **values}) if values else record


def _name(value: Any, names: Sequence[str]) -> Any:
    """Return the name of a number; none of -1, by which datasets mark a row without a label."""
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    if value == -1:
        return None
    return names[value] if 0 <= value < len(names) else value


def _column_names(source: Any) -> list[str] | None:
    if isinstance(source, Mapping):
        _refuse_parts(source)
        return list(source)
    if not hasattr(source, "__getitem__"):  # a stream
        return None
    names = getattr(source, "column_names", None)
    names = getattr(source, "columns", None) if names is None else names
    return None if names is None else list(names)


def _refuse_parts(source: Mapping[str, Any]) -> None:
    parts = [name for name, part in source.items() if hasattr(part, "column_names")]
    if parts:
        raise ArgumentTypeError(
            f"The data hold the parts {', '.join(parts)}. Give one of them: data[{parts[0]!r}]."
        )


def _values(source: Any, name: str) -> list[Any]:
    column = source[name]
    for method in _TO_LIST:
        if hasattr(column, method):
            return list(getattr(column, method)())
    return list(column)


def _column_records(columns: Mapping[str, list[Any]]) -> list[Record]:
    sizes = {name: len(values) for name, values in columns.items()}
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"{name} has {size}" for name, size in sizes.items())
        raise ArgumentError(f"The columns differ in length: {told}. Give one entry per text.")
    return column_records(columns)


def _listed(source: Any, wanted: Sequence[str]) -> list[Record]:
    if not isinstance(source, Iterable) or isinstance(source, (str, bytes)):
        raise ArgumentTypeError(
            f"{type(source).__name__} cannot be read as rows. Give the path of a file, a table of "
            "pandas, polars, pyarrow or datasets, a mapping of columns, or a list of mappings."
        )
    return [_item(row, item, wanted[0]) for row, item in enumerate(source)]


def _item(row: int, item: Any, text: str) -> Record:
    if isinstance(item, str):
        return Record(row, in_table(row), {text: item})
    if isinstance(item, Mapping):
        return Record(row, in_table(row), item)
    raise ArgumentTypeError(
        f"{in_table(row)} is of type {type(item).__name__}, neither a text nor a mapping of "
        f"columns. Give {{{text!r}: ...}}."
    )
