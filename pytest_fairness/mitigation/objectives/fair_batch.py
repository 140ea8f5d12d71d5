"""Within each label, the group that loses most is seen more often."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pytest_fairness.mitigation.objectives.base import Beginning, Objective, Step
from pytest_fairness.mitigation.objectives.cells import Cells

if TYPE_CHECKING:
    from torch import Tensor

RATE = 0.01  # share that moves from the best group of a label to its worst in a step


class FairBatch(Objective):
    r"""FairBatch for equalised odds: shares of groups within each label follow their losses.

    .. math:: \sum_y P(y) \sum_g \lambda_{g \mid y} \bar\ell_{y, g}

    The shares start as they are in the rows. Each step moves a little of them from the group with
    the lowest running loss to the one with the highest, within each label; labels keep their
    shares. The paper draws batches by these shares; weights have the same mean, and batches may be
    planned ahead. Alone, with ``"task"`` at 0, it is the method of the paper.

    References
    ----------
    Roh, Lee, Whang and Suh (2021), "FairBatch: batch selection for model fairness".
    """

    name = "fair_batch"
    needs = frozenset({"groups"})

    def begin(self, beginning: Beginning) -> None:
        """Start from the shares of the rows."""
        self.module = self.cells = Cells(beginning)

    def loss(self, step: Step) -> Tensor:
        """Return the loss of the cells under the shares of this step."""
        known = step.known()
        if not len(known):
            return known.nothing
        estimates = self.cells.estimates(known)
        self.cells.shares = self._moved()
        return (self.cells.shares * estimates).sum() / self.cells.masses.sum()

    def _moved(self) -> Tensor:
        table = (self.cells.n_labels, self.cells.n_groups)
        shares, losses = self.cells.shares.clone().view(table), self.cells.running.view(table)
        seen = self.cells.seen.view(table)
        worst = losses.masked_fill(~seen, -math.inf).argmax(dim=1, keepdim=True)
        best = losses.masked_fill(~seen, math.inf).argmin(dim=1, keepdim=True)
        step = (RATE * shares.sum(dim=1, keepdim=True)).minimum(shares.gather(1, best))
        step = step.where(losses.gather(1, worst) > losses.gather(1, best), 0.0)
        shares.scatter_add_(1, worst, step).scatter_add_(1, best, -step)
        return shares.flatten()
