"""Which of several continuations a language model finds the most likely."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.engine import as_texts
from pytest_fairness.errors import ArgumentError
from pytest_fairness.models.likelihoods import LogLikelihoods, Normalise, Numbers

Options = Sequence[str] | Sequence[Sequence[str]]


def choice_scores(
    model: Any, prompts: Iterable[str], options: Options, *, normalise: Normalise = None
) -> list[Numbers]:
    """Return how likely each option is after its prompt.

    Parameters
    ----------
    model
        With ``log_likelihood(texts, contexts=)``.
    prompts : iterable of str
    options : sequence of str, or one sequence of str per prompt
        Continuations, put after the prompt as they are: start each with a space where the prompt
        does not end with one.
    normalise : {"byte", "token", None}
        Divide by the option's length in bytes or tokens; by default not.

    Returns
    -------
    list of arrays
        One of shape (n_options,) per prompt, in nats.

    Raises
    ------
    ArgumentError
        If a prompt has no options, or if `options` does not pair up with `prompts`.
    """
    listed = as_texts(prompts)
    per_prompt = options_per_prompt(options, len(listed))
    if not listed:
        return []
    contexts = [p for p, texts in zip(listed, per_prompt, strict=True) for _ in texts]
    flat = [text for texts in per_prompt for text in texts]
    found: LogLikelihoods = model.log_likelihood(flat, contexts=contexts)
    ends = np.cumsum([len(texts) for texts in per_prompt])[:-1]
    return np.split(found.form(normalise), ends)


def choose(
    model: Any, prompts: Iterable[str], options: Options, *, normalise: Normalise = "byte"
) -> npt.NDArray[np.int64]:
    """Return the index of the most likely option of each prompt, the first of equals.

    What the parameters mean is said at `choice_scores`.
    """
    scores = choice_scores(model, prompts, options, normalise=normalise)
    return np.asarray([_best(row, i) for i, row in enumerate(scores)], dtype=np.int64)


def _best(scores: Numbers, index: int) -> int:
    if not np.isfinite(scores).all():
        raise ArgumentError(
            f"An option of prompt {index} has no length to divide by: it is empty. Give options "
            "with at least one token, or normalise=None."
        )
    return int(scores.argmax())


def options_per_prompt(options: Options, n: int) -> list[list[str]]:
    """Return the options of each of `n` prompts.

    Raises
    ------
    ArgumentError
        If they do not pair up, or a prompt has none.
    """
    listed = list(options)
    if all(isinstance(option, str) for option in listed):
        rows = [as_texts(listed)] * n  # type: ignore[arg-type]
    else:
        rows = [as_texts(row) for row in listed]
    if len(rows) != n:
        raise ArgumentError(
            f"options has {len(rows)} lists but prompts has {n} entries. Give one list per "
            "prompt, or a single list of strings for all."
        )
    empty = [i for i, row in enumerate(rows) if not row]
    if empty:
        raise ArgumentError(f"Prompt {empty[0]} has no options. Give at least one option each.")
    return rows
