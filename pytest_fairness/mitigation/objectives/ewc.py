"""Weights that mattered to the old answers stay near where they were."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_fairness.mitigation.layers import trainable
from pytest_fairness.mitigation.objectives.base import Beginning, Objective, Step

if TYPE_CHECKING:
    from torch import Tensor, nn

GRADIENTS = 256  # at most, over which the information is averaged


class ElasticWeights(Objective):
    r"""Elastic weight consolidation: distance from the old weights, by the Fisher information.

    .. math:: \frac{1}{2} \sum_j F_j (\theta_j - \theta^0_j)^2, \qquad
              F_j = E\Big[\Big(\frac{\partial \log p(y \mid x)}{\partial \theta_j}\Big)^2\Big]

    The information is computed before the first step, over training rows drawn by seed and the
    labels that the model itself gives them. 0 for a model that has not moved. Unlike retention,
    which looks at the answers to each step's rows, it costs nothing per step and holds what no row
    shows. Weights of 10² to 10⁴ are usual. Of low-rank adapters it ties those halves that matter
    at the start.

    References
    ----------
    Kirkpatrick et al. (2017), "Overcoming catastrophic forgetting in neural networks".
    """

    name = "ewc"

    def begin(self, beginning: Beginning) -> None:
        """Keep the old weights, and find out how much each matters."""
        self.weights = list(trainable(beginning.model).values())
        self.old = [weight.detach().clone() for weight in self.weights]
        self.information = fisher(beginning, self.weights)

    def loss(self, step: Step) -> Tensor:
        """Return the distance, the same for every step."""
        total = step.logits.new_zeros(())
        for now, old, information in zip(self.weights, self.old, self.information, strict=True):
            total = total + (information * (now - old).square()).sum()
        return total / 2


def fisher(beginning: Beginning, weights: list[nn.Parameter]) -> list[Tensor]:
    """Return the diagonal of the Fisher information, one tensor for each of `weights`."""
    import torch

    n_labels = beginning.before.shape[1]
    n = min(len(beginning.texts), max(1, GRADIENTS // n_labels))
    texts = random.Random(beginning.seed).sample(list(beginning.texts), n)
    found = [torch.zeros_like(weight) for weight in weights]
    for probability in _log_probabilities(beginning, texts):
        slopes = torch.autograd.grad(probability, weights, retain_graph=True, allow_unused=True)
        for total, slope in zip(found, slopes, strict=True):
            if slope is not None:
                total += probability.detach().exp() * slope.square() / n
    return found


def _log_probabilities(beginning: Beginning, texts: list[str]) -> Iterator[Tensor]:
    """Yield the log-probability of each label of each text, without dropout."""
    model, bank = beginning.model, beginning.bank
    was_training = model.training
    model.eval()
    for number in bank.numbers(texts):
        batch = {name: value.to(beginning.device) for name, value in bank.batch([number]).items()}
        yield from bank.forward(model, batch)[0].log_softmax(dim=-1)
    model.train(was_training)
