"""Reading the files of a benchmark as their repositories publish them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_fairness.errors import ArgumentError


def find(folder: Path, pattern: str, address: str) -> list[Path]:
    """Return the files of a folder that a pattern names, in order; else those of folders in it.

    Raises
    ------
    ArgumentError
        If there is none: the message says which file is missing and where it is published.
    """
    found = find_all(folder, pattern)
    if not found:
        there = sorted(p.name for p in Path(folder).iterdir())[:6] if Path(folder).is_dir() else []
        holds = f"it holds {', '.join(there)}" if there else "it is empty or not there"
        raise ArgumentError(
            f"{folder} has no {pattern}; {holds}. Place the file there as {address} publishes it."
        )
    return found


def find_all(folder: Path, pattern: str) -> list[Path]:
    """Return what a pattern names in a folder, or else in the folders in it; maybe nothing."""
    return sorted(Path(folder).glob(pattern)) or sorted(Path(folder).rglob(pattern))


def csv_rows(path: Path, columns: Sequence[str], delimiter: str = ",") -> Iterator[dict[str, str]]:
    """Yield the rows of a file, which must have some columns.

    Raises
    ------
    ArgumentError
        If one is missing or has another name, or the file is not text.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, delimiter=delimiter)
            check_columns(path, reader.fieldnames or (), columns)
            for row in reader:
                _check_values(path, reader.line_num, row, columns)
                yield row
    except UnicodeDecodeError as err:
        raise ArgumentError(f"{path} is not UTF-8 text ({err}). Save it as UTF-8.") from err


def lines_of(path: Path) -> list[str]:
    """Return the lines of a file that are not empty, without the spaces around them."""
    return [line.strip() for line in _text(path).splitlines() if line.strip()]


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as err:
        raise ArgumentError(f"{path} is not UTF-8 text ({err}). Save it as UTF-8.") from err


def json_of(path: Path) -> Any:
    """Return what a JSON file holds.

    Raises
    ------
    ArgumentError
        If it is no valid JSON.
    """
    text = _text(path)
    try:
        return json.loads(text)
    except ValueError as err:
        raise ArgumentError(f"{path} is not valid JSON: {err}. Take it as published.") from err


def json_lines(path: Path, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file with one in each line."""
    for number, line in enumerate(_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as err:
            raise ArgumentError(
                f"{path}, line {number}, is not valid JSON: {err}. Take the file as it was "
                "published: one object a line."
            ) from err
        if not isinstance(row, dict):
            raise ArgumentError(
                f"{path}, line {number}, is a {type(row).__name__}, not an object. Take the file "
                "as it was published: one object a line."
            )
        check_columns(path, row, columns)
        _check_values(path, number, row, columns)
        yield row


def _check_values(path: Path, line: int, row: Mapping[str, Any], columns: Sequence[str]) -> None:
    """Raise if a row breaks off before one of the columns."""
    missing = [name for name in columns if row[name] is None]
    if missing:
        raise ArgumentError(
            f"{path}, line {line}, has no value of {missing[0]!r}. Take the file as it was "
            "published."
        )


def check_codes(path: Path, row: Mapping[str, Any], codes: Mapping[str, Sequence[str]]) -> None:
    """Raise if a row has another value than the known ones in a column that decides what it is."""
    for name, known in codes.items():
        if str(row[name]) not in known:
            first, value = next(iter(row.items()))
            raise ArgumentError(
                f"{path}, row of {first}={value!r}: {name}={row[name]!r} must be one of "
                f"{', '.join(known)}. Take the file as it was published."
            )


def check_columns(path: Path, there: Any, wanted: Sequence[str]) -> None:
    """Raise if a column is missing, naming it and those that are there."""
    missing = [name for name in wanted if name not in there]
    if missing:
        found = ", ".join(map(str, there))
        raise ArgumentError(
            f"{path} has no column {missing[0]!r}; it {f'has {found}' if found else 'is empty'}. "
            "Take the file as it was published, or rename the column."
        )
