"""Failing checks of groups, such as equalized odds, on rows that a repair did not see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.errors import ArgumentError, FairnessFailure, MitigationError
from pytest_fairness.mitigation.caller import PYTHON, Caller
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Labelled, Rows
from pytest_fairness.mitigation.objectives import compares_groups
from pytest_fairness.models import Model
from pytest_fairness.outcome import Outcome, Verdict

CONSTRAINTS = ("demographic_parity", "equal_opportunity", "equalized_odds")


def constraint_of(outcome: Outcome) -> str | None:
    """Return which of `CONSTRAINTS` a check is about; None for another kind of check."""
    name = outcome.metric.removesuffix("_difference").removesuffix("_ratio")
    return name if name in CONSTRAINTS else None


def failing_constraints(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the constraints that are broken, each once, the strictest last."""
    broken = {constraint_of(o) for o in outcomes if o.verdict is Verdict.FAIL}
    return [name for name in CONSTRAINTS if name in broken]


def check_objectives(config: MitigationConfig, rows: Rows | None, caller: Caller) -> None:
    """Refuse losses that compare groups where no group is known.

    Raises
    ------
    ArgumentError
        If there is such a loss, and rows with groups are missing.
    """
    if rows is not None and rows.groups is not None:
        return
    for name, weight in config.weights.items():
        if compares_groups({name: weight}):
            raise ArgumentError(
                f"objectives={{{name!r}: {weight:g}}} compares groups, and the group of each text "
                f"is not known. Name its column ({caller.group}), or leave this objective out."
            )


def check_rows(rows: Rows | None, model: Model, caller: Caller = PYTHON) -> None:
    """Refuse rows on which groups cannot be compared.

    Raises
    ------
    MitigationError
        If there are no rows with labels and groups, or the model has more than two labels.
    """
    if rows is None or rows.labels is None or rows.groups is None:
        raise MitigationError(
            "The failing check compares groups, so that the repair needs rows with the label and "
            f"the group of each text. Give them: {caller.rows} and {caller.group}."
        )
    if unknown := rows.groups.count(""):
        raise MitigationError(
            f"{unknown} of {len(rows)} rows have no group, and the failing check compares groups. "
            "Fill in the groups, or leave these rows out."
        )
    if len(model.labels) != 2:
        raise MitigationError(
            f"{model!r} has {len(model.labels)} labels. Checks of groups can be repaired here for "
            "models of two labels; see mitigation.decisions.GroupRelabelling for more."
        )


def recheck_groups(model: Model, outcome: Outcome, rows: Labelled, *, looks: int) -> Outcome:
    """Run a check of groups again, on other rows; the model's second label is the positive one."""
    from pytest_fairness import assertions

    constraint = constraint_of(outcome)
    check: Any = getattr(assertions, f"assert_{constraint}")
    said = label_numbers_of(model, rows.texts)
    columns = (said,) if constraint == "demographic_parity" else (np.asarray(rows.targets), said)
    limit: dict[str, Any] = {outcome.tolerance.name: outcome.tolerance.value}
    try:
        found: Outcome = check(
            *columns, sensitive_features=rows.groups, **limit, alpha=outcome.alpha / looks
        )
    except FairnessFailure as failure:
        return failure.outcome
    return found


def label_numbers_of(model: Model, texts: Sequence[str]) -> npt.NDArray[np.intp]:
    """Return the number of the label that each text gets."""
    said = model.predict(texts).tolist()
    number = {label: i for i, label in enumerate(model.labels)}  # functions know them by now
    return np.array([number[label] for label in said], dtype=np.intp)
