"""Log-probabilities at single positions, without the logits of all the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytest_fairness.models.likelihoods import Numbers

_CHUNK = 256  # positions whose softmax is taken at a time, so that the logits stay in the cache
_LOGITS = 1 << 28  # numbers that one batch's logits may take: 1 GiB in float32


@dataclass(frozen=True)
class Positions:
    """Where a batch is read: row and column of each position, and the token expected there."""

    rows: Sequence[int]
    columns: Sequence[int]
    targets: Sequence[int]


class Readout:
    """Runs a language model and reads it at chosen positions only.

    The head of a language model works on each position by itself. So the hidden states at the
    positions that count are picked before the head, and a vocabulary's worth of logits is computed
    for these alone. Models that are built in another way are found out by `check`, and their full
    logits are read instead.
    """

    def __init__(self) -> None:
        self.picks = True

    def run(self, module: Any, inputs: dict[str, Any], at: Positions) -> tuple[Any, Any]:
        """Return the logits, of shape (n_positions, n_vocabulary), and the whole output."""
        import torch

        device = next(iter(v for v in inputs.values() if hasattr(v, "device"))).device
        rows = torch.as_tensor(at.rows, dtype=torch.long, device=device)
        columns = torch.as_tensor(at.columns, dtype=torch.long, device=device)
        if not self.picks:
            output = module(**inputs)
            return output.logits[rows, columns], output
        with _picked(_body(module), rows, columns):
            output = module(**inputs)
        return output.logits[0], output

    def log_probabilities(self, module: Any, inputs: dict[str, Any], at: Positions) -> Any:
        """Return the log-probability of each target, a float64 array, and the model's output."""
        where = list(zip(at.rows, at.columns, strict=True))
        places = {place: i for i, place in enumerate(dict.fromkeys(where))}
        once = Positions([row for row, _ in places], [column for _, column in places], [])
        logits, output = self.run(module, inputs, once)
        return at_targets(logits, [places[place] for place in where], at.targets), output

    def check(self, module: Any, inputs: dict[str, Any]) -> None:
        """Compare with the full logits once, and give the short cut up where they differ."""
        import torch

        whole = module(**inputs).logits
        at = Positions([0, 0], [0, whole.shape[1] - 1], [0, 0])
        try:
            found, _ = self.run(module, inputs, at)
        except (AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError):
            self.picks = False
            return
        expected = whole[at.rows, at.columns].float()
        if found.shape != expected.shape:
            self.picks = False
        elif torch.isfinite(expected).all():  # else the first real call says what is wrong
            noise = 1e-3 * float(expected.abs().max())
            self.picks = torch.allclose(found.float(), expected, rtol=0.02, atol=noise)


def at_targets(logits: Any, which: Sequence[int], targets: Sequence[int]) -> Numbers:
    """Return the log-softmax of rows at targets: of row `which[i]` at `targets[i]`."""
    import torch

    rows = torch.as_tensor(which, dtype=torch.long, device=logits.device)
    columns = torch.as_tensor(targets, dtype=torch.long, device=logits.device)
    parts = [part.float().logsumexp(1) for part in logits.split(_CHUNK)]
    found = logits[rows, columns].float() - torch.cat(parts)[rows]
    result: Numbers = found.cpu().numpy().astype(np.float64)
    return result


def budget_for(batch_tokens: int, vocabulary: int) -> int:
    """Return the tokens of a batch such that a logit for each word of each token fits."""
    return max(1, min(batch_tokens, _LOGITS // max(1, vocabulary)))


@contextmanager
def _picked(body: Any, rows: Any, columns: Any) -> Iterator[None]:
    def pick(_module: Any, _arguments: Any, output: Any) -> Any:
        picked = output[0][rows.to(output[0].device), columns.to(output[0].device)][None]
        if isinstance(output, tuple):
            return (picked, *output[1:])
        output[next(iter(output))] = picked
        return output

    handle = body.register_forward_hook(pick)
    try:
        yield
    finally:
        handle.remove()


def _body(module: Any) -> Any:
    """Return the part of a model whose output the head reads."""
    if getattr(module.config, "is_encoder_decoder", False):
        return module.get_decoder()
    return getattr(module, "base_model", module)
