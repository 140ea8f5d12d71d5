"""Three parts of the rows that share no text: to learn from, to choose by, to judge by."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.mitigation.checking import check_real, check_seed, is_sequence, shown
from pytest_fairness.mitigation.data.rows import Rows, check_is_rows
from pytest_fairness.mitigation.data.texts import bare_text


class Split(NamedTuple):
    """Three parts of the rows that share no text."""

    train: Rows
    validation: Rows
    heldout: Rows


def split_rows(rows: Rows, seed: int, fractions: tuple[float, float, float]) -> Split:
    """Split rows into training, validation and held-out rows, each label in the same shares.

    Rows with the same text stay together, whatever its case, white space, punctuation, numbers,
    addresses and names of users. The split depends on the texts and the seed alone, not on the
    order of the file.

    Raises
    ------
    ArgumentError
        If the fractions do not sum to 1, or a part would stay empty.
    """
    check_is_rows(rows)
    check_seed(seed)
    check_fractions(fractions)
    parts: dict[str, int] = {}
    for texts in _strata(rows).values():
        parts.update(_allot(sorted(texts, key=lambda text: _rank(text, seed)), fractions))
    same = _same(rows.texts)
    chosen: list[list[int]] = [[], [], []]
    for index, text in enumerate(rows.texts):
        chosen[parts[same[text]]].append(index)
    if any(fraction > 0 and not part for fraction, part in zip(fractions, chosen, strict=True)):
        raise ArgumentError(
            f"{rows.path or 'The data'}: {len(parts)} distinct texts are too few to split into "
            f"shares of {', '.join(f'{fraction:g}' for fraction in fractions)}. Give more rows; "
            "those that differ in nothing but numbers, punctuation or names of users count as one."
        )
    return Split(*(rows.select(part) for part in chosen))


def check_fractions(fractions: object) -> None:
    """Refuse what are no three shares of a whole."""
    if not is_sequence(fractions) or len(fractions) != 3:
        raise ArgumentTypeError(
            f"fractions={shown(fractions)} must be three shares, such as (0.5, 0.25, 0.25)."
        )
    for place, share in enumerate(fractions):
        check_real(f"fractions[{place}]", share, 0.0, 1.0, True, "it is the share of a part")
    if abs(sum(fractions) - 1) > 1e-9:
        raise ArgumentError(f"fractions={fractions!r} must sum to 1.")


def _same(texts: Sequence[str]) -> dict[str, str]:
    """Return of each text the first one, in order of letters, that differs in nothing but looks."""
    first: dict[str, str] = {}
    bare = {text: bare_text(text) for text in texts}
    for text in sorted(bare):
        first.setdefault(bare[text], text)
    return {text: first[key] for text, key in bare.items()}


def _strata(rows: Rows) -> dict[str, list[str]]:
    """Distinct texts by label; a text with several labels counts under the smallest."""
    same, label_of = _same(rows.texts), dict[str, str]()
    for text, label in zip(rows.texts, rows.labels or [""] * len(rows), strict=True):
        label_of[same[text]] = min(label, label_of.get(same[text], label))
    strata: dict[str, list[str]] = defaultdict(list)
    for text, label in label_of.items():
        strata[label].append(text)
    return strata


def _rank(text: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}\n{text}".encode("utf-8", "surrogatepass")).digest()


def _allot(texts: list[str], fractions: tuple[float, float, float]) -> dict[str, int]:
    first = round(len(texts) * fractions[0])
    second = round(len(texts) * (fractions[0] + fractions[1]))
    return {text: (i >= first) + (i >= second) for i, text in enumerate(texts)}
