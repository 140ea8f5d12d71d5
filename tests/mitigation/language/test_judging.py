from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from pytest_fairness.mitigation.language.judging import (
    Measured,
    changed_words,
    pair_distance,
    perplexity_of,
    perplexity_rise,
    similarity_loss,
)
from pytest_fairness.models.likelihoods import LogLikelihoods
from pytest_fairness.outcome import Interval, Verdict
from tests.mitigation.language.conftest import pairs_about


class Says:
    """A language model with given log-likelihoods."""

    def __init__(self, totals, tokens):
        self.found = LogLikelihoods(np.array(totals), np.array(tokens), np.array(tokens) * 4)

    def log_likelihood(self, texts):
        return self.found


def test_perplexity_by_hand():
    """12 nats over 4 tokens are 3 a token."""
    assert perplexity_of(Says([-8.0, -4.0], [3, 1]), ["", ""]) == pytest.approx(math.exp(3))


def test_perplexity_rises_by_the_ratio_whatever_the_order_of_texts():
    """5 and 1 nats over 8 and 2 tokens are 0.6 nats a token."""
    before, after = Says([-10.0, -4.0], [8, 2]), Says([-15.0, -5.0], [8, 2])
    found = perplexity_rise(before, after, ["", ""], limit=0.5, alpha=0.05)
    assert found.estimate == pytest.approx(math.exp(0.6) - 1)
    assert found.verdict is Verdict.INCONCLUSIVE  # of two texts


def test_bounds_of_texts_of_one_length_are_student_s():
    rng = np.random.default_rng(0)
    rises = rng.normal(0.3, 1.0, 40)  # nats of texts with 10 tokens
    before = Says(np.full(40, -30.0), [10] * 40)
    after = Says(-30.0 - rises, [10] * 40)
    found = perplexity_rise(before, after, [""] * 40, limit=0.05, alpha=0.05)
    bounds = stats.ttest_1samp(rises / 10, 0).confidence_interval(0.9)
    assert np.log1p([found.interval.low, found.interval.high]) == pytest.approx(list(bounds))


def test_margins_are_held_by_simulation():
    """Of models that lost just the margin, about alpha are let through."""
    rng = np.random.default_rng(1)
    passed = 0
    for _ in range(1000):
        tokens = rng.integers(5, 30, 60)
        lost = tokens * math.log(1.05) + rng.normal(0, np.sqrt(tokens)) * 0.3
        before, after = Says(-3.0 * tokens, tokens), Says(-3.0 * tokens - lost, tokens)
        passed += perplexity_rise(before, after, [""] * 60, limit=0.05, alpha=0.05).passed
    assert 0.03 < passed / 1000 < 0.075


def test_moved_vectors_by_hand():
    """Cosines of 1 and 0: a mean distance of a half."""
    first, second = np.eye(2), np.array([[2.0, 0.0], [1.0, 0.0]])
    assert similarity_loss(first, second, limit=0.1, alpha=0.05).estimate == pytest.approx(0.5)


def test_pairs_are_measured_in_the_distance_of_other_texts():
    """Sides at a right angle, ordinary texts at 60 degrees: 1 over 0.5."""
    others = np.array([[1.0, 0.0], [0.5, math.sqrt(0.75)]])
    vectors = np.tile(np.eye(2), (6, 1))
    pairs = pairs_about([f"{{}} {i}" for i in range(6)])
    found = pair_distance(vectors, pairs, others, limit=0.5, alpha=0.05)
    assert found.estimate == pytest.approx(2)
    assert found.verdict is Verdict.FAIL
    assert found.n == 6


def test_pairs_of_one_template_count_as_one():
    rng = np.random.default_rng(2)
    frames = [f"{{}} {i}" for i in range(6)]
    once = rng.normal(size=(12, 5))
    others = rng.normal(size=(30, 5))
    found = [
        pair_distance(
            np.concatenate([once] * times),
            pairs_about(frames * times),
            others,
            limit=1,
            alpha=0.05,
        )
        for times in (1, 10)
    ]
    assert found[1].interval.high == pytest.approx(found[0].interval.high)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-1, 0.5, "pass"),
        (0.6, 0.7, "fail"),
        (0.4, 0.6, "inconclusive"),
        (math.nan, math.nan, "inconclusive"),
    ],
)
def test_verdicts(low, high, verdict):
    found = Measured("loss", 0.5, Interval(low, high, 0.95), limit=0.5, n=3)
    assert found.verdict.value == verdict
    assert found.passed is (verdict == "pass")


def test_changed_words_in_chinese():
    assert changed_words("他是护士", "她是护士") == ([(0, 1)], [(0, 1)])
