"""What every objective is: a loss of one training step, and what it asks to be given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from torch import Tensor, nn

    from pytest_fairness.mitigation.bank import Bank


@dataclass(frozen=True)
class Step:
    """One training step as losses see it; tensors lie on the model's device.

    Attributes
    ----------
    logits : Tensor of shape (n, n_labels)
        Of the labelled rows and of the variants shown beside them.
    hidden : Tensor of shape (n, d) or None
        What the last layer reads of them; None unless some objective needs it.
    targets : Tensor of shape (n,) or (n, n_labels)
        Label numbers, or probabilities.
    rows : Tensor of shape (n,)
        Number of each row among the training rows; a variant has its row's.
    groups : Tensor of shape (n,) or None
        Number of each row's group, -1 where it is unknown; None where rows have no groups.
    weights : Tensor of shape (n,) or None
        How much each row counts, 1 on average over all training rows; None counts each once.
    before : Tensor of shape (n, n_labels)
        Probabilities that the model gave to the rows before the repair.
    pair_logits : two Tensors of shape (m, n_labels) or None
        Of both sides of counterfactual pairs.
    pair_hidden : two Tensors of shape (m, d) or None
    progress : float in [0, 1)
        How much of the run is done.
    """

    logits: Tensor
    hidden: Tensor | None
    targets: Tensor
    rows: Tensor
    groups: Tensor | None
    weights: Tensor | None
    before: Tensor
    pair_logits: tuple[Tensor, Tensor] | None
    pair_hidden: tuple[Tensor, Tensor] | None
    progress: float

    @property
    def sides(self) -> tuple[Tensor, Tensor]:
        """Logits of both sides of pairs, of a step that has some."""
        if self.pair_logits is None:
            raise ValueError("this step has no pairs; name them in `needs`")
        return self.pair_logits

    @property
    def labels(self) -> Tensor:
        """The most probable label of each row, as its target says."""
        return self.targets if self.targets.dim() == 1 else self.targets.argmax(dim=-1)


@dataclass(frozen=True)
class Beginning:
    """What an objective may know before the first step.

    Attributes
    ----------
    model : nn.Module
    bank : Bank
        All the texts of the run; `bank.batch(numbers)` and `bank.forward(model, batch)`.
    texts : sequence of str
        Training rows.
    targets : Tensor of shape (n_rows,) or (n_rows, n_labels)
    groups : Tensor of shape (n_rows,) or None
    group_names : tuple of str
    before : Tensor of shape (n_rows, n_labels) or None
        Probabilities before the repair, of an objective that needs them.
    seed : int
    """

    model: nn.Module
    bank: Bank
    texts: Sequence[str]
    targets: Tensor
    groups: Tensor | None
    group_names: tuple[str, ...]
    before: Tensor | None
    seed: int


class Objective(ABC):
    """A loss that is added to a repair's training with a weight.

    Attributes
    ----------
    name : str
        By which a configuration names it.
    needs : frozenset of str
        Of ``"pairs"``, ``"groups"``, ``"hidden"`` and ``"before"`` (answers to all training rows
        before the first step).
    """

    name: ClassVar[str]
    needs: ClassVar[frozenset[str]] = frozenset()

    def begin(self, beginning: Beginning) -> None:  # noqa: B027 - most need nothing
        """Learn what the run is about."""

    @property
    def module(self) -> nn.Module | None:
        """Weights of its own that learn along, such as an adversary's."""
        return None

    @abstractmethod
    def loss(self, step: Step) -> Tensor:
        """Return the loss of one step, a scalar; 0 where nothing is left to repair."""
