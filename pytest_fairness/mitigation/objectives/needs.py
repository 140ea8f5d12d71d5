"""What an objective asks of a run, and whether the run has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation.layers import last_linear, trainable
from pytest_fairness.mitigation.objectives.base import Beginning, Objective, distinct

if TYPE_CHECKING:
    from torch import nn


def check_needs(objective: Objective, beginning: Beginning) -> None:
    """Refuse an objective that the run's rows or weights give nothing to work on."""
    if "pairs" in objective.needs and not beginning.has_pairs:
        raise MitigationError(
            f"The objective {objective.name!r} needs counterfactual pairs, and there are none. "
            "Name others: MitigationConfig(objectives={'mmd': 1.0}) compares groups."
        )
    if "groups" in objective.needs:
        _check_groups(objective.name, beginning)
    if "hidden" in objective.needs and not _hidden_learns(beginning.model):
        raise MitigationError(
            f"The objective {objective.name!r} shapes what the last layer reads, and only the last "
            "layer learns. Let lower layers learn, or leave this objective out."
        )


def _check_groups(name: str, beginning: Beginning) -> None:
    groups = beginning.groups
    if groups is None:
        raise MitigationError(
            f"The objective {name!r} needs the group of each row. Read the rows with "
            'read_rows(..., group="COLUMN"), or leave this objective out.'
        )
    present = [beginning.group_names[i] for i in distinct(groups[groups >= 0])]
    if len(present) < 2:
        raise MitigationError(
            f"The objective {name!r} compares groups, and the training rows are of "
            f"{f'one, {present[0]!r}' if present else 'no known group'}. "
            "Give rows of another one, or leave this objective out."
        )


def _hidden_learns(model: nn.Module) -> bool:
    last = {id(parameter) for parameter in last_linear(model).parameters()}
    return any(id(parameter) not in last for parameter in trainable(model).values())
