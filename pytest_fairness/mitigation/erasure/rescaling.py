"""Bringing an erased classifier's answers back to the scale on which its decisions are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pytest_fairness.mitigation.erasure.eraser import Array
from pytest_fairness.mitigation.layers import last_linear

if TYPE_CHECKING:
    from torch import Tensor

_STEPS = 100


class Scale(NamedTuple):
    """The map of logits ``slope * logits + shift``."""

    slope: float
    shift: Array


def fit_scale(logits: Any, wanted: Any, *, shift: bool = True, multi_label: bool = False) -> Scale:
    r"""Return the scale and shift of logits whose probabilities come closest to others.

    .. math:: \min_{a, b} \; KL(p \, \| \, softmax(a z + b))

    Temperature scaling with a shift for each label (Guo et al. 2017, "On calibration of modern
    neural networks"), taught by probabilities instead of labels.

    Parameters
    ----------
    logits : array-like of shape (n, n_labels)
    wanted : array-like of shape (n, n_labels)
        Probabilities, such as those of the model before the repair.
    shift : bool, default True
        Whether labels may be shifted.
    multi_label : bool, default False
        Whether each label is decided by itself.

    Examples
    --------
    >>> z = np.array([[-0.2, 0.2], [0.1, -0.1], [0.3, -0.3]])
    >>> wanted = 1 / (1 + np.exp(-2 * 5 * z))
    >>> round(fit_scale(z, wanted).slope, 3)
    5.0
    """
    import torch

    z = torch.as_tensor(np.asarray(logits, dtype=np.float64))
    p = torch.as_tensor(np.asarray(wanted, dtype=np.float64))
    unit = float(z.std()) or 1.0
    slope = torch.ones((), dtype=torch.float64, requires_grad=True)
    move = torch.zeros(z.shape[1], dtype=torch.float64, requires_grad=True)
    free = [slope, move] if shift else [slope]
    optimizer = torch.optim.LBFGS(free, max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        found = _cross_entropy(slope * (z / unit) + move, p, multi_label)
        found.backward()  # type: ignore[no-untyped-call]
        return found

    with torch.enable_grad():
        optimizer.step(loss)  # type: ignore[no-untyped-call]
    return Scale(float(slope.detach()) / unit, move.detach().numpy().copy())


def rescale(model: Any, scale: Scale) -> None:
    """Change a classifier in place so that its logits are scaled and shifted.

    A shift is left out where the last linear map has no bias.
    """
    import torch

    last = last_linear(model)
    with torch.no_grad():
        last.weight.mul_(scale.slope)
        if last.bias is not None:
            last.bias.mul_(scale.slope).add_(torch.from_numpy(scale.shift).to(last.bias))


def _cross_entropy(logits: Tensor, wanted: Tensor, multi_label: bool) -> Tensor:
    from torch.nn import functional

    if multi_label:
        return functional.binary_cross_entropy_with_logits(logits, wanted)
    return functional.cross_entropy(logits, wanted)
