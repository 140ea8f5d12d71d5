"""A multiple-choice model of transformers, which scores each option beside its question."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.engine import Cache, Engine, Report, Tokens, as_texts, once, show_progress
from pytest_fairness.errors import FairnessWarning
from pytest_fairness.models.base import check_finite, level_of_caller
from pytest_fairness.models.choices import Options, options_per_prompt
from pytest_fairness.models.held import Held
from pytest_fairness.models.likelihoods import Numbers
from pytest_fairness.models.tokens import Reader
from pytest_fairness.outcome import ModelInfo

Ask = tuple[str, str]
_PROBES = [("Who is late?", "A person."), ("Who of them is it that led the team?", "Nobody.")]
_NOISE = {"float32": 1e-3, "float16": 0.02, "bfloat16": 0.1}


class MultipleChoice:
    """A multiple-choice model, loaded: prompts and options in, the places of the chosen ones out.

    An option's score does not depend on the others, nor on their order.
    """

    def __init__(
        self,
        module: Any,
        tokenizer: Any,
        *,
        name: str,
        batch_tokens: int,
        path: str | None = None,
        fingerprint: str | None = None,
        max_length: int | None = None,
        progress: bool | Report | None = None,
    ) -> None:
        self.tokenizer = tokenizer
        self.cache: Cache[float] = Cache()
        self._name, self._progress = name, progress
        self._held = Held(
            module, name=name, kind="multiple-choice model", path=path, fingerprint=fingerprint
        )
        self._reader = Reader(tokenizer, module, max_length)
        self.engine: Engine[Ask] = Engine(
            self._read, self._forward, batch_tokens, release=self._held.free_memory
        )
        self.engine.padding = self._reader.can_pad and self._pads_well()
        self._warned = False

    def __repr__(self) -> str:
        return f"<MultipleChoice {self._name!r}>"

    @property
    def module(self) -> Any:
        """The torch module."""
        return self._held.module

    @property
    def info(self) -> ModelInfo:
        """Which model this is."""
        return self._held.info()

    @property
    def cut_texts(self) -> int:
        """How many prompts were cut, with an option, to what the model reads, so far."""
        return self.engine.cut

    def choice_scores(self, prompts: Iterable[str], options: Options) -> list[Numbers]:
        """Return the logit of each option, an array of shape (n_options,) per prompt.

        Parameters
        ----------
        prompts : iterable of str
        options : sequence of str, or one sequence of str per prompt

        Raises
        ------
        ArgumentError
            If a prompt has no options, or if `options` does not pair up with `prompts`.
        ModelError
            If the model answers with NaN.
        """
        listed = as_texts(prompts)
        per_prompt = options_per_prompt(options, len(listed))
        if not listed:
            return []
        if self._held.trained_since():
            self.forget()
        asked = [(p, o.strip()) for p, row in zip(listed, per_prompt, strict=True) for o in row]
        scores = np.asarray(once(asked, self.cache, self._compute), dtype=np.float64)
        self._warn_of_cuts()
        return np.split(scores, np.cumsum([len(row) for row in per_prompt])[:-1])

    def choose(self, prompts: Iterable[str], options: Options) -> npt.NDArray[np.int64]:
        """Return the place of the chosen option of each prompt, the first of equals."""
        scores = self.choice_scores(prompts, options)
        return np.asarray([int(row.argmax()) for row in scores], dtype=np.int64)

    def __call__(self, prompts: Iterable[str], options: Options) -> npt.NDArray[np.int64]:
        """Return what `choose` returns."""
        return self.choose(prompts, options)

    def forget(self) -> None:
        """Drop the remembered answers."""
        self.cache.clear()

    def close(self) -> None:
        """Free the memory that the model takes; it answers no more."""
        self.forget()
        self._held.close()

    def _compute(self, asked: list[Ask]) -> list[float]:
        with show_progress(self._progress) as report:
            rows = self.engine.score(asked, report)
        check_finite(rows, [f"{prompt} {option}" for prompt, option in asked], self._name)
        return [float(score) for score in rows[:, 0]]

    def _read(self, asked: list[Ask]) -> Tokens:
        columns = self._encode(asked)
        limit, ids = self._reader.limit, columns["input_ids"]
        cut = sum(len(row) > limit for row in ids) if limit else 0
        if cut:
            columns = self._encode(asked, truncation="longest_first", max_length=limit)
        return Tokens([len(row) for row in columns["input_ids"]], columns, cut)

    def _encode(self, asked: list[Ask], **options: Any) -> dict[str, list[list[int]]]:
        prompts, listed = [p for p, _ in asked], [o for _, o in asked]
        encoded = self.tokenizer(
            prompts, listed, padding=False, return_attention_mask=False, verbose=False, **options
        )
        return dict(encoded)

    def _forward(self, tokens: Tokens, batch: list[int]) -> Any:
        with self._held.evaluating() as module:
            inputs = self._reader.collate(tokens, batch, module.device)
            alone = {name: part[:, None] for name, part in inputs.items()}  # one option each
            return module(**alone).logits.float().cpu().numpy()

    def _pads_well(self) -> bool:
        """Whether padding leaves scores as they are."""
        tokens = self._read(_PROBES)
        alone = np.concatenate([self._forward(tokens, [0]), self._forward(tokens, [1])])
        together = self._forward(tokens, [0, 1])
        if not (np.isfinite(alone).all() and np.isfinite(together).all()):
            return True  # the first real call says what is wrong
        noise = _NOISE.get(self._held.dtype, 0.1) * max(1.0, float(np.abs(alone).max()))
        return bool(np.abs(alone - together).max() <= noise)

    def _warn_of_cuts(self) -> None:
        if self.engine.cut and not self._warned:
            self._warned = True
            warnings.warn(
                f"{self.engine.cut} prompts with an option were cut at {self._reader.limit} "
                f"tokens, all that {self._name} reads. Shorten the prompts.",
                FairnessWarning,
                stacklevel=level_of_caller(),
            )
