"""One training run as it goes: its loss, its evaluations, and the best state so far."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation.bank import Bank
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.front import Evaluation, Front
from pytest_fairness.mitigation.layers import trainable
from pytest_fairness.mitigation.objectives import Beginning, Objective, Step, create_objectives
from pytest_fairness.mitigation.plan import Batch, TextPair

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
    asks_all: bool = (
        False  # whether an objective wants the answers to all rows before the first step
    )

    @property
    def texts(self) -> list[str]:
        """All the texts of the run."""
        texts = [text for batch in self.batches for text in batch.texts]
        if self.asks_all or self.rows.targets is None:  # the model before the repair answers them
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
        self.front = Front(config.max_accuracy_loss, config.patience)
        self._before = before.softmax(dim=-1)
        self._targets = self._targets_of(lesson.rows)
        self._groups, self._group_names = _numbered(lesson.rows.groups)
        self._weights = _weights_of(lesson.rows)
        self._checked_rows = bank.numbers(lesson.rows_checked.texts)
        self._answers = _labels_of(self._targets_of(lesson.rows_checked))
        self._checked_pairs = _unzip(bank, lesson.pairs_checked)
        self._learnt_pairs = _unzip(bank, lesson.pairs_learnt)
        self._on_step = on_step or (lambda progress: None)
        self._best_state: dict[str, Tensor] = {}
        self._loss, self._step = 0.0, 0
        self.objectives = self._begin_objectives(config)
        self._watches = any("hidden" in o.needs for o, _ in self.objectives)
        self._add(self._evaluate(0, None, before))

    def _begin_objectives(self, config: MitigationConfig) -> list[tuple[Objective, float]]:
        """Return each objective that counts with its weight, ready for the first step."""
        weights = {name: weight for name, weight in config.weights.items() if weight}
        objectives = create_objectives(weights)
        asks_all = any("before" in objective.needs for objective in objectives)
        numbers = self.bank.numbers(self._row_texts) if asks_all else None
        beginning = Beginning(
            model=self.model,
            bank=self.bank,
            texts=self._row_texts,
            targets=self._targets,
            groups=self._groups,
            group_names=self._group_names,
            before=None if numbers is None else self._before[numbers],
            seed=config.seed,
        )
        for objective in objectives:
            _check_needs(objective, beginning, self._learnt_pairs[0])
            objective.begin(beginning)
        return list(zip(objectives, weights.values(), strict=True))

    @property
    def trainable_parameters(self) -> int:
        """Weights that can move."""
        return sum(parameter.numel() for parameter in trainable(self.model).values())

    @property
    def own_weights(self) -> list[nn.Parameter]:
        """Weights that objectives train along, and that are not part of the model."""
        modules = [o.module for o, _ in self.objectives if o.module is not None]
        return [parameter for module in modules for parameter in module.parameters()]

    def inputs(self, batch: Batch) -> dict[str, Any]:
        """Return the tensors of one step."""
        import torch

        numbers = [number for number, _ in batch.rows]
        unchanged = self.bank.numbers([self._row_texts[number] for number in numbers])
        found = {
            "rows": self.bank.batch(self.bank.numbers([text for _, text in batch.rows])),
            "targets": self._targets[numbers],
            "numbers": torch.tensor(numbers),
            "before": self._before[unchanged],  # a variant is to be answered as its row was
        }
        for name, values in (("groups", self._groups), ("weights", self._weights)):
            if values is not None:
                found[name] = values[numbers]
        return {**found, **self._pair_inputs(batch.pairs)}

    def _pair_inputs(self, pairs: Sequence[TextPair]) -> dict[str, Any]:
        if not pairs or not any("pairs" in o.needs for o, _ in self.objectives):
            return {}
        originals, variants = _unzip(self.bank, pairs)
        distinct = list(dict.fromkeys((*originals, *variants)))
        return {
            "pairs": self.bank.batch(distinct),
            "originals": _places(originals, distinct),
            "variants": _places(variants, distinct),
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
            hidden=hidden,
            targets=inputs["targets"],
            rows=inputs["numbers"],
            groups=inputs.get("groups"),
            weights=inputs.get("weights"),
            before=inputs["before"],
            pair_logits=pair_logits,
            pair_hidden=pair_hidden,
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
        if self._watches:
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
        import torch

        with torch.no_grad():
            for name, parameter in trainable(self.model).items():
                parameter.copy_(self._best_state[name])

    def _add(self, evaluation: Evaluation) -> None:
        if self.front.add(evaluation):
            self._best_state = {
                name: parameter.detach().cpu().clone()
                for name, parameter in trainable(self.model).items()
            }

    def _evaluate(self, step: int, loss: float | None, logits: Tensor | None) -> Evaluation:
        """Look at all that is checked; `logits` of the whole bank where they are known already."""
        sides = (*self._checked_pairs, *self._learnt_pairs)
        distinct = sorted({*self._checked_rows, *itertools.chain(*sides)})
        answers = self.bank.logits(self.model, distinct) if logits is None else logits[distinct]
        said = answers[_places(self._checked_rows, distinct)].argmax(dim=-1)
        first, second, learnt_first, learnt_second = (
            answers[_places(side, distinct)].softmax(dim=-1) for side in sides
        )
        return Evaluation(
            step=step,
            accuracy=_mean(said == self._answers),
            flip_rate=_flip_rate(first, second),
            mean_shift=_mean_shift(first, second),
            learnt_flip_rate=_flip_rate(learnt_first, learnt_second),
            learnt_mean_shift=_mean_shift(learnt_first, learnt_second),
            loss=loss,
        )

    def _targets_of(self, rows: Labelled) -> Tensor:
        import torch

        if rows.targets is None:
            return self._before[self.bank.numbers(rows.texts)]
        targets = torch.as_tensor(rows.targets)
        return targets.long() if targets.dim() == 1 else targets.float()


def _check_needs(objective: Objective, beginning: Beginning, pairs: Sequence[int]) -> None:
    if "groups" in objective.needs and beginning.groups is None:
        raise MitigationError(
            f"The objective {objective.name!r} needs the group of each row. Read the rows with "
            'read_rows(..., group="COLUMN"), or leave this objective out.'
        )
    if "pairs" in objective.needs and not pairs:
        raise MitigationError(
            f"The objective {objective.name!r} needs counterfactual pairs, and there are none. "
            "Repair against a check over counterfactuals(...), or leave this objective out."
        )


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
    return torch.tensor([place[number] for number in numbers])


def _labels_of(targets: Tensor) -> Tensor:
    return targets if targets.dim() == 1 else targets.argmax(dim=-1)


def _flip_rate(first: Tensor, second: Tensor) -> float:
    return _mean(first.argmax(dim=-1) != second.argmax(dim=-1))


def _mean_shift(first: Tensor, second: Tensor) -> float:
    return _mean((first - second).abs().amax(dim=-1))


def _mean(values: Tensor) -> float:
    return float(values.double().mean()) if values.numel() else 0.0
