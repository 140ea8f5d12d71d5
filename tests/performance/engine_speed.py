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
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pytest_fairness.models import load_model
from pytest_fairness.models.quiet import quiet_transformers
from tests.models.builders import minilm_pair

Clock = Callable[[], float]
Run = Callable[[list[str]], Any]

DUPLICATES = 0.4
_SIZE = 2048  # of the square products that set the limit
_NARROW, _WIDE = 384, 1536  # of MiniLM's layers

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
class Result:
    """What one run measured, by contender and round.

    `gemm` holds the GFLOP/s of matrix products, square and shaped as the model's, around each run.
    """

    job: Job
    flops: float
    seconds: dict[str, list[float]] = field(default_factory=dict)
    gemm: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    moved: dict[str, float] = field(default_factory=dict)
    flips: dict[str, int] = field(default_factory=dict)

    def speeds(self, name: str) -> list[float]:
        """Pairs per second."""
        return [self.job.pairs / s for s in self.seconds[name]]

    def ratios(self, name: str) -> list[float]:
        """Pairs per second over those of the pipeline in the same round."""
        both = zip(self.seconds["pipeline"], self.seconds[name], strict=True)
        return [plain / own for plain, own in both]

    def shares(self, name: str, kind: int) -> list[float]:
        """Which part of the limit was reached: of square (0) or of shaped (1) products."""
        both = zip(self.gemm[name], self.seconds[name], strict=True)
        return [self.flops / s / (speed[kind] * 1e9) for speed, s in both]


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


def measure(job: Job, contenders: dict[str, Run], rounds: int, *, clock: Clock) -> dict[str, Any]:
    """Run every contender `rounds` times in turn; return seconds, GFLOP/s and last answers."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    gemm: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    answers = {}
    for _ in range(rounds):
        for name, run in contenders.items():
            before = _gemm_speeds(clock)
            start = clock()
            answers[name] = run(job.texts)
            seconds[name].append(clock() - start)
            after = _gemm_speeds(clock)
            gemm[name].append(((before[0] + after[0]) / 2, (before[1] + after[1]) / 2))
    return {"seconds": seconds, "gemm": gemm, "answers": answers}


def compare(
    build: Callable[[], tuple[Any, Any]],
    job: Job,
    rounds: int = 1,
    *,
    batch_tokens: int | None = None,
    bfloat16: bool = False,
    clock: Clock = time.perf_counter,
) -> Result:
    """Hold the engine against a pipeline over the module and tokenizer that `build` makes."""
    module, tokenizer = build()
    contenders = {
        "pipeline": _pipeline(module, tokenizer),
        "engine": _engine(module, tokenizer, batch_tokens=batch_tokens),
    }
    if bfloat16:
        contenders["bfloat16"] = _engine(*build(), batch_tokens=batch_tokens, dtype="bfloat16")
    measured = measure(job, contenders, rounds, clock=clock)
    lengths = [len(row) for row in tokenizer(job.distinct)["input_ids"]]
    answers = measured.pop("answers")
    plain = answers["pipeline"]
    return Result(
        job,
        count_flops(module, lengths),
        moved={name: float(np.abs(own - plain).max()) for name, own in answers.items()},
        flips={name: _flips(own, plain) for name, own in answers.items()},
        **measured,
    )


def _engine(module: Any, tokenizer: Any, **options: Any) -> Run:
    model = load_model((module, tokenizer), **options)

    def run(texts: list[str]) -> Any:
        model.forget()
        return model.predict_proba(texts)

    return run


def _pipeline(module: Any, tokenizer: Any) -> Run:
    from transformers import pipeline

    with quiet_transformers():
        plain = pipeline(
            "text-classification", model=module, tokenizer=tokenizer, device="cpu", top_k=None
        )
    labels = module.config.id2label.values()

    def run(texts: list[str]) -> Any:
        rows = [{e["label"]: e["score"] for e in row} for row in plain(texts, batch_size=32)]
        return np.array([[row[label] for label in labels] for row in rows])

    return run


def _flips(own: Any, plain: Any) -> int:
    return int((own.argmax(axis=1) != plain.argmax(axis=1)).sum())


def _gemm_speeds(clock: Clock) -> tuple[float, float]:
    shaped = [(_SIZE, _NARROW, _NARROW)] * 4 + [(_SIZE, _NARROW, _WIDE), (_SIZE, _WIDE, _NARROW)]
    square = gemm_speed([(_SIZE, _SIZE, _SIZE)], clock, repeats=4)
    return square, gemm_speed(shaped, clock, repeats=8)


def show(result: Result) -> str:
    """Return a small table: medians over rounds, with the smallest and the largest."""
    job, n = result.job, len(result.job.distinct)
    square, shaped = zip(*result.gemm["engine"], strict=True)
    return "\n".join(
        [
            f"{job.pairs} pairs, {len(job.texts)} texts, {n} distinct, "
            f"{result.flops / n / 1e6:.0f} MFLOP each; {len(square)} rounds, median (min to max)",
            f"sgemm {_SIZE}^3: {_spread(square, '.0f')} GFLOP/s; "
            f"shaped as MiniLM: {_spread(shaped, '.0f')} GFLOP/s",
            _row("", "pairs/s", "of pipeline", "of limit", "of shaped limit", "moved by, flips"),
            *(_line(result, name) for name in result.seconds),
        ]
    )


def _line(result: Result, name: str) -> str:
    return _row(
        name,
        _spread(result.speeds(name), ".0f"),
        _spread(result.ratios(name), ".2f"),
        _spread(result.shares(name, 0), ".0%"),
        _spread(result.shares(name, 1), ".0%"),
        f"{result.moved[name]:.0e}, {result.flips[name]}",
    )


def _row(name: str, *columns: str) -> str:
    return f"{name:10}" + "".join(f"{column:>22}" for column in columns)


def _spread(values: Sequence[float], form: str) -> str:
    median = statistics.median(values)
    return f"{median:{form}} ({min(values):{form}} to {max(values):{form}})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch-tokens", type=int, default=None)
    parser.add_argument("--bfloat16", action="store_true", help="run the engine in bfloat16 too")
    parser.add_argument("--cpu-time", action="store_true", help="processor time of one thread")
    options = parser.parse_args()
    if options.cpu_time:
        import torch

        torch.set_num_threads(1)
    result = compare(
        minilm_pair,
        make_job(options.pairs),
        options.rounds,
        batch_tokens=options.batch_tokens,
        bfloat16=options.bfloat16,
        clock=time.process_time if options.cpu_time else time.perf_counter,
    )
    print(show(result))


if __name__ == "__main__":
    main()
