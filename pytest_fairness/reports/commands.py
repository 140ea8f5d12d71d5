"""Commands to run next: see a verdict again, repair a failure."""

from __future__ import annotations

import shlex

from pytest_fairness.outcome import Outcome, Verdict
from pytest_fairness.reports.columns import visible

# Checks of language models and embedders, whose repair needs ordinary texts.
_HELD_BY_TEXTS = frozenset({"likelihood_difference", "embedding_distance"})


def commands(outcome: Outcome) -> tuple[tuple[str, str], ...]:
    """Return what to run next, as (label, command line): how to see it again, how to repair it.

    A repair is offered for a failure whose texts can be built again and whose model is a folder.
    """
    if outcome.command:
        return (("reproduce", visible(outcome.command)),)
    if not outcome.test:
        return ()
    test = shlex.quote(visible(outcome.test))
    again = ("reproduce", f"pytest {test} --fairness-seed={outcome.seed}")
    if not can_repair(outcome):
        return (again,)
    file = shlex.quote(visible(outcome.test.split("::")[0]))
    data = "texts.csv" if outcome.metric in _HELD_BY_TEXTS else "rows.csv --label label"
    return again, ("repair", f"pytest-fairness mitigate {file} --train {data} --out repaired")


def remark(outcome: Outcome) -> str:
    """Say what is different when the test runs by itself; empty where nothing is."""
    if outcome.share >= 1 or not outcome.test:
        return ""
    return "run alone, this test has all of alpha: what is inconclusive here may fail there"


def can_repair(outcome: Outcome) -> bool:
    """Whether a repair has what it needs: a failure, the model's folder, the texts' recipe."""
    has_model = outcome.model is not None and outcome.model.path is not None
    return outcome.verdict is Verdict.FAIL and has_model and bool(outcome.source)
