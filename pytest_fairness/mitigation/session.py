"""One training run as it goes: its loss, its evaluations, and the best state so far."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_fairness.mitigation.bank import Bank
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.front import Evaluation, Front
from pytest_fairness.mitigation.layers import trainable
from pytest_fairness.mitigation.objectives import Beginning, Objective, Step, create_objectives
from pytest_fairness.mitigation.objectives.base import distinct
from pytest_fairness.mitigation.objectives.needs import check_needs
from pytest_fairness.mitigation.plan import Batch, TextPair, families_of
from pytest_fairness.mitigation.weights import give, learnt

if TYPE_CHECKING:
    from torch import Tensor, nn

Sides = tuple["Tensor", "Tensor"] | None  # of counterfactual pairs


@dataclass(frozen=True)
class Progress:
    """What `on_step` is told after each step; `evaluation` is None between evaluations."""

    step: int
    max_steps: int
    loss: float
    evaluation: Evaluation | None


@dataclass(frozen=True)
class Lesson:
    """What a run learns from, and what its evaluations look at.

    Attributes
    ----------
    batches : sequence of Batch
        One for each step.
    rows, rows_checked : Labelled
        Training and validation rows; the batches count the first.
    pairs_learnt, pairs_checked : sequence of pairs of str
        Training and validation pairs that evaluations look at.
    """

    batches: Sequence[Batch]
    rows: Labelled
    rows_checked: Labelled
    pairs_learnt: Sequence[TextPair]
    pairs_checked: Sequence[TextPair]

    @property
    def texts(self) -> list[str]:
        """All the texts of the run."""
        texts = [text for batch in self.batches for text in batch.texts]
        if self.rows.targets is None:  # the model before the repair answers all of them
            texts += self.rows.texts
        pairs = (*self.pairs_learnt, *self.pairs_checked)
        return [*texts, *self.rows_checked.texts, *itertools.chain(*pairs)]


class Session:
    """What the Trainer calls back: `inputs` for a step, `loss`, and `after_step`.

    Parameters
    ----------
    model : nn.Module
        The model that learns.
    bank : Bank
        All the texts of the lesson.
    before : Tensor of shape (n_texts, n_labels)
        Logits of the bank's texts before the repair.
    lesson : Lesson
    config : MitigationConfig
    on_step : callable, optional
        Told the progress after each step.
    """

    def __init__(
        self,
        model: nn.Module,
        bank: Bank,
        before: Tensor,
        lesson: Lesson,
        config: MitigationConfig,
        on_step: Callable[[Progress], None] | None = None,
    ) -> None:
        self.model, self.bank, self.config = model, bank, config
        self._row_texts = lesson.rows.texts
        self.front = Front(config.margin_in_training, config.patience)
        self._before = before.softmax(dim=-1)
        self._targets = self._targets_of(lesson.rows)
        self._weights = _weights_of(lesson.rows)
        self._groups, self._group_names = _numbered(lesson.rows.groups)
        self._families = families_of(pair for batch in lesson.batches for pair in batch.pairs)
        self._checked_rows = bank.numbers(lesson.rows_checked.texts)
        self._answers = _labels_of(self._targets_of(lesson.rows_checked))
        self._checked_groups, _ = _numbered(lesson.rows_checked.groups)
        self._checked_pairs = _unzip(bank, lesson.pairs_checked)
        self._learnt_pairs = _unzip(bank, lesson.pairs_learnt)
        self._on_step = on_step or (lambda progress: None)
        self._best_state: dict[str, Tensor] = {}
        self._loss, self._step = 0.0, 0
        self.objectives = self._begin_objectives(lesson)
        self._needs = frozenset().union(*(o.needs for o, _ in self.objectives))
        self._add(self._evaluate(0, None, before))

    def _begin_objectives(self, lesson: Lesson) -> list[tuple[Objective, float]]:
        """Return each objective that counts with its weight, ready for the first step."""
        weights = {name: weight for name, weight in self.config.weights.items() if weight}
        objectives = create_objectives(weights)
        beginning = self._beginning(lesson)
        for objective in objectives:
            check_needs(objective, beginning)
            objective.begin(beginning)
        return list(zip(objectives, weights.values(), strict=True))

    def _beginning(self, lesson: Lesson) -> Beginning:
        shown = sorted({number for batch in lesson.batches for number, _ in batch.rows})
        texts = [self._row_texts[number] for number in shown]
        return Beginning(
            model=self.model,
            bank=self.bank,
            texts=texts,
            targets=self._targets[shown],
            weights=None if self._weights is None else self._weights[shown],
            groups=None if self._groups is None else self._groups[shown],
            group_names=self._group_names,
            before=self._before[self.bank.numbers(texts)],
            seed=self.config.seed,
            has_pairs=bool(lesson.pairs_learnt),
        )

    @property
    def trainable_parameters(self) -> int:
        """Weights that can move."""
        return sum(parameter.numel() for parameter in trainable(self.model).values())

    def inputs(self, batch: Batch) -> dict[str, Any]:
        """Return the tensors of one step."""
        import torch

        numbers = [number for number, _ in batch.rows]
        unchanged = self.bank.numbers([self._row_texts[number] for number in numbers])
        found = {
            "rows": self.bank.batch(self.bank.numbers([text for _, text in batch.rows])),
            "targets": self._targets[numbers],
            "before": self._before[unchanged],  # a variant is to be answered as its row was
        }
        if self._weights is not None:
            found["weights"] = self._weights[numbers]
        if self._groups is not None:
            own = [text == self._row_texts[number] for number, text in batch.rows]
            # a variant may speak of another group than its row
            found["groups"] = self._groups[numbers].where(torch.tensor(own), -1)
        return {**found, **self._pair_inputs(batch.pairs)}

    def _pair_inputs(self, pairs: Sequence[TextPair]) -> dict[str, Any]:
        import torch

        if "pairs" not in self._needs:
            return {}
        originals, variants = _unzip(self.bank, pairs)
        distinct = list(dict.fromkeys((*originals, *variants)))
        return {
            "pairs": self.bank.batch(distinct),
            "originals": _places(originals, distinct),
            "variants": _places(variants, distinct),
            "families": torch.tensor([self._families[original] for original, _ in pairs]),
        }

    def loss(self, model: nn.Module, inputs: dict[str, Any]) -> Tensor:
        """Return the loss of one step: every objective, weighted."""
        step = self._see(model, inputs)
        losses = [weight * objective.loss(step) for objective, weight in self.objectives]
        loss = sum(losses[1:], start=losses[0])
        self._loss = float(loss.detach())
        return loss

    def _see(self, model: nn.Module, inputs: dict[str, Any]) -> Step:
        logits, hidden = self._answer(model, inputs["rows"])
        pair_logits, pair_hidden = self._answer_pairs(model, inputs)
        return Step(
            logits=logits,
            targets=inputs["targets"],
            weights=inputs.get("weights"),
            before=inputs["before"],
            pair_logits=pair_logits,
            groups=inputs.get("groups"),
            hidden=hidden,
            pair_hidden=pair_hidden,
            families=inputs.get("families"),
            progress=self._step / self.config.max_steps,
        )

    def _answer_pairs(self, model: nn.Module, inputs: dict[str, Any]) -> tuple[Sides, Sides]:
        """Return logits and hidden states of both sides of pairs; each text is answered once."""
        if "pairs" not in inputs:
            return None, None
        logits, hidden = self._answer(model, inputs["pairs"])
        first, second = inputs["originals"], inputs["variants"]
        sides = None if hidden is None else (hidden[first], hidden[second])
        return (logits[first], logits[second]), sides

    def _answer(self, model: nn.Module, batch: dict[str, Any]) -> tuple[Tensor, Tensor | None]:
        if "hidden" in self._needs:
            return self.bank.forward_with_hidden(model, batch)
        return self.bank.forward(model, batch), None

    def after_step(self, step: int) -> bool:
        """Evaluate when it is time, tell the progress, and say whether the run is over."""
        evaluation, self._step = None, step
        if step % self.config.eval_every == 0 or step == self.config.max_steps:
            evaluation = self._evaluate(step, self._loss, None)
            self._add(evaluation)
        self._on_step(Progress(step, self.config.max_steps, self._loss, evaluation))
        return self.front.is_over

    def restore_best(self) -> None:
        """Give the model the weights of its best state."""
        give(self.model, self._best_state)

    def state(self) -> dict[str, Any]:
        """Return what a run needs to go on, beside what the Trainer keeps."""
        modules = [objective.module for objective, _ in self.objectives]
        return {
            "front": self.front.state(),
            "best": self._best_state,
            "loss": self._loss,
            "objectives": [None if module is None else module.state_dict() for module in modules],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` returned."""
        self.front.restore(state["front"])
        self._best_state, self._loss = state["best"], state["loss"]
        self._step = self.front.history[-1].step  # states are kept after evaluations
        for (objective, _), kept in zip(self.objectives, state["objectives"], strict=True):
            if objective.module is not None:
                objective.module.load_state_dict(kept)

    def _add(self, evaluation: Evaluation) -> None:
        if self.front.add(evaluation):
            self._best_state = learnt(self.model)

    def _evaluate(self, step: int, loss: float | None, logits: Tensor | None) -> Evaluation:
        """Look at all that is checked; `logits` of the whole bank where they are known already."""
        sides = (*self._checked_pairs, *self._learnt_pairs)
        distinct = sorted({*self._checked_rows, *itertools.chain(*sides)})
        answers = self.bank.logits(self.model, distinct) if logits is None else logits[distinct]
        right = answers[_places(self._checked_rows, distinct)].argmax(dim=-1) == self._answers
        first, second, learnt_first, learnt_second = (
            answers[_places(side, distinct)].softmax(dim=-1) for side in sides
        )
        return Evaluation(
            step=step,
            accuracy=_mean(right),
            flip_rate=_flip_rate(first, second),
            mean_shift=_mean_shift(first, second),
            learnt_flip_rate=_flip_rate(learnt_first, learnt_second),
            learnt_mean_shift=_mean_shift(learnt_first, learnt_second),
            loss=loss,
            group_gap=self._group_gap(right),
        )

    def _group_gap(self, right: Tensor) -> float:
        """Return the largest gap of recall between groups, where a loss is about groups."""
        groups = self._checked_groups
        if groups is None or "groups" not in self._needs:
            return 0.0
        gaps = [0.0]
        for label in distinct(self._answers):
            rows = self._answers == label
            known = distinct(groups[rows & (groups >= 0)])
            recalls = [_mean(right[rows & (groups == group)]) for group in known]
            gaps.append(max(recalls, default=0.0) - min(recalls, default=0.0))
        return max(gaps)

    def _targets_of(self, rows: Labelled) -> Tensor:
        import torch

        if rows.targets is None:
            return self._before[self.bank.numbers(rows.texts)]
        targets = torch.as_tensor(rows.targets)
        return targets.long() if targets.dim() == 1 else targets.float()


