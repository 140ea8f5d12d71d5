"""Outcomes to text, JSON and HTML. This room knows `outcome` and nothing else of the package."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pytest_fairness.errors import ArgumentError
from pytest_fairness.outcome import Outcome
from pytest_fairness.reports.files import check_place
from pytest_fairness.reports.html import render_html, write_html
from pytest_fairness.reports.json_report import Report, read_json, write_json
from pytest_fairness.reports.text import failure_message, summary_table

__all__ = [
    "Report",
    "failure_message",
    "read_json",
    "read_report",
    "render_html",
    "summary_table",
    "write_html",
    "write_json",
    "write_report",
]

SUFFIXES = (".html", ".json")

read_report = read_json


def write_report(
    path: str | os.PathLike[str],
    outcomes: Iterable[Outcome],
    *,
    settings: Any = None,
    before: Iterable[Outcome] | None = None,
    notes: Sequence[str] = (),
) -> Path:
    """Write a report whose kind follows from the suffix of `path`: ``.html`` or ``.json``.

    Parameters
    ----------
    path : path
        The file; its folder must exist.
    outcomes : iterable of Outcome
    settings : mapping or dataclass, optional
        Settings of the run.
    before : iterable of Outcome, optional
        Outcomes before a repair, for the page only.
    notes : sequence of str, optional
        What is to be said of all outcomes together.

    Raises
    ------
    ArgumentError
        If the suffix is another one, or the folder does not exist.
    MissingPackageError
        If a page is asked for and Jinja2 is not installed.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise ArgumentError(
            f"The report {str(path)!r} ends in {suffix or 'no suffix'!r}, but it must end in "
            f"{' or '.join(SUFFIXES)}: the suffix says what to write."
        )
    check_place(path)
    if suffix == ".json":
        return write_json(path, outcomes, settings=settings, notes=notes)
    return write_html(path, outcomes, before=before, settings=settings, notes=notes)
