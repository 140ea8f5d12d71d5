"""Scores of spans by hand and by counting pairs."""

from __future__ import annotations

import math
import random

import pytest

from pytest_fairness import span_scores
from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.spans import span_counts

EXPECTED = [[(0, 3, "PER"), (8, 12, "LOC")], [(4, 9, "PER")], [(0, 2, "PER")], []]
FOUND = [[(0, 3, "PER")], [(4, 8, "PER"), (10, 12, "PER")], [(0, 2, "ORG")], [(1, 2, "LOC")]]


def test_half_a_name_and_another_label_are_misses():
    scores = span_scores(EXPECTED, FOUND, sensitive_features=["a", "a", "b", "b"])
    assert scores["a"].counts == (1, 2, 2)  # found, missed, spurious
    assert (scores["a"].precision, scores["a"].recall, scores["a"].f1) == (1 / 3, 1 / 3, 1 / 3)
    assert scores["b"].counts == (0, 1, 2)
    assert (scores["b"].precision, scores["b"].recall, scores["b"].f1) == (0, 0, 0)


def test_what_cannot_be_measured_is_nan():
    none = span_scores([[]], [[]], sensitive_features=["a"])["a"]
    assert all(math.isnan(value) for value in (none.precision, none.recall, none.f1))
    silent = span_scores([[(0, 1, "X")]], [[]], sensitive_features=["a"])["a"]
    assert math.isnan(silent.precision)
    assert (silent.recall, silent.f1) == (0, 0)


def test_a_span_given_twice_counts_once_and_scores_are_not_compared():
    assert span_counts([(0, 1, "X")], [(0, 1, "X", 0.3), (0, 1, "X", 0.9)]) == (1, 0, 0)


@pytest.mark.parametrize("seed", range(5))
def test_by_counting_pairs(seed):
    rng = random.Random(seed)

    def some():
        return list({(i, i + rng.randint(1, 2), rng.choice("XY")) for i in range(6)})

    expected, found = [some() for _ in range(20)], [some()[: rng.randint(0, 6)] for _ in range(20)]
    hits = sum(e == f for es, fs in zip(expected, found, strict=True) for e in es for f in fs)
    ours = span_scores(expected, found, sensitive_features=["a"] * 20)["a"]
    precision, recall = hits / sum(map(len, found)), hits / sum(map(len, expected))
    assert ours.precision == pytest.approx(precision)
    assert ours.recall == pytest.approx(recall)
    assert ours.f1 == pytest.approx(2 * precision * recall / (precision + recall))


def test_bad_input_is_named():
    with pytest.raises(ArgumentError, match="1 lists of spans but found has 2"):
        span_scores([[]], [[], []], sensitive_features=["a"])
    with pytest.raises(ArgumentError, match="'PER' is no span"):
        span_scores([["PER"]], [[]], sensitive_features=["a"])
