"""One training run as it goes: what language models and embedders share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.language.config import LanguageConfig
from pytest_fairness.mitigation.language.front import Look, LookFront
from pytest_fairness.mitigation.language.plan import Batch
from pytest_fairness.mitigation.layers import trainable

if TYPE_CHECKING:
    from torch import Tensor, nn


class LanguageSession(ABC):
    """What the Trainer calls back: `inputs` for a step, `loss`, and `after_step`.

    Parameters
    ----------
    model : nn.Module
        The model that learns, as it was before the repair.
    config : MitigationConfig
    language : LanguageConfig
    """

    own_weights: Sequence[nn.Parameter] = ()  # what a loss would train beside the model
    front: LookFront

    def __init__(self, model: Any, config: MitigationConfig, language: LanguageConfig) -> None:
        self.model, self.config, self.language = model, config, language
        self._best_state: dict[str, Tensor] = {}
        self._loss = 0.0

    @abstractmethod
    def inputs(self, batch: Batch) -> dict[str, Any]:
        """Return the tensors of one step."""

    @abstractmethod
    def _parts(self, model: nn.Module, inputs: dict[str, Any]) -> tuple[Tensor, Tensor | None]:
        """Return the two losses of one step: fairness, and retention where it is wanted."""

    @abstractmethod
    def _look(self, step: int, loss: float | None) -> Look:
        """Look at validation pairs and texts."""

    @abstractmethod
    def _limit(self, first: Look) -> float:
        """Return what a state may cost, given the first look."""

    @property
    def trainable_parameters(self) -> int:
        """Weights that can move."""
        return sum(parameter.numel() for parameter in trainable(self.model).values())

    def start(self) -> None:
        """Look at the model as it was."""
        first = self._look(0, None)
        self.front = LookFront(self._limit(first), self.config.patience)
        self._add(first)

    def loss(self, model: nn.Module, inputs: dict[str, Any]) -> Tensor:
        """Return the loss of one step."""
        loss, retention = self._parts(model, inputs)
        if retention is not None:
            loss = loss + self.language.retention_weight * retention
        self._loss = float(loss.detach())
        return loss

    def after_step(self, step: int) -> bool:
        """Look when it is time, and say whether the run is over."""
        if step % self.config.eval_every == 0 or step == self.config.max_steps:
            self._add(self._look(step, self._loss))
        return self.front.is_over

    def restore_best(self) -> None:
        """Give the model the weights of its best state."""
        import torch

        with torch.no_grad():
            for name, parameter in trainable(self.model).items():
                parameter.copy_(self._best_state[name])

    def state(self) -> dict[str, Any]:
        """Return what a run needs to go on, beside what the Trainer keeps."""
        return {"front": self.front.state(), "best": self._best_state, "loss": self._loss}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` returned."""
        self.front.restore(state["front"])
        self._best_state, self._loss = state["best"], state["loss"]

    def _add(self, look: Look) -> None:
        if self.front.add(look):
            self._best_state = {
                name: parameter.detach().cpu().clone()
                for name, parameter in trainable(self.model).items()
            }
