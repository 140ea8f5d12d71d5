"""The three losses of a repair, each the mean over its rows.

`logits` have shape (n, n_labels); each loss is 0 when nothing is left to repair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def task_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the cross-entropy between `logits` and `targets`.

    `targets` have shape (n,) with label numbers, or (n, n_labels) with probabilities, as when the
    model before the repair is the teacher; then the entropy of the targets is subtracted, which
    leaves the Kullback-Leibler divergence (Hinton, Vinyals and Dean 2015).
    """
    from torch.nn import functional

    if targets.dim() == 1:
        return functional.cross_entropy(logits, targets)
    return retention_loss(logits, targets)


def pair_loss(originals: Tensor, variants: Tensor) -> Tensor:
    """Return the mean squared difference of the logits of both sides (Garg et al. 2019)."""
    return (originals - variants).square().mean()


def retention_loss(logits: Tensor, before: Tensor) -> Tensor:
    """Return the divergence from the probabilities `before` the repair."""
    from torch.nn import functional

    return functional.kl_div(functional.log_softmax(logits, dim=-1), before, reduction="batchmean")
