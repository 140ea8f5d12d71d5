"""What rules with a threshold for each group share: prediction and their record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.mitigation.decisions.base import (
    Floats,
    ScoreRule,
    beside_negative,
    check_fitted,
    described,
    two_columns,
)
from pytest_fairness.mitigation.decisions.curves import RATES, Curve, curves_of
from pytest_fairness.mitigation.decisions.inputs import Sample, group_codes, read_scores
from pytest_fairness.mitigation.decisions.mixtures import Mixture

Rates = Mapping[str, Mapping[str, float]]


class ThresholdRule(ScoreRule):
    """Thresholds of groups, once they are found.

    Attributes
    ----------
    mixtures : dict of str to Mixture, or None
        The thresholds of each group and the chance of each; None before `fit`.
    rates : dict of str to dict of str to float
        Expected selection, true positive and false positive rate of each group on the rows of
        `fit`; nan where a group has no rows in the denominator.
    value : float
        Expected value of the objective on the rows of `fit`.
    """

    kind = ""
    by_lot = True
    mixtures: dict[str, Mixture] | None = None
    rates: dict[str, dict[str, float]]
    value: float

    def __repr__(self) -> str:
        setting = getattr(self, "constraint", getattr(self, "objective", ""))
        return described(self, setting, self.mixtures)

    def predict_proba(self, scores: Any, *, sensitive_features: Any) -> Floats:
        """Return the probability that each row is selected.

        Parameters
        ----------
        scores : array-like of shape (n,)
        sensitive_features : array-like of shape (n,), or table
            Groups, as in `fit`.

        Returns
        -------
        array of shape (n,)
            0 or 1 for most rows; between them where the threshold is drawn.
        """
        check_fitted(self, self.mixtures)
        assert self.mixtures is not None
        values = read_scores(scores)
        codes = group_codes(sensitive_features, len(values), tuple(self.mixtures))
        chance = np.zeros(len(values))
        for code, mixture in enumerate(self.mixtures.values()):
            chance[codes == code] = mixture.chance(values[codes == code])
        return chance

    def predict(
        self, scores: Any, *, sensitive_features: Any, random_state: int = 0
    ) -> NDArray[np.int_]:
        """Return 1 for rows that are selected and 0 for the others, drawn by `random_state`."""
        chance = self.predict_proba(scores, sensitive_features=sensitive_features)
        return (np.random.default_rng(random_state).random(len(chance)) < chance).astype(np.int_)

    def apply(self, probabilities: Any, groups: Any) -> Floats:
        """Return the probabilities of both decisions, of shape (n, 2); see `settle` for labels.

        Parameters
        ----------
        probabilities : array of shape (n, 2)
            What the model said; its column `positive_column` is the score.
        groups : array-like of shape (n,), or table
        """
        scores = two_columns(probabilities, self.positive_column)
        chance = self.predict_proba(scores, sensitive_features=groups)
        return beside_negative(chance, self.positive_column)

    def _found(self) -> dict[str, Any]:
        check_fitted(self, self.mixtures)
        assert self.mixtures is not None
        return {
            "mixtures": {name: mixture.to_list() for name, mixture in self.mixtures.items()},
            "rates": {name: _without_nan(rates) for name, rates in self.rates.items()},
            "value": self.value,
        }

    def _restore(self, record: Mapping[str, Any]) -> None:
        self.mixtures = {
            name: Mixture.from_list(parts) for name, parts in record["mixtures"].items()
        }
        self.rates = {
            name: {rate: np.nan if value is None else value for rate, value in rates.items()}
            for name, rates in record["rates"].items()
        }
        self.value = record["value"]


def expected_rates(sample: Sample, mixtures: Mapping[str, Mixture]) -> dict[str, dict[str, float]]:
    """Return the expected rates of each group on the rows of a sample."""
    counts = {
        curve.name: _expected(sample, code, curve, mixtures[curve.name])
        for code, curve in enumerate(curves_of(sample))
    }
    return {
        name: {rate: float(point.rate(rate)[0]) for rate in RATES} for name, point in counts.items()
    }


def _expected(sample: Sample, code: int, curve: Curve, mixture: Mixture) -> Curve:
    """Return a curve of one point: what the mixture selects on average."""
    rows = sample.codes == code
    selected = sample.weights[rows] * mixture.chance(sample.scores[rows])
    tp, fp = (
        np.array([selected[part].sum()]) for part in (sample.positive[rows], ~sample.positive[rows])
    )
    ends = (curve.thresholds[:1], curve.flipped[:1])
    return Curve(curve.name, *ends, tp, fp, curve.positives, curve.negatives)


def _without_nan(rates: Mapping[str, float]) -> dict[str, float | None]:
    return {rate: None if np.isnan(value) else value for rate, value in rates.items()}
