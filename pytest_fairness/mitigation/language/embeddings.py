"""Pulling the vectors of counterfactuals together, with all others where they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_fairness.mitigation.bank import evaluating
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.language import losses
from pytest_fairness.mitigation.language.bank import Row, TokenBank, to
from pytest_fairness.mitigation.language.config import LanguageConfig
from pytest_fairness.mitigation.language.front import Look
from pytest_fairness.mitigation.language.plan import Batch
from pytest_fairness.mitigation.language.session import LanguageSession

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class EmbeddingLesson:
    """What a run learns from, and what its evaluations look at, as rows of tokens.

    Attributes
    ----------
    pairs, pairs_checked : sequence of pairs of rows
        Training and validation pairs.
    learnt : sequence of int
        Training pairs that evaluations look at.
    texts, texts_checked : sequence of rows
        Ordinary training and validation texts.
    """

    pairs: Sequence[tuple[Row, Row]]
    pairs_checked: Sequence[tuple[Row, Row]]
    learnt: Sequence[int]
    texts: Sequence[Row]
    texts_checked: Sequence[Row]

    @property
    def rows(self) -> Iterator[Row]:
        """All the rows of tokens of the run."""
        yield from (row for pair in (*self.pairs, *self.pairs_checked) for row in pair)
        yield from (*self.texts, *self.texts_checked)


class EmbeddingSession(LanguageSession):
    """Trains an embedder.

    Parameters
    ----------
    model : nn.Module
    bank : TokenBank
        The rows of the lesson.
    lesson : EmbeddingLesson
    pooling : {"mean", "cls"}
    config : MitigationConfig
    language : LanguageConfig
    """

    def __init__(
        self,
        model: Any,
        bank: TokenBank,
        lesson: EmbeddingLesson,
        pooling: str,
        config: MitigationConfig,
        language: LanguageConfig,
    ) -> None:
        super().__init__(model, config, language)
        self._bank, self._lesson, self._pooling = bank, lesson, pooling
        self._pairs = [tuple(bank.numbers(pair)) for pair in lesson.pairs]
        self._texts = bank.numbers(lesson.texts)
        self._checked = bank.numbers(lesson.texts_checked)
        self._before = self._embed(range(len(bank)))
        self.start()

    def inputs(self, batch: Batch) -> dict[str, Any]:
        """Return the tensors of one step: both sides of the pairs, then the ordinary texts."""
        import torch

        firsts, seconds = zip(*(self._pairs[i] for i in batch.pairs), strict=True)
        numbers = [*firsts, *seconds, *(self._texts[i] for i in batch.texts)]
        return {
            "batch": self._bank.batch(numbers),
            "before": self._before[numbers],
            "pairs": torch.tensor(len(firsts)),
        }

    def _parts(self, model: nn.Module, inputs: dict[str, Any]) -> tuple[Tensor, Tensor | None]:
        n = int(inputs["pairs"])
        vectors = self._vectors(model, inputs["batch"])
        fairness = losses.distances(vectors[:n], vectors[n : 2 * n]).mean()
        moved = losses.distances(_merged(vectors, n), _merged(inputs["before"], n))
        return fairness, moved.mean()

    def _look(self, step: int, loss: float | None) -> Look:
        checked = self._apart(self._lesson.pairs_checked)
        learnt = self._apart([self._lesson.pairs[i] for i in self._lesson.learnt])
        moved = losses.distances(self._embed(self._checked), self._before[self._checked])
        return Look(step, float(checked.mean()), float(learnt.mean()), float(moved.mean()), loss)

    def _limit(self, first: Look) -> float:
        return self.language.max_similarity_loss / 2

    def _apart(self, pairs: Sequence[tuple[Row, Row]]) -> Tensor:
        firsts, seconds = zip(*pairs, strict=True)
        vectors = self._embed(self._bank.numbers((*firsts, *seconds)))
        n = len(firsts)
        return losses.distances(vectors[:n], vectors[n:])

    def _embed(self, numbers: Sequence[int]) -> Tensor:
        """Return the vectors of the rows at `numbers` on the CPU, without dropout or gradient."""
        import torch

        device = next(self.model.parameters()).device
        found: dict[int, Tensor] = {}
        with evaluating(self.model):
            for part in self._bank.packed(dict.fromkeys(numbers)):
                vectors = self._vectors(self.model, to(self._bank.batch(part), device)).cpu()
                found.update(zip(part, vectors, strict=True))
        return torch.stack([found[number] for number in numbers])

    def _vectors(self, model: nn.Module, batch: dict[str, Tensor]) -> Tensor:
        with self._bank.inputs(batch) as inputs:
            hidden: Tensor = model(**inputs).last_hidden_state.float()
        if self._pooling == "cls":
            return hidden[:, 0]
        weights = batch["attention_mask"][..., None].to(hidden.dtype)
        return (hidden * weights).sum(dim=1) / weights.sum(dim=1)


def _merged(vectors: Tensor, n: int) -> Tensor:
    """Return the midpoints of the pairs, which come first, and the ordinary texts."""
    import torch

    return torch.cat([(vectors[:n] + vectors[n : 2 * n]) / 2, vectors[2 * n :]])
