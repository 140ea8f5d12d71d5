"""Texts with the group that each speaks of: from counterfactual pairs, or rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation.checking import PAIRS, check_text, listed_pairs, near
from pytest_fairness.mitigation.data import Rows
from pytest_fairness.perturb import Pair


class Spoken(NamedTuple):
    """A text with the group it speaks of, and the template or text it was made from."""

    text: str
    group: str
    source: str


def spoken(
    data: Sequence[Pair] | Rows, attribute: str | None = None
) -> dict[str, tuple[Spoken, ...]]:
    """Return the distinct texts of pairs or rows with their groups, by attribute.

    Parameters
    ----------
    data : sequence of Pair, or Rows with groups
    attribute : str, optional
        Take the pairs of this attribute only; for rows, what their groups are called.

    Raises
    ------
    MitigationError
        If the rows have no groups.

    Examples
    --------
    >>> spoken([Pair("He sings.", "She sings.", ("man", "woman"), "gender")])
    {'gender': (Spoken(text='He sings.', group='man', source=''), \
Spoken(text='She sings.', group='woman', source=''))}
    """
    data = as_material("data", data)
    found: dict[str, dict[Spoken, None]] = {}
    if isinstance(data, Rows):
        found[attribute or "group"] = dict.fromkeys(_of_rows(data))
        return {name: tuple(rows) for name, rows in found.items()}
    for pair in data:
        if attribute in (None, pair.attribute):
            found.setdefault(pair.attribute, {}).update(dict.fromkeys(sides(pair)))
    return {name: tuple(rows) for name, rows in found.items()}


def as_material(name: str, data: object) -> list[Pair] | Rows:
    """Return pairs as a list, or rows as they are.

    Raises
    ------
    ArgumentTypeError
        If it is neither, such as a list of texts.
    """
    if isinstance(data, Rows):
        return data
    return listed_pairs(name, data, f"{PAIRS}, or Rows with groups")


def sides(pair: Pair) -> tuple[Spoken, Spoken]:
    """Return both sides of a pair."""
    first, second = pair.groups
    return Spoken(pair.original, first, pair.source), Spoken(pair.variant, second, pair.source)


def learnable(data: Sequence[Pair] | Rows, attribute: str | None) -> dict[str, tuple[Spoken, ...]]:
    """Return what `spoken` does.

    Raises
    ------
    MitigationError
        If there is nothing of the attribute, or only one group.
    """
    if attribute is not None:
        check_text("attribute", attribute, "it is the name of what the pairs vary")
    found = spoken(data, attribute)
    if not any(found.values()):
        raise MitigationError(_nothing(data, attribute))
    for name, rows in found.items():
        groups = {s.group for s in rows}
        if len(groups) < 2:
            raise MitigationError(
                f"data speaks of one group of {name!r} only ({', '.join(groups)}): erasure needs "
                "texts of two. Give counterfactual pairs, not placebos, or more rows."
            )
    return found


def _nothing(data: Sequence[Pair] | Rows, attribute: str | None) -> str:
    known = [] if isinstance(data, Rows) else sorted({pair.attribute for pair in data})
    if attribute is None or not known:
        return "data holds no texts: there is nothing to erase. Give more."
    return (
        f"data holds no pairs of the attribute {attribute!r}; they vary {', '.join(known)}. Name "
        f"one of these, or give other pairs.{near(attribute, known)}"
    )


def _of_rows(rows: Rows) -> list[Spoken]:
    if rows.groups is None:
        raise MitigationError(
            "The rows have no groups, so there is nothing to erase. Read them with group=, the "
            "column that says who a text speaks of."
        )
    return [Spoken(text, group, "") for text, group in zip(rows.texts, rows.groups, strict=True)]
