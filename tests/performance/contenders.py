"""One audit by one library: is each group selected, and wronged, equally often?

Runs by itself in the environment of the library that it times, which needs NumPy and that library
only::

    python tests/performance/contenders.py fairlearn --rows 10000

It prints one line of JSON. An audit finds the largest difference between groups in selection rates
(demographic parity) and in true and false positive rates (equalized odds), each with its interval.
The clock starts with arrays in memory and the library imported.
"""

from __future__ import annotations

import argparse
import json
import math
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

GROUPS = ("asian", "black", "hispanic", "white")
SHARES = (0.1, 0.2, 0.3, 0.4)
Clock = Callable[[], float]
_FEW_ROWS = 100_000


class Decisions(NamedTuple):
    """True labels and predictions of 0 and 1, and the group of each row as text."""

    y_true: Any
    y_pred: Any
    group: Any


@dataclass
class Timing:
    """What one audit took; `scaled_from` counts the resamples that were run in its stead."""

    name: str
    version: str
    rows: int
    seconds: float
    plain_seconds: float
    megabytes: float
    resamples: int | None
    scaled_from: list[int] | None
    values: dict[str, float]


class Library(NamedTuple):
    """How to audit with one library.

    `audit` takes the data and a number of resamples, with None for no interval at all; `resamples`
    is what the library draws by default (for fairlearn, which has no default, what intervals of
    this kind need), and None where the audit is run in full. Where it would take hours, `probe` has
    two smaller numbers, and seconds are read off the line through their runs; ten times as many
    where rows are few.
    """

    package: str
    audit: Callable[[Decisions, int | None], dict[str, float]]
    resamples: int | None
    probe: tuple[int, int] | None

    def probe_for(self, rows: int) -> tuple[int, int]:
        """Return the two numbers of resamples to run; (1, 1) where the audit is run in full."""
        few, more = self.probe or (1, 1)
        return (10 * few, 10 * more) if self.probe and rows <= _FEW_ROWS else (few, more)


def make_decisions(rows: int, seed: int = 0) -> Decisions:
    """Return rows of four groups that a model treats alike."""
    rng = np.random.default_rng(seed)
    group = np.array(GROUPS)[rng.choice(len(GROUPS), rows, p=SHARES)]
    y_true = (rng.random(rows) < 0.4).astype(np.int64)
    y_pred = (rng.random(rows) < np.where(y_true == 1, 0.7, 0.25)).astype(np.int64)
    return Decisions(y_true, y_pred, group)


def audit_fairlearn(data: Decisions, resamples: int | None) -> dict[str, float]:
    from fairlearn.metrics import (
        MetricFrame,
        false_positive_rate,
        selection_rate,
        true_positive_rate,
    )

    intervals = {"n_boot": resamples, "ci_quantiles": [0.025, 0.975], "random_state": 0}
    frame = MetricFrame(
        metrics={
            "selection": selection_rate,
            "true positive": true_positive_rate,
            "false positive": false_positive_rate,
        },
        y_true=data.y_true,
        y_pred=data.y_pred,
        sensitive_features=data.group,
        **(intervals if resamples else {}),
    )
    gaps = frame.difference()
    if resamples:
        frame.difference_ci()
    odds = max(gaps["true positive"], gaps["false positive"])
    return {"demographic parity": float(gaps["selection"]), "equalized odds": float(odds)}


def audit_vfairness(data: Decisions, resamples: int | None) -> dict[str, float]:
    from vfairness import FairnessAnalyzer

    options = {"include_ci": True, "n_bootstrap": resamples, "random_state": 0}
    options = options if resamples else {}
    analyzer = FairnessAnalyzer(data.y_true, data.y_pred, data.group)
    parity = analyzer.demographic_parity_difference(**options)
    odds = analyzer.equalized_odds_difference(**options)
    return {
        "demographic parity": float(getattr(parity, "value", parity)),
        "equalized odds": float(getattr(odds, "value", odds)),
    }


