"""Each objective on a planted case where the task alone fails: it does what its paper says."""

from __future__ import annotations

import copy

import pytest
import torch

from tests.mitigation.objectives.arena import (
    Network,
    World,
    cell_accuracies,
    counterfactuals,
    crossed,
    flip_rate,
    gap,
    learn,
    probe_accuracy,
    scores,
    shortcut,
)

TRAIN, TEST = shortcut(seed=0), shortcut(seed=1)


def accuracy(model, world):
    return ((scores(model, world) > 0.5).long() == world.y).float().mean().item()


def slopes(model):
    """What each number of a vector adds to label 1, of a model without a hidden layer."""
    return (model.classifier.weight[1] - model.classifier.weight[0]).tolist()


@pytest.fixture(scope="module")
def plain():
    """A model that learnt the task alone, and with it the shortcut."""
    return learn(TRAIN, Network(2), {})


def test_the_task_alone_takes_the_shortcut(plain):
    assert min(cell_accuracies(plain, TEST)) < 0.3
    assert min(gap(plain, TEST, label) for label in (0, 1)) > 0.5


@pytest.mark.parametrize(
    "objectives",
    [
        {"task": 0.0, "group_dro": 1.0},
        {"group_dro": 1.0},
        {"task": 0.0, "fair_batch": 1.0},
        {"mmd": 2.0},
        {"correlation_eo": 2.0},
        {"correlation": 0.5},
    ],
    ids=str,
)
def test_the_worst_cell_and_the_gaps_within_labels_recover(plain, objectives):
    fair = learn(TRAIN, Network(2), objectives)
    assert min(cell_accuracies(fair, TEST)) > min(cell_accuracies(plain, TEST)) + 0.35
    for label in (0, 1):
        assert abs(gap(fair, TEST, label)) < 0.5 * gap(plain, TEST, label)


def test_train_twice_lifts_the_worst_cell_without_groups(plain):
    blind = World(TRAIN.x, TRAIN.y, torch.full_like(TRAIN.z, -1))
    twice = learn(blind, copy.deepcopy(plain), {"jtt": 20.0})
    assert min(cell_accuracies(twice, TEST)) > min(cell_accuracies(plain, TEST)) + 0.3


def test_demographic_parity_closes_the_gap_over_all_rows(plain):
    tied = learn(TRAIN, Network(2), {"correlation": 1.0})
    assert abs(gap(tied, TEST)) < 0.1 < 0.8 < gap(plain, TEST)


def test_a_fresh_probe_loses_the_group_within_labels_and_the_task_stays():
    train, test = crossed(n=1000, seed=0), crossed(n=1000, seed=1)
    found, hidden = (
        learn(train, Network(6, 8), objectives, steps=140, rate=0.03)
        for objectives in ({}, {"adversarial_eo": 1.0})
    )
    for label in (0, 1):
        assert probe_accuracy(found, train, test, label) > 0.85
        assert probe_accuracy(hidden, train, test, label) < 0.68  # chance is 0.5
    assert accuracy(hidden, test) > accuracy(found, test) - 0.02


def test_contrast_brings_counterfactuals_together():
    train, test = counterfactuals(TRAIN), counterfactuals(TEST, seed=1)
    apart, together = (
        learn(train, Network(2, 8), objectives, steps=120, size=32)
        for objectives in ({}, {"contrastive": 3.0})
    )
    assert flip_rate(together, test) < 0.5 * flip_rate(apart, test)
    assert accuracy(together, test) > 0.85


def test_elastic_weights_keep_the_skill_and_free_what_no_row_uses():
    # Pairs differ widely in a direction that is 0 in all rows, and a little in the task's own.
    x = torch.cat([shortcut(share=0.5).x[:, :1], torch.zeros(2000, 1)], dim=1)
    sides = x[:200] + torch.tensor([0.0, 1.0]), x[:200] * 0.7 - torch.tensor([0.0, 1.0])
    pairs = [(i, i + 200) for i in range(200)]
    world = World(x, TRAIN.y, TRAIN.z).with_pairs(torch.cat(sides), pairs)
    old = learn(world, Network(2), {})
    with torch.no_grad():
        old.classifier.weight[:, 1] = torch.tensor([-1.0, 1.0])  # the planted bias
    alone, held = (
        learn(world, copy.deepcopy(old), {"task": 0.0, "consistency": 1.0, "ewc": weight})
        for weight in (0.0, 1000.0)
    )
    skill, bias = zip(*(slopes(model) for model in (old, alone, held)), strict=True)
    assert bias[0] == 2
    assert max(map(abs, bias[1:])) < 0.2
    assert skill[1] < 0.5 * skill[0]
    assert skill[2] == pytest.approx(skill[0], rel=0.1)
