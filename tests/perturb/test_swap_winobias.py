"""English pronouns against sentences that others wrote twice, once for each gender (Zhao 2018)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pytest_fairness.perturb import swap_text

PRONOUNS = {"he", "she", "him", "her", "his", "hers", "himself", "herself"}


def twins(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield sentences that differ in their pronouns only, in both directions."""
    for kind, split in ((k, s) for k in (1, 2) for s in ("dev", "test")):
        files = [folder / f"{side}_stereotyped_type{kind}.txt.{split}" for side in ("pro", "anti")]
        for lines in zip(*(file.read_text("utf-8").splitlines() for file in files), strict=True):
            first, second = (re.sub(r"^\d+ |[\[\]]", "", line) for line in lines)
            if differing(first, second) <= PRONOUNS:
                yield first, second
                yield second, first


def differing(first: str, second: str) -> set[str]:
    words = [re.findall(r"\w+", text.lower()) for text in (first, second)]
    return {w for pair in zip(*words, strict=False) if pair[0] != pair[1] for w in pair}


def test_pronouns_are_decided_as_the_authors_wrote_them(shared_data):
    counts: Counter[str] = Counter()
    for original, expected in twins(shared_data / "winobias"):
        swap = swap_text(original)
        counts[swap.status] += 1
        if swap.valid and {c.before.lower() for c in swap.changes} <= PRONOUNS:
            counts["right" if swap.text.lower() == expected.lower() else "wrong"] += 1
    assert counts["unchanged"] == 0
    assert counts["ambiguous"] < 0.06 * counts["valid"]
    assert counts["right"] > 2900
    assert counts["wrong"] <= 5  # some of the authors' own: one sentence has "him" on both sides
