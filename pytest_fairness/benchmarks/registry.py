"""Which benchmarks there are, and running one."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_fairness.benchmarks.base import Benchmark, Scores
from pytest_fairness.benchmarks.contexts import STEREOSET
from pytest_fairness.benchmarks.coreference import WINOBIAS
from pytest_fairness.benchmarks.detection import HATECHECK, HATECHECK_ZH, UNINTENDED_BIAS
from pytest_fairness.benchmarks.pairs import CROWS_PAIRS
from pytest_fairness.benchmarks.questions import BBQ, CBBQ
from pytest_fairness.benchmarks.recorded import read_answers
from pytest_fairness.errors import ArgumentError, ModelError

_ALL = (
    CROWS_PAIRS,
    STEREOSET,
    BBQ,
    CBBQ,
    WINOBIAS,
    HATECHECK,
    HATECHECK_ZH,
    UNINTENDED_BIAS,
)
BENCHMARKS: Mapping[str, Benchmark] = {benchmark.name: benchmark for benchmark in _ALL}


def benchmark_named(name: str) -> Benchmark:
    """Return a benchmark.

    Raises
    ------
    ArgumentError
        If there is none of this name.
    """
    if name not in BENCHMARKS:
        raise ArgumentError(f"benchmark={name!r} must be one of {', '.join(BENCHMARKS)}.")
    return BENCHMARKS[name]


def run_benchmark(
    name: str,
    model: Any = None,
    *,
    folder: str | Path,
    answers: str | Path | Sequence[Any] | None = None,
    limit: int | None = None,
    seed: int = 0,
) -> Scores:
    """Return what a model, or its recorded answers, score on a benchmark.

    Parameters
    ----------
    name : str
        One of `BENCHMARKS`.
    model : Model or language model, optional
        What answers; see `Benchmark.needs`.
    folder : str or path
        Where the published files lie. None come with this package.
    answers : str, path or sequence, optional
        Recorded answers, in place of a model: a JSON or CSV file, or a list.
    limit : int, optional
        Items drawn by `seed`, in place of all.
    seed : int
        Of that draw, and of the order in which options are shown.

    Raises
    ------
    ArgumentError
        If a file is missing, a column has another name, or answers do not fit.
    ModelError
        If the model cannot do what the benchmark needs.

    Examples
    --------
    >>> run_benchmark("crows_pairs", folder="no-such-folder")
    Traceback (most recent call last):
      ...
    pytest_fairness.errors.ArgumentError: Give exactly one of model and answers=.
    """
    chosen = benchmark_named(name)
    if (model is None) == (answers is None):
        raise ArgumentError("Give exactly one of model and answers=.")
    items = list(chosen.read(Path(folder)))
    if limit is not None and limit < len(items):
        places = sorted(random.Random(seed).sample(range(len(items)), limit))
        items = [items[i] for i in places]
    if answers is not None:
        given = _given(answers, len(items))
        return chosen.score(items, given)
    if not hasattr(model, chosen.needs):
        raise ModelError(
            f"{model!r} has no {chosen.needs}, which {chosen.title} asks for. Load "
            f"{_KINDS[chosen.needs]}, or give recorded answers=."
        )
    return chosen.score(items, chosen.ask(model, items, seed))


_KINDS = {
    "log_likelihood": "a masked, causal or sequence-to-sequence language model",
    "choose": "a causal or sequence-to-sequence language model",
    "predict_proba": "a classifier",
    "generate": "a model that writes",
}


def _given(answers: str | Path | Sequence[Any], n: int) -> list[Any]:
    if isinstance(answers, (str, Path)):
        return read_answers(Path(answers), n)
    if len(answers) != n:
        raise ArgumentError(f"There are {len(answers)} answers for {n} items. Give one per item.")
    return list(answers)
