"""A seeded sample of valid swaps from Chinese texts that we did not write, to be read by people.

Run as ``python -m tests.perturb.chinese_sample --seed 1 --attribute gender --n 200``.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pytest_fairness.attributes import load_attribute
from pytest_fairness.perturb.reading import Reading

FILES = {
    "hatecheck_zh": ("hatecheck_zh/hatecheck_cases_final_mandarin.csv", "test_case"),
    "cold_zh": ("cold_zh/test.csv", "TEXT"),
    "swsr_zh": ("swsr_zh/SexComment_min.csv", "comment_text"),
}


class Sampled(NamedTuple):
    """One swap: where its source stands, the source, and the variant."""

    dataset: str
    row: int
    source: str
    variant: str

    @property
    def digest(self) -> str:
        """Short hash of the variant."""
        return hashlib.sha256(self.variant.encode()).hexdigest()[:16]


def default_folder() -> Path:
    """Return where the public data sets lie unless an environment variable says otherwise."""
    beside = Path(__file__).parents[3] / "shared" / "data"
    return Path(os.environ.get("PYTEST_FAIRNESS_DATA", beside))


def texts(folder: Path, dataset: str) -> list[str]:
    """Return the texts of one data set, in the order of its rows."""
    path, column = FILES[dataset]
    with (folder / path).open(encoding="utf-8-sig", newline="") as lines:
        return [row[column] for row in csv.DictReader(lines)]


def swaps(folder: Path, dataset: str, attribute: str) -> Iterator[Sampled]:
    """Yield the first valid swap of each text that has one."""
    resolved = load_attribute(attribute, "zh")
    for number, text in enumerate(texts(folder, dataset)):
        variants = (s for s in Reading(text, resolved).variants() if s.valid)
        swap = next(variants, None)
        if swap is not None:
            yield Sampled(dataset, number, text, swap.text)


def sample(folder: Path, attribute: str, n: int, seed: int) -> list[Sampled]:
    """Draw about `n` swaps, as many from each data set, by seed."""
    drawn: list[Sampled] = []
    for left, dataset in zip(range(len(FILES), 0, -1), FILES, strict=True):
        found = list(swaps(folder, dataset, attribute))
        wanted = min(len(found), (n - len(drawn)) // left)
        drawn += random.Random(f"{seed} {dataset}").sample(found, wanted)
    return drawn


def main() -> None:
    """Print each source with its variant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--attribute", default="gender")
    parser.add_argument("--n", type=int, default=200)
    chosen = parser.parse_args()
    for one in sample(default_folder(), chosen.attribute, chosen.n, chosen.seed):
        print(f"{one.dataset} {one.row} {one.digest}\n  {one.source}\n  {one.variant}")


if __name__ == "__main__":
    main()
