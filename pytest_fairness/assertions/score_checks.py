"""What the assertions on scores share: rows by group, quantities of them, a conclusion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.assertions.checks import Levels
from pytest_fairness.assertions.concluding import check_not_empty, conclude
from pytest_fairness.assertions.features import refuse_many_groups, refuse_weightless
from pytest_fairness.assertions.rate_checks import judged, not_below_zero
from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import Judgement, Quantity, means
from pytest_fairness.evidence.quantity import Separate
from pytest_fairness.metrics import UNKNOWN, Sample, as_array, as_groups, score_samples
from pytest_fairness.metrics.columns import factorise
from pytest_fairness.metrics.samples import split_rows
from pytest_fairness.outcome import GroupRate, Outcome, Tolerance

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ScoreCheck:
    """Rows, their groups, and how they are to be compared."""

    sensitive_features: Any
    sample_weight: Any = None
    clusters: Any = None
    reference: str | None = None

    def samples(
        self, y_true: Any, y_score: Any, *, truth: Any, pos_label: Any = 1, probabilities: bool
    ) -> dict[str, Sample]:
        """Return the rows of each group."""
        __tracebackhide__ = True
        name = "y_prob" if probabilities else "y_pred" if truth == "numbers" else "y_score"
        check_not_empty(name, y_score)
        samples = score_samples(
            y_true,
            y_score,
            sensitive_features=self.sensitive_features,
            sample_weight=self.sample_weight,
            pos_label=pos_label,
            truth=truth,
            probabilities=probabilities,
            name=name,
        )
        refuse_many_groups("sensitive_features", list(samples), sum(map(_size, samples.values())))
        refuse_weightless(sum(float(part.weights.sum()) for part in samples.values()))
        return samples

    def means(
        self,
        words: str,
        values: Mapping[str, Array],
        samples: Mapping[str, Sample],
        rows: Mapping[str, npt.NDArray[Any]] | None = None,
        *,
        least: float | None = None,
        most: float | None = None,
    ) -> Separate:
        """Return the means of one value per row, or per row that `rows` holds true for."""
        weights = None
        if self.sample_weight is not None:
            weights = {name: _some(part.weights, rows, name) for name, part in samples.items()}
        clusters = self._clusters(samples, rows)
        return means(
            words,
            {name: _some(part, rows, name) for name, part in values.items()},
            least=least,
            most=most,
            sample_weight=weights,
            clusters=clusters,
        )

    def _clusters(
        self, samples: Mapping[str, Sample], rows: Mapping[str, npt.NDArray[Any]] | None
    ) -> dict[str, Any] | None:
        """Return the cluster of each row, in the order of the samples."""
        if self.clusters is None:
            return None
        labels = as_array("clusters", self.clusters)
        n = sum(len(part.y_score) for part in samples.values())
        if len(labels) != n:
            raise ArgumentError(
                f"clusters has {len(labels)} entries but there are {n} rows. Give one per row."
            )
        places = split_rows(as_groups(self.sensitive_features, n))
        return {name: _some(labels[places[name]], rows, name) for name in samples}

    def _shared(self) -> tuple[str, ...]:
        """Say where clusters lie in several groups, whose means are bounded as if independent."""
        if self.clusters is None:
            return ()
        factors = factorise("clusters", self.clusters)
        groups = as_groups(self.sensitive_features, len(factors.codes)).codes
        both = np.unique(np.stack([factors.codes, groups]), axis=1)
        if len(np.unique(both[0])) == both.shape[1]:
            return ()
        return (
            "Clusters lie in several groups: bounds take the groups' means as independent, and are "
            "too narrow where rows of a cluster compete, as when one of each two is chosen.",
        )

    def refuse_clusters(self, assertion: str) -> None:
        """Raise where clusters or weights have no place yet."""
        __tracebackhide__ = True
        for name, value in (("sample_weight", self.sample_weight), ("clusters", self.clusters)):
            if value is not None:
                raise ArgumentError(
                    f"{assertion} takes no {name}= for this statistic. Leave it out, or judge a "
                    "statistic that is a mean."
                )

    def conclude(
        self,
        id: str,
        limit: Tolerance,
        quantities: Sequence[Quantity],
        alpha: float | None,
        data: tuple[Any, ...],
        *,
        remark: str = "",
        shown: tuple[GroupRate, ...] = (),
        same_rows: bool = False,
    ) -> Outcome:
        """Judge the quantities and settle the outcome; `shown` are further values of groups."""
        __tracebackhide__ = True

        def judge(levels: Levels) -> Judgement:
            judgement = not_below_zero(
                judged(quantities, limit, levels, reference=self.reference, same_rows=same_rows)
            )
            evidence = judgement.evidence
            groups, notes = (*evidence.groups, *shown), (*evidence.notes, *self._shared())
            return replace(judgement, evidence=replace(evidence, groups=groups, notes=notes))

        return conclude(
            id,
            limit,
            judge,
            sensitive_features=self.sensitive_features,
            data=(*data, self.sample_weight, self.clusters),
            alpha=alpha,
            remark=remark,
        )


def base_rates(samples: Mapping[str, Sample]) -> tuple[GroupRate, ...]:
    """Return the share of positive rows of each known group."""
    return tuple(
        GroupRate(
            name,
            "base rate",
            float(part.positive.mean()) if len(part.y_true) else None,
            len(part.y_true),
        )
        for name, part in samples.items()
        if name != UNKNOWN
    )


def _size(sample: Sample) -> int:
    return len(sample.y_score)


def _some(values: Any, rows: Mapping[str, npt.NDArray[Any]] | None, name: str) -> Any:
    return values if rows is None else values[rows[name]]
