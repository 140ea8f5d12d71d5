"""Reading files of texts or templates: what each row says, and the line on which it begins.

Text files hold one row a line, CSV files a header, JSON lines an object a line, YAML files a list.
All are UTF-8, with or without a byte order mark and with any line ends. What cannot be read stops
the reading, with its file and line.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pytest_fairness.errors import ArgumentError, MissingPackageError

COLUMNS = ("template", "text")


class Row(NamedTuple):
    """One row of a file: its values by column, and its line."""

    line: int
    values: Mapping[str, Any]


class Content(NamedTuple):
    """What a file holds: its rows, and what it says of all of them."""

    rows: list[Row]
    common: Mapping[str, Any]


def read_rows(path: Path) -> Content:
    """Read a file of texts or templates.

    Raises
    ------
    ArgumentError
        If the file cannot be read, or is not what its name says.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise ArgumentError(
            f"{path} must end in one of {', '.join(_READERS)}. Convert it, or rename it if it is "
            "one of these."
        )
    content = reader(path, _decoded(path))
    if not content.rows:
        raise ArgumentError(f"{path} is empty: it holds no template or text. Give at least one.")
    return content


def suffixes() -> tuple[str, ...]:
    """Return how the files that can be read end."""
    return tuple(_READERS)


def _decoded(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as err:
        reason = err.strerror or str(err)
        raise ArgumentError(f"{path} cannot be read: {reason}. Check the path.") from err
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        line = content.count(b"\n", 0, err.start) + 1
        byte = content[err.start : err.start + 1]
        raise ArgumentError(
            f"{path}, line {line}: byte {byte!r} is not UTF-8. Save the file as UTF-8."
        ) from err


def _lines(content: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold something, numbered, whatever their ends."""
    plain = content.replace("\r\n", "\n").replace("\r", "\n")
    return ((n, line.strip()) for n, line in enumerate(plain.split("\n"), 1) if line.strip())


def _plain(path: Path, content: str) -> Content:
    rows = (Row(n, {"text": line}) for n, line in _lines(content) if not line.startswith("#"))
    return Content(list(rows), {})


def _table(path: Path, content: str) -> Content:
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    found = list(_numbered(path, reader))
    if not found:
        return Content([], {})
    header = [name.strip() for name in found[0][1]]
    return Content([Row(n, _matched(path, n, header, fields)) for n, fields in found[1:]], {})


def _numbered(path: Path, reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that hold something with the line on which each begins."""
    line = 1
    try:
        for fields in reader:
            if any(field.strip() for field in fields):
                yield line, fields
            line = reader.line_num + 1
    except csv.Error as err:
        raise ArgumentError(
            f"{path}, line {line}: the row is malformed ({err}). Check its quotes: a quote inside "
            "a quoted field is written twice."
        ) from err


def _matched(path: Path, line: int, header: list[str], fields: list[str]) -> dict[str, str]:
    if len(fields) != len(header):
        raise ArgumentError(
            f"{path}, line {line}: {len(fields)} fields, but the header has {len(header)} "
            f"({', '.join(header)}). Quote a field that holds a comma."
        )
    return dict(zip(header, fields, strict=True))


def _json_lines(path: Path, content: str) -> Content:
    return Content([Row(n, _json_object(path, n, line)) for n, line in _lines(content)], {})


def _json_object(path: Path, line: int, row: str) -> dict[str, Any]:
    try:
        value = json.loads(row)
    except ValueError as err:
        raise ArgumentError(
            f"{path}, line {line}: not JSON ({err}). Write one JSON object a line."
        ) from err
    if isinstance(value, str):
        return {"text": value}
    if not isinstance(value, dict):
        raise ArgumentError(
            f"{path}, line {line}: {row[:40]!r} is neither an object nor a string. Write one JSON "
            'object a line, such as {"template": "{name} left."}.'
        )
    return value


_QUOTE = "Quote a text that begins with a brace: - '{name} left.'"


def _yaml(path: Path, content: str) -> Content:
    yaml = _yaml_package()
    loader = yaml.SafeLoader(content)
    try:
        node = loader.get_single_node()
        value = loader.construct_document(node) if node is not None else None
    except yaml.YAMLError as err:
        mark = getattr(err, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(err, "problem", None) or err
        raise ArgumentError(f"{path}{where}: not YAML ({problem}). {_QUOTE}.") from err
    if value is None:
        return Content([], {})
    if isinstance(value, dict) and "templates" in value:
        children = next(v for key, v in node.value if key.value == "templates")
        common = {key: each for key, each in value.items() if key != "templates"}
        return Content(_yaml_rows(path, value["templates"], children), common)
    return Content(_yaml_rows(path, value, node), {})


def _yaml_package() -> Any:
    import importlib

    try:
        return importlib.import_module("yaml")
    except ImportError as err:
        raise MissingPackageError(
            "Reading YAML needs PyYAML, which is not installed. Install it with: "
            "pip install pyyaml, or write the templates as .jsonl."
        ) from err


def _yaml_rows(path: Path, value: Any, node: Any) -> list[Row]:
    if not isinstance(value, list):
        raise ArgumentError(
            f"{path}, line {node.start_mark.line + 1}: expected a list of templates, or a mapping "
            f"with the key 'templates'; got {str(value)[:40]!r}."
        )
    numbered = zip(value, node.value, strict=True)
    return [Row(n.start_mark.line + 1, _yaml_row(path, v, n)) for v, n in numbered]


def _yaml_row(path: Path, value: Any, node: Any) -> Mapping[str, Any]:
    if isinstance(value, str):
        return {"text": value.rstrip("\n")}
    if not isinstance(value, dict) or all(v is None for v in value.values()):
        raise ArgumentError(
            f"{path}, line {node.start_mark.line + 1}: {value!r} is neither a text nor a mapping "
            f"with the key 'template'. {_QUOTE}."
        )
    return value


def value_of(path: Path, row: Row, columns: Iterable[str]) -> str:
    """Return the text of a row: what stands in the first of these columns that it has."""
    wanted = tuple(columns)
    column = next((name for name in wanted if name in row.values), None)
    if column is None:
        raise ArgumentError(
            f"{path}, line {row.line}: no column {' or '.join(map(repr, wanted))}. The columns "
            f"are {', '.join(map(str, row.values))}. Name one of them."
        )
    value = row.values[column]
    if not isinstance(value, str) or not value.strip():
        raise ArgumentError(
            f"{path}, line {row.line}: {column!r} holds {value!r}, expected a text. Fill it, or "
            "remove the row."
        )
    return value


_READERS: Mapping[str, Callable[[Path, str], Content]] = {
    ".txt": _plain,
    ".csv": _table,
    ".jsonl": _json_lines,
    ".yaml": _yaml,
    ".yml": _yaml,
}
