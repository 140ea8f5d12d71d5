"""Asking a model, or a plain function, what a benchmark asks for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pytest_fairness.benchmarks.base import Benchmark
from pytest_fairness.errors import ModelError
from pytest_fairness.models import kinds

_ADAPTERS: Mapping[str, Callable[[Any], Any]] = {
    "log_likelihood": kinds.as_language_model,
    "choose": kinds.as_language_model,
    "choice_scores": kinds.as_language_model,
    "generate": kinds.as_generator,
    "embed": kinds.as_embedder,
}
_KINDS = {
    "log_likelihood": "a masked, causal or sequence-to-sequence language model",
    "choose": "a causal or sequence-to-sequence language model, or wrap one that writes in "
    "WrittenChoices(model)",
    "choice_scores": "a causal or sequence-to-sequence language model",
    "predict_proba": "a classifier",
    "generate": "a model that writes",
    "fill": "a masked language model",
    "embed": "an embedder",
}
_FORMS = {
    "log_likelihood": "from a list of texts to their log-likelihoods",
    "choose": "from prompts and lists of options to the index chosen of each, -1 where an answer "
    "cannot be read; or from a list of texts to their log-likelihoods; or wrap one that writes in "
    "WrittenChoices(function)",
    "choice_scores": "from a list of texts to their log-likelihoods",
    "predict_proba": "wrapped as load_model(function, labels=[...]), from a list of texts to their "
    "scores, whose last label is hateful or toxic",
    "generate": "from a list of prompts to as many strings",
    "embed": "from a list of texts to one vector of each",
}


def ask_model(chosen: Benchmark, model: Any, items: Sequence[Any], seed: int) -> Sequence[Any]:
    """Return one answer per item.

    Raises
    ------
    ModelError
        If the model cannot do what the benchmark needs, or a function has another form.
    """
    needs = chosen.needs.split("|")
    able = any(hasattr(model, need) for need in needs)
    if not able and inspect.isroutine(model):
        return _ask_function(chosen, needs, model, items, seed)
    if not able:
        kinds_of = " or ".join(dict.fromkeys(_KINDS[need] for need in needs))
        raise ModelError(
            f"{model!r} has no {' or '.join(needs)}, which {chosen.title} asks for. Load "
            f"{kinds_of}, or give recorded answers=."
        )
    return chosen.ask(model, items, seed)


def _ask_function(
    chosen: Benchmark,
    needs: Sequence[str],
    function: Callable[..., Any],
    items: Sequence[Any],
    seed: int,
) -> Sequence[Any]:
    """Ask a function; where it fails to give what its form asks for, say what that is."""
    wanted = "; or ".join(_FORMS[need] for need in needs if need in _FORMS)
    step = (
        f"{chosen.title} asks a function {wanted}."
        if wanted
        else f"{chosen.title} asks no function. Load {_KINDS[needs[0]]}, or give recorded answers=."
    )
    adapter = _adapter(needs, function)
    if adapter is None:
        raise ModelError(f"{function!r} is a plain function. {step}")
    try:
        return chosen.ask(adapter(function), items, seed)
    except ModelError as err:
        raise ModelError(f"{err} {step}") from err


def _adapter(needs: Sequence[str], function: Callable[..., Any]) -> Callable[[Any], Any] | None:
    """Return what makes a model of a function, by what it takes; None where nothing does."""
    if "choose" in needs and _takes(function, 2):
        return kinds.as_chooser
    found = next((_ADAPTERS[need] for need in needs if need in _ADAPTERS), None)
    return found if found is not None and _takes(function, 1) else None


def _takes(function: Callable[..., Any], count: int) -> bool:
    """Whether a function can be called with so many arguments; yes where nobody knows."""
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:
        return True
    return True
