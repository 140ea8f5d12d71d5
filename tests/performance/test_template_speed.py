"""How many template fillings one core makes in a second: a pair is two of them."""

from __future__ import annotations

import time

import pytest

from pytest_fairness import counterfactuals

SPACES = {
    "one person": (
        "{name} led a team of {number} for three years. {Pronoun} {verb:holds} a degree in "
        "{subject}.",
        "gender",
    ),
    "five slots": (
        "{name} from {city} works as an {occupation} in {month}, said {possessive} {relative}.",
        "gender",
    ),
    "two persons": ("{a.name} told {b.name} that {a.pronoun} {a.is} late in {city}.", "gender"),
    "beliefs": ("A {religion} neighbour from {city} fixed my {item}.", "religion"),
    "two attributes": (
        "{Name} is a {religion} {occupation}. {Pronoun} {is} tall.",
        "gender + religion",
    ),
}


def fillings_per_second(template: str, vary: str, pairs: int, rounds: int = 3) -> float:
    """Return the best of some rounds, in processor time: the machine may have other work."""
    space = counterfactuals(template, vary=vary)
    seconds = []
    for seed in range(rounds):
        start = time.process_time()
        drawn = space.sample(pairs, seed)
        seconds.append((time.process_time() - start) / len(drawn))
    return 2 / min(seconds)


@pytest.mark.parametrize("kind", SPACES)
def test_fillings_are_no_bottleneck(kind):
    """A generous limit, for any machine under any load."""
    assert fillings_per_second(*SPACES[kind], pairs=1000) > 10_000


@pytest.mark.benchmark
def test_fifty_thousand_fillings_a_second():
    rates = {kind: fillings_per_second(*build, pairs=20_000) for kind, build in SPACES.items()}
    print(
        "\n" + "\n".join(f"{kind}: {rate:,.0f} fillings a second" for kind, rate in rates.items())
    )
    assert min(rates.values()) > 50_000
