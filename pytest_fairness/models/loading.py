"""From whatever a test names as its model to a loaded one."""

from __future__ import annotations

import importlib
import inspect
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pytest_fairness.engine import Report
from pytest_fairness.errors import ArgumentTypeError, ModelError
from pytest_fairness.models.addresses import is_address, split_address
from pytest_fairness.models.base import Model, is_model
from pytest_fairness.models.devices import (
    choose_batch_tokens,
    choose_device,
    choose_dtype,
    share_threads,
)
from pytest_fairness.models.estimators import EstimatorModel
from pytest_fairness.models.fingerprints import of_files
from pytest_fairness.models.functions import FunctionModel
from pytest_fairness.models.opening import open_named
from pytest_fairness.models.pretrained import Placement
from pytest_fairness.models.tasks import TASKS, Task, task_named, task_of
from pytest_fairness.models.wrapping import wrapped

_ACCEPTED = (
    "Give a model folder or hub id, a function from a list of texts to an array, a fitted "
    "scikit-learn style estimator, or a (model, tokenizer) pair of transformers."
)


def load_model(
    model: str | os.PathLike[str] | Callable[[list[str]], Any] | tuple[Any, Any] | Any,
    *,
    task: str | None = None,
    device: Any = None,
    dtype: Any = None,
    revision: str | None = None,
    batch_tokens: int | None = None,
    trust_remote_code: bool = False,
    allow_pickle: bool = False,
    max_length: int | None = None,
    progress: bool | Report | None = None,
    labels: Sequence[str] | None = None,
    device_map: Any = None,
    quantization: str | None = None,
) -> Any:
    """Load what scores or writes text.

    Parameters
    ----------
    model : str or path, function, estimator, tuple, pipeline, or Model
        A folder as transformers saves it, one of peft whose adapter is put on its model, a GGUF
        file, or an id on the hub; any function from a list of
        texts to an array (floats of shape (n_texts,) are scores of the positive class, two
        dimensions are scores per label; str, int or bool are labels); a fitted scikit-learn style
        estimator; a transformers ``(model, tokenizer)`` pair or pipeline; a model behind a
        server, as in ``"http://127.0.0.1:8000/v1#MODEL"`` (see `load_endpoint`). A loaded model is
        returned as it is. What follows applies to transformers models, and is of no effect for
        functions and estimators, save `labels`.
    task : str, optional
        What a transformers model is for, as its pipelines are named: ``"text-classification"``,
        ``"fill-mask"``, ``"text-generation"``, ``"text2text-generation"``,
        ``"feature-extraction"``, ``"token-classification"``, ``"question-answering"`` or
        ``"multiple-choice"``. By default what its configuration says.
    device : str, optional
        As in torch. By default CUDA, else MPS, else the CPU. With several GPUs, the workers of
        pytest-xdist take turns. A pair stays where it is unless a device is named.
    dtype : {"float32", "bfloat16", "float16"}, optional
        float32 by default; a pair keeps its own.
    revision : str, optional
        Branch, tag or commit of a model on the hub.
    batch_tokens : int, optional
        Padded tokens of a batch; 2,048 on a CPU.
    trust_remote_code : bool
        Whether code that comes with the model may run.
    allow_pickle : bool
        Whether weights may come from a pickle file. By default from safetensors only.
    max_length : int, optional
        Tokens that are read of each text; by default as many as the model can.
    progress : bool or callable, optional
        By default a line on a terminal's stderr for jobs over 3 seconds. A callable is told
        ``(done, total)``.
    labels : sequence of str, optional
        Names for the columns that a function or an estimator returns.
    device_map : str or mapping, optional
        As in transformers, such as ``"auto"``: how layers are spread over devices.
    quantization : {"8bit", "4bit"}, optional
        Keep weights in fewer bits, by bitsandbytes on a CUDA device. Verdicts are then those of
        the quantised model.

    Returns
    -------
    Model, or what the task calls for
        Classifiers, estimators and functions give a `Model`.

    Raises
    ------
    ModelError
        If the model cannot be loaded, or would answer at random.
    ArgumentError, ArgumentTypeError
        If an argument is off.

    Examples
    --------
    >>> model = load_model(lambda texts: [0.9 if "good" in text else 0.2 for text in texts])
    >>> model.predict(["a good text", "a text"])
    array(['1', '0'], dtype='<U1')
    >>> model.predict_proba(["a good text"]).round(3)
    array([[0.1, 0.9]])
    """
    if is_model(model) or is_loaded(model):
        return model
    if isinstance(model, str) and is_address(model):
        return _load_endpoint(model, progress)
    if isinstance(model, (str, os.PathLike)):
        return _load_folder(
            os.fspath(model),
            task=task,
            revision=revision,
            device=device,
            dtype=dtype,
            trust_remote_code=trust_remote_code,
            allow_pickle=allow_pickle,
            batch_tokens=batch_tokens,
            device_map=device_map,
            quantization=quantization,
            max_length=max_length,
            progress=progress,
        )
    pair = _pair(model)
    if pair is not None:
        return _adopt_pair(
            *pair,
            task=task,
            device=device,
            dtype=dtype,
            batch_tokens=batch_tokens,
            max_length=max_length,
            progress=progress,
        )
    return _adopt_callable(model, labels)


