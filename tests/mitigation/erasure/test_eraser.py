"""An eraser as a map: composed, kept in files, checked; and the subspace of pairs."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.erasure import Eraser, leace, subspace


@pytest.fixture
def eraser():
    rng = np.random.default_rng(0)
    return Eraser(rng.normal(size=(4, 4)), rng.normal(size=4), method="leace", rank=2)


def test_it_comes_back_from_a_file_to_the_last_bit(eraser, tmp_path):
    for found in (
        Eraser.load(eraser.save(tmp_path / "eraser.safetensors")),
        Eraser.from_dict(json.loads(json.dumps(eraser.to_dict()))),
    ):
        np.testing.assert_array_equal(found.matrix, eraser.matrix)
        np.testing.assert_array_equal(found.bias, eraser.bias)
        assert (found.method, found.rank) == ("leace", 2)


def test_one_after_another_is_one_map(eraser):
    other = Eraser(np.diag([1.0, 0, 1, 1]), [0, 7, 0, 0], method="by hand", rank=1)
    X = np.random.default_rng(1).normal(size=(5, 4))
    both = eraser.then(other)
    np.testing.assert_allclose(both(X), other(eraser(X)), atol=1e-12)
    assert (both.method, both.rank) == ("leace + by hand", 3)


def test_what_the_first_guards_stays_guarded():
    rng = np.random.default_rng(0)
    X, first, second = rng.normal(size=(300, 6)), rng.integers(0, 2, 300), rng.integers(0, 3, 300)
    X[:, 0] += first
    X[:, 1] += second + first
    one = leace(X, first)
    both = one.then(leace(one(X), second))
    for concept, n in ((first, 2), (second, 3)):
        means = [both(X)[concept == code].mean(axis=0) for code in range(n)]
        np.testing.assert_allclose(means, [means[0]] * n, atol=1e-10)


@pytest.mark.parametrize(
    ("matrix", "bias", "says"),
    [
        (np.eye(2), [0, 0, 0], r"\(2, 2\) and bias \(3,\): an eraser of d"),
        (np.diag([1, np.inf]), [0, 0], "not finite. Check the representations"),
    ],
)
def test_a_map_that_is_none_is_refused(matrix, bias, says):
    with pytest.raises(ArgumentError, match=says):
        Eraser(matrix, bias)


def test_rows_of_another_layer_are_refused(eraser):
    with pytest.raises(ArgumentError, match=r"fitted on 4 dimensions\. Pass representations of"):
        eraser(np.zeros((2, 5)))


def test_sides_of_pairs_meet_when_their_directions_are_removed():
    rng = np.random.default_rng(0)
    shared, directions = rng.normal(size=(30, 8)), rng.normal(size=(2, 8))
    moved = shared + rng.normal(size=(30, 2)) @ directions
    X, sets = np.concatenate([shared, moved]), [*range(30), *range(30)]
    erased = subspace(X, sets, rank=2)(X)
    np.testing.assert_allclose(erased[:30], erased[30:], atol=1e-10)
    one = subspace(X, sets, rank=1)(X)
    left = np.abs(one[:30] - one[30:]).sum()
    assert 0.01 < left / np.abs(shared - moved).sum() < 0.9


@pytest.mark.parametrize(
    ("X", "sets", "rank", "says"),
    [
        (np.eye(3), [1, 2, 3], 1, "no set of two rows"),
        (np.ones((2, 3)), [1, 1], 1, "does not tell the groups apart"),
        (np.eye(3), [1, 1, 2], 3, r"rank=3 must lie in \[1, 2\]"),
        (np.eye(3), [1, 1], 1, "sets has 2 entries but X has 3 rows"),
    ],
)
def test_what_has_no_directions_is_refused(X, sets, rank, says):
    with pytest.raises(ArgumentError, match=says):
        subspace(X, sets, rank=rank)
