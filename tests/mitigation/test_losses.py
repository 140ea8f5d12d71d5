import math

import pytest
import torch

from pytest_fairness.mitigation.losses import pair_loss, retention_loss, task_loss


def test_task_loss_is_the_surprise_at_the_label():
    probabilities = torch.tensor([[0.25, 0.75], [0.9, 0.1]])
    loss = task_loss(probabilities.log(), torch.tensor([0, 0]))
    assert loss.item() == pytest.approx((-math.log(0.25) - math.log(0.9)) / 2, abs=1e-6)


def test_task_loss_with_a_teacher_is_zero_for_the_teacher_itself():
    probabilities = torch.tensor([[0.25, 0.75], [1.0, 0.0]])
    logits = torch.tensor([[math.log(0.25), math.log(0.75)], [50.0, -50.0]])
    assert task_loss(logits, probabilities).item() == pytest.approx(0.0, abs=1e-6)


def test_retention_loss_is_the_divergence_from_before():
    before, after = torch.tensor([[0.5, 0.5]]), torch.tensor([[0.2, 0.8]])
    expected = 0.5 * math.log(0.5 / 0.2) + 0.5 * math.log(0.5 / 0.8)
    assert retention_loss(after.log(), before).item() == pytest.approx(expected, abs=1e-6)


def test_pair_loss_is_the_mean_squared_difference_of_logits():
    loss = pair_loss(torch.tensor([[1.0, 2.0], [0.0, 0.0]]), torch.tensor([[3.0, 2.0], [0.0, 1.0]]))
    assert loss.item() == pytest.approx((4 + 0 + 0 + 1) / 4)
