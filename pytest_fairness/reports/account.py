"""What was done to a model and what came of it, for the top of a page: words and tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A table of ready words; the first column names its rows.

    Attributes
    ----------
    title : str
    head : tuple of str
    rows : tuple of tuple of str
        A row with fewer cells than the head has a sentence as its last one.
    note : str
        How to read it.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Account:
    """How a repair ended, why, and what was measured beside the checks.

    Attributes
    ----------
    met : bool
    title : str
        How it ended, in a few words.
    reason : str
    facts : tuple of (str, str)
        Names and what there is to say of each.
    tables : tuple of Table
    """

    met: bool
    title: str
    reason: str
    facts: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
