"""Which token comes next: greedily, or by noise that does not know what it is added to.

Sample j of every prompt takes its noise from (seed, j, step) alone, or from its stream besides. Two
prompts of a stream that differ in one word thus draw with the same random numbers, and what differs
between their answers is the model's doing more than chance's: with Gumbel noise, the two pick the
same token with a probability of at least (1 - d) / (1 + d), where d is the total variation distance
of their two distributions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Key = int | tuple[int, int]  # a sample, or a sample of a stream


@dataclass(frozen=True)
class Sampler:
    """How tokens are chosen.

    Attributes
    ----------
    seed : int
    temperature : float
        0 takes the most probable token.
    top_p : float
        Only the most probable tokens that together reach this probability can be chosen.
    """

    seed: int = 0
    temperature: float = 1.0
    top_p: float = 1.0

    def choose(self, logits: Any, samples: Sequence[Key], step: int) -> Any:
        """Return the next token of each row.

        Parameters
        ----------
        logits : torch.Tensor of shape (n_rows, n_tokens)
        samples : sequence of int or (int, int), of shape (n_rows,)
            Which sample of its prompt each row is, and of which stream, if there are several.
        step : int
            How many tokens were chosen before.
        """
        if self.temperature == 0:
            return logits.argmax(-1)
        logits = _wide(logits) / self.temperature
        if self.top_p < 1:
            logits = keep_top(logits, self.top_p)
        return self._perturbed(logits, samples, step).argmax(-1).to(logits.device)

    def _perturbed(self, logits: Any, samples: Sequence[Key], step: int) -> Any:
        """Add noise: the largest sum is token k with the probability that softmax gives it."""
        import torch

        distinct = list(dict.fromkeys(samples))
        drawn = [gumbel(self.seed, j, step, logits.shape[-1]) for j in distinct]
        noise = torch.from_numpy(np.stack(drawn)).to(logits.device)
        places = {j: row for row, j in enumerate(distinct)}
        rows = [places[j] for j in samples]
        return logits + noise[rows]


def gumbel(seed: int, sample: Key, step: int, size: int) -> npt.NDArray[np.float64]:
    """Return standard Gumbel noise for one token of one sample, of shape (size,)."""
    number, *stream = (sample,) if isinstance(sample, int) else sample
    uniform = np.random.default_rng([seed, number, step, *stream]).random(size)
    with np.errstate(divide="ignore"):  # a uniform 0 is a token that is never chosen
        return -np.log(-np.log(uniform))


def keep_top(logits: Any, top_p: float) -> Any:
    """Return logits of minus infinity for all but the tokens that reach `top_p` together.

    The most probable token always stays. Tokens are taken from the most probable on, until their
    probabilities add up to `top_p` or more (Holtzman and others 2020).

    Parameters
    ----------
    logits : torch.Tensor of shape (n_rows, n_tokens)
    top_p : float in (0, 1]
    """
    ordered, order = logits.sort(dim=-1, descending=True, stable=True)
    before = ordered.softmax(-1).cumsum(-1) - ordered.softmax(-1)
    dropped = before >= top_p
    dropped[..., 0] = False
    return logits.masked_fill(dropped.scatter(-1, order, dropped), float("-inf"))


def _wide(logits: Any) -> Any:
    """Return logits in float64, on the CPU where the device has no such numbers."""
    return (logits.cpu() if logits.device.type == "mps" else logits).double()
