"""Fresh probes find what is there, and pass only where enough rows show that nothing is."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.erasure import leace, probe_leakage
from pytest_fairness.outcome import Verdict

pytest.importorskip("sklearn")


def test_noise_is_at_chance_and_too_few_rows_show_nothing():
    rng = np.random.default_rng(0)
    X, Z = rng.normal(size=(4000, 3)), ["a", "b"] * 2000
    many = probe_leakage(X, Z, probes=["linear"], max_advantage=0.1)["linear"]
    few = probe_leakage(X[:40], Z[:40], probes=["linear"], max_advantage=0.1)["linear"]
    assert many.at_chance
    assert many.majority == 0.5
    assert few.judgement.verdict is Verdict.INCONCLUSIVE
    assert not few.at_chance


def test_a_perceptron_finds_what_a_linear_probe_cannot():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 3))
    Z = np.where(X[:, 0] * X[:, 1] > 0, "a", "b")
    X[:, 2] += 2 * (Z == "a")  # all that a linear probe sees
    erased = leace(X[:600], Z[:600])(X[600:])
    found = probe_leakage(erased, Z[600:])
    assert found["linear"].advantage < 0.1
    assert found["mlp"].judgement.verdict is Verdict.FAIL
    assert found["mlp"].accuracy > 0.85


def test_rows_of_one_cluster_are_never_parted():
    """Each cluster has a label of its own, so that a probe can learn clusters by heart only."""
    rng = np.random.default_rng(0)
    clusters = np.repeat(np.arange(60), 10)
    X = rng.normal(size=(60, 30))[clusters] + 0.01 * rng.normal(size=(600, 30))
    Z = rng.integers(0, 2, 60)[clusters]
    parted = probe_leakage(X, Z, probes=["linear"])["linear"]
    whole = probe_leakage(X, Z, probes=["linear"], clusters=clusters)["linear"]
    assert parted.accuracy > 0.85
    assert whole.accuracy < 0.75
    assert whole.judgement.verdict is not Verdict.PASS


def test_other_rows_may_judge():
    X = np.array([[0.0], [0.1], [1.0], [1.1]])
    judged_on = [[0.05], [0.95], [1.2], [0.02], [0.03]], ["a", "b", "b", "b", "a"]
    Z = ["a", "a", "b", "b"]
    result = probe_leakage(X, Z, probes=["linear"], judged_on=judged_on)["linear"]
    assert (result.n_fitted, result.n, result.accuracy) == (4, 5, 0.8)
    assert {rate.group: rate.value for rate in result.groups} == {"a": 1.0, "b": 2 / 3}


def test_the_seed_decides_and_nothing_else():
    rng = np.random.default_rng(0)
    X, Z = rng.normal(size=(200, 5)), rng.integers(0, 2, 200)
    assert probe_leakage(X, Z, seed=1) == probe_leakage(X, Z, seed=1)


@pytest.mark.parametrize(
    ("Z", "options", "says"),
    [
        (["a"] * 8, {}, "telling groups apart needs two"),
        (["a"] * 7, {}, "Z has 7 entries but X has 8 rows"),
        (["a"] * 7 + ["b"], {}, "'b' has . rows .*Give more rows of it"),
        (["a", "b"] * 4, {"probes": ["forest"]}, "forest"),
    ],
)
def test_bad_input_says_what_to_do(Z, options, says):
    with pytest.raises(ArgumentError, match=says):
        probe_leakage(np.eye(8), Z, **options)
