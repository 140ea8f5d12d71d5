"""Losses of groups against numbers worked out by hand, loops, NumPy and closed forms."""

from __future__ import annotations

import copy
import math
from itertools import product

import numpy as np
import pytest
import torch

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation.objectives import Beginning, Step, create_objectives
from tests.mitigation.objectives.arena import Network, Vectors


def step_of(logits, targets, groups=None, **given):
    before = torch.full((len(logits), logits.shape[1]), 1 / logits.shape[1])
    parts = {"weights": None, "before": before, "pair_logits": None, "groups": groups}
    return Step(logits=logits, targets=targets, **{**parts, **given})


def begun(name, labels, groups, **given):
    """The objective of a name, told of rows with these labels and groups."""
    labels, model = torch.tensor(labels), given.pop("model", None) or Network(3)
    bank = Vectors(given.pop("vectors", torch.zeros(len(labels), 3)))
    parts = {"weights": None, "before": torch.full((len(labels), 2), 0.5), "seed": 0}
    beginning = Beginning(
        model=model,
        bank=bank,
        texts=[str(i) for i in range(len(labels))],
        targets=labels,
        groups=torch.tensor(groups),
        group_names=("a", "b"),
        **{**parts, **given},
    )
    (objective,) = create_objectives([name])
    objective.begin(beginning)
    return objective


def told(*probabilities):
    """Logits under which label 0 has these probabilities."""
    p = torch.tensor(probabilities)
    return torch.stack([p, 1 - p], dim=1).log()


class TestCells:
    # Rows of label 0: three of group a, one of group b; of label 1: four of group b.
    LABELS, GROUPS = [0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1, 1, 1]

    def test_group_dro_by_hand(self):
        objective = begun("group_dro", self.LABELS, self.GROUPS)
        step = step_of(told(0.5, 0.25, 0.9), torch.tensor([0, 0, 0]), torch.tensor([0, 1, -1]))
        a, b = math.log(2), math.log(4)  # the last row's group is unknown: it counts nowhere
        raised = np.exp([0.1 * a, 0.1 * b, 0.0])  # label 1 of group b was not seen yet
        shares = raised / raised.sum()
        expected = shares[0] * a / (2 * 3 / 8) + shares[1] * b / (2 * 1 / 8)
        assert objective.loss(step).item() == pytest.approx(expected, rel=1e-5)

    def test_fair_batch_by_hand(self):
        objective = begun("fair_batch", self.LABELS, self.GROUPS)
        step = step_of(told(0.5, 0.25), torch.tensor([0, 0]), torch.tensor([0, 1]))
        a, b = math.log(2), math.log(4)  # b loses more: a hundredth of label 0's half moves to it
        expected = (3 / 8 - 0.005) * a / (2 * 3 / 8) + (1 / 8 + 0.005) * b / (2 * 1 / 8)
        assert objective.loss(step).item() == pytest.approx(expected, rel=1e-5)

    def test_fair_batch_moves_nothing_where_groups_lose_alike(self):
        objective = begun("fair_batch", self.LABELS, self.GROUPS)
        step = step_of(told(0.5, 0.5), torch.tensor([0, 0]), torch.tensor([0, 1]))
        for _ in range(3):
            objective.loss(step)
        assert objective.module.shares.tolist() == pytest.approx([3 / 8, 1 / 8, 0, 4 / 8])

    def test_shares_stay_shares_and_labels_keep_theirs(self):
        objective = begun("fair_batch", self.LABELS, self.GROUPS)
        step = step_of(told(0.9, 0.1), torch.tensor([0, 0]), torch.tensor([0, 1]))
        for _ in range(150):
            objective.loss(step)
        assert objective.module.shares.tolist() == pytest.approx([0, 0.5, 0, 0.5], abs=1e-6)

    @pytest.mark.parametrize("weights", [None, [1.0, 2.0, 1.0, 0.5, 1.0, 1.0, 0.5, 1.0]])
    def test_the_mean_over_all_steps_is_the_mean_of_each_cell(self, weights):
        weights = None if weights is None else torch.tensor(weights)
        objective = begun("group_dro", self.LABELS, self.GROUPS, weights=weights)
        logits = told(*torch.linspace(0.1, 0.8, 8).tolist())
        labels, groups = torch.tensor(self.LABELS), torch.tensor(self.GROUPS)
        found = [
            objective.module.estimates(
                step_of(
                    logits[[i, j]],
                    labels[[i, j]],
                    groups[[i, j]],
                    weights=None if weights is None else weights[[i, j]],
                ).known()
            )
            for i, j in product(range(8), repeat=2)
        ]
        losses = -logits.log_softmax(-1)[range(8), labels].numpy()
        w = np.ones(8) if weights is None else weights.numpy()
        means = [np.average(losses[s], weights=w[s]) for s in (slice(3), slice(3, 4), slice(4, 8))]
        mean = torch.stack(found).mean(dim=0)
        assert mean[[0, 1, 3]].tolist() == pytest.approx(means, rel=1e-5)

    @pytest.mark.parametrize("name", ["group_dro", "fair_batch", "adversarial", "mmd"])
    def test_rows_of_unknown_groups_alone_lose_nothing(self, name):
        objective = begun(name, self.LABELS, self.GROUPS)
        logits = told(0.5, 0.25).requires_grad_()
        step = step_of(
            logits, torch.tensor([0, 1]), torch.tensor([-1, -1]), hidden=torch.ones(2, 3)
        )
        loss = objective.loss(step)
        loss.backward()
        assert loss.item() == 0
        assert not logits.grad.any()


