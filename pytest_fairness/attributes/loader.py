"""Built-in attributes and neutral slots, read from the TOML files below ``lexicons/``.

A lexicon holds ``name``, ``language``, ``groups`` (in order), ``source``, ``licence``, ``date`` and

``[pairs]``
    Matched kinds: rows of one term per group, in the order of ``groups``. A row may be shorter,
    where the last groups have no such word; it is left out where one of them is asked for.
``[terms.GROUP]``
    Free kinds: lists of terms.
``[rows]``
    Free kinds with several forms: ``forms`` names them, and each group has one row per term.
``[swap]``
    Lists that a swap in free text needs; the readers in `pytest_fairness.perturb` explain them.
    ``avoided`` lists terms that the community avoids: a text that holds one is left out, as are
    those that hold an ``undecided`` one, and none is ever written. ``own`` lists, by group, what
    belongs to it alone, such as its places: a text that names one keeps its group. ``of_several``
    lists terms that name more than one group, so that they count as a mention of none.

``free``, if given, lists the kinds whose terms are interchangeable; see `Attribute`.

``default`` names the groups to load where nobody asks for others, by default all; ``rules_from``
names an attribute whose rules of context hold here too.
"""

from __future__ import annotations

import difflib
import functools
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pytest_fairness.attributes.attribute import Attribute
from pytest_fairness.errors import ArgumentError, ArgumentTypeError

_SLOTS = "slots"
# Lists of words that tell how a pronoun is used, whatever the attribute.
_OF_CONTEXT = frozenset(
    {
        "after_pronoun",
        "before_of_his",
        "after_object",
        "unclear",
        "after_possessive",
        "in_ly_or_ing",
        "after_possessive_mostly",
        "giving_verbs",
        "before_possessive",
        "hyphen_before",
        "hyphen_after",
    }
)


