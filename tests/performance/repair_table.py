"""Every way to repair a real classifier, side by side, beside what a user would do today.

The classifier is MiniLM on tweets (see `tests/toxicity.py`): nothing is planted. Run it on a quiet
machine, with as many jobs as it has cores::

    python -m tests.performance.repair_table --jobs 16 --json repairs.jsonl

Without the packages and data that the classifier is made from, give its folder, and the rows that
were kept from its training (``heldout.csv`` is looked for beside them)::

    python -m tests.performance.repair_table --model FOLDER --rows rows.csv --jobs 16

All methods of the registry are tried, each alone, then ``auto``. For each seed, terms, sentences
and rows are split anew, alike for all. What is shown was measured on terms, sentences and rows that
no method saw:

repaired
    seeds with which the gate passed (flip rate at most 2 %, and accuracy shown to lie within the
    margin)
flips, bound, excess
    share of pairs whose two texts get different labels, with a one-sided 95 % bound (Clopper and
    Pearson 1934); and what it adds to the same pairs' placebo partners
cut
    how many times the excess is smaller than before the repair; where none is left, the bound on
    the flips stands for it
BPSN, BNSP
    how far the worst ground's AUC lies below that of neutral words (Dixon et al. 2018; Borkan et
    al. 2019). Sentences alone are not toxic; in front of a toxic tweet they are
accuracy, AUC, ECE
    on tweets, in percent
made, total
    seconds until the model was made; until it was judged as well

Each is the median over seeds, with the least and the greatest below it. Each job computes in one
thread in a process that is warm, and what it finds does not hang on their number.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from pytest_fairness import FairnessFailure, assert_counterfactual_invariance, load_model
from pytest_fairness.errors import FairnessError
from pytest_fairness.mitigation import read_rows
from pytest_fairness.mitigation.attempts import REPAIRED, SKIPPED, Tried, try_methods
from pytest_fairness.mitigation.config import AUTO, MitigationConfig
from pytest_fairness.mitigation.data import Labelled, label_numbers
from pytest_fairness.mitigation.gates import Rechecking
from pytest_fairness.mitigation.methods import METHODS, Candidate, Method, Setting, methods_of
from pytest_fairness.mitigation.tasks import gather, spaces_of
from pytest_fairness.outcome import Outcome
from tests.performance.repair_numbers import make_probe, measure
from tests.performance.repair_today import TODAY
from tests.performance.repair_words import GROUNDS, TEMPLATES, identity, people, split_terms

BEFORE = "before"
FAILED = "failed"
MAX_FLIP_RATE = 0.02
# Begun first, the dearest first, lest the other cores wait for them at the end.
DEAR = ("prefix", "prompt", "lora", "full", "ia3", "CDA, Trainer", AUTO)
COLUMNS = (  # heading, name of the number, factor, format
    ("flips %", "flips", 100, ".2f"),
    ("bound %", "bound", 100, ".2f"),
    ("excess pp", "excess", 100, ".2f"),
    ("cut", "cut", 1, ".0f"),
    ("BPSN pp", "bpsn", 100, ".2f"),
    ("BNSP pp", "bnsp", 100, ".2f"),
    ("acc. %", "accuracy", 100, ".2f"),
    ("AUC %", "AUC", 100, ".2f"),
    ("ECE %", "ECE", 100, ".2f"),
    ("made s", "made", 1, ".1f"),
    ("total s", "total", 1, ".1f"),
)


@dataclass(frozen=True)
class Scale:
    """How much is looked at, and how long is trained."""

    pairs: int = 1000  # held-out pairs, each with a placebo partner where it has one
    tweets: int = 80  # toxic ones, behind a sentence of each ground
    max_steps: int = 150


@dataclass(frozen=True)
class Job:
    """One method with one seed, on one model."""

    method: str
    seed: int
    model: str
    rows: str
    heldout: str
    device: str = "cpu"
    cpu_time: bool = False
    scale: Scale = Scale()

    @property
    def setup(self) -> str:
        """What else decides the numbers."""
        return f"{Path(self.model).parent.name} {self.device} {self.scale}"


@dataclass(frozen=True)
class Record:
    """What came of one job; `numbers` are shares, differences and seconds."""

    method: str
    seed: int
    setup: str
    status: str
    reason: str = ""
    story: str = ""
    winner: str = ""
    parameters: int = 0
    numbers: dict[str, float] = field(default_factory=dict)


# --- One job ------------------------------------------------------------------------------------


def run(job: Job) -> Record:
    """Do one job; whatever goes wrong is a record too, lest it cost the others."""
    warm_up()
    try:
        return _run(job)
    except FairnessError as err:
        return Record(job.method, job.seed, job.setup, SKIPPED, str(err))
    except Exception as err:
        return Record(job.method, job.seed, job.setup, FAILED, f"{type(err).__name__}: {err}")


def warm_up() -> None:
    """Import what methods import, so that no clock counts it, and compute in one thread."""
    import accelerate  # noqa: F401
    import peft  # noqa: F401
    import torch
    from transformers import Trainer  # noqa: F401

    torch.set_num_threads(1)


def _run(job: Job) -> Record:
    clock = time.process_time if job.cpu_time else time.perf_counter
    original = load_model(job.model, device=job.device)
    heldout = read_rows(job.heldout, "text", "label")
    targets = label_numbers(heldout, original.labels)
    scale = job.scale
    probe = make_probe(
        job.seed, Labelled(heldout.texts, targets), pairs=scale.pairs, tweets=scale.tweets
    )
    if job.method == BEFORE:
        return Record(BEFORE, job.seed, job.setup, BEFORE, numbers=measure(original, probe))
    outcome = failing(original, job.seed)
    trial = Trial(job, clock)
    tried = trial.repair(outcome)
    last = next(a for a in reversed(tried.attempts) if a.after or len(tried.attempts) == 1)
    record = Record(
        job.method,
        job.seed,
        job.setup,
        "repaired" if last.status == REPAIRED else last.status,
        last.reason,
        winner=last.method if tried.winner else "",
        parameters=last.trainable_parameters,
    )
    if last.method not in trial.candidates:
        return record
    candidate = trial.candidates[last.method]
    numbers = {**measure(candidate.scorer, probe), "made": trial.made, "total": trial.total}
    return replace(record, story=candidate.story, numbers=numbers)


def failing(model: Any, seed: int) -> Outcome:
    """Return the outcome of the check that the model fails."""
    try:
        return assert_counterfactual_invariance(
            model, people(seed), max_flip_rate=MAX_FLIP_RATE, seed=seed
        )
    except FairnessFailure as failure:
        return failure.outcome


class Trial:
    """A repair as `mitigate` does it, which remembers its candidates and the seconds."""

    def __init__(self, job: Job, clock: Callable[[], float]) -> None:
        self._job, self._clock = job, clock
        self.candidates: dict[str, Candidate] = {}
        self.made = self.total = 0.0

    def repair(self, outcome: Outcome) -> Tried:
        """Try the job's methods against a failing outcome."""
        start = self._clock()
        config = self._config()
        model = load_model(self._job.model, device=config.device)
        spaces = spaces_of([outcome])
        material = gather(model, spaces, read_rows(self._job.rows, "text", "label"), config)
        setting = Setting(
            folder=Path(self._job.model),
            original=model,
            outcomes=(outcome,),
            spaces=tuple(spaces),
            material=replace(material, others={}),  # side effects are no part of the table
            config=config,
        )
        self.made = self._clock() - start
        gate = Rechecking(model, (outcome,), material.rows["heldout"])
        methods = [self._remembering(method) for method in self._methods(config)]
        tried = try_methods(methods, setting, gate)
        self.total = self._clock() - start
        return tried

    def _config(self) -> MitigationConfig:
        job = self._job
        return MitigationConfig(
            method=AUTO if job.method in TODAY else job.method,
            seed=job.seed,
            device=job.device,
            max_steps=job.scale.max_steps,
        )

    def _methods(self, config: MitigationConfig) -> Iterable[Method]:
        name = self._job.method
        return [TODAY[name]] if name in TODAY else methods_of(config)

    def _remembering(self, method: Method) -> Method:
        def build(setting: Setting) -> Candidate:
            start = self._clock()
            candidate = method.build(setting)
            self.made += self._clock() - start
            self.candidates[method.name] = candidate
            return candidate

        return replace(method, build=build)


