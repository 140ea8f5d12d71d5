"""Models that are spoken to, with an instruction and demonstrations before every prompt."""

from __future__ import annotations

import hashlib
import inspect
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.errors import ArgumentError, ModelError
from pytest_fairness.mitigation.prompts.prompt import Prompt
from pytest_fairness.models import is_model, load_model
from pytest_fairness.models.endpoint import Endpoint
from pytest_fairness.models.fingerprints import name_of, of_function
from pytest_fairness.models.functions import FunctionModel
from pytest_fairness.models.likelihoods import LogLikelihoods, pair_up
from pytest_fairness.models.zero_shot import ZeroShot
from pytest_fairness.outcome import ModelInfo


class Prompted:
    r"""A model with an instruction and demonstrations before every prompt.

    It answers what the wrapped model answers (`generate`, `log_likelihood`, `choose`,
    `choice_scores`, `predict`, `predict_proba`, or a call), and nothing else. With nothing to put
    before, its answers and its fingerprint are the wrapped model's.

    In `generate`, the instruction is the system message where there is a chat template or a server
    that chats, and the demonstrations open what the user says; everywhere else, both are text
    before the prompt. A text without a context is scored with what is put before it as its
    context, and with the blank line between them. The demonstrations of a zero-shot classifier are
    framed by its template.

    Parameters
    ----------
    model
        Causal or sequence-to-sequence language model, endpoint or zero-shot classifier, as
        `load_model` and `zero_shot` return them; a name or an address as `load_model` takes it; or
        a function from a list of prompts to an array or to strings. A function that gives
        log-likelihoods is first made a model, by `as_language_model`.
    instruction : str
        Such as one of `fair_instructions`.
    demonstrations : iterable of Demonstration, or of (text, answer)
        Best balanced, as `balanced_demonstrations` chooses them.
    system : bool, optional
        Whether the instruction is a system message when text is generated; by default where the
        model chats. Some chat templates refuse one.

    Attributes
    ----------
    model
        What was wrapped.
    prompt : Prompt
    asked : int
        How many texts it was asked to score, or to write, so far.

    Raises
    ------
    ModelError
        If the model is of a kind that is not spoken to, such as a fine-tuned classifier.
    ArgumentError
        If a demonstration has an answer that the zero-shot classifier does not know.

    Notes
    -----
    What a prompt does, it does to one version of one model: gate the wrapped model again when
    either changes.

    References
    ----------
    Brown et al. (2020), "Language models are few-shot learners"; Si et al. (2023), "Prompting GPT-3
    to be reliable"; Tamkin et al. (2023), "Evaluating and mitigating discrimination in language
    model decisions"; Ganguli et al. (2023), "The capacity for moral self-correction in large
    language models".

    Examples
    --------
    >>> from pytest_fairness.models.kinds import as_generator
    >>> echo = as_generator(lambda prompts: [prompt.upper() for prompt in prompts])
    >>> asked = Prompted(echo, "Be fair.", [("Is water wet?", "yes")])
    >>> asked.generate(["Is fire cold?"])
    [['BE FAIR.\n\nIS WATER WET? YES\n\nIS FIRE COLD?']]
    >>> asked.asked
    1
    """

    model: Any
    if TYPE_CHECKING:  # which methods there are depends on the model

        def __getattr__(self, name: str) -> Any: ...

    def __new__(cls, model: Any, *_arguments: Any, **_options: Any) -> Prompted:
        """Make one of the kind of the wrapped model, as `pathlib.Path` does of the system."""
        opened = _opened(model)
        made = object.__new__(_kind_for(opened) if cls is Prompted else cls)
        made.model = opened
        return made

    def __init__(
        self,
        model: Any,
        instruction: str | None = "",
        demonstrations: Iterable[Any] = (),
        *,
        system: bool | None = None,
    ) -> None:
        self.prompt = Prompt.of(instruction, demonstrations)
        self.asked = 0
        self._system = system

    def __repr__(self) -> str:
        shown = f"instruction {self.prompt.instruction!r}" if self.prompt.instruction else ""
        count = len(self.prompt.demonstrations)
        parts = [shown, f"{count} demonstrations" if count else ""]
        return f"<Prompted {self.model!r}: {', '.join(filter(None, parts)) or 'nothing before'}>"

    @property
    def tokenizer(self) -> Any:
        """The tokenizer of the wrapped model; None where it has none of its own."""
        return getattr(self.model, "tokenizer", None)

    @property
    def prompt_tokens(self) -> int | None:
        """How many tokens a prompt costs more; None where the tokenizer is not known."""
        tokenizer, text = self.tokenizer, self._shown().before()
        if tokenizer is None:
            return 0 if not text else None
        return len(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write ``prompt.json``, with a reference to the model, into a folder; return its path.

        A model's own folder is referred to by its relative path; one of the hub by its id, and an
        endpoint by its address. A model without any must be given to `load` again.

        Raises
        ------
        ArgumentError
            If the folder has such a file already.
        """
        from pytest_fairness.mitigation.prompts.saving import save

        return save(self, Path(folder), system=self._system)

    @classmethod
    def load(cls, folder: str | os.PathLike[str], *, model: Any = None, **options: Any) -> Prompted:
        """Return what `save` wrote.

        Parameters
        ----------
        folder : str or path
        model : optional
            In place of the model that the file refers to.
        **options
            For `load_model`, such as ``device="cpu"``.

        Raises
        ------
        ModelError
            If there is no such file, or if it cannot be read.

        Warns
        -----
        FairnessWarning
            If the model is not the one that the prompt was saved with.
        """
        from pytest_fairness.mitigation.prompts.saving import load

        return load(Path(folder), model, options)

    def _shown(self) -> Prompt:
        """Return the prompt as the model reads it."""
        return self.prompt

    def _prefixed(self, texts: Iterable[str], times: int = 1) -> list[str]:
        listed = [text for _, text in pair_up(texts, None)]
        self.asked += len(listed) * times
        before = self._shown().before()
        return [before + text for text in listed]


class _Model(Prompted):
    """What is more than a function."""

    @property
    def info(self) -> ModelInfo:
        """Which model this is, with which prompt; the fingerprint is that of both."""
        found: ModelInfo = self.model.info
        return _marked(found, self.prompt, self._system)

    def forget(self) -> None:
        """Drop the remembered answers."""
        self.model.forget()

    def close(self) -> None:
        """Free the memory that the model takes; it answers no more."""
        self.model.close()


class _Writes(_Model):
    @property
    def has_streams(self) -> bool:
        """Whether prompts can meet chance of their own: where the wrapped model's can."""
        return getattr(self.model, "has_streams", False) is True

    def generate(self, prompts: Iterable[str], **options: Any) -> list[list[str]]:
        """Write after each prompt; the options are those of the wrapped model."""
        times = int(options.get("n", 1))
        if not self._takes_system(options):
            written = self.model.generate(self._prefixed(prompts, times), **options)
        else:
            listed = [text for _, text in pair_up(prompts, None)]
            self.asked += len(listed) * times
            parts = (self.prompt.instruction, options.pop("system", None))
            system = "\n\n".join(part for part in parts if part)
            said = [self.prompt.examples() + text for text in listed]
            written = self.model.generate(said, system=system, **options)
        found: list[list[str]] = written
        return found

    def _takes_system(self, options: dict[str, Any]) -> bool:
        if not self.prompt.instruction or options.get("chat") is False:
            return False
        return _chats(self.model) if self._system is None else self._system


class _Scores(_Model):
    def log_likelihood(
        self, texts: Iterable[str], *, contexts: Iterable[str] | None = None
    ) -> LogLikelihoods:
        """Return the log-likelihood of each text after what is put before it and its context."""
        pairs = pair_up(texts, contexts)
        before = self._prefixed([context for context, _ in pairs])
        found: LogLikelihoods = self.model.log_likelihood([t for _, t in pairs], contexts=before)
        return found

    def choice_scores(
        self, prompts: Iterable[str], options: Any, **settings: Any
    ) -> list[npt.NDArray[np.float64]]:
        """Return the log-likelihood of each option after its prompt, an array per prompt."""
        scores = self.model.choice_scores(self._prefixed(prompts), options, **settings)
        found: list[npt.NDArray[np.float64]] = scores
        return found

    def choose(
        self, prompts: Iterable[str], options: Any, **settings: Any
    ) -> npt.NDArray[np.int64]:
        """Return the index of the option that the model chooses, per prompt."""
        chosen: npt.NDArray[np.int64] = self.model.choose(
            self._prefixed(prompts), options, **settings
        )
        return chosen


class PromptedWriter(_Writes):
    """A model that writes, with a prompt."""


class PromptedScorer(_Scores):
    """A model of likelihoods, with a prompt."""


class PromptedLM(_Writes, _Scores):
    """A model that writes and scores, with a prompt."""


class PromptedClassifier(_Model):
    """A function from texts to scores or labels, loaded, with a prompt."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the columns of the scores."""
        names: tuple[str, ...] = self.model.labels
        return names

    @property
    def gives_scores(self) -> bool:
        """Whether there are scores beside labels."""
        return bool(self.model.gives_scores)

    def predict(self, texts: Iterable[str]) -> Any:
        """Return the label of each text, an array of str of shape (n_texts,)."""
        return self._answering().predict(self._prefixed(texts))

    def predict_proba(self, texts: Iterable[str]) -> Any:
        """Return scores in [0, 1], an array of shape (n_texts, n_labels)."""
        return self._answering().predict_proba(self._prefixed(texts))

    def logits(self, texts: Iterable[str]) -> Any:
        """Return the scores before softmax, of shape (n_texts, n_labels)."""
        return self._answering().logits(self._prefixed(texts))

    def __call__(self, texts: Iterable[str]) -> Any:
        """Return what `predict_proba` returns."""
        return self.predict_proba(texts)

    def _answering(self) -> Any:
        return self.model


class PromptedZeroShot(PromptedClassifier):
    """A zero-shot classifier whose template is preceded by a prompt."""

    def __init__(self, model: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(model, *arguments, **options)
        unknown = {each.answer for each in self.prompt.demonstrations} - set(self.labels)
        if unknown:
            raise ArgumentError(
                f"demonstrations answer {sorted(unknown)[0]!r}, which is none of the labels "
                f"{', '.join(self.labels)}. Answer with labels, as the classifier does."
            )

    @property
    def tokenizer(self) -> Any:
        """The tokenizer of the language model; None where it has none of its own."""
        return getattr(self.model.model, "tokenizer", None)

    def _shown(self) -> Prompt:
        return self.prompt.framed(self.model.framed)

    def _prefixed(self, texts: Iterable[str], times: int = 1) -> list[str]:
        listed = [text for _, text in pair_up(texts, None)]
        self.asked += len(listed) * times
        return listed

    def _answering(self) -> Any:
        asked, shown = self.model, self._shown()
        language_model = Prompted(asked.model, shown.instruction, shown.demonstrations)
        return ZeroShot(language_model, asked.labels, asked.template, asked.normalise)


class PromptedFunction(Prompted):
    """A function from a list of prompts to anything, with a prompt; it is called as before."""

    def __init__(self, model: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(model, *arguments, **options)
        self.__signature__ = inspect.signature(model)
        self.__module__, _, name = name_of(model).rpartition(".")
        if not self.prompt.is_empty:
            name += f" + prompt {_digest(of_function(model), self.prompt.fingerprint)[:12]}"
        self.__qualname__ = name

    def __call__(self, texts: Iterable[str], **options: Any) -> Any:
        """Return what the function says to the texts with the prompt before them."""
        return self.model(self._prefixed(texts), **options)


def _opened(model: Any) -> Any:
    if isinstance(model, (str, os.PathLike, tuple)):
        return load_model(model)
    return model


def _kind_for(model: Any) -> type[Prompted]:
    """Return the class that wraps a model: it has the methods that the model has."""
    kind = type(model)
    if isinstance(model, Prompted):
        raise ArgumentError(
            f"{model!r} has a prompt already. Write both into one: Prompted(model.model, ...)."
        )
    if isinstance(model, ZeroShot):
        return PromptedZeroShot
    if isinstance(model, FunctionModel):
        return PromptedClassifier
    writes, scores = (hasattr(kind, name) for name in ("generate", "log_likelihood"))
    if writes or scores:
        return PromptedLM if writes and scores else PromptedWriter if writes else PromptedScorer
    if callable(model) and not is_model(model) and not hasattr(kind, "predict"):
        return PromptedFunction
    raise ModelError(
        f"{model!r} is not spoken to: an instruction before its texts would be one more text to "
        "classify. Give a language model, an endpoint, zero_shot(...) or a function of prompts; "
        "for a fine-tuned classifier, take another method of mitigation."
    )


def _chats(model: Any) -> bool:
    """Whether a model frames what it generates as a chat."""
    template = getattr(getattr(model, "tokenizer", None), "chat_template", None)
    return isinstance(model, Endpoint) or bool(template)


def _marked(info: ModelInfo, prompt: Prompt, system: bool | None) -> ModelInfo:
    """Return what tells a model with a prompt from the model without."""
    if prompt.is_empty:
        return info
    return replace(
        info,
        name=f"{info.name} + prompt {prompt.fingerprint[:6]}",
        path=None,
        kind=f"prompted {info.kind}",
        fingerprint=_digest(info.fingerprint, prompt.fingerprint, repr(system)),
    )


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
