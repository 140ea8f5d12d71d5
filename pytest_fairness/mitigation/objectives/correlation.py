"""Scores do not rise or fall with the group."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pytest_fairness.mitigation.objectives.base import Objective, Step, distinct

if TYPE_CHECKING:
    from torch import Tensor

LEAST_SPREAD = 0.05  # scores closer than that count as so far apart, lest noise decide near 0


class Correlation(Objective):
    r"""The absolute correlation between scores and groups.

    Of each label's probability with belonging to each group, less what chance alone brings in
    *n* rows, :math:`1 / \sqrt{n - 1}`, at least 0; the mean over labels and groups. Without that a
    model of constant scores would be the only one that no small step finds unfair. It sees linear
    dependence only. Where labels depend on the group, it costs accuracy; ``"correlation_eo"`` does
    not ask for that.

    References
    ----------
    Zafar, Valera, Gomez Rodriguez and Gummadi (2017), "Fairness constraints: mechanisms for fair
    classification": the covariance. Beutel et al. (2019), "Putting fairness principles into
    practice: challenges, metrics, and improvements": the absolute correlation as a loss.
    """

    name = "correlation"
    needs = frozenset({"groups"})

    def loss(self, step: Step) -> Tensor:
        """Return the mean over labels' probabilities and groups."""
        known = step.known()
        return correlation(known.logits.softmax(dim=-1), known.groups) + known.nothing


class CorrelationEO(Objective):
    """The absolute correlation between scores and groups among rows of the same label.

    The mean over labels, each counting its rows, of what ``"correlation"`` looks at.

    References
    ----------
    Beutel et al. (2019), "Putting fairness principles into practice: challenges, metrics, and
    improvements", who look at negatives.
    """

    name = "correlation_eo"
    needs = frozenset({"groups"})

    def loss(self, step: Step) -> Tensor:
        """Return the mean over labels, probabilities and groups."""
        known = step.known()
        scores, total = known.logits.softmax(dim=-1), known.nothing
        for label in distinct(known.labels):
            here = known.labels == label
            total = total + here.sum() * correlation(scores[here], known.groups[here])
        return total / max(1, len(known))


def correlation(scores: Tensor, groups: Tensor) -> Tensor:
    """Return the mean absolute correlation of columns of scores with memberships of groups."""
    import torch

    present = torch.tensor(distinct(groups), device=groups.device)
    if len(present) < 2:
        return scores.new_zeros(())
    members = (groups.unsqueeze(1) == present).to(scores.dtype)
    x, z = scores - scores.mean(dim=0), members - members.mean(dim=0)
    spread = x.square().mean(dim=0).clamp_min(LEAST_SPREAD**2).unsqueeze(1) * z.square().mean(dim=0)
    found = (x.T @ z).abs() / len(x) / spread.sqrt()
    chance = 1 / math.sqrt(len(x) - 1)
    return (found - chance).clamp_min(0.0).mean()
