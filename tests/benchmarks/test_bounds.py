"""Numbers of benchmarks that are no means: their bounds, and detectors that answer all alike."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from pytest_fairness import FairnessFailure, assert_association, assert_benchmark, load_model
from pytest_fairness.assertions.benchmark_bounds import judge_parts
from pytest_fairness.assertions.checks import Levels
from pytest_fairness.benchmarks import BENCHMARKS, Number
from pytest_fairness.benchmarks.associations import read_weat
from pytest_fairness.benchmarks.base import Area, Sides
from pytest_fairness.outcome import Verdict

LEVELS = Levels(0.05, 1.0)


def outcome_of(*args, **options):
    try:
        return assert_benchmark(*args, **options)
    except FairnessFailure as failure:
        return failure.outcome


def detector(function):
    return load_model(function, labels=["no", "hateful"])


def coin(seed):
    """A detector that is blind to groups: each text gets a number of its own."""

    def scores(texts):
        return [np.random.default_rng([seed, zlib.crc32(t.encode())]).random() for t in texts]

    return detector(scores)


def vectors(seed):
    def embed(texts):
        seeds = ([seed, zlib.crc32(t.encode())] for t in texts)
        return np.array([np.random.default_rng(s).normal(size=50) for s in seeds])

    return embed


def test_a_coin_that_is_blind_to_groups_does_not_fail_on_drawn_items(shared_data):
    options = {"folder": shared_data / "hatecheck_en", "max_deviation": 0.3}
    few = [outcome_of(coin(s), "hatecheck", limit=300, seed=s, **options) for s in range(4)]
    assert {o.verdict for o in few} <= {Verdict.INCONCLUSIVE, Verdict.PASS}
    assert all(o.evidence.interval.high > o.evidence.interval.low for o in few)
    assert outcome_of(coin(0), "hatecheck", **options).verdict is Verdict.PASS


def test_a_detector_that_misses_one_target_fails(shared_data):
    blind = detector(lambda texts: [0.1 if "women" in t.lower() else 0.9 for t in texts])
    folder = shared_data / "hatecheck_en"
    found = outcome_of(blind, "hatecheck", folder=folder, max_deviation=0.3)
    assert found.verdict is Verdict.FAIL
    assert found.evidence.interval.low > 0.3
    assert found.evidence.deciding.first == "women"


@pytest.mark.parametrize(
    ("name", "folder"),
    [("cold", "cold_zh"), ("unintended_bias", "unintended_bias"), ("hatecheck", "hatecheck_en")],
)
def test_a_handful_of_items_is_no_pass(shared_data, name, folder):
    right = {c.text: float(c.positive) for c in BENCHMARKS[name].read(shared_data / folder)}
    perfect = detector(lambda texts: [right[t] for t in texts])
    options = {"folder": shared_data / folder, "max_deviation": 0.1}
    for limit in (1, 12):
        verdict = outcome_of(perfect, name, limit=limit, **options).verdict
        assert verdict in (Verdict.INCONCLUSIVE, Verdict.UNMEASURABLE)


def test_templates_are_drawn_with_all_their_targets(shared_data):
    asked = []

    def scores(texts):
        asked.extend(texts)
        return [0.9] * len(texts)

    folder = shared_data / "hatecheck_en"
    outcome_of(detector(scores), "hatecheck", folder=folder, max_deviation=0.3, limit=60)
    known = {c.text: c for c in BENCHMARKS["hatecheck"].read(folder)}
    drawn = {known[text].template for text in asked if known[text].group}
    whole = [t for t, c in known.items() if c.template in drawn and c.group]
    assert set(whole) <= set(asked)


@pytest.mark.parametrize("score", [0.1, 0.9])
@pytest.mark.parametrize(("name", "folder"), [("cold", "cold_zh"), ("hatecheck", "hatecheck_en")])
def test_a_detector_that_answers_all_alike_is_told(shared_data, name, folder, score):
    same = detector(lambda texts: [score] * len(texts))
    found = outcome_of(same, name, folder=shared_data / folder, max_deviation=0.1)
    which = "all" if score > 0.5 else "none"
    assert found.evidence.notes[0].startswith(f"The detector flags {which} of the")
    assert "look at its accuracy" in found.evidence.notes[0]


def test_random_vectors_do_not_fail_weat(shared_data):
    options = {"folder": shared_data / "weat", "max_deviation": 0.5}
    found = [outcome_of(vectors(seed), "weat", **options) for seed in range(2)]
    assert all(o.verdict is Verdict.INCONCLUSIVE for o in found)
    assert all(o.evidence.interval.low <= 0.5 < o.evidence.interval.high for o in found)


def test_weat_as_a_gate_agrees_with_the_assertion(shared_data):
    folder = shared_data / "weat"
    for test in read_weat(folder)[:3]:
        gate = outcome_of(
            vectors(1), "weat", folder=folder, max_deviation=0.4, category=test.name, seed=3
        )
        try:
            own = assert_association(vectors(1), *test.sets, max_effect_size=0.4, seed=3)
        except FairnessFailure as failure:
            own = failure.outcome
        assert gate.verdict is own.verdict
        assert gate.evidence.estimate == pytest.approx(own.evidence.estimate)
        assert gate.evidence.interval.low == pytest.approx(own.evidence.interval.low)
        assert gate.evidence.interval.high == pytest.approx(own.evidence.interval.high)


def test_effects_that_are_recorded_alone_have_no_bounds(shared_data):
    answers = [[0.1, 0.5]] * 10
    options = {"folder": shared_data / "weat", "max_deviation": 0.2}
    found = outcome_of(None, "weat", answers=answers, **options)
    assert found.verdict is Verdict.UNMEASURABLE
    assert "associations" in found.reason


def test_what_nothing_bounds_is_a_full_count_or_nothing():
    number = Number("eta", 0.05, 0.0, 40)
    full = judge_parts(number, 0.1, LEVELS, 0, drawn=False)
    assert full.verdict is Verdict.PASS
    assert full.evidence.notes == (
        "A full count: it speaks of these 40 items alone, and of no other ones like them.",
    )
    drawn = judge_parts(number, 0.1, LEVELS, 0, drawn=True)
    assert drawn.verdict is Verdict.UNMEASURABLE
    assert "Leave out limit=" in drawn.reason


def test_bounds_of_gaps_and_areas_hold_at_their_limit():
    """Where the truth lies at the limit, at most about alpha of the draws give a verdict."""
    rng = np.random.default_rng(0)
    verdicts = {"gap": [], "area": []}
    for _ in range(40):
        sides = {
            g: tuple((rng.random(60) < p).astype(float))
            for g, p in dict.fromkeys("abc", 0.5).items()
        }
        gap = Number("error_gap", 0.1, 0.0, 180, basis=Sides(sides, least=0.0, most=1.0))
        verdicts["gap"].append(judge_parts(gap, 0.0, LEVELS, 0, drawn=True).verdict)
        # templates of five sentences that share their score: P(low > high) is one half
        high, low = (np.repeat(rng.random(12), 5) for _ in range(2))
        labels = tuple(np.repeat([f"t{i}" for i in range(12)], 5))
        area = Area(tuple(high), tuple(low), labels, labels)
        number = Number("auc", 0.5, 1.0, 120, basis=area)
        verdicts["area"].append(judge_parts(number, 0.5, LEVELS, 0, drawn=True).verdict)
    assert np.mean([v is Verdict.FAIL for v in verdicts["gap"]]) <= 0.1
    for wanted in (Verdict.FAIL, Verdict.PASS):
        assert np.mean([v is wanted for v in verdicts["area"]]) <= 0.1
