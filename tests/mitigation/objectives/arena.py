"""Runs of the real session on vectors in place of texts, which take a fraction of a second."""

from __future__ import annotations

import random
from dataclasses import dataclass
from types import SimpleNamespace

import torch
from torch import nn

from pytest_fairness.mitigation.bank import Bank
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.plan import Batch
from pytest_fairness.mitigation.session import Lesson, Session


class NoTokenizer:
    """What a bank without texts asks a tokenizer for."""

    model_max_length = 1

    def __call__(self, texts, **options):
        return {}


class Vectors(Bank):
    """A bank whose texts are the numbers of vectors."""

    def __init__(self, vectors):
        super().__init__([], NoTokenizer(), MitigationConfig())
        self.vectors = vectors

    def __len__(self):
        return len(self.vectors)

    def numbers(self, texts):
        return [int(text) for text in texts]

    def length(self, number):
        return 1

    def batch(self, numbers):
        return {"x": self.vectors[list(numbers)]}


class Network(nn.Module):
    """One hidden layer, or none where `width` is 0."""

    def __init__(self, d, width=0, n_labels=2, seed=0):
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.lower = nn.Sequential(nn.Linear(d, width), nn.Tanh()) if width else nn.Identity()
            self.classifier = nn.Linear(width or d, n_labels)
        self.config = SimpleNamespace(num_labels=n_labels)

    def forward(self, x):
        return SimpleNamespace(logits=self.classifier(self.lower(x)))


@dataclass(frozen=True)
class World:
    """Vectors with labels and groups, and pairs of numbers of vectors."""

    x: torch.Tensor
    y: torch.Tensor
    z: torch.Tensor  # -1 is unknown
    pairs: tuple = ((0, 1),)

    @property
    def labelled(self):
        groups = ["" if z < 0 else f"g{z}" for z in self.z.tolist()]
        return Labelled([str(i) for i in range(len(self.y))], self.y.tolist(), groups=groups)

    def with_pairs(self, x, pairs):
        """Add vectors that are no rows, and the pairs of their numbers among themselves."""
        n = len(self.x)
        moved = tuple((a + n, b + n) for a, b in pairs)
        return World(torch.cat([self.x, x]), self.y, self.z, moved)


def session_of(world, model, batches, **changes):
    bank = Vectors(world.x)
    pairs = [(str(a), str(b)) for a, b in world.pairs]
    lesson = Lesson(batches, world.labelled, world.labelled, pairs, pairs)
    config = MitigationConfig(max_steps=len(batches), eval_every=10**6, **changes)
    return Session(model, bank, bank.prepare(model, []), lesson, config)


def learn(world, model, objectives, *, steps=200, size=64, rate=0.02, seed=0):
    """Train `model` on a world, and return it."""
    rng = random.Random(seed)
    pairs = [(str(a), str(b)) for a, b in world.pairs]
    batches = [
        Batch(
            rows=tuple((i, str(i)) for i in rng.sample(range(len(world.y)), size)),
            pairs=tuple(rng.choices(pairs, k=16)),
        )
        for _ in range(steps)
    ]
    session = session_of(world, model, batches, objectives=objectives, seed=seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    for number, batch in enumerate(batches, start=1):
        loss = session.loss(model, session.inputs(batch))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        session.after_step(number)
    return model.eval()


def scores(model, world):
    """Probability of label 1 for each row."""
    with torch.no_grad():
        return model(world.x[: len(world.y)]).logits.softmax(-1)[:, 1]


def cell_accuracies(model, world):
    """Share of right answers for each label and group."""
    right = (scores(model, world) > 0.5).long() == world.y
    cells = [(world.y == y) & (world.z == z) for y in (0, 1) for z in (0, 1)]
    return [right[cell].float().mean().item() for cell in cells]


def gap(model, world, label=None):
    """Difference between the mean scores of group 1 and group 0, among rows of a label."""
    here = torch.ones_like(world.y, dtype=torch.bool) if label is None else world.y == label
    s = scores(model, world)
    return (s[here & (world.z == 1)].mean() - s[here & (world.z == 0)].mean()).item()


def shortcut(n=2000, seed=0, share=0.95, noise=1.0):
    """Labels that the group gives away for most rows, and a weaker sign for all rows."""
    generator = torch.Generator().manual_seed(seed)
    y = (torch.rand(n, generator=generator) < 0.5).long()
    z = torch.where(torch.rand(n, generator=generator) < share, y, 1 - y)
    core = (2.0 * y - 1) + noise * torch.randn(n, generator=generator)
    sign = (2.0 * z - 1) + 0.2 * torch.randn(n, generator=generator)
    return World(torch.stack([core, sign], dim=1), y, z)


def crossed(n=2000, seed=0, share=0.5, d=6):
    """Labels and groups in two directions of noisy vectors; group and label agree for `share`."""
    generator = torch.Generator().manual_seed(seed)
    y = (torch.rand(n, generator=generator) < 0.5).long()
    z = torch.where(torch.rand(n, generator=generator) < share, y, 1 - y)
    x = 0.5 * torch.randn(n, d, generator=generator)
    x[:, 0] += 2.0 * y - 1
    x[:, 1] += 2.0 * z - 1
    return World(x, y, z)


def probe_accuracy(model, train, test, label=None):
    """How well a fresh logistic regression tells the group from what the last layer reads."""
    from sklearn.linear_model import LogisticRegression

    def read(world):
        here = slice(None) if label is None else world.y == label
        with torch.no_grad():
            return model.lower(world.x[: len(world.y)])[here].numpy(), world.z[here].numpy()

    return LogisticRegression(max_iter=1000).fit(*read(train)).score(*read(test))


def counterfactuals(world, n=200, seed=0):
    """The world with pairs of new vectors that differ in the sign of the group alone."""
    plain = shortcut(n, seed + 1000).x
    turned = plain * torch.tensor([1.0, -1.0])
    return world.with_pairs(torch.cat([plain, turned]), [(i, i + n) for i in range(n)])


def flip_rate(model, world):
    """Share of pairs whose sides get different answers."""
    first, second = (list(side) for side in zip(*world.pairs, strict=True))
    with torch.no_grad():
        answers = model(world.x).logits.argmax(-1)
    return (answers[first] != answers[second]).float().mean().item()
