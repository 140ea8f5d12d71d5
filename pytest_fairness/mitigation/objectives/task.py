"""The task itself, and staying with what the model said before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_fairness.mitigation.objectives.base import Objective, Step

if TYPE_CHECKING:
    from torch import Tensor


class Task(Objective):
    """Cross-entropy between the answers and the labels of rows.

    Where targets are probabilities, as when the model before the repair is the teacher, their
    entropy is subtracted, which leaves the Kullback-Leibler divergence (Hinton, Vinyals and Dean
    2015).
    """

    name = "task"

    def loss(self, step: Step) -> Tensor:
        """Return the mean over rows, weighted where rows have weights."""
        losses = row_losses(step.logits, step.targets)
        return losses.mean() if step.weights is None else (step.weights * losses).mean()


class Retention(Objective):
    """Divergence of the answers to rows from those before the repair."""

    name = "retention"

    def loss(self, step: Step) -> Tensor:
        """Return the mean Kullback-Leibler divergence over rows."""
        return divergence(step.logits, step.before)


def row_losses(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the loss of each row, of shape (n,)."""
    from torch.nn import functional

    if targets.dim() == 1:
        return functional.cross_entropy(logits, targets, reduction="none")
    logs = functional.log_softmax(logits, dim=-1)
    return functional.kl_div(logs, targets, reduction="none").sum(dim=-1)


def divergence(logits: Tensor, probabilities: Tensor) -> Tensor:
    """Return the mean divergence of `logits` from `probabilities`, of shape (n, n_labels)."""
    from torch.nn import functional

    logs = functional.log_softmax(logits, dim=-1)
    return functional.kl_div(logs, probabilities, reduction="batchmean")
