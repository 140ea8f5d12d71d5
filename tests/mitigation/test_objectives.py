"""Each objective against numbers that were worked out by hand."""

import math

import pytest
import torch

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.objectives import OBJECTIVES, Step, create_objectives


def step_of(**given):
    """A step of two rows and two pairs, with what a test is about in place of the usual."""
    rows = {
        "logits": torch.zeros(2, 2),
        "targets": torch.tensor([0, 1]),
        "weights": None,
        "before": torch.full((2, 2), 0.5),
        "pair_logits": None,
    }
    return Step(**{**rows, **given})


def loss_of(name, **given):
    (objective,) = create_objectives([name])
    return objective.loss(step_of(**given)).item()


def test_the_task_is_the_surprise_at_the_label():
    logits = torch.tensor([[0.25, 0.75], [0.9, 0.1]]).log()
    found = loss_of("task", logits=logits, targets=torch.tensor([0, 0]))
    assert found == pytest.approx((-math.log(0.25) - math.log(0.9)) / 2, abs=1e-6)


def test_rows_with_weights_count_by_them():
    logits = torch.tensor([[0.25, 0.75], [0.9, 0.1]]).log()
    weights = torch.tensor([1.5, 0.5])
    found = loss_of("task", logits=logits, targets=torch.tensor([0, 0]), weights=weights)
    assert found == pytest.approx((-1.5 * math.log(0.25) - 0.5 * math.log(0.9)) / 2, abs=1e-6)


def test_the_task_with_a_teacher_is_zero_for_the_teacher_itself():
    probabilities = torch.tensor([[0.25, 0.75], [1.0, 0.0]])
    logits = torch.tensor([[math.log(0.25), math.log(0.75)], [50.0, -50.0]])
    assert loss_of("task", logits=logits, targets=probabilities) == pytest.approx(0.0, abs=1e-6)


def test_retention_is_the_divergence_from_before():
    before, after = torch.tensor([[0.5, 0.5]]), torch.tensor([[0.2, 0.8]])
    expected = 0.5 * math.log(0.5 / 0.2) + 0.5 * math.log(0.5 / 0.8)
    found = loss_of("retention", logits=after.log(), before=before)
    assert found == pytest.approx(expected, abs=1e-6)


def test_consistency_is_the_mean_squared_difference_of_logits():
    sides = torch.tensor([[1.0, 2.0], [0.0, 0.0]]), torch.tensor([[3.0, 2.0], [0.0, 1.0]])
    assert loss_of("consistency", pair_logits=sides) == pytest.approx((4 + 0 + 0 + 1) / 4)


def test_symmetric_divergence_is_half_of_both_directions():
    p, q = (0.2, 0.8), (0.5, 0.5)
    both = sum(a * math.log(a / b) + b * math.log(b / a) for a, b in zip(p, q, strict=True))
    sides = torch.tensor([p]).log() + 3.0, torch.tensor([q]).log()  # a shift changes no answer
    assert loss_of("consistency_kl", pair_logits=sides) == pytest.approx(both / 2, abs=1e-6)


def test_every_name_leads_to_an_objective_of_that_name():
    assert [o.name for o in create_objectives(OBJECTIVES)] == list(OBJECTIVES)


def test_an_unknown_name_is_told_the_known_ones():
    with pytest.raises(ArgumentError, match=r"'kindness' must be one of .*consistency"):
        create_objectives(["kindness"])
