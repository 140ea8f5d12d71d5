"""What every objective is: a loss of one training step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from torch import Tensor


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
    """

    logits: Tensor
    targets: Tensor
    weights: Tensor | None
    before: Tensor
    pair_logits: tuple[Tensor, Tensor] | None

    @property
    def sides(self) -> tuple[Tensor, Tensor]:
        """Logits of both sides of pairs, of a step that has some."""
        if self.pair_logits is None:
            raise ValueError("this step has no pairs; set needs_pairs")
        return self.pair_logits


class Objective(ABC):
    """A loss that is added to a repair's training with a weight.

    Attributes
    ----------
    name : str
        By which a configuration names it.
    needs_pairs : bool
    """

    name: ClassVar[str]
    needs_pairs: ClassVar[bool] = False

    @abstractmethod
    def loss(self, step: Step) -> Tensor:
        """Return the loss of one step, a scalar; 0 where nothing is left to repair."""
