"""LEACE: nothing linear is left, and no other eraser changes less."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.erasure import Moments, leace, leace_of
from pytest_fairness.mitigation.erasure.moments import coded, shrunk

X8 = np.array(
    [[4, 0, 1], [2, 1, 0], [3, 3, 2], [0, 1, 5], [1, 0, 3], [0, 2, 0], [5, 2, 2], [1, 4, 1]], float
)
Z8 = ["a", "a", "a", "b", "b", "b", "c", "c"]
# What the authors' package concept-erasure 0.2.4 gives in float64.
PUBLISHED = {
    "three groups": [
        [0.282308767, -0.1278379322, 0.4261264408],
        [-0.1984260391, 0.0898533007, -0.2995110024],
        [0.4159426301, -0.1883513797, 0.6278379322],
    ],
    "two groups": [
        [0.5118725982, 0.4055645987, 0.5247772315],
        [0.1423704922, 0.8817103254, -0.1530600258],
        [0.3660955513, -0.304173449, 0.6064170764],
    ],
}


def covariance(X, Z):
    indicators = np.array([[label == name for name in sorted(set(Z))] for label in Z], float)
    return (X - X.mean(axis=0)).T @ (indicators - indicators.mean(axis=0)) / len(X)


def data(n=400, d=12, rank=12, n_groups=3, seed=0):
    """Rows of a space of `rank` dimensions in which groups differ, far from 0."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, n_groups, n)
    inner = rng.normal(size=(n, rank)) + 2 * rng.normal(size=(n_groups, rank))[groups]
    return inner @ rng.normal(size=(rank, d)) + 5, [f"group {g}" for g in groups]


@pytest.mark.parametrize("case", PUBLISHED)
def test_it_is_the_eraser_of_the_authors_package(case):
    found = leace(X8, Z8 if case == "three groups" else [label == "a" for label in Z8])
    np.testing.assert_allclose(found.matrix, PUBLISHED[case], atol=1e-9)
    np.testing.assert_allclose(found(X8.mean(axis=0)), [2.0, 1.625, 1.75], atol=1e-9)


@pytest.mark.parametrize("shrinkage", [True, False])
def test_it_agrees_with_the_authors_package_where_that_is_installed(shrinkage):
    torch = pytest.importorskip("torch")
    concept_erasure = pytest.importorskip("concept_erasure")
    X, Z = data()
    table = torch.tensor([[name == label for name in sorted(set(Z))] for label in Z])
    fitter = concept_erasure.LeaceFitter(12, 3, shrinkage=shrinkage, dtype=torch.float64)
    theirs = fitter.update(torch.tensor(X), table.double()).eraser(torch.tensor(X)).numpy()
    np.testing.assert_allclose(leace(X, Z, shrinkage=shrinkage)(X), theirs, atol=1e-9)


def test_shrinkage_draws_towards_a_sphere_of_the_same_trace_and_fades_with_rows():
    covariance = np.diag([1.0, 2.0, 6.0])
    few, many = shrunk(covariance, 20), shrunk(covariance, 10**9)
    # the share by hand: trace^2 / (n (sum of squares - trace^2 / d)) = 81 / (20 * 14)
    np.testing.assert_allclose(np.diag(few), np.array([1, 2, 6]) + 81 / 280 * np.array([2, 1, -3]))
    np.testing.assert_allclose(many, covariance, atol=1e-6)
    np.testing.assert_allclose(shrunk(covariance, 2), 3 * np.eye(3))


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("shrinkage", [True, False])
@pytest.mark.parametrize(
    "shape",
    [{}, {"n_groups": 2}, {"rank": 5}, {"n": 10, "d": 40, "rank": 40}, {"rank": 1}],
    ids=["three groups", "two groups", "rank 5 of 12", "more columns than rows", "rank 1 of 12"],
)
def test_nothing_covaries_with_the_group_afterwards(shape, shrinkage, affine):
    X, Z = data(**shape)
    erased = leace(X, Z, shrinkage=shrinkage, affine=affine)(X)
    assert np.abs(covariance(X, Z)).max() > 0.1
    assert np.abs(covariance(erased, Z)).max() < 1e-8


