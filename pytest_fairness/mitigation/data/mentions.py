"""Which groups of an attribute a text speaks of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast

from pytest_fairness.attributes import Attribute, Combination, Varied
from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.checking import check_instance, check_text, listed_texts
from pytest_fairness.mitigation.data.rows import Rows, check_is_rows
from pytest_fairness.perturb.reading import Reading
from pytest_fairness.perturb.swap import as_attribute

NONE, SEVERAL = "none", "several"


def mentioned_groups(
    texts: Iterable[str], attribute: str | Attribute = "gender", *, language: str = "en"
) -> list[tuple[str, ...]]:
    """Return the groups that each text names, in the order of their first mention.

    Examples
    --------
    >>> mentioned_groups(["She met her father.", "It rains."])
    [('female', 'male'), ()]
    """
    resolved = one_attribute(attribute, language)
    listed = listed_texts("texts", texts)
    return [tuple(resolved.groups[i] for i in Reading(text, resolved).mentioned) for text in listed]


def with_mentioned_groups(
    rows: Rows, attribute: str | Attribute = "gender", *, language: str = "en"
) -> Rows:
    """Return rows whose group is the one that their text names, ``"none"`` or ``"several"``.

    Examples
    --------
    >>> rows = Rows(("He won.", "It rains.", "She and he won."), None, (2, 3, 4))
    >>> with_mentioned_groups(rows).groups
    ('male', 'none', 'several')
    """
    check_is_rows(rows)
    found = mentioned_groups(rows.texts, attribute, language=language)
    return replace(rows, groups=tuple(_one(groups) for groups in found))


def check_attribute(attribute: Any, language: Any, *, single: bool) -> Varied:
    """Return an attribute that can be varied, or raise; with `single`, not several at once."""
    check_text("language", language, "it is a language, such as 'en' or 'zh'")
    wanted = "the name of an attribute, such as 'gender', or an Attribute"
    check_instance("attribute", attribute, (str, Attribute, Combination), wanted)
    resolved = as_attribute(attribute, language)
    if single and isinstance(resolved, Combination):
        raise ArgumentError(
            f"attribute={resolved.name!r} has several parts. Give one attribute at a time."
        )
    return resolved


def one_attribute(attribute: str | Varied, language: str) -> Attribute:
    """Return a single attribute, not several at once."""
    return cast(Attribute, check_attribute(attribute, language, single=True))


def _one(groups: tuple[str, ...]) -> str:
    return SEVERAL if len(groups) > 1 else groups[0] if groups else NONE
