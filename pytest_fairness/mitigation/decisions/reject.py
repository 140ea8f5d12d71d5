"""The reject option: near the threshold, decide for the groups that are selected too seldom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError, ArgumentTypeError, MitigationError
from pytest_fairness.metrics.rates import RATES
from pytest_fairness.mitigation.checking import shown
from pytest_fairness.mitigation.decisions.confusion import (
    Measure,
    measure_of,
    objective_from_json,
    objective_to_json,
)
from pytest_fairness.mitigation.decisions.curves import Curve, curves_of
from pytest_fairness.mitigation.decisions.inputs import Sample, read_sample
from pytest_fairness.mitigation.decisions.mixtures import Mixture
from pytest_fairness.mitigation.decisions.rules import ThresholdRule, expected_rates
from pytest_fairness.mitigation.decisions.search import Limits, Problem
from pytest_fairness.mitigation.decisions.settings import (
    check_choice,
    check_column,
    check_count,
    check_number,
)

if TYPE_CHECKING:
    from typing_extensions import Self

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
_MOST = 1000  # thresholds of each side that are paired


class RejectOption(ThresholdRule):
    """Decide in favour of the deprived where the model is unsure, and against the others there.

    With a threshold t and a margin m, rows whose score lies within m of t are selected if their
    group is deprived, and not selected otherwise. That is a threshold of t - m for the deprived and
    of t + m for the others, and `fit` looks at all such pairs that differ on the rows it is given
    (at 1,000 quantiles of each side's scores, where there are more).

    Parameters
    ----------
    max_difference : float in [0, 1], default 0.05
        Largest difference of the rate between the deprived groups together and all others together.
    rate : str, default "selection_rate"
        The rate that is compared, a name of `metrics.RATES`.
    objective : str or callable, default "balanced_accuracy"
        What is maximised, as in `SearchedThresholds`.
    deprived : sequence of str, optional
        The groups that are favoured; by default those whose rows above the threshold are fewer
        than over all groups, or those whose mean score is lower if there is no threshold.
    threshold : float, optional
        Keep t and search only m. The default searches both.
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
    favoured : tuple of str
        The deprived groups.

    References
    ----------
    Kamiran, Karim and Zhang (2012), "Decision theory for discrimination-aware classification".

    Examples
    --------
    >>> scores = [0.2, 0.4, 0.6, 0.8, 0.1, 0.3, 0.45, 0.7]
    >>> y_true = [0, 0, 1, 1, 0, 0, 1, 1]
    >>> group = ["a", "a", "a", "a", "b", "b", "b", "b"]
    >>> rule = RejectOption(0.0, threshold=0.5, min_rows=2)
    >>> rule = rule.fit(scores, y_true, sensitive_features=group)
    >>> rule.favoured, rule.value
    (('b',), 1.0)
    """

    kind = "reject_option"

    def __init__(
        self,
        max_difference: float = 0.05,
        *,
        rate: str = "selection_rate",
        objective: str | Measure = "balanced_accuracy",
        deprived: Sequence[str] | None = None,
        threshold: float | None = None,
        pos_label: Any = 1,
        positive_column: int = 1,
        min_rows: int = 10,
    ) -> None:
        check_number("max_difference", max_difference, meaning="it is the largest difference")
        check_choice("rate", rate, RATES)
        measure_of(objective)
        if threshold is not None:
            check_number("threshold", threshold, -np.inf, np.inf, "it is compared with scores")
        check_column(positive_column)
        check_count("min_rows", min_rows, 1, "it is the least number of rows of a group")
        self.max_difference = max_difference
        self.rate = rate
        self.objective = objective
        self.deprived = None if deprived is None else _names(deprived)
        self.threshold = threshold
        self.pos_label = pos_label
        self.positive_column = positive_column
        self.min_rows = min_rows
        self.favoured: tuple[str, ...] = ()

    def fit(
        self, scores: Any, y_true: Any, *, sensitive_features: Any, sample_weight: Any = None
    ) -> Self:
        """Find threshold and margin on rows that the model was not trained on.

        Raises
        ------
        ArgumentError
            If the deprived groups are none or all of the groups.
        MitigationError
            If no margin brings the rates close enough.
        """
        sample = read_sample(
            scores,
            y_true,
            sensitive_features,
            sample_weight,
            pos_label=self.pos_label,
            min_rows=self.min_rows,
        )
        self.favoured = self._favoured(sample)
        sides = _two_sides(sample, self.favoured)
        limits = Limits(max_difference={self.rate: self.max_difference})
        problem = Problem([side.curve for side in sides], measure_of(self.objective), limits)
        pairs = self._pairs(sides)
        found = problem.best_of(pairs.places)
        if found.missed:
            raise MitigationError(
                f"No margin brings the {self.rate.replace('_', ' ')} of {_listed(self.favoured)} "
                f"within max_difference={self.max_difference:g} of the others: the nearest misses "
                f"by {found.missed:.3g}. Raise the limit, or let the threshold be searched too."
            )
        at = int(np.flatnonzero((pairs.places == found.choice).all(axis=1))[0])
        low, high = pairs.thresholds[at]
        self.mixtures = {
            name: Mixture.single(low if name in self.favoured else high) for name in sample.names
        }
        self.rates = expected_rates(sample, self.mixtures)
        self.value = found.value
        return self

    def _favoured(self, sample: Sample) -> tuple[str, ...]:
        chosen = self.deprived
        if chosen is None:
            level = sample.scores
            if self.threshold is not None:
                level = (sample.scores >= self.threshold).astype(np.float64)
            overall = np.average(level, weights=sample.weights)
            chosen = tuple(
                name
                for code, name in enumerate(sample.names)
                if np.average(level, weights=sample.weights * (sample.codes == code)) < overall
            )
        strange = sorted(set(chosen).difference(sample.names))
        if strange or not chosen or len(set(chosen)) == len(sample.names):
            raise ArgumentError(
                f"deprived={list(chosen)!r} must be some of the groups "
                f"{_listed(sample.names)}, and not all. Name those that are selected too seldom."
            )
        return tuple(chosen)

    def _pairs(self, sides: Sequence[_Side]) -> _Pairs:
        if self.threshold is None:
            return _all_pairs(*sides)
        return _margins(sides, self.threshold)

    def to_dict(self) -> dict[str, Any]:
        """Return settings and thresholds as builtin types that JSON can hold."""
        names = ("max_difference", "rate", "threshold", "pos_label", "positive_column", "min_rows")
        settings = {name: getattr(self, name) for name in names}
        settings["objective"] = objective_to_json(self.objective)
        settings["deprived"] = None if self.deprived is None else list(self.deprived)
        favoured = list(self.favoured)
        return {"kind": self.kind, "settings": settings, "favoured": favoured, **self._found()}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> RejectOption:
        """Return the rule that `to_dict` wrote; it cannot `fit` again for a function of yours."""
        settings = dict(record["settings"])
        rule = cls(**{**settings, "objective": objective_from_json(settings["objective"])})
        rule.favoured = tuple(record["favoured"])
        rule._restore(record)
        return rule


@dataclass(frozen=True, eq=False)
class _Side:
    """Rows of the deprived groups, or of the others: their curve and their scores.

    The threshold at place k may lie anywhere above ``lower[k]`` and up to ``upper[k]``.
    """

    curve: Curve
    levels: Floats

    @property
    def lower(self) -> Floats:
        return np.append(self.levels, -np.inf)

    @property
    def upper(self) -> Floats:
        return np.append(np.inf, self.levels)

    def places(self, thresholds: Floats) -> Places:
        return np.searchsorted(-self.levels, -thresholds, "right")


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Places on the two curves, and the thresholds, each of shape (n_pairs, 2)."""

    places: Places
    thresholds: Floats


def _two_sides(sample: Sample, favoured: Sequence[str]) -> list[_Side]:
    is_favoured = np.array([name in favoured for name in sample.names])
    codes = np.where(is_favoured[sample.codes], 0, 1).astype(np.intp)
    names = ("deprived", "others")
    curves = curves_of(Sample(sample.scores, sample.positive, names, codes, sample.weights))
    return [
        _Side(curve, np.unique(sample.scores[codes == code])[::-1])
        for code, curve in enumerate(curves)
    ]


def _margins(sides: Sequence[_Side], threshold: float) -> _Pairs:
    """Return a pair for each set of scores that lies within some margin of the threshold."""
    far = np.unique(np.abs(np.concatenate([side.levels for side in sides]) - threshold))
    margins = np.concatenate([[0.0], (far[:-1] + far[1:]) / 2, [far[-1] + 1.0]])
    if far[0] > 0:
        margins = np.insert(margins, 1, far[0] / 2)
    thresholds = np.stack([threshold - margins, threshold + margins], axis=1)
    places = [side.places(column) for side, column in zip(sides, thresholds.T, strict=True)]
    return _Pairs(np.stack(places, axis=1), thresholds)


def _all_pairs(low: _Side, high: _Side) -> _Pairs:
    """Return every pair of decisions that some threshold and margin make."""
    grid = np.meshgrid(_spread(len(low.upper)), _spread(len(high.upper)), indexing="ij")
    one, two = (places.reshape(-1) for places in grid)
    possible = low.lower[one] < high.upper[two]
    one, two = one[possible], two[possible]
    thresholds = np.stack([low.curve.thresholds[one], high.curve.thresholds[two]], axis=1)
    crossed = thresholds[:, 0] > thresholds[:, 1]  # then one threshold does for both
    common = np.minimum(low.upper[one], high.upper[two])
    thresholds[crossed] = common[crossed, None]
    return _Pairs(np.stack([one, two], axis=1), thresholds)


def _spread(n: int) -> Places:
    return np.unique(np.linspace(0, n - 1, min(n, _MOST)).round().astype(np.intp))


def _names(deprived: object) -> tuple[str, ...]:
    if isinstance(deprived, str) or not isinstance(deprived, Iterable):
        raise ArgumentTypeError(
            f"deprived={shown(deprived)} must be a list of groups, such as ['a', 'b']."
        )
    return tuple(map(str, deprived))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names))
