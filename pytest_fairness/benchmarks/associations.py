"""The word and sentence embedding association tests, WEAT and SEAT, on their published sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pytest_fairness.benchmarks.base import Benchmark, Effects, Number, Scores
from pytest_fairness.benchmarks.files import check_columns, find, json_of
from pytest_fairness.benchmarks.recorded import as_scores
from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.embeddings import associations, weat_effect_size, weat_test

_WEAT = "https://github.com/dccuchile/wefe (wefe/datasets/data/WEAT.json)"
_SEAT = "https://github.com/W4ngatang/sent-bias (tests/sent-*.jsonl)"
_SETS = (
    ("weat1", "flowers", "insects", "pleasant_5", "unpleasant_5a"),
    ("weat2", "instruments", "weapons", "pleasant_5", "unpleasant_5a"),
    (
        "weat3",
        "european_american_names_5",
        "african_american_names_5",
        "pleasant_5",
        "unpleasant_5b",
    ),
    (
        "weat4",
        "european_american_names_7",
        "african_american_names_7",
        "pleasant_5",
        "unpleasant_5b",
    ),
    (
        "weat5",
        "european_american_names_7",
        "african_american_names_7",
        "pleasant_9",
        "unpleasant_9",
    ),
    ("weat6", "male_names", "female_names", "career", "family"),
    ("weat7", "math", "arts", "male_terms", "female_terms"),
    ("weat8", "science", "arts_2", "male_terms_2", "female_terms_2"),
    ("weat9", "mental_disease", "physical_disease", "temporary", "permanent"),
    ("weat10", "young_people_names", "old_people_names", "pleasant_9", "unpleasant_9"),
)
_PARTS = ("targ1", "targ2", "attr1", "attr2")


class Test(NamedTuple):
    """Two sets of targets and two of attributes."""

    name: str
    sets: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]


def read_weat(folder: Path) -> list[Test]:
    """Read the ten published tests."""
    (path, *_) = find(folder, "WEAT.json", _WEAT)
    lists = json_of(path)
    check_columns(path, lists, [name for _, *names in _SETS for name in names])
    return [_test(name, [lists[part] for part in parts]) for name, *parts in _SETS]


def read_seat(folder: Path) -> list[Test]:
    """Read the published tests of sentences that are there, one a file."""
    return [_seat(path) for path in find(folder, "sent-*.jsonl", _SEAT)]


def _seat(path: Path) -> Test:
    data = json_of(path)
    check_columns(path, data, _PARTS)
    return _test(path.stem.removeprefix("sent-"), [data[part]["examples"] for part in _PARTS])


def _test(name: str, sets: Sequence[Sequence[str]]) -> Test:
    x, y, a, b = (tuple(words) for words in sets)
    return Test(name, (x, y, a, b))


def ask(model: Any, items: Sequence[Test], seed: int) -> list[list[Any]]:
    """Return effect size, one-sided p-value, and both targets' associations of each test.

    Splits of the targets are all looked at where they are few, and else drawn by `seed`.
    """
    texts = list(dict.fromkeys(text for item in items for part in item.sets for text in part))
    place = {text: i for i, text in enumerate(texts)}
    vectors = model.embed(texts)
    results = []
    for item in items:
        x, y, a, b = (vectors[[place[text] for text in part]] for part in item.sets)
        found = weat_test(x, y, a, b, seed=seed)
        sides = [associations(part, a, b).tolist() for part in (x, y)]
        results.append([weat_effect_size(x, y, a, b), found.p_value, *sides])
    return results


_Sides = tuple[tuple[float, ...], tuple[float, ...]]


def _published(answer: Any) -> Any:
    """Return the two published numbers of an answer."""
    return answer[:2] if isinstance(answer, (list, tuple)) and len(answer) == 4 else answer


def _sides(item: Test, answer: Sequence[Any]) -> _Sides | None:
    """Return the associations of both sets of targets; None where only the effect is recorded."""
    if len(answer) != 4:
        return None
    first, second = (tuple(map(float, part)) for part in answer[2:])
    if (len(first), len(second)) != (len(item.sets[0]), len(item.sets[1])):
        raise ArgumentError(
            f"The answer to {item.name} has {len(first)} and {len(second)} associations, and the "
            f"test {len(item.sets[0])} and {len(item.sets[1])} targets. Give one for each."
        )
    return first, second


def _basis(found: Mapping[str, _Sides | None]) -> Effects:
    known = {name: sides for name, sides in found.items() if sides is not None}
    return Effects(known if len(known) == len(found) else {})


def score(name: str, items: Sequence[Test], answers: Sequence[Any]) -> Scores:
    """Return effect size and p-value of each test, and the largest effect to either side."""
    rows = as_scores([_published(answer) for answer in answers], 2)
    found = {item.name: _sides(item, answer) for item, answer in zip(items, answers, strict=True)}
    largest = max((row for row in rows if row[0] == row[0]), key=lambda r: abs(r[0]), default=None)
    numbers = [
        Number(
            "largest_effect",
            abs(largest[0]) if largest else float("nan"),
            0.0,
            len(rows),
            note="The larger of several effects lies above 0 by chance."
            if largest
            else "No test has an effect: all its targets are equally associated.",
            basis=_basis(found),
        )
    ]
    for item, (effect, p_value) in zip(items, rows, strict=True):
        n, own = len(item.sets[0]) + len(item.sets[1]), _basis({item.name: found[item.name]})
        numbers.append(Number("effect_size", effect, 0.0, n, item.name, basis=own))
        numbers.append(Number("p_value", p_value, None, n, item.name))
    return Scores(name, tuple(numbers))


def _score_weat(items: Sequence[Test], answers: Sequence[Any]) -> Scores:
    return score("weat", items, answers)


def _score_seat(items: Sequence[Test], answers: Sequence[Any]) -> Scores:
    return score("seat", items, answers)


_WARNING = (
    "Effects correlate weakly with how a system treats people (Goldfarb-Tarrant et al. 2021); sets "
    "are small, and the choice of words matters."
)
WEAT = Benchmark(
    name="weat",
    title="WEAT, the Word Embedding Association Test",
    paper="Caliskan, Bryson and Narayanan (2017), Science",
    language="en",
    licence="MIT",
    address=_WEAT,
    files=("WEAT.json",),
    needs="embed",
    read=read_weat,
    ask=ask,
    score=_score_weat,
    warning=_WARNING,
    blank=lambda _: [0.0, 1.0],
)
SEAT = Benchmark(
    name="seat",
    title="SEAT, the Sentence Encoder Association Test",
    paper="May, Wang, Bordia, Bowman and Rudinger (2019), NAACL",
    language="en",
    licence="See its repository",
    address=_SEAT,
    files=("sent-*.jsonl",),
    needs="embed",
    read=read_seat,
    ask=ask,
    score=_score_seat,
    warning=f"{_WARNING} A small effect does not mean that there is no bias. Sentences of one word "
    "are tested as if they were independent.",
    blank=lambda _: [0.0, 1.0],
)
