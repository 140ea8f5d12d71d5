"""Built-in attributes and neutral slots, read from the TOML files below ``lexicons/``.

A lexicon holds ``name``, ``language``, ``groups`` (in order), ``source``, ``licence``, ``date`` and

``[pairs]``
    Matched kinds: rows of one term per group, in the order of ``groups``.
``[terms.GROUP]``
    Free kinds: lists of terms.
``[rows]``
    Free kinds with several forms: ``forms`` names them, and each group has one row per term.
``[swap]``
    Lists that a swap in free text needs; the readers in `pytest_fairness.perturb` explain them.
    ``avoided`` lists terms that the community avoids: a text that holds one is left out, as are
    those that hold an ``undecided`` one, and none is ever written.

``free``, if given, lists the kinds whose terms are interchangeable; see `Attribute`.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pytest_fairness.attributes.attribute import Attribute
from pytest_fairness.errors import ArgumentError

_SLOTS = "slots"


def load_attribute(name: str, language: str = "en") -> Attribute:
    """Return a built-in attribute.

    Parameters
    ----------
    name : str
        Such as ``"gender"``, ``"religion"`` or ``"orientation"``.
    language : str
        Such as ``"en"`` or ``"zh"``.

    Raises
    ------
    ArgumentError
        If there is no such attribute in that language; the message lists those that exist.

    Examples
    --------
    >>> from pytest_fairness import load_attribute
    >>> load_attribute("gender").terms("female", "pronoun")
    ('she',)
    """
    existing = available_attributes()
    if name not in existing.get(language, ()):
        listed = "; ".join(f"{lang}: {', '.join(names)}" for lang, names in existing.items())
        raise ArgumentError(
            f"There is no built-in attribute {name!r} for language {language!r}. Built in are "
            f"{listed}. For another one, give Attribute({name!r}, groups={{...}}, "
            f"language={language!r})."
        )
    return _load_attribute(name, language)


@functools.cache
def available_attributes() -> Mapping[str, tuple[str, ...]]:
    """Return the names of the built-in attributes by language."""
    found = {}
    for folder in sorted(_lexicons().iterdir(), key=lambda entry: entry.name):
        if folder.is_dir():
            names = (f.name.removesuffix(".toml") for f in folder.iterdir())
            found[folder.name] = tuple(sorted(n for n in names if n != _SLOTS))
    return MappingProxyType(found)


@functools.cache
def load_slots(language: str = "en") -> Mapping[str, tuple[str, ...]]:
    """Return the built-in neutral slots of a language, such as cities; empty if it has none."""
    if language not in available_attributes():
        return {}
    slots = _read(language, _SLOTS)["slots"]
    return MappingProxyType({name: tuple(values) for name, values in slots.items()})


@functools.cache
def _load_attribute(name: str, language: str) -> Attribute:
    data = _read(language, name)
    groups: list[str] = data["groups"]
    table: dict[str, dict[str, list[str]]] = {group: {} for group in groups}
    for kind, rows in data.get("pairs", {}).items():
        for group, column in zip(groups, zip(*rows, strict=True), strict=True):
            table[group][kind] = list(column)
    for group, kinds in data.get("terms", {}).items():
        table[group].update(kinds)
    if "rows" in data:
        _add_forms(table, data["rows"])
    rules = _rules(data.get("swap", {}))
    return Attribute(data["name"], table, data["language"], free=data.get("free"), rules=rules)


def _rules(swap: Mapping[str, Any]) -> dict[str, list[Any]]:
    rules = {key: _as_rows(value) for key, value in swap.items()}
    if "avoided" in rules:
        rules["undecided"] = list(dict.fromkeys([*rules.get("undecided", []), *rules["avoided"]]))
    return rules


def _add_forms(table: dict[str, dict[str, list[str]]], rows: Mapping[str, Any]) -> None:
    for group, kinds in table.items():
        columns = zip(*rows[group], strict=True)
        kinds.update({k: list(c) for k, c in zip(rows["forms"], columns, strict=True)})


def _as_rows(value: Any) -> list[Any]:
    """Return a list as it is, and nested tables as rows of (group, word, replacement)."""
    if not isinstance(value, Mapping):
        return list(value)
    return [[group, word, to] for group, words in value.items() for word, to in words.items()]


def _read(language: str, name: str) -> dict[str, Any]:
    text = (_lexicons() / language / f"{name}.toml").read_text(encoding="utf-8")
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text)


def _lexicons() -> Any:
    from importlib.resources import files

    return files(__package__) / "lexicons"