class TestJustTrainTwice:
    def test_only_old_errors_count(self):
        objective = begun("jtt", [0, 1], [0, 1])
        before = torch.tensor([[0.9, 0.1], [0.8, 0.2]])  # right, and wrong
        step = step_of(told(0.5, 0.25), torch.tensor([0, 1]), before=before)
        assert objective.loss(step).item() == pytest.approx(-math.log(0.75) / 2)

    def test_a_model_without_errors_is_refused(self):
        before = torch.tensor([[0.9, 0.1], [0.2, 0.8]])
        with pytest.raises(MitigationError, match="it got all 2 training rows right"):
            begun("jtt", [0, 1], [0, 1], before=before)


class TestDiscrepancy:
    @pytest.fixture
    def mmd(self):
        return begun("mmd", [0, 1], [0, 1])

    def test_against_loops(self, mmd):
        p, labels = [0.1, 0.3, 0.6, 0.95, 0.5, 0.2], torch.tensor([0] * 6)
        found = mmd.loss(step_of(told(*p), labels, torch.tensor([0, 0, 0, 1, 1, 1])))
        squares = {(i, j): 2 * (p[i] - p[j]) ** 2 for i in range(6) for j in range(6)}
        between = sorted(squares[i, j] for i in range(6) for j in range(i))
        kernel = {at: math.exp(-d / (2 * between[7])) for at, d in squares.items()}
        own = [kernel[i, j] for g in (range(3), range(3, 6)) for i in g for j in g if i != j]
        cross = [kernel[i, j] for i in range(3) for j in range(3, 6)]
        assert found.item() == pytest.approx(sum(own) / 6 - 2 * sum(cross) / 9, rel=1e-4)

    def test_far_apart_it_is_near_two(self, mmd):
        logits = told(*[1e-4] * 3, *[1 - 1e-4] * 2)
        loss = mmd.loss(step_of(logits, torch.tensor([1] * 5), torch.tensor([0, 0, 0, 1, 1])))
        assert loss.item() == pytest.approx(2 - 2 * math.exp(-1 / 2), rel=1e-3)

    def test_equal_scores_lose_nothing(self, mmd):
        loss = mmd.loss(step_of(told(*[0.3] * 6), torch.tensor([0] * 6), torch.arange(6) % 2))
        assert loss.item() == pytest.approx(0.0, abs=1e-6)

    def test_groups_of_one_distribution_lose_nothing_on_average(self, mmd):
        torch.manual_seed(0)
        groups, labels = torch.arange(12) % 2, torch.zeros(12, dtype=torch.long)
        found = [mmd.loss(step_of(told(*torch.rand(12)), labels, groups)) for _ in range(300)]
        mean, error = torch.stack(found).mean(), torch.stack(found).std() / 300**0.5
        assert abs(mean) < 3 * error

    def test_labels_are_not_compared(self, mmd):
        logits, same = told(0.1, 0.1, 0.9, 0.9), torch.tensor([0, 0, 1, 1])
        assert mmd.loss(step_of(logits, same, same)).item() == 0


