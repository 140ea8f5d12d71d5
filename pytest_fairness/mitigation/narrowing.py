"""An encoder's last layer, worked out for the one token that the head reads.

A classifier like BERT reads the first token alone. In the last layer the others serve it as keys
and values; what follows attention, three quarters of the layer's work, treats each token by itself
and is wasted on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pytest_fairness.mitigation.layers import blocks_of

if TYPE_CHECKING:
    from torch import nn


def narrowable(model: nn.Module) -> nn.Module | None:
    """Return the last layer if it has the parts of BERT's; RoBERTa's and many others' do.

    Whether the head reads nothing but the first token is for the caller to try.
    """
    from torch import nn

    last = blocks_of(model)[-1:]
    parts = [getattr(getattr(layer, "attention", None), "self", None) for layer in last]
    parts += [getattr(getattr(layer, "attention", None), "output", None) for layer in last]
    return last[0] if last and all(isinstance(part, nn.Module) for part in parts) else None


@contextmanager
def narrowed(layer: Any) -> Iterator[None]:
    """Let `layer` go on with the first token alone after attention; None changes nothing."""
    if layer is None:
        yield
        return
    mixing, after = layer.attention.self, layer.attention.output
    handles = [
        mixing.register_forward_hook(lambda _, inputs, mixed: (mixed[0][:, :1], *mixed[1:])),
        after.register_forward_pre_hook(lambda _, inputs: (inputs[0], inputs[1][:, :1])),
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
