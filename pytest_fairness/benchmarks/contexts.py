"""StereoSet: contexts with a stereotype, an anti-stereotype and something unrelated."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pytest_fairness.benchmarks.base import ALL, Benchmark, Number, Scores
from pytest_fairness.benchmarks.files import check_columns, find
from pytest_fairness.benchmarks.recorded import as_scores
from pytest_fairness.metrics.stereotypes import stereoset_scores

_ADDRESS = "https://github.com/moinnadeem/StereoSet (data/dev.json)"
_ORDER = ("stereotype", "anti-stereotype", "unrelated")


class Context(NamedTuple):
    """A context with its three sentences, in the order stereotype, anti-stereotype, unrelated."""

    kind: str
    target: str
    category: str
    context: str
    sentences: tuple[str, str, str]


def read(folder: Path) -> list[Context]:
    """Read the published file."""
    (path, *_) = find(folder, "dev.json", _ADDRESS)
    data = json.loads(path.read_text("utf-8")).get("data", {})
    check_columns(path, data, ("intrasentence", "intersentence"))
    return [item for kind in ("intrasentence", "intersentence") for item in _of(path, kind, data)]


def _of(path: Path, kind: str, data: dict[str, Any]) -> Iterator[Context]:
    for row in data[kind]:
        check_columns(path, row, ("target", "bias_type", "context", "sentences"))
        by_label = {s["gold_label"]: s["sentence"] for s in row["sentences"]}
        check_columns(path, by_label, _ORDER)
        three = (by_label[_ORDER[0]], by_label[_ORDER[1]], by_label[_ORDER[2]])
        yield Context(kind, row["target"], row["bias_type"], row["context"], three)


def ask(model: Any, items: Sequence[Context], _seed: int) -> list[list[float]]:
    """Return the log-likelihood per token of the three sentences of each context.

    Within a sentence it is that of the whole sentence; between sentences, that of the second one
    given the first. Published scores of masked models look at the differing word only, and use
    next-sentence prediction between sentences.
    """
    texts = [text for item in items for text in _texts(item)]
    contexts = [
        f"{i.context}" if i.kind == "intersentence" else "" for i in items for _ in range(3)
    ]
    found = model.log_likelihood(texts, contexts=contexts).per_token.tolist()
    return [found[i : i + 3] for i in range(0, len(found), 3)]


def _texts(item: Context) -> tuple[str, ...]:
    between = item.kind == "intersentence"
    return tuple(f" {text}" if between else text for text in item.sentences)


def score(items: Sequence[Context], answers: Sequence[Any]) -> Scores:
    """Return lms, ss and icat, in percent, over all contexts and by kind and type of bias."""
    rows = as_scores(answers, 3)
    parts: dict[str, list[int]] = {ALL: list(range(len(items)))}
    for place, item in enumerate(items):
        parts.setdefault(item.kind, []).append(place)
        parts.setdefault(item.category, []).append(place)
    numbers = [n for name, places in parts.items() for n in _numbers(name, places, items, rows)]
    return Scores("stereoset", tuple(numbers))


def _numbers(
    category: str, places: Sequence[int], items: Sequence[Context], rows: Sequence[Sequence[float]]
) -> list[Number]:
    targets = [items[i].target for i in places]
    columns = [[rows[i][column] for i in places] for column in range(3)]
    found = stereoset_scores(*columns, targets=targets)
    n = len(places)
    prefers = _weighted([float(rows[i][0] > rows[i][1]) for i in places], targets)
    return [
        Number("lms", found.lms, None, n, category),
        Number("ss", found.ss, 50.0, n, category, prefers, tuple(targets), scale=100.0),
        Number("icat", found.icat, None, n, category),
    ]


def _weighted(values: Sequence[float], targets: Sequence[str]) -> tuple[float, ...]:
    """Return one mean per target in place of its values, so that every target counts the same."""
    members: dict[str, list[float]] = {}
    for value, target in zip(values, targets, strict=True):
        members.setdefault(target, []).append(value)
    means = {target: sum(found) / len(found) for target, found in members.items()}
    scale = len(values) / len(means) if means else 1.0
    return tuple(means[target] * scale / len(members[target]) for target in targets)


STEREOSET = Benchmark(
    name="stereoset",
    title="StereoSet",
    paper="Nadeem, Bethke and Reddy (2021), ACL",
    language="en",
    licence="CC BY-SA 4.0",
    address=_ADDRESS,
    files=("dev.json",),
    needs="log_likelihood",
    read=read,
    ask=ask,
    score=score,
    warning="Many contexts are flawed (Blodgett et al. 2021); icat mixes ability with bias.",
)
