"""Drawing rows so that groups and labels are balanced.

Kamiran and Calders (2012), "Data preprocessing techniques for classification without
discrimination"; Han, Baldwin and Cohn (2022), "Balancing out bias: achieving fairness through
balanced training", for the objectives.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.checking import (
    check_choice,
    check_seed,
    check_text,
    near,
    shown,
)
from pytest_fairness.mitigation.data.changes import Cell, Step, cells, revised
from pytest_fairness.mitigation.data.rows import Rows, check_is_rows

OBJECTIVES = ("joint", "label", "stratified", "equal_opportunity")
HOW = ("under", "over")

Sizes = Mapping[Cell, int]


def resample(
    rows: Rows,
    objective: str = "joint",
    *,
    how: str = "under",
    positive: str | None = None,
    seed: int = 0,
) -> Step:
    """Remove or repeat rows until groups and labels are balanced.

    Parameters
    ----------
    rows : Rows
        With labels; with groups for all objectives but ``"label"``.
    objective : {"joint", "label", "stratified", "equal_opportunity"}
        What is alike in size afterwards:

        - ``"joint"``: every group with every label;
        - ``"label"``: the labels, each with the groups in their old shares;
        - ``"stratified"``: the groups within each label; labels keep their shares;
        - ``"equal_opportunity"``: the groups within the label `positive`; other rows stay.
    how : {"under", "over"}
        Remove rows at random, none twice, or repeat rows: each as often as the others, but for one.
    positive : str, optional
        The label that ``"equal_opportunity"`` is about.
    seed : int

    Notes
    -----
    Under-sampling throws rows away; over-sampling lets a model learn the repeated texts by heart. A
    group that never bears a label cannot be balanced: the report warns of it.

    Examples
    --------
    >>> rows = Rows(tuple("abcdef"), tuple("001111"), tuple(range(6)), groups=tuple("xyxxxy"))
    >>> [c.before - c.removed for c in resample(rows, "joint").report.counts]
    [1, 1, 1, 1]
    >>> [c.before + c.added for c in resample(rows, "stratified", how="over").report.counts]
    [2, 3, 2, 3]
    """
    _check(rows, objective, how, positive)
    check_seed(seed)
    every = _cells(rows, objective)
    sizes = Counter(every)
    targets = _targets(sizes, objective, how, positive)
    drawn = _under if how == "under" else _over
    members: dict[Cell, list[int]] = defaultdict(list)
    for i, cell in enumerate(every):
        members[cell].append(i)
    rng = random.Random(seed)
    chosen = [i for cell in sorted(members) for i in drawn(members[cell], targets[cell], rng)]
    step = f"resample ({objective}, {how})"
    alarms = [] if objective == "label" else _empty_cells(sizes, positive)
    if how == "under":
        return revised(rows, step, keep=chosen, alarms=alarms, compare=False)
    extra = sorted((Counter(chosen) - Counter(range(len(rows)))).elements())
    return revised(rows, step, added=rows.select(extra), alarms=alarms)


def empty_cells(sizes: Mapping[Cell, int]) -> list[Cell]:
    """Return the groups and labels that both occur, and never together."""
    groups, labels = ({cell[k] for cell in sizes} for k in (0, 1))
    return sorted(c for c in (Cell(g, v) for g in groups for v in labels) if not sizes.get(c))


def _check(rows: Rows, objective: str, how: str, positive: str | None) -> None:
    check_choice("objective", objective, OBJECTIVES)
    check_choice("how", how, HOW)
    check_columns(rows, groups=objective != "label")
    check_positive(objective, positive)
    labels = sorted(set(rows.labels or ()))
    if positive is not None and positive not in labels:
        raise ArgumentError(
            f"positive={positive!r} is borne by no row. The labels are {', '.join(labels)}. Name "
            f"one of them.{near(positive, labels)}"
        )


def check_positive(objective: str, positive: object) -> None:
    """Refuse a positive label where none belongs, and none where one is needed."""
    wanted = objective == "equal_opportunity"
    if wanted and positive is None:
        raise ArgumentError(
            "objective='equal_opportunity' is about one label. Name it: positive='...'."
        )
    if wanted:
        check_text("positive", positive, "it is the label that equal opportunity is about")
    elif positive is not None:
        raise ArgumentError(
            f"positive={shown(positive)} belongs to objective='equal_opportunity', not "
            f"{objective!r}. Leave it out."
        )


def check_columns(rows: Rows, *, groups: bool = True) -> None:
    """Refuse rows without labels, or without groups where they are needed."""
    check_is_rows(rows)
    if not len(rows):
        raise ArgumentError("There are no rows. Give some.")
    if rows.labels is None:
        raise ArgumentError(f"{rows.path or 'The rows'} were read without labels. Name the column.")
    if groups and rows.groups is None:
        raise ArgumentError(
            f"{rows.path or 'The rows'} were read without groups. Name the column as group=, or "
            "take the groups that texts mention: with_mentioned_groups(rows, 'gender')."
        )


def _cells(rows: Rows, objective: str) -> list[Cell]:
    if objective == "label":
        return [Cell("", cell.label) for cell in cells(rows)]
    return cells(rows)


def _targets(sizes: Sizes, objective: str, how: str, positive: str | None) -> dict[Cell, int]:
    choose = min if how == "under" else max
    if objective in ("joint", "label"):
        return dict.fromkeys(sizes, choose(sizes.values()))
    if objective == "stratified":
        return _stratified(sizes, how)
    within = [n for cell, n in sizes.items() if cell.label == positive]
    return {c: choose(within) if c.label == positive else n for c, n in sizes.items()}


def _stratified(sizes: Sizes, how: str) -> dict[Cell, int]:
    """Return equal sizes of groups within labels, in proportion to the labels.

    Scaling every label alike keeps their shares; the scale is the one at which no cell must grow
    (or, for over-sampling, shrink).
    """
    totals, parts = Counter[str](), Counter(cell.label for cell in sizes)
    for cell, n in sizes.items():
        totals[cell.label] += n
    even = {label: Fraction(totals[label], parts[label]) for label in totals}
    scales = [n / even[cell.label] for cell, n in sizes.items()]
    scale = min(scales) if how == "under" else max(scales)
    return {cell: _whole(scale * even[cell.label], how) for cell in sizes}


def _whole(size: Fraction, how: str) -> int:
    return max(1, size.__floor__() if how == "under" else size.__ceil__())


def _under(members: Sequence[int], target: int, rng: random.Random) -> list[int]:
    return rng.sample(members, target)


def _over(members: Sequence[int], target: int, rng: random.Random) -> list[int]:
    times, rest = divmod(target, len(members))
    return [*members] * times + rng.sample(members, rest)


def _empty_cells(sizes: Sizes, positive: str | None) -> list[str]:
    empty = [c for c in empty_cells(sizes) if positive in (None, c.label)]
    return [told_empty(empty, "they stay unbalanced")] if empty else []


def told_empty(empty: Sequence[Cell], so: str) -> str:
    """Name the empty cells in a sentence."""
    told = ", ".join(f"{cell.group} with label {cell.label}" for cell in empty)
    return f"no row is {told}: {so}. Add such rows, or leave the group or label out."
