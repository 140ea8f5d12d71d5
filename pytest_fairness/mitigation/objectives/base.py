"""What every objective is: a loss of one training step, and what it asks to be given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from pytest_fairness.mitigation.bank import Bank


@dataclass(frozen=True)
class Step:
    """One training step as losses see it; tensors lie on the model's device.

    Attributes
    ----------
    logits : Tensor of shape (n, n_labels)
        Of the labelled rows and of the variants shown beside them.
    targets : Tensor of shape (n,) or (n, n_labels)
        Label numbers, or probabilities.
    weights : Tensor of shape (n,) or None
        How much each row counts, 1 on average over all training rows; None counts each once.
    before : Tensor of shape (n, n_labels)
        Probabilities that the model gave to the rows before the repair.
    pair_logits : two Tensors of shape (m, n_labels) or None
        Of both sides of counterfactual pairs.
    groups : Tensor of shape (n,) or None
        Number of each row's group; -1 where it is unknown, and for a variant, which may speak of
        another group than its row. None where rows have no groups.
    hidden : Tensor of shape (n, d) or None
        What the last layer reads of the rows; None unless some objective needs it.
    pair_hidden : two Tensors of shape (m, d) or None
    families : Tensor of shape (m,) or None
        Number of each pair's family: texts that pairs of the run join, in one step or several.
    progress : float in [0, 1)
        How much of the run is done.
    """

    logits: Tensor
    targets: Tensor
    weights: Tensor | None
    before: Tensor
    pair_logits: tuple[Tensor, Tensor] | None
    groups: Tensor | None = None
    hidden: Tensor | None = None
    pair_hidden: tuple[Tensor, Tensor] | None = None
    families: Tensor | None = None
    progress: float = 0.0

    @property
    def sides(self) -> tuple[Tensor, Tensor]:
        """Logits of both sides of pairs, of a step that has some."""
        if self.pair_logits is None:
            raise ValueError("this step has no pairs; name them in `needs`")
        return self.pair_logits

    @property
    def labels(self) -> Tensor:
        """The label of each row; where targets are probabilities, the most probable one."""
        return self.targets if self.targets.dim() == 1 else self.targets.argmax(dim=-1)

    def known(self) -> Known:
        """Return what there is of the rows whose group is known."""
        if self.groups is None:
            raise ValueError("this step has no groups; name them in `needs`")
        chosen = self.groups >= 0
        return Known(
            logits=self.logits[chosen],
            targets=self.targets[chosen],
            labels=self.labels[chosen],
            groups=self.groups[chosen],
            weights=None if self.weights is None else self.weights[chosen],
            hidden=None if self.hidden is None else self.hidden[chosen],
        )


@dataclass(frozen=True)
class Known:
    """The rows of a step whose group is known; attributes as in `Step`."""

    logits: Tensor
    targets: Tensor
    labels: Tensor
    groups: Tensor
    weights: Tensor | None
    hidden: Tensor | None

    def __len__(self) -> int:
        return len(self.groups)

    @property
    def nothing(self) -> Tensor:
        """A loss of 0, for steps that say nothing about groups."""
        return self.logits.sum() * 0.0


@dataclass(frozen=True)
class Beginning:
    """What an objective may know before the first step: the rows that steps will show.

    Attributes
    ----------
    model : nn.Module
        On its device, with the weights of before the repair.
    bank : Bank
        All the texts of the run; `bank.batch(bank.numbers(texts))` and `bank.forward`.
    texts : sequence of str
    targets : Tensor of shape (n_rows,) or (n_rows, n_labels)
    weights : Tensor of shape (n_rows,) or None
    groups : Tensor of shape (n_rows,) or None
    group_names : tuple of str
    before : Tensor of shape (n_rows, n_labels)
        Probabilities before the repair.
    seed : int
    has_pairs : bool
        Whether there are counterfactual pairs.
    """

    model: nn.Module
    bank: Bank
    texts: Sequence[str]
    targets: Tensor
    weights: Tensor | None
    groups: Tensor | None
    group_names: tuple[str, ...]
    before: Tensor
    seed: int
    has_pairs: bool = True

    @property
    def labels(self) -> Tensor:
        """The label of each row; where targets are probabilities, the most probable one."""
        return self.targets if self.targets.dim() == 1 else self.targets.argmax(dim=-1)

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return next(self.model.parameters()).device


def distinct(numbers: Tensor) -> list[int]:
    """Return the different numbers in a tensor, the smallest first."""
    return sorted(set(numbers.tolist()))


class Objective(ABC):
    """A loss that is added to a repair's training with a weight.

    Attributes
    ----------
    name : str
        By which a configuration names it.
    needs : frozenset of str
        Of ``"pairs"``, ``"groups"`` and ``"hidden"``.
    module : nn.Module or None
        What it carries from step to step; a run that goes on later needs its `state_dict`.
    """

    name: ClassVar[str]
    needs: ClassVar[frozenset[str]] = frozenset()
    module: nn.Module | None = None

    def begin(self, beginning: Beginning) -> None:  # noqa: B027 - most need nothing
        """Learn what the run is about."""

    @abstractmethod
    def loss(self, step: Step) -> Tensor:
        """Return the loss of one step, a scalar."""
