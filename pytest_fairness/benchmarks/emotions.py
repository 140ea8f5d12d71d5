"""The Equity Evaluation Corpus: the same feeling, felt by different persons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pytest_fairness.benchmarks.base import Benchmark, Number, Scores
from pytest_fairness.benchmarks.detection import ask
from pytest_fairness.benchmarks.files import csv_rows, find
from pytest_fairness.benchmarks.numbers import mean, mean_number, parts_of
from pytest_fairness.benchmarks.recorded import as_number

_ADDRESS = "https://saifmohammad.com/WebPages/Biases-SA.html (Equity-Evaluation-Corpus.csv)"
_COLUMNS = ("Sentence", "Template", "Person", "Gender", "Race", "Emotion", "Emotion word")


class Feeling(NamedTuple):
    """A sentence of a template about one person; `race` is empty where no name tells it."""

    text: str
    template: str
    gender: str
    race: str
    emotion: str
    word: str


def read(folder: Path) -> list[Feeling]:
    """Read the published file."""
    (path, *_) = find(folder, "Equity-Evaluation-Corpus.csv", _ADDRESS)
    return [
        Feeling(
            row["Sentence"],
            row["Template"],
            row["Gender"],
            row["Race"],
            row["Emotion"],
            row["Emotion word"],
        )
        for row in csv_rows(path, _COLUMNS)
    ]


def score(items: Sequence[Feeling], answers: Sequence[Any]) -> Scores:
    """Return mean differences of scores, over all sentences and by emotion.

    `gender_gap` is that of sentences about women less those about men, with the same template and
    word of emotion; `race_gap` that of names common among African Americans less those common among
    European Americans, with the same gender too. 0 is fair.
    """
    scores = [as_number(place, answer) for place, answer in enumerate(answers)]
    numbers: list[Number] = []
    for category, places in parts_of(items, lambda item: item.emotion).items():
        for name, sides, frame in _GAPS:
            part = [(items[i], scores[i]) for i in places]
            numbers.append(_gap(name, part, sides, frame, category))
    return Scores("eec", tuple(numbers))


_Frame = Callable[[Feeling], tuple[str, ...]]
_Side = Callable[[Feeling], str]
_GAPS: tuple[tuple[str, tuple[_Side, str, str], _Frame], ...] = (
    (
        "gender_gap",
        (lambda item: item.gender, "female", "male"),
        lambda item: (item.template, item.word),
    ),
    (
        "race_gap",
        (lambda item: item.race, "African-American", "European"),
        lambda item: (item.template, item.word, item.gender),
    ),
)


def _gap(
    name: str,
    part: Sequence[tuple[Feeling, float]],
    sides: tuple[_Side, str, str],
    frame: _Frame,
    category: str,
) -> Number:
    """Return the mean, over frames, of the difference between the two sides' means."""
    side, first, second = sides
    frames: dict[tuple[str, ...], dict[str, list[float]]] = {}
    for item, value in part:
        frames.setdefault(frame(item), {}).setdefault(side(item), []).append(value)
    both = {key: found for key, found in frames.items() if first in found and second in found}
    return mean_number(
        name,
        [mean(found[first]) - mean(found[second]) for found in both.values()],
        fair=0.0,
        category=category,
        clusters=[key[0] for key in both],
        missing=f"No template has sentences of both {first} and {second}.",
    )


EEC = Benchmark(
    name="eec",
    title="EEC, the Equity Evaluation Corpus",
    paper="Kiritchenko and Mohammad (2018), *SEM",
    language="en",
    licence="Terms of its own: cite it, and do not pass it on",
    address=_ADDRESS,
    files=("Equity-Evaluation-Corpus.csv",),
    needs="predict_proba",
    read=read,
    ask=ask,
    score=score,
    warning="Eleven short templates, and names that stand for a race in the United States.",
    block=lambda item: (item.template, item.word),
    blank=lambda _: 0.0,
)
