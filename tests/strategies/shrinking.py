"""Does a failing batch shrink to the minimal pair alone? Planted models, many seeds, brute force.

Run it with::

    python -m tests.strategies.shrinking --seeds 100

The minimal pair is found by going through the whole space, never by the order of a strategy: the
shortest original; then the fewest changed words; then the shortest variant.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator
from typing import NamedTuple

from hypothesis import HealthCheck, Phase, given, seed as with_seed, settings

from pytest_fairness import FairnessFailure, assert_counterfactual_invariance, load_model
from pytest_fairness.attributes import load_attribute
from pytest_fairness.perturb import Pair
from pytest_fairness.strategies import Counterfactuals, counterfactuals

_WHOLE = load_attribute("gender", "en")
GENDER = _WHOLE.keep({group: range(0, 48, 4) for group in _WHOLE.groups}, {})
SPACE = counterfactuals(
    "{name} led a team of {number}. {Pronoun} holds a degree in {subject}.",
    "{name} lives in {city}. {Pronoun} can start in {month}.",
    "{name} is a {occupation} in {city}.",
    vary=GENDER,
    slots={
        "city": ["Porto", "Lyon", "Oslo", "Windhoek"],
        "subject": ["history", "law", "physics"],
        "month": ["May", "June", "October"],
        "number": ["ten", "two"],
        "occupation": ["baker", "teacher", "plumber"],
    },
)
PLACES = ("Porto", "Windhoek", "history", "physics", "plumber", "October", "two", "teacher")
TRIGGERS = (*PLACES, *GENDER.terms("male", "name")[:4])


class Run(NamedTuple):
    """One search: what it reported, beside how many pairs, and what it asked the model."""

    pair: Pair
    batch: int
    texts: int
    calls: int


def size(pair: Pair) -> tuple[int, int, int]:
    """The order that decides which pair is minimal."""
    words = zip(pair.original.split(), pair.variant.split(), strict=True)
    return len(pair.original), sum(a != b for a, b in words), len(pair.variant)


def fails(trigger: str, pair: Pair) -> bool:
    """Whether the planted model tells the two texts apart."""
    return planted(trigger, pair.original) != planted(trigger, pair.variant)


def planted(trigger: str, text: str) -> float:
    """A score that moves with the gender of the pronoun or name, and only beside the trigger."""
    words = set(text.replace(".", " ").replace(",", " ").split())
    male = bool(words & {"He", "he", "his", "him"}) or bool(words & MALE)
    return 0.9 if trigger in words and male else 0.1


MALE = {pair.terms[1] for pair in SPACE}


def usable(space: Counterfactuals) -> list[str]:
    """The triggers that some pair of the space holds."""
    return [t for t in TRIGGERS if any(fails(t, pair) for pair in space)]


def search(trigger: str, seed: int, space: Counterfactuals = SPACE, most: int = 32) -> Run | None:
    """Search batches of up to `most` with one Hypothesis seed; None if nothing was found."""
    asked: list[int] = []
    batches: list[int] = []

    def model(texts: list[str]) -> list[float]:
        asked.append(len(texts))
        return [planted(trigger, text) for text in texts]

    loaded = load_model(model)

    @with_seed(seed)
    @settings(
        database=None,
        max_examples=400,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.target, Phase.shrink],
        print_blob=False,
    )
    @given(batch=space.batches(most))
    def check(batch: list[Pair]) -> None:
        batches.append(len(batch))
        assert_counterfactual_invariance(loaded, batch, tolerance=0.1)

    try:
        check()
    except FairnessFailure as failure:
        example = failure.outcome.examples[0]
        for_this = (p for p in space if (p.original, p.variant) == example.texts)
        return Run(next(for_this), batches[-1], sum(asked), len(asked))
    return None


def runs(
    seeds: int, space: Counterfactuals = SPACE, most: int = 32
) -> Iterator[tuple[bool, Run | None]]:
    """Whether each seed's batch is one minimal pair; the triggers take turns."""
    triggers = usable(space)
    best = {t: min(size(p) for p in space if fails(t, p)) for t in triggers}
    for seed in range(seeds):
        trigger = triggers[seed % len(triggers)]
        run = search(trigger, seed, space, most)
        yield run is not None and (run.batch, size(run.pair)) == (1, best[trigger]), run


def main() -> None:
    """Print the share of minimal pairs, and what the searches asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    results = list(runs(parser.parse_args().seeds))
    found = [run for _, run in results if run is not None]
    print(f"pairs in the space: {len(SPACE):,}; triggers: {', '.join(usable(SPACE))}")
    print(f"found {len(found)} of {len(results)}, minimal {sum(ok for ok, _ in results)}")
    print(f"texts scored, median: {statistics.median(run.texts for run in found):,}")
    print(f"model calls, median: {statistics.median(run.calls for run in found):,}")


if __name__ == "__main__":
    main()
