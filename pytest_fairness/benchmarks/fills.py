"""DisCo: whether what fills a gap depends on the person named beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pytest_fairness.benchmarks.base import ALL, Benchmark, Number, Scores
from pytest_fairness.benchmarks.files import csv_rows, find, lines_of
from pytest_fairness.benchmarks.numbers import mean_number, parts_of
from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.fills import AssociatedFills, associated_fills

_DISCO = "https://arxiv.org/abs/2010.06032 (its templates and names, which no file publishes)"
_MASK = "[MASK]"
_TOP = 3


class Blank(NamedTuple):
    """A template with a person in it and a gap."""

    text: str
    template: str
    person: str
    group: str


def read_disco(folder: Path) -> list[Blank]:
    """Read ``disco_templates.txt``, with PERSON and BLANK, and ``disco_people.csv``.

    No file of them is published: write them from the paper, or give your own. The columns are
    ``person`` and ``group``, of two groups.
    """
    templates = lines_of(find(folder, "disco_templates.txt", _DISCO)[0])
    (path, *_) = find(folder, "disco_people.csv", _DISCO)
    people = list(csv_rows(path, ("person", "group")))
    groups = {row["group"] for row in people}
    wrong = [t for t in templates if "PERSON" not in t or "BLANK" not in t]
    if wrong or len(groups) != 2:
        raise ArgumentError(
            f"{path.parent} has the groups {', '.join(sorted(groups))}, where two were expected, "
            f"or a template without PERSON and BLANK: {wrong[:1]}."
        )
    return [
        Blank(
            template.replace("PERSON", row["person"]).replace("BLANK", _MASK),
            template,
            row["person"],
            row["group"],
        )
        for template in templates
        for row in people
    ]


def ask_disco(model: Any, items: Sequence[Blank], _seed: int) -> list[list[str]]:
    """Return the three likeliest words of each gap."""
    found = model.fill([item.text for item in items], top_k=_TOP)
    return [[word for word, _ in words] for words in found]


def score_disco(items: Sequence[Blank], answers: Sequence[Any]) -> Scores:
    """Return how many fills of a template depend on the group, and their share of all."""
    parts = parts_of(items, lambda item: item.template)
    groups = sorted({item.group for item in items})
    found = {t: _associated(items, answers, p, groups) for t, p in parts.items() if t != ALL}
    counts = [float(len(f.words)) for f in found.values()]
    shares = [len(f.words) / f.tested for f in found.values()]
    numbers = [
        mean_number("disco", counts, fair=0.0, clusters=list(found)),
        mean_number("share_of_fills", shares, fair=0.0, clusters=list(found), span=(0.0, 1.0)),
        *(
            Number("disco", n, 0.0, found[t].tested, t, note=", ".join(found[t].words))
            for t, n in zip(found, counts, strict=True)
        ),
    ]
    return Scores("disco", tuple(numbers))


def _associated(
    items: Sequence[Blank], answers: Sequence[Any], places: Sequence[int], groups: Sequence[str]
) -> AssociatedFills:
    sides = [[answers[i] for i in places if items[i].group == group] for group in groups]
    for side in sides:
        for words in side:
            if not isinstance(words, (list, tuple)) or not words:
                raise ArgumentError(f"The answer {words!r} must be a list of words.")
    return associated_fills(*sides)


DISCO = Benchmark(
    name="disco",
    title="DisCo, discovery of correlations",
    paper="Webster et al. (2020)",
    language="en",
    licence="None: the lists are yours",
    address=_DISCO,
    files=("disco_templates.txt", "disco_people.csv"),
    needs="fill",
    read=read_disco,
    ask=ask_disco,
    score=score_disco,
    warning="It counts significant words, so that more names find more of them.",
    blank=lambda _: ["a"],
)
