from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import mcnemar_exact, sign_flip_test, wilcoxon_signed_rank

ALTERNATIVES = ("two-sided", "greater", "less")
alternatives = st.sampled_from(ALTERNATIVES)
shifts = st.lists(st.integers(-40, 40).map(lambda x: x / 37), min_size=1, max_size=9)


def by_brute_force(units, alternative: str) -> float:
    """Every way to choose the signs, one by one."""
    sums = [
        sum(s * u for s, u in zip(signs, units, strict=True))
        for signs in product((1, -1), repeat=len(units))
    ]
    observed = sum(units)
    reached = {
        "greater": [s >= observed - 1e-9 for s in sums],
        "less": [s <= observed + 1e-9 for s in sums],
        "two-sided": [abs(s) >= abs(observed) - 1e-9 for s in sums],
    }[alternative]
    return sum(reached) / len(sums)


@given(shifts, alternatives)
def test_few_pairs_are_flipped_in_every_way(differences, alternative) -> None:
    found = sign_flip_test(differences, alternative=alternative)
    assert found.p_value == pytest.approx(by_brute_force(differences, alternative))
    assert found.units == sum(d != 0 for d in differences)


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 50))
def test_flips_give_mcnemars_exact_p_value(b: int, c: int, same: int) -> None:
    found = sign_flip_test([1] * b + [-1] * c + [0] * (same + 1))
    assert found.p_value == pytest.approx(mcnemar_exact(b, c))


def test_many_flips_stay_exact() -> None:
    found = sign_flip_test([0.1] * 5200 + [-0.1] * 5000 + [0.0] * 90_000)
    assert (found.method, found.units) == ("exact", 10_200)
    assert found.p_value == pytest.approx(mcnemar_exact(5200, 5000))


@given(shifts, alternatives)
def test_pairs_of_one_cluster_flip_together(differences, alternative) -> None:
    clusters = [i // 2 for i in range(len(differences))]
    sums = [sum(differences[i : i + 2]) for i in range(0, len(differences), 2)]
    found = sign_flip_test(differences, clusters, alternative=alternative)
    assert found.p_value == pytest.approx(by_brute_force(sums, alternative))
    assert found.statistic == pytest.approx(np.mean(differences))


def test_many_pairs_are_flipped_at_random_and_close_to_the_truth() -> None:
    """Beside the same differences as whole numbers, which are counted out exactly."""
    whole = np.random.default_rng(3).integers(-8, 11, 60)
    exact = sign_flip_test(whole)
    drawn = sign_flip_test(whole / 7)
    assert (exact.method, drawn.method) == ("exact", "9999 random sign flips")
    assert drawn == sign_flip_test(whole / 7)
    error = np.sqrt(exact.p_value * (1 - exact.p_value) / 9999)
    assert drawn.p_value == pytest.approx(exact.p_value, abs=4 * error)


def test_a_random_p_value_is_never_zero() -> None:
    assert sign_flip_test(np.linspace(1, 2, 50), n_resamples=99).p_value == 0.01


def test_sign_flips_hold_their_level_when_clusters_shift_as_one() -> None:
    """24 seed texts of 5 variants that share most of their shift; Monte Carlo error 1 point."""
    rng = np.random.default_rng(5)
    clusters = np.repeat(np.arange(24), 5)
    alone = together = 0
    for _ in range(500):
        shifts = np.repeat(rng.standard_normal(24), 5) + 0.3 * rng.standard_normal(120)
        together += sign_flip_test(shifts, clusters, n_resamples=199).p_value <= 0.05
        alone += sign_flip_test(shifts, n_resamples=199).p_value <= 0.05
    assert together / 500 <= 0.05 + 3 * 0.01
    assert alone / 500 > 0.2  # what it costs to leave clusters out


@given(
    st.lists(st.integers(-60, 60).filter(bool), min_size=1, max_size=40, unique_by=abs),
    alternatives,
)
def test_signed_ranks_without_ties_are_those_of_scipy(differences, alternative) -> None:
    expected = stats.wilcoxon(differences, alternative=alternative, method="exact")
    found = wilcoxon_signed_rank(differences, alternative=alternative)
    assert found.p_value == pytest.approx(expected.pvalue)
    assert found.method == "exact"


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=9).filter(any), alternatives)
def test_tied_ranks_are_permuted_in_every_way(differences, alternative) -> None:
    kept = [d for d in differences if d]
    ranks = stats.rankdata(np.abs(kept))
    expected = by_brute_force(np.sign(kept) * ranks, alternative)
    found = wilcoxon_signed_rank(differences, alternative=alternative)
    assert found.p_value == pytest.approx(expected)
    assert found.statistic == ranks[np.array(kept) > 0].sum()


def test_many_ranks_use_the_normal_approximation_of_scipy() -> None:
    shifts = np.random.default_rng(2).normal(0.1, 1, 2000)
    expected = stats.wilcoxon(shifts, method="asymptotic", correction=True)
    found = wilcoxon_signed_rank(shifts)
    assert found.method == "normal approximation"
    assert found.p_value == pytest.approx(expected.pvalue)


def test_exact_and_approximate_ranks_agree_where_they_meet() -> None:
    shifts = np.random.default_rng(2).normal(0.1, 1, 250)
    approximate = stats.wilcoxon(shifts, method="asymptotic", correction=True).pvalue
    found = wilcoxon_signed_rank(shifts)
    assert found.method == "exact"
    assert found.p_value == pytest.approx(approximate, rel=0.02)


def test_ranks_of_clusters_are_ranks_of_their_means() -> None:
    shifts = [0.5, 0.1, -0.2, 0.0, 0.4, 0.4, 0.7]
    found = wilcoxon_signed_rank(shifts, list("aabbccd"))
    assert found.p_value == pytest.approx(wilcoxon_signed_rank([0.3, -0.1, 0.4, 0.7]).p_value)
    assert found.units == 4


@pytest.mark.parametrize("test", [sign_flip_test, wilcoxon_signed_rank])
def test_no_difference_is_no_evidence(test) -> None:
    found = test([0.0, 0.0])
    assert (found.p_value, found.units) == (1.0, 0)


@pytest.mark.parametrize("test", [sign_flip_test, wilcoxon_signed_rank])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"differences": []}, "values is empty"),
        ({"differences": [0.1, float("nan")]}, "not finite"),
        ({"differences": [0.1, 0.2], "clusters": ["a"]}, "clusters has 1 entries but there are 2"),
        ({"differences": [0.1], "alternative": "larger"}, "alternative='larger' is unknown"),
    ],
)
def test_what_cannot_be_tested_is_refused(test, arguments, message) -> None:
    with pytest.raises(ArgumentError, match=message):
        test(**arguments)
