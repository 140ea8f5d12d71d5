"""A masked language model of transformers: pseudo-log-likelihoods, AUL, and what fills a gap."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pytest_fairness.engine import Engine, Tokens, as_texts
from pytest_fairness.errors import ModelError
from pytest_fairness.models.gaps import Gap, find_gaps, target_ids
from pytest_fairness.models.language import LanguageModel
from pytest_fairness.models.likelihoods import (
    LogLikelihoods,
    Numbers,
    check_fit,
    check_likelihoods,
    pair_up,
    sums_of,
)
from pytest_fairness.models.masking import Plan, Spans, as_spans, masks, narrowed, scored_tokens
from pytest_fairness.models.readout import Positions
from pytest_fairness.models.words import tokenise


class Unit(NamedTuple):
    """One reading of a text: some tokens masked, some read out, weighed by attention or not."""

    ids: tuple[int, ...]
    masked: tuple[int, ...]
    read: tuple[int, ...]
    attended: bool = False


class MaskedLM(LanguageModel):
    """A masked language model of transformers, loaded.

    Scores do not depend on which texts share a batch: within 1e-3 nats in float32. The narrower
    formats are noisier, which belongs into a test's tolerance.
    """

    kind = "masked language model"

    def __init__(self, module: Any, tokenizer: Any, **options: Any) -> None:
        super().__init__(module, tokenizer, **options)
        if tokenizer.mask_token_id is None:
            raise ModelError(
                f"The tokenizer of {self._name} has no mask token, so nothing can be masked. Save "
                "it with one (mask_token=), or load the model for what it was trained for (task=)."
            )
        ids = tokenizer("one two", verbose=False)["input_ids"]
        with self._held.evaluating() as held:
            self._readout.check(held, self._inputs([ids]))

    def log_likelihood(
        self,
        texts: Iterable[str],
        *,
        contexts: Iterable[str] | None = None,
        correction: bool = True,
        kept: Iterable[Spans] | None = None,
    ) -> LogLikelihoods:
        r"""Return the pseudo-log-likelihood of each text: each token masked in turn, and summed.

        :math:`\sum_t \log P(w_t | w_{\setminus t})` (Salazar et al. 2020). With the correction,
        the tokens of the same word that follow are masked as well: else the rest of a rare word
        gives its parts away, and rare words look likely (Kauf and Ivanova 2023). What counts as
        one word is said at `pytest_fairness.models.words.tokenise`. Tokens that the tokenizer adds
        are not scored, nor are those of the context, which is put before the text as it is.

        Parameters
        ----------
        texts : iterable of str
        contexts : iterable of str, optional
            One per text.
        correction : bool
            Whether the rest of a word is masked with each of its tokens.
        kept : iterable of sequences of (start, end), optional
            Of each text, the characters that are scored: tokens that lie within one of its spans,
            each masked alone, without the correction. The CrowS-Pairs score needs the words that
            two sentences share.

        Raises
        ------
        ArgumentError
            If a text with its context is longer than the model reads.
        ModelError
            If the model answers with NaN.
        """
        pairs = pair_up(texts, contexts)
        if kept is None:
            items = [("pll", text, context, correction) for context, text in pairs]
            return self._likelihoods(items, self._pseudo)
        spans = as_spans(kept, len(pairs))
        limited = [("kept", t, c, span) for (c, t), span in zip(pairs, spans, strict=True)]
        return self._likelihoods(limited, self._pseudo)

    def aul(self, texts: Iterable[str], *, attention: bool = False) -> Numbers:
        """Return the mean log-probability of the tokens of each text, none of them masked.

        All Unmasked Likelihood (Kaneko and Bollegala 2022), in nats, of shape (n_texts,); NaN of a
        text without tokens.

        Parameters
        ----------
        texts : iterable of str
        attention : bool
            Weigh each token by the attention that it gets, averaged over layers, heads and
            tokens (AULA).
        """
        items = [("aula" if attention else "aul", text, "") for text in as_texts(texts)]
        return self._likelihoods(items, self._unmasked).per_token

    def fill(
        self,
        texts: Iterable[str],
        targets: Sequence[str] | None = None,
        top_k: int = 10,
    ) -> Any:
        """Return what the model expects at the first ``[MASK]`` of each text.

        Parameters
        ----------
        texts : iterable of str
            Each with at least one ``[MASK]``, whatever the model's own name for it is. Further
            masks stay masked.
        targets : sequence of str, optional
            Words to score, each a single token of the model.
        top_k : int
            How many words to return where no targets are given.

        Returns
        -------
        array of shape (n_texts, n_targets), or list of lists of (str, float)
            Log-probabilities of the targets; or the likeliest words with theirs, best first.

        Raises
        ------
        ArgumentError
            If a text has no ``[MASK]``, or if a target is not one token.
        """
        listed = as_texts(texts)
        if targets is None:
            rows = self._filled(listed, ("top", top_k)).reshape(len(listed), 2, -1)
            return [self._words(*row) for row in rows]
        return self._filled(listed, ("targets", *as_texts(targets)))

    def _pseudo(self, items: list[Any]) -> LogLikelihoods:
        plans = self._plans([(item[2], item[1]) for item in items])
        plans = [narrowed(plan, item) for plan, item in zip(plans, items, strict=True)]
        units, owners = [], []
        for i, (item, plan) in enumerate(zip(items, plans, strict=True)):
            whole_words = item[0] == "pll" and item[3]
            for t in plan.scored:
                units.append(Unit(plan.tokens.ids, masks(plan.tokens, t, whole_words), (t,)))
                owners.append(i)
        return self._summed(units, owners, plans)

    def _unmasked(self, items: list[Any]) -> LogLikelihoods:
        plans = self._plans([("", item[1]) for item in items])
        asked = [i for i, plan in enumerate(plans) if plan.scored]
        weighed = items[0][0] == "aula"
        units = [Unit(plans[i].tokens.ids, (), plans[i].scored, weighed) for i in asked]
        return self._summed(units, asked, plans)

    def _summed(self, units: list[Unit], owners: list[int], plans: list[Plan]) -> LogLikelihoods:
        values = self._run(units, len(plans)) if units else np.zeros(0)
        sums = sums_of(values, owners, len(plans))
        counts = np.asarray([len(plan.scored) for plan in plans], dtype=np.int64)
        return LogLikelihoods(sums, counts, np.asarray([plan.bytes for plan in plans]))

    def _plans(self, pairs: list[tuple[str, str]]) -> list[Plan]:
        whole = tokenise(self.tokenizer, [context + text for context, text in pairs])
        texts = [text for _, text in pairs]
        check_fit([len(found.ids) for found in whole], self.limit, texts, self._name)
        before = tokenise(self.tokenizer, [context for context, _ in pairs])
        return [
            Plan(found, scored_tokens(found, context, len(start)), len(text.encode()))
            for found, context, (start, text) in zip(whole, before, pairs, strict=True)
        ]

    def _tokens(self, units: list[Any]) -> Tokens:
        return Tokens([len(unit.ids) for unit in units], units)

    def _forward(self, tokens: Tokens, batch: list[int]) -> npt.NDArray[Any]:
        units = [tokens.columns[i] for i in batch]
        where = [(i, t) for i, unit in enumerate(units) for t in unit.read]
        owners, columns = [i for i, _ in where], [t for _, t in where]
        at = Positions(owners, columns, [units[i].ids[t] for i, t in where])
        inputs = self._inputs([unit.ids for unit in units], [unit.masked for unit in units])
        with self._held.evaluating() as module:
            if not units[0].attended:
                values, _ = self._readout.log_probabilities(module, inputs, at)
            else:
                values = self._weighed(module, inputs, at, [len(unit.ids) for unit in units])
        return sums_of(values, owners, len(units))

    def _weighed(
        self, module: Any, inputs: dict[str, Any], at: Positions, lengths: list[int]
    ) -> Numbers:
        """Return log-probabilities times the attention that each token gets."""
        with _eager(module):
            values, output = self._readout.log_probabilities(
                module, {**inputs, "output_attentions": True}, at
            )
        layers = [layer.float().mean(1) for layer in output.attentions]
        mean = (sum(layers) / len(layers)).cpu().numpy()  # (n_texts, n_queries, n_keys)
        where = zip(at.rows, at.columns, strict=True)
        found: Numbers = values * [mean[i, : lengths[i], t].mean() for i, t in where]
        return found

    def _inputs(
        self, rows: Sequence[Sequence[int]], masked: Sequence[Sequence[int]] | None = None
    ) -> dict[str, Any]:
        """Return padded rows with some of their tokens masked."""
        import torch

        lengths = np.asarray([len(row) for row in rows])
        ids = np.full((len(rows), lengths.max()), self.tokenizer.pad_token_id or 0, dtype=np.int64)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            ids[i, list(masked[i] if masked else ())] = self.tokenizer.mask_token_id
        real = (np.arange(lengths.max()) < lengths[:, None]).astype(np.int64)
        arrays = {"input_ids": ids, "attention_mask": real}
        return {k: torch.from_numpy(v).to(self.module.device) for k, v in arrays.items()}

    def _filled(self, texts: list[str], asked: tuple[Any, ...]) -> Numbers:
        """Return what is asked of each text's gap, one row per text."""
        items = [("fill", text, asked) for text in texts]
        rows = self._remembered(items, self._fill_in)
        return np.frombuffer(b"".join(rows), dtype=np.float64).reshape(len(texts), -1)

    def _fill_in(self, items: list[Any]) -> list[bytes]:
        texts = [item[1] for item in items]
        found = find_gaps(self.tokenizer, texts)
        check_fit([len(gap.ids) for gap in found], self.limit, texts, self._name)
        pick = self._picker(items[0][2], found)

        def forward(tokens: Tokens, batch: list[int]) -> npt.NDArray[Any]:
            gaps = [tokens.columns[i] for i in batch]
            return pick(self._at_gaps(gaps), gaps)

        engine = Engine(self._tokens, forward, self.engine.budget, release=self._held.free_memory)
        rows = engine.score(found)
        check_likelihoods(rows.reshape(len(rows), -1).sum(axis=1), texts, self._name)
        return [np.ascontiguousarray(row, dtype=np.float64).tobytes() for row in rows]

    def _picker(
        self, asked: tuple[Any, ...], gaps: list[Gap]
    ) -> Callable[[Numbers, list[Gap]], Numbers]:
        """Return what takes the wanted log-probabilities out of those of the whole vocabulary."""
        kind, *wanted = asked
        if kind == "top":
            return lambda logs, _: top(logs, wanted[0])
        forms = {gap.spaced for gap in gaps}
        ids = {spaced: target_ids(self.tokenizer, wanted, spaced) for spaced in forms}
        return lambda logs, chosen: np.stack(
            [row[list(ids[gap.spaced])] for row, gap in zip(logs, chosen, strict=True)]
        )

    def _at_gaps(self, gaps: list[Gap]) -> Numbers:
        """Return the log-probability of each word of the vocabulary at each gap."""
        at = Positions(range(len(gaps)), [gap.at for gap in gaps], [])
        with self._held.evaluating() as module:
            logits, _ = self._readout.run(module, self._inputs([gap.ids for gap in gaps]), at)
            found: Numbers = logits.float().log_softmax(1).cpu().numpy().astype(np.float64)
        return found

    def _words(self, ids: Numbers, logs: Numbers) -> list[tuple[str, float]]:
        words = [self.tokenizer.decode([int(i)]).strip() for i in ids]
        return list(zip(words, logs.tolist(), strict=True))


def top(logs: Numbers, k: int) -> Numbers:
    """Return the indices and the values of the k largest numbers of each row, best first."""
    best = np.argsort(-logs, axis=1, kind="stable")[:, :k]
    return np.stack([best.astype(np.float64), np.take_along_axis(logs, best, 1)], axis=1)


@contextmanager
def _eager(module: Any) -> Iterator[None]:
    """Compute attention in the way that returns its weights."""
    before = module.config._attn_implementation
    module.set_attn_implementation("eager")
    try:
        yield
    finally:
        module.set_attn_implementation(before)
