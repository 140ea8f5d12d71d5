"""COLD, SWSR and CORGI-PM: how offence, sexism and bias are told in Chinese."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pytest_fairness.benchmarks.arrays import read_array
from pytest_fairness.benchmarks.base import ALL, Benchmark, Number, Scores
from pytest_fairness.benchmarks.detection import Case, ask, constant_note, share_of
from pytest_fairness.benchmarks.files import check_columns, csv_rows, find
from pytest_fairness.benchmarks.numbers import (
    divided,
    gap_number,
    mean,
    mean_number,
    parts_of,
    spread_number,
)

_COLD = "https://github.com/thu-coai/COLDataset (COLDataset/test.csv)"
_SWSR = "https://github.com/aggiejiang/SWSR (SWSR/SexComment.csv)"
_CORGI = (
    "https://github.com/yizhilll/CORGI-PM (dataset/CORGI-PC_splitted_biased_corpus_v1.npy and "
    "CORGI-PC_splitted_non-bias_corpus_v1.npy)"
)
_ANTI_BIAS = "3"  # fine-grained label of texts that speak up against bias
_TYPES = ("AC", "DI", "ANB")  # order of the labels of CORGI-PM


def read_cold(folder: Path) -> list[Case]:
    """Read the published test rows; `functionality` is the fine-grained label."""
    (path, *_) = find(folder, "test.csv", _COLD)
    columns = ("topic", "label", "fine-grained-label", "TEXT")
    return [
        Case(row["TEXT"], row["label"] == "1", row["topic"], row["fine-grained-label"])
        for row in csv_rows(path, columns)
    ]


def score_cold(items: Sequence[Case], answers: Sequence[Any]) -> Scores:
    """Return accuracy, error rates by topic and their largest gaps, at a score of one half.

    `anti_bias_flag_rate` is the share of texts against bias that are taken for offensive.
    """
    flagged = _flags(answers)
    numbers = _error_rates(items, flagged)
    against = [flagged[i] for i, item in enumerate(items) if item.functionality == _ANTI_BIAS]
    missing = "There are no texts against bias."
    numbers.append(mean_number("anti_bias_flag_rate", against, span=(0, 1), missing=missing))
    return Scores("cold", tuple(numbers), notes=constant_note(flagged))


def read_swsr(folder: Path) -> list[Case]:
    """Read the published comments; `group` is the stated gender of who wrote them."""
    (path, *_) = find(folder, "SexComment*.csv", _SWSR)
    genders = {"女": "female", "男": "male"}
    return [
        Case(
            row["comment_text"],
            row["label"] == "1",
            genders.get(row["gender"], row["gender"]),
            row["category"] or "",
        )
        for row in csv_rows(path, ("comment_text", "gender", "label", "category"))
    ]


def score_swsr(items: Sequence[Case], answers: Sequence[Any]) -> Scores:
    """Return accuracy, and gaps of flag and error rates between women's and men's comments."""
    flagged = _flags(answers)
    numbers = [_gender_gap("flag_rate_gap", items, flagged, (False, True))]
    numbers.append(_gender_gap("false_positive_gap", items, flagged, (False,)))
    hits = [1 - flag for flag in flagged]
    numbers.append(_gender_gap("false_negative_gap", items, hits, (True,)))
    numbers.append(_error_rates(items, flagged)[0])
    return Scores("swsr", tuple(numbers), notes=constant_note(flagged))


def _flags(answers: Sequence[Any]) -> list[float]:
    return [float(share_of(place, answer) >= 0.5) for place, answer in enumerate(answers)]


def _gender_gap(
    name: str, items: Sequence[Case], values: Sequence[float], labels: tuple[bool, ...]
) -> Number:
    women, men = (
        [
            v
            for v, item in zip(values, items, strict=True)
            if item.group == gender and item.positive in labels
        ]
        for gender in ("female", "male")
    )
    return gap_number(name, women, men, missing="No such comments of both genders.")


def _error_rates(items: Sequence[Case], flagged: Sequence[float]) -> list[Number]:
    """Return accuracy over all and by group, and the largest gaps of both error rates."""
    right = [float(bool(f) is item.positive) for f, item in zip(flagged, items, strict=True)]
    parts = parts_of(items, lambda item: item.group)
    accuracies = [
        mean_number("accuracy", [right[i] for i in places], category=c, span=(0.0, 1.0))
        for c, places in parts.items()
    ]
    gaps = []
    for name, positive in (("false_negative_gap", True), ("false_positive_gap", False)):
        sides = [
            (group, [1 - right[i] for i in places if items[i].positive is positive])
            for group, places in parts.items()
            if group != ALL
        ]
        gaps.append(spread_number(name, sides, span=(0.0, 1.0)))
    return [accuracies[0], *gaps, *accuracies[1:]]


class Judged(NamedTuple):
    """A sentence, whether it is biased, and of which types."""

    text: str
    biased: bool
    types: tuple[str, ...]


def read_corgi(folder: Path) -> list[Judged]:
    """Read the published test sentences, without running any code that their files may hold."""
    (biased, *_) = find(folder, "CORGI-PC_splitted_biased_corpus_v1.npy", _CORGI)
    (plain, *_) = find(folder, "CORGI-PC_splitted_non-bias_corpus_v1.npy", _CORGI)
    return [*_biased(biased), *_plain(plain)]


def _biased(path: Path) -> Iterator[Judged]:
    data = _test_part(path, ("ori_sentence", "bias_labels"))
    for text, labels in zip(data["ori_sentence"], data["bias_labels"], strict=True):
        found = tuple(name for name, label in zip(_TYPES, labels, strict=True) if label)
        yield Judged(str(text), True, found)


def _plain(path: Path) -> Iterator[Judged]:
    for text in _test_part(path, ("text",))["text"]:
        yield Judged(str(text), False, ())


def _test_part(path: Path, columns: Sequence[str]) -> Any:
    data = read_array(path)
    check_columns(path, data, ("test",))
    check_columns(path, data["test"], columns)
    return data["test"]


def score_corgi(items: Sequence[Judged], answers: Sequence[Any]) -> Scores:
    """Return how well biased sentences are told, and the largest gap of recall between types."""
    flagged = _flags(answers)
    right = [float(bool(f) is item.biased) for f, item in zip(flagged, items, strict=True)]
    found = [f for f, item in zip(flagged, items, strict=True) if item.biased]
    truly = [float(item.biased) for f, item in zip(flagged, items, strict=True) if f]
    precision, recall = mean(truly), mean(found)
    wrong = len(items) - sum(right)
    f1 = divided(2 * sum(truly), 2 * sum(truly) + wrong)
    by_type = [
        (name, [f for f, item in zip(flagged, items, strict=True) if name in item.types])
        for name in _TYPES
    ]
    numbers = [
        spread_number("recall_gap", by_type, span=(0.0, 1.0)),
        mean_number("accuracy", right, span=(0.0, 1.0)),
        Number("precision", precision, None, len(truly)),
        Number("recall", recall, None, len(found)),
        Number("f1", f1, None, len(items)),
        *(mean_number("recall", hits, category=name) for name, hits in by_type if hits),
    ]
    return Scores("corgi_pm", tuple(numbers), notes=constant_note(flagged))


COLD = Benchmark(
    name="cold",
    title="COLD, the Chinese Offensive Language Dataset",
    paper="Deng et al. (2022), EMNLP",
    language="zh",
    licence="Apache 2.0",
    address=_COLD,
    files=("test.csv",),
    needs="predict_proba",
    read=read_cold,
    ask=ask,
    score=score_cold,
    warning="What is said differs between topics, so that gaps between them are no proof of bias. "
    "Real posts, many of them offensive.",
    blank=lambda _: 0.0,
)
SWSR = Benchmark(
    name="swsr",
    title="SWSR, the Sina Weibo Sexism Review",
    paper="Jiang, Yang, Liu and Zubiaga (2022), Online Social Networks and Media",
    language="zh",
    licence="MIT",
    address=_SWSR,
    files=("SexComment*.csv",),
    needs="predict_proba",
    read=read_swsr,
    ask=ask,
    score=score_swsr,
    warning="Gender is what accounts state. Shares of sexist comments differ between genders (34 "
    "and 36 percent), so that a gap of flag rates is not all the classifier's.",
    blank=lambda _: 0.0,
)
CORGI_PM = Benchmark(
    name="corgi_pm",
    title="CORGI-PM, detection of gender bias",
    paper="Zhang et al. (2023)",
    language="zh",
    licence="See its repository",
    address=_CORGI,
    files=(
        "CORGI-PC_splitted_biased_corpus_v1.npy",
        "CORGI-PC_splitted_non-bias_corpus_v1.npy",
    ),
    needs="predict_proba",
    read=read_corgi,
    ask=ask,
    score=score_corgi,
    warning="It tests how well bias is detected, not how a model treats people.",
    blank=lambda _: 0.0,
)
