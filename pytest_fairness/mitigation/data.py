"""Rows that a repair learns from: reading, matching labels, splitting.

Nothing is lost in silence: a row that cannot be used stops the reading, with its file and line.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_fairness.errors import ArgumentError

if TYPE_CHECKING:
    import numpy.typing as npt

DELIMITERS = {".csv": ",", ".tsv": "\t"}
JSON_LINES = (".jsonl", ".ndjson")


@dataclass(frozen=True)
class Rows:
    """Texts with their labels as the file writes them.

    Attributes
    ----------
    texts : tuple of str
    labels : tuple of str or None
        None when no label column was asked for.
    lines : tuple of int
        Line of the file on which each row begins.
    path : str
        The file, for messages.
    """

    texts: tuple[str, ...]
    labels: tuple[str, ...] | None
    lines: tuple[int, ...]
    path: str = ""

    def __len__(self) -> int:
        return len(self.texts)

    def select(self, indices: Iterable[int]) -> Rows:
        """Return the rows at `indices`, in that order."""
        chosen = list(indices)
        labels = None if self.labels is None else tuple(self.labels[i] for i in chosen)
        return Rows(
            texts=tuple(self.texts[i] for i in chosen),
            labels=labels,
            lines=tuple(self.lines[i] for i in chosen),
            path=self.path,
        )


@dataclass(frozen=True)
class Labelled:
    """Texts with what the model should say to them.

    Attributes
    ----------
    texts : sequence of str
    targets : array of shape (n_texts,) or (n_texts, n_labels), optional
        Label numbers, or probabilities. Without them the model before the repair is the teacher.
    groups : sequence of str, optional
        Group of each text, empty where it is unknown.

    Raises
    ------
    ArgumentError
        If texts and targets differ in number.
    """

    texts: Sequence[str]
    targets: Sequence[int] | npt.NDArray[Any] | None = None
    groups: Sequence[str] | None = None

    def __post_init__(self) -> None:
        if self.targets is not None and len(self.targets) != len(self.texts):
            raise ArgumentError(
                f"targets has {len(self.targets)} entries but texts has {len(self.texts)}. "
                "Give one target per text."
            )


class Split(NamedTuple):
    """Three parts of the rows that share no text."""

    train: Rows
    validation: Rows
    heldout: Rows


class _Record(NamedTuple):
    line: int
    values: dict[str, Any]


def read_rows(path: str | Path, text: str = "text", label: str | None = None) -> Rows:
    """Read texts, and labels where a column is named, from CSV, TSV or JSON lines in UTF-8.

    Parameters
    ----------
    path : str or Path
        A file that ends in ``.csv``, ``.tsv``, ``.jsonl`` or ``.ndjson``. Tables need a header.
    text, label : str
        Names of the columns, or of the keys of each JSON object.

    Raises
    ------
    ArgumentError
        If the file cannot be read, is malformed, lacks a column, or has a row without text or
        label. The message names the file, the line and the value.
    """
    path = Path(path)
    content = _decode(path)
    records = list(_records(path, content))
    if not records:
        raise ArgumentError(f"{path} holds no rows. Give at least one row with a {text!r} column.")
    texts = tuple(_text(path, record, text) for record in records)
    labels = None if label is None else tuple(_label(path, record, label) for record in records)
    return Rows(texts, labels, tuple(record.line for record in records), str(path))


def label_numbers(rows: Rows, names: Sequence[str]) -> tuple[int, ...]:
    """Return each row's label as its number among the model's labels.

    A label matches the name of one of the model's labels (case does not matter where that leaves no
    doubt), or its number.

    Raises
    ------
    ArgumentError
        If the rows have no labels, or one is unknown to the model.
    """
    if rows.labels is None:
        raise ArgumentError(f"{rows.path or 'The rows'} were read without labels. Name the column.")
    numbers = {label: _number(label, names) for label in set(rows.labels)}
    for line, label in zip(rows.lines, rows.labels, strict=True):
        if numbers[label] is None:
            raise ArgumentError(
                f"{rows.path}, line {line}: label {label!r} is not one of the model's labels "
                f"({_list(names)}), nor one of their numbers 0 to {len(names) - 1}. "
                "Rename the labels in the file, or set id2label in the model's config.json."
            )
    return tuple(number for label in rows.labels if (number := numbers[label]) is not None)


def split_rows(rows: Rows, seed: int, fractions: tuple[float, float, float]) -> Split:
    """Split rows into training, validation and held-out rows, each label in the same shares.

    Rows with the same text stay together. The split depends on the texts and the seed alone, not on
    the order of the file.

    Raises
    ------
    ArgumentError
        If the fractions do not sum to 1, or a part would stay empty.
    """
    if min(fractions) < 0 or abs(sum(fractions) - 1) > 1e-9:
        raise ArgumentError(f"fractions={fractions!r} must not be negative, and must sum to 1.")
    parts: dict[str, int] = {}
    for texts in _strata(rows).values():
        parts.update(_allot(sorted(texts, key=lambda text: _rank(text, seed)), fractions))
    chosen: list[list[int]] = [[], [], []]
    for index, text in enumerate(rows.texts):
        chosen[parts[text]].append(index)
    if any(fraction > 0 and not part for fraction, part in zip(fractions, chosen, strict=True)):
        raise ArgumentError(
            f"{rows.path or 'The data'}: {len(parts)} distinct texts are too few to split into "
            f"shares of {_list(f'{fraction:g}' for fraction in fractions)}. Give more rows."
        )
    return Split(*(rows.select(part) for part in chosen))


def _decode(path: Path) -> str:
    if path.suffix.lower() not in (*DELIMITERS, *JSON_LINES):
        raise ArgumentError(
            f"{path} must end in one of {_list((*DELIMITERS, *JSON_LINES))}. "
            "Convert it, or rename it if it is one of these."
        )
    try:
        content = path.read_bytes()
    except OSError as err:
        reason = err.strerror or str(err)
        raise ArgumentError(f"{path} cannot be read: {reason}. Check the path.") from err
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        line = content.count(b"\n", 0, err.start) + 1
        raise ArgumentError(
            f"{path}, line {line}: byte {content[err.start : err.start + 1]!r} is not UTF-8. "
            "Save the file as UTF-8."
        ) from err


def _records(path: Path, content: str) -> Iterator[_Record]:
    suffix = path.suffix.lower()
    if suffix in JSON_LINES:
        return _json_records(path, content)
    return _table_records(path, content, DELIMITERS[suffix])


def _table_records(path: Path, content: str, delimiter: str) -> Iterator[_Record]:
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
            yield _Record(line, _match(path, line, header, fields))
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
            f"({_list(header)}). Quote a field that holds the delimiter."
        )
    return dict(zip(header, fields, strict=True))


def _json_records(path: Path, content: str) -> Iterator[_Record]:
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
        yield _Record(line, values)


def _text(path: Path, record: _Record, column: str) -> str:
    text = _value(path, record, column)
    if not isinstance(text, str) or not text.strip():
        raise ArgumentError(
            f"{path}, line {record.line}: column {column!r} holds {text!r}, not a text. "
            "Fill it, or remove the row."
        )
    return text


def _label(path: Path, record: _Record, column: str) -> str:
    label = _value(path, record, column)
    if label is None or not str(label).strip():
        raise ArgumentError(
            f"{path}, line {record.line}: column {column!r} is empty. "
            "Fill in the label, or remove the row."
        )
    return str(int(label) if isinstance(label, bool) else label).strip()


def _value(path: Path, record: _Record, column: str) -> Any:
    if column not in record.values:
        raise ArgumentError(
            f"{path}, line {record.line}: no column {column!r}. "
            f"The columns are: {_list(record.values)}. Name one of them."
        )
    return record.values[column]


def _number(label: str, names: Sequence[str]) -> int | None:
    if label in names:
        return list(names).index(label)
    similar = [i for i, name in enumerate(names) if name.casefold() == label.casefold()]
    if len(similar) == 1:
        return similar[0]
    digits = label.removesuffix(".0")  # a whole number, as a table with gaps writes it
    number = int(digits) if digits.isascii() and digits.isdigit() else -1
    return number if 0 <= number < len(names) else None


def _strata(rows: Rows) -> dict[str, list[str]]:
    """Distinct texts by label; a text with several labels counts under the smallest."""
    label_of: dict[str, str] = {}
    for text, label in zip(rows.texts, rows.labels or [""] * len(rows), strict=True):
        label_of[text] = min(label, label_of.get(text, label))
    strata: dict[str, list[str]] = defaultdict(list)
    for text, label in label_of.items():
        strata[label].append(text)
    return strata


def _rank(text: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}\n{text}".encode("utf-8", "surrogatepass")).digest()


def _allot(texts: list[str], fractions: tuple[float, float, float]) -> dict[str, int]:
    first = round(len(texts) * fractions[0])
    second = round(len(texts) * (fractions[0] + fractions[1]))
    return {text: (i >= first) + (i >= second) for i, text in enumerate(texts)}


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)