def load_attribute(
    name: str, language: str = "en", *, groups: Sequence[str] | None = None
) -> Attribute:
    """Return a built-in attribute.

    Parameters
    ----------
    name : str
        Such as ``"gender"``, ``"religion"`` or ``"orientation"``.
    language : str
        Such as ``"en"`` or ``"zh"``.
    groups : sequence of str, optional
        The groups to load, in this order; by default those that the lexicon proposes. English
        gender also has the group ``"nonbinary"``.

    Raises
    ------
    ArgumentError
        If there is no such attribute in that language, or no such group; the message lists those
        that exist.

    Examples
    --------
    >>> from pytest_fairness import load_attribute
    >>> load_attribute("gender").terms("female", "pronoun")
    ('she',)
    >>> three = load_attribute("gender", groups=("female", "male", "nonbinary"))
    >>> three.terms("nonbinary", "reflexive")
    ('themself',)
    """
    existing = available_attributes()
    if name not in existing.get(language, ()):
        close = difflib.get_close_matches(name, existing.get(language, ()), 1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        listed = "; ".join(f"{lang}: {', '.join(names)}" for lang, names in existing.items())
        raise ArgumentError(
            f"There is no built-in attribute {name!r} for language {language!r}.{hint} "
            f"Built in are {listed}. For another one, give Attribute({name!r}, groups={{...}}, "
            f"language={language!r})."
        )
    return _load_attribute(name, language, None if groups is None else _as_names(groups))


def _as_names(groups: Sequence[str]) -> tuple[str, ...]:
    if isinstance(groups, str) or not all(isinstance(group, str) for group in groups):
        raise ArgumentTypeError(
            f"groups={groups!r} must be a sequence of names of groups, such as ('female', 'male')."
        )
    return tuple(groups)


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
def _load_attribute(name: str, language: str, wanted: tuple[str, ...] | None) -> Attribute:
    data = _read(language, name)
    groups = _chosen(data, wanted)
    table: dict[str, dict[str, list[str]]] = {group: {} for group in groups}
    for kind, rows in data.get("pairs", {}).items():
        _add_pairs(table, kind, rows, [data["groups"].index(group) for group in groups])
    for group, kinds in data.get("terms", {}).items():
        if group in table:
            table[group].update(kinds)
    if "rows" in data:
        _add_forms(table, data["rows"])
    rules = _rules(data, groups)
    return Attribute(data["name"], table, data["language"], free=data.get("free"), rules=rules)


def _chosen(data: Mapping[str, Any], wanted: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the groups to load, or say which do not exist."""
    existing: list[str] = data["groups"]
    if wanted is None:
        return tuple(data.get("default", existing))
    unknown = [group for group in wanted if group not in existing]
    if unknown or len(set(wanted)) < max(2, len(wanted)):
        raise ArgumentError(
            f"groups={wanted!r} must be two or more different groups of {data['name']!r}. It has "
            f"{', '.join(existing)}."
        )
    return wanted


def _add_pairs(
    table: dict[str, dict[str, list[str]]], kind: str, rows: Any, columns: list[int]
) -> None:
    """Add the rows of a kind that have a word for every group; none, if no row has."""
    full = [row for row in rows if len(row) > max(columns)]
    if full:
        for kinds, column in zip(table.values(), columns, strict=True):
            kinds[kind] = [row[column] for row in full]


def _unmatched(data: Mapping[str, Any], groups: tuple[str, ...]) -> list[str]:
    """Return the words of rows that are left out, because a group has no such word."""
    needed = max(data["groups"].index(group) for group in groups)
    rows = (row for rows in data.get("pairs", {}).values() for row in rows)
    return [word for row in rows if len(row) <= needed for word in row]


def _rules(data: Mapping[str, Any], groups: tuple[str, ...]) -> dict[str, list[Any]]:
    rules = {key: _as_rows(value, groups) for key, value in data.get("swap", {}).items()}
    rules["unmatched"] = _unmatched(data, groups)
    rows = rules.get("one_way", [])
    rules["unmatched"] += [word for _, word, to in rows if to in rules["unmatched"]]
    rules["one_way"] = [row for row in rows if row[1] not in rules["unmatched"]]
    for key in ("plural", "neutral"):
        if key in rules:
            rules[key] = [group for group in rules[key] if group in groups]
    if "avoided" in rules:
        rules["undecided"] = list(dict.fromkeys([*rules.get("undecided", []), *rules["avoided"]]))
    if "rules_from" in data:
        other = _read(data["language"], data["rules_from"])["swap"]
        rules |= {key: list(other[key]) for key in other if key in _OF_CONTEXT}
    return {key: value for key, value in rules.items() if value or key in data.get("swap", {})}


def _add_forms(table: dict[str, dict[str, list[str]]], rows: Mapping[str, Any]) -> None:
    for group, kinds in table.items():
        columns = zip(*rows[group], strict=True)
        kinds.update({k: list(c) for k, c in zip(rows["forms"], columns, strict=True)})


def _as_rows(value: Any, groups: tuple[str, ...]) -> list[Any]:
    """Return a list as it is, and tables by group as rows: (group, word) or (group, word, to)."""
    if not isinstance(value, Mapping):
        return list(value)
    rows = [row for group, words in value.items() for row in _of_group(group, words)]
    return [row for row in rows if row[0] in groups]


def _of_group(group: str, words: Mapping[str, str] | Sequence[str]) -> list[list[str]]:
    if isinstance(words, Mapping):
        return [[group, word, to] for word, to in words.items()]
    return [[group, word] for word in words]


def _read(language: str, name: str) -> dict[str, Any]:
    return parsed("lexicons", language, f"{name}.toml")


def parsed(*path: str) -> dict[str, Any]:
    """Return what a TOML file of this room holds."""
    from importlib.resources import files

    text = files(__package__).joinpath(*path).read_text(encoding="utf-8")
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text)


def _lexicons() -> Any:
    from importlib.resources import files

    return files(__package__) / "lexicons"
