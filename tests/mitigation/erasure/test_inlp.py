"""INLP: probe after probe is projected away until a fresh one is at chance."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.erasure import inlp, probe_leakage

pytest.importorskip("sklearn")


def data(n=1500, n_groups=2, seed=0):
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, n_groups, n)
    X = rng.normal(size=(n, 10))
    X[:, :3] += 1.5 * rng.normal(size=(n_groups, 3))[groups]
    return X, groups


@pytest.mark.parametrize("n_groups", [2, 3])
def test_a_fresh_probe_falls_to_chance(n_groups):
    X, Z = data(n=4000, n_groups=n_groups)
    half = len(X) // 2
    eraser = inlp(X[:half], Z[:half])
    before, after = (
        probe_leakage(rows[half:], Z[half:], probes=["linear"])["linear"] for rows in (X, eraser(X))
    )
    assert before.advantage > 0.4
    assert after.advantage < 0.07
    assert n_groups - 1 <= eraser.rank < 10


def test_it_is_an_orthogonal_projection_that_keeps_the_mean():
    X, Z = data()
    eraser = inlp(X, Z)
    np.testing.assert_allclose(eraser.matrix, eraser.matrix.T, atol=1e-12)
    np.testing.assert_allclose(eraser.matrix @ eraser.matrix, eraser.matrix, atol=1e-12)
    assert np.trace(eraser.matrix) == pytest.approx(10 - eraser.rank)
    np.testing.assert_allclose(eraser(X.mean(axis=0)), X.mean(axis=0), atol=1e-12)


def test_each_round_removes_one_direction_of_two_groups_and_two_of_three():
    assert inlp(*data(), n_iterations=1).rank == 1
    assert inlp(*data(n_groups=3), n_iterations=1).rank == 2


def test_nothing_is_removed_where_the_first_probe_knows_nothing():
    X = np.zeros((40, 3))
    assert inlp(X, ["a", "b"] * 20).rank == 0


def test_the_seed_decides_and_nothing_else():
    X, Z = data()
    first, again, other = (inlp(X, Z, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.matrix, again.matrix)
    assert not np.array_equal(first.matrix, other.matrix)


@pytest.mark.parametrize(
    ("Z", "options", "says"),
    [
        (["a"] * 40, {}, "telling groups apart needs two"),
        (["a"] * 39 + ["b"], {}, "'b' has . rows .* Give more rows of it, or leave it out."),
        (["a", "b"] * 20, {"n_iterations": 0}, "n_iterations=0 must be at least 1"),
        (["a", "b"] * 20, {"held_out": 1.0}, r"held_out=1.0 must lie in \(0, 1\)"),
    ],
)
def test_bad_input_says_what_to_do(Z, options, says):
    with pytest.raises(ArgumentError, match=says):
        inlp(np.eye(40), Z, **options)