def test_columns_of_very_different_scale_are_guarded_too():
    X, Z = data()
    scales = 10.0 ** np.linspace(-3, 3, 12)
    left = covariance(leace(X * scales, Z)(X * scales), Z) / scales[:, None]
    assert np.abs(left).max() < 1e-6 * np.abs(covariance(X, Z)).max()


def test_a_linear_probe_is_at_chance_on_the_rows_it_learns_from():
    linear_model = pytest.importorskip("sklearn.linear_model")
    X, Z = data(n_groups=2)
    majority = max(Z.count(name) for name in set(Z)) / len(Z)
    for rows, low, high in ((X, 0.95, 1.0), (leace(X, Z)(X), majority, majority)):
        probe = linear_model.LogisticRegression(max_iter=2000).fit(rows, Z)
        assert low <= probe.score(rows, Z) <= high


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("rank", [8, 5])
def test_no_other_eraser_changes_less_in_any_norm(rank, affine):
    X, Z = data(d=8, rank=rank)
    eraser = leace(X, Z, affine=affine)
    cross = covariance(X, Z)
    free = np.eye(8) - cross @ np.linalg.pinv(cross, rcond=1e-9)  # free @ cross is 0
    rng = np.random.default_rng(1)
    for size in (1e-3, 0.1, 1.0):
        for _ in range(20):
            other = eraser.matrix + size * rng.normal(size=(8, 8)) @ free
            bias = eraser.bias
            if affine:
                bias = X.mean(axis=0) - other @ X.mean(axis=0) + size * rng.normal(size=8)
            changed = X @ other.T + bias
            assert np.abs(covariance(changed, Z)).max() < 1e-8  # it is an eraser
            root = rng.normal(size=(8, 8))  # of a norm
            least = (((eraser(X) - X) @ root) ** 2).sum()
            assert least <= (((changed - X) @ root) ** 2).sum() * (1 + 1e-9)


def test_by_hand_it_projects_where_features_are_white():
    X = [[3.0, 1.0], [3.0, -1.0], [-3.0, 1.0], [-3.0, -1.0]]
    found = leace(X, ["a", "a", "b", "b"])
    np.testing.assert_allclose(found.matrix, [[0, 0], [0, 1]], atol=1e-12)
    assert found.rank == 1


def test_what_does_not_covary_is_left_as_it_is():
    X = np.array([[1.0, 2.0], [-1.0, -2.0], [1.0, 2.0], [-1.0, -2.0]])
    found = leace(X, ["a", "a", "b", "b"])
    np.testing.assert_array_equal(found(X), X)
    assert found.rank == 0


def test_batches_give_what_all_rows_give():
    X, Z = data()
    seen = Moments()
    for start in range(0, len(X), 37):
        seen.update(X[start : start + 37], coded(Z)[start : start + 37])
    np.testing.assert_allclose(leace_of(seen).matrix, leace(X, Z).matrix, atol=1e-10)


def test_without_shift_it_is_linear():
    X, Z = data()
    assert not leace(X, Z, affine=False).bias.any()


@pytest.mark.parametrize(
    ("X", "Z", "says"),
    [
        ([[1.0], [2.0]], ["a", "a"], "nothing to erase with fewer than 2"),
        ([[1.0], [2.0]], ["a", "b", "a"], "Z has 3 entries but X has 2 rows. Give one per row."),
        ([[1.0], [np.nan]], ["a", "b"], "not finite. Leave such rows out."),
        ([1.0, 2.0], ["a", "b"], r"X has shape \(2,\), but \(n, d\)"),
    ],
)
def test_bad_input_says_what_to_do(X, Z, says):
    with pytest.raises(ArgumentError, match=says):
        leace(X, Z)
