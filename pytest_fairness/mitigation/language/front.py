"""Which state of a language model is kept: the fairest one that is still as good at its language.

Early stopping on the front of fairness and skill, as in `pytest_fairness.mitigation.front`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Look:
    """One look at validation pairs and ordinary validation texts.

    Attributes
    ----------
    step : int
        Training steps so far; 0 is the model before the repair.
    gap, learnt_gap : float, at least 0
        Mean over validation, and over training pairs, of the absolute difference of log-likelihoods
        in nats, or of the cosine distance of the two vectors; 0 is fair.
    cost : float
        Of language models the perplexity on ordinary texts; of embedders the mean cosine distance
        of their vectors from those before. Small is good.
    loss : float or None
        Training loss of the step before, None at the start.

    Examples
    --------
    >>> Look(step=10, gap=0.3, learnt_gap=0.1, cost=21.5).unfairness
    0.3
    """

    step: int
    gap: float
    learnt_gap: float
    cost: float
    loss: float | None = None

    @property
    def unfairness(self) -> float:
        """What is minimised: the larger gap.

        That of validation pairs grows when the run has gone too far, that of training pairs is
        still large when it has not gone far enough.
        """
        return max(self.gap, self.learnt_gap)


class LookFront:
    """Keeps the history of a run and its best state.

    Parameters
    ----------
    limit : float
        A state that costs more is never the best, save the first.
    patience : int
        Looks without a better state after which the run is over.
    """

    def __init__(self, limit: float, patience: int) -> None:
        self.limit, self._patience = limit, patience
        self.history: list[Look] = []
        self._best = 0

    @property
    def best(self) -> Look:
        """The fairest state within the limit."""
        return self.history[self._best]

    @property
    def is_over(self) -> bool:
        """Whether patience has run out."""
        return len(self.history) - 1 - self._best >= self._patience

    def add(self, look: Look) -> bool:
        """Record one look and say whether it is the best so far."""
        self.history.append(look)
        if len(self.history) > 1:
            if not (look.cost <= self.limit and look.unfairness < self.best.unfairness):
                return False
            self._best = len(self.history) - 1
        return True

    def state(self) -> dict[str, Any]:
        """Return the history and which state is the best, as plain values."""
        return {"history": [asdict(look) for look in self.history], "best": self._best}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` returned."""
        self.history = [Look(**values) for values in state["history"]]
        self._best = state["best"]
