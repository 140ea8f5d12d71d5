"""Rows and pairs of a search: read as fine-tuning takes them, training apart from validation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.mitigation.checking import check_path, is_sequence, shown
from pytest_fairness.mitigation.data import Labelled, Rows, label_numbers
from pytest_fairness.mitigation.plan import TextPair
from pytest_fairness.models import load_model
from pytest_fairness.perturb import Pair


def material_of(
    folder: str | Path,
    rows_train: object,
    rows_validation: object,
    pairs_train: object,
    pairs_validation: object,
) -> dict[str, Any]:
    """Return the arguments of `fine_tune` by their names.

    Raises
    ------
    ArgumentError
        If validation material is training material: then nothing would be held back.
    ArgumentTypeError
        If rows or pairs are of another kind.
    """
    check_path("folder", folder)
    pairs = {
        "pairs_train": _pairs("pairs_train", pairs_train),
        "pairs_validation": _pairs("pairs_validation", pairs_validation),
    }
    _check_apart(**pairs)
    rows = {
        "rows_train": _labelled("rows_train", rows_train, folder),
        "rows_validation": _labelled("rows_validation", rows_validation, folder),
    }
    _check_rows_apart(**rows)
    return {**rows, **pairs}


def _labelled(name: str, rows: object, folder: str | Path) -> Labelled:
    if isinstance(rows, Labelled):
        return rows
    if not isinstance(rows, Rows):
        raise ArgumentTypeError(
            f"{name}={shown(rows)} must be Rows, as read_rows returns them, or Labelled texts."
        )
    targets = None
    if rows.labels is not None:
        targets = label_numbers(rows, load_model(str(folder)).labels)
    return Labelled(rows.texts, targets, rows.weights, rows.groups)


def _pairs(name: str, pairs: object) -> list[TextPair]:
    if not is_sequence(pairs):
        raise ArgumentTypeError(f"{name}={shown(pairs)} must be a list of pairs of texts.")
    return [_pair(f"{name}[{place}]", pair) for place, pair in enumerate(pairs)]


def _pair(name: str, pair: Any) -> TextPair:
    if isinstance(pair, Pair):
        return pair.original, pair.variant
    if is_sequence(pair) and len(pair) == 2 and all(isinstance(side, str) for side in pair):
        return pair[0], pair[1]
    raise ArgumentTypeError(f"{name}={shown(pair)} must be a Pair, or two texts: ('...', '...').")


def _check_apart(pairs_train: Sequence[TextPair], pairs_validation: Sequence[TextPair]) -> None:
    known = {frozenset(pair) for pair in pairs_train}
    both = [pair for pair in pairs_validation if frozenset(pair) in known]
    if both:
        raise ArgumentError(
            f"{len(both)} of {len(pairs_validation)} pairs_validation are pairs_train too, such as "
            f"{shown(both[0])}: nothing would be held back to choose by. Split the pairs by their "
            "terms and templates, as Space.split does."
        )


def _check_rows_apart(rows_train: Labelled, rows_validation: Labelled) -> None:
    if rows_validation.texts and set(rows_validation.texts) <= set(rows_train.texts):
        raise ArgumentError(
            f"All {len(rows_validation.texts)} texts of rows_validation are texts of rows_train: "
            "nothing would be held back to choose by. Split the rows: split_rows(rows, seed, "
            "(0.5, 0.25, 0.25))."
        )
