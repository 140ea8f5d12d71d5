"""Equal costs with scores that stay calibrated: withhold the score from the better-off, by lot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError, MitigationError
from pytest_fairness.mitigation.decisions.base import (
    ScoreRule,
    beside_negative,
    check_fitted,
    described,
    two_columns,
)
from pytest_fairness.mitigation.decisions.curves import (
    FALSE_POSITIVE,
    TRUE_POSITIVE,
    check_defined,
    curves_of,
)
from pytest_fairness.mitigation.decisions.inputs import (
    Sample,
    group_codes,
    read_sample,
    read_scores,
)
from pytest_fairness.mitigation.decisions.settings import check_choice, check_column, check_count

if TYPE_CHECKING:
    from typing_extensions import Self

Floats = NDArray[np.float64]
_NEEDS = {
    "false_negative_rate": (TRUE_POSITIVE,),
    "false_positive_rate": (FALSE_POSITIVE,),
    "weighted": (TRUE_POSITIVE, FALSE_POSITIVE),
}


class CalibratedEqualizedOdds(ScoreRule):
    """Equalise one cost of calibrated scores by replacing some with the group's base rate.

    A group whose cost is lower than that of the worst-off one has its scores replaced by its base
    rate with such a probability that the costs agree. Each group's scores stay calibrated. It is
    levelling down: nobody's score gets better. Prefer better scores for the worst-off group where
    they can be had.

    Parameters
    ----------
    cost : str, default "weighted"
        ``"false_negative_rate"``: the mean of 1 - score over positive rows;
        ``"false_positive_rate"``: the mean score over negative rows; ``"weighted"``: both, each
        times the share of its rows, halved.
    pos_label : scalar, default 1
        Label of the positive class in `y_true`.
    positive_column : {0, 1}, default 1
        Place of the positive class among the two probabilities that `apply` is given.
    min_rows : int, default 10
        A group with fewer rows is refused.

    Attributes
    ----------
    withheld : dict of str to float
        Chance that a row of the group gets the base rate in place of its score.
    base_rates : dict of str to float
        Share of positive rows of each group.
    costs : dict of str to float
        Each group's cost before.

    References
    ----------
    Pleiss, Raghavan, Wu, Kleinberg and Weinberger (2017), "On fairness and calibration".

    Examples
    --------
    >>> rule = CalibratedEqualizedOdds("false_negative_rate", min_rows=2)
    >>> rule = rule.fit([0.9, 0.1, 0.6, 0.4], [1, 0, 1, 0],
    ...                 sensitive_features=["a", "a", "b", "b"])
    >>> round(rule.withheld["a"], 6), rule.withheld["b"]
    (0.75, 0.0)
    """

    kind = "calibrated_equalized_odds"
    by_lot = False

    def __init__(
        self,
        cost: str = "weighted",
        *,
        pos_label: Any = 1,
        positive_column: int = 1,
        min_rows: int = 10,
    ) -> None:
        check_choice("cost", cost, _NEEDS)
        check_column(positive_column)
        check_count("min_rows", min_rows, 1, "it is the least number of rows of a group")
        self.cost = cost
        self.pos_label = pos_label
        self.positive_column = positive_column
        self.min_rows = min_rows
        self.withheld: dict[str, float] | None = None
        self.base_rates: dict[str, float] = {}
        self.costs: dict[str, float] = {}

    def __repr__(self) -> str:
        return described(self, self.cost, self.withheld)

    def fit(
        self, scores: Any, y_true: Any, *, sensitive_features: Any, sample_weight: Any = None
    ) -> Self:
        """Find how often to withhold, on rows that the model was not trained on.

        Raises
        ------
        ArgumentError
            If scores are no probabilities, or a group lacks rows that the cost needs.
        MitigationError
            If even a score withheld from all rows of a group costs it too little.
        """
        sample = read_sample(
            scores,
            y_true,
            sensitive_features,
            sample_weight,
            pos_label=self.pos_label,
            min_rows=self.min_rows,
            least_groups=2,
        )
        _check_probabilities(sample.scores)
        check_defined(curves_of(sample), _NEEDS[self.cost], f"cost={self.cost!r}")
        shares = {name: _base_rate(sample, code) for code, name in enumerate(sample.names)}
        flat = np.array(list(shares.values()))[sample.codes]
        own, trivial = self._costs(sample, sample.scores), self._costs(sample, flat)
        self.withheld = _withheld(own, trivial)
        self.base_rates, self.costs = shares, own
        return self

    def _costs(self, sample: Sample, scores: Floats) -> dict[str, float]:
        return {
            name: _cost(self.cost, scores, sample, sample.codes == code)
            for code, name in enumerate(sample.names)
        }

    def predict_proba(
        self, scores: Any, *, sensitive_features: Any, random_state: int | None = None
    ) -> Floats:
        """Return new scores, of shape (n,).

        With a `random_state`, the scores of drawn rows are replaced, and scores stay calibrated.
        Without, each row gets the mean over draws: costs are equal, and calibration is not kept.
        """
        check_fitted(self, self.withheld)
        assert self.withheld is not None
        values = read_scores(scores)
        _check_probabilities(values)
        codes = group_codes(sensitive_features, len(values), tuple(self.withheld))
        draws = None
        if random_state is not None:
            draws = np.random.default_rng(random_state).random(len(values))
        return self._scores(values, codes, draws)

    def apply(self, probabilities: Any, groups: Any, draws: Any = None) -> Floats:
        """Return both classes' new probabilities, of shape (n, 2).

        With `draws`, numbers in [0, 1) as from `uniform_draws`, the scores of rows whose number
        lies below their group's chance are replaced; without, each row gets the mean over draws.
        """
        values = two_columns(probabilities, self.positive_column)
        check_fitted(self, self.withheld)
        assert self.withheld is not None
        codes = group_codes(groups, len(values), tuple(self.withheld))
        return beside_negative(self._scores(values, codes, draws), self.positive_column)

    def _scores(self, values: Floats, codes: NDArray[np.intp], draws: Any) -> Floats:
        assert self.withheld is not None
        chance = np.array(list(self.withheld.values()))[codes]
        flat = np.array([self.base_rates[name] for name in self.withheld])[codes]
        if draws is not None:
            return np.asarray(np.where(np.asarray(draws) < chance, flat, values))
        return np.asarray((1 - chance) * values + chance * flat)

    def to_dict(self) -> dict[str, Any]:
        """Return settings and chances as builtin types that JSON can hold."""
        check_fitted(self, self.withheld)
        names = ("cost", "pos_label", "positive_column", "min_rows")
        settings = {name: getattr(self, name) for name in names}
        found = {name: getattr(self, name) for name in ("withheld", "base_rates", "costs")}
        return {"kind": self.kind, "settings": settings, **found}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> CalibratedEqualizedOdds:
        """Return the rule that `to_dict` wrote."""
        rule = cls(**record["settings"])
        rule.withheld = dict(record["withheld"])
        rule.base_rates, rule.costs = dict(record["base_rates"]), dict(record["costs"])
        return rule


def _check_probabilities(scores: Floats) -> None:
    bad = np.flatnonzero((scores < 0) | (scores > 1))
    if len(bad):
        raise ArgumentError(
            f"scores holds {scores[bad[0]]:g} at position {bad[0]} and must hold probabilities of "
            "the positive class. Calibrate first: GroupCalibration."
        )


def _base_rate(sample: Sample, code: int) -> float:
    rows = sample.codes == code
    return float(np.average(sample.positive[rows], weights=sample.weights[rows]))


def _cost(cost: str, scores: Floats, sample: Sample, rows: NDArray[np.bool_]) -> float:
    """Return the cost of one group."""
    weights = sample.weights * rows
    missed, wrong = weights * sample.positive, weights * ~sample.positive
    if cost == "false_negative_rate":
        return float(missed @ (1 - scores) / missed.sum())
    if cost == "false_positive_rate":
        return float(wrong @ scores / wrong.sum())
    return float((missed @ (1 - scores) + wrong @ scores) / weights.sum() / 2)


def _withheld(own: Mapping[str, float], trivial: Mapping[str, float]) -> dict[str, float]:
    worst = max(own.values())
    short = [name for name in own if own[name] < worst and trivial[name] < worst]
    if short:
        raise MitigationError(
            f"The group {short[0]!r} costs {own[short[0]]:.3g} with its scores and "
            f"{trivial[short[0]]:.3g} without, both below the {worst:.3g} of the worst-off group: "
            "withholding cannot make them equal. Choose another cost, or GroupThresholds."
        )
    return {
        name: 0.0 if cost == worst else (worst - cost) / (trivial[name] - cost)
        for name, cost in own.items()
    }
