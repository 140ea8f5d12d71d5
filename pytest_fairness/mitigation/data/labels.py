"""Labels as a file writes them, and their numbers among the labels of a model."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.data.rows import Rows, check_is_rows


def label_numbers(rows: Rows, names: Sequence[str]) -> tuple[int, ...]:
    """Return each row's label as its number among the model's labels.

    A label matches the name of one of the model's labels (case does not matter where that leaves no
    doubt), or its number. A model that has no names for its labels, but LABEL_0, LABEL_1 and so on,
    takes them in the order that the rows' source has.

    Raises
    ------
    ArgumentError
        If the rows have no labels, or one is unknown to the model.
    """
    check_is_rows(rows)
    if rows.labels is None:
        raise ArgumentError(f"{rows.path or 'The rows'} were read without labels. Name the column.")
    known = rows.label_names if _unnamed(names) and len(rows.label_names) == len(names) else names
    numbers = {label: _number(label, known) for label in set(rows.labels)}
    for line, label in zip(rows.lines, rows.labels, strict=True):
        if numbers[label] is None:
            raise ArgumentError(
                f"{rows.where(line)}: label {label!r} is not one of the model's labels "
                f"({', '.join(names)}), nor one of their numbers 0 to {len(names) - 1}. "
                "Rename the labels in the file, or set id2label in the model's config.json."
            )
    return tuple(number for label in rows.labels if (number := numbers[label]) is not None)


def _unnamed(names: Sequence[str]) -> bool:
    return list(names) == [f"LABEL_{number}" for number in range(len(names))]


def _number(label: str, names: Sequence[str]) -> int | None:
    if label in names:
        return list(names).index(label)
    similar = [i for i, name in enumerate(names) if name.casefold() == label.casefold()]
    if len(similar) == 1:
        return similar[0]
    digits = label.removesuffix(".0")  # a whole number, as a table with gaps writes it
    number = int(digits) if digits.isascii() and digits.isdigit() else -1
    return number if 0 <= number < len(names) else None
