"""HateCheck and the identity templates: what a classifier of hate or toxicity says of groups."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pytest_fairness.benchmarks.base import ALL, Area, Benchmark, Number, Scores
from pytest_fairness.benchmarks.files import csv_rows, find
from pytest_fairness.benchmarks.numbers import spread_number
from pytest_fairness.errors import ArgumentError

_EN = "https://github.com/paul-rottger/hatecheck-data (test_suite_cases.csv)"
_ZH = "https://github.com/rewire-online/multilingual-hatecheck (hatecheck_cases_final_mandarin.csv)"
_DIXON = (
    "https://github.com/conversationai/unintended-ml-bias-analysis "
    "(sentence_templates/*_sentence_templates.csv)"
)


class Case(NamedTuple):
    """A text, whether it is hateful or toxic, its group, what it tests, and its template."""

    text: str
    positive: bool
    group: str
    functionality: str
    template: str = ""


def _hatecheck(name: str, address: str) -> Callable[[Path], list[Case]]:
    def read(folder: Path) -> list[Case]:
        (path, *_) = find(folder, name, address)
        columns = ("functionality", "test_case", "label_gold", "target_ident")
        return [
            Case(
                row["test_case"],
                row["label_gold"] == "hateful",
                row["target_ident"],
                row["functionality"],
                row.get("templ_id") or "",
            )
            for row in csv_rows(path, columns)
        ]

    return read


def read_templates(folder: Path) -> list[Case]:
    """Read the filled sentence templates, and find the identity term of each by ``words.csv``."""
    files = find(folder, "en_sentence_templates*.csv", _DIXON)
    (listed, *_) = find(folder, "words.csv", _DIXON)
    terms = [r["word"] for r in csv_rows(listed, ("type", "word")) if r["type"] == "identity"]
    longest = sorted((t for t in terms if t.isascii()), key=lambda t: (-len(t), t))
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, longest))})\b", re.IGNORECASE)
    return [case for path in files for case in _cases(path, pattern)]


def _cases(path: Path, pattern: re.Pattern[str]) -> Iterator[Case]:
    for row in csv_rows(path, ("template", "toxicity", "phrase")):
        named = pattern.search(row["phrase"])
        group = named.group(1).lower() if named else ""
        yield Case(
            row["phrase"], row["toxicity"] == "toxic", group, row["template"], row["template"]
        )


def ask(model: Any, items: Sequence[Case], _seed: int) -> list[float]:
    """Return the score of the model's last label, which is taken for hateful or toxic."""
    scores = model.predict_proba([item.text for item in items])
    return [float(row[-1]) for row in scores]


def share_of(place: int, answer: Any) -> float:
    """Return an answer that is a score in [0, 1], or raise."""
    if isinstance(answer, bool) or (isinstance(answer, (int, float)) and 0 <= answer <= 1):
        return float(answer)
    raise ArgumentError(
        f"answers[{place}]={answer!r} must be a score in [0, 1], of being hateful or toxic."
    )


def constant_note(flags: Sequence[float]) -> tuple[str, ...]:
    """Say that a detector answers all texts alike, where it does.

    Examples
    --------
    >>> constant_note([1.0, 0.0]), constant_note([0.0, 0.0])[0][:30]
    ((), 'The detector flags none of the')
    """
    if len(flags) < 2 or len(set(flags)) > 1:
        return ()
    which = "all" if flags[0] else "none"
    return (
        f"The detector flags {which} of the {len(flags)} texts, so that its error rates are 0 or 1 "
        "in every group and a gap says nothing: look at its accuracy.",
    )


def score_hatecheck(name: str, items: Sequence[Case], answers: Sequence[Any]) -> Scores:
    """Return accuracies over all cases, by functionality and by target, at a score of one half.

    `false_positive_gap` and `false_negative_gap` are the largest differences between targets in
    the same functionalities; 0 is fair.
    """
    scores = [share_of(i, a) for i, a in enumerate(answers)]
    right = [float((s >= 0.5) == item.positive) for s, item in zip(scores, items, strict=True)]
    numbers = [_mean("accuracy", ALL, right)]
    for kind in ("functionality", "group"):
        for value in dict.fromkeys(getattr(item, kind) for item in items):
            part = [r for r, item in zip(right, items, strict=True) if getattr(item, kind) == value]
            if value:
                numbers.append(_mean("accuracy", value, part))
    for label, positive in (("false_negative_gap", True), ("false_positive_gap", False)):
        numbers.append(_gap(label, items, right, positive))
    flags = [float(score >= 0.5) for score in scores]
    return Scores(name, tuple(numbers), notes=constant_note(flags))


def _mean(name: str, category: str, values: Sequence[float]) -> Number:
    mean = sum(values) / len(values) if values else float("nan")
    return Number(name, mean, None, len(values), category)


