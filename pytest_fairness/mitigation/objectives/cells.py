"""Rows by label and group, and what each such cell loses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from pytest_fairness.mitigation.objectives.base import Beginning, Known
from pytest_fairness.mitigation.objectives.task import row_losses

if TYPE_CHECKING:
    from torch import Tensor

MEMORY = 0.9  # how much of a cell's running loss stays when it is seen again


class Cells(nn.Module):
    """The cells of a run: label times the number of groups, plus group.

    Small steps lack rare cells. So the loss of a cell is estimated in two ways: `estimates`, whose
    mean over steps is right though single ones vary, for gradients; and `running`, a moving mean
    that is there for every cell seen so far, for deciding which cells to favour.

    Parameters
    ----------
    beginning : Beginning
        With groups.

    Attributes
    ----------
    masses : Tensor of shape (n_labels * n_groups,)
        Share of each cell in the training rows whose group is known, by weight.
    running : Tensor of the same shape
    shares : Tensor of the same shape
        How much each cell counts; the masses unless someone knows better.
    """

    masses: Tensor
    shares: Tensor
    running: Tensor
    seen: Tensor

    def __init__(self, beginning: Beginning) -> None:
        import torch

        super().__init__()
        if beginning.groups is None:
            raise ValueError("this run has no groups; name them in `needs`")
        known = beginning.groups >= 0
        self.n_groups = len(beginning.group_names)
        self.n_labels = beginning.before.shape[1]
        numbers = self.numbers(beginning.labels[known], beginning.groups[known])
        weights = None if beginning.weights is None else beginning.weights[known]
        masses = self.total(numbers, torch.ones(len(numbers)) if weights is None else weights)
        self.register_buffer("masses", masses / known.sum())
        self.register_buffer("shares", self.masses.clone())
        self.register_buffer("running", torch.zeros_like(masses))
        self.register_buffer("seen", torch.zeros_like(masses, dtype=torch.bool))
        self.to(beginning.device)

    def numbers(self, labels: Tensor, groups: Tensor) -> Tensor:
        """Return the cell of each row."""
        return labels * self.n_groups + groups

    def total(self, numbers: Tensor, values: Tensor) -> Tensor:
        """Return the sum of the values in each cell."""
        members = nn.functional.one_hot(numbers, self.n_labels * self.n_groups)
        return values @ members.to(values.dtype)  # unlike index_add, the same sum on every run

    def estimates(self, known: Known) -> Tensor:
        """Return an estimate of each cell's mean loss, and take note of it.

        A cell's estimate is the sum of its rows' losses over the number that a step of this size
        has on average: 0 in a step without such a row, and right in the mean over steps.
        """
        numbers = self.numbers(known.labels, known.groups)
        losses = row_losses(known.logits, known.targets)
        weights = losses.new_ones(len(losses)) if known.weights is None else known.weights
        sums = self.total(numbers, weights * losses)
        self._note(sums.detach(), self.total(numbers, weights))
        return sums / (len(known) * self.masses).clamp_min(1e-12)

    def _note(self, sums: Tensor, counts: Tensor) -> None:
        here = counts > 0
        means = sums / counts.clamp_min(1e-12)
        stays = MEMORY * self.seen
        self.running = (stays * self.running + (1 - stays) * means).where(here, self.running)
        self.seen = self.seen | here
