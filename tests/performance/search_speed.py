"""Pairs a second of Hypothesis: one pair an example, and batches, side by side in one run.

Run it on a quiet machine::

    python -m tests.performance.search_speed --pairs 600 --rounds 3
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from pytest_fairness import assert_counterfactual_invariance
from pytest_fairness.models import load_model
from pytest_fairness.models.quiet import quiet_transformers
from pytest_fairness.strategies import Counterfactuals, counterfactuals
from tests.models.builders import minilm_pair

SPACE = counterfactuals(
    "{name} works as a {occupation} in {city}. {Pronoun} starts in {month}.",
    "{name} holds a degree in {subject} and lives in {city}.",
    vary="gender",
)


def rate(model: Any, strategy: SearchStrategy[Any], examples: int) -> tuple[float, int]:
    """Return the distinct pairs a second, and how many there were; nothing is remembered before."""
    model.forget()
    seen = set()

    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def check(drawn: Any) -> None:
        seen.update(drawn if isinstance(drawn, list) else [drawn])
        assert_counterfactual_invariance(model, drawn, tolerance=1.0)

    start = time.perf_counter()
    check()
    return len(seen) / (time.perf_counter() - start), len(seen)


def compare(model: Any, space: Counterfactuals, pairs: int, rounds: int) -> list[float]:
    """Print the rates of each round; return how many times as fast batches were."""
    ratios = []
    for _ in range(rounds):
        single, n = rate(model, space.pairs(), pairs)
        batched, m = rate(model, space.batches(), max(2, pairs // 30))
        ratios.append(batched / single)
        print(
            f"one by one {single:7.0f} pairs/s ({n}), batches {batched:7.0f} pairs/s ({m}): "
            f"{ratios[-1]:.1f} times",
            flush=True,
        )
    return ratios


def main() -> None:
    """Print how many times as fast batches are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", type=Path, default=None, help="Default: MiniLM, untrained head")
    parser.add_argument("--device", default="cpu")
    said = parser.parse_args()
    with quiet_transformers():
        model = load_model(said.model or minilm_pair(), device=said.device)
    warm: Callable[[list[str]], Any] = model.predict
    warm(["warm up"])
    ratios = compare(model, SPACE, said.pairs, said.rounds)
    print(f"median: {statistics.median(ratios):.1f} times")


if __name__ == "__main__":
    main()
