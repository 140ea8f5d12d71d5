"""Reading the files of a benchmark as their repositories publish them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
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
            yield from reader
    except UnicodeDecodeError as err:
        raise ArgumentError(f"{path} is not UTF-8 text ({err}). Save it as UTF-8.") from err


def lines_of(path: Path) -> list[str]:
    """Return the lines of a file that are not empty, without the spaces around them."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as err:
        raise ArgumentError(f"{path} is not UTF-8 text ({err}). Save it as UTF-8.") from err
    return [line.strip() for line in lines if line.strip()]


def json_of(path: Path) -> Any:
    """Return what a JSON file holds.

    Raises
    ------
    ArgumentError
        If it is no valid JSON.
    """
    try:
        return json.loads(path.read_text("utf-8-sig"))
    except ValueError as err:
        raise ArgumentError(f"{path} is not valid JSON: {err}. Take it as published.") from err


def json_lines(path: Path, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file with one in each line."""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as err:
            raise ArgumentError(f"{path}, line {number}, is not valid JSON: {err}.") from err
        check_columns(path, row, columns)
        yield row


def check_columns(path: Path, there: Any, wanted: Sequence[str]) -> None:
    """Raise if a column is missing, naming it and those that are there."""
    missing = [name for name in wanted if name not in there]
    if missing:
        raise ArgumentError(
            f"{path} has no column {missing[0]!r}; it has {', '.join(map(str, there))}. Take the "
            "file as it was published, or rename the column."
        )
