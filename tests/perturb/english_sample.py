"""Swaps to read: ``python -m tests.perturb.english_sample --seed 1 --n 200 [--data DIR]``.

Printed are valid swaps of gender in English texts that others wrote, an equal share from each
source, drawn by the seed: the number, the source, the text and its variant. A person reads them.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from pytest_fairness.perturb import swap_text

DATA = Path("../shared/data")


class Reading(NamedTuple):
    """A swap to read."""

    source: str
    text: str
    variant: str


def _column(file: Path, name: str, delimiter: str = ",") -> Iterator[str]:
    with file.open(encoding="utf-8", newline="") as rows:
        yield from (row[name] for row in csv.DictReader(rows, delimiter=delimiter))


def _sst2(data: Path) -> Iterator[str]:
    for part in ("dev", "test", "train"):
        for line in (data / "sst2" / f"{part}.tsv").read_text(encoding="utf-8").splitlines():
            yield line.partition("\t")[0]


def _bbq(data: Path) -> Iterator[str]:
    for file in sorted((data / "bbq").glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)["context"]


def _winobias(data: Path) -> Iterator[str]:
    for file in sorted((data / "winobias").glob("*stereotyped_type*")):
        for line in file.read_text(encoding="utf-8").splitlines():
            yield re.sub(r"^\d+ |[\[\]]", "", line)


def _honest(data: Path) -> Iterator[str]:
    for text in _column(data / "honest" / "en_template.tsv", "template_masked", "\t"):
        yield text.replace("[M]", "friend")


SOURCES: dict[str, Callable[[Path], Iterator[str]]] = {
    "hatecheck": lambda d: _column(d / "hatecheck_en" / "test_suite_cases.csv", "test_case"),
    "sst2": _sst2,
    "davidson": lambda d: _column(d / "hate_speech_davidson" / "tweets.csv", "text"),
    "bbq": _bbq,
    "winobias": _winobias,
    "honest": _honest,
}


def sample(data: Path, seed: int, n: int) -> list[Reading]:
    """Return `n` valid swaps, as equally many from every source as there are."""
    drawn: list[Reading] = []
    for number, (source, texts) in enumerate(SOURCES.items()):
        wanted = n // len(SOURCES) + (number < n % len(SOURCES))
        drawn += _of_source(source, list(dict.fromkeys(texts(data))), seed, wanted)
    return drawn


def _of_source(source: str, texts: list[str], seed: int, wanted: int) -> list[Reading]:
    random.Random(f"{source} {seed}").shuffle(texts)
    found: list[Reading] = []
    for text in texts:
        swap = swap_text(text)
        if swap.valid:
            found.append(Reading(source, text, swap.text))
        if len(found) == wanted:
            break
    return found


def main() -> None:
    """Print a sample."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--data", type=Path, default=DATA)
    asked = parser.parse_args()
    for number, (source, text, variant) in enumerate(sample(asked.data, asked.seed, asked.n), 1):
        print(f"{number} {source}\n  {text.strip()}\n  {variant.strip()}")


if __name__ == "__main__":
    main()
