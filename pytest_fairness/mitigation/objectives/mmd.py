"""Groups get the same distribution of scores among texts of the same label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_fairness.mitigation.objectives.base import Known, Objective, Step, distinct

if TYPE_CHECKING:
    from torch import Tensor

LEAST_WIDTH = 0.1  # of the kernel, lest noise decide where all scores are close


class MMD(Objective):
    r"""MinDiff: the squared maximum mean discrepancy between a group's scores and the others'.

    .. math:: E\,k(x, x') + E\,k(z, z') - 2 E\,k(x, z)

    for the probabilities *x* of a group and *z* of all others, with a Gaussian kernel as wide as
    the median distance of the step. Rows are not compared with themselves: the estimate is 0 on
    average where both have the same distribution, however few rows a step shows. The paper looks at
    negatives, which closes gaps of false positives; here each label is looked at by itself, so that
    none need be called negative. Of all labels and groups it is the mean, each counting
    :math:`n m / (n + m)` for *n* and *m* rows.

    A step must show two rows at least of a group and a label to say anything of them: raise
    ``batch_size`` where groups are many or rare. Weights of 1 to 4 are usual.

    References
    ----------
    Prost, Qian, Chen, Chi, Chen and Beutel (2019), "Toward a better trade-off between performance
    and fairness with kernel-based distribution matching". Gretton et al. (2012), "A kernel
    two-sample test": the discrepancy, and the median.
    """

    name = "mmd"
    needs = frozenset({"groups"})

    def loss(self, step: Step) -> Tensor:
        """Return the mean over labels and groups."""
        known = step.known()
        scores = known.logits.softmax(dim=-1)
        total, weights = known.nothing, 0.0
        for members, others in _comparisons(known):
            n, m = int(members.sum()), int(others.sum())
            weight = n * m / (n + m)
            total = total + weight * discrepancy(scores[members], scores[others])
            weights += weight
        return total / weights if weights else total


def discrepancy(first: Tensor, second: Tensor) -> Tensor:
    """Return the squared maximum mean discrepancy of two samples, of shape (n, d) and (m, d)."""
    import torch

    both = torch.cat([first, second])
    squares = (both.unsqueeze(1) - both.unsqueeze(0)).square().sum(dim=-1)
    kernel = (-squares / (2 * _median(squares.detach()).clamp_min(LEAST_WIDTH**2))).exp()
    n = len(first)
    return _within(kernel[:n, :n]) + _within(kernel[n:, n:]) - 2 * kernel[:n, n:].mean()


def _within(kernel: Tensor) -> Tensor:
    """Return the mean over different rows."""
    n = len(kernel)
    return (kernel.sum() - kernel.trace()) / (n * (n - 1))


def _median(squares: Tensor) -> Tensor:
    """Return the median of the squared distances between different rows."""
    import torch

    above = torch.triu(torch.ones_like(squares, dtype=torch.bool), diagonal=1)
    return squares[above].median()


def _comparisons(known: Known) -> list[tuple[Tensor, Tensor]]:
    """Return who is a group's and who another's, within each label that has both."""
    found = []
    for label in distinct(known.labels):
        here = known.labels == label
        for group in distinct(known.groups[here]):
            members, others = here & (known.groups == group), here & (known.groups != group)
            if members.sum() > 1 and others.sum() > 1:
                found.append((members, others))
    return found
