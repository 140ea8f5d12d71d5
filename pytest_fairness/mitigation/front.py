"""Which state of a training run is kept: the fairest one that is still as useful.

Early stopping on the front of fairness and task (Gira, Zhang and Lee 2022 freeze weights for the
same reason: to repair without forgetting).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Evaluation:
    """One look at validation rows and validation pairs.

    Attributes
    ----------
    step : int
        Training steps so far; 0 is the model before the repair.
    accuracy : float in [0, 1]
        Share of validation rows with the right label; 1 is best. Where rows have no labels, the
        share that is answered as before the repair.
    flip_rate : float in [0, 1]
        Share of validation pairs whose two texts get different labels; 0 is fair.
    mean_shift : float in [0, 1]
        Mean over validation pairs of the largest absolute change of a label's probability; 0 is
        fair.
    learnt_flip_rate, learnt_mean_shift : float in [0, 1]
        The same for training pairs. They say whether the lesson is learnt, and nothing about the
        pairs that were never seen.
    loss : float or None
        Training loss of the step before, None at the start.
    group_gap : float in [0, 1]
        Largest difference, between groups of validation rows and over labels, of the share of a
        label's rows that get it; 0 is fair, and of two labels it is that of equalized odds. 0 where
        no loss compares groups.
    """

    step: int
    accuracy: float
    flip_rate: float
    mean_shift: float
    learnt_flip_rate: float = 0.0
    learnt_mean_shift: float = 0.0
    loss: float | None = None
    group_gap: float = 0.0

    @property
    def unfairness(self) -> tuple[float, float]:
        """What is minimised: flip rate or group gap, and the mean shift among states that tie.

        Each is the larger one of validation and training pairs: the first grows when the run has
        gone too far, the second is still large when it has not gone far enough.
        """
        return (
            max(self.flip_rate, self.learnt_flip_rate, self.group_gap),
            max(self.mean_shift, self.learnt_mean_shift),
        )


class Front:
    """Keeps the history of a run and its best state.

    Parameters
    ----------
    max_accuracy_loss : float
        A state whose accuracy lies further below the first one is never the best.
    patience : int
        Evaluations without a better state after which the run is over.
    """

    def __init__(self, max_accuracy_loss: float, patience: int) -> None:
        self._max_accuracy_loss = max_accuracy_loss
        self._patience = patience
        self.history: list[Evaluation] = []
        self._best = 0

    @property
    def best(self) -> Evaluation:
        """The fairest state within the utility limit; the start itself always is within it."""
        return self.history[self._best]

    @property
    def is_over(self) -> bool:
        """Whether patience has run out."""
        return len(self.history) - 1 - self._best >= self._patience

    def add(self, evaluation: Evaluation) -> bool:
        """Record one evaluation and say whether it is the best so far."""
        self.history.append(evaluation)
        if len(self.history) == 1:
            return True
        if not self._is_useful(evaluation) or evaluation.unfairness >= self.best.unfairness:
            return False
        self._best = len(self.history) - 1
        return True

    def state(self) -> dict[str, Any]:
        """Return the history and which state is the best, as plain values."""
        return {"history": [asdict(e) for e in self.history], "best": self._best}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` returned."""
        self.history = [Evaluation(**values) for values in state["history"]]
        self._best = state["best"]

    def _is_useful(self, evaluation: Evaluation) -> bool:
        floor = self.history[0].accuracy - self._max_accuracy_loss
        return evaluation.accuracy >= floor - 1e-9