class TestCorrelation:
    SCORES = told(0.1, 0.3, 0.2, 0.8, 0.7, 0.9)
    GROUPS = torch.tensor([0, 0, 1, 1, 0, 1])
    LABELS = torch.tensor([0, 0, 0, 1, 1, 1])

    def expected(self, rows):
        p = self.SCORES.softmax(-1)[rows, 0].numpy()
        r = abs(np.corrcoef(p, self.GROUPS[rows].numpy())[0, 1])
        return max(0.0, r - 1 / math.sqrt(len(p) - 1))

    def test_against_numpy(self):
        objective = begun("correlation", [0, 1], [0, 1])
        groups = torch.tensor([0, 0, 0, 1, 1, 1])
        r = np.corrcoef(self.SCORES.softmax(-1)[:, 0].numpy(), groups.numpy())[0, 1]
        found = objective.loss(step_of(self.SCORES, self.LABELS, groups))
        assert found.item() == pytest.approx(r - 1 / math.sqrt(5), rel=1e-4)

    def test_within_labels_against_numpy(self):
        objective = begun("correlation_eo", [0, 1], [0, 1])
        parts = [self.expected(slice(0, 3)), self.expected(slice(3, 6))]
        found = objective.loss(step_of(self.SCORES, self.LABELS, self.GROUPS)).item()
        assert sum(parts) > 0
        assert found == pytest.approx(sum(parts) / 2, rel=1e-4)

    @pytest.mark.parametrize("name", ["correlation", "correlation_eo"])
    def test_equal_scores_lose_nothing(self, name):
        step = step_of(told(*[0.3] * 4), torch.zeros(4).long(), torch.tensor([0, 1, 0, 1]))
        assert begun(name, [0, 1], [0, 1]).loss(step).item() == 0

    def test_what_follows_the_label_alone_is_fair_within_labels(self):
        labels = torch.tensor([0, 0, 0, 1, 1, 1])
        step = step_of(told(*[0.1] * 3, *[0.9] * 3), labels, torch.tensor([0, 0, 1, 0, 1, 1]))
        assert begun("correlation_eo", [0, 1], [0, 1]).loss(step).item() == 0


class TestAdversary:
    @pytest.mark.parametrize("progress", [0.0, 0.2, 1.0])
    def test_the_model_gets_the_slope_reversed(self, progress):
        objective = begun("adversarial", [0, 1], [0, 1])
        groups, hidden = torch.tensor([0, 1, 1]), torch.randn(3, 3, requires_grad=True)
        step = step_of(
            torch.zeros(3, 2), torch.tensor([0, 1, 0]), groups, hidden=hidden, progress=progress
        )
        objective.loss(step).backward()
        layers = copy.deepcopy(objective.module.layers)
        plain = hidden.detach().clone().requires_grad_()
        torch.nn.functional.cross_entropy(layers(plain), groups).backward()
        strength = math.tanh(5 * progress)  # the same as 2 / (1 + exp(-10 p)) - 1
        torch.testing.assert_close(hidden.grad, -strength * plain.grad)

    @pytest.mark.parametrize(("name", "floor"), [("adversarial", 0.6), ("adversarial_eo", 0.05)])
    def test_only_one_that_is_told_the_label_finds_what_depends_on_it(self, name, floor):
        # The group is the product of the label and the sign, which alone says nothing.
        sign, labels = torch.tensor([1.0, -1.0] * 16), torch.tensor([0, 0, 1, 1] * 8)
        groups = (sign * (2 * labels - 1) > 0).long()
        objective = begun(name, [0, 1], [0, 1])
        hidden = torch.stack([sign, 0 * sign, 0 * sign], dim=1)
        for _ in range(60):
            loss = objective.loss(step_of(torch.zeros(32, 2), labels, groups, hidden=hidden))
        assert (loss.item() > floor) == (name == "adversarial")

    def test_where_nothing_tells_the_group_the_loss_is_its_entropy(self):
        objective = begun("adversarial", [0, 1], [0, 1])
        groups = torch.tensor([0, 0, 0, 1] * 4)
        step = step_of(torch.zeros(16, 2), groups, groups, hidden=torch.ones(16, 3))
        losses = [objective.loss(step).item() for _ in range(60)]
        entropy = -0.75 * math.log(0.75) - 0.25 * math.log(0.25)
        assert losses[-1] == pytest.approx(entropy, abs=0.01)

    def test_it_goes_on_from_its_state(self):
        first, second = (begun("adversarial", [0, 1], [0, 1], seed=seed) for seed in (1, 2))
        groups = torch.tensor([0, 1, 1])
        steps = [
            step_of(torch.zeros(3, 2), groups, groups, hidden=torch.randn(3, 3)) for _ in range(4)
        ]
        for step in steps[:2]:
            first.loss(step)
        second.module.load_state_dict(copy.deepcopy(first.module.state_dict()))
        for step in steps[2:]:
            assert first.loss(step).item() == second.loss(step).item()