# --- Many jobs ----------------------------------------------------------------------------------


def run_all(jobs: Sequence[Job], workers: int) -> Iterator[Record]:
    """Do jobs in as many processes, and yield records as they come."""
    os.environ.update(OMP_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")
    order = sorted(jobs, key=lambda job: (*DEAR, job.method).index(job.method))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for future in as_completed([pool.submit(run, job) for job in order]):
            yield future.result()


def read_records(path: Path | None) -> list[Record]:
    """Return the records that an earlier run has written."""
    if path is None or not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Record(**json.loads(line)) for line in lines]


def remaining(jobs: Iterable[Job], records: Iterable[Record]) -> list[Job]:
    """Return the jobs that no record tells of."""
    done = {(r.method, r.seed, r.setup) for r in records if r.status not in (SKIPPED, FAILED)}
    return [job for job in jobs if (job.method, job.seed, job.setup) not in done]


# --- The table ----------------------------------------------------------------------------------


def show(records: Iterable[Record]) -> str:
    """Return the table, what it was counted on, and what cannot be seen from it."""
    rows = with_cuts([record for record in records if record.numbers])
    names = [name for name in row_names() if any(record.method == name for record in rows)]
    heading = _line("", "repaired", *(column[0] for column in COLUMNS), "weights")
    lines = [heading]
    for name in names:
        lines += _two_lines(name, [record for record in rows if record.method == name])
    parts = [counted(seed) for seed in sorted({record.seed for record in rows})]
    lines += ["", *parts, "", *_by_ground(names, rows), "", *_auto_lines(rows)]
    return "\n".join([*lines, *_left_out(records)])


