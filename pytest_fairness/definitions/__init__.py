"""Every metric by its definition id: one table that docstrings, outcomes and reports read.

It knows no other room, so that all may use it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType

from pytest_fairness.definitions.definition import Definition
from pytest_fairness.errors import ArgumentError

__all__ = ["Definition", "definition", "definitions"]


@functools.cache
def definitions() -> Mapping[str, Definition]:
    """Return all definitions by id."""
    from pytest_fairness.definitions.groups import GROUPS
    from pytest_fairness.definitions.joint import JOINT
    from pytest_fairness.definitions.language import LANGUAGE
    from pytest_fairness.definitions.scores import SCORES
    from pytest_fairness.definitions.spans import SPANS
    from pytest_fairness.definitions.texts import TEXTS

    return MappingProxyType(
        {entry.id: entry for entry in (*GROUPS, *SCORES, *JOINT, *TEXTS, *LANGUAGE, *SPANS)}
    )


def definition(id: str) -> Definition:
    """Return one definition.

    Raises
    ------
    ArgumentError
        If there is none of that id.

    Examples
    --------
    >>> definition("demographic_parity_difference").fair
    0.0
    """
    try:
        return definitions()[id]
    except KeyError as err:
        raise ArgumentError(
            f"No metric has the definition id {id!r}. They are: {', '.join(sorted(definitions()))}."
        ) from err
