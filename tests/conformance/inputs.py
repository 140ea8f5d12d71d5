"""Random rows for our metrics and for the libraries that they are held against."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import settings, strategies as st

TOLERANCE = 1e-10
FEW = settings(max_examples=20, deadline=None)  # other libraries take a while for each


@dataclass(frozen=True, eq=False)
class Rows:
    """Labels, predictions, scores, groups and weights of some rows."""

    y_true: Any
    y_pred: Any
    y_score: Any
    group: Any
    stratum: Any
    weight: Any

    def __repr__(self) -> str:
        columns = [c.tolist() for c in vars(self).values()]
        return f"Rows(*map(np.array, {columns}))"

    @property
    def groups(self) -> list[str]:
        return sorted(set(self.group.tolist()))

    def among(self, group: str) -> Rows:
        """Rows of one group."""
        kept = self.group == group
        return Rows(*(column[kept] for column in vars(self).values()))

    def cells(self) -> set[tuple[Any, ...]]:
        """Which groups have rows of which label."""
        return set(zip(self.group.tolist(), self.y_true.tolist(), strict=True))


@st.composite
def rows(draw: st.DrawFn, n_groups: int = 3, n_classes: int = 2, full: str = "") -> Rows:
    """Rows of two groups or more; `full` asks that no denominator of some rates be empty.

    "labels" puts a row of each label into each group, "predictions" of each prediction, "both" of
    each pair of them.
    """
    classes = st.integers(0, n_classes - 1)
    scores = st.integers(0, 20).map(lambda x: x / 20)
    count = draw(st.integers(2, n_groups))
    row = st.tuples(classes, classes, scores, st.integers(0, count - 1), st.integers(0, 1))
    drawn = draw(st.lists(row, min_size=1, max_size=40)) + _needed(full, count, n_classes)
    y_true, y_pred, y_score, group, stratum = (np.array(c) for c in zip(*drawn, strict=True))
    weight = np.array(draw(st.lists(st.integers(1, 5), min_size=len(drawn), max_size=len(drawn))))
    return Rows(y_true, y_pred, y_score, np.array(list("abcd"))[group], stratum, weight)


def _needed(full: str, n_groups: int, n_classes: int) -> list[tuple[Any, ...]]:
    each, one = range(n_classes), range(1)
    pairs = {
        "": [(t, p) for t in one for p in one],
        "labels": [(t, t) for t in each],
        "predictions": [(p, p) for p in each],
        "both": [(t, p) for t in each for p in each],
    }[full]
    return [(t, p, (p + 1) / 8, g, 0) for g in range(n_groups) for t, p in pairs]


def close(expected: float) -> Any:
    """The same number to 1e-10, or nan on both sides."""
    return pytest.approx(float(expected), abs=TOLERANCE, rel=TOLERANCE, nan_ok=True)


def gap(values: list[float]) -> float:
    return max(values) - min(values)


def quotient(values: list[float]) -> float:
    return min(values) / max(values) if max(values) else math.nan