def row_names() -> tuple[str, ...]:
    """Return all rows of the table, in order."""
    return (BEFORE, *METHODS, AUTO, *TODAY)


def with_cuts(records: Sequence[Record]) -> list[Record]:
    """Add to each record how many times the excess is smaller than before, of the same seed."""
    before = {r.seed: r.numbers["excess"] for r in records if r.method == BEFORE}
    return [
        replace(r, numbers={**r.numbers, "cut": _cut(before[r.seed], r.numbers)})
        if r.seed in before and r.method != BEFORE
        else r
        for r in records
    ]


def _cut(before: float, numbers: dict[str, float]) -> float:
    left = numbers["excess"] if numbers["excess"] > 0 else numbers["bound"]
    return before / left


def counted(seed: int) -> str:
    """Say what one seed's parts hold."""
    space = people(seed)
    parts = {which: space.part(which) for which in ("train", "validation", "heldout")}
    sentences = {
        name: len({pair.source for pair in part.sample(3000, seed)}) for name, part in parts.items()
    }
    terms = {ground: len(found) for ground, found in split_terms(parts["heldout"]).items()}
    attribute = identity()
    return (
        f"seed {seed}: {len(TEMPLATES)} sentences ({_listed(sentences)}) and "
        f"{sum(map(attribute.size, attribute.groups))} terms; held out of {_listed(terms)}"
    )


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _two_lines(name: str, records: Sequence[Record]) -> list[str]:
    repaired = sum(record.status == REPAIRED for record in records)
    medians, ranges = [], []
    for _, key, factor, form in COLUMNS:
        values = [factor * r.numbers[key] for r in records if key in r.numbers]
        medians.append(f"{statistics.median(values):{form}}" if values else "")
        ranges.append(f"{min(values):{form}}–{max(values):{form}}" if values else "")
    weights = f"{statistics.median(record.parameters for record in records):,.0f}"
    passed = "" if name == BEFORE else f"{repaired}/{len(records)}"
    lines = [_line(name, passed, *medians, "" if name == BEFORE else weights)]
    return lines if len(records) == 1 else [*lines, _line("", "", *ranges)]


def _line(name: str, *columns: str) -> str:
    return f"{name:21}" + "".join(f"{column:>13}" for column in columns).rstrip()


