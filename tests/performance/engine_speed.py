"""How fast the engine scores template pairs, beside a plain pipeline and the machine's limit.

Run it on a quiet machine::

    python -m tests.performance.engine_speed --pairs 4000 --rounds 3

On a machine that others use too, ``--cpu-time`` counts the processor time of one thread instead.

Every round runs each contender over the whole job, and matrix products before and after, so that
a machine that slows down slows all of them. The limit is what the machine needs for the matrix
products of the distinct texts' true tokens alone, at the speed measured in the same round: what
stands between the engine and 100 % is everything else, from padding to layer norms.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pytest_fairness.models import load_model
from pytest_fairness.models.quiet import quiet_transformers
from tests.models.builders import minilm_pair

Clock = Callable[[], float]

DUPLICATES = 0.4
_SIZE = 2048  # of the square products that set the limit

_SUBJECTS = (("she", "he"), ("the woman", "the man"), ("Maria", "Mario"), ("my aunt", "my uncle"))
_ACTS = (
    "led a team of {n}",
    "trained {n} new nurses",
    "kept the books of {n} small shops",
    "wrote {n} reports on {topic}",
    "ran a workshop on {topic} for {n} people",
)
_TOPICS = (
    "safety at work",
    "soil chemistry",
    "tax law",
    "the care of elderly patients",
    "early music",
    "bridges and other heavy structures",
)
_ENDS = (
    "",
    "for three years",
    "before moving to a larger firm in the north of the country",
    "while studying in the evenings",
    "and was recommended twice by former employers",
)


@dataclass
class Job:
    """Texts of template pairs, first sides and second sides in turn."""

    pairs: int
    texts: list[str]

    @property
    def distinct(self) -> list[str]:
        return list(dict.fromkeys(self.texts))


@dataclass
class Times:
    """Seconds of each contender, and GFLOP/s of matrix products, by round."""

    pipeline: list[float] = field(default_factory=list)
    engine: list[float] = field(default_factory=list)
    gemm: list[float] = field(default_factory=list)
    gemm_shaped: list[float] = field(default_factory=list)


@dataclass
class Result:
    """What one run measured."""

    job: Job
    flops: float
    times: Times
    largest_difference: float

    @property
    def ratios(self) -> list[float]:
        """Pairs per second of the engine over those of the pipeline, by round."""
        return [p / e for p, e in zip(self.times.pipeline, self.times.engine, strict=True)]

    def shares(self, gemm: list[float], seconds: list[float]) -> list[float]:
        """Which part of the limit was reached, by round."""
        return [self.flops / s / (g * 1e9) for g, s in zip(gemm, seconds, strict=True)]


def make_job(pairs: int, seed: int = 0) -> Job:
    """Return template pairs of which `DUPLICATES` occur again."""
    rng = random.Random(seed)
    wanted = max(1, round(pairs * (1 - DUPLICATES)))
    found: dict[tuple[str, str], None] = {}
    while len(found) < wanted:
        found[_pair(rng)] = None
    distinct = list(found)
    drawn = distinct + rng.choices(distinct, k=pairs - wanted)
    rng.shuffle(drawn)
    return Job(pairs, [text for pair in drawn for text in pair])


def _pair(rng: random.Random) -> tuple[str, str]:
    acts = rng.sample(_ACTS, k=rng.choice((1, 1, 2)))
    told = " and ".join(acts).format(n=rng.randint(2, 40), topic=rng.choice(_TOPICS))
    frame = f"In {rng.randint(1990, 2020)} {{}} {told} {rng.choice(_ENDS)}".rstrip() + "."
    first, second = rng.choice(_SUBJECTS)
    return frame.format(first), frame.format(second)


def count_flops(module: Any, lengths: list[int]) -> float:
    """Return the floating point operations of all matrix products over texts of true lengths."""
    import torch

    tokens, config = sum(lengths), module.config
    products = [m for m in module.base_model.encoder.modules() if isinstance(m, torch.nn.Linear)]
    linear = 2.0 * tokens * sum(m.in_features * m.out_features for m in products)
    squares = sum(length * length for length in lengths)
    attention = 4.0 * squares * config.hidden_size * config.num_hidden_layers
    pooler = 2.0 * len(lengths) * config.hidden_size**2
    return linear + attention + pooler


def gemm_speed(shapes: list[tuple[int, int, int]], clock: Clock, repeats: int) -> float:
    """Return the GFLOP/s of float32 matrix products of (m, k) by (k, n)."""
    import torch

    operands = [(torch.randn(m, k), torch.randn(k, n)) for m, k, n in shapes]
    for a, b in operands:
        a @ b
    start = clock()
    for _ in range(repeats):
        for a, b in operands:
            a @ b
    seconds = clock() - start
    return sum(2 * m * k * n for m, k, n in shapes) * repeats / seconds / 1e9


def measure(
    module: Any,
    tokenizer: Any,
    job: Job,
    rounds: int,
    *,
    batch_tokens: int | None = None,
    clock: Clock = time.perf_counter,
) -> Result:
    """Run every contender `rounds` times in turn, and hold their answers against each other."""
    from transformers import pipeline

    with quiet_transformers():
        plain = pipeline(
            "text-classification", model=module, tokenizer=tokenizer, device="cpu", top_k=None
        )
    model = load_model((module, tokenizer), batch_tokens=batch_tokens)
    contenders: dict[str, Callable[[], Any]] = {
        "pipeline": lambda: plain(job.texts, batch_size=32),
        "engine": lambda: model.predict_proba(job.texts),
    }
    times, answers = Times(), {}
    for _ in range(rounds):
        for name, run in contenders.items():
            model.forget()
            before = _gemm_speeds(module, clock)
            start = clock()
            answers[name] = run()
            getattr(times, name).append(clock() - start)
            after = _gemm_speeds(module, clock)
        times.gemm.append((before[0] + after[0]) / 2)  # around the engine, which runs last
        times.gemm_shaped.append((before[1] + after[1]) / 2)
    lengths = [len(row) for row in tokenizer(job.distinct)["input_ids"]]
    difference = np.abs(_table(answers["pipeline"], model.labels) - answers["engine"]).max()
    return Result(job, count_flops(module, lengths), times, float(difference))


def _gemm_speeds(module: Any, clock: Clock) -> tuple[float, float]:
    wide, narrow = module.config.intermediate_size, module.config.hidden_size
    shaped = [(_SIZE, narrow, narrow)] * 4 + [(_SIZE, narrow, wide), (_SIZE, wide, narrow)]
    square = gemm_speed([(_SIZE, _SIZE, _SIZE)], clock, repeats=4)
    return square, gemm_speed(shaped, clock, repeats=8)


def _table(answers: list[list[dict[str, Any]]], labels: tuple[str, ...]) -> Any:
    rows = [{entry["label"]: entry["score"] for entry in answer} for answer in answers]
    return np.array([[row[label] for label in labels] for row in rows])


def show(result: Result) -> str:
    """Return a small table: medians over rounds, with the smallest and the largest."""
    job, times = result.job, result.times
    n, tokens = len(job.distinct), f"{result.flops / len(job.distinct) / 1e6:.0f} MFLOP each"
    lines = [
        f"{job.pairs} pairs, {len(job.texts)} texts, {n} distinct, {tokens}; "
        f"{len(times.engine)} rounds, median (min to max)",
        f"sgemm {_SIZE}^3: {_spread(times.gemm, '.0f')} GFLOP/s; "
        f"shaped as the model: {_spread(times.gemm_shaped, '.0f')} GFLOP/s",
        f"{'':24}{'pairs/s':>22}{'of pipeline':>22}{'of limit':>24}{'of shaped limit':>24}",
    ]
    for name, seconds, ratios in (
        ("pipeline, batch 32", times.pipeline, [1.0] * len(times.pipeline)),
        ("engine", times.engine, result.ratios),
    ):
        columns = (
            _spread([job.pairs / s for s in seconds], ".0f"),
            _spread(ratios, ".2f"),
            _spread(result.shares(times.gemm, seconds), ".0%"),
            _spread(result.shares(times.gemm_shaped, seconds), ".0%"),
        )
        lines.append(
            f"{name:24}"
            + "".join(f"{c:>{w}}" for c, w in zip(columns, (22, 22, 24, 24), strict=True))
        )
    lines.append(f"largest difference of a probability: {result.largest_difference:.1e}")
    return "\n".join(lines)


def _spread(values: list[float], form: str) -> str:
    median = statistics.median(values)
    return f"{median:{form}} ({min(values):{form}} to {max(values):{form}})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch-tokens", type=int, default=None)
    parser.add_argument("--cpu-time", action="store_true")
    options = parser.parse_args()
    if options.cpu_time:
        import torch

        torch.set_num_threads(1)
    clock = time.process_time if options.cpu_time else time.perf_counter
    result = measure(
        *minilm_pair(),
        make_job(options.pairs),
        options.rounds,
        batch_tokens=options.batch_tokens,
        clock=clock,
    )
    print(show(result))


if __name__ == "__main__":
    main()
