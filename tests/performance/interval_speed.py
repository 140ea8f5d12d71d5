"""How long simultaneous intervals take, beside the bootstrap of fairlearn's MetricFrame.

Run it on a quiet machine::

    python -m tests.performance.interval_speed --rows 1000000

On a machine that others use too, ``--cpu-time`` counts the processor time of one thread instead.

Both find the gaps between four groups, whose labels are text, in selection rates (demographic
parity) and in true and false positive rates (equalized odds), with intervals. Ours come in two
kinds: exact ones of the counts, which need no resampling, and a max-type resampling of the count
tables. Both bound every pair of groups at once; fairlearn's percentiles bound the largest gap only.

fairlearn draws a few resamples of the rows, and its time is read off the line through them; ours
draws all. The clock starts with arrays in memory, so that ours includes reading the labels.
"""

from __future__ import annotations

import argparse
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pytest_fairness import evidence, metrics
from tests.performance.contenders import Clock, Decisions, audit_fairlearn, make_decisions

NOTIONS = {
    "demographic parity": ("selection_rate",),
    "equalized odds": ("true_positive_rate", "false_positive_rate"),
}
FEW, MORE = 1, 5  # resamples that fairlearn's time is read off


@dataclass(frozen=True)
class Result:
    """Seconds and megabytes of each contender at some number of rows."""

    rows: int
    resamples: int
    seconds: dict[str, float]
    megabytes: dict[str, float]

    @property
    def ratio(self) -> float:
        """How often ours with resampling runs while fairlearn runs once."""
        return self.seconds["fairlearn"] / self.seconds["resampled"]


def exact_intervals(data: Decisions, resamples: int = 0) -> list[Any]:
    """Return intervals of all pairs from the counts alone."""
    cube = _counted(data)
    return [
        evidence.gap_intervals({rate: metrics.rate_counts(cube, rate).table() for rate in rates})
        for rates in NOTIONS.values()
    ]


def resampled_intervals(data: Decisions, resamples: int = 1000) -> list[Any]:
    """Return intervals of all pairs from resampled confusion matrices."""
    cube = _counted(data)
    tables = {name: cube.counts[g, 0] for g, name in enumerate(cube.names)}
    return [
        evidence.gap_intervals(
            [
                evidence.resample_counts(rate, tables, _statistic(rate), n_resamples=resamples)
                for rate in rates
            ]
        )
        for rates in NOTIONS.values()
    ]


def _counted(data: Decisions) -> metrics.Cube:
    return metrics.count_cube(data.y_true, data.y_pred, sensitive_features=data.group)


def _statistic(rate: str) -> Callable[[Any], Any]:
    """Return the rate as a function of confusion matrices: rows are labels, columns predictions."""
    labels = {"selection_rate": [0, 1], "true_positive_rate": [1], "false_positive_rate": [0]}[rate]

    def statistic(tables: Any) -> Any:
        among = tables[:, labels]
        return among[:, :, 1].sum(axis=1) / among.sum(axis=(1, 2))

    return statistic


def compare(
    rows: int,
    *,
    resamples: int = 1000,
    rounds: int = 3,
    scaled: bool = True,
    clock: Clock = time.perf_counter,
) -> Result:
    """Time all contenders on the same rows: ours the shortest of `rounds`, fairlearn's one run."""
    data = make_decisions(rows)
    seconds, megabytes = {}, {}
    for name, run in {"exact": exact_intervals, "resampled": resampled_intervals}.items():
        run(make_decisions(1000), resamples)
        seconds[name] = min(
            _seconds(lambda run=run: run(data, resamples), clock) for _ in range(rounds)
        )
        megabytes[name] = _megabytes(lambda run=run: run(data, resamples))
    if scaled:
        audit_fairlearn(make_decisions(1000), 2)
        start = _seconds(lambda: audit_fairlearn(data, FEW), clock)
        end = _seconds(lambda: audit_fairlearn(data, MORE), clock)
        each = max(end - start, 0.0) / (MORE - FEW)
        seconds["fairlearn"] = start + (resamples - FEW) * each
        megabytes["fairlearn"] = _megabytes(lambda: audit_fairlearn(data, FEW))
    return Result(rows, resamples, seconds, megabytes)


def _seconds(run: Callable[[], Any], clock: Clock) -> float:
    start = clock()
    run()
    return clock() - start


def _megabytes(run: Callable[[], Any]) -> float:
    """Return the most memory held at one time beyond the data, in a run of its own."""
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def show(results: Sequence[Result]) -> str:
    """Return a small table, and what ten times the rows cost where both were run."""
    lines = []
    for result in results:
        lines.append(f"{result.rows:,} rows, 4 groups, {result.resamples:,} resamples")
        for name, seconds in result.seconds.items():
            note = f" (scaled from {FEW} and {MORE} resamples)" if name == "fairlearn" else ""
            lines.append(f"{name:>12} {seconds:12.3f} s {result.megabytes[name]:8.0f} MB{note}")
        if "fairlearn" in result.seconds:
            lines.append(f"{'':12} {result.ratio:,.0f} times as fast with as many resamples")
    for before, after in pairwise(results):
        cost = after.seconds["resampled"] / before.seconds["resampled"]
        lines.append(f"{after.rows / before.rows:g} times the rows take {cost:.1f} times as long")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cpu-time", action="store_true", help="processor time, for busy machines")
    options = parser.parse_args()
    common: dict[str, Any] = {
        "resamples": options.resamples,
        "rounds": options.rounds,
        "clock": time.process_time if options.cpu_time else time.perf_counter,
    }
    first = compare(options.rows, **common)
    print(show([first, compare(10 * options.rows, scaled=False, **common)]))


if __name__ == "__main__":
    main()