def audit_fairpipe(data: Decisions, resamples: int | None) -> dict[str, float]:
    from fairpipe.metrics import FairnessAnalyzer

    options = {} if resamples else {"with_ci": False, "with_pvalue": False}
    analyzer = FairnessAnalyzer()
    parity = analyzer.demographic_parity_difference(data.y_pred, data.group, **options)
    odds = analyzer.equalized_odds_difference(data.y_true, data.y_pred, data.group, **options)
    return {"demographic parity": float(parity.value), "equalized odds": float(odds.value)}


def audit_ours(data: Decisions, resamples: int | None) -> dict[str, float]:
    """With intervals, both gates: they judge, and record what a report shows."""
    from pytest_fairness import (
        FairnessFailure,
        assert_demographic_parity,
        assert_equalized_odds,
        metrics,
    )

    y_true, y_pred, group = data
    if resamples is None:
        parity = metrics.demographic_parity_difference(None, y_pred, sensitive_features=group)
        odds = metrics.equalized_odds_difference(y_true, y_pred, sensitive_features=group)
        return {"demographic parity": parity, "equalized odds": odds}

    def gate(check: Callable[..., Any], *arrays: Any) -> float:
        try:
            outcome = check(*arrays, sensitive_features=group, max_difference=0.1)
        except FairnessFailure as failure:  # too few rows to be sure: as long a way
            outcome = failure.outcome
        return float(outcome.evidence.estimate)

    return {
        "demographic parity": gate(assert_demographic_parity, y_pred),
        "equalized odds": gate(assert_equalized_odds, y_true, y_pred),
    }


LIBRARIES = {
    "pytest-fairness": Library("pytest_fairness", audit_ours, None, None),
    "fairlearn": Library("fairlearn", audit_fairlearn, 1000, (1, 5)),
    "vfairness": Library("vfairness", audit_vfairness, 5000, (20, 60)),
    "fairpipe": Library("fairpipe", audit_fairpipe, None, None),
}


def time_audit(
    name: str, data: Decisions, *, rounds: int = 1, clock: Clock = time.perf_counter
) -> Timing:
    """Time one library: the shortest of `rounds`, after one audit of few rows to warm up."""
    library, rows = LIBRARIES[name], len(data.group)
    few, more = library.probe_for(rows)
    library.audit(make_decisions(2000), None)
    library.audit(make_decisions(2000), 2)
    plain, values = _shortest(lambda: library.audit(data, None), rounds, clock)
    seconds = _shortest(lambda: library.audit(data, few), rounds, clock)[0]
    if library.resamples is not None:
        end = _shortest(lambda: library.audit(data, more), rounds, clock)[0]
        seconds += (library.resamples - few) * max(end - seconds, 0.0) / (more - few)
    return Timing(
        name,
        _version(library.package),
        rows,
        seconds,
        plain,
        _megabytes(lambda: library.audit(data, None if library.probe else 1)),
        library.resamples,
        [few, more] if library.probe else None,
        values,
    )


def _shortest(
    run: Callable[[], dict[str, float]], rounds: int, clock: Clock
) -> tuple[float, dict[str, float]]:
    best, answer = math.inf, {}
    for _ in range(rounds):
        start = clock()
        answer = run()
        best = min(best, clock() - start)
    return best, answer


def _megabytes(run: Callable[[], Any]) -> float:
    """Return the most memory held at one time beyond the data, in a run of its own.

    Libraries whose audit is scaled are traced without intervals: tracing slows each resample.
    """
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package.replace("_", "-"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name", choices=LIBRARIES)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--cpu-time", action="store_true", help="processor time, for busy machines")
    options = parser.parse_args()
    clock = time.process_time if options.cpu_time else time.perf_counter
    data = make_decisions(options.rows)
    timing = time_audit(options.name, data, rounds=options.rounds, clock=clock)
    print(json.dumps(asdict(timing)))


if __name__ == "__main__":
    main()
