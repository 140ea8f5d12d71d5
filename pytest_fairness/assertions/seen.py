"""What a check has seen so far: the pairs of a sample up to some look, and what the model said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pytest_fairness.assertions.sampling import Sample
from pytest_fairness.assertions.sides import Sides, ask_both
from pytest_fairness.models import Model


@dataclass(frozen=True)
class Seen:
    """The first pairs of a sample, scored, with their placebo partners.

    Attributes
    ----------
    sample : Sample
        All that may be drawn.
    n : int
        Pairs that were scored.
    sides : Sides
        Of the pairs.
    rows : array of int
        Which of them have a partner.
    placebo : Sides or None
        Of the partners of those rows.
    """

    sample: Sample
    n: int
    sides: Sides
    rows: npt.NDArray[np.intp]
    placebo: Sides | None

    @classmethod
    def of(cls, model: Model, sample: Sample, start: int, stop: int) -> Seen:
        """Score the pairs from `start` to `stop` and their partners, all in one call."""
        pairs = list(sample.pairs[start:stop])
        partners = sample.partners[start:stop] if sample.partners else [None] * len(pairs)
        rows = np.flatnonzero([partner is not None for partner in partners])
        sides = ask_both(model, [*pairs, *(p for p in partners if p is not None)])
        placebo = sides.rows(slice(len(pairs), None)) if len(rows) else None
        return cls(sample, stop, sides.rows(slice(None, len(pairs))), rows, placebo)

    def more(self, model: Model, stop: int) -> Seen:
        """Score up to `stop`."""
        new = Seen.of(model, self.sample, self.n, stop)
        placebo = self.placebo
        if new.placebo is not None:
            placebo = new.placebo if placebo is None else placebo.and_then(new.placebo)
        rows = np.concatenate([self.rows, new.rows + self.n])
        return Seen(self.sample, stop, self.sides.and_then(new.sides), rows, placebo)

    @property
    def pairs(self) -> Sample:
        """The sample as far as it was seen."""
        return self.sample.part(range(self.n))

    @property
    def matched(self) -> Sides:
        """Both sides of the pairs that have a partner."""
        return self.sides.rows(self.rows)
