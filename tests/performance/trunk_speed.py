"""How much faster an epoch is when what does not learn is computed once, beside the plain loop.

Run it on a quiet machine, with the folder of a text classifier and a CSV with ``text,label``::

    python -m tests.performance.trunk_speed MODEL ROWS --rows 512 --rounds 3

On a machine that others use too, ``--cpu-time`` counts the processor time of one thread instead.
Both loops train copies of the same model on the same batches with the same optimiser; the plain
one freezes the same weights, as a user does who sets ``requires_grad_(False)``, and passes every
batch through the whole model. Dropout is off in both, so that the losses of both must agree step by
step: the kept trunk's last layer works out the first token alone, and would draw other numbers for
it. The last columns are what the frozen part costs once, before the first epoch, and how far apart
the losses were.

Measured with ``--rows 128 --rounds 3 --cpu-time`` on tweets: times as fast, with losses at most
1.2e-7 apart.

=============  ==================  =====================
what learns    MiniLM, 6 layers    E5-small, 12 layers
=============  ==================  =====================
head           103                 186
top layer      8.3                 14
two layers     2.5                 3.7
upper half     1.7                 1.5
=============  ==================  =====================

While the last layer worked out all tokens, the top layer of MiniLM was 2.7 times as fast and two
layers 1.7 times: a step through a top layer counts three passes, and the plain loop of *n* layers
n + 2, so that (n + 2) / 3 was the bound.

Every round runs both, in an order that turns from round to round, so that a machine that slows
down slows both of them.
"""

from __future__ import annotations

import argparse
import copy
import csv
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_fairness.mitigation.bank import Bank
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.layers import blocks_of, resting, trainable
from pytest_fairness.mitigation.vehicles import frozen_parts, mount

Row = tuple[str, int]
BATCH_SIZE = 32
CONTENDERS = ("plain loop", "kept trunk")


@dataclass
class Result:
    """Seconds of each epoch by job and contender, and how far apart the losses were."""

    rows: int
    seconds: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    once: dict[str, float] = field(default_factory=dict)
    moved: dict[str, float] = field(default_factory=dict)
    learning: dict[str, int] = field(default_factory=dict)

    def ratios(self, job: str) -> list[float]:
        """How many times as fast an epoch was with the trunk kept, by round."""
        times = self.seconds[job]
        return [b / a for a, b in zip(times["kept trunk"], times["plain loop"], strict=True)]


def make_jobs(model: Any) -> dict[str, MitigationConfig]:
    """Return what learns: the head; or the head and one layer, two, or the upper half."""
    n = len(blocks_of(model))
    return {
        "head": MitigationConfig(method="head"),
        "top layer": MitigationConfig(freeze_layers=n - 1),
        "two layers": MitigationConfig(freeze_layers=n - 2),
        "upper half": MitigationConfig(freeze_layers=n // 2),
    }


def compare(
    model: Any,
    tokenizer: Any,
    rows: Sequence[Row],
    *,
    rounds: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> Result:
    """Time an epoch of every job both ways, and compare the losses of all steps."""
    result = Result(len(rows))
    for job, config in make_jobs(model).items():
        times: dict[str, list[float]] = {name: [] for name in CONTENDERS}
        result.moved[job] = 0.0
        for turn in range(rounds):
            losses = {}
            for name in CONTENDERS[:: 1 if turn % 2 == 0 else -1]:
                keep = name == "kept trunk"
                run = _Run(copy.deepcopy(model), tokenizer, rows, config, keep)
                start = clock()
                run.prepare()
                prepared = clock()
                losses[name] = run.epoch(seed=turn)
                times[name].append(clock() - prepared)
                if keep:
                    result.once[job] = prepared - start
                    result.learning[job] = run.learning
            apart = [abs(a - b) for a, b in zip(*losses.values(), strict=True)]
            result.moved[job] = max(result.moved[job], *apart)
        result.seconds[job] = times
    return result


class _Run:
    """One copy of the model, ready to learn with or without its trunk kept."""

    def __init__(
        self, model: Any, tokenizer: Any, rows: Sequence[Row], config: MitigationConfig, keep: bool
    ) -> None:
        self._model, self._rows, self._keep = _without_dropout(model).eval(), rows, keep
        self._bank = Bank([text for text, _ in rows], tokenizer, config)
        self._frozen = frozen_parts(model, config)
        self._model = mount(model, tokenizer, self._frozen, config)
        self.learning = sum(weight.numel() for weight in trainable(self._model).values())

    def prepare(self) -> None:
        if self._keep:
            self._bank.prepare(self._model, self._frozen)

    def epoch(self, seed: int) -> list[float]:
        import torch
        from torch.nn import functional

        optimizer = torch.optim.AdamW(trainable(self._model).values(), lr=5e-5)
        self._model.train()
        for part in resting(self._model, self._frozen):
            part.eval()
        losses = []
        torch.manual_seed(seed)
        for batch in _batches(self._rows, seed):
            numbers = self._bank.numbers([text for text, _ in batch])
            logits = self._bank.forward(self._model, self._bank.batch(numbers))
            loss = functional.cross_entropy(logits, torch.tensor([label for _, label in batch]))
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            losses.append(float(loss.detach()))
        return losses


def _without_dropout(model: Any) -> Any:
    from torch import nn

    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return model


def _batches(rows: Sequence[Row], seed: int) -> list[list[Row]]:
    """Every row once, in batches of rows of similar length, which both loops get alike."""
    rng = random.Random(seed)
    ordered = sorted(rng.sample(list(rows), len(rows)), key=lambda row: len(row[0]))
    cut = [ordered[i : i + BATCH_SIZE] for i in range(0, len(ordered), BATCH_SIZE)]
    return rng.sample(cut, len(cut))


def show(result: Result) -> str:
    """Return a table: rows a second both ways, the ratio with its range, and what it costs once."""
    lines = [
        f"{result.rows} rows an epoch; median (least to most) over rounds",
        f"{'what learns':<12} {'weights':>10} {'plain rows/s':>13} {'kept rows/s':>12} "
        f"{'times as fast':>24} {'once (s)':>9} {'losses apart':>13}",
    ]
    for job, times in result.seconds.items():
        plain, kept = (result.rows / statistics.median(times[name]) for name in CONTENDERS)
        found = result.ratios(job)
        spread = f"{statistics.median(found):.1f} ({min(found):.1f} to {max(found):.1f})"
        lines.append(
            f"{job:<12} {result.learning[job]:>10,} {plain:>13.0f} {kept:>12.0f} "
            f"{spread:>24} {result.once[job]:>9.2f} {result.moved[job]:>13.1e}"
        )
    return "\n".join(lines)


def read(path: str | Path, n: int) -> list[Row]:
    """Return the first rows of a CSV; labels are numbered in alphabetical order."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        found = [(row["text"], row["label"]) for row in csv.DictReader(file)]
    number = {label: i for i, label in enumerate(sorted({label for _, label in found}))}
    return [(text, number[label]) for text, label in found[:n]]


def main() -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="folder of a text classifier")
    parser.add_argument("rows", help="CSV with the columns text and label")
    parser.add_argument("--rows", dest="count", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cpu-time", action="store_true")
    options = parser.parse_args()
    clock = time.perf_counter
    if options.cpu_time:
        torch.set_num_threads(1)
        clock = time.thread_time
    model = AutoModelForSequenceClassification.from_pretrained(options.model)
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    rows = read(options.rows, options.count)
    print(show(compare(model, tokenizer, rows, rounds=options.rounds, clock=clock)))


if __name__ == "__main__":
    main()