# Where the class of each kind of model is: imported when one is loaded.
_CLASSES = {
    "text-classification": "classifier.Classifier",
    "fill-mask": "masked.MaskedLM",
    "text-generation": "causal.CausalLM",
    "text2text-generation": "seq2seq.Seq2SeqLM",
    "feature-extraction": "embedder.Embedder",
    "token-classification": "spans.TokenClassifier",
    "question-answering": "answering.QuestionAnswerer",
    "multiple-choice": "multiple_choice.MultipleChoice",
}


def class_for(task: Task) -> Any:
    """Return the class that holds models of a task.

    Raises
    ------
    ModelError
        If there is none.
    """
    if task.name not in _CLASSES:
        raise ModelError(
            f"task={task.name!r} ({task.kind}) cannot be loaded yet; these can: "
            f"{', '.join(_CLASSES)}. Pass a function from texts to scores instead."
        )
    module, _, name = _CLASSES[task.name].partition(".")
    return getattr(importlib.import_module(f"pytest_fairness.models.{module}"), name)


def is_loaded(model: Any) -> bool:
    """Whether `model` is a model of this package already, or a wrapper around one."""
    return hasattr(type(model), "info") and hasattr(type(model), "forget")


def _load_endpoint(address: str, progress: bool | Report | None) -> Any:
    from pytest_fairness.models.endpoint import load_endpoint

    return load_endpoint(*split_address(address), progress=progress)


def _load_folder(
    name: str,
    *,
    task: str | None,
    device: Any,
    dtype: Any,
    batch_tokens: int | None,
    device_map: Any,
    quantization: str | None,
    revision: str | None,
    allow_pickle: bool,
    trust_remote_code: bool,
    **options: Any,
) -> Any:
    chosen = choose_device(device)
    if chosen == "cpu":
        share_threads()
    placement = Placement(chosen, choose_dtype(dtype), device_map, quantization)
    trust = {"allow_pickle": allow_pickle, "trust_remote_code": trust_remote_code}
    opened = open_named(name, placement, task=task, revision=revision, trust=trust)
    model = class_for(opened.task)(
        opened.module,
        opened.tokenizer,
        name=name,
        path=str(opened.path),
        fingerprint=of_files(opened.files),
        batch_tokens=choose_batch_tokens(batch_tokens, chosen),
        **options,
    )
    return wrapped(model, opened.path)


def _adopt_pair(
    module: Any,
    tokenizer: Any,
    *,
    task: str | None,
    device: Any,
    dtype: Any,
    batch_tokens: int | None,
    **options: Any,
) -> Any:
    chosen = task_of({"architectures": [type(module).__name__]}) if task is None else None
    kind = task_named(task) if task is not None else chosen or TASKS["text-classification"]
    if device is not None:
        module = module.to(choose_device(device))
    if dtype is not None:
        module = module.to(choose_dtype(dtype))
    origin = getattr(module.config, "_name_or_path", "")
    return class_for(kind)(
        module,
        tokenizer,
        name=Path(origin).name or type(module).__name__,
        path=origin if os.path.isdir(origin) else None,
        batch_tokens=choose_batch_tokens(batch_tokens, str(module.device)),
        **options,
    )


def _pair(model: Any) -> tuple[Any, Any] | None:
    """Return module and tokenizer of a pair or of a transformers pipeline."""
    if isinstance(model, tuple):
        if len(model) == 2 and hasattr(model[0], "config") and hasattr(model[1], "pad_token_id"):
            return model
        kinds = ", ".join(type(part).__name__ for part in model)
        raise ArgumentTypeError(
            f"model=({kinds}) is not a (model, tokenizer) pair of transformers, in this order."
        )
    if type(model).__name__.endswith("Pipeline") and hasattr(model, "tokenizer"):
        return model.model, model.tokenizer
    return None


def _adopt_callable(model: Any, labels: Sequence[str] | None) -> Model:
    if inspect.isclass(model):
        raise ArgumentTypeError(
            f"model={model.__name__} is a class, not a model. Pass a fitted instance of it."
        )
    if hasattr(model, "forward") and hasattr(model, "state_dict"):
        raise ArgumentTypeError(
            f"model is a {type(model).__name__} without a tokenizer. Pass (model, tokenizer)."
        )
    if hasattr(model, "predict"):
        return EstimatorModel(model, labels=labels)
    if callable(model):
        return FunctionModel(model, labels=labels)
    raise ArgumentTypeError(f"model={model!r} is a {type(model).__name__}. {_ACCEPTED}")
