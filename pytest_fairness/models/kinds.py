"""Whether a model can do what is asked of it, and plain functions in the shape of models."""

from __future__ import annotations

import difflib
import inspect
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.engine import as_texts
from pytest_fairness.errors import ArgumentError, ModelError
from pytest_fairness.models import choices
from pytest_fairness.models.answers import as_array, as_floats, call, wrong_answer
from pytest_fairness.models.fingerprints import name_of, of_function
from pytest_fairness.models.likelihoods import (
    LogLikelihoods,
    Normalise,
    Numbers,
    check_likelihoods,
    pair_up,
)
from pytest_fairness.models.loading import load_model
from pytest_fairness.models.tagging import Span
from pytest_fairness.outcome import ModelInfo

_NEEDS = {
    "log_likelihood": (
        "a language model, which says how likely a text is,",
        "Load a masked, causal or sequence-to-sequence language model, or pass a function from a "
        "list of texts to their log-likelihoods, an array of shape (n_texts,).",
    ),
    "generate": (
        "a model that writes text",
        "Load a causal or sequence-to-sequence language model, connect to an endpoint, or pass a "
        "function from a list of prompts to as many strings.",
    ),
    "choose": (
        "a model that chooses among options",
        "Load a causal or sequence-to-sequence language model, connect to an endpoint, let a model "
        "that writes choose by WrittenChoices(model), or pass a function from prompts and lists of "
        "options to the index chosen of each, -1 where an answer cannot be read.",
    ),
    "embed": (
        "an embedder",
        "Load an encoder with load_model(folder, task='feature-extraction'), or pass a function "
        "from a list of texts to an array of shape (n_texts, n_dimensions).",
    ),
    "spans": (
        "a token classifier",
        "Load one with load_model(folder, task='token-classification'), or pass a function from a "
        "list of texts to one list of (start, end, label) per text.",
    ),
}


_CHOICE = (
    "A function takes prompts and lists of options, and returns one index each, or -1 of an answer "
    "that cannot be read."
)
_LIKELIHOODS = (
    "A function takes a list of texts and returns their log-likelihoods, numbers of shape "
    "(n_texts,)."
)
_TEXTS = "A function takes a list of prompts and returns a list of strings, one per prompt."
_VECTORS = "A function takes a list of texts and returns numbers of shape (n_texts, n_dimensions)."
_SPANS = (
    "A function takes a list of texts and returns one list of (start, end, label) per text, with "
    "places counted in characters."
)
GENERATION_OPTIONS = ("max_new_tokens", "temperature", "top_p", "stop", "chat", "system")


def as_language_model(model: Any) -> Any:
    """Return a model with `log_likelihood`, `choose` and `choice_scores`.

    Parameters
    ----------
    model
        Loaded, or what `load_model` takes; or a function from a list of texts to their
        log-likelihoods in nats (with ``contexts=`` among its parameters, where it takes them), an
        array of shape (n_texts,) or `LogLikelihoods`.

    Raises
    ------
    ModelError
        If it is of another kind.

    Examples
    --------
    >>> model = as_language_model(lambda texts: [-float(len(text)) for text in texts])
    >>> model.log_likelihood(["four", "sixsix"]).per_byte
    array([-1., -1.])
    """
    return _as_kind(model, "log_likelihood", FunctionLanguageModel)


def as_generator(model: Any) -> Any:
    """Return a model with ``generate(prompts, n=, seed=)``.

    Parameters
    ----------
    model
        Loaded, or what `load_model` takes; or a function from a list of prompts to as many
        strings. For several samples it is called as often, with ``seed=`` where it takes one.

    Raises
    ------
    ModelError
        If it is of another kind.

    Examples
    --------
    >>> as_generator(lambda prompts: [p.upper() for p in prompts]).generate(["a", "b"], n=2)
    [['A', 'A'], ['B', 'B']]
    """
    return _as_kind(model, "generate", FunctionGenerator)


def as_chooser(model: Any) -> Any:
    """Return a model with ``choose(prompts, options)``.

    Parameters
    ----------
    model
        Loaded, or what `load_model` takes; or a function from prompts and lists of options to the
        index chosen of each, -1 where an answer cannot be read.

    Raises
    ------
    ModelError
        If it is of another kind.

    Examples
    --------
    >>> as_chooser(lambda prompts, options: [0] * len(prompts)).choose(["Who?"], [["a", "b"]])
    array([0])
    """
    return _as_kind(model, "choose", FunctionChooser)


