"""Retraining the last layer on balanced data, with counterfactual pairs held together.

Everything below the last layer runs once per text; what is left is a convex problem of a few
thousand weights.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_fairness.mitigation.bank import Bank
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.layers import last_linear
from pytest_fairness.mitigation.plan import TextPair, sample, variants_of
from pytest_fairness.mitigation.trainer import choose_device, quietly
from pytest_fairness.mitigation.training import FineTuned, load_classifier

if TYPE_CHECKING:
    from torch import Tensor, nn

_STEPS = 100  # of L-BFGS, which needs some tens
_MOST_ROWS, _MOST_PAIRS = 2000, 1000  # read once each; more decide a layer no better
_MOST_VARIANTS = 2  # of a row that is shown, lest rows of templates drown the others
_CONSISTENCY = ("consistency", "consistency_kl")
_PULL = 1e-3  # of the squared distance from the old layer, lest few rows decide many weights


def retrain_last_layer(
    folder: str | Path, rows: Labelled, pairs: Sequence[TextPair], config: MitigationConfig
) -> FineTuned:
    """Learn the last layer of a classifier anew, with all that lies below as it is.

    Deep feature reweighting: a model that leans on the wrong feature has often learnt the right
    one too, and the last layer chooses. Rows are weighted so that every combination of label and
    group counts the same; rows that are a side of a pair teach its variants too; and the logits of
    both sides of a pair are pulled together with the configuration's weight.

    Parameters
    ----------
    folder : str or Path
        A sequence classifier as transformers saves it.
    rows : Labelled
        Training rows; without targets the model itself is the teacher.
    pairs : sequence of pairs of str
        Texts that should get the same answer.
    config : MitigationConfig

    Returns
    -------
    FineTuned
        Without history: there is one solution, and it is found.

    Raises
    ------
    MitigationError
        If the classifier does not end in one linear layer.

    References
    ----------
    Kirichenko, Izmailov and Wilson (2023), "Last layer re-training is sufficient for robustness to
    spurious correlations".
    """
    import torch

    start = time.perf_counter()
    device = choose_device(config.device)
    with quietly(device):
        model, tokenizer = load_classifier(folder)
        model.to(device).eval()
        head = last_linear(model)
        weight, bias = _solve(model, tokenizer, head, rows, pairs, config)
        with torch.no_grad():
            head.weight.copy_(weight)
            if head.bias is not None:
                head.bias.copy_(bias)
    return FineTuned(
        model=model.to("cpu"),
        tokenizer=tokenizer,
        history=(),
        best_step=0,
        seconds=time.perf_counter() - start,
        trainable_parameters=sum(parameter.numel() for parameter in head.parameters()),
    )


def _solve(
    model: Any,
    tokenizer: Any,
    head: nn.Linear,
    rows: Labelled,
    pairs: Sequence[TextPair],
    config: MitigationConfig,
) -> tuple[Tensor, Tensor]:
    """Read every text once, and return the best weights and biases."""
    import torch

    chosen = sample(pairs, _MOST_PAIRS, config.seed)
    numbers = sample(range(len(rows.texts)), _MOST_ROWS, config.seed)
    texts, numbers = _shown(rows, numbers, pairs if config.augment else ())
    bank = Bank([*texts, *(text for pair in chosen for text in pair)], tokenizer, config)
    hidden, logits = bank.read(model)
    sides = [bank.numbers([pair[side] for pair in chosen]) for side in (0, 1)]
    before = logits[bank.numbers([rows.texts[number] for number in numbers])]
    problem = _Problem(
        hidden=hidden[bank.numbers(texts)].double(),
        targets=_targets(rows, numbers, before.double().softmax(dim=-1)),
        weights=_balanced(rows)[numbers],
        gaps=(hidden[sides[0]] - hidden[sides[1]]).double(),
        consistency=sum(config.weights.get(name, 0.0) for name in _CONSISTENCY),
        start=head.weight.detach().double().cpu(),
    )
    return problem.solve(torch.zeros(1) if head.bias is None else head.bias.detach().cpu())


@dataclass(frozen=True)
class _Problem:
    """A multinomial regression, tied to where it starts and to equal answers to pairs."""

    hidden: Tensor
    targets: Tensor
    weights: Tensor
    gaps: Tensor
    consistency: float
    start: Tensor

    def solve(self, bias: Tensor) -> tuple[Tensor, Tensor]:
        """Return weights and biases; a bias of one zero stands for none and stays."""
        import torch

        learns = bias.numel() == len(self.start)
        weight = self.start.clone().requires_grad_()
        shift = bias.double().clone().requires_grad_(learns)
        moved = [weight, shift] if learns else [weight]
        optimizer = torch.optim.LBFGS(moved, max_iter=_STEPS, line_search_fn="strong_wolfe")

        def closure() -> Tensor:
            optimizer.zero_grad()
            loss = self.loss(weight, shift)
            loss.backward()  # type: ignore[no-untyped-call]
            return loss

        optimizer.step(closure)  # type: ignore[no-untyped-call]
        return weight.detach(), shift.detach()

    def loss(self, weight: Tensor, bias: Tensor) -> Tensor:
        logs = (self.hidden @ weight.T + bias).log_softmax(dim=-1)
        loss = -(self.weights * (self.targets * logs).sum(dim=-1)).mean()
        loss = loss + _PULL * (weight - self.start).square().sum()
        if len(self.gaps) and self.consistency:
            loss = loss + self.consistency * (self.gaps @ weight.T).square().mean()
        return loss


def _shown(
    rows: Labelled, chosen: Sequence[int], pairs: Sequence[TextPair]
) -> tuple[list[str], list[int]]:
    """Return the texts to learn from, rows and variants of theirs, and each one's row."""
    variants = variants_of([rows.texts[number] for number in chosen], pairs)
    shown = [
        (text, number)
        for number in chosen
        for text in (rows.texts[number], *variants.get(rows.texts[number], ())[:_MOST_VARIANTS])
    ]
    return [text for text, _ in shown], [number for _, number in shown]


def _targets(rows: Labelled, numbers: Sequence[int], before: Tensor) -> Tensor:
    """Return probabilities of shape (n_shown, n_labels); without targets the model's own."""
    import torch

    if rows.targets is None:
        return before
    targets = torch.as_tensor(np.asarray(rows.targets))[list(numbers)]
    if targets.dim() == 1:
        return torch.nn.functional.one_hot(targets.long(), before.shape[1]).double()
    return targets.double()


def _balanced(rows: Labelled) -> Tensor:
    """Return weights that let every cell of label and group count the same, 1 on average."""
    import torch

    given = np.ones(len(rows.texts)) if rows.weights is None else np.asarray(rows.weights)
    if rows.groups is not None and rows.targets is not None:
        targets = np.asarray(rows.targets)
        labels = targets if targets.ndim == 1 else targets.argmax(axis=1)
        cells = [f"{label} {group}" for label, group in zip(labels, rows.groups, strict=True)]
        _, places, counts = np.unique(cells, return_inverse=True, return_counts=True)
        given = given / counts[places]
    return torch.as_tensor(given / given.mean())
