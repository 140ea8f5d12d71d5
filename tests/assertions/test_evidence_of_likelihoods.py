"""Ties, copies and impossible likelihoods: what is no evidence on a language model."""

from __future__ import annotations

import pytest

from pytest_fairness import (
    FairnessFailure,
    assert_likelihood_parity,
    assert_stereotype_score,
    counterfactuals,
)
from pytest_fairness.errors import ArgumentError, ModelError

PAIRS = [(f"a{i}", f"b{i}") for i in range(200)]
TIES = "ties, whose two sentences are equally likely"
COPIES = "copies of an earlier pair"


def score(model, pairs, max_deviation=0.1):
    try:
        return assert_stereotype_score(model, pairs, max_deviation=max_deviation)
    except FairnessFailure as failure:
        return failure.outcome


def half_tied(texts):
    """Of 200 pairs the first 120 are ties; of the other 80 the stereotype leads in 60."""
    return [
        -2.0 if t[0] == "b" or int(t[1:]) < 120 else -1.0 - 2.0 * (int(t[1:]) < 140) for t in texts
    ]


def test_a_model_that_prefers_nothing_is_unmeasurable():
    found = score(lambda texts: [-1.0] * len(texts), PAIRS)
    assert found.verdict.value == "unmeasurable"
    assert "Both sentences of all 200 pairs are equally likely" in found.reason
    assert found.evidence.excluded == {TIES: 200}
    assert found.examples == ()
    assert score(lambda texts: [-1.0] * len(texts), []).evidence.excluded == {}


def test_ties_prefer_neither_side_and_are_counted():
    """60 of 80 are 3 / 4, which lies 1 / 4 from one half; of 200 it would be 0.3."""
    found = score(half_tied, PAIRS)
    assert found.evidence.estimate == pytest.approx(0.25)
    assert (found.evidence.n, found.evidence.excluded) == (80, {TIES: 120})
    assert "preferred in 75.0% of the pairs, 120 ties left out." in found.definition
    assert [example.change for example in found.examples] == [1.0] * 5


def test_a_pair_given_again_is_no_further_evidence():
    model = lambda texts: [-float(len(text)) for text in texts]  # noqa: E731
    found = score(model, [("a", "bb"), ("aaa", "b")] * 250)
    assert (found.evidence.n, found.evidence.excluded) == (2, {COPIES: 498})
    assert found.verdict.value == "inconclusive"
    with pytest.raises(ArgumentError, match=r"pairs\[1\] is pairs\[0\] the other way round"):
        score(model, [("a", "bb"), ("bb", "a")])


def test_a_likelihood_above_one_is_none():
    """A perplexity would turn the score around."""
    with pytest.raises(ModelError, match=r"3 was returned as the log-likelihood of 'a0'.*at most"):
        score(lambda texts: [3.0] * len(texts), PAIRS)
    with pytest.raises(ModelError, match="return no perplexity, loss or probability"):
        assert_likelihood_parity(
            lambda texts: [0.5] * len(texts),
            counterfactuals("{name} left.", vary="gender"),
            max_difference=1,
        )