class TestContrast:
    @staticmethod
    def by_loops(z, classes):
        z = [v / np.linalg.norm(v) for v in z]
        losses = []
        for i in range(len(z)):
            others = [j for j in range(len(z)) if j != i]
            total = sum(math.exp(z[i] @ z[j] / 0.1) for j in others)
            own = [-math.log(math.exp(z[i] @ z[p] / 0.1) / total) for p in others
                   if classes[p] == classes[i]]  # fmt: skip
            losses += [sum(own) / len(own)] if own else []
        return sum(losses) / len(losses)

    def test_against_loops(self):
        torch.manual_seed(0)
        hidden, pairs = torch.randn(5, 3), (torch.randn(3, 3), torch.randn(3, 3))
        labels, families = torch.tensor([0, 1, 0, 1, 1]), torch.tensor([0, 1, 1])
        objective = begun("contrastive", [0, 1], [0, 1])
        given = {"hidden": hidden, "pair_hidden": pairs, "families": families}
        found = objective.loss(step_of(torch.zeros(5, 2), labels, **given)).item()
        rows = self.by_loops(hidden.numpy(), labels.tolist())
        sides = self.by_loops(torch.cat(pairs).numpy(), [0, 1, 1, 0, 1, 1])
        assert found == pytest.approx((rows + sides) / 2, rel=1e-4)

    def test_counterfactuals_that_coincide_apart_from_other_texts_lose_nothing(self):
        there, back = torch.tensor([[1.0, 0.0, 0.0]]), torch.tensor([[-1.0, 0.0, 0.0]])
        sides = torch.cat([there, back])
        step = step_of(
            torch.zeros(4, 2),
            torch.tensor([0, 1, 0, 1]),
            hidden=torch.cat([sides, sides]),
            pair_hidden=(sides, sides),
            families=torch.tensor([0, 1]),
        )
        assert begun("contrastive", [0], [0]).loss(step).item() == pytest.approx(0.0, abs=1e-6)


class TestElasticWeights:
    def test_against_the_closed_form_of_logistic_regression(self):
        vectors, model = torch.randn(6, 3), Network(3)
        objective = begun("ewc", [0, 1] * 3, [0, 1] * 3, vectors=vectors, model=model)
        step = step_of(torch.zeros(1, 2), torch.tensor([0]))
        assert objective.loss(step).item() == 0
        with torch.no_grad():
            p = model(vectors).logits.softmax(-1)[:, 1]
            model.classifier.weight[1] += torch.tensor([0.5, 0.0, -1.0])
            model.classifier.bias[0] -= 2.0
        slope = p * (1 - p)  # the information of either logit
        information = (slope.unsqueeze(1) * vectors.square()).mean(dim=0)
        expected = (information @ torch.tensor([0.25, 0.0, 1.0]) + slope.mean() * 4.0) / 2
        assert objective.loss(step).item() == pytest.approx(expected.item(), rel=1e-4)

    def test_it_leaves_no_gradient_and_the_mode_as_it_was(self):
        model = Network(3).train()
        begun("ewc", [0, 1], [0, 1], vectors=torch.randn(2, 3), model=model)
        assert model.training
        assert all(parameter.grad is None for parameter in model.parameters())
