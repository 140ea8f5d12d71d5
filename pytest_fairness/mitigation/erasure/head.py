"""The first linear map of a classifier's head, and folding an eraser into it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_fairness.errors import ArgumentError, MitigationError
from pytest_fairness.mitigation.checking import check_instance
from pytest_fairness.mitigation.erasure.eraser import Eraser

if TYPE_CHECKING:
    from torch import Tensor, nn

_NEGLIGIBLE = 1e-7  # a shift of logits, relative to the weights, that float32 does not see


@dataclass(frozen=True, eq=False)
class Head:
    """Where a classifier's head begins.

    Attributes
    ----------
    name : str
        Of the linear map within the model, such as ``"classifier"`` or ``"classifier.dense"``.
    layer : torch.nn.Linear
    """

    name: str
    layer: nn.Linear

    @property
    def width(self) -> int:
        """Dimensions of the representation that the head reads."""
        return int(self.layer.in_features)

    @property
    def has_bias(self) -> bool:
        """Whether the map can shift what it reads."""
        return self.layer.bias is not None


def head_of(model: nn.Module) -> Head:
    """Return the first linear map that runs outside the model's base: what it reads is erased.

    BERT's is ``classifier``, on the pooler's output; RoBERTa's ``classifier.dense``, on the first
    token; DistilBERT's ``pre_classifier``; a decoder's ``score``, on the last token.

    Raises
    ------
    MitigationError
        If the model has no head of its own, or one whose weights are quantised or not linear.
    """
    import torch

    wanted = "a classifier of transformers that is loaded, such as load_model(folder).module"
    check_instance("model", model, torch.nn.Module, wanted)
    running = _outside(model)
    name, layer = running[0]
    if not layer.weight.dtype.is_floating_point:
        raise MitigationError(
            f"{name} keeps its weights as {layer.weight.dtype}: an eraser cannot be folded into "
            "quantised weights. Load the model without quantization=."
        )
    return Head(name, layer)


def fold_into_head(model: nn.Module, eraser: Eraser) -> nn.Module:
    """Return a copy of a classifier that erases what its head reads.

    The eraser becomes part of the head's first linear map: ``W (P x + c) + b`` is the map with the
    weight ``W P`` and the bias ``W c + b``. The copy is a model of the same class, which
    ``save_pretrained`` writes as usual, and costs nothing more to run.

    Parameters
    ----------
    model : torch.nn.Module
        A sequence classifier of transformers.
    eraser : Eraser
        Fitted on `representations` of the model. A head without bias, such as that of decoders,
        takes only one without shift: fit it with ``affine=False``.

    Returns
    -------
    torch.nn.Module

    Raises
    ------
    ArgumentError
        If the widths differ.
    MitigationError
        If the model has no head that can take the eraser.

    Notes
    -----
    What the head reads is guarded, nothing below it: representations taken from lower layers hold
    the group as before, and a head that is trained anew on them finds it.
    """
    check_instance("eraser", eraser, Eraser, "an Eraser, as leace(X, Z) returns it")
    head_of(model)
    edited = copy.deepcopy(model)
    head = head_of(edited)
    try:
        fold(head.layer, eraser)
    except MitigationError as err:
        raise MitigationError(f"{type(model).__name__}: {head.name} {err}") from err
    return edited


def fold(layer: Any, eraser: Eraser) -> None:
    """Change a linear map in place so that it reads erased input.

    Parameters
    ----------
    layer : torch.nn.Linear, or Conv1D of transformers
    eraser : Eraser
    """
    import torch

    transposed = not isinstance(layer, torch.nn.Linear)  # Conv1D keeps (inputs, outputs)
    weight = layer.weight.detach().double().cpu().numpy()
    weight = weight.T if transposed else weight
    if weight.shape[1] != eraser.width:
        raise ArgumentError(
            f"The eraser was fitted on {eraser.width} dimensions, but the layer reads "
            f"{weight.shape[1]}. Fit it on representations(model, texts) of this model."
        )
    shift = weight @ eraser.bias
    if layer.bias is None and np.abs(shift).max() > _NEGLIGIBLE * max(1.0, np.abs(weight).max()):
        raise MitigationError(
            "has no bias, and its class gives it none when the model is loaded again, so that the "
            "eraser's shift would be lost. Fit the eraser with affine=False, which guards as well."
        )
    folded = weight @ eraser.matrix
    with torch.no_grad():
        _set(layer.weight, folded.T if transposed else folded)
        if layer.bias is not None:
            _set(layer.bias, layer.bias.detach().double().cpu().numpy() + shift)


def _set(parameter: Tensor, values: Any) -> None:
    import torch

    parameter.copy_(torch.from_numpy(np.ascontiguousarray(values)).to(parameter))


def _is_linear(module: nn.Module) -> bool:
    from torch import nn

    return isinstance(module, nn.Linear)


def _outside(model: nn.Module) -> list[tuple[str, Any]]:
    """Return the linear maps outside the model's base with their names, in the order they run."""
    base = getattr(model, "base_model", model)
    within = {id(module) for module in base.modules()}
    layers = {n: m for n, m in model.named_modules() if id(m) not in within and _is_linear(m)}
    seen: list[str] = []
    if layers:
        with watching(layers, lambda name, *_: seen.append(name)):
            run_once(model)
    if not seen:
        raise MitigationError(
            f"{type(model).__name__} runs no linear map outside its base model, so there is no "
            "head to fold an eraser into. Give a sequence classifier of transformers."
        )
    return [(name, layers[name]) for name in seen]


def run_once(model: Any) -> None:
    """Answer one short input, so that hooks learn what runs in which order."""
    import torch

    config = model.config.get_text_config()
    ids = [i for i in range(1, 5) if i not in (config.pad_token_id, config.eos_token_id)][:2]
    end = config.eos_token_id
    end = end[0] if isinstance(end, list) else end
    tokens = torch.tensor([[*ids, ids[0] if end is None else end]], device=model.device)
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            model(input_ids=tokens, attention_mask=torch.ones_like(tokens))
    finally:
        model.train(was_training)


@contextmanager
def watching(layers: dict[str, Any], tell: Any) -> Iterator[None]:
    """Call ``tell(name, input, output)`` whenever one of the layers has run."""
    handles = [
        layer.register_forward_hook(
            lambda _module, inputs, output, name=name: tell(name, inputs[0], output)
        )
        for name, layer in layers.items()
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
