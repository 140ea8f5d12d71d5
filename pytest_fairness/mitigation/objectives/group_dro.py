"""The worst cell of label and group counts most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_fairness.mitigation.objectives.base import Beginning, Objective, Step
from pytest_fairness.mitigation.objectives.cells import Cells

if TYPE_CHECKING:
    from torch import Tensor

RATE = 0.1  # of the exponentiated weights


class GroupDRO(Objective):
    r"""Group distributionally robust optimisation over the cells of label and group.

    .. math:: \sum_c q_c \bar\ell_c, \qquad q_c \leftarrow q_c e^{\eta \bar\ell_c} / Z

    Each step the weights *q* move towards the cells that lose most. Alone, with ``"task"`` at 0, it
    is the method of the paper, which minimises the worst cell's loss; beside the task it lifts
    the worst cells. The running mean of a cell's loss stands in where a step lacks the cell.

    References
    ----------
    Sagawa, Koh, Hashimoto and Liang (2020), "Distributionally robust neural networks for group
    shifts". They find that it needs strong regularisation; here early stopping and retention.
    """

    name = "group_dro"
    needs = frozenset({"groups"})

    def begin(self, beginning: Beginning) -> None:
        """Weigh all cells that have rows alike."""
        self.module = self.cells = Cells(beginning)
        present = (self.cells.masses > 0).float()
        self.cells.shares = present / present.sum()

    def loss(self, step: Step) -> Tensor:
        """Return the loss of the cells under the weights of this step."""
        known = step.known()
        if not len(known):
            return known.nothing
        estimates = self.cells.estimates(known)
        raised = self.cells.shares * (RATE * self.cells.running).exp()
        self.cells.shares = raised / raised.sum()
        return (self.cells.shares * estimates).sum()
