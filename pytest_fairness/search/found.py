"""What a search has found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_fairness.perturb import Pair

Row = tuple[float, ...]


@dataclass(frozen=True)
class Found:
    """A pair with the scores of both texts.

    Attributes
    ----------
    pair : Pair
    scores : (tuple of float, tuple of float)
        Of the original and of the variant: one score a label, or the score of the label asked for.
    """

    pair: Pair
    scores: tuple[Row, Row]

    @property
    def shift(self) -> float:
        """Largest change of a score between the two texts; 0 is fair."""
        return largest_change(*self.scores)


@dataclass(frozen=True)
class WorstCase:
    """The result of a search for large shifts.

    Attributes
    ----------
    pairs : tuple of Found
        The pairs found, the largest shift first.
    queries : int
        Distinct texts that were scored; never more than `budget`.
    budget, seed : int
    random_best : float
        Largest shift among the pairs of the random start, which takes a quarter of the budget.
    exhausted : bool
        Whether every pair of the space was compared, so that the largest shift is exact.
    """

    pairs: tuple[Found, ...]
    queries: int
    budget: int
    seed: int
    random_best: float
    exhausted: bool

    @property
    def worst(self) -> Found:
        """The pair with the largest shift."""
        return self.pairs[0]

    @property
    def shift(self) -> float:
        """The largest shift found: a lower bound of the space's, exact if `exhausted`."""
        return self.worst.shift


def largest_change(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the largest distance between two rows of scores."""
    return max(abs(a - b) for a, b in zip(first, second, strict=True))
