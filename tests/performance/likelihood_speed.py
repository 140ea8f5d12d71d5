"""How fast likelihoods are scored, beside plain loops and lm-evaluation-harness.

Run it on a quiet machine, with the folder of a causal language model::

    python -m tests.performance.likelihood_speed MODEL --pairs 60 --rounds 3

On a machine that others use too, ``--cpu-time`` counts the processor time of one thread instead.
With ``lm-eval`` installed in the same environment its HF backend joins in. Two jobs are timed:
sentence pairs that differ early (the two of a pair share nothing, though those of several pairs
start alike, as texts of one template do), and pairs that end one context in two ways. The row "no
reuse" is what batches alone gain: what to expect of texts that share no start at all.
Every round runs every contender over the same items, in an order that turns from round to round,
so that a machine that slows down slows all of them.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pytest_fairness.models import load_model
from pytest_fairness.models.boundaries import encode

Item = tuple[str, str]
Score = Callable[[list[Item]], Any]

_WHO = ("nurse", "engineer", "teacher", "carpenter", "manager", "cashier", "baker", "judge")
_DID = (
    "kept the books of {n} small shops for three years",
    "led a team of {n} people before moving to the north",
    "wrote {n} reports on soil chemistry and the care of old bridges",
    "ran a workshop on safety at work for {n} people in spring",
)
_STORY = (
    "The {who} {did}. Everyone who worked there remembers the long evenings, the cold hall and the "
    "letters that came from the ministry. At the end of the second year the city asked for a new "
    "plan, and the {who} was the one to write it. The office said that"
)
_ENDS = (" she had done it well.", " he had done it well.")


@dataclass
class Result:
    """Seconds of each run by job and contender, and how far scores are from the plain loop's."""

    pairs: int
    seconds: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    moved: dict[str, dict[str, float]] = field(default_factory=dict)

    def ratios(self, job: str, name: str, base: str) -> list[float]:
        """How many times as fast `name` was as `base`, by round."""
        times = self.seconds[job]
        return [b / a for a, b in zip(times[name], times[base], strict=True)]


def make_jobs(pairs: int) -> dict[str, list[Item]]:
    """Return the items of both jobs, the two sides of a pair in turn."""
    rows = [
        (_WHO[i % len(_WHO)], _DID[i // len(_WHO) % len(_DID)].format(n=i + 2))
        for i in range(pairs)
    ]
    sentences = [("", f"{s} was a {who} who {did}.") for who, did in rows for s in ("She", "He")]
    stories = [(_STORY.format(who=who, did=did), end) for who, did in rows for end in _ENDS]
    return {"sentences": sentences, "shared context": stories}


def plain_loop(model: Any) -> Score:
    """Score one item a call, with the logits of all its tokens: the loop that everyone writes."""
    import torch

    def score(items: list[Item]) -> Any:
        found = []
        for row in encode(model.tokenizer, items):
            ids = torch.tensor([row.ids], device=model.module.device)
            with torch.inference_mode():
                logs = model.module(input_ids=ids).logits[0, :-1].float().log_softmax(-1)
            chosen = logs.gather(1, ids[0, 1:, None])[row.first - 1 :, 0]
            found.append(float(chosen.sum()))
        return np.asarray(found)

    return score


def ours(model: Any, *, reuse: bool) -> Score:
    """Score by the engine, with shared starts computed once or not."""

    def score(items: list[Item]) -> Any:
        model.forget()
        model._reuses = model._branches = reuse
        return model.log_likelihood([t for _, t in items], contexts=[c for c, _ in items]).total

    return score


def harness(model: Any, batch_size: int) -> Score | None:
    """Score by the HF backend of lm-evaluation-harness; None where it is not installed."""
    try:
        from lm_eval.api.instance import Instance
        from lm_eval.models.huggingface import HFLM
    except ImportError:
        return None
    lm = HFLM(pretrained=model.module, tokenizer=model.tokenizer, batch_size=batch_size)

    def score(items: list[Item]) -> Any:
        asked = [
            Instance(request_type="loglikelihood", doc={}, arguments=item, idx=i)
            for i, item in enumerate(items)
        ]
        return np.asarray([total for total, _ in lm.loglikelihood(asked, disable_tqdm=True)])

    return score


def compare(
    model: Any,
    jobs: dict[str, list[Item]],
    *,
    rounds: int = 1,
    harness_sizes: Sequence[int] = (8, 32),
    clock: Callable[[], float] = time.perf_counter,
) -> Result:
    """Time every contender on every job, and compare its scores with those of the plain loop."""
    contenders: dict[str, Score] = {
        "plain loop": plain_loop(model),
        "no reuse": ours(model, reuse=False),
        "ours": ours(model, reuse=True),
    }
    for size in harness_sizes:
        backend = harness(model, size)
        if backend is not None:
            contenders[f"lm-eval {size}"] = backend
    result = Result(len(next(iter(jobs.values()))) // 2)
    for job, items in jobs.items():
        scores: dict[str, Any] = {}
        times: dict[str, list[float]] = {name: [] for name in contenders}
        for turn in range(rounds):
            names = list(contenders)
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                start = clock()
                scores[name] = contenders[name](items)
                times[name].append(clock() - start)
        result.seconds[job] = times
        base = scores["plain loop"]
        result.moved[job] = {name: float(np.abs(s - base).max()) for name, s in scores.items()}
    return result


def show(result: Result) -> str:
    """Return a table: pairs a second, and ratios by round with their range."""
    lines = [f"{result.pairs} pairs; median (least to most) over rounds"]
    for job, times in result.seconds.items():
        lines.append(f"\n{job:<16} {'pairs/s':>8} {'times plain loop':>24} {'moved (nats)':>14}")
        for name, seconds in times.items():
            found = result.ratios(job, name, "plain loop")
            spread = f"{statistics.median(found):.2f} ({min(found):.2f} to {max(found):.2f})"
            speed = result.pairs / statistics.median(seconds)
            lines.append(
                f"  {name:<14} {speed:>8.2f} {spread:>24} {result.moved[job][name]:>14.1e}"
            )
        for base in [name for name in times if name not in ("ours", "plain loop")]:
            found = result.ratios(job, "ours", base)
            lines.append(
                f"  ours over {base}: {statistics.median(found):.2f} "
                f"({min(found):.2f} to {max(found):.2f})"
            )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="folder of a causal language model")
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device")
    parser.add_argument("--dtype")
    parser.add_argument("--cpu-time", action="store_true")
    parser.add_argument("--job", choices=list(make_jobs(1)), action="append", help="Default: both")
    options = parser.parse_args()
    where = {"device": options.device, "dtype": options.dtype}
    model = load_model(options.model, task="text-generation", **where)
    clock = time.perf_counter
    if options.cpu_time:
        import torch

        torch.set_num_threads(1)
        clock = time.thread_time
    jobs = {k: v for k, v in make_jobs(options.pairs).items() if k in (options.job or [k])}
    print(show(compare(model, jobs, rounds=options.rounds, clock=clock)))


if __name__ == "__main__":
    main()
