"""A randomised threshold: which thresholds are drawn, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation.decisions.curves import Curve

Floats = NDArray[np.float64]
_NOTHING = 1e-9  # a weight below it is a solver's rounding


@dataclass(frozen=True)
class Mixture:
    """Thresholds of which one is drawn for each row.

    Attributes
    ----------
    weights : tuple of float
        Chance of each threshold; they sum to 1.
    thresholds : tuple of float
        A row is selected if its score is at least the threshold drawn.
    flipped : tuple of bool
        Where True, a row is selected if its score lies below the threshold.
    """

    weights: tuple[float, ...]
    thresholds: tuple[float, ...]
    flipped: tuple[bool, ...]

    @classmethod
    def single(cls, threshold: float, flipped: bool = False) -> Mixture:
        """Return the mixture that always takes one threshold."""
        return cls((1.0,), (float(threshold),), (flipped,))

    def chance(self, scores: Floats) -> Floats:
        """Return the probability that each row is selected.

        Examples
        --------
        >>> Mixture((0.25, 0.75), (3.5, 7.5), (False, False)).chance(np.array([2, 5, 8])).tolist()
        [0.0, 0.25, 1.0]
        """
        total = np.zeros(len(scores))
        for weight, threshold, flipped in zip(
            self.weights, self.thresholds, self.flipped, strict=True
        ):
            total += weight * ((scores >= threshold) != flipped)
        return np.clip(total, 0.0, 1.0)

    def to_list(self) -> list[dict[str, Any]]:
        """Return builtin types; infinite thresholds, which JSON lacks, become texts."""
        return [
            {
                "weight": weight,
                "threshold": threshold if np.isfinite(threshold) else str(threshold),
                "flipped": flipped,
            }
            for weight, threshold, flipped in zip(
                self.weights, self.thresholds, self.flipped, strict=True
            )
        ]

    @classmethod
    def from_list(cls, record: list[dict[str, Any]]) -> Mixture:
        """Return the mixture that `to_list` wrote."""
        return cls(
            tuple(float(part["weight"]) for part in record),
            tuple(float(part["threshold"]) for part in record),
            tuple(bool(part["flipped"]) for part in record),
        )


def steadiest(curve: Curve, tp: float, fp: float) -> Mixture:
    """Return the mixture that selects `tp` and `fp` on average and leaves least to chance.

    Of all mixtures with these rates it is the one whose thresholds lie closest together: the number
    of rows that they select varies least. Where one threshold does it, that is the one. Thresholds
    that select the low scores are used only where no others reach the rates.
    """
    upright = curve.at(np.flatnonzero(~curve.flipped))
    for part in (upright, curve):
        weights = _least_varying(part, tp, fp)
        if weights is not None:
            return _compact(part, weights, tp, fp)
    raise MitigationError(
        f"No mixture of thresholds of the group {curve.name!r} gives {tp:g} true and {fp:g} false "
        "positives. Please report this as a bug."
    )


def _targets(curve: Curve, tp: float, fp: float) -> tuple[Floats, Floats]:
    """Return the rows and right-hand side of the equations that the weights solve."""
    scale = (curve.positives or 1.0, curve.negatives or 1.0)
    rows = np.stack([np.ones(len(curve.tp)), curve.tp / scale[0], curve.fp / scale[1]])
    return rows, np.array([1.0, tp / scale[0], fp / scale[1]])


def _least_varying(curve: Curve, tp: float, fp: float) -> Floats | None:
    from scipy.optimize import linprog

    rows, wanted = _targets(curve, tp, fp)
    near = np.flatnonzero((np.abs(rows - wanted[:, None]) < 1e-12).all(axis=0))
    if len(near):
        return np.asarray(np.eye(1, len(curve.tp), int(near[0]))[0])
    selected = (curve.tp + curve.fp) / curve.total
    solved: Any = linprog(selected**2, A_eq=rows, b_eq=wanted, method="highs")
    return None if solved.status else np.asarray(solved.x)


def _compact(curve: Curve, weights: Floats, tp: float, fp: float) -> Mixture:
    """Keep the thresholds that are used, with weights solved to the last digits."""
    used = np.flatnonzero(weights > _NOTHING)
    rows, wanted = _targets(curve, tp, fp)
    exact = np.linalg.lstsq(rows[:, used], wanted, rcond=None)[0]
    exact = np.clip(exact, 0.0, 1.0)
    return Mixture(
        tuple((exact / exact.sum()).tolist()),
        tuple(curve.thresholds[used].tolist()),
        tuple(curve.flipped[used].tolist()),
    )
