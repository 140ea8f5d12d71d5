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
import numpy.typing as npt

from pytest_fairness.mitigation.bank import Bank
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.decisions.maps import Temperature
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
_FIRMER = 3  # times the usual weight: few terms are soon learnt by heart, and there are others
_OF_TOLERANCE = 0.8  # how near learnt pairs may come: the rest is the chance of others
_PULL = 1e-3  # of the squared distance from the old layer, lest few rows decide many weights


def retrain_last_layer(
    folder: str | Path,
    rows: Labelled,
    pairs: Sequence[TextPair],
    config: MitigationConfig,
    *,
    checked: Labelled | None = None,
    tolerance: float | None = None,
) -> FineTuned:
    """Learn the last layer of a classifier anew, with all that lies below as it is.

    Deep feature reweighting: a model that leans on the wrong feature has often learnt the right
    one too, and the last layer chooses. Rows are weighted so that every combination of label and
    group counts the same; rows that are a side of a pair teach its variants too; and the logits of
    both sides of a pair are pulled together with the configuration's weight, or with three times
    the usual one where none was given.

    Balance and pull leave probabilities that are too cautious. Rows that took no part in solving
    say by how much: all logits are divided by one temperature, which is folded into the layer. It
    changes no label.

    Parameters
    ----------
    folder : str or Path
        A sequence classifier as transformers saves it.
    rows : Labelled
        Training rows; without targets the model itself is the teacher.
    pairs : sequence of pairs of str
        Texts that should get the same answer.
    config : MitigationConfig
    checked : Labelled, optional
        Validation rows for the temperature; without them it stays 1.
    tolerance : float in (0, 1), optional
        How far a score may move between the sides of a pair. Probabilities are not made bolder
        where that would bring a pair of `pairs` near it.

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
    spurious correlations". Guo, Pleiss, Sun and Weinberger (2017), "On calibration of modern neural
    networks": one temperature.
    """
    import torch

    start = time.perf_counter()
    device = choose_device(config.device)
    with quietly(device):
        model, tokenizer = load_classifier(folder)
        model.to(device).eval()
        head = last_linear(model)
        read = _read(model, tokenizer, rows, pairs, checked, config)
        weight, bias = _solve(read, head, rows, config)
        warmth = _temperature(read, weight, bias, checked, tolerance)
        with torch.no_grad():
            head.weight.copy_(weight / warmth)
            if head.bias is not None:
                head.bias.copy_(bias / warmth)
    return FineTuned(
        model=model.to("cpu"),
        tokenizer=tokenizer,
        history=(),
        best_step=0,
        seconds=time.perf_counter() - start,
        trainable_parameters=sum(parameter.numel() for parameter in head.parameters()),
    )


@dataclass(frozen=True)
class _Read:
    """What the layers below say of every text, each read once.

    Attributes
    ----------
    numbers : list of int
        The row of each text to learn from: rows, and variants of theirs.
    hidden : Tensor of shape (n_texts, width)
        Of these texts.
    before : Tensor of shape (n_texts, n_labels)
        Logits of their rows before the repair.
    sides : pair of Tensor
        Of both sides of pairs.
    checked : Tensor
        Of validation rows.
    """

    numbers: list[int]
    hidden: Tensor
    before: Tensor
    sides: tuple[Tensor, Tensor]
    checked: Tensor


def _read(
    model: Any,
    tokenizer: Any,
    rows: Labelled,
    pairs: Sequence[TextPair],
    checked: Labelled | None,
    config: MitigationConfig,
) -> _Read:
    chosen = sample(pairs, _MOST_PAIRS, config.seed)
    numbers = sample(range(len(rows.texts)), _MOST_ROWS, config.seed)
    texts, numbers = _shown(rows, numbers, pairs if config.augment else ())
    validation = [] if checked is None else list(checked.texts)
    sides = [[pair[side] for pair in chosen] for side in (0, 1)]
    bank = Bank([*texts, *sides[0], *sides[1], *validation], tokenizer, config)
    hidden, logits = bank.read(model)
    hidden = hidden.double()
    return _Read(
        numbers=numbers,
        hidden=hidden[bank.numbers(texts)],
        before=logits[bank.numbers([rows.texts[number] for number in numbers])].double(),
        sides=(hidden[bank.numbers(sides[0])], hidden[bank.numbers(sides[1])]),
        checked=hidden[bank.numbers(validation)],
    )


def _solve(
    read: _Read, head: nn.Linear, rows: Labelled, config: MitigationConfig
) -> tuple[Tensor, Tensor]:
    """Return the best weights and biases."""
    import torch

    problem = _Problem(
        hidden=read.hidden,
        targets=_targets(rows, read.numbers, read.before.softmax(dim=-1)),
        weights=_balanced(rows)[read.numbers],
        gaps=read.sides[0] - read.sides[1],
        consistency=sum(config.firmer(_FIRMER).weights.get(name, 0.0) for name in _CONSISTENCY),
        start=head.weight.detach().double().cpu(),
    )
    return problem.solve(torch.zeros(1) if head.bias is None else head.bias.detach().cpu())


def _temperature(
    read: _Read, weight: Tensor, bias: Tensor, checked: Labelled | None, tolerance: float | None
) -> float:
    """Return what all logits are to be divided by, so that validation rows are most probable."""
    if checked is None or checked.targets is None or not len(checked.texts):
        return 1.0
    warmth = fit_temperature(
        (read.checked @ weight.T + bias).numpy(), np.asarray(checked.targets), checked.weights
    )
    if warmth >= 1 or tolerance is None or not len(read.sides[0]):
        return warmth
    first, second = (((side @ weight.T + bias) / warmth).softmax(dim=-1) for side in read.sides)
    furthest = float((first - second).abs().max())
    return warmth if furthest <= _OF_TOLERANCE * tolerance else 1.0


def fit_temperature(
    logits: npt.NDArray[Any], targets: npt.NDArray[Any], weights: Sequence[float] | None
) -> float:
    """Return the temperature with the least log loss of label numbers, or of probabilities."""
    n, k = logits.shape
    given = np.ones(n) if weights is None else np.asarray(weights, dtype=float)
    if targets.ndim == 1:
        return Temperature.fit(logits, targets, given).temperature
    labels = np.tile(np.arange(k), n)  # each text once for each label, as heavy as it is probable
    shares = (given[:, None] * targets).ravel()
    return Temperature.fit(np.repeat(logits, k, axis=0), labels, shares).temperature


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
