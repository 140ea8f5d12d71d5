"""How often the verdict on an association is false, by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pytest_fairness import FairnessFailure, assert_association

A, B = ["a0", "a1"], ["b0", "b1"]


def vectors_with(associations):
    """An embedder whose word ``"3"`` has the association at place 3: cos to A minus cos to B."""

    def embed(texts):
        return [_vector(text, associations) for text in texts]

    return embed


def _vector(word, associations):
    if word in A:
        return [1.0, 0.0]
    if word in B:
        return [0.0, 1.0]
    angle = math.acos(associations[int(word)] / math.sqrt(2)) - math.pi / 4
    return [math.cos(angle), math.sin(angle)]


def verdicts(n, effect, limit, runs, seed=5):
    """Count verdicts on words drawn from two normal laws that lie `effect` apart.

    The effect size divides by the deviation of both laws together: of laws of deviation 1 that
    lie g apart, it is g / sqrt(1 + g^2 / 4).
    """
    gap = effect / math.sqrt(1 - effect**2 / 4)
    rng = np.random.default_rng(seed)
    found = {"pass": 0, "fail": 0, "inconclusive": 0}
    x, y = [str(i) for i in range(n)], [str(i) for i in range(n, 2 * n)]
    for _ in range(runs):
        drawn = 0.15 * np.concatenate([rng.normal(gap, 1, n), rng.normal(0, 1, n)])
        try:
            outcome = assert_association(
                vectors_with(drawn), x, y, A, B, max_effect_size=limit, alpha=0.05
            )
        except FairnessFailure as failure:
            outcome = failure.outcome
        found[outcome.verdict.value] += 1
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("n", "limit"), [(8, 0.2), (25, 0.8), (50, 0.5)])
def test_an_effect_at_the_limit_is_seldom_passed_or_failed(n, limit):
    """Each kind of false verdict is due in at most 5 % of draws; Monte Carlo error 2 points."""
    found = verdicts(n, limit, limit, runs=120)
    assert found["pass"] <= 120 * (0.05 + 3 * 0.02)
    assert found["fail"] <= 120 * (0.05 + 3 * 0.02)


@pytest.mark.parametrize("effect", [0.0, 0.5])
def test_eight_words_a_side_never_pass_a_small_limit(effect):
    assert verdicts(8, effect, 0.5, runs=5)["pass"] == 0
