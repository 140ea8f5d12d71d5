"""A sequence-to-sequence language model of transformers: the likelihood of what it writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.engine import Tokens
from pytest_fairness.models.language import LanguageModel
from pytest_fairness.models.likelihoods import LogLikelihoods, check_fit, pair_up, sums_of
from pytest_fairness.models.readout import Positions


@dataclass(frozen=True)
class Target:
    """What the decoder writes: its tokens, and which of them count."""

    ids: tuple[int, ...]
    scored: tuple[int, ...]


@dataclass(frozen=True)
class Unit:
    """A context with all that is to be written from it."""

    source: tuple[int, ...]
    targets: tuple[Target, ...]

    @property
    def tokens(self) -> int:
        """How many tokens go through the model."""
        longest = max(len(target.ids) for target in self.targets)
        return len(self.source) + len(self.targets) * max(1, longest)


class Seq2SeqLM(LanguageModel):
    """A sequence-to-sequence model of transformers, loaded.

    The encoder reads a context once, whatever number of texts is scored after it.
    """

    kind = "sequence-to-sequence model"
    has_streams = True

    def __init__(self, module: Any, tokenizer: Any, **options: Any) -> None:
        super().__init__(module, tokenizer, **options)
        unit = self._units([("one two", "two three")])[0][0]
        with self._held.evaluating() as held:
            self._readout.check(held, self._inputs([unit]))

    def log_likelihood(
        self, texts: Iterable[str], *, contexts: Iterable[str] | None = None
    ) -> LogLikelihoods:
        """Return the log-likelihood that the decoder writes each text when given its context.

        The encoder reads the context, framed as the tokenizer does it; without a context, an
        empty one. Of the text, the tokens that the tokenizer adds by itself (such as the end of
        the sequence) are read and not scored.

        Parameters
        ----------
        texts : iterable of str
        contexts : iterable of str, optional
            One per text.

        Raises
        ------
        ArgumentError
            If a text or a context is longer than the model reads.
        ModelError
            If the model answers with NaN.
        """
        return self._likelihoods(pair_up(texts, contexts), self._compute)

    def generate(self, prompts: Iterable[str], **options: Any) -> list[list[str]]:
        """Write from each prompt; see `pytest_fairness.models.generation.generate`."""
        from pytest_fairness.models import generation

        written: list[list[str]] = generation.generate(self, prompts, **options)
        return written

    def _compute(self, items: list[tuple[str, str]]) -> LogLikelihoods:
        units, members = self._units(items)
        self._check_fit(units, members, items)
        totals, counts = np.zeros(len(items)), np.zeros(len(items), dtype=np.int64)
        for unit, part, answer in zip(units, members, self._run(units, len(items)), strict=True):
            totals[part] = answer
            counts[part] = [len(target.scored) for target in unit.targets]
        return LogLikelihoods(totals, counts, np.asarray([len(t.encode()) for _, t in items]))

    def _units(self, items: list[tuple[str, str]]) -> tuple[list[Unit], list[list[int]]]:
        """Return one unit per context, as far as its texts fit into a batch."""
        by_context: dict[str, list[int]] = {}
        for i, (context, _) in enumerate(items):
            by_context.setdefault(context, []).append(i)
        sources = self.tokenizer(list(by_context), padding=False, verbose=False)["input_ids"]
        targets = self._targets([text for _, text in items])
        units, members = [], []
        for ids, all_ in zip(sources, by_context.values(), strict=True):
            longest = max(len(targets[i].ids) for i in all_)
            size = max(1, self.engine.budget // (len(ids) + longest + 1))
            for part in (all_[at : at + size] for at in range(0, len(all_), size)):
                units.append(Unit(tuple(ids), tuple(targets[i] for i in part)))
                members.append(part)
        return units, members

    def _targets(self, texts: list[str]) -> list[Target]:
        encoded = self.tokenizer(
            text_target=texts, padding=False, return_special_tokens_mask=True, verbose=False
        )
        rows = zip(encoded["input_ids"], encoded["special_tokens_mask"], strict=True)
        return [Target(tuple(ids), tuple(np.flatnonzero(np.equal(m, 0)))) for ids, m in rows]

    def _check_fit(
        self, units: list[Unit], members: list[list[int]], items: list[tuple[str, str]]
    ) -> None:
        lengths = np.zeros(len(items), dtype=np.int64)
        for unit, part in zip(units, members, strict=True):
            lengths[part] = [max(len(unit.source), len(t.ids)) for t in unit.targets]
        check_fit(lengths.tolist(), self.limit, [c + t for c, t in items], self._name)

    def _tokens(self, units: list[Unit]) -> Tokens:
        return Tokens([unit.tokens for unit in units], units)

    def _forward(self, tokens: Tokens, batch: list[int]) -> npt.NDArray[Any]:
        units: list[Unit] = [tokens.columns[i] for i in batch]
        targets = [target for unit in units for target in unit.targets]
        where = [(i, t) for i, target in enumerate(targets) for t in target.scored]
        rows = [i for i, _ in where]
        at = Positions(rows, [t for _, t in where], [targets[i].ids[t] for i, t in where])
        with self._held.evaluating() as module:
            values, _ = self._readout.log_probabilities(module, self._inputs(units), at)
        sums = sums_of(values, rows, len(targets))
        answers = np.empty(len(units), dtype=object)
        ends = np.cumsum([len(unit.targets) for unit in units])[:-1]
        for i, part in enumerate(np.split(sums, ends)):
            answers[i] = part
        return answers

    def _inputs(self, units: Sequence[Unit]) -> dict[str, Any]:
        """Run the encoder once a context, and return what the decoder needs for each text."""
        import torch
        from transformers.modeling_outputs import BaseModelOutput

        module = self.module
        sources, real = self._padded([unit.source for unit in units])
        hidden = module.get_encoder()(input_ids=sources, attention_mask=real).last_hidden_state
        counts = torch.tensor([len(unit.targets) for unit in units], device=hidden.device)
        start = module.config.decoder_start_token_id
        written, _ = self._padded([(start, *t.ids[:-1]) for unit in units for t in unit.targets])
        return {
            "encoder_outputs": BaseModelOutput(hidden.repeat_interleave(counts, 0)),
            "attention_mask": real.repeat_interleave(counts, 0),
            "decoder_input_ids": written,
            "use_cache": False,
        }

    def _padded(self, rows: Sequence[Sequence[int]]) -> tuple[Any, Any]:
        """Return rows padded on the right, and which of their tokens are real."""
        import torch

        width = max(1, *map(len, rows))
        filler = self.tokenizer.pad_token_id or 0
        ids = [[*row, *[filler] * (width - len(row))] for row in rows]
        real = [[1] * len(row) + [0] * (width - len(row)) for row in rows]
        device = self.module.device
        return torch.tensor(ids, device=device), torch.tensor(real, device=device)
