"""Thresholds for each group that maximise any value under any limits on rates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation.decisions.confusion import (
    Measure,
    check_rates,
    measure_of,
    objective_from_json,
    objective_to_json,
)
from pytest_fairness.mitigation.decisions.curves import curves_of
from pytest_fairness.mitigation.decisions.inputs import read_sample
from pytest_fairness.mitigation.decisions.mixtures import Mixture
from pytest_fairness.mitigation.decisions.rules import ThresholdRule, expected_rates
from pytest_fairness.mitigation.decisions.search import Limits, Problem, search
from pytest_fairness.mitigation.decisions.settings import check_column, check_count

if TYPE_CHECKING:
    from typing_extensions import Self

_LIMITS = ("max_difference", "min_ratio", "at_least", "at_most")


class SearchedThresholds(ThresholdRule):
    """One threshold for each group: the best value of any kind, under limits of any kind.

    Limits may hold groups together (`max_difference`, `min_ratio`), which can be met by making the
    better-off group worse, or lift every group to a minimum (`at_least`): *levelling up*, which
    harms nobody for the sake of a number.

    Parameters
    ----------
    objective : str or callable, default "accuracy"
        What is maximised over all groups together: ``"accuracy"``, ``"balanced_accuracy"``,
        ``"f1"``, ``"matthews_corrcoef"``, a rate such as ``"positive_predictive_value"``, or a
        function of arrays (tp, fp, fn, tn) that returns an array, such as the negative cost.
    max_difference, min_ratio : dict of str to float, optional
        Largest difference, and smallest ratio, between the groups' rates.
    at_least, at_most : dict of str to float, optional
        Bounds on the rate of every group, such as ``{"true_positive_rate": 0.7}``. Names are those
        of `metrics.RATES`. A rate without rows meets no limit.
    max_combinations : int, default 1,000,000
        Up to so many combinations of thresholds are all looked at. Beyond, the search climbs, two
        groups at a time, and `exact` is False.
    pos_label : scalar, default 1
        Label of the positive class in `y_true`.
    positive_column : {0, 1}, default 1
        Place of the positive class among the two probabilities that `apply` is given.
    min_rows : int, default 10
        A group with fewer rows is refused.

    Attributes
    ----------
    mixtures : dict of str to Mixture
        The threshold of each group.
    rates : dict of str to dict of str to float
        Selection, true positive and false positive rate of each group on the rows of `fit`.
    value : float
        The objective on those rows.
    exact : bool
        Whether every combination was looked at.

    References
    ----------
    Delaney, Fu, Wachter, Mittelstadt and Russell (2024), "OxonFair: a flexible toolkit for
    algorithmic fairness". Mittelstadt, Wachter and Russell (2023), "The unfairness of fair machine
    learning: levelling down and strict egalitarianism by default".

    Examples
    --------
    >>> scores = [0.2, 0.4, 0.6, 0.8, 0.1, 0.3, 0.5, 0.7]
    >>> y_true = [0, 0, 1, 1, 0, 1, 0, 1]
    >>> group = ["a", "a", "a", "a", "b", "b", "b", "b"]
    >>> rule = SearchedThresholds("accuracy", at_least={"true_positive_rate": 0.9}, min_rows=2)
    >>> rule = rule.fit(scores, y_true, sensitive_features=group)
    >>> rule.value, rule.rates["b"]["true_positive_rate"], rule.mixtures["b"].thresholds
    (0.875, 1.0, (0.2,))
    """

    kind = "searched_thresholds"

    def __init__(
        self,
        objective: str | Measure = "accuracy",
        *,
        max_difference: Mapping[str, float] | None = None,
        min_ratio: Mapping[str, float] | None = None,
        at_least: Mapping[str, float] | None = None,
        at_most: Mapping[str, float] | None = None,
        max_combinations: int = 1_000_000,
        pos_label: Any = 1,
        positive_column: int = 1,
        min_rows: int = 10,
    ) -> None:
        measure_of(objective)
        given = (max_difference, min_ratio, at_least, at_most)
        for name, limits in zip(_LIMITS, given, strict=True):
            check_rates(name, limits or {})
        check_count("max_combinations", max_combinations, 1, "so many are all looked at")
        check_column(positive_column)
        check_count("min_rows", min_rows, 1, "it is the least number of rows of a group")
        self.objective = objective
        self.limits = Limits(*(dict(limits or {}) for limits in given))
        self.max_combinations = max_combinations
        self.pos_label = pos_label
        self.positive_column = positive_column
        self.min_rows = min_rows
        self.exact = False

    def fit(
        self, scores: Any, y_true: Any, *, sensitive_features: Any, sample_weight: Any = None
    ) -> Self:
        """Find the thresholds on rows that the model was not trained on; see `GroupThresholds.fit`.

        Raises
        ------
        MitigationError
            If the search finds no thresholds that meet the limits.
        """
        sample = read_sample(
            scores,
            y_true,
            sensitive_features,
            sample_weight,
            pos_label=self.pos_label,
            min_rows=self.min_rows,
        )
        curves = curves_of(sample)
        problem = Problem(curves, measure_of(self.objective), self.limits)
        found = search(problem, self.max_combinations)
        if found.missed:
            raise self._unmet(found.missed, found.exact)
        self.exact, self.value = found.exact, found.value
        self.mixtures = {
            curve.name: Mixture.single(curve.thresholds[at])
            for curve, at in zip(curves, found.choice, strict=True)
        }
        self.rates = expected_rates(sample, self.mixtures)
        return self

    def _unmet(self, missed: float, exact: bool) -> MitigationError:
        asked = ", ".join(
            f"{name}={dict(limits)}" for name in _LIMITS if (limits := getattr(self.limits, name))
        )
        sure = "No thresholds meet" if exact else "The search found no thresholds that meet"
        return MitigationError(
            f"{sure} {asked}: the nearest ones miss by {missed:.3g} in all. Relax a limit, add "
            "rows of the groups that have few, or repair the scores first."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return settings and thresholds as builtin types; a function is kept by its name only."""
        settings = {
            "objective": objective_to_json(self.objective),
            **{name: dict(getattr(self.limits, name)) for name in _LIMITS},
            "max_combinations": self.max_combinations,
            "pos_label": self.pos_label,
            "positive_column": self.positive_column,
            "min_rows": self.min_rows,
        }
        return {"kind": self.kind, "settings": settings, "exact": self.exact, **self._found()}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> SearchedThresholds:
        """Return the rule that `to_dict` wrote; it cannot `fit` again for a function of yours."""
        settings = dict(record["settings"])
        rule = cls(objective_from_json(settings.pop("objective")), **settings)
        rule.exact = record["exact"]
        rule._restore(record)
        return rule