def as_embedder(model: Any) -> Any:
    """Return a model with `embed`.

    Parameters
    ----------
    model
        Loaded, or what `load_model` takes; or a function from a list of texts to an array of
        shape (n_texts, n_dimensions).

    Raises
    ------
    ModelError
        If it is of another kind.

    Examples
    --------
    >>> as_embedder(lambda texts: [[len(t), 1.0] for t in texts]).embed(["four"])
    array([[4., 1.]])
    """
    return _as_kind(model, "embed", FunctionEmbedder)


def as_token_classifier(model: Any) -> Any:
    """Return a model with `spans`.

    Parameters
    ----------
    model
        Loaded, or what `load_model` takes; or a function from a list of texts to one list of
        (start, end, label) per text, with a score as a fourth entry where there is one.

    Raises
    ------
    ModelError
        If it is of another kind.

    Examples
    --------
    >>> as_token_classifier(lambda texts: [[(0, 3, "PER")] for _ in texts]).spans(["Ada wrote."])
    [[Span(start=0, end=3, label='PER', score=1.0)]]
    """
    return _as_kind(model, "spans", FunctionTagger)


def _as_kind(model: Any, method: str, adapter: Callable[[Any], Any]) -> Any:
    if isinstance(model, (str, os.PathLike, tuple)):
        model = load_model(model)
    if hasattr(type(model), method):
        return model
    if inspect.isroutine(model) or (callable(model) and not _is_loaded(model)):
        return adapter(model)
    needed, step = _NEEDS[method]
    raise ModelError(f"{_shown(model)} was given, but {needed} is needed here. {step}")


def _is_loaded(model: Any) -> bool:
    """Whether a callable object is a model with a kind of its own, and so no plain function."""
    return inspect.isclass(model) or any(
        hasattr(type(model), name) for name in ("info", "predict", "forward", *_NEEDS)
    )


def _shown(model: Any) -> str:
    kind = type(model).__name__
    info = getattr(model, "info", None)
    if isinstance(info, ModelInfo):
        return f"{info.name} ({'an' if info.kind[:1] in 'aeiou' else 'a'} {info.kind})"
    return f"model={model!r}, of type {kind}," if not callable(model) else f"A {kind}"


class _Function:
    """A plain function in the shape of a model."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._name = name_of(function).removeprefix("__main__.")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name}>"

    @property
    def info(self) -> ModelInfo:
        """Which function this is."""
        return ModelInfo(self._name, None, "function", of_function(self._function))

    def forget(self) -> None:
        """Do nothing: a function's answers are not remembered."""

    def close(self) -> None:
        """Do nothing: a function holds no memory of its own."""

    def _takes(self, parameter: str) -> bool:
        try:
            return parameter in inspect.signature(self._function).parameters
        except (TypeError, ValueError):
            return False

    def _call(self, step: str, *given: Any, **options: Any) -> Any:
        return call(self._function, self._name, step, *given, **options)

    def _listed(self, returned: Any, step: str) -> list[Any]:
        if isinstance(returned, str) or not isinstance(returned, Iterable):
            raise wrong_answer(self._name, returned, step)
        return list(returned)

    def _check_count(self, count: int, asked: int, what: str) -> None:
        if count != asked:
            raise ModelError(
                f"{self._name} returned {count} {what} for {asked} texts. Return one for each."
            )