def _numbered(groups: Sequence[str] | None) -> tuple[Tensor | None, tuple[str, ...]]:
    """Return the number of each row's group, -1 for an empty name, and the names."""
    import torch

    if groups is None:
        return None, ()
    names = tuple(sorted({group for group in groups if group}))
    number = {name: i for i, name in enumerate(names)}
    return torch.tensor([number.get(group, -1) for group in groups]), names


def _weights_of(rows: Labelled) -> Tensor | None:
    """Return the rows' weights, on average 1."""
    import torch

    if rows.weights is None:
        return None
    weights = torch.as_tensor(rows.weights, dtype=torch.float32)
    return weights / weights.mean()


def _unzip(bank: Bank, pairs: Sequence[TextPair]) -> tuple[list[int], list[int]]:
    originals, variants = zip(*pairs, strict=True) if pairs else ((), ())
    return bank.numbers(originals), bank.numbers(variants)


def _places(numbers: Sequence[int], distinct: Sequence[int]) -> Tensor:
    import torch

    place = {number: i for i, number in enumerate(distinct)}
    return torch.tensor([place[number] for number in numbers], dtype=torch.long)


def _labels_of(targets: Tensor) -> Tensor:
    return targets if targets.dim() == 1 else targets.argmax(dim=-1)


def _flip_rate(first: Tensor, second: Tensor) -> float:
    return _mean(first.argmax(dim=-1) != second.argmax(dim=-1))


def _mean_shift(first: Tensor, second: Tensor) -> float:
    return _mean((first - second).abs().amax(dim=-1))


def _mean(values: Tensor) -> float:
    return float(values.double().mean()) if values.numel() else 0.0
