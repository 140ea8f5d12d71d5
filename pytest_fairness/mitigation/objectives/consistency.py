"""Both sides of a counterfactual pair get the same answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_fairness.mitigation.objectives.base import Objective, Step

if TYPE_CHECKING:
    from torch import Tensor


class Consistency(Objective):
    """Counterfactual logit pairing: the mean squared difference of both sides' logits.

    References
    ----------
    Garg, Perot, Limtiaco, Taly, Chi and Beutel (2019), "Counterfactual fairness in text
    classification through robustness".
    """

    name = "consistency"
    needs = frozenset({"pairs"})

    def loss(self, step: Step) -> Tensor:
        """Return the mean over pairs and labels."""
        first, second = step.sides
        return (first - second).square().mean()


class SymmetricDivergence(Objective):
    """The symmetric Kullback-Leibler divergence between both sides' answers.

    Half the sum of both directions. Unlike differences of logits it does not care about scores
    that are certain on both sides.

    References
    ----------
    Jeffreys (1946), "An invariant form for the prior probability in estimation problems"; as a
    consistency loss between two views of a text, Jiang et al. (2020), "SMART".
    """

    name = "consistency_kl"
    needs = frozenset({"pairs"})

    def loss(self, step: Step) -> Tensor:
        """Return the mean over pairs."""
        first, second = (logits.log_softmax(dim=-1) for logits in step.sides)
        return 0.5 * ((first.exp() - second.exp()) * (first - second)).sum(dim=-1).mean()
