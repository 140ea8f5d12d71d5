"""How fast text is written in batches, beside one text at a time and plain transformers.

Run it on a quiet machine, with the folder of a causal language model::

    python -m tests.performance.generation_speed FOLDER --prompts 32 --tokens 32

On a machine that others use too, ``--cpu-time`` counts the processor time of one thread instead.

All contenders write greedily after the same prompts. Tokens are counted in what they wrote, so that
a contender which stops early is not faster for it. ``transformers`` in one batch pads on the left,
as its manual says, and goes on until the last text has ended.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_fairness.models import load_model

_WHO = ("a nurse", "an engineer from Ghana", "a teacher in a small school near the sea", "a pilot")
_WHAT = (
    "Write one sentence about {}.",
    "Describe the morning of {} in a few words, and say what comes next.",
    "What does {} need most?",
    "Name three things that {} buys.",
)
Writer = Callable[[list[str]], list[str]]


@dataclass(frozen=True)
class Result:
    """Tokens a second of each contender in each round, and whose texts are those of the first."""

    speeds: dict[str, list[float]]
    agree: dict[str, float]

    def ratio(self, name: str, to: str) -> float:
        """Return how many times as fast `name` is as `to`: the median over rounds."""
        pairs = zip(self.speeds[name], self.speeds[to], strict=True)
        return statistics.median(a / b for a, b in pairs)


def make_prompts(n: int) -> list[str]:
    """Return `n` distinct prompts of different lengths."""
    texts = [what.format(who) for what in _WHAT for who in _WHO]
    return [f"{texts[i % len(texts)]} ({i // len(texts) + 1})" for i in range(n)]


def contenders(model: Any, tokens: int) -> dict[str, Writer]:
    """Return ways to write `tokens` tokens at most after each prompt, greedily."""

    def batched(prompts: list[str]) -> list[str]:
        rows = model.generate(prompts, temperature=0, max_new_tokens=tokens)
        return [row[0] for row in rows]

    def one_by_one(prompts: list[str]) -> list[str]:
        return [text for prompt in prompts for text in batched([prompt])]

    def plain(prompts: list[str]) -> list[str]:
        return [text for prompt in prompts for text in _by_transformers(model, [prompt], tokens)]

    def plain_batch(prompts: list[str]) -> list[str]:
        return _by_transformers(model, prompts, tokens)

    return {
        "transformers, one by one": plain,
        "ours, one by one": one_by_one,
        "transformers, one batch": plain_batch,
        "ours, batched": batched,
    }


def compare(
    model: Any, prompts: list[str], *, tokens: int, rounds: int = 1, cpu_time: bool = False
) -> Result:
    """Let each contender write after all prompts, round by round."""
    clock = time.thread_time if cpu_time else time.perf_counter
    writers = contenders(model, tokens)
    speeds: dict[str, list[float]] = {name: [] for name in writers}
    texts: dict[str, list[str]] = {}
    for writer in writers.values():
        writer(prompts[:2])  # warm up
    for _ in range(rounds):
        for name, writer in writers.items():
            start = clock()
            texts[name] = writer(prompts)
            seconds = clock() - start
            speeds[name].append(_tokens(model, texts[name]) / seconds)
    first = next(iter(texts.values()))
    agree = {
        name: statistics.mean(a == b for a, b in zip(found, first, strict=True))
        for name, found in texts.items()
    }
    return Result(speeds, agree)


def show(result: Result) -> str:
    """Return a table."""
    base = next(iter(result.speeds))
    lines = [f"{'':28}{'tokens/s':>10}{'ratio':>8}{'same text':>11}"]
    for name, found in result.speeds.items():
        speed, ratio = statistics.median(found), result.ratio(name, base)
        lines.append(f"{name:28}{speed:10.1f}{ratio:8.2f}{result.agree[name]:11.0%}")
    return "\n".join(lines)


def _by_transformers(model: Any, prompts: list[str], tokens: int) -> list[str]:
    import torch

    tokenizer = model.tokenizer
    framed = prompts
    if tokenizer.chat_template:
        framed = [
            tokenizer.apply_chat_template(
                [{"role": "user", "content": prompt}], tokenize=False, add_generation_prompt=True
            )
            for prompt in prompts
        ]
    inputs = tokenizer(
        framed,
        return_tensors="pt",
        padding=True,
        padding_side="left",
        add_special_tokens=not tokenizer.chat_template,
        return_token_type_ids=False,
    )
    with torch.inference_mode():
        written = model.module.generate(**inputs, do_sample=False, max_new_tokens=tokens)
    new = written[:, inputs["input_ids"].shape[1] :]
    return [str(text) for text in tokenizer.batch_decode(new, skip_special_tokens=True)]


def _tokens(model: Any, texts: list[str]) -> int:
    return sum(map(len, model.tokenizer(texts, add_special_tokens=False)["input_ids"]))


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--prompts", type=int, default=32)
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--cpu-time", action="store_true")
    options = parser.parse_args()
    result = compare(
        load_model(options.folder, task="text-generation"),
        make_prompts(options.prompts),
        tokens=options.tokens,
        rounds=options.rounds,
        cpu_time=options.cpu_time,
    )
    print(show(result))


if __name__ == "__main__":
    main()