class FunctionLanguageModel(_Function):
    """A function from texts to log-likelihoods, as a language model."""

    def log_likelihood(
        self, texts: Iterable[str], *, contexts: Iterable[str] | None = None
    ) -> LogLikelihoods:
        """Return what the function says; how many tokens it scored stays unknown (0).

        A context is handed over where the function takes ``contexts=``. Else the likelihood after
        a context is that of both together over that of the context, as for causal models.
        """
        pairs = pair_up(texts, contexts)
        listed, before = [text for _, text in pairs], [context for context, _ in pairs]
        if self._takes("contexts"):
            return self._checked(self._call(_LIKELIHOODS, listed, contexts=before), listed)
        if not any(before):
            return self._checked(self._call(_LIKELIHOODS, listed), listed)
        whole = self._checked(self._call(_LIKELIHOODS, [c + t for c, t in pairs]), listed)
        alone = self._checked(self._call(_LIKELIHOODS, before), before)
        return LogLikelihoods(
            whole.total - alone.total, whole.tokens - alone.tokens, whole.bytes - alone.bytes
        )

    def choice_scores(
        self,
        prompts: Iterable[str],
        options: choices.Options,
        *,
        normalise: Normalise = None,
    ) -> list[Numbers]:
        """Return the log-likelihood of each option after its prompt, an array per prompt."""
        return choices.choice_scores(self, prompts, options, normalise=normalise)

    def choose(
        self,
        prompts: Iterable[str],
        options: choices.Options,
        *,
        normalise: Normalise = "byte",
    ) -> npt.NDArray[np.int64]:
        """Return the index of the most likely option of each prompt, the first of equals."""
        return choices.choose(self, prompts, options, normalise=normalise)

    def _checked(self, returned: Any, texts: list[str]) -> LogLikelihoods:
        if isinstance(returned, LogLikelihoods):
            found = returned
        else:
            totals = as_floats(returned, self._name, _LIKELIHOODS)
            if totals.ndim != 1:
                raise ModelError(
                    f"{self._name} returned an array of shape {totals.shape}, but a log-likelihood "
                    f"per text was expected, of shape ({len(texts)},)."
                )
            size = np.asarray([len(text.encode()) for text in texts], dtype=np.int64)
            found = LogLikelihoods(totals, np.zeros(len(totals), dtype=np.int64), size)
        self._check_count(len(found), len(texts), "log-likelihoods")
        check_likelihoods(found.total, texts, self._name)
        return found


def write_apart(
    model: Any, prompts: Sequence[str], streams: Sequence[int], *, n: int, seed: int, **options: Any
) -> list[list[str]]:
    """Let a model write, each stream of prompts with chance of its own.

    A model of another's making, which may not know of streams, is called once for each, with a
    seed of its own.

    Raises
    ------
    ArgumentError
        If there is no such option.
    """
    check_options(model, options)
    if getattr(model, "has_streams", False) is True:
        written: list[list[str]] = model.generate(
            prompts, n=n, seed=seed, streams=streams, **options
        )
        return written
    return by_stream(model, prompts, streams, n=n, seed=seed, **options)


def check_options(model: Any, options: Mapping[str, Any]) -> None:
    """Refuse what is no option of a model's `generate`; a function ignores the known ones."""
    known = _options_of(model)
    wrong = [name for name in options if known and name not in known]
    if wrong:
        near = difflib.get_close_matches(wrong[0], known, 1)
        meant = f"; is {near[0]}= meant?" if near else "."
        raise ArgumentError(
            f"{wrong[0]}={options[wrong[0]]!r} is no option of generation{meant} "
            f"The options are {', '.join(known)}."
        )


def _options_of(model: Any) -> tuple[str, ...]:
    """Return the options of a model's `generate`; none where it may take any."""
    written = getattr(type(model), "generate", None)
    if written is None or type(model).__module__.startswith("pytest_fairness."):
        return GENERATION_OPTIONS
    parameters = inspect.signature(written).parameters
    if any(each.kind is each.VAR_KEYWORD for each in parameters.values()):
        return ()
    return tuple(n for n in parameters if n not in {"self", "prompts", "n", "seed", "streams"})


def by_stream(
    model: Any, prompts: Sequence[str], streams: Sequence[int], *, n: int, seed: int, **options: Any
) -> list[list[str]]:
    """Call `generate` once for each stream, with a seed made of `seed` and the stream."""
    places: dict[int, list[int]] = {}
    for place, stream in enumerate(streams):
        places.setdefault(stream, []).append(place)
    written: list[list[str]] = [[] for _ in prompts]
    for stream, rows in places.items():
        own = int(np.random.SeedSequence([seed, stream]).generate_state(1)[0] >> 1)
        texts = model.generate([prompts[i] for i in rows], n=n, seed=own, **options)
        for i, samples in zip(rows, texts, strict=True):
            written[i] = samples
    return written


