"""A linear programme, put together block by block."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import MitigationError

Floats = NDArray[np.float64]


class LinearProgramme:
    """Maximise a linear function of `n` variables, of which the first `n_shares` are at least 0."""

    def __init__(self, n: int, n_shares: int) -> None:
        self.n = n
        self.gain = np.zeros(n)
        self._equal: list[tuple[Floats, float]] = []
        self._below: list[tuple[Floats, float]] = []
        self._bounds = [(0.0, None)] * n_shares + [(None, None)] * (n - n_shares)

    def equal(self, row: Floats, value: float) -> None:
        """Demand that ``row @ x == value``."""
        self._equal.append((row, value))

    def below(self, row: Floats, value: float = 0.0) -> None:
        """Demand that ``row @ x <= value``."""
        self._below.append((row, value))

    def between(self, row: Floats, low: int, high: int) -> None:
        """Demand that ``x[low] <= row @ x <= x[high]``."""
        self.below(row - np.eye(1, self.n, high)[0])
        self.below(np.eye(1, self.n, low)[0] - row)

    def within(self, low: int, high: int, tolerance: float) -> None:
        """Demand that ``x[high] - x[low] <= tolerance``."""
        self.below(np.eye(1, self.n, high)[0] - np.eye(1, self.n, low)[0], tolerance)

    def solve(self) -> Floats:
        """Return the best variables."""
        from scipy.optimize import linprog

        solved = linprog(
            -self.gain,
            **_stacked("eq", self._equal),
            **_stacked("ub", self._below),
            bounds=self._bounds,
            method="highs-ds",
        )
        if solved.status:
            raise MitigationError(
                f"The linear programme of the rule was not solved: {solved.message} "
                "Raise the tolerance a little."
            )
        return np.asarray(solved.x, dtype=np.float64)


def _stacked(kind: str, parts: list[tuple[Floats, float]]) -> dict[str, Any]:
    if not parts:
        return {}
    rows, values = zip(*parts, strict=True)
    return {f"A_{kind}": np.stack(rows), f"b_{kind}": np.array(values)}
