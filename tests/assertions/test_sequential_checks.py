"""Population checks that stop early: how much they score, and that nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness import (
    FairnessFailure,
    Pair,
    Verdict,
    assert_counterfactual_invariance,
    counterfactuals,
)
from pytest_fairness.assertions.sampling import draw
from pytest_fairness.models import load_model
from pytest_fairness.settings import Run, Settings, activate

SPACE = counterfactuals(
    "{name} holds a degree in {subject} from {city}.",
    vary="gender",
    slots={"subject": [f"subject {i}" for i in range(30)]},
)


class Counting:
    """A model of which a share of the texts of women gets another label, and that counts."""

    def __init__(self, rate):
        self.rate, self.texts = rate, 0

    def __call__(self, texts):
        self.texts += len(texts)
        return [0.9 if self.flips(text) else 0.2 for text in texts]

    def flips(self, text):
        woman = text.split()[0] in WOMEN
        return woman and (hash_of(text) % 10_000) < 10_000 * self.rate


WOMEN = {pair.original.split()[0] for pair in SPACE.sample(3000, seed=5)}


def hash_of(text):
    return int.from_bytes(text.encode(), "big") % 1_000_003


def outcome_of(*arguments, **options):
    try:
        return assert_counterfactual_invariance(*arguments, **options)
    except FairnessFailure as failure:
        return failure.outcome


@pytest.mark.parametrize(
    ("rate", "limit", "verdict"),
    [
        (0.0, 0.01, Verdict.PASS),
        (0.0, 0.05, Verdict.PASS),
        (1.0, 0.01, Verdict.FAIL),
        (0.3, 0.05, Verdict.FAIL),
    ],
)
def test_clear_models_cost_at_most_a_quarter_of_the_texts(rate, limit, verdict):
    """Against scoring 2,000 pairs and their placebo partners, of three texts each."""
    sample = draw(SPACE, 2000, 0)
    both = [*sample.pairs, *(p for p in sample.partners if p is not None)]
    all_texts = {text for pair in both for text in (pair.original, pair.variant)}
    model = Counting(rate)
    outcome = outcome_of(model, SPACE, max_flip_rate=limit)
    assert outcome.verdict is verdict
    assert outcome.evidence.planned_n == 2000
    assert outcome.evidence.n <= 500
    assert model.texts <= len(all_texts) / 4


def test_a_model_near_the_limit_is_scored_to_the_end():
    outcome = outcome_of(Counting(0.05), SPACE, max_flip_rate=0.05)
    assert outcome.evidence.n == outcome.evidence.planned_n == 2000
    assert outcome.evidence.required_n > 2000


def test_what_is_seen_is_the_beginning_of_the_draw():
    early = outcome_of(Counting(0.3), SPACE, max_flip_rate=0.05, seed=4)
    drawn = SPACE.sample(2000, seed=4)
    model = load_model(Counting(0.3))
    first = drawn[: early.evidence.n]
    labels = np.array(model.predict([t for p in first for t in (p.original, p.variant)]))
    assert early.evidence.estimate == np.mean(labels[::2] != labels[1::2])


@pytest.mark.parametrize("limit", ["max_flip_rate", "max_gap", "max_mean_shift", "max_excess"])
def test_the_same_seed_gives_the_same_outcome(limit):
    one, again = (outcome_of(Counting(0.1), SPACE, **{limit: 0.06}, seed=3) for _ in range(2))
    assert one == again


def test_a_whole_space_that_is_not_exhausted_keeps_its_bounds():
    """A space of 330 pairs may stop before its end; at its end it is exact."""
    small = counterfactuals(
        "{Pronoun} reads {n}.", vary="gender", slots={"n": [str(i) for i in range(330)]}
    )

    def rarely(texts):
        return [0.9 if "She" in t and t.endswith(" 7.") else 0.1 for t in texts]

    early = assert_counterfactual_invariance(rarely, small, max_flip_rate=0.1)
    assert early.evidence.n < 330
    assert early.evidence.population == early.evidence.planned_n == 330
    exact = assert_counterfactual_invariance(rarely, small, max_flip_rate=0.0031)
    assert exact.evidence.n == 330
    assert exact.evidence.interval.low == exact.evidence.interval.high == 1 / 330


def test_texts_and_lists_are_scored_in_full():
    """They are as many as there are, so that nothing is saved by looking early."""
    pairs = [
        Pair(f"She sings {i}.", f"He sings {i}.", groups=("female", "male"), attribute="gender")
        for i in range(500)
    ]
    outcome = assert_counterfactual_invariance(Counting(0), pairs, max_flip_rate=0.05)
    assert outcome.evidence.n == 500
    assert outcome.evidence.planned_n is None
    assert outcome.evidence.method == "Clopper-Pearson, exact"


def test_the_share_of_the_session_reaches_the_verdict():
    with activate(Run(Settings(), take_share=lambda: 0.001)):
        outcome = outcome_of(Counting(0.0), SPACE, max_flip_rate=0.05)
    assert outcome.share == 0.001
    assert outcome.passed
    assert "lower bound at error rate 5e-05" in outcome.evidence.method


def test_min_pairs_are_scored_before_a_verdict():
    outcome = outcome_of(Counting(1.0), SPACE, max_flip_rate=0.05, min_pairs=350)
    assert outcome.evidence.n == 350


@pytest.mark.parametrize(("limit", "least"), [("max_gap", 0.0), ("max_mean_shift", 0.0)])
def test_means_stop_early_too(limit, least):
    def slightly(texts):
        return [0.5 + 0.002 * (text.split()[0] in WOMEN) for text in texts]

    def clearly(texts):
        return [0.5 + 0.2 * (text.split()[0] in WOMEN) for text in texts]

    kept = outcome_of(slightly, SPACE, **{limit: 0.05})
    assert kept.verdict is Verdict.PASS
    assert kept.evidence.n <= 500
    assert kept.evidence.estimate == pytest.approx(0.002)
    broken = outcome_of(clearly, SPACE, **{limit: 0.05})
    assert broken.verdict is Verdict.FAIL
    assert broken.evidence.n <= 200
    assert broken.evidence.interval.low <= 0.2 <= broken.evidence.interval.high


def test_groups_that_were_never_drawn_are_no_pass():
    """Of 45 pairs of religions, a draw of ten pairs leaves most unseen."""
    space = counterfactuals("The {religion} neighbour is from {city}.", vary="religion")
    flat = outcome_of(lambda texts: [0.5] * len(texts), space, max_mean_shift=0.9, max_pairs=10)
    assert flat.verdict is Verdict.UNMEASURABLE
    assert flat.reason.startswith("No valid pairs of ")
