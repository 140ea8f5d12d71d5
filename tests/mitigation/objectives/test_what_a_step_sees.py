"""What the session tells objectives of the rows and pairs of a step, and before the first."""

from __future__ import annotations

import pytest
import torch

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation.objectives import create_objectives
from pytest_fairness.mitigation.plan import Batch, families_of
from tests.mitigation.objectives.arena import Network, World, session_of

# Rows 0 to 3, the last of an unknown group; 4 is a variant of row 0.
WORLD = World(
    x=torch.arange(15.0).reshape(5, 3),
    y=torch.tensor([0, 1, 0, 1]),
    z=torch.tensor([0, 1, 1, -1]),
    pairs=((0, 4), (1, 2), (4, 3)),
)
BATCH = Batch(
    rows=((0, "0"), (0, "4"), (1, "1"), (3, "3")), pairs=(("0", "4"), ("1", "2"), ("4", "3"))
)
NEEDS_ALL = {"mmd": 1.0, "contrastive": 1.0}


@pytest.fixture
def seen():
    """The step that objectives see of the batch, and the model."""
    model = Network(3, 4)
    session = session_of(WORLD, model, [BATCH], objectives=NEEDS_ALL)
    return session._see(model, session.inputs(BATCH)), model


def test_a_variant_has_the_label_of_its_row_and_no_group(seen):
    step, _ = seen
    assert step.labels.tolist() == [0, 0, 1, 1]
    assert step.groups.tolist() == [0, -1, 1, -1]
    assert step.known().labels.tolist() == [0, 1]


def test_hidden_states_are_what_the_last_layer_reads(seen):
    step, model = seen
    torch.testing.assert_close(step.hidden, model.lower(WORLD.x[[0, 4, 1, 3]]))
    torch.testing.assert_close(step.pair_hidden[1], model.lower(WORLD.x[[4, 2, 3]]))
    torch.testing.assert_close(model.classifier(step.hidden), step.logits)


def test_pairs_that_share_a_text_are_of_one_family(seen):
    first, second, third = seen[0].families.tolist()
    assert first == third != second


def test_families_reach_through_any_number_of_pairs():
    chain = [(str(i), str(i + 1)) for i in range(0, 2000, 2)]
    links = [(str(i + 1), str(i + 2)) for i in range(0, 1998, 2)]
    found = families_of([*chain, ("a", "b"), *links])
    assert {found[str(i)] for i in range(2000)} == {0}
    assert found["a"] == found["b"] == 1


def test_nothing_is_shown_that_no_objective_needs():
    model = Network(3, 4)
    session = session_of(WORLD, model, [BATCH], objectives={})
    step = session._see(model, session.inputs(BATCH))
    assert (step.hidden, step.pair_logits, step.families) == (None, None, None)


def test_progress_goes_with_the_steps():
    model = Network(3, 4)
    session = session_of(WORLD, model, [BATCH] * 4, objectives={})
    session.after_step(1)
    assert session._see(model, session.inputs(BATCH)).progress == 0.25


@pytest.mark.parametrize("name", ["adversarial", "contrastive"])
def test_a_last_layer_alone_cannot_shape_what_it_reads(name):
    model = Network(3, 4)
    model.lower.requires_grad_(False)
    with pytest.raises(MitigationError, match=f"{name}. shapes what the last layer reads"):
        session_of(WORLD, model, [BATCH], objectives={name: 1.0})


@pytest.mark.parametrize("name", ["group_dro", "mmd", "adversarial"])
def test_a_step_without_what_an_objective_needs_is_a_mistake_of_ours(seen, name):
    (objective,) = create_objectives([name])
    step = seen[0].__class__(
        logits=torch.zeros(1, 2),
        targets=torch.tensor([0]),
        weights=None,
        before=torch.zeros(1, 2),
        pair_logits=None,
    )
    with pytest.raises(ValueError, match="name them in `needs`"):
        objective.loss(step)
