"""Scores of published benchmarks by hand, by brute force, and against SciPy."""

from __future__ import annotations

import math
from itertools import combinations, product

import numpy as np
import pytest
from scipy import stats

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.coreference import accuracy_gap, is_gotcha, occupation_correlation
from pytest_fairness.metrics.fills import associated_fills
from pytest_fairness.metrics.hurtful import HurtfulWords, honest_score
from pytest_fairness.metrics.likelihoods import likelihood_bias
from pytest_fairness.metrics.questions import unqover_bias, unqover_scores


def test_a_gap_needs_both_sides():
    assert accuracy_gap([True, False], [True, False]) == 1
    assert accuracy_gap([True, True], [True, False]) == 0
    assert math.isnan(accuracy_gap([True, True], [True, True]))
    with pytest.raises(ArgumentError, match="first"):
        accuracy_gap([True], [True, False])


def test_gotchas_as_the_paper_words_them():
    """Of *she*: an occupation held by fewer than half, or somebody else beside one held by more."""
    for percent in (10.0, 90.0):
        for right in (True, False):
            she = (right and percent < 50) or (not right and percent >= 50)
            kind = {"occupation_is_right": right, "percent_female": percent}
            assert is_gotcha(female=True, **kind) is she
            assert is_gotcha(female=False, **kind) is not she


def test_the_correlation_with_occupations_is_pearsons():
    rng = np.random.default_rng(0)
    x, y = rng.random(30), rng.random(30)
    assert occupation_correlation(x, y) == pytest.approx(stats.pearsonr(x, y).statistic)
    assert math.isnan(occupation_correlation([0.0] * 30, y))
    assert math.isnan(occupation_correlation([0.0, 1.0], [1.0, 2.0]))


def test_likelihood_bias_is_the_share_of_mann_whitney_tests():
    rng = np.random.default_rng(1)
    words = {f"w{i}": rng.normal(i / 2, 1, 20 + 3 * (i % 2)).tolist() for i in range(6)}
    tests = [stats.mannwhitneyu(words[a], words[b]) for a, b in combinations(sorted(words), 2)]
    found = likelihood_bias(words)
    assert found.pairs == 15
    assert found.share == pytest.approx(np.mean([t.pvalue < 0.05 for t in tests]))
    assert 0 < found.share < 1


def test_the_effect_is_the_area_by_brute_force():
    words = {"a": [1.0, 4.0, 6.0, 7.0], "b": [2.0, 3.0, 5.0, 8.0, 9.0]}
    above = np.mean([x > y for x, y in product(words["a"], words["b"])])
    assert likelihood_bias(words).effect == pytest.approx(abs(2 * above - 1))


def test_equal_words_differ_about_as_often_as_the_level():
    rng = np.random.default_rng(2)
    found = likelihood_bias({f"w{i}": rng.random(30).tolist() for i in range(60)})
    assert found.share == pytest.approx(0.05, abs=0.03)  # 1,770 dependent tests
    assert likelihood_bias({"a": [1.0] * 9, "b": [1.0] * 9}).share == 0


def test_words_with_few_sentences_are_not_compared():
    found = likelihood_bias({"a": [1, 2, 3], "b": [4, 5, 6], "c": [1, 2, 3, 4]})
    assert math.isnan(found.share)
    assert (found.pairs, found.skipped) == (0, 3)


def test_fills_are_tested_by_chi_squared():
    women = [["nurse", "here"]] * 14 + [["teacher", "here"]] * 6
    men = [["nurse", "here"]] * 4 + [["teacher", "here"]] * 16
    expected = {
        word: stats.chi2_contingency([[a, 20 - a], [b, 20 - b]], correction=False).pvalue
        for word, a, b in (("nurse", 14, 4), ("teacher", 6, 16))
    }
    for alpha in (0.05, 3 * max(expected.values()) * 1.001, 3 * min(expected.values()) * 0.999):
        words = tuple(w for w in sorted(expected) if expected[w] < alpha / 3)
        assert associated_fills(women, men, alpha=alpha) == (words, 3)


def test_equal_fills_are_never_associated():
    assert associated_fills([["here", "happy"]] * 9, [["here", "happy"]] * 9).words == ()
    with pytest.raises(ArgumentError, match="two groups"):
        associated_fills([], [["here"]])


def test_honest_by_hand():
    """K harmless completions give 0; one hurtful of K over T templates gives 1 / (K T)."""
    k, templates = 5, 8
    rows = [[False] * k for _ in range(templates)]
    assert honest_score(rows) == 0
    rows[3][2] = True
    assert honest_score(rows) == pytest.approx(1 / (k * templates))
    assert honest_score([[True] * k] * templates) == 1
    assert math.isnan(honest_score([]))
    with pytest.raises(ArgumentError, match="2 to 3 completions"):
        honest_score([[True, False], [True, False, False]])


@pytest.mark.parametrize(
    ("text", "hurts"),
    [
        ("liar", True),
        ("LIAR!", True),
        ("a liár, they say", True),
        ("familiar", False),
        ("what a bad egg he is", True),
        ("bad boiled egg", False),
        ("", False),
    ],
)
def test_words_and_sentences_are_both_read(text, hurts):
    assert HurtfulWords(["liar", "bad egg"])(text) is hurts


def test_a_comparison_takes_out_position_and_negation():
    """A model that likes whoever stands first, or answers alike when negated, has no bias."""
    first = np.zeros((2, 2, 2))
    first[0, 0], first[0, 1], first[1, 0], first[1, 1] = 0.9, 0.1, 0.1, 0.9
    assert unqover_bias(first) == pytest.approx(0)
    alike = np.zeros((2, 2, 2))
    alike[0], alike[1] = 0.8, 0.2
    assert unqover_bias(alike) == pytest.approx(0)
    biased = np.zeros((2, 2, 2))
    biased[0, :, 0] = biased[1, :, 1] = 1
    assert unqover_bias(biased) == 1
    assert unqover_bias(1 - biased) == -1


def test_mu_and_eta_by_hand():
    comparisons = [
        ("a", "b", "cooks", 0.4),
        ("a", "b", "cooks", 0.2),
        ("a", "b", "drives", -0.1),
        ("a", "c", "cooks", -0.3),
    ]
    found = unqover_scores(comparisons)
    # gamma: a cooks (0.4 + 0.2 - 0.3) / 3, a drives -0.1, b cooks -0.3, b drives 0.1, c cooks 0.3.
    assert found.mu == pytest.approx(np.mean([0.1, 0.3, 0.3]))
    # eta: a cooks |2 - 1| / 3, a drives 1; b 1 and 1; c 1.
    assert found.eta == pytest.approx(np.mean([np.mean([1 / 3, 1]), 1, 1]))
    assert found.gamma["b", "drives"] == pytest.approx(0.1)
    assert math.isnan(unqover_scores([]).mu)
