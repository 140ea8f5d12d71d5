from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.spatial.distance import jensenshannon
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


class TestDivergences:
    def test_same_and_disjoint(self):
        first = torch.tensor([[0.0, 0.0, -1e4], [0.0, -1e4, -1e4]])
        second = torch.tensor([[7.0, 7.0, -1e4], [-1e4, 0.0, 0.0]])
        found = losses.divergences(first, second)
        assert found.tolist() == pytest.approx([0, math.log(2)], abs=1e-6)

    def test_like_scipy(self):
        first, second = rows(6, 9, 0), rows(6, 9, 1)
        expected = jensenshannon(*(softmax(x.numpy(), axis=1) for x in (first, second)), axis=1)
        assert losses.divergences(first, second).numpy() == pytest.approx(expected**2, abs=1e-6)


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


class TestVectors:
    def test_distances_by_hand(self):
        first, second = torch.tensor([[3.0, 4.0]]), torch.tensor([[4.0, 3.0]])
        assert losses.distances(first, second, "squared").tolist() == [2]
        assert losses.distances(first, second, "cosine").tolist() == pytest.approx([1 - 24 / 25])

    def test_cosines_of_every_two(self):
        found = losses.cosines(torch.tensor([[1.0, 0.0], [0.0, 2.0], [3.0, 3.0]]))
        assert found.tolist() == pytest.approx([0, math.sqrt(0.5), math.sqrt(0.5)])

    def test_structure_is_blind_to_turning_and_scaling(self):
        vectors = rows(6, 4, 6)
        turned = vectors @ torch.linalg.qr(rows(4, 4, 7)).Q * 3
        assert losses.structure_loss(turned, vectors).item() == pytest.approx(0, abs=1e-10)

    def test_structure_by_hand(self):
        """The one cosine goes from 0 to 0.6: 0.36."""
        before, now = np.eye(2), np.array([[1.0, 0.0], [0.6, 0.8]])
        found = losses.structure_loss(torch.tensor(now), torch.tensor(before))
        assert found.item() == pytest.approx(0.36)
