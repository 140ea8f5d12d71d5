"""Writing token by token: what was read is remembered, and rows that end leave the batch.

A model that remembers nothing reads its text anew for each token: slow, and as good.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pytest_fairness.models.sampling import Key, Sampler

Ids = list[int]
_LEAVE = 0.25  # of the rows must have ended before the batch is made smaller


class Writing(Protocol):
    """A batch whose next tokens are known as logits of shape (n_rows, n_tokens)."""

    @property
    def seen(self) -> Any:
        """What stands before the next token in the decoder, a tensor of shape (n_rows, n_seen)."""

    def start(self) -> Any:
        """Read the prompts, and return the logits of what follows each."""

    def step(self, tokens: Any) -> Any:
        """Read one more token of each row, and return the logits of what follows."""

    def select(self, rows: Any) -> None:
        """Keep these rows, a tensor of indices; a row may be taken several times."""


class Causal:
    """Prompts that a decoder continues, padded on the left."""

    def __init__(self, module: Any, prompts: Sequence[Ids]) -> None:
        import torch

        self._module = module
        self._past: Any = None
        width = max(map(len, prompts))
        # A row is padded with its own first token: masked, and nothing that it does not hold.
        padded = [[ids[0]] * (width - len(ids)) + ids for ids in prompts]
        mask = [[0] * (width - len(ids)) + [1] * len(ids) for ids in prompts]
        self.seen = torch.tensor(padded, device=module.device)
        self._mask = torch.tensor(mask, device=module.device)
        self._takes = inspect.signature(module.forward).parameters

    def start(self) -> Any:
        """Read the prompts."""
        return self._forward(self.seen)

    def step(self, tokens: Any) -> Any:
        """Read one more token of each row."""
        import torch

        self.seen = torch.cat([self.seen, tokens[:, None]], 1)
        self._mask = torch.cat([self._mask, torch.ones_like(tokens[:, None])], 1)
        return self._forward(self.seen if self._past is None else tokens[:, None])

    def select(self, rows: Any) -> None:
        """Keep these rows."""
        self.seen, self._mask = self.seen[rows], self._mask[rows]
        if self._past is not None:
            self._past.reorder_cache(rows)

    def _forward(self, ids: Any) -> Any:
        inputs = {"input_ids": ids, "attention_mask": self._mask, "past_key_values": self._past}
        if "position_ids" in self._takes:
            positions = (self._mask.cumsum(-1) - 1).clamp(min=0)
            inputs["position_ids"] = positions[:, -ids.shape[1] :]
        if "logits_to_keep" in self._takes:
            inputs["logits_to_keep"] = 1
        output = self._module(**inputs, use_cache=True)
        self._past = output.past_key_values
        return output.logits[:, -1]


class Seq2Seq:
    """Texts that an encoder reads once, and a decoder answers."""

    def __init__(self, module: Any, texts: Sequence[Ids], start: int) -> None:
        import torch

        self._module = module
        self._past: Any = None
        width = max(map(len, texts))
        padded = [ids + [ids[0]] * (width - len(ids)) for ids in texts]
        mask = [[1] * len(ids) + [0] * (width - len(ids)) for ids in texts]
        self._mask = torch.tensor(mask, device=module.device)
        ids = torch.tensor(padded, device=module.device)
        self._encoded = module.get_encoder()(input_ids=ids, attention_mask=self._mask)
        self.seen = torch.full((len(texts), 1), start, device=module.device)

    def start(self) -> Any:
        """Give the decoder its first token."""
        return self._forward(self.seen)

    def step(self, tokens: Any) -> Any:
        """Read one more token of each row."""
        import torch

        self.seen = torch.cat([self.seen, tokens[:, None]], 1)
        return self._forward(self.seen if self._past is None else tokens[:, None])

    def select(self, rows: Any) -> None:
        """Keep these rows."""
        self.seen, self._mask = self.seen[rows], self._mask[rows]
        self._encoded.last_hidden_state = self._encoded.last_hidden_state[rows]
        if self._past is not None:
            self._past.reorder_cache(rows)

    def _forward(self, ids: Any) -> Any:
        output = self._module(
            encoder_outputs=self._encoded,
            attention_mask=self._mask,
            decoder_input_ids=ids,
            past_key_values=self._past,
            use_cache=True,
        )
        self._past = output.past_key_values
        return output.logits[:, -1]


@dataclass(frozen=True)
class Ending:
    """When a row has ended.

    Attributes
    ----------
    tokens : int
        How many it may have.
    ends : frozenset of int
        Tokens that end a text.
    stopped : callable
        Whether the tokens so far hold a string that ends a text.
    """

    tokens: int
    ends: frozenset[int]
    stopped: Callable[[Ids], bool]

    def reached(self, ids: Ids) -> bool:
        """Whether these new tokens end their row."""
        return ids[-1] in self.ends or len(ids) >= self.tokens or self.stopped(ids)


def write(
    writing: Writing,
    rows: Sequence[tuple[int, Key]],
    sampler: Sampler,
    ending: Ending,
    rules: Callable[[Any, Any], Any],
) -> list[Ids]:
    """Return the new tokens of each row.

    Parameters
    ----------
    writing : Writing
        Of distinct prompts.
    rows : sequence of (int, int or (int, int))
        Which prompt each row continues, and which sample of it the row is.
    sampler : Sampler
    ending : Ending
    rules : callable
        From the tokens so far and the logits to the logits that the model's settings allow.
    """
    written: list[Ids] = [[] for _ in rows]
    over: set[int] = set()
    here = list(range(len(rows)))  # which row of the caller each row of the batch is
    logits = _spread(writing, [prompt for prompt, _ in rows])
    for step in range(ending.tokens):
        samples = [rows[i][1] for i in here]
        chosen = sampler.choose(rules(writing.seen, logits), samples, step)
        for i, token in zip(here, chosen.tolist(), strict=True):
            if i not in over:
                written[i].append(token)
                over |= {i} if ending.reached(written[i]) else set()
        if len(over) == len(rows):
            break
        stay = _stay([i not in over for i in here])
        if len(stay) < len(here):
            here, chosen = [here[k] for k in stay], _select(writing, stay, chosen)
        logits = writing.step(chosen)
    return written


def _spread(writing: Writing, prompts: list[int]) -> Any:
    """Read each prompt once, and return the logits of as many rows of it as are wanted."""
    logits = writing.start()
    if prompts == list(range(len(logits))):
        return logits
    return _select(writing, prompts, logits)


def _select(writing: Writing, rows: list[int], values: Any) -> Any:
    import torch

    index = torch.tensor(rows, device=values.device)
    writing.select(index)
    return values[index]


def _stay(going: list[bool]) -> list[int]:
    """Return which rows stay: all of them, until enough have ended to be worth a copy."""
    if going.count(False) < _LEAVE * len(going):
        return list(range(len(going)))
    return [k for k, goes_on in enumerate(going) if goes_on]
