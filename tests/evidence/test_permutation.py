from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import adjust_p_values, permutation_max_t


def test_two_groups_of_few_rows_agree_with_all_permutations() -> None:
    """All 35 splits of seven rows, by SciPy; Monte Carlo error 0.5 points."""
    values, groups = np.array([0.3, 0.9, 1.4, 1.1, 2.2, 2.0, 1.7]), "aaabbbb"
    exact = stats.permutation_test(
        (values[:3], values[3:]), lambda a, b: abs(a.mean() - b.mean()), alternative="greater"
    ).pvalue
    found = permutation_max_t(values, groups, n_permutations=9999)
    assert found.p_values[0] == pytest.approx(exact, abs=4 * np.sqrt(exact / 9999))


def test_step_down_p_values_agree_with_brute_force() -> None:
    """All 720 orders of six rows in three groups; statistics and steps written out plainly."""
    values = np.array([[1, 5], [2, 4], [2, 1], [5, 2], [4, 3], [9, 3]], dtype=float)
    codes = np.array([0, 0, 1, 1, 2, 2])

    def statistics(order: tuple[int, ...]) -> np.ndarray:
        means = np.array([values[np.array(order)[codes == g]].mean(axis=0) for g in range(3)])
        return np.ptp(means, axis=0) / values.std(axis=0)

    observed = statistics(tuple(range(6)))
    null = np.array([statistics(order) for order in permutations(range(6))])
    high, low = np.argsort(-observed)
    expected = np.empty(2)
    expected[high] = (null.max(axis=1) >= observed[high] - 1e-9).mean()
    expected[low] = max(expected[high], (null[:, low] >= observed[low] - 1e-9).mean())
    found = permutation_max_t(values, codes, n_permutations=4999)
    assert found.p_values == pytest.approx(tuple(expected), abs=0.025)


def test_one_variable_of_two_groups_has_the_p_value_of_a_permutation_test() -> None:
    rng = np.random.default_rng(0)
    values, groups = rng.normal(size=60), np.repeat(["a", "b"], 30)
    values[:30] += 0.4
    expected = stats.permutation_test(
        (values[:30], values[30:]),
        lambda a, b: abs(a.mean() - b.mean()),
        n_resamples=4999,
        alternative="greater",
        rng=1,
    ).pvalue
    found = permutation_max_t(values, groups, n_permutations=4999)
    error = np.sqrt(2 * expected * (1 - expected) / 4999)
    assert found.p_values[0] == pytest.approx(expected, abs=4 * error)


def draw_labels(rng: np.random.Generator, rows: int) -> np.ndarray:
    """Ten labels that mostly go together."""
    shared = rng.standard_normal((rows, 1))
    return (0.9 * shared + 0.45 * rng.standard_normal((rows, 10)) > 0.3).astype(float)


def test_the_chance_of_one_false_refusal_stays_below_the_level() -> None:
    """Ten labels, five of which depend on the group; Monte Carlo error 1.1 points."""
    rng, runs = np.random.default_rng(7), 400
    groups = np.repeat(np.arange(3), 40)
    alarms = 0
    for _ in range(runs):
        labels = draw_labels(rng, 120)
        labels[:, 5:] = np.maximum(labels[:, 5:], (groups == 0)[:, None])
        found = permutation_max_t(labels, groups, n_permutations=199)
        alarms += min(found.p_values[:5]) <= 0.05
    assert alarms / runs <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def test_labels_that_go_together_cost_less_than_holm() -> None:
    rng = np.random.default_rng(9)
    groups = np.repeat(np.arange(2), 100)
    labels = draw_labels(rng, 200)
    labels[:50] = np.maximum(labels[:50], rng.random((50, 1)) < 0.5)
    together = np.array(permutation_max_t(labels, groups).p_values)
    alone = adjust_p_values([permutation_max_t(c, groups).p_values[0] for c in labels.T])
    assert (together <= 0.1).sum() > (alone <= 0.1).sum()


def test_strata_keep_what_they_explain() -> None:
    """Groups differ only because they stand in different strata (Simpson's reversal)."""
    rng = np.random.default_rng(4)
    strata = np.repeat([0, 1], 200)
    groups = (rng.random(400) < np.where(strata, 0.8, 0.2)).astype(int)
    values = (rng.random(400) < np.where(strata, 0.7, 0.2)).astype(float)
    assert permutation_max_t(values, groups).p_values[0] < 0.01
    assert permutation_max_t(values, groups, strata=strata).p_values[0] > 0.1


def test_strata_of_one_group_each_show_nothing() -> None:
    found = permutation_max_t([1, 0, 1, 1], "aabb", strata="xxyy", n_permutations=99)
    assert found.p_values == (1.0,)


def test_what_does_not_vary_is_nan_and_refuses_nothing() -> None:
    found = permutation_max_t([[1, 0.1], [1, 0.5], [1, 0.2]], "aab", n_permutations=19)
    assert np.isnan(found.statistics[0])
    assert found.p_values[0] == 1.0


def test_the_seed_decides_and_the_names_of_groups_do_not() -> None:
    values = np.random.default_rng(0).normal(size=(30, 3))
    found = permutation_max_t(values, "ab" * 15, seed=3)
    assert found == permutation_max_t(values, "xy" * 15, seed=3)
    assert found != permutation_max_t(values, "ab" * 15, seed=4)


@pytest.mark.parametrize(
    ("values", "groups", "message"),
    [
        ([1, 2], "aa", "one group only"),
        ([1, 2], "abc", "3 entries but there are 2 rows"),
        ([1, float("nan")], "ab", "not finite"),
        ([], "", "has shape"),
    ],
)
def test_what_cannot_be_permuted_is_refused(values, groups, message) -> None:
    with pytest.raises(ArgumentError, match=message):
        permutation_max_t(values, groups)
