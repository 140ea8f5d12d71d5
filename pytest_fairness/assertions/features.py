"""What the assertions ask of the columns that name groups, before any group is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import Judgement
from pytest_fairness.metrics import UNKNOWN, Cube
from pytest_fairness.metrics.groups import label_of
from pytest_fairness.outcome import Tolerance, Verdict

_MANY = 100
_FEWEST_ROWS = 2  # on average, of a column that names groups at all


def refuse_many_groups(name: str, groups: Sequence[str], n: int) -> None:
    """Raise where nearly every row is a group of its own, as in a column of ages or scores."""
    __tracebackhide__ = True
    known = [group for group in groups if group != UNKNOWN]
    if len(known) > _MANY and n < _FEWEST_ROWS * len(known):
        raise ArgumentError(
            f"{name} makes {len(known):,} groups of {n:,} rows, such as {known[0]!r} and "
            f"{known[1]!r}: fewer than {_FEWEST_ROWS} rows each. A column of numbers must be put "
            "into bins first, such as pandas.cut(age, [0, 30, 50, 120])."
        )


def checked(cube: Cube) -> Cube:
    """Return counts whose groups and strata have rows to speak of."""
    __tracebackhide__ = True
    n = round(float(cube.rows.sum()))
    refuse_many_groups("sensitive_features", cube.names, n)
    refuse_many_groups("control_features", cube.strata, n)
    if cube.weighted:
        refuse_weightless(float(cube.counts.sum()))
    return cube


def chosen_reference(reference: Any, limit: Tolerance) -> str | None:
    """Return the name of the group to compare with, written as groups are named."""
    __tracebackhide__ = True
    if reference is None:
        return None
    if limit.name in ("min_group", "max_group"):
        raise ArgumentError(
            f"reference={reference!r} has no meaning beside {limit.name}=, which holds every group "
            "to a value of its own. Leave it out, or use max_difference=."
        )
    return label_of(reference)


def told(judgement: Judgement, reason: str) -> Judgement:
    """Say why nothing could be measured, where more is known than that."""
    if not reason or judgement.verdict is not Verdict.UNMEASURABLE:
        return judgement
    return replace(judgement, reason=reason)


def refuse_weightless(total: float) -> None:
    """Raise where weights sum to nothing."""
    __tracebackhide__ = True
    if not total:
        raise ArgumentError(
            "sample_weight is 0 in every row, so no row counts. Give rows that count a weight "
            "above 0."
        )
