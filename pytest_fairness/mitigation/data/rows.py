"""Rows that a repair learns from: texts, with labels, groups and weights where they are known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.data.records import in_table

if TYPE_CHECKING:
    import numpy.typing as npt

_Entry = TypeVar("_Entry")


@dataclass(frozen=True)
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

    Raises
    ------
    ArgumentError
        If labels, lines, groups or weights differ from the texts in number.

    Examples
    --------
    >>> rows = Rows(("a", "b", "c"), ("0", "1", "0"), (2, 3, 4), groups=("x", "x", "y"))
    >>> rows.select([2, 0]).groups
    ('y', 'x')
    """

    texts: tuple[str, ...]
    labels: tuple[str, ...] | None
    lines: tuple[int, ...]
    path: str = ""
    groups: tuple[str, ...] | None = None
    weights: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        for name in ("labels", "lines", "groups", "weights"):
            entries = getattr(self, name)
            if entries is not None and len(entries) != len(self.texts):
                raise ArgumentError(
                    f"{name} has {len(entries)} entries but texts has {len(self.texts)}. "
                    "Give one entry per text."
                )

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
        )


@dataclass(frozen=True)
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
        for name in ("targets", "weights", "groups"):
            entries = getattr(self, name)
            if entries is not None and len(entries) != len(self.texts):
                raise ArgumentError(
                    f"{name} has {len(entries)} entries but texts has {len(self.texts)}. "
                    f"Give one {name.removesuffix('s')} per text."
                )

    def first(self, n: int) -> Labelled:
        """Return the first `n` texts, and what is known of them."""
        targets, weights, groups = self.targets, self.weights, self.groups
        return Labelled(
            self.texts[:n],
            None if targets is None else targets[:n],
            None if weights is None else weights[:n],
            None if groups is None else groups[:n],
        )


def _at(entries: tuple[_Entry, ...] | None, indices: Sequence[int]) -> tuple[_Entry, ...] | None:
    return None if entries is None else tuple(entries[i] for i in indices)
