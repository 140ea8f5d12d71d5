"""Concept scrubbing: erase a concept from what every layer reads, not only from the head's input."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_fairness.engine import Engine, Tokens, as_texts
from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation.erasure.eraser import Array, Eraser
from pytest_fairness.mitigation.erasure.head import fold, head_of, run_once, watching
from pytest_fairness.mitigation.erasure.leace import leace_of
from pytest_fairness.mitigation.erasure.moments import Moments, check_same_length, coded
from pytest_fairness.mitigation.erasure.reading import classifier
from pytest_fairness.models.held import Held
from pytest_fairness.models.loading import load_model
from pytest_fairness.models.tokens import Reader

if TYPE_CHECKING:
    from torch import Tensor, nn

_LINEAR = ("Linear", "Conv1D")


@dataclass(frozen=True)
class Scrubbed:
    """A classifier whose layers read erased activations.

    Attributes
    ----------
    model, tokenizer
        As transformers loads them; `model` is a copy.
    erasers : mapping of tuple of str to Eraser
        For each place, in the order of the layers: the linear maps that read there, and what is
        folded into them.
    """

    model: Any
    tokenizer: Any
    erasers: dict[tuple[str, ...], Eraser]

    @property
    def rank(self) -> int:
        """Dimensions erased, of all places together."""
        return sum(eraser.rank for eraser in self.erasers.values())


def scrub(model: Any, texts: Sequence[str], Z: Any, *, max_length: int | None = None) -> Scrubbed:
    """Erase a concept by LEACE from what each layer of a classifier reads, the lowest first.

    A place is an activation that leaves a normalisation and is read by linear maps: those of
    attention (query, key and value), those of the feed-forward part, and the head. Each eraser is
    fitted on all tokens of the texts, with the layers below already scrubbed, and folded into the
    maps that read there, so that the copy is an ordinary model of the same class.

    Parameters
    ----------
    model : str, path, pair of transformers, or loaded classifier
        As in `load_model`. It is not changed.
    texts : sequence of str
    Z : array-like of shape (n_texts,) or (n_texts, k)
        The concept, as in `leace`; all tokens of a text have the text's.
    max_length : int, optional
        Tokens that are read of each text.

    Returns
    -------
    Scrubbed

    Raises
    ------
    MitigationError
        If no linear map reads a normalised activation, or a layer runs more than once, as those of
        ALBERT do: one weight cannot be scrubbed for two places.

    Notes
    -----
    The residual stream itself passes on unscrubbed beside the maps, as in the authors' own code;
    it cannot be changed by weights alone. What is guarded is every linear map that reads from it.
    Costs about one pass over the texts for every two places, and, the more layers are edited, more
    of the model's skill: `erase` is the lighter repair.

    References
    ----------
    Belrose et al. (2023), "LEACE: Perfect linear concept erasure in closed form", section 6.
    """
    loaded = classifier(load_model(model))
    listed, concept = as_texts(texts), coded(Z)
    check_same_length("Z", len(concept), len(listed))
    module = copy.deepcopy(loaded.module)
    erasers: dict[tuple[str, ...], Eraser] = {}
    reader = Reader(loaded.tokenizer, module, max_length)
    for place in places_of(module):
        layers = [module.get_submodule(name) for name in place]
        seen = _moments(loaded, module, reader, layers[0], listed, concept)
        affine = all(layer.bias is not None for layer in layers)
        erasers[place] = leace_of(seen, affine=affine, shrinkage=True)
        for layer in layers:
            fold(layer, erasers[place])
    return Scrubbed(module, loaded.tokenizer, erasers)


def places_of(module: nn.Module) -> list[tuple[str, ...]]:
    """Return the linear maps that read each normalised activation, in the order in which they run.

    The maps that run first, and the head's first map, are always among them.
    """
    readers, normalised = _trace(module)
    head = head_of(module).name
    groups: dict[tuple[Any, ...], list[str]] = {}
    for name, key in readers:
        if key[0] in normalised or key == readers[0][1] or name == head:
            groups.setdefault(key, []).append(name)
    named = [name for names in groups.values() for name in names]
    if len(set(named)) < len(named):
        raise MitigationError(
            f"{type(module).__name__} runs the same layers more than once: one weight cannot be "
            "scrubbed for two places. Use erase(), which changes the head only."
        )
    if len(groups) < 2:
        raise MitigationError(
            f"{type(module).__name__} has no linear map that reads a normalised activation, so "
            "its layers cannot be scrubbed by their weights. Use erase(), which changes the head."
        )
    return [tuple(names) for names in groups.values()]


def _trace(module: nn.Module) -> tuple[list[tuple[str, tuple[Any, ...]]], set[int]]:
    """Return which activation each linear map reads, and which ones leave a normalisation."""
    named = dict(module.named_modules())
    linear = {n: m for n, m in named.items() if type(m).__name__ in _LINEAR}
    norms = {n: m for n, m in named.items() if type(m).__name__.endswith("Norm")}
    held: list[Any] = []  # tensors that live on have addresses of their own
    readers: list[tuple[str, tuple[Any, ...]]] = []
    normalised: set[int] = set()

    def reads(name: str, read: Tensor, _said: Tensor) -> None:
        held.append(read)
        readers.append((name, (read.data_ptr(), tuple(read.shape))))

    def gives(_name: str, _read: Tensor, said: Tensor) -> None:
        held.append(said)
        normalised.add(said.data_ptr())

    with watching(linear, reads), watching(norms, gives):
        run_once(module)
    return readers, normalised


class _Read(Exception):
    """Ends a pass once the layer that is looked at has run."""


def _moments(
    loaded: Any, module: Any, reader: Reader, layer: nn.Module, texts: list[str], concept: Array
) -> Moments:
    """Return the moments of what a layer reads, token by token, with the concept of the text."""
    seen = Moments()
    held = Held(module, name="", kind="sequence classifier")

    def tokenise(numbers: list[int]) -> Tokens:
        tokens = reader.read([texts[i] for i in numbers])
        return Tokens(tokens.lengths, (tokens, concept[numbers]), tokens.cut)

    def forward(tokens: Tokens, batch: list[int]) -> Any:
        plain, values = tokens.columns
        with held.evaluating() as running:
            inputs = reader.collate(plain, batch, running.device)
            read = _input_of(running, layer, inputs)
        seen.update(*_rows(read, inputs.get("attention_mask"), values[batch]))
        return np.zeros((len(batch), 1))

    engine: Engine[int] = Engine(
        tokenise,
        forward,
        loaded.engine.budget,
        padding=loaded.engine.padding,
        max_rows=loaded.engine.max_rows,
        release=held.free_memory,
    )
    engine.score(list(range(len(texts))))
    return seen


def _input_of(module: Any, layer: nn.Module, inputs: dict[str, Tensor]) -> Tensor:
    caught: list[Tensor] = []

    def catch(_name: str, read: Tensor, _said: Tensor) -> None:
        caught.append(read)
        raise _Read

    with watching({"": layer}, catch), suppress(_Read):
        module(**inputs)
    return caught[0]


def _rows(read: Tensor, mask: Tensor | None, concept: Array) -> tuple[Array, Array]:
    """Return one row per text, or per token that is no padding, and its text's concept."""
    values = read.double().cpu().numpy()
    if values.ndim == 2 and len(values) == len(concept):
        return values, concept
    width = values.shape[-1]
    values = values.reshape(len(concept), -1, width)
    real = np.ones(values.shape[:2], bool) if mask is None else mask.bool().cpu().numpy()
    if real.shape != values.shape[:2]:
        raise MitigationError(
            f"A layer reads {values.shape[1]} places of {real.shape[1]} tokens: the model pools "
            "its tokens on the way, so that they cannot be told from padding. Use erase()."
        )
    return values[real], np.repeat(concept, real.sum(axis=1), axis=0)
