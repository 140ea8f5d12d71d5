"""What a saved model was made for, as its configuration says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_fairness.errors import ArgumentError


@dataclass(frozen=True)
class Task:
    """One kind of model.

    Attributes
    ----------
    name : str
        As transformers names its pipelines.
    kind : str
        What reports call such a model.
    auto : str
        The class of transformers that loads it.
    heads : tuple of str
        How the names of its architectures end.
    """

    name: str
    kind: str
    auto: str
    heads: tuple[str, ...]


_ALL = (
    Task(
        "text-classification",
        "sequence classifier",
        "AutoModelForSequenceClassification",
        ("ForSequenceClassification",),
    ),
    Task("fill-mask", "masked language model", "AutoModelForMaskedLM", ("ForMaskedLM",)),
    Task(
        "text-generation",
        "causal language model",
        "AutoModelForCausalLM",
        ("ForCausalLM", "LMHeadModel"),
    ),
    Task(
        "text2text-generation",
        "sequence-to-sequence model",
        "AutoModelForSeq2SeqLM",
        ("ForConditionalGeneration", "MTModel"),
    ),
    Task(
        "token-classification",
        "token classifier",
        "AutoModelForTokenClassification",
        ("ForTokenClassification",),
    ),
    Task(
        "question-answering",
        "question answerer",
        "AutoModelForQuestionAnswering",
        ("ForQuestionAnswering",),
    ),
    Task(
        "multiple-choice",
        "multiple-choice model",
        "AutoModelForMultipleChoice",
        ("ForMultipleChoice",),
    ),
    Task("feature-extraction", "embedder", "AutoModel", ("Model",)),
)
TASKS: Mapping[str, Task] = {task.name: task for task in _ALL}


def task_named(name: str) -> Task:
    """Return a task by its name.

    Raises
    ------
    ArgumentError
        If there is none of this name.
    """
    if name not in TASKS:
        raise ArgumentError(f"task={name!r} must be one of {', '.join(TASKS)}, or left out.")
    return TASKS[name]


def task_of(config: Mapping[str, Any]) -> Task | None:
    """Return the task that a configuration was saved for; None if it does not say.

    Examples
    --------
    >>> from pytest_fairness.models.tasks import task_of
    >>> task_of({"architectures": ["BertForMaskedLM"]}).name
    'fill-mask'
    """
    for name in config.get("architectures") or ():
        for task in _ALL:
            if name.endswith(task.heads):
                return task
    return None
