"""Thresholds for each group that make rates equal, with the best score: Hardt et al. 2016."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pytest_fairness.mitigation.decisions.curves import Curve, check_defined, curves_of
from pytest_fairness.mitigation.decisions.inputs import read_sample
from pytest_fairness.mitigation.decisions.objectives import (
    CONSTRAINTS,
    OBJECTIVES,
    Objective,
    objective_of,
)
from pytest_fairness.mitigation.decisions.optimum import best_mixtures
from pytest_fairness.mitigation.decisions.rules import ThresholdRule, expected_rates
from pytest_fairness.mitigation.decisions.settings import (
    check_choice,
    check_column,
    check_count,
    check_flag,
    check_number,
)
from pytest_fairness.mitigation.decisions.single import best_single

if TYPE_CHECKING:
    from typing_extensions import Self

_NEARLY = 0.05  # tolerance of single thresholds, which seldom reach equal rates


class GroupThresholds(ThresholdRule):
    r"""A threshold for each group, randomised where rates must be equal.

    Among all rules that see nothing but the score and the group it is the best one: each group's
    rule draws one of at most three thresholds, so that its rates can lie anywhere in the convex
    hull of its ROC curve. The value that is best over all groups, under equal rates, is the optimum
    of a linear programme on those hulls. It is exact, where a search on a grid is not.

    The rule needs the group of each person when it decides. Ask first whether the law allows that.
    Rates are equal in expectation on the rows of `fit`; prove them on rows that `fit` has not seen.

    Parameters
    ----------
    constraint : str, default "demographic_parity"
        Which rates are made equal between groups: ``"demographic_parity"`` or
        ``"selection_rate_parity"`` (selection), ``"true_positive_rate_parity"``,
        ``"equal_opportunity"`` or ``"false_negative_rate_parity"`` (true positives),
        ``"false_positive_rate_parity"`` or ``"true_negative_rate_parity"`` (false positives), or
        ``"equalized_odds"`` (both).
    objective : str, default "accuracy"
        What is maximised over all groups together: ``"accuracy"``, ``"balanced_accuracy"``,
        ``"selection_rate"``, ``"true_positive_rate"`` or ``"true_negative_rate"``.
    randomise : bool, default True
        Whether thresholds may be drawn. Without, each group has one threshold and people with the
        same score in the same group always get the same decision.
    tolerance : float in [0, 1], optional
        Largest difference of the rates between groups; by default 0, and 0.05 without draws.
    flip : bool, default False
        Whether a group's low scores may be selected instead of its high ones. This helps only a
        score that is worse than chance somewhere.
    pos_label : scalar, default 1
        Label of the positive class in `y_true`.
    positive_column : {0, 1}, default 1
        Place of the positive class among the two probabilities that `apply` is given.
    min_rows : int, default 10
        A group with fewer rows is refused.

    Attributes
    ----------
    mixtures : dict of str to Mixture
        Thresholds of each group and the chance of each. Of all mixtures with the same rates it is
        the one that leaves least to chance. Thresholds lie halfway between neighbouring scores.
    rates : dict of str to dict of str to float
        Expected selection, true positive and false positive rate of each group on the rows of fit.
    value : float
        Expected value of the objective on those rows.

    Notes
    -----
    Rows with the same score stand or fall together, unless the threshold is drawn. A group whose
    scores are all the same can only be given a lottery. A group with labels of one class is refused
    where its true or false positive rate is compared.

    References
    ----------
    Hardt, Price and Srebro (2016), "Equality of opportunity in supervised learning". Names of
    constraints are those of fairlearn's ``ThresholdOptimizer``, whose balanced accuracy is a mean
    of the groups' own; here it is that of all rows.

    Examples
    --------
    >>> scores = [0.2, 0.4, 0.6, 0.8, 0.1, 0.3, 0.5, 0.7]
    >>> y_true = [0, 0, 1, 1, 0, 1, 0, 1]
    >>> group = ["a", "a", "a", "a", "b", "b", "b", "b"]
    >>> rule = GroupThresholds("equal_opportunity", min_rows=2)
    >>> rule = rule.fit(scores, y_true, sensitive_features=group)
    >>> rule.value, rule.rates["a"]["true_positive_rate"], rule.rates["b"]["true_positive_rate"]
    (0.875, 1.0, 1.0)
    >>> rule.predict_proba([0.35, 0.35], sensitive_features=["a", "b"]).tolist()
    [0.0, 1.0]
    """

    kind = "group_thresholds"

    def __init__(
        self,
        constraint: str = "demographic_parity",
        *,
        objective: str = "accuracy",
        randomise: bool = True,
        tolerance: float | None = None,
        flip: bool = False,
        pos_label: Any = 1,
        positive_column: int = 1,
        min_rows: int = 10,
    ) -> None:
        check_choice("constraint", constraint, CONSTRAINTS)
        check_choice("objective", objective, OBJECTIVES)
        check_flag("randomise", randomise)
        check_flag("flip", flip)
        if tolerance is not None:
            check_number("tolerance", tolerance, meaning="it is the largest difference of rates")
        check_column(positive_column)
        check_count("min_rows", min_rows, 1, "it is the least number of rows of a group")
        self.constraint = constraint
        self.objective = objective
        self.randomise = randomise
        self.tolerance = tolerance if tolerance is not None else 0.0 if randomise else _NEARLY
        self.flip = flip
        self.pos_label = pos_label
        self.positive_column = positive_column
        self.min_rows = min_rows

    def fit(
        self, scores: Any, y_true: Any, *, sensitive_features: Any, sample_weight: Any = None
    ) -> Self:
        """Find the thresholds on rows that the model was not trained on.

        Parameters
        ----------
        scores : array-like of shape (n,)
            Finite; higher means more likely positive. A probability, a logit or a grade.
        y_true : array-like of shape (n,)
            Labels of two classes.
        sensitive_features : array-like of shape (n,), or table
            Group of each row; the intersections of several columns are groups.
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        GroupThresholds
            The rule itself.

        Raises
        ------
        ArgumentError
            If rows are missing, a group is too small, or a rate of a group is undefined.
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
        curves = curves_of(sample)
        rates = CONSTRAINTS[self.constraint]
        check_defined(curves, rates, f"constraint={self.constraint!r}")
        objective = objective_of(self.objective, curves)
        search = best_mixtures if self.randomise else best_single
        found = search(curves, objective, rates, tolerance=self.tolerance, flip=self.flip)
        self.mixtures = dict(zip(sample.names, found, strict=True))
        self.rates = expected_rates(sample, self.mixtures)
        self.value = _expected_value(objective, curves, self.rates)
        return self

    def to_dict(self) -> dict[str, Any]:
        """Return settings and thresholds as builtin types that JSON can hold."""
        names = ("constraint", "objective", "randomise", "tolerance", "flip")
        more = ("pos_label", "positive_column", "min_rows")
        settings = {name: getattr(self, name) for name in (*names, *more)}
        return {"kind": self.kind, "settings": settings, **self._found()}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> GroupThresholds:
        """Return the rule that `to_dict` wrote."""
        rule = cls(**record["settings"])
        rule._restore(record)
        return rule


def _expected_value(
    objective: Objective, curves: Sequence[Curve], rates: Mapping[str, Mapping[str, float]]
) -> float:
    tp = sum(c.positives * rates[c.name]["true_positive_rate"] for c in curves if c.positives)
    fp = sum(c.negatives * rates[c.name]["false_positive_rate"] for c in curves if c.negatives)
    return float(objective.base + objective.per_tp * tp + objective.per_fp * fp)
