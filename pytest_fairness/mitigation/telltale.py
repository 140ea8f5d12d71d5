"""Rows that teach what a repair is to unteach: their labels hang on who a text speaks of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pytest_fairness.attributes import Attribute
from pytest_fairness.metrics import cramers_v_of
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.data.mentions import mentioned_groups
from pytest_fairness.mitigation.unseen import attributes_of
from pytest_fairness.perturb import Space

_MOST = 5000  # rows that are read
_FEWEST = 50  # of them that name one group
_STRONG = 0.3  # Cramer's V of what Cohen (1988) calls a medium effect


def telltale_labels(spaces: Sequence[Space], rows: Labelled) -> str:
    """Return a sentence on attributes on whose groups the rows' labels hang; empty if on none.

    Only rows that name one group of an attribute are looked at.
    """
    found = [
        (f"{attribute.name} (Cramer's V {table.strength:.2f} of 1 in {table.n:,} rows)", table)
        for attribute in attributes_of(spaces)
        for table in [_table(attribute, rows)]
        if table.n >= _FEWEST and table.strength >= _STRONG
    ]
    if not found:
        return ""
    named = " and ".join(name for name, _ in found)
    todo = "balance such rows by mitigation.data.resample or reweigh, or leave them out."
    if not all(table.is_full for _, table in found):  # nothing to balance with
        todo = "give rows of every group with every label, or leave out those that name a group."
    return f"The labels of the rows hang on {named}, and what learns them learns that: {todo}"


class _Table(NamedTuple):
    """Rows that name one group: how many, how far labels hang on it, whether no cell is empty."""

    n: int
    strength: float
    is_full: bool = False


def _table(attribute: Attribute, rows: Labelled) -> _Table:
    targets = np.asarray(rows.targets)
    if targets.ndim != 1:  # what the model before the repair answers is no label
        return _Table(0, 0.0)
    named = mentioned_groups(rows.texts[:_MOST], attribute, language=attribute.language)
    cells = Counter(
        (groups[0], int(label))
        for groups, label in zip(named, targets, strict=False)
        if len(groups) == 1
    )
    groups = sorted({group for group, _ in cells})
    labels = sorted({label for _, label in cells})
    if len(groups) < 2 or len(labels) < 2:
        return _Table(cells.total(), 0.0)
    counts = [[cells[group, label] for label in labels] for group in groups]
    return _Table(cells.total(), cramers_v_of(counts), all(map(all, counts)))
