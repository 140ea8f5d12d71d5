"""Losses against scikit-learn, and Shapley values against the average over all orders."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, strategies as st
from sklearn.metrics import brier_score_loss, log_loss, zero_one_loss

from pytest_fairness import bias_loss, shapley_values
from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.losses import losses_of

rng = np.random.default_rng(7)
SCORES = rng.dirichlet([2.0, 2.0, 2.0], 200)
TRUTH = rng.integers(0, 3, 200)


def test_the_log_loss_is_that_of_scikit_learn():
    assert losses_of(SCORES, TRUTH, loss="log").mean() == pytest.approx(log_loss(TRUTH, SCORES))


def test_the_error_is_that_of_scikit_learn():
    expected = zero_one_loss(TRUTH, SCORES.argmax(axis=1))
    assert losses_of(SCORES, TRUTH, loss="zero_one").mean() == pytest.approx(expected)


def test_the_brier_score_of_two_labels_is_that_of_scikit_learn():
    score, truth = rng.random(300), rng.integers(0, 2, 300)
    both = np.column_stack([1 - score, score])
    expected = brier_score_loss(truth, score)
    assert losses_of(both, truth, loss="brier").mean() == pytest.approx(expected)


def test_a_sure_error_costs_a_finite_loss():
    assert losses_of([[1.0, 0.0]], [1], loss="log")[0] == pytest.approx(6.907755)


def by_orders(table: dict[frozenset[str], float], parts: list[str]) -> list[float]:
    """Average what each part adds over every order in which the parts can come."""
    orders = list(itertools.permutations(parts))
    totals = dict.fromkeys(parts, 0.0)
    for order in orders:
        for i, part in enumerate(order):
            before = frozenset(order[:i])
            totals[part] += table[before | {part}] - table[before]
    return [totals[part] / len(orders) for part in parts]


@given(st.integers(1, 4), st.randoms(use_true_random=False))
def test_shapley_values_average_over_orders(d, random):
    parts = list("abcd"[:d])
    subsets = [frozenset(c) for n in range(d + 1) for c in itertools.combinations(parts, n)]
    table = {subset: random.uniform(-1, 1) for subset in subsets}
    found = shapley_values({k: [v] for k, v in table.items()}, parts)[0]
    assert found.tolist() == pytest.approx(by_orders(table, parts))
    assert found.sum() == pytest.approx(table[frozenset(parts)] - table[frozenset()])


def test_bias_loss_is_the_mean_difference():
    assert bias_loss([0.0, 1.0, 0.5], [1.0, 1.0, 1.0]) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: losses_of(SCORES, TRUTH, loss="hinge"), "loss='hinge' must be one of"),
        (lambda: losses_of(SCORES, TRUTH[:5]), "do not fit"),
        (lambda: bias_loss([1.0], [1.0, 2.0]), "before has 1 losses and after 2"),
        (lambda: bias_loss([], []), "at least one"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()
