"""Records of a file and where they stand in it: CSV, TSV, JSON lines in UTF-8, and Parquet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from pytest_fairness.errors import ArgumentError, MissingPackageError
from pytest_fairness.mitigation.data.records import Record, column_records, no_column

DELIMITERS = {".csv": ",", ".tsv": "\t"}
JSON_LINES = (".jsonl", ".ndjson")
PARQUET = ".parquet"
SUFFIXES = (*DELIMITERS, *JSON_LINES, PARQUET)


def file_records(path: Path, wanted: Collection[str]) -> list[Record]:
    """Return the records of a file; of a Parquet file only the columns that are wanted."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ArgumentError(
            f"{path} must end in one of {', '.join(SUFFIXES)}. "
            "Convert it, or rename it if it is one of these."
        )
    if suffix == PARQUET:
        return _parquet_records(path, wanted)
    content = _decode(path)
    if suffix in JSON_LINES:
        return list(_json_records(path, content))
    return list(_table_records(path, content, DELIMITERS[suffix]))


def file_columns(path: Path) -> tuple[str, ...]:
    """Return the names of a file's columns; of JSON lines the keys of the first object."""
    if path.suffix.lower() == PARQUET:
        return _parquet_names(path)
    records = file_records(path, ())
    return tuple(records[0].values) if records else ()


def _parquet_names(path: Path) -> tuple[str, ...]:
    try:
        from pyarrow import ArrowInvalid, parquet
    except ImportError as err:
        raise MissingPackageError.for_feature("Reading Parquet", "pyarrow", "parquet") from err
    try:
        return tuple(parquet.read_schema(path).names)
    except OSError as err:
        raise _unreadable(path, err) from err
    except ArrowInvalid as err:
        raise ArgumentError(f"{path} is not a Parquet file ({err}). Write it again.") from err


def _decode(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as err:
        raise _unreadable(path, err) from err
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        line = content.count(b"\n", 0, err.start) + 1
        raise ArgumentError(
            f"{path}, line {line}: byte {content[err.start : err.start + 1]!r} is not UTF-8. "
            "Save the file as UTF-8."
        ) from err


def _unreadable(path: Path, err: OSError) -> ArgumentError:
    reason = err.strerror or str(err)
    return ArgumentError(f"{path} cannot be read: {reason}. Check the path.")


def _parquet_records(path: Path, wanted: Collection[str]) -> list[Record]:
    try:
        from pyarrow import ArrowInvalid, parquet
    except ImportError as err:
        raise MissingPackageError.for_feature("Reading Parquet", "pyarrow", "parquet") from err
    try:
        with path.open("rb") as content, parquet.ParquetFile(content) as file:
            names = file.schema_arrow.names
            for name in wanted:
                if name not in names:
                    raise ArgumentError(no_column(str(path), name, names))
            table = file.read(list(wanted))
    except OSError as err:
        raise _unreadable(path, err) from err
    except ArrowInvalid as err:
        raise ArgumentError(f"{path} is not a Parquet file ({err}). Write it again.") from err
    return column_records({name: table[name].to_pylist() for name in wanted}, str(path))


def _table_records(path: Path, content: str, delimiter: str) -> Iterator[Record]:
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    line = 1
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as err:
            raise ArgumentError(
                f"{path}, line {line}: the row is malformed ({err}). "
                "Check its quotes: a quote inside a quoted field is written twice."
            ) from err
        if fields and header is None:
            header = _header(path, line, fields)
        elif fields and header is not None:
            yield Record(line, f"{path}, line {line}", _match(path, line, header, fields))
        line = reader.line_num + 1


def _header(path: Path, line: int, fields: list[str]) -> list[str]:
    names = [name.strip() for name in fields]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ArgumentError(
            f"{path}, line {line}: the header names {twice[0]!r} twice. Rename one of the columns."
        )
    return names


def _match(path: Path, line: int, header: list[str], fields: list[str]) -> dict[str, Any]:
    if len(fields) != len(header):
        raise ArgumentError(
            f"{path}, line {line}: {len(fields)} fields, but the header has {len(header)} "
            f"({', '.join(header)}). Quote a field that holds the delimiter."
        )
    return dict(zip(header, fields, strict=True))


def _json_records(path: Path, content: str) -> Iterator[Record]:
    for line, row in enumerate(content.split("\n"), start=1):
        if not row.strip():
            continue
        try:
            values = json.loads(row)
        except ValueError as err:
            raise ArgumentError(
                f"{path}, line {line}: not JSON ({err}). Write one JSON object a line."
            ) from err
        if not isinstance(values, dict):
            raise ArgumentError(
                f"{path}, line {line}: {row.strip()[:40]!r} is not a JSON object. "
                "Write one JSON object a line."
            )
        yield Record(line, f"{path}, line {line}", values)