def _by_ground(names: Sequence[str], records: Sequence[Record]) -> list[str]:
    """Show the median flip rates of pairs of which one text speaks of each ground."""
    lines = ["flips %, of pairs that speak of", _line("", *(g.split(",")[0] for g in GROUNDS))]
    for name in names:
        rates = [
            statistics.median(r.numbers[f"flips, {g}"] for r in records if r.method == name)
            for g in GROUNDS
        ]
        lines.append(_line(name, *(f"{100 * rate:.2f}" for rate in rates)))
    return lines


def _auto_lines(records: Sequence[Record]) -> list[str]:
    """Compare the seconds of ``auto`` with those of knowing its winner beforehand."""
    totals = {(r.method, r.seed): r.numbers["total"] for r in records if "total" in r.numbers}
    won = [r for r in records if r.method == AUTO and (r.winner, r.seed) in totals]
    ratios = [r.numbers["total"] / totals[r.winner, r.seed] for r in won]
    if not ratios:
        return ["auto: no seed where its winner was also tried alone"]
    winners = ", ".join(f"{name} {n} times" for name, n in Counter(r.winner for r in won).items())
    return [
        f"auto takes {statistics.median(ratios):.2f} times ({min(ratios):.2f}–{max(ratios):.2f}) "
        f"as long as its winner alone, all seconds counted; it won with {winners}"
    ]


def _left_out(records: Iterable[Record]) -> list[str]:
    left = [record for record in records if not record.numbers]
    reasons = {(r.method, " ".join(r.reason.split())[:200]): r.status for r in left}
    return [f"{status}: {method}: {reason}" for (method, reason), status in reasons.items()]


# --- The command --------------------------------------------------------------------------------


def jobs_of(options: argparse.Namespace) -> list[Job]:
    """Return a job for each method and seed that was asked for."""
    model, rows, heldout = _files(options)
    scale = Scale(options.pairs, options.tweets, options.max_steps)
    return [
        Job(name, seed, model, rows, heldout, options.device, options.cpu_time, scale)
        for name in options.methods or row_names()
        for seed in options.seeds
    ]


def _files(options: argparse.Namespace) -> tuple[str, str, str]:
    if options.model:
        if not options.rows:
            raise SystemExit("--model needs --rows: a CSV of rows that the model never saw.")
        heldout = options.heldout or options.rows.with_name("heldout.csv")
        return str(options.model), str(options.rows), str(heldout)
    from tests.toxicity import toxicity_model

    made = toxicity_model(options.data)
    return str(made.folder), str(made.rows), str(made.heldout)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    shared = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(5)))
    parser.add_argument("--methods", nargs="+", choices=row_names(), help="by default all")
    parser.add_argument("--jobs", type=int, default=1, help="processes, of one thread each")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", type=Path, help="file that keeps what was found")
    parser.add_argument("--model", type=Path, help="folder of the classifier")
    parser.add_argument("--rows", type=Path, help="CSV of text and label, to repair with")
    parser.add_argument("--heldout", type=Path, help="the same, to judge by; beside --rows")
    parser.add_argument("--data", type=Path, default=shared, help="where tweets are found")
    parser.add_argument("--pairs", type=int, default=Scale.pairs)
    parser.add_argument("--tweets", type=int, default=Scale.tweets)
    parser.add_argument("--max-steps", type=int, default=Scale.max_steps)
    parser.add_argument("--cpu-time", action="store_true", help="processor time, for busy machines")
    return parser.parse_args(arguments)


def main() -> None:
    options = parse()
    start = time.perf_counter()
    jobs = jobs_of(options)
    records = read_records(options.json)
    for record in run_all(remaining(jobs, records), options.jobs):
        records.append(record)
        print(f"{time.perf_counter() - start:6.0f} s  {record.method}, seed {record.seed}: "
              f"{record.status} {record.reason}", flush=True)  # fmt: skip
        if options.json:
            with options.json.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")
    wanted = {(job.method, job.seed, job.setup) for job in jobs}
    print("\n" + show([r for r in records if (r.method, r.seed, r.setup) in wanted]))
    print(f"{options.jobs} processes, {time.perf_counter() - start:.0f} s in all")


if __name__ == "__main__":
    main()
