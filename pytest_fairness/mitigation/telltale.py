"""Rows that teach what a repair is to unteach: their labels hang on who a text speaks of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

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
        f"{attribute.name} (Cramer's V {strength:.2f} in {n:,} rows)"
        for attribute in attributes_of(spaces)
        for n, strength in [_strength(attribute, rows)]
        if n >= _FEWEST and strength >= _STRONG
    ]
    if not found:
        return ""
    return (
        f"The labels of the rows hang on {' and '.join(found)}, and what learns them learns that: "
        "balance such rows by resample(...) or reweigh(...), or leave them out."
    )


def _strength(attribute: Attribute, rows: Labelled) -> tuple[int, float]:
    """Return how many rows name one group, and how far their labels hang on it."""
    targets = np.asarray(rows.targets)
    if targets.ndim != 1:  # what the model before the repair answers is no label
        return 0, 0.0
    named = mentioned_groups(rows.texts[:_MOST], attribute, language=attribute.language)
    cells = Counter(
        (groups[0], int(label))
        for groups, label in zip(named, targets, strict=False)
        if len(groups) == 1
    )
    groups = sorted({group for group, _ in cells})
    labels = sorted({label for _, label in cells})
    if len(groups) < 2 or len(labels) < 2:
        return cells.total(), 0.0
    table = [[cells[group, label] for label in labels] for group in groups]
    return cells.total(), cramers_v_of(table)
