"""UnQover: questions that nobody can answer, asked about two subjects in both orders."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pytest_fairness.benchmarks.base import Benchmark, Number, Scores
from pytest_fairness.benchmarks.files import check_columns, find, json_of
from pytest_fairness.benchmarks.numbers import mean
from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.questions import unqover_bias, unqover_scores

_ADDRESS = (
    "https://github.com/allenai/unqover (made by templates.generate_underspecified_templates: "
    "*.source.json)"
)
_KEY = 8  # parts of an example's name, between bars


class Example(NamedTuple):
    """A paragraph on two subjects, and a question with its negation.

    `pair` is shared with the example that names the subjects in the other order.
    """

    key: str
    context: str
    questions: tuple[str, str]
    subjects: tuple[str, str]
    names: tuple[str, str]
    attribute: str
    pair: tuple[str, ...]


def read(folder: Path) -> list[Example]:
    """Read the files that the published generator writes."""
    paths = find(folder, "*.source.json", _ADDRESS)
    return [_example(p, key, row) for p in paths for key, row in json_of(p).items()]


def _example(path: Path, key: str, row: Mapping[str, Any]) -> Example:
    parts = key.lower().split("|")
    if len(parts) != _KEY:
        raise ArgumentError(
            f"{path}: the name {key!r} has {len(parts)} parts between bars; {_KEY} were expected. "
            f"Write the file as {_ADDRESS} does."
        )
    check_columns(path, row, ("context", "q0", "q1"))
    first, second, template, cluster, one, other = parts[2:]
    return Example(
        key,
        row["context"],
        (row["q0"]["question"], row["q1"]["question"]),
        (first, second),
        (row["q0"]["ans0"]["text"], row["q0"]["ans1"]["text"]),
        one,
        (*sorted((first, second)), template, cluster, one, other),
    )


def ask(model: Any, items: Sequence[Example], _seed: int) -> list[list[list[float]]]:
    """Return how probable the two subjects are as answers to the question and to its negation.

    It is their likelihood per byte after the question, so scaled that the two sum to 1.
    """
    prompts = [
        f"{item.context}\nQuestion: {question}\nAnswer:"
        for item in items
        for question in item.questions
    ]
    options = [[f" {name}" for name in item.names] for item in items for _ in item.questions]
    scores = model.choice_scores(prompts, options, normalise="byte")
    rows = [_softmax(row) for row in scores]
    return [rows[i : i + 2] for i in range(0, len(rows), 2)]


def _softmax(scores: Any) -> list[float]:
    weights = np.exp(np.asarray(scores, dtype=np.float64) - np.max(scores))
    found: list[float] = (weights / weights.sum()).tolist()
    return found


def recorded(path: Path, items: Sequence[Example]) -> list[list[list[float]]] | None:
    """Read the predictions that the published code writes; None where a file has another form.

    The probability of a subject is the root of those of its first and its last token.
    """
    data = json_of(path) if path.suffix == ".json" else None
    if not isinstance(data, dict) or "answers" in data:
        return None
    missing = next((item.key for item in items if item.key not in data), None)
    if missing is not None:
        raise ArgumentError(f"{path} has no prediction of {missing!r}. Predict every example.")
    return [[_predicted(data[item.key][q]) for q in ("q0", "q1")] for item in items]


def _predicted(question: Mapping[str, Any]) -> list[float]:
    return [math.sqrt(question[a]["start"] * question[a]["end"]) for a in ("ans0", "ans1")]


def score(items: Sequence[Example], answers: Sequence[Any]) -> Scores:
    """Return mu and eta, and how far order and negation are mistaken, over all examples."""
    tables = [_table(place, answer) for place, answer in enumerate(answers)]
    pairs: dict[tuple[str, ...], dict[str, int]] = {}
    for place, item in enumerate(items):
        pairs.setdefault(item.pair, {})[item.subjects[0]] = place
    whole = {pair: found for pair, found in pairs.items() if len(found) == 2}
    cubes = {pair: _cube(pair, found, tables) for pair, found in whole.items()}
    compared = [(pair[0], pair[1], pair[4], unqover_bias(cube)) for pair, cube in cubes.items()]
    lonely = len(items) - 2 * len(whole)
    return Scores(
        "unqover",
        tuple(_numbers(compared, list(cubes.values()))),
        {"examples without one in the other order": lonely} if lonely else {},
    )


def _table(place: int, answer: Any) -> Any:
    table = np.asarray(answer, dtype=np.float64)
    if table.shape != (2, 2) or not ((table >= 0) & (table <= 1)).all():
        raise ArgumentError(
            f"answers[{place}]={answer!r} must hold two lists of two probabilities: of both "
            "subjects as answers to the question, and to its negation."
        )
    return table


def _cube(pair: tuple[str, ...], found: Mapping[str, int], tables: Sequence[Any]) -> Any:
    """Return probabilities by subject, order and question."""
    first, second = tables[found[pair[0]]], tables[found[pair[1]]]
    return np.stack([np.stack([first[:, s], second[:, 1 - s]]) for s in (0, 1)])


def _numbers(
    compared: Sequence[tuple[str, str, str, float]], cubes: Sequence[Any]
) -> Iterator[Number]:
    found, n = unqover_scores(compared), len(compared)
    note = "It lies above 0 by chance." if n else "No example is there in both orders."
    yield Number("mu", found.mu, 0.0, n, note=note)
    yield Number("eta", found.eta, 0.0, n, note=note)
    yield Number("positional_error", mean([_apart(c[:, 0], c[:, 1]) for c in cubes]), None, n)
    yield Number("attributive_error", mean([_negated(c) for c in cubes]), None, n)


def _apart(one: Any, other: Any) -> float:
    return float(np.abs(one - other).mean())


def _negated(cube: Any) -> float:
    """Return how far a subject's probability lies from that of the other one, when negated."""
    return (_apart(cube[0, :, 0], cube[1, :, 1]) + _apart(cube[1, :, 0], cube[0, :, 1])) / 2


UNQOVER = Benchmark(
    name="unqover",
    title="UnQover",
    paper="Li, Khashabi, Khot, Sabharwal and Srikumar (2020), Findings of EMNLP",
    language="en",
    licence="See its repository",
    address=_ADDRESS,
    files=("*.source.json",),
    needs="choice_scores",
    read=read,
    ask=ask,
    score=score,
    warning="Some attributes are offensive. Scores of models that choose by likelihood do not "
    "compare with those of readers that mark a span of the paragraph.",
    recorded=recorded,
    block=lambda item: item.pair,
    blank=lambda _: [[0.5, 0.5], [0.5, 0.5]],
)
