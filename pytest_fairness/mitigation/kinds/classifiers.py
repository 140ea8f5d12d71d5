"""Repairing classifiers: labels on rows, scores on pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.again import INVARIANCE, again_over, settings_of
from pytest_fairness.mitigation.caller import COMMAND, Caller
from pytest_fairness.mitigation.classes import ClassReport, given_up, report_classes
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Labelled, Rows
from pytest_fairness.mitigation.foresight import check_rows_show
from pytest_fairness.mitigation.group_checks import (
    carry_groups,
    check_rows,
    constraint_of,
    failing_constraints,
    label_numbers_of,
    recheck_groups,
)
from pytest_fairness.mitigation.language.config import LanguageConfig
from pytest_fairness.mitigation.layers import blocks_of, frozen_count
from pytest_fairness.mitigation.methods import METHODS, Method, Setting
from pytest_fairness.mitigation.retention import (
    LEARNT_FROM,
    Retained,
    measure_retention,
    retention_rows,
)
from pytest_fairness.mitigation.skills import Skill, measure_skills
from pytest_fairness.mitigation.tasks import Material, gather
from pytest_fairness.mitigation.utility import Utility, measure_utility
from pytest_fairness.outcome import Outcome
from pytest_fairness.perturb import Pair, Space


class Classifiers:
    """How classifiers are repaired."""

    needs = (
        "assert_counterfactual_invariance over counterfactuals(...), or, from Python, a failing "
        "check of demographic parity, equal opportunity or equalized odds"
    )
    methods: Mapping[str, Method] = METHODS

    def repairs(self, outcome: Outcome) -> bool:
        """Whether it is a check of counterfactual invariance over a space, or one of groups."""
        over_space = bool(outcome.source) and outcome.metric in INVARIANCE
        return over_space or constraint_of(outcome) is not None

    def carry(self, model: Any, outcome: Outcome, data: Rows | None) -> Outcome:
        """Return a failing check in the form in which it is run again, or refuse it."""
        if constraint_of(outcome) is not None:
            return carry_groups(model, outcome, data)
        settings_of(outcome)
        return outcome

    def check(
        self,
        model: Any,
        outcomes: Sequence[Outcome],
        data: Rows | None,
        config: MitigationConfig,
        caller: Caller,
    ) -> None:
        """Refuse settings that do not fit the model, and rows without the groups to compare."""
        if config.language != LanguageConfig():
            given = caller.larger(_differing(config.language)) if caller is COMMAND else "language="
            margin = caller.larger("max_accuracy_loss") or "max_accuracy_loss"
            raise ArgumentError(
                f"{given} is for language models and embedders, and {model!r} is a classifier. "
                f"Leave it out; {margin} sets the margin here."
            )
        if config.freeze_layers is not None and hasattr(model, "module"):
            frozen_count(blocks_of(model.module), config)
        if failing_constraints(outcomes):
            check_rows(data, model, caller)

    def gather(
        self, model: Any, spaces: Sequence[Space], data: Rows | None, config: MitigationConfig
    ) -> Material:
        """Collect pairs of each part, and the task that keeps the model's skill."""
        return gather(model, spaces, data, config)

    def further(
        self, model: Any, retention: Mapping[str, Rows] | None, material: Material
    ) -> dict[str, Labelled]:
        """Return the rows with the right answer as target."""
        learnt = [text for part in LEARNT_FROM for text in material.rows[part].texts]
        return retention_rows(retention, model, learnt)

    def foresee(self, setting: Setting, looks: int) -> None:
        """Refuse rows that could not show that skill was kept, or on which there is none."""
        check_rows_show(setting, 1 - setting.config.alpha / looks)

    def recheck(
        self, model: Any, outcome: Outcome, pairs: Any, rows: Labelled, looks: int
    ) -> Outcome:
        """Run a check again on a space, or on rows where it is one of groups."""
        if pairs is None:
            return recheck_groups(model, outcome, rows, looks=looks)
        return again_over(model, outcome, pairs, looks)

    def kept(self, setting: Setting, after: Any, rows: Labelled, looks: int) -> Utility:
        """Compare right answers before and after, row by row."""
        material, config = setting.material, setting.config
        return measure_utility(
            material.utility,
            setting.original,
            after,
            rows,
            margin=config.max_accuracy_loss,
            confidence=1 - config.alpha / looks,
            strict=material.taught_by_average,
        )

    def retention(self, setting: Setting, after: Any, rows: Labelled) -> float:
        """Return the share of rows that get the same label as before."""
        before = label_numbers_of(setting.original, rows)
        same = label_numbers_of(after, rows) == before
        return float(same.mean())

    def retained(self, setting: Setting, after: Any, looks: int) -> tuple[Retained, ...]:
        """Compare right answers, set by set and group by group."""
        material, config = setting.material, setting.config
        heldout = material.rows["heldout"]
        return measure_retention(
            setting.original,
            after,
            material.retention,
            margin=config.max_accuracy_loss,
            alpha=config.alpha / looks,
            watched={"held-out rows": heldout} if heldout.groups else {},
        )

    def skills(self, setting: Setting, after: Any, rows: Labelled) -> tuple[Skill, ...]:
        """Compare rank, calibration and loss."""
        return measure_skills(setting.original, after, rows)

    def classes(self, setting: Setting, after: Any, rows: Labelled) -> tuple[ClassReport, ...]:
        """Compare precision, recall and F1 of each label."""
        return report_classes(setting.original, after, rows)

    def given_up(self, setting: Setting, after: Any, rows: Labelled, looks: int) -> str | None:
        """Compare the recall of each label; without rows pairs show no class that may be rare."""
        config = setting.config
        if setting.material.taught_by_average:
            return None
        margin, alpha = config.max_recall_loss, config.alpha / looks
        return given_up(setting.original, after, rows, margin=margin, alpha=alpha)

    def shift(self, model: Any, pairs: Sequence[Pair]) -> float:
        """Return the mean over pairs of the largest change of a label's probability."""
        first = model.predict_proba([pair.original for pair in pairs])
        second = model.predict_proba([pair.variant for pair in pairs])
        return float(np.abs(first - second).max(axis=1).mean())


def _differing(language: LanguageConfig) -> str:
    """Return the name of a setting that is not the usual one."""
    usual = asdict(LanguageConfig())
    return next(name for name, value in asdict(language).items() if value != usual[name])


CLASSIFIERS = Classifiers()
