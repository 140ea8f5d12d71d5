"""Weights under which the label does not depend on the group.

Kamiran and Calders (2012), "Data preprocessing techniques for classification without
discrimination". The instance weights of Zhang et al. (2020), "Demographics should not be the reason
of toxicity", ``P(y) / P(y | z)`` for the groups *z* that a text mentions, are the same numbers: use
`with_mentioned_groups` first.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from pytest_fairness.mitigation.checking import check_real
from pytest_fairness.mitigation.data.changes import Cell, Step, cells, revised
from pytest_fairness.mitigation.data.resampling import check_columns, empty_cells, told_empty
from pytest_fairness.mitigation.data.rows import Rows


def reweigh(rows: Rows, *, clip: float | None = None) -> Step:
    r"""Give each row the weight that makes label and group independent.

    .. math:: w(g, y) = \frac{P(g) P(y)}{P(g, y)}

    A row of a cell that is rarer than independence would have it weighs more than 1. Rows that have
    weights already keep them as factors; the sum of all weights stays.

    Parameters
    ----------
    rows : Rows
        With labels and groups.
    clip : float, at least 1, optional
        Largest factor, so that a few rows of a rare cell do not rule the training, and the inverse
        of the smallest, before all are scaled to the old sum. Label and group are then not quite
        independent; the report says how far.

    Notes
    -----
    If a group never bears a label, no weights make the two independent: the report warns of it.

    Examples
    --------
    >>> rows = Rows(tuple("abcdef"), tuple("110100"), tuple(range(6)), groups=tuple("xxxyyy"))
    >>> reweigh(rows).rows.weights
    (0.75, 0.75, 1.5, 1.5, 0.75, 0.75)
    """
    check_columns(rows)
    if clip is not None:
        check_clip(clip)
    mass = _mass(rows)
    factors = {cell: _clipped(_factor(mass, cell), clip) for cell in mass}
    old = rows.weights or (1.0,) * len(rows)
    weights = [w * factors[cell] for w, cell in zip(old, cells(rows), strict=True)]
    new = replace(rows, weights=_scaled(weights, math.fsum(old)))
    empty = empty_cells(dict.fromkeys(mass, 1))
    alarms = [told_empty(empty, "label and group stay dependent")] if empty else []
    return revised(rows, "reweigh", new=new, notes=_notes(new, factors, clip), alarms=alarms)


def check_clip(clip: object) -> None:
    """Refuse what cannot be the largest factor of a weight."""
    check_real("clip", clip, 1.0, math.inf, True, "it is the largest factor of a weight")


def dependence(rows: Rows) -> float:
    """Return how far label and group are from independent: 0 if they are, at most 1.

    The largest difference, over groups and labels, of the weighted share of a cell from the product
    of the shares of its group and its label.

    Examples
    --------
    >>> dependence(Rows(tuple("ab"), tuple("10"), (0, 1), groups=tuple("xy")))
    0.25
    """
    check_columns(rows)
    mass = _mass(rows)
    total = math.fsum(mass.values())
    groups, labels = _margins(mass)
    return max(
        abs(mass.get(Cell(g, y), 0.0) / total - groups[g] / total * (labels[y] / total))
        for g in groups
        for y in labels
    )


def _mass(rows: Rows) -> dict[Cell, float]:
    weights: dict[Cell, list[float]] = defaultdict(list)
    for cell, weight in zip(cells(rows), rows.weights or (1.0,) * len(rows), strict=True):
        weights[cell].append(weight)
    return {cell: math.fsum(found) for cell, found in sorted(weights.items()) if any(found)}


def _margins(mass: dict[Cell, float]) -> tuple[dict[str, float], dict[str, float]]:
    groups: dict[str, list[float]] = defaultdict(list)
    labels: dict[str, list[float]] = defaultdict(list)
    for cell, weight in mass.items():
        groups[cell.group].append(weight)
        labels[cell.label].append(weight)
    return {g: math.fsum(w) for g, w in groups.items()}, {
        y: math.fsum(w) for y, w in labels.items()
    }


def _factor(mass: dict[Cell, float], cell: Cell) -> float:
    groups, labels = _margins(mass)
    return groups[cell.group] * labels[cell.label] / (mass[cell] * math.fsum(mass.values()))


def _clipped(factor: float, clip: float | None) -> float:
    return factor if clip is None else min(max(factor, 1 / clip), clip)


def _scaled(weights: Sequence[float], total: float) -> tuple[float, ...]:
    """Return weights in the same proportions with this sum, as they are if they have it."""
    now = math.fsum(weights)
    return tuple(
        weights if math.isclose(now, total, rel_tol=1e-12) else (w * total / now for w in weights)
    )


def _notes(new: Rows, factors: dict[Cell, float], clip: float | None) -> list[str]:
    told = ", ".join(f"{c.group} with label {c.label} × {f:.3g}" for c, f in factors.items())
    notes = [f"factors: {told}"]
    if clip is not None:
        notes.append(f"dependence left after clipping at {clip:g}: {dependence(new):.2g}")
    return notes
