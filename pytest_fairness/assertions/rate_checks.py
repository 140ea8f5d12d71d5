"""What the assertions on rates of decisions share: count, judge, conclude."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from pytest_fairness.assertions.checks import Levels, differing, one_of
from pytest_fairness.assertions.concluding import check_not_empty, conclude, kind_of, suffix_of
from pytest_fairness.assertions.features import checked, chosen_reference
from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import (
    Judgement,
    Quantity,
    judge_extreme,
    judge_gap,
    rates,
    standardised_rates,
)
from pytest_fairness.metrics import UNKNOWN, Cube, count_cube, rate_counts, stratum_weights
from pytest_fairness.outcome import GroupRate, Outcome, Tolerance

Aggregate = Literal["worst_case", "mean", "average_absolute_odds"]

_AGGREGATES: dict[str, Aggregate] = {
    "worst_case": "worst_case",
    "mean": "mean",
    "average_odds": "average_absolute_odds",
}
_MANY_CLUSTERS = 30
_SHOW_BASE_RATES = ("equalized_odds", "false_positive_rate", "false_negative_rate")


@dataclass(frozen=True)
class RateCheck:
    """Rows, their groups, and how they are to be compared."""

    sensitive_features: Any
    control_features: Any = None
    strata: str = "mean"
    sample_weight: Any = None
    clusters: Any = None
    reference: str | None = None
    pos_label: Any = 1

    def conclude(
        self,
        notion: str,
        names: list[str],
        limit: Tolerance,
        y_true: Any,
        y_pred: Any,
        alpha: float | None,
        agg: str = "worst_case",
    ) -> Outcome:
        """Count the rows, judge the rates, and settle the outcome."""
        __tracebackhide__ = True
        check_not_empty("y_pred", y_pred)
        one_of("strata", self.strata, ("mean", "worst_case"))
        if self.strata == "worst_case" and self.control_features is None:
            raise ArgumentError(
                "strata='worst_case' has no meaning without control_features=, which name the "
                "strata. Give them, or leave strata out."
            )
        cube = self._cube(y_true, y_pred)
        quantities = [quantity for name in names for quantity in self._quantities(cube, name)]
        if agg == "average_odds" and limit.name == "min_ratio":
            raise ArgumentError("agg='average_odds' is a mean of differences. Use max_difference=.")
        shown = self._base_rates(cube) if notion in _SHOW_BASE_RATES else ()
        few = self._few_clusters(cube, names)

        def judge(levels: Levels) -> Judgement:
            judgement = judged(quantities, limit, levels, _AGGREGATES[agg], self.reference)
            evidence = judgement.evidence
            groups, notes = (*evidence.groups, *shown), (*evidence.notes, *few)
            excluded = {**evidence.excluded, **self._unknown_strata(cube)}
            changed = replace(evidence, groups=groups, notes=notes, excluded=excluded)
            return replace(judgement, evidence=changed)

        return conclude(
            f"{notion}_{suffix_of(limit)}{'' if agg == 'worst_case' else '.' + agg}",
            limit,
            judge,
            sensitive_features=self.sensitive_features,
            data=(y_true, y_pred, self.control_features, self.sample_weight, self.clusters),
            alpha=alpha,
            remark=self._remark(),
            settings={**self._settings(), **({} if agg == "worst_case" else {"agg": agg})},
        )

    def _settings(self) -> dict[str, Any]:
        """Return what it takes to compare other rows in the same way."""
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        del said["sensitive_features"]
        return differing(RateCheck, **said)

    def _cube(self, y_true: Any, y_pred: Any) -> Cube:
        __tracebackhide__ = True
        cube = count_cube(
            y_true,
            y_pred,
            sensitive_features=self.sensitive_features,
            control_features=self.control_features,
            sample_weight=self.sample_weight,
            clusters=self.clusters,
            pos_label=self.pos_label,
        )
        if not cube.compared_strata:
            raise ArgumentError(
                "control_features is missing in every row, so there is no stratum in which groups "
                "could be compared. Give the strata, or leave control_features out."
            )
        return checked(cube)

    def _unknown_strata(self, cube: Cube) -> dict[str, int]:
        """Count the rows of known groups that are of no known stratum."""
        if self.control_features is None or UNKNOWN not in cube.strata:
            return {}
        rows = cube.rows[: len(cube.compared), cube.strata.index(UNKNOWN)].sum()
        return {"unknown stratum": int(rows)} if rows else {}

    def _quantities(self, cube: Cube, name: str) -> list[Quantity]:
        counts = rate_counts(cube, name)
        words = counts.rate.words
        if self.control_features is None:
            return [rates(words, counts.table(), design_effect=counts.design_effects())]
        tables = counts.by_stratum()
        effects = {
            group: dict(zip(counts.strata, map(float, row), strict=True))
            for group, row in zip(counts.names, counts.design_effect, strict=True)
        }
        if self.strata == "mean":
            weights = stratum_weights(cube, name)
            return [standardised_rates(words, tables, weights, design_effect=effects)]
        return [
            rates(
                f"{words} in {stratum}",
                {group: table[stratum] for group, table in tables.items()},
                design_effect={group: effect[stratum] for group, effect in effects.items()},
            )
            for stratum in cube.compared_strata
        ]

    def _few_clusters(self, cube: Cube, names: list[str]) -> tuple[str, ...]:
        """Say where there are so few clusters that bounds which rest on them are rough."""
        if self.clusters is None:
            return ()
        counts = [rate_counts(cube.pooled(), name) for name in names]
        least = {
            group: int(min(count.n_clusters[place, 0] for count in counts))
            for place, group in enumerate(cube.names)
            if group != UNKNOWN
        }
        few = [f"{group} ({n})" for group, n in least.items() if n < _MANY_CLUSTERS]
        if not few:
            return ()
        return (
            f"Few clusters in {', '.join(few)}: bounds rest on the spread between them and are "
            f"rough below {_MANY_CLUSTERS}, the more so for rates near 0 or 1.",
        )

    def _base_rates(self, cube: Cube) -> tuple[GroupRate, ...]:
        counts = rate_counts(cube.pooled(), "base_rate")
        return tuple(
            GroupRate(group, counts.rate.words, k / n if n else None, int(n))
            for group, (k, n) in counts.table().items()
            if group != UNKNOWN
        )

    def _remark(self) -> str:
        within = ""
        if self.control_features is not None:
            how = "averaged over" if self.strata == "mean" else "in the worst of"
            within = f" Groups are compared within strata, {how} them."
        return f"{self.pos_label!r} is positive.{within}"


def not_below_zero(judgement: Judgement) -> Judgement:
    """Raise a lower bound below 0 to 0, of a number that cannot lie below."""
    interval = judgement.evidence.interval
    if interval is None or interval.low >= 0:
        return judgement
    interval = replace(interval, low=0.0)
    return replace(judgement, evidence=replace(judgement.evidence, interval=interval))


def judged(
    quantities: Sequence[Quantity],
    limit: Tolerance,
    levels: Levels,
    agg: Aggregate = "worst_case",
    reference: str | None = None,
    *,
    same_rows: bool = False,
) -> Judgement:
    """Judge the gap between groups, or the worst group, as the limit asks."""
    __tracebackhide__ = True
    named = chosen_reference(reference, limit)
    if limit.name in ("min_group", "max_group"):
        return judge_extreme(
            quantities,
            limit=limit.value,
            side="min" if limit.name == "min_group" else "max",
            alpha=levels.alpha,
            share=levels.share,
            same_rows=same_rows,
        )
    return judge_gap(
        quantities,
        limit=limit.value,
        kind=kind_of(limit),
        alpha=levels.alpha,
        share=levels.share,
        agg=agg,
        reference=named,
        same_rows=same_rows,
    )
