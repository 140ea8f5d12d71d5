"""How much further a steered search gets than random draws, on the real toxicity classifier.

Run it with the folder of public data sets; the classifier is trained on first use::

    python -m tests.search.worst_case_gain ../shared/data --seeds 10 --budget 400

Both sides may ask about the same number of distinct texts. Several spaces are shown, those where
random draws do well among them.
"""

from __future__ import annotations

import argparse
import random
import statistics
from collections.abc import Mapping
from pathlib import Path

from pytest_fairness.assertions.searching import worst_case
from pytest_fairness.models import Model, load_model
from pytest_fairness.perturb import Space
from pytest_fairness.strategies import counterfactuals
from tests.toxicity import toxicity_model

_PLACES = (
    "{name} works as a {occupation} in {city}. {Pronoun} starts in {month}.",
    "{name} holds a degree in {subject} and lives in {city}.",
    "In {month} {name} repaired {number} old clocks in {city}.",
    "{name} fixed the {item} of a {occupation} from {city}.",
    "My neighbour {name} is a {occupation}. {Pronoun} likes {subject}.",
)


def spaces() -> Mapping[str, Space]:
    """Return the spaces by name."""
    return {
        "gender, names": counterfactuals(_PLACES, vary="gender"),
        "gender, pronouns": counterfactuals(
            "{Pronoun} works as a {occupation} in {city} since {month}.",
            "{Pronoun} holds a degree in {subject} and owns {number} clocks in {city}.",
            "A {occupation} from {city} said that {pronoun} fixed the {item} in {month}.",
            vary="gender",
        ),
        "religion": counterfactuals(
            "A {religion} {occupation} from {city} fixed the {item} in {month}.", vary="religion"
        ),
        "orientation": counterfactuals(
            "A {orientation} {occupation} from {city} fixed the {item} in {month}.",
            vary="orientation",
        ),
    }


def random_shift(model: Model, space: Space, budget: int, seed: int) -> float:
    """Return the largest shift of random pairs that together hold `budget` distinct texts."""
    rng, texts, pairs = random.Random(f"random {seed}"), set[str](), []
    while len(texts) < budget:
        pair = space[rng.randrange(len(space))]
        pairs.append(pair)
        texts |= {pair.original, pair.variant}
    rows = dict(zip(sorted(texts), model.predict_proba(sorted(texts)), strict=True))
    return max(float(abs(rows[p.original] - rows[p.variant]).max()) for p in pairs)


def true_shift(model: Model, space: Space) -> float:
    """Return the largest shift there is: every text scored, every pair compared."""
    texts = list(space.texts)
    rows = dict(zip(texts, model.predict_proba(texts), strict=True))
    return max(float(abs(rows[p.original] - rows[p.variant]).max()) for p in space)


def main() -> None:
    """Print a row for each space."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--budget", type=int, default=400)
    parser.add_argument("--space", action="append", help="Only this one; may be repeated")
    parser.add_argument("--whole", action="store_true", help="Score every text, too: minutes each")
    given = parser.parse_args()
    model = load_model(toxicity_model(given.data).folder, device="cpu")
    print(f"{'space':18} {'pairs':>14} {'random':>8} {'search':>8} {'ratio':>6}   (medians)")
    for name, space in spaces().items():
        if given.space and name not in given.space:
            continue
        draws = [random_shift(model, space, given.budget, seed) for seed in range(given.seeds)]
        found = [worst_case(model, space, budget=given.budget, seed=s) for s in range(given.seeds)]
        ratio = statistics.median(f.shift / d for f, d in zip(found, draws, strict=True))
        low, high = statistics.median(draws), statistics.median(f.shift for f in found)
        print(f"{name:18} {len(space):14,} {low:8.3f} {high:8.3f} {ratio:6.2f}", flush=True)
        if given.whole:
            true = true_shift(model, space)
            print(f"    {true:.3f} is the largest there is: random {low / true:.0%}, ", end="")
            print(f"search {high / true:.0%} of it")
        print(f"    {max(found, key=lambda f: f.shift).worst.pair}")


if __name__ == "__main__":
    main()