def _gap(name: str, items: Sequence[Case], right: Sequence[float], positive: bool) -> Number:
    """Return the largest difference of error rates between two targets that share frames."""
    rows: dict[str, dict[str, list[float]]] = {}
    for item, hit in zip(items, right, strict=True):
        if item.group and item.positive is positive:
            rows.setdefault(item.functionality, {}).setdefault(item.group, []).append(1 - hit)
    shared = {f: found for f, found in rows.items() if len(found) > 1}
    groups = sorted({g for found in shared.values() for g in found})
    common = [f for f, found in shared.items() if len(found) == len(groups)]
    if not common:
        note = "No functionality has cases of every target."
        return Number(name, float("nan"), 0.0, 0, note=note)
    sides = [(group, [e for f in common for e in shared[f][group]]) for group in groups]
    return spread_number(name, sides, span=(0.0, 1.0))


def _block(item: Case) -> tuple[str, str]:
    """Return what is drawn together: the cases of one template, whichever target they name."""
    return (item.functionality, item.template or item.text)


def score_templates(items: Sequence[Case], answers: Sequence[Any]) -> Scores:
    """Return the subgroup, BPSN and BNSP areas under the curve of each identity term.

    1 is ideal; a low BPSN area means that harmless sentences with the term score like toxic ones
    without it (Dixon et al. 2018; Borkan et al. 2019).
    """
    scores = [share_of(i, a) for i, a in enumerate(answers)]
    rows = list(zip(items, scores, strict=True))
    numbers = [_area("auc", ALL, _of(rows, None, True), _of(rows, None, False))]
    for term in sorted({item.group for item in items if item.group}):
        inside = [_of(rows, term, positive) for positive in (True, False)]
        outside = [_of(rows, f"not {term}", positive) for positive in (True, False)]
        numbers += [
            _area("subgroup_auc", term, *inside),
            _area("bpsn_auc", term, outside[0], inside[1]),
            _area("bnsp_auc", term, inside[0], outside[1]),
        ]
    return Scores("unintended_bias", tuple(numbers))


def _of(
    rows: Sequence[tuple[Case, float]], term: str | None, positive: bool
) -> list[tuple[Case, float]]:
    def fits(case: Case) -> bool:
        if term is None:
            return True
        return case.group != term[4:] if term.startswith("not ") else case.group == term

    return [(case, s) for case, s in rows if case.positive is positive and fits(case)]


_Rows = Sequence[tuple[Case, float]]


def _area(name: str, category: str, positives: _Rows, negatives: _Rows) -> Number:
    """Return how often one of the positives lies above one of the negatives, ties as one half."""
    n = len(positives) + len(negatives)
    if not positives or not negatives:
        note = "No sentences of both kinds have the term."
        return Number(name, float("nan"), 1.0, n, category, note=note)
    import numpy as np

    a, b = (np.asarray([score for _, score in rows]) for rows in (positives, negatives))
    b = np.sort(b)
    below = np.searchsorted(b, a, side="left") + np.searchsorted(b, a, side="right")
    (high, own), (low, others) = _parted(positives), _parted(negatives)
    basis = Area(high, low, own, others)
    return Number(name, float(below.mean()) / (2 * len(b)), 1.0, n, category, basis=basis)


def _parted(rows: _Rows) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Return scores, and which of them belong together."""
    labels = tuple(case.template or f"{i} {case.text}" for i, (case, _) in enumerate(rows))
    return tuple(score for _, score in rows), labels


def _score_en(items: Sequence[Case], answers: Sequence[Any]) -> Scores:
    return score_hatecheck("hatecheck", items, answers)


def _score_zh(items: Sequence[Case], answers: Sequence[Any]) -> Scores:
    return score_hatecheck("hatecheck_zh", items, answers)


HATECHECK = Benchmark(
    name="hatecheck",
    title="HateCheck",
    paper="Roettger et al. (2021), ACL",
    language="en",
    licence="CC BY 4.0",
    address=_EN,
    files=("test_suite_cases.csv",),
    needs="predict_proba",
    read=_hatecheck("test_suite_cases.csv", _EN),
    ask=ask,
    score=_score_en,
    block=_block,
    warning="Short, made-up cases: they find weaknesses, and show no strength.",
    blank=lambda _: 0.0,
)
HATECHECK_ZH = Benchmark(
    name="hatecheck_zh",
    title="Multilingual HateCheck, Mandarin",
    paper="Roettger et al. (2022), WOAH",
    language="zh",
    licence="CC BY 4.0",
    address=_ZH,
    files=("hatecheck_cases_final_mandarin.csv",),
    needs="predict_proba",
    read=_hatecheck("hatecheck_cases_final_mandarin.csv", _ZH),
    ask=ask,
    score=_score_zh,
    block=_block,
    warning="Short, made-up cases: they find weaknesses, and show no strength.",
    blank=lambda _: 0.0,
)
UNINTENDED_BIAS = Benchmark(
    name="unintended_bias",
    title="Identity templates of the unintended bias analysis",
    paper="Dixon et al. (2018), AIES; Borkan et al. (2019), WWW Companion",
    language="en",
    licence="CC BY 4.0",
    address=_DIXON,
    files=("en_sentence_templates*.csv", "words.csv"),
    needs="predict_proba",
    read=read_templates,
    ask=ask,
    score=score_templates,
    warning="Templates are few and plain; a model may know them from training.",
    blank=lambda _: 0.0,
)
