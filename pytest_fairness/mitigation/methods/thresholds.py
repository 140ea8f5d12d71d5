"""A threshold for each group as a method: the scores stay, the decisions change."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import numpy as np

from pytest_fairness.mitigation import processes
from pytest_fairness.mitigation.decisions import Decided, GroupThresholds
from pytest_fairness.mitigation.group_checks import constraint_of, failing_constraints
from pytest_fairness.mitigation.methods.base import (
    Candidate,
    Method,
    Setting,
    loading_told,
    written_twice,
)
from pytest_fairness.models.wrapping import write_wrapper
from pytest_fairness.outcome import Verdict

WRAPPER = "decision"
_TOLERANCE = 0.5  # of the check's limit: the rest is the chance of other rows


def _unfit(setting: Setting) -> str:
    if not failing_constraints(setting.outcomes):
        return "no failing check compares groups, and thresholds change nothing else"
    return ""


def _build(setting: Setting) -> Candidate:
    """Fit thresholds on the rows that train and choose; the model was trained on neither."""
    constraint, positive = _wanted(setting)
    rows = setting.material.rows
    texts = [text for part in ("train", "validation") for text in rows[part].texts]
    groups = [group for part in ("train", "validation") for group in rows[part].groups or ()]
    truth = np.concatenate([np.asarray(rows[part].targets) for part in ("train", "validation")])
    rule = GroupThresholds(
        constraint,
        randomise=False,
        tolerance=_tolerance(setting, constraint),
        pos_label=positive,
        positive_column=positive,
    ).fit_probabilities(
        setting.original.predict_proba(texts), truth, sensitive_features=groups, classes=[0, 1]
    )
    decided = Decided(setting.original, rule, _groups_by_text(setting))
    return written_twice(
        decided,
        partial(_write, setting.folder, decided),
        trainable_parameters=0,
        story=f"a threshold for each group; decides only where the group is known ({constraint})",
        loading=loading_told(
            "decides by the groups' thresholds where predict(texts, sensitive_features=groups) "
            "names the group of each text"
        ),
    )


def _wanted(setting: Setting) -> tuple[str, int]:
    """Return which rates are to be equal, and the number of the label that counts as positive.

    True positive rates of both labels are equal where the odds are.
    """
    constraint = failing_constraints(setting.outcomes)[-1]
    labels = [str(label) for label in setting.original.labels]
    named = {
        (outcome.settings or {}).get("pos_label")
        for outcome in setting.outcomes
        if constraint_of(outcome) == constraint and outcome.verdict is Verdict.FAIL
    }
    if constraint != "equal_opportunity" or labels[0] not in named:
        return constraint, 1
    return (constraint, 0) if len(named) == 1 else ("equalized_odds", 1)


def _tolerance(setting: Setting, constraint: str) -> float:
    broken = {constraint, *failing_constraints(setting.outcomes)[-1:]}
    limits = [
        o.tolerance.value
        for o in setting.outcomes
        if constraint_of(o) in broken and o.tolerance.name == "max_difference"
    ]
    return _TOLERANCE * min(limits, default=0.1)


def _groups_by_text(setting: Setting) -> dict[str, str]:
    return {
        text: group
        for rows in setting.material.rows.values()
        for text, group in zip(rows.texts, rows.groups or (), strict=True)
    }


def _write(source: Path, decided: Decided, folder: Path) -> None:
    if processes.is_main():
        shutil.copytree(source, folder, dirs_exist_ok=True)
        decided.save(folder)
        write_wrapper(folder, WRAPPER, decided.to_dict())  # no one shall load it without its rule


THRESHOLDS = Method("thresholds", _build, _unfit)
