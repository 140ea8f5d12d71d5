from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from pytest_fairness.mitigation.language.judging import (
    KeptLanguage,
    kept_perplexity,
    kept_similarity,
    perplexity_of,
)
from pytest_fairness.mitigation.language.kinds import EMBEDDERS, LANGUAGE_MODELS
from pytest_fairness.models.likelihoods import LogLikelihoods
from pytest_fairness.outcome import Interval, Verdict
from pytest_fairness.perturb import Pair


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
    found = kept_perplexity(before, after, ["", ""], margin=0.5, alpha=0.05)
    assert found.loss == pytest.approx(math.exp(0.6) - 1)
    assert found.after / found.before - 1 == pytest.approx(found.loss)
    assert found.verdict is Verdict.INCONCLUSIVE  # of two texts


def test_bounds_of_texts_of_one_length_are_student_s():
    rng = np.random.default_rng(0)
    rises = rng.normal(0.3, 1.0, 40)  # nats of texts with 10 tokens
    before = Says(np.full(40, -30.0), [10] * 40)
    after = Says(-30.0 - rises, [10] * 40)
    found = kept_perplexity(before, after, [""] * 40, margin=0.05, alpha=0.05)
    bounds = stats.ttest_1samp(rises / 10, 0).confidence_interval(0.9)
    ends = [-found.interval.high, -found.interval.low]
    assert np.log1p(ends) == pytest.approx(list(bounds))


def test_margins_are_held_by_simulation():
    """Of models that lost just the margin, about alpha are let through."""
    rng = np.random.default_rng(1)
    passed = 0
    for _ in range(1000):
        tokens = rng.integers(5, 30, 60)
        lost = tokens * math.log(1.05) + rng.normal(0, np.sqrt(tokens)) * 0.3
        before, after = Says(-3.0 * tokens, tokens), Says(-3.0 * tokens - lost, tokens)
        found = kept_perplexity(before, after, [""] * 60, margin=0.05, alpha=0.05)
        passed += found.verdict is Verdict.PASS
    assert 0.03 < passed / 1000 < 0.075


def test_moved_vectors_by_hand():
    """Cosines of 1 and 0: a mean distance of a half."""
    first, second = np.eye(2), np.array([[2.0, 0.0], [1.0, 0.0]])
    found = kept_similarity(first, second, margin=0.1, alpha=0.05)
    assert (found.loss, found.after) == (pytest.approx(0.5), pytest.approx(0.5))


@pytest.mark.parametrize("n", [5, 30, 100, 400])
def test_few_vectors_that_move_far_are_reckoned_with(n):
    """One text of 20 moves by 0.4, just the margin of 0.02 on average: Student's t let 78 % of
    five such texts through, which all stayed where they were.
    """
    rng, passed = np.random.default_rng(2), 0
    still = np.tile([1.0, 0.0], (n, 1))
    for _ in range(300):
        moved = still.copy()
        moved[rng.random(n) < 0.05] = [0.6, 0.8]
        found = kept_similarity(still, moved, margin=0.02, alpha=0.05)
        passed += found.verdict is Verdict.PASS
    assert passed / 300 < 0.05


def test_many_vectors_that_stay_are_kept():
    still = np.tile([1.0, 0.0], (200, 1))
    assert kept_similarity(still, still, margin=0.05, alpha=0.05).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.5, 1, "pass"),
        (-0.7, -0.6, "fail"),
        (-0.6, -0.4, "inconclusive"),
        (math.nan, math.nan, "inconclusive"),
    ],
)
def test_verdicts(low, high, verdict):
    kept = KeptLanguage("perplexity", 1, 2, 3, 0.5, Interval(low, high, 0.95), margin=0.5)
    assert kept.verdict.value == verdict


def test_texts_that_would_decide():
    """Half a width of 0.04 must shrink to the 0.02 to spare: half, so four times the texts."""

    def kept(loss, low):
        bounds = Interval(low, 1.0, 0.95)
        return KeptLanguage("perplexity", 1, 1, 100, loss, bounds, margin=0.05)

    assert kept(0.03, -0.07).rows_to_decide == pytest.approx(400, abs=1)
    assert kept(0.06, -0.1).rows_to_decide is None
    assert kept(0.0, math.nan).rows_to_decide is None
    assert "on 100 texts a loss of 7.0 % cannot be ruled out" in str(kept(0.03, -0.07))


def test_shifts_of_other_attributes_by_hand():
    """Of 2 and 1 bytes: |-4/2 - -3/1| = 1, and |-2/2 - -1/1| = 0. Cosines of 0 and 1: 1 and 0."""
    said = {"aa": -4.0, "b": -3.0, "cc": -2.0, "d": -1.0}
    pairs = [Pair(*two, groups=("x", "y"), attribute="of") for two in (("aa", "b"), ("cc", "d"))]

    class Model:
        def log_likelihood(self, texts):
            sizes = np.array([len(text) for text in texts])
            return LogLikelihoods(np.array([said[t] for t in texts]), sizes, sizes)

        def embed(self, texts):
            return np.array([[1.0, 0.0] if text != "b" else [0.0, 1.0] for text in texts])

    assert LANGUAGE_MODELS.shift(Model(), pairs) == pytest.approx(0.5)
    assert EMBEDDERS.shift(Model(), pairs) == pytest.approx(0.5)
