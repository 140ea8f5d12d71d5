"""Making the two sides of pairs as likely to a language model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from pytest_fairness.mitigation.bank import evaluating
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.language import losses
from pytest_fairness.mitigation.language.bank import TokenBank, to
from pytest_fairness.mitigation.language.config import LanguageConfig
from pytest_fairness.mitigation.language.front import Look
from pytest_fairness.mitigation.language.plan import Batch
from pytest_fairness.mitigation.language.readings import Reading, Sides
from pytest_fairness.mitigation.language.session import LanguageSession
from pytest_fairness.models.readout import Positions, Readout

if TYPE_CHECKING:
    from torch import Tensor, nn

PLACES_A_BATCH = 1 << 25  # logits that one batch of an evaluation may have


@dataclass(frozen=True)
class LikelihoodLesson:
    """What a run learns from, and what its evaluations look at.

    Attributes
    ----------
    pairs, pairs_checked : sequence of Sides
        Training and validation pairs.
    learnt : sequence of int
        Training pairs that evaluations look at.
    texts, texts_checked : sequence of lists of Reading
        Ordinary training and validation texts.
    """

    pairs: Sequence[Sides]
    pairs_checked: Sequence[Sides]
    learnt: Sequence[int]
    texts: Sequence[list[Reading]]
    texts_checked: Sequence[list[Reading]]

    @property
    def rows(self) -> Iterator[tuple[int, ...]]:
        """All the rows of tokens of the run."""
        for first, second in chain(self.pairs, self.pairs_checked):
            yield from (reading.ids for reading in (*first.readings, *second.readings))
        for readings in chain(self.texts, self.texts_checked):
            yield from (reading.ids for reading in readings)


class LikelihoodSession(LanguageSession):
    """Trains a causal or masked language model.

    Parameters
    ----------
    model : nn.Module
    bank : TokenBank
        The rows of the lesson.
    lesson : LikelihoodLesson
    config : MitigationConfig
    language : LanguageConfig
    """

    def __init__(
        self,
        model: Any,
        bank: TokenBank,
        lesson: LikelihoodLesson,
        config: MitigationConfig,
        language: LanguageConfig,
    ) -> None:
        super().__init__(model, config, language)
        self._bank, self._lesson = bank, lesson
        self._readout = Readout()
        self._check_readout()
        self._kept = self._keep_expectations()
        self._before = self._keep_differences()
        self.start()

    def inputs(self, batch: Batch) -> dict[str, Any]:
        """Return the tensors of one step."""
        found = {"pairs": self._pair_inputs([self._lesson.pairs[i] for i in batch.pairs])}
        if self._before is not None:
            found["pairs"]["before"] = self._before[list(batch.pairs)]
        if self._kept:
            readings = [r for i in batch.texts for r in self._lesson.texts[i]]
            kept = zip(*(self._kept[reading] for reading in readings), strict=True)
            tokens, before = map(_joined, kept)
            found["texts"] = {**self._asked(readings), "kept": tokens, "before": before}
        return found

    def _parts(self, model: nn.Module, inputs: dict[str, Any]) -> tuple[Tensor, Tensor | None]:
        fairness = self._fairness(model, inputs["pairs"])
        if "texts" not in inputs:
            return fairness, None
        asked = inputs["texts"]
        logits = self._logits(model, asked)
        return fairness, losses.kept_divergence(logits, asked["kept"], asked["before"])

    def _fairness(self, model: nn.Module, asked: dict[str, Any]) -> Tensor:
        found = self._differences(model, asked)
        if self.language.objective == "preference":
            return losses.preference_loss(found, asked["before"], self.language.beta)
        return found.square().mean()

    def _differences(self, model: nn.Module, asked: dict[str, Any]) -> Tensor:
        """Return what tells the two sides of each pair apart: 0 is fair."""
        likely = losses.at_targets(self._logits(model, asked), asked["targets"])
        sums = losses.sums_by_owner(likely, asked["owners"], len(asked["lengths"]))
        return losses.likelihood_differences(sums, asked["lengths"])

    def _logits(self, model: nn.Module, asked: dict[str, Any]) -> Tensor:
        """Return the logits at the places that are asked, of shape (n_places, n_vocabulary)."""
        at = Positions(asked["rows"], asked["columns"], ())
        with self._bank.inputs(asked["batch"]) as inputs:
            logits: Tensor = self._readout.run(_inner(model), inputs, at)[0].float()
        return logits

    def _asked(self, readings: Sequence[Reading]) -> dict[str, Any]:
        """Return the rows of some readings as a batch, and where they are looked at."""
        import torch

        numbers = self._bank.numbers(reading.ids for reading in readings)
        distinct = {number: i for i, number in enumerate(dict.fromkeys(numbers))}
        rows = [
            distinct[number]
            for number, reading in zip(numbers, readings, strict=True)
            for _ in reading.places
        ]
        return {
            "batch": self._bank.batch(list(distinct)),
            "rows": torch.tensor(rows),
            "columns": torch.tensor([place for r in readings for place in r.places]),
            "targets": torch.tensor([target for r in readings for target in r.targets]),
        }

    def _pair_inputs(self, pairs: Sequence[Sides]) -> dict[str, Any]:
        import torch

        sides = [side for pair in pairs for side in pair]
        owners = [i for i, side in enumerate(sides) for r in side.readings for _ in r.places]
        return {
            **self._asked([reading for side in sides for reading in side.readings]),
            "owners": torch.tensor(owners),
            "lengths": torch.tensor([float(side.length) for side in sides]),
        }

    def _check_readout(self) -> None:
        """Find out whether logits can be computed at the places alone."""
        asked = self._asked(self._lesson.texts_checked[0])
        with evaluating(self.model), self._bank.inputs(self._moved(asked["batch"])) as inputs:
            self._readout.check(_inner(self.model), inputs)

    def _keep_expectations(self) -> dict[Reading, tuple[Tensor, Tensor]]:
        """Return, for each reading of the ordinary training texts, what was expected before."""
        if not self.language.retention_weight:
            return {}
        kept: dict[Reading, tuple[Tensor, Tensor]] = {}
        for readings, logits, _ in self._read(list(chain(*self._lesson.texts))):
            tokens, logs = losses.keep_likeliest(logits, self.language.kept_tokens)
            sizes = [len(reading.places) for reading in readings]
            parts = (_split(part, sizes) for part in (tokens, logs))
            kept.update(zip(readings, zip(*parts, strict=True), strict=True))
        return kept

    def _keep_differences(self) -> Tensor | None:
        """Return how much likelier the first side of each training pair was before the repair."""
        if self.language.objective != "preference":
            return None
        return self._told_apart(self._lesson.pairs)

    def _look(self, step: int, loss: float | None) -> Look:
        checked = self._told_apart(self._lesson.pairs_checked)
        learnt = self._told_apart([self._lesson.pairs[i] for i in self._lesson.learnt])
        gaps = [float(found.abs().double().mean()) for found in (checked, learnt)]
        return Look(step, gaps[0], gaps[1], self._perplexity(), loss)

    def _limit(self, first: Look) -> float:
        return first.cost * (1 + self.language.max_perplexity_rise / 2)

    def _perplexity(self) -> float:
        """Return one over the geometric mean of the probabilities of tokens of ordinary texts."""
        total, n = 0.0, 0
        for _, logits, asked in self._read(list(chain(*self._lesson.texts_checked))):
            total += float(losses.at_targets(logits, asked["targets"]).double().sum())
            n += len(logits)
        return math.exp(-total / n)

    def _told_apart(self, pairs: Sequence[Sides]) -> Tensor:
        import torch

        found = torch.zeros(len(pairs))
        with evaluating(self.model):
            for part in self._parts_of([_size(pair) for pair in pairs]):
                asked = self._moved(self._pair_inputs([pairs[i] for i in part]))
                found[part] = self._differences(self.model, asked).cpu()
        return found

    def _read(
        self, readings: Sequence[Reading]
    ) -> Iterator[tuple[list[Reading], Tensor, dict[str, Any]]]:
        """Yield batches of readings with the logits at their places."""
        with evaluating(self.model):
            for part in self._parts_of([len(reading.ids) for reading in readings]):
                chosen = [readings[i] for i in part]
                asked = self._moved(self._asked(chosen))
                yield chosen, self._logits(self.model, asked), asked

    def _parts_of(self, sizes: Sequence[int]) -> Iterator[list[int]]:
        """Cut items of some numbers of tokens into batches, small ones first."""
        budget = max(256, PLACES_A_BATCH // int(_inner(self.model).config.vocab_size))
        part: list[int] = []
        for i in sorted(range(len(sizes)), key=lambda i: sizes[i]):
            if part and (len(part) + 1) * sizes[i] > min(budget, 2048):
                yield part
                part = []
            part.append(i)
        if part:
            yield part

    def _moved(self, batch: dict[str, Any]) -> dict[str, Any]:
        return to(batch, next(self.model.parameters()).device)


def _inner(model: Any) -> Any:
    """Return the model itself, whose layers have the adapters in them where there are any."""
    return model.get_base_model() if hasattr(model, "peft_config") else model


def _size(pair: Sides) -> int:
    return sum(len(reading.ids) for side in pair for reading in side.readings)


def _split(rows: Tensor, sizes: Sequence[int]) -> Iterator[Tensor]:
    """Yield so many rows at a time, on the CPU, each part with memory of its own."""
    start = 0
    for size in sizes:
        yield rows[start : start + size].cpu().clone()
        start += size


def _joined(parts: Sequence[Tensor]) -> Tensor:
    import torch

    return torch.cat(list(parts))
