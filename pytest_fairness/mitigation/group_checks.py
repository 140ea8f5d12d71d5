"""Failing checks of groups, such as equalized odds, on rows that a repair did not see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from pytest_fairness.errors import ArgumentError, MitigationError
from pytest_fairness.metrics.groups import UNKNOWN, as_groups
from pytest_fairness.mitigation.again import CONSTRAINTS, run_again, settings_of
from pytest_fairness.mitigation.caller import PYTHON, Caller
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Labelled, Rows
from pytest_fairness.mitigation.decisions import Decided
from pytest_fairness.mitigation.objectives import compares_groups
from pytest_fairness.mitigation.positives import positive_label
from pytest_fairness.models import Model
from pytest_fairness.outcome import Outcome, Verdict


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


def carry_groups(model: Model, outcome: Outcome, data: Rows | None) -> Outcome:
    """Return a check of groups whose positive class is a label of the model.

    Raises
    ------
    MitigationError
        If it cannot be run on rows of `data` as it was written: it took a column beside the groups,
        compares groups that no row is of, or its positive class is not certain.
    """
    settings = settings_of(outcome)
    if data is not None and data.groups is not None:
        _check_groups(outcome, data.groups)
    settings["pos_label"] = positive_label(outcome, model, data)
    return replace(outcome, settings=settings)


def _check_groups(outcome: Outcome, groups: Sequence[str]) -> None:
    """Refuse rows without some group that the failing check compares."""
    known = set(as_groups(list(groups), len(groups)).names)
    compared = dict.fromkeys(g.group for g in outcome.evidence.groups if g.n)
    missing = [name for name in compared if name not in (*known, UNKNOWN)]
    if missing:
        raise MitigationError(
            f"The failing check ({outcome.metric}) compares {', '.join(map(repr, compared))}, but "
            f"no row that is given is of {missing[0]!r}: their groups are "
            f"{', '.join(map(repr, sorted(known)))}. Give rows of all groups, named as in the "
            "check; those of several columns are named as 'first, second'."
        )


def recheck_groups(model: Model, outcome: Outcome, rows: Labelled, *, looks: int) -> Outcome:
    """Run a check of groups again, on other rows, as it was written."""
    arguments = {**settings_of(outcome), "pos_label": positive_label(outcome, model)}
    labels = np.array([str(label) for label in model.labels])
    columns = [labels[label_numbers_of(model, rows)]]
    if constraint_of(outcome) != "demographic_parity":
        columns.insert(0, labels[np.asarray(rows.targets)])
    return run_again(outcome, *columns, looks=looks, sensitive_features=rows.groups, **arguments)


def label_numbers_of(model: Model, rows: Rows | Labelled) -> npt.NDArray[np.intp]:
    """Return the number of the label that each text gets, in its own row's group."""
    if rows.groups is not None and isinstance(model, Decided):  # one text may stand in two groups
        said = model.predict(rows.texts, sensitive_features=list(rows.groups)).tolist()
    else:
        said = model.predict(rows.texts).tolist()
    number = {label: i for i, label in enumerate(model.labels)}  # functions know them by now
    return np.array([number[label] for label in said], dtype=np.intp)