class FunctionGenerator(_Function):
    """A function from prompts to texts, as a model that writes."""

    has_streams = True

    def generate(
        self,
        prompts: Iterable[str],
        *,
        n: int = 1,
        seed: int = 0,
        streams: Sequence[int] | None = None,
        **_options: Any,
    ) -> list[list[str]]:
        """Return n texts per prompt; sample j is written with ``seed + j`` where it takes a seed.

        Each stream has a seed of its own in place of `seed`, and a call of its own. Further
        options, such as those of a model's own `generate`, are the function's business.
        """
        listed = as_texts(prompts)
        if streams is not None and self._takes("seed"):
            return by_stream(self, listed, streams, n=n, seed=seed)
        samples = [self._once(listed, seed + j) for j in range(n)]
        return [list(texts) for texts in zip(*samples, strict=True)]

    def _once(self, prompts: list[str], seed: int) -> list[str]:
        options = {"seed": seed} if self._takes("seed") else {}
        returned = self._call(_TEXTS, prompts, **options)
        written = [returned] if isinstance(returned, str) else self._listed(returned, _TEXTS)
        self._check_count(len(written), len(prompts), "texts")
        for text in written:
            if not isinstance(text, str):
                raise wrong_answer(self._name, text, _TEXTS, "a text")
        return written


class FunctionChooser(_Function):
    """A function from prompts and lists of options to indices, as a model that chooses."""

    def choose(
        self,
        prompts: Sequence[str],
        options: Sequence[Sequence[str]],
        *,
        normalise: Normalise = None,
    ) -> npt.NDArray[np.int64]:
        """Return the index that the function gives for each prompt, -1 for none.

        `normalise` is of no use: the function has no likelihoods.
        """
        found = as_array(self._call(_CHOICE, prompts, options), self._name, _CHOICE)
        places = [len(each) for each in options]
        if found.shape != (len(prompts),) or found.dtype.kind not in "iub":
            raise ModelError(
                f"{self._name} returned an array of shape {found.shape} of {found.dtype} for "
                f"{len(prompts)} prompts. {_CHOICE}"
            )
        beyond = [i for i, place in enumerate(found) if not -1 <= place < places[i]]
        if beyond:
            raise ModelError(
                f"{self._name} returned {found[beyond[0]]} for prompt {beyond[0]}, which has "
                f"{places[beyond[0]]} options. {_CHOICE}"
            )
        return found.astype(np.int64)


def _as_numbers(returned: Any, name: str, what: str) -> npt.NDArray[np.float64]:
    try:
        return as_array(returned, name).astype(np.float64)
    except (TypeError, ValueError) as err:
        raise ModelError(f"{name} returned no numbers where {what} were expected: {err}.") from err


class FunctionEmbedder(_Function):
    """A function from texts to vectors, as an embedder."""

    def embed(self, texts: Iterable[str]) -> Numbers:
        """Return an array of shape (n_texts, n_dimensions)."""
        listed = as_texts(texts)
        vectors = as_floats(self._call(_VECTORS, listed), self._name, _VECTORS)
        if vectors.ndim != 2:
            raise ModelError(
                f"{self._name} returned an array of shape {vectors.shape}, but a vector per text "
                "was expected, of shape (n_texts, n_dimensions)."
            )
        self._check_count(len(vectors), len(listed), "vectors")
        if not np.isfinite(vectors).all():
            raise ModelError(f"{self._name} returned NaN or infinite numbers in its vectors.")
        return vectors


class FunctionTagger(_Function):
    """A function from texts to spans, as a token classifier."""

    def spans(self, texts: Iterable[str]) -> list[list[Span]]:
        """Return the spans that the function finds in each text."""
        listed = as_texts(texts)
        found = self._listed(self._call(_SPANS, listed), _SPANS)
        self._check_count(len(found), len(listed), "lists of spans")
        return [
            [self._span(span, text) for span in self._listed(spans, _SPANS)]
            for spans, text in zip(found, listed, strict=True)
        ]

    def _span(self, span: Any, text: str) -> Span:
        try:
            start, end, label, *score = span
            read = Span(int(start), int(end), str(label), float(score[0]) if score else 1.0)
        except (TypeError, ValueError) as err:
            raise wrong_answer(self._name, span, _SPANS, "a span") from err
        if not 0 <= read.start < read.end <= len(text):
            raise ModelError(
                f"{self._name} returned the span ({read.start}, {read.end}) of a text of "
                f"{len(text)} characters. Count places in characters, from 0."
            )
        return read
