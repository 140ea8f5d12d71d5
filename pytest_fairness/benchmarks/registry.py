"""Which benchmarks there are, and running one."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pytest_fairness.benchmarks.asking import ask_model
from pytest_fairness.benchmarks.associations import SEAT, WEAT
from pytest_fairness.benchmarks.base import Benchmark, Scores
from pytest_fairness.benchmarks.chinese import COLD, CORGI_PM, SWSR
from pytest_fairness.benchmarks.chinese_pairs import CHBIAS
from pytest_fairness.benchmarks.chinese_questions import CBBQ
from pytest_fairness.benchmarks.completions import BOLD, HONEST
from pytest_fairness.benchmarks.contexts import STEREOSET
from pytest_fairness.benchmarks.coreference import WINOBIAS
from pytest_fairness.benchmarks.detection import HATECHECK, HATECHECK_ZH, UNINTENDED_BIAS
from pytest_fairness.benchmarks.emotions import EEC
from pytest_fairness.benchmarks.fills import DISCO
from pytest_fairness.benchmarks.holistic import HOLISTIC_BIAS
from pytest_fairness.benchmarks.pairs import CROWS_PAIRS
from pytest_fairness.benchmarks.places import changed_files, find_folder
from pytest_fairness.benchmarks.probes import CBS, CBS_ZH, LPBS
from pytest_fairness.benchmarks.questions import BBQ
from pytest_fairness.benchmarks.recorded import read_answers
from pytest_fairness.benchmarks.unqover import UNQOVER
from pytest_fairness.benchmarks.winogender import WINOGENDER
from pytest_fairness.errors import ArgumentError, FairnessError, ModelError

_ALL = (
    CROWS_PAIRS,
    STEREOSET,
    BBQ,
    CBBQ,
    UNQOVER,
    WINOBIAS,
    WINOGENDER,
    HOLISTIC_BIAS,
    CHBIAS,
    LPBS,
    CBS,
    CBS_ZH,
    DISCO,
    WEAT,
    SEAT,
    HONEST,
    BOLD,
    EEC,
    HATECHECK,
    HATECHECK_ZH,
    UNINTENDED_BIAS,
    COLD,
    SWSR,
    CORGI_PM,
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
    scorer: Callable[[list[str]], Any] | None = None,
    limit: int | None = None,
    seed: int = 0,
    check: Callable[[Scores], Any] | None = None,
) -> Scores:
    """Return what a model, or its recorded answers, score on a benchmark.

    Parameters
    ----------
    name : str
        One of `BENCHMARKS`.
    model : Model or language model, optional
        What answers; see `Benchmark.needs`.
    folder : str or path
        Where the published files lie, or ``"hf://datasets/OWNER/NAME"``. None come with this
        package.
    answers : str, path or sequence, optional
        Recorded answers, in place of a model: a JSON or CSV file, or a list.
    scorer : callable, optional
        From texts to numbers, such as the score of a classifier of toxicity; for benchmarks whose
        answers are texts.
    limit : int, optional
        Items drawn by `seed`, in place of all. Where items belong together, as the sentences of one
        template do, they are drawn together, so that some more or fewer are asked.
    seed : int
        Of that draw, and of the order in which options are shown.
    check : callable, optional
        Gets, before the model is asked, scores of these items whose values mean nothing: it may
        look at which numbers and categories there are, and raise.

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
    if limit is not None and limit < 1:
        raise ArgumentError(f"limit={limit!r} must be 1 or more items, or None for all of them.")
    place = find_folder(folder, chosen)
    every = _read(chosen, place)
    items = _drawn(chosen, every, limit, seed)
    if check is not None and chosen.blank is not None:
        check(chosen.score(items, [chosen.blank(item) for item in items]))
    given = (
        ask_model(chosen, model, items, seed) if answers is None else _given(chosen, answers, items)
    )
    if scorer is not None:
        given = _scored(chosen, given, scorer)
    scores = replace(chosen.score(items, given), asked=len(items), published=len(every))
    return _with_changes(scores, changed_files(place, chosen))


def _read(chosen: Benchmark, place: Path) -> list[Any]:
    try:
        items = list(chosen.read(place))
    except FairnessError:
        raise
    except (AttributeError, LookupError, TypeError, ValueError) as err:  # of files of any shape
        raise ArgumentError(
            f"{place} does not hold {chosen.title} as it was published ({type(err).__name__}: "
            f"{err}). Take {', '.join(chosen.files)} from {chosen.address}."
        ) from err
    if not items:
        raise ArgumentError(
            f"{place} holds {', '.join(chosen.files)} without any items of {chosen.title}. Take "
            f"the files as {chosen.address} publishes them."
        )
    return items


def _drawn(chosen: Benchmark, items: list[Any], limit: int | None, seed: int) -> list[Any]:
    if limit is None or limit >= len(items):
        return items
    if chosen.block is None:
        return [items[i] for i in sorted(random.Random(seed).sample(range(len(items)), limit))]
    blocks: dict[Hashable, list[int]] = {}
    for place, item in enumerate(items):
        blocks.setdefault(chosen.block(item), []).append(place)
    order = list(blocks.values())
    random.Random(seed).shuffle(order)
    places: list[int] = []
    for block in order:
        if len(places) >= limit:
            break
        places += block
    return [items[i] for i in sorted(places)]


def _given(
    chosen: Benchmark, answers: str | Path | Sequence[Any], items: Sequence[Any]
) -> Sequence[Any]:
    if isinstance(answers, (str, Path)):
        found = chosen.recorded(Path(answers), items) if chosen.recorded else None
        return read_answers(Path(answers), len(items)) if found is None else found
    if len(answers) != len(items):
        raise ArgumentError(
            f"There are {len(answers)} answers for {len(items)} items. Give one per item."
        )
    return list(answers)


def _scored(
    chosen: Benchmark, answers: Sequence[Any], scorer: Callable[[list[str]], Any]
) -> list[list[float]]:
    """Return numbers in place of texts, all of them scored in one call."""
    if not chosen.scored:
        raise ArgumentError(f"scorer= is of no use: answers to {chosen.title} are no texts.")
    rows = [[answer] if isinstance(answer, str) else list(answer) for answer in answers]
    texts = [text for row in rows for text in row]
    found = np.asarray(scorer(texts), dtype=float)
    if found.ndim == 2:
        found = found[:, -1]
    if found.shape != (len(texts),) or not np.isfinite(found).all():
        raise ModelError(
            f"scorer returned an array of shape {found.shape} for {len(texts)} texts, or numbers "
            "that are not finite. Return one number per text."
        )
    numbers = iter(found.tolist())
    return [[next(numbers) for _ in row] for row in rows]


def _with_changes(scores: Scores, changed: Sequence[str]) -> Scores:
    if not changed:
        return scores
    note = f"{', '.join(changed)} differ from the published files: scores may not compare."
    return replace(scores, notes=(*scores.notes, note))
