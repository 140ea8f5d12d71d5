from __future__ import annotations

import math

import pytest
import torch
from scipy.special import rel_entr, softmax

from pytest_fairness.mitigation.language import losses


def rows(n, width, seed):
    return torch.randn(n, width, generator=torch.Generator().manual_seed(seed))


def log(*shares):
    return torch.tensor([shares]).log()


class TestLikelihoods:
    def test_log_probability_of_the_target(self):
        logits = torch.tensor([[0.0, math.log(3)], [5.0, 5.0]])  # 1:3, and even
        found = losses.at_targets(logits, torch.tensor([1, 0]))
        assert found.tolist() == pytest.approx([math.log(0.75), math.log(0.5)])

    def test_sums_go_to_their_owners(self):
        found = losses.sums_by_owner(torch.tensor([1.0, 2.0, 4.0]), torch.tensor([2, 0, 2]), 3)
        assert found.tolist() == [2, 0, 5]

    def test_sides_of_one_length_differ_by_their_sums(self):
        found = losses.likelihood_differences(torch.tensor([-7.0, -4.0]), torch.tensor([5.0, 5.0]))
        assert found.tolist() == pytest.approx([-3])

    def test_sides_of_two_lengths_differ_by_their_means(self):
        """-6 over 2 and -8 over 4 are -3 and -2; over a mean length of 3 that makes -3."""
        found = losses.likelihood_differences(torch.tensor([-6.0, -8.0]), torch.tensor([2.0, 4.0]))
        assert found.tolist() == pytest.approx([-3])


class TestPreference:
    def test_log_two_before_the_repair(self):
        same = torch.tensor([1.5, -2.0])
        assert losses.preference_loss(same, same, 0.1).item() == pytest.approx(math.log(2))

    def test_by_hand(self):
        """The second side gains 10 nats on the first: -log(sigmoid(0.2 * 10)) = 0.126928."""
        found = losses.preference_loss(torch.tensor([-4.0]), torch.tensor([6.0]), 0.2)
        assert found.item() == pytest.approx(0.126928, abs=1e-6)


class TestKept:
    def test_all_tokens_give_the_whole_divergence(self):
        before, now = rows(5, 8, 2), rows(5, 8, 3)
        p, q = (softmax(x.double().numpy(), axis=1) for x in (before, now))
        found = losses.kept_divergence(now, *losses.keep_likeliest(before, 100))
        assert found.item() == pytest.approx(rel_entr(p, q).sum(axis=1).mean(), abs=1e-5)

    def test_by_hand(self):
        """Of (.5, .3, .2) the first is kept: (.5, .5) against (.25, .75) is log(4/3) / 2."""
        kept, logs = losses.keep_likeliest(log(0.5, 0.3, 0.2), 1)
        assert kept.tolist() == [[0]]
        found = losses.kept_divergence(log(0.25, 0.7, 0.05), kept, logs)
        assert found.item() == pytest.approx(math.log(4 / 3) / 2, abs=1e-6)

    def test_never_more_than_the_whole_and_nothing_for_the_same(self):
        before, now = rows(50, 40, 4), rows(50, 40, 5)
        found = [
            losses.kept_divergence(now, *losses.keep_likeliest(before, k)).item()
            for k in (1, 5, 20, 40)
        ]
        assert found == sorted(found)
        kept = losses.keep_likeliest(before, 5)
        assert losses.kept_divergence(before, *kept).item() == pytest.approx(0, abs=1e-6)


def test_cosine_distances_by_hand():
    """(3, 4) and (4, 3) have the cosine 24 / 25."""
    first, second = torch.tensor([[3.0, 4.0], [0.0, 1.0]]), torch.tensor([[4.0, 3.0], [2.0, 0.0]])
    assert losses.distances(first, second).tolist() == pytest.approx([0.04, 1])
