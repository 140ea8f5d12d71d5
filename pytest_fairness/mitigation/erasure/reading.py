"""What a classifier's head reads of a text: the representation that erasers are fitted on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_fairness.engine import Engine
from pytest_fairness.errors import ArgumentError, MitigationError
from pytest_fairness.mitigation.checking import check_whole, listed_texts
from pytest_fairness.mitigation.erasure.eraser import Array
from pytest_fairness.mitigation.erasure.head import Head, head_of, watching
from pytest_fairness.models.held import Held
from pytest_fairness.models.loading import load_model
from pytest_fairness.models.tokens import Reader

if TYPE_CHECKING:
    from torch import Tensor

    from pytest_fairness.engine import Tokens


def representations(model: Any, texts: Iterable[str], *, max_length: int | None = None) -> Array:
    """Return what the head of a classifier reads, or the vectors of an encoder without head.

    Parameters
    ----------
    model : str, path, pair of transformers, or loaded model
        As in `load_model`.
    texts : iterable of str
        Repeated texts are read once.
    max_length : int, optional
        Tokens that are read of each text; by default as many as the model can.

    Returns
    -------
    array of shape (n_texts, d)
        In float64, in the order of the texts.

    Raises
    ------
    MitigationError
        If the model is no transformer with a head that begins with a linear map.
    """
    listed = listed_texts("texts", texts)
    if not listed:
        raise ArgumentError("texts is empty. Give at least one.")
    if max_length is not None:
        check_whole("max_length", max_length, 1, "it is the number of tokens that are read")
    loaded = load_model(model)
    if hasattr(loaded, "embed"):
        return np.asarray(loaded.embed(listed), dtype=np.float64)
    index = {text: i for i, text in enumerate(dict.fromkeys(listed))}
    rows = _read(classifier(loaded), list(index), max_length)
    return rows[[index[text] for text in listed]]


def classifier(loaded: Any) -> Any:
    """Return a loaded sequence classifier as it is.

    Raises
    ------
    MitigationError
        If it is anything else.
    """
    from pytest_fairness.models.classifier import Classifier

    if not isinstance(loaded, Classifier):
        raise MitigationError(
            f"{loaded!r} is no sequence classifier of transformers, whose head reads what is "
            "erased. Give the folder of one. Language models and embedders are repaired by "
            "repair_likelihoods and repair_embeddings of mitigation.language."
        )
    return loaded


def _read(loaded: Any, texts: list[str], max_length: int | None) -> Array:
    module = loaded.module
    head = head_of(module)
    reader = Reader(loaded.tokenizer, module, max_length)
    held = Held(module, name="", kind="sequence classifier")

    def forward(tokens: Tokens, batch: list[int]) -> Any:
        with held.evaluating() as running:
            return _head_input(running, head, reader.collate(tokens, batch, running.device))

    engine: Engine[str] = Engine(
        reader.read,
        forward,
        loaded.engine.budget,
        padding=loaded.engine.padding,
        max_rows=loaded.engine.max_rows,
        release=held.free_memory,
    )
    return np.asarray(engine.score(texts), dtype=np.float64)


def _head_input(module: Any, head: Head, inputs: dict[str, Tensor]) -> Any:
    seen: list[tuple[Tensor, Tensor]] = []
    with watching({head.name: head.layer}, lambda _name, read, said: seen.append((read, said))):
        logits = module(**inputs).logits
    read, said = seen[0]
    rows = read if read.ndim == 2 else _chosen_tokens(head, read, said, logits)
    return rows.float().cpu().numpy()


def _chosen_tokens(head: Head, read: Tensor, said: Tensor, logits: Tensor) -> Tensor:
    """Return the token of each text whose answer the model gives: a decoder scores every token."""
    import torch

    if read.ndim != 3 or said.shape[-1] != logits.shape[-1]:
        raise MitigationError(
            f"{head.name} reads {tuple(read.shape)}: which token of a text stands for it cannot be "
            "told, so there is no representation to erase from."
        )
    same = (said == logits[:, None]).all(dim=-1)
    if not same.any(dim=1).all():
        raise MitigationError(
            f"No token's answer by {head.name} is the model's: it mixes several, so that erasing "
            "from each token is not erasing from the text."
        )
    last = same.shape[1] - 1 - same.flip(1).int().argmax(dim=1)
    return read[torch.arange(len(read), device=read.device), last]
