"""Rows that the model got wrong before the repair count more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation.objectives.base import Beginning, Objective, Step
from pytest_fairness.mitigation.objectives.task import row_losses

if TYPE_CHECKING:
    from torch import Tensor


class JustTrainTwice(Objective):
    """Just train twice: the task's loss of rows that the model got wrong before the repair.

    It needs no groups: where a bias hurts, rows of the groups that it hurts are among the errors.
    Added with weight *w* to the task at 1, such a row counts *w* + 1 times, the paper's
    "upweight factor". Wrong labels are among the errors too: clean rows first.

    References
    ----------
    Liu, Haghgoo, Chen, Raghunathan, Koh, Sagawa, Liang and Finn (2021), "Just train twice:
    improving group robustness without training group information".
    """

    name = "jtt"

    def begin(self, beginning: Beginning) -> None:
        """Refuse a model without errors, which would have nothing to count more."""
        if not (beginning.before.argmax(dim=-1) != beginning.labels).any():
            raise MitigationError(
                "The objective 'jtt' counts rows more that the model got wrong before the repair, "
                f"and it got all {len(beginning.texts)} training rows right. Give rows with labels "
                "that the model was not trained on, or leave this objective out."
            )

    def loss(self, step: Step) -> Tensor:
        """Return the mean over all rows; the others count 0."""
        wrong = step.before.argmax(dim=-1) != step.labels
        losses = row_losses(step.logits, step.targets) * wrong
        return losses.mean() if step.weights is None else (step.weights * losses).mean()
