"""Rows that a repair learns from: texts, with labels, groups and weights where they are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from pytest_fairness.errors import ArgumentTypeError
from pytest_fairness.mitigation.checking import (
    check_instance,
    check_names,
    check_same_length,
    check_weights,
    is_sequence,
    listed_texts,
    shown,
    shown_briefly,
)
from pytest_fairness.mitigation.data.records import in_table
from pytest_fairness.mitigation.data.texts import bare_text

if TYPE_CHECKING:
    import numpy.typing as npt

_Entry = TypeVar("_Entry")
_COLUMNS = ("labels", "lines", "groups", "weights")
_MOST_NAMED = 5  # labels or groups that a repr counts


@dataclass(frozen=True, repr=False)
class Rows:
    """Texts with what is known of each, as the file writes it.

    Attributes
    ----------
    texts : tuple of str
    labels : tuple of str or None
        None when no label column was asked for.
    lines : tuple of int
        Line of the file, or number of the row of a table, on which each row begins. A row that was
        made from another one keeps its line; one
        from elsewhere has -1.
    path : str
        The file, for messages.
    groups : tuple of str or None
        The group that each text speaks of, or comes from. None when no column was asked for.
    weights : tuple of float or None
        How much each row counts in training; None counts each once.
    label_names : tuple of str
        All labels in the order of their numbers, where the source has one (ClassLabel of datasets).

    Raises
    ------
    ArgumentError
        If labels, lines, groups or weights differ from the texts in number, or a weight is negative
        or not finite.
    ArgumentTypeError
        If texts, labels or groups are no texts.

    Examples
    --------
    >>> rows = Rows(("a", "b", "c"), ("0", "1", "0"), (2, 3, 4), groups=("x", "x", "y"))
    >>> rows
    Rows(3 texts, labels: 0 (2), 1 (1), groups: x (2), y (1))
    >>> rows.select([2, 0]).groups
    ('y', 'x')
    """

    texts: tuple[str, ...]
    labels: tuple[str, ...] | None
    lines: tuple[int, ...]
    path: str = ""
    groups: tuple[str, ...] | None = None
    weights: tuple[float, ...] | None = None
    label_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "texts", tuple(listed_texts("texts", self.texts)))
        for name in _COLUMNS:
            entries = getattr(self, name)
            if entries is not None:
                object.__setattr__(self, name, _column(name, entries, len(self.texts)))
        check_names("labels", self.labels)
        check_names("groups", self.groups)
        check_weights("weights", self.weights)

    def __repr__(self) -> str:
        told = [f"{len(self)} texts", *_counted("labels", self.labels)]
        told += _counted("groups", self.groups)
        if self.weights:
            told.append(f"weights: {min(self.weights):.3g} to {max(self.weights):.3g}")
        return f"Rows({', '.join(told + [repr(self.path)] * bool(self.path))})"

    def __len__(self) -> int:
        return len(self.texts)

    def where(self, line: int) -> str:
        """Say where the row with this line stands, for a message."""
        if self.path and not self.path.endswith(".parquet"):
            return f"{self.path}, line {line}"
        return in_table(line, self.path)

    def select(self, indices: Iterable[int]) -> Rows:
        """Return the rows at `indices`, in that order."""
        chosen = list(indices)
        return Rows(
            texts=tuple(self.texts[i] for i in chosen),
            labels=_at(self.labels, chosen),
            lines=tuple(self.lines[i] for i in chosen),
            path=self.path,
            groups=_at(self.groups, chosen),
            weights=_at(self.weights, chosen),
            label_names=self.label_names,
        )


@dataclass(frozen=True, repr=False)
class Labelled:
    """Texts with what the model should say to them.

    Attributes
    ----------
    texts : sequence of str
    targets : array of shape (n_texts,) or (n_texts, n_labels), optional
        Label numbers, or probabilities. Without them the model before the repair is the teacher.
    weights : sequence of float, optional
        How much each text counts; by default each counts once.
    groups : sequence of str, optional
        The group that each text speaks of or comes from.

    Raises
    ------
    ArgumentError
        If texts and targets, weights or groups differ in number.
    """

    texts: Sequence[str]
    targets: Sequence[int] | npt.NDArray[Any] | None = None
    weights: Sequence[float] | None = None
    groups: Sequence[str] | None = None

    def __post_init__(self) -> None:
        check_listed("texts", self.texts)
        listed_texts("texts", self.texts)
        for name in ("targets", "weights", "groups"):
            entries = getattr(self, name)
            if entries is not None:
                check_listed(name, entries)
                check_same_length(name, len(entries), "texts", len(self.texts))
        check_names("groups", self.groups)
        check_weights("weights", self.weights)

    def __repr__(self) -> str:
        given = [
            name for name in ("targets", "weights", "groups") if getattr(self, name) is not None
        ]
        return f"Labelled({', '.join([f'{len(self.texts)} texts', *given])})"

    def first(self, n: int) -> Labelled:
        """Return the first `n` texts, and what is known of them."""
        return self._at(range(min(n, len(self.texts))))

    def distinct(self) -> Labelled:
        """Return each text once under each label and group: copies are no further evidence.

        Nor are texts that differ in nothing but case, white space, punctuation, numbers, addresses
        and names of users.
        """
        n, targets = len(self.texts), self.targets
        labels = [None] * n if targets is None or np.ndim(targets) > 1 else list(targets)
        groups = [None] * n if self.groups is None else list(self.groups)
        first: dict[Any, int] = {}
        for i, known in enumerate(zip(map(bare_text, self.texts), labels, groups, strict=True)):
            first.setdefault(known, i)
        return self._at(list(first.values()))

    def _at(self, indices: Sequence[int]) -> Labelled:
        columns = (self.targets, self.weights, self.groups)
        return Labelled([self.texts[i] for i in indices], *(_picked(c, indices) for c in columns))


def _picked(entries: Any, indices: Sequence[int]) -> Any:
    if hasattr(entries, "dtype"):
        return entries[list(indices)]
    return None if entries is None else [entries[i] for i in indices]


def check_is_rows(rows: object, name: str = "rows") -> None:
    """Refuse what is no `Rows`, and say how to get them."""
    wanted = 'Rows, as read_rows("file.csv", label="label") returns them'
    check_instance(name, rows, Rows, wanted)


def not_rows(name: str, value: object) -> str:
    """Word the error of what is no `Rows`: a table in memory is one step away from them."""
    source = "df" if hasattr(value, "columns") or hasattr(value, "column_names") else "FILE"
    return f"{name}={shown_briefly(value)} must be rows: read_rows({source}, label=COLUMN)."


def check_listed(name: str, entries: object) -> None:
    """Refuse what has no entries that can be counted: a text, a number, a stream."""
    if not (is_sequence(entries) or hasattr(entries, "__array__")) or not _has_length(entries):
        raise ArgumentTypeError(
            f"{name}={shown(entries)} must be a list or an array with one entry per text."
        )


def _has_length(entries: Any) -> bool:
    return not hasattr(entries, "ndim") or entries.ndim > 0


def _column(name: str, entries: Any, n: int) -> tuple[Any, ...]:
    check_listed(name, entries)
    check_same_length(name, len(entries), "texts", n)
    return tuple(entries.tolist() if hasattr(entries, "tolist") else entries)


def _counted(name: str, entries: Sequence[str] | None) -> list[str]:
    """Return the most frequent labels or groups with their numbers, for a repr."""
    if entries is None:
        return []
    found = Counter(entries)
    told = ", ".join(f"{entry} ({n})" for entry, n in found.most_common(_MOST_NAMED))
    more = len(found) - _MOST_NAMED
    return [f"{name}: {told}" + (f" and {more} more" if more > 0 else "")]


def _at(entries: tuple[_Entry, ...] | None, indices: Sequence[int]) -> tuple[_Entry, ...] | None:
    return None if entries is None else tuple(entries[i] for i in indices)
