"""Answers that a model gave elsewhere, so that it can be scored without being there."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pytest_fairness.errors import ArgumentError


def read_answers(path: Path, n: int) -> list[Any]:
    """Return recorded answers, one per item, in the order of the items.

    A JSON file holds a list of answers, or an object with the key ``"answers"``. A CSV file holds
    a column ``answer``, or columns of numbers, which make one answer together, in their order. An
    answer is what the benchmark's model would give: a number, a list of numbers, the index of an
    option (empty or null where none could be read), or a list of texts.

    Raises
    ------
    ArgumentError
        If the file cannot be read, or has not one answer per item.
    """
    found = _json(path) if path.suffix == ".json" else _csv(path)
    if len(found) != n:
        raise ArgumentError(
            f"{path} has {len(found)} answers, but the benchmark has {n} items. Give one answer "
            "per item, in the order of the published file."
        )
    return found


def _json(path: Path) -> list[Any]:
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as err:
        raise ArgumentError(f"{path} cannot be read as JSON: {err}.") from err
    answers = data.get("answers") if isinstance(data, dict) else data
    if not isinstance(answers, list):
        raise ArgumentError(f"{path} holds no list of answers, and no object with 'answers'.")
    return answers


def _csv(path: Path) -> list[Any]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except OSError as err:
        raise ArgumentError(f"{path} cannot be read: {err}.") from err
    if rows and "answer" in rows[0]:
        return [_value(row["answer"]) for row in rows]
    return [[_value(cell) for cell in row.values()] for row in rows]


def _value(cell: str) -> Any:
    if not cell.strip():
        return None
    try:
        number = float(cell)
    except ValueError:
        return cell
    return int(number) if number.is_integer() and "." not in cell else number


def as_scores(answers: Sequence[Any], *widths: int, path: str = "answers") -> list[list[float]]:
    """Return answers as lists of numbers, all of one of the widths.

    Raises
    ------
    ArgumentError
        If one is something else.
    """
    wanted = " or ".join(map(str, widths))
    chosen = len(answers[0]) if answers and isinstance(answers[0], (list, tuple)) else widths[0]
    for place, answer in enumerate(answers):
        fits = isinstance(answer, (list, tuple)) and len(answer) == chosen in widths
        if not fits or not all(isinstance(value, (int, float)) for value in answer):
            raise ArgumentError(
                f"{path}[{place}]={answer!r} must be a list of {wanted} numbers, of the same "
                "length for all items."
            )
    return [[float(value) for value in answer] for answer in answers]


def as_number(place: int, answer: Any, what: str = "a score") -> float:
    """Return an answer that is one finite number.

    Raises
    ------
    ArgumentError
        If it is something else.
    """
    if isinstance(answer, (int, float)) and math.isfinite(answer):
        return float(answer)
    raise ArgumentError(f"answers[{place}]={answer!r} must be a finite number: {what}.")
