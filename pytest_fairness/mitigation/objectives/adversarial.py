"""An adversary learns the group from what the last layer reads; the model learns to hide it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from pytest_fairness.mitigation.layers import last_linear
from pytest_fairness.mitigation.objectives.base import Beginning, Objective, Step

if TYPE_CHECKING:
    from torch import Tensor

STEEPNESS = 10.0  # how fast the reversal comes in, as in Ganin et al.
WIDTH = 64  # of the adversary's hidden layer
RATE, DECAY, ROUNDS, MEMORY = 0.01, 1.0, 5, 256


class Adversarial(Objective):
    r"""Gradient reversal: the adversary's cross-entropy, whose gradient the model gets reversed.

    The adversary, two layers, tells the group from the hidden state. Each step it first learns from
    the latest rows, several rounds, so that it is ahead of the model; then what would help it is
    undone in the model, the more the further the run is: :math:`2 / (1 + e^{-10 p}) - 1`
    of it at progress *p*. Where the adversary can do no better than the shares of the groups, the
    loss is their entropy.

    A high loss does not show that the group is gone, only that this adversary does not find it:
    train a fresh probe. Where labels depend on the group, hiding the group costs accuracy;
    ``"adversarial_eo"`` does not ask for that.

    References
    ----------
    Ganin et al. (2016), "Domain-adversarial training of neural networks": the reversal and its
    schedule. Beutel, Chen, Zhao and Chi (2017), "Data decisions and theoretical implications when
    adversarially learning fair representations": groups.
    """

    name = "adversarial"
    needs = frozenset({"groups", "hidden"})

    def begin(self, beginning: Beginning) -> None:
        """Make an adversary of the size of what the last layer reads."""
        self.n_labels = beginning.before.shape[1]
        width = self.width(last_linear(beginning.model).in_features)
        self.module = self.adversary = Adversary(
            width, len(beginning.group_names), beginning.seed
        ).to(beginning.device)

    def loss(self, step: Step) -> Tensor:
        """Return the adversary's mean surprise at the groups."""
        known = step.known()
        if known.hidden is None:
            raise ValueError("this step has no hidden states; name them in `needs`")
        if not len(known):
            return known.nothing
        read = self.read(known.hidden, known.labels)
        self.adversary.study(read.detach(), known.groups)
        strength = 2 / (1 + math.exp(-STEEPNESS * step.progress)) - 1
        return self.adversary.surprise(reverse(read, strength), known.groups)

    def width(self, hidden: int) -> int:
        """Return how many numbers the adversary reads of a row."""
        return hidden

    def read(self, hidden: Tensor, labels: Tensor) -> Tensor:
        """Return what the adversary reads of each row."""
        return hidden


class AdversarialEO(Adversarial):
    """Gradient reversal for equalised odds: the adversary is also told the label.

    It reads the hidden state in a place that depends on the label, and so has one first layer for
    each. What the label itself says about the group need not be hidden then, and the model is asked
    only to treat the groups alike among texts of the same label.

    References
    ----------
    Zhang, Lemoine and Mitchell (2018), "Mitigating unwanted biases with adversarial learning".
    """

    name = "adversarial_eo"

    def width(self, hidden: int) -> int:
        """Return how many numbers the adversary reads of a row."""
        return self.n_labels * (hidden + 1)

    def read(self, hidden: Tensor, labels: Tensor) -> Tensor:
        """Return the hidden states, each in the place of its label, and the labels."""
        told = nn.functional.one_hot(labels, self.n_labels).to(hidden.dtype)
        placed = told.unsqueeze(2) * hidden.unsqueeze(1)
        return torch.cat([placed.flatten(start_dim=1), told], dim=1)


class Adversary(nn.Module):
    """Two layers, with an optimiser and a memory of the latest rows of their own.

    Weights decay strongly: an adversary that is certain gives the model no slope to follow.
    """

    def __init__(self, width: int, n_groups: int, seed: int) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.layers = nn.Sequential(
                nn.Linear(width, WIDTH), nn.ReLU(), nn.Linear(WIDTH, n_groups)
            )
        self.optimizer = torch.optim.AdamW(self.layers.parameters(), lr=RATE, weight_decay=DECAY)
        self.latest: list[tuple[Tensor, Tensor]] = []

    def study(self, rows: Tensor, groups: Tensor) -> None:
        """Learn a few rounds from these rows and those of the steps before."""
        self.latest.append((rows, groups))
        while sum(len(kept) for kept, _ in self.latest[1:]) >= MEMORY:
            del self.latest[0]
        seen, told = (torch.cat(parts) for parts in zip(*self.latest, strict=True))
        for _ in range(ROUNDS):
            self.optimizer.zero_grad()
            self.surprise(seen, told).backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()

    def surprise(self, rows: Tensor, groups: Tensor) -> Tensor:
        """Return the mean cross-entropy of its guesses."""
        return nn.functional.cross_entropy(self.layers(rows), groups)

    def get_extra_state(self) -> dict[str, Any]:
        """Return what a run that goes on later needs beside the weights."""
        return {"optimizer": self.optimizer.state_dict(), "latest": self.latest}

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """Go on from such a state."""
        self.optimizer.load_state_dict(state["optimizer"])
        self.latest = list(state["latest"])


class _Reversal(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, strength: float) -> Tensor:
        ctx.strength = strength
        return values.view_as(values)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return -ctx.strength * gradients[0], None


def reverse(values: Tensor, strength: float) -> Tensor:
    """Return the same values; their gradient comes back reversed, times `strength`."""
    reversed_: Tensor = _Reversal.apply(values, strength)  # type: ignore[no-untyped-call]
    return reversed_
