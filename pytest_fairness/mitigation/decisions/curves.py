"""What each threshold of a group selects: its ROC curve, in counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.decisions.inputs import Sample

Floats = NDArray[np.float64]

SELECTION, TRUE_POSITIVE, FALSE_POSITIVE = (
    "selection_rate",
    "true_positive_rate",
    "false_positive_rate",
)
RATES = (SELECTION, TRUE_POSITIVE, FALSE_POSITIVE)


@dataclass(frozen=True, eq=False)
class Curve:
    """Thresholds of one group, from the one that selects nobody to the one that selects all.

    Attributes
    ----------
    name : str
        The group.
    thresholds : array of shape (m,)
        Rows with a score of at least the threshold are selected; or, where `flipped`, the others.
    flipped : bool array of shape (m,)
    tp, fp : array of shape (m,)
        Weight of the positive and negative rows that are selected.
    positives, negatives : float
        Weight of all positive and of all negative rows.
    """

    name: str
    thresholds: Floats
    flipped: NDArray[np.bool_]
    tp: Floats
    fp: Floats
    positives: float
    negatives: float

    @property
    def total(self) -> float:
        """Weight of all rows."""
        return self.positives + self.negatives

    def rate(self, name: str) -> Floats:
        """Return the named rate at each threshold."""
        top, below = {
            SELECTION: (self.tp + self.fp, self.total),
            TRUE_POSITIVE: (self.tp, self.positives),
            FALSE_POSITIVE: (self.fp, self.negatives),
        }[name]
        return top / below if below else np.full(len(top), np.nan)

    def at(self, places: NDArray[np.intp]) -> Curve:
        """Return the curve at some of its thresholds."""
        return Curve(
            self.name,
            self.thresholds[places],
            self.flipped[places],
            self.tp[places],
            self.fp[places],
            self.positives,
            self.negatives,
        )

    def mirrored(self) -> Curve:
        """Return the curve of the opposite decisions, again from nobody to all."""
        turned = Curve(
            self.name,
            self.thresholds,
            ~self.flipped,
            self.positives - self.tp,
            self.negatives - self.fp,
            self.positives,
            self.negatives,
        )
        return turned.at(np.arange(len(self.tp))[::-1])


def curves_of(sample: Sample) -> list[Curve]:
    """Return the curve of each group, in the order of the sample's names."""
    return [_curve(sample, code) for code in range(len(sample.names))]


def joined(one: Curve, other: Curve) -> Curve:
    """Return a curve with the thresholds of both."""
    return Curve(
        one.name,
        np.concatenate([one.thresholds, other.thresholds]),
        np.concatenate([one.flipped, other.flipped]),
        np.concatenate([one.tp, other.tp]),
        np.concatenate([one.fp, other.fp]),
        one.positives,
        one.negatives,
    )


def check_defined(curves: Sequence[Curve], rates: Sequence[str], why: str) -> None:
    """Raise if a group has no rows in the denominator of a rate."""
    for curve in curves:
        for rate, rows, label in (
            (TRUE_POSITIVE, curve.positives, "positive"),
            (FALSE_POSITIVE, curve.negatives, "negative"),
        ):
            if rate in rates and not rows:
                raise ArgumentError(
                    f"The group {curve.name!r} has no rows with a {label} label, so that its "
                    f"{rate.replace('_', ' ')} is undefined, and {why} compares it. Add such rows, "
                    "leave the group out, or use demographic_parity."
                )


def _curve(sample: Sample, code: int) -> Curve:
    rows = sample.codes == code
    levels, place = np.unique(-sample.scores[rows], return_inverse=True)
    weights, positive = sample.weights[rows], sample.positive[rows]
    tp, fp = (
        np.concatenate([[0.0], np.cumsum(np.bincount(place, weights * part, len(levels)))])
        for part in (positive, ~positive)
    )
    thresholds = _between(-levels)
    flipped = np.zeros(len(thresholds), dtype=np.bool_)
    return Curve(sample.names[code], thresholds, flipped, tp, fp, float(tp[-1]), float(fp[-1]))


def _between(levels: Floats) -> Floats:
    """Return thresholds halfway between neighbouring scores, which stand in falling order."""
    upper, lower = levels[:-1], levels[1:]
    middle = lower / 2 + upper / 2
    middle = np.where(middle > lower, middle, upper)  # neighbours in the last bit
    return np.concatenate([[np.inf], middle, [-np.inf]])
