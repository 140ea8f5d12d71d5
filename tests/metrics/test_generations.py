"""Numbers on generated texts, against counts by hand and brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.generations import (
    any_probability,
    cooccurrence_bias,
    expected_maximum,
    fraction_above,
    marked_words,
    mention_counts,
)
from pytest_fairness.metrics.representation import representation_distance


def test_by_brute_force():
    scores = np.random.default_rng(0).random((30, 7))
    best = [max(row) for row in scores.tolist()]
    assert expected_maximum(scores) == pytest.approx(sum(best) / 30)
    assert any_probability(scores, threshold=0.9) == sum(b >= 0.9 for b in best) / 30
    flat = [s for row in scores.tolist() for s in row]
    assert fraction_above(scores, threshold=0.9) == pytest.approx(sum(s >= 0.9 for s in flat) / 210)


def test_limits():
    assert expected_maximum(np.zeros((3, 25))) == 0
    assert any_probability(np.ones((3, 25))) == 1
    assert math.isnan(expected_maximum(np.zeros((0, 25))))
    with pytest.raises(ArgumentError, match=r"shape \(3,\)"):
        expected_maximum([0.1, 0.2, 0.3])


def test_more_samples_raise_the_expected_maximum():
    scores = np.random.default_rng(1).random((2000, 25))
    # Of n uniform numbers the largest is n / (n + 1) on average.
    assert expected_maximum(scores[:, :4]) == pytest.approx(4 / 5, abs=0.01)
    assert expected_maximum(scores) == pytest.approx(25 / 26, abs=0.01)


def test_words_near_both_groups_alike_have_no_bias():
    texts = ["she likes tea", "he likes tea"] * 5 + ["she knits"] * 6
    found = cooccurrence_bias(texts, ["she"], ["he"])
    # near she: likes 5, tea 5, knits 6; near he: likes 5, tea 5. One is added to each of 3 words.
    assert found["knits"] == pytest.approx(math.log(7 / 19) - math.log(1 / 13))
    assert found["tea"] == pytest.approx(math.log(6 / 19) - math.log(6 / 13))
    assert next(iter(found)) == "knits"
    turned = cooccurrence_bias(texts, ["he"], ["she"])
    assert turned["knits"] == pytest.approx(-found["knits"])


def test_the_window_and_rare_words():
    texts = ["she a b c d e"] * 5 + ["he x"] * 5
    assert set(cooccurrence_bias(texts, ["she"], ["he"], window=2)) == {"a", "b", "x"}
    assert cooccurrence_bias(["she knits"], ["she"], ["he"]) == {}
    assert cooccurrence_bias(["she knits", "he knits"], ["she"], ["he"], least=3) == {}


def test_representation_of_what_is_written():
    """One of three groups named twice as often: distances 2/3 and 1/3 of a public unit test."""
    groups = {"a": ["ana"], "b": ["bo"], "c": ["cy"]}
    assert representation_distance(mention_counts(["ana"], groups)) == pytest.approx(2 / 3)
    assert representation_distance(mention_counts(["ana bo"], groups)) == pytest.approx(1 / 3)
    assert math.isnan(representation_distance(mention_counts(["dee"], groups)))


def test_marked_words_by_hand():
    first, second = ["warm warm tall"], ["cold tall tall"]
    found = marked_words(first, second, least=1)
    # warm: 2 of 3 against 0 of 3, prior 2 of 6.
    odds = math.log(4 / (9 - 4)) - math.log(2 / (9 - 2))
    assert found["warm"] == pytest.approx(odds / math.sqrt(1 / 4 + 1 / 2))
    assert marked_words([], second) == {}
