"""Templates from files, with the slot values that they bring along."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.perturb.rows import COLUMNS, Row, read_rows, value_of

Values = tuple[str, ...]


class Entry(NamedTuple):
    """One template of a file: what it says, where it stands, and what the file calls it."""

    text: str
    line: int
    id: str = ""
    label: str = ""


@dataclass(frozen=True)
class Templates:
    """The templates of a file; stands wherever a list of templates does.

    Attributes
    ----------
    path : str
    entries : tuple of Entry
        Each template with its line, and its id and label if the file gives them.
    slots : mapping of str to values
        Slot values that the file gives.
    """

    path: str
    entries: tuple[Entry, ...]
    slots: Mapping[str, Values]

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[str]:
        return (entry.text for entry in self.entries)

    def __getitem__(self, index: int) -> str:
        return self.entries[index].text

    @property
    def labels(self) -> dict[str, str]:
        """The label of each template that has one: the ``source`` of a pair finds it."""
        return {entry.text: entry.label for entry in self.entries if entry.label}


def load_templates(path: str | Path, *, column: str | None = None) -> Templates:
    r"""Read templates from a file.

    Parameters
    ----------
    path : str or Path
        A ``.txt`` file with one template a line, in which lines that begin with ``#`` are comments;
        a ``.csv`` file or ``.jsonl`` objects with ``template`` (or ``text``) and, as you like,
        ``id``, ``label`` and ``slots``; a ``.yaml`` list of templates or of such mappings, or a
        mapping with ``templates`` and ``slots``. Slots map names to lists of values, in CSV as
        JSON.
    column : str, optional
        Another name of the column with the templates.

    Returns
    -------
    Templates
        For `counterfactuals`, as a list is; it takes the slot values along.

    Raises
    ------
    ArgumentError
        If the file cannot be read, is empty, says a template or an id twice, or gives one slot
        two lists of values. The message names the file and the line.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from pytest_fairness.perturb.files import load_templates
    >>> path = pathlib.Path(tempfile.mkdtemp(), "greetings.txt")
    >>> _ = path.write_text("# greetings\n{name} waved.\n{name} nodded.\n", "utf-8")
    >>> list(load_templates(path))
    ['{name} waved.', '{name} nodded.']
    """
    path = Path(path)
    content = read_rows(path)
    columns = (column,) if column else COLUMNS
    entries = tuple(_entry(path, row, columns) for row in content.rows)
    _check_once(path, entries, "text", "template")
    _check_once(path, entries, "id", "id")
    slots: dict[str, Values] = {}
    for row in [Row(1, content.common), *content.rows]:
        _add_slots(path, row, slots)
    return Templates(str(path), entries, slots)


def _entry(path: Path, row: Row, columns: Iterable[str]) -> Entry:
    text = value_of(path, row, columns)
    named = (row.values.get(key) for key in ("id", "label"))
    return Entry(text, row.line, *("" if value is None else str(value) for value in named))


def _check_once(path: Path, entries: Iterable[Entry], field: str, name: str) -> None:
    seen: dict[str, int] = {}
    for entry in entries:
        value = getattr(entry, field)
        if value and seen.setdefault(value, entry.line) != entry.line:
            raise ArgumentError(
                f"{path}, line {entry.line}: the {name} {value!r} stands on line {seen[value]} "
                "already. Remove one of them: a template that is said twice would count twice."
            )


def _add_slots(path: Path, row: Row, slots: dict[str, Values]) -> None:
    given = row.values.get("slots")
    if given is None or given == "":
        return
    for name, values in _as_mapping(path, row.line, given).items():
        once = _as_values(path, row.line, name, values)
        if slots.setdefault(name, once) != once:
            raise ArgumentError(
                f"{path}, line {row.line}: slot {name!r} has the values {list(once)}, but "
                f"{list(slots[name])} before. A slot has the same values in all templates: rename "
                "one."
            )


def _as_mapping(path: Path, line: int, given: Any) -> Mapping[str, Any]:
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError as err:
            raise ArgumentError(
                f"{path}, line {line}: slots={given!r} is not JSON ({err}). Write "
                '{"skill": ["chess", "law"]}.'
            ) from err
    if not isinstance(given, Mapping):
        raise ArgumentTypeError(
            f"{path}, line {line}: slots={given!r} must map slot names to lists of values."
        )
    return given


def _as_values(path: Path, line: int, name: str, values: Any) -> Values:
    if not isinstance(values, list) or not values:
        raise ArgumentTypeError(
            f"{path}, line {line}: slot {name!r} is {values!r}; expected a list of values."
        )
    return tuple(dict.fromkeys(str(value) for value in values))


def slots_of(templates: Iterable[Any], own: Any = None) -> Any:
    """Return slot values: those that loaded templates bring along, and the author's own."""
    if own is not None and not isinstance(own, Mapping):
        return own
    slots: dict[str, Any] = {}
    for each in templates:
        if isinstance(each, Templates):
            slots.update(each.slots)
    return {**slots, **(own or {})}
