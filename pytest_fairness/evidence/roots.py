"""Square roots of quantities, such as the root of a mean squared error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pytest_fairness.evidence.laws import Array, Law
from pytest_fairness.evidence.quantity import Separate


@dataclass(frozen=True, eq=False)
class RootLaw:
    """Limits of the square root of a number that is not negative: the roots of its limits."""

    squared: Law
    estimates: Array

    @property
    def name(self) -> str:
        """What the limits are called."""
        return f"roots of {self.squared.name}"

    def lower(self, tails: Array) -> Array:
        """Return lower limits of error rates `tails`."""
        return _root(self.squared.lower(tails))

    def upper(self, tails: Array) -> Array:
        """Return upper limits of error rates `tails`."""
        return _root(self.squared.upper(tails))

    def spread(self) -> Array:
        """Return the standard error of each group's number."""
        spread = self.squared.spread()
        return np.asarray(spread / (2 * np.maximum(self.estimates, np.sqrt(spread) / 2)))

    def take(self, places: Sequence[int]) -> RootLaw:
        """Return the limits of some groups."""
        return RootLaw(self.squared.take(places), self.estimates[list(places)])

    def scaled(self, times: Array) -> RootLaw:
        """Return the limits that `times` as many rows of each group would probably give."""
        return replace(self, squared=self.squared.scaled(times))


def square_root(quantity: str, squared: Separate) -> Separate:
    """Return the square root of a quantity that is not negative.

    Squares of heavy-tailed errors without a known range show their tails late: with 20 rows upper
    limits of 95 % confidence lay below the truth in 7 to 12 % of draws of Laplace, t and lognormal
    errors. From about 200 rows on they hold.

    Examples
    --------
    >>> from pytest_fairness.evidence import means
    >>> errors = means("mean squared error", {"a": [1.0, 9.0, 2.0], "b": [4.0, 4.0, 1.0]})
    >>> square_root("RMSE", errors).estimates.round(3).tolist()
    [2.0, 1.732]
    """
    estimates = np.sqrt(squared.estimates)
    law = RootLaw(squared.law, estimates)
    return replace(squared, quantity=quantity, estimates=estimates, law=law)


def _root(values: Array) -> Array:
    return np.asarray(np.sqrt(np.maximum(values, 0.0)))
