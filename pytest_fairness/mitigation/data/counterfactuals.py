"""Rows that speak of another group, under the same label.

Augmentation adds them (Zhao, Wang, Yatskar, Ordonez and Chang 2018; Lu et al. 2020, "Gender bias in
neural natural language processing"); substitution puts them in place of the originals with
probability 1/2, which keeps the number of rows and adds no near duplicates (Hall Maudslay, Gonen,
Cotterell and Teufel 2019). Only valid, changed variants are used: a text that cannot be swapped
without doubt stays as it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from pytest_fairness.attributes import Varied
from pytest_fairness.mitigation.checking import check_real, check_seed, check_whole
from pytest_fairness.mitigation.data.changes import Step, revised
from pytest_fairness.mitigation.data.mentions import check_attribute
from pytest_fairness.mitigation.data.rows import Rows, check_is_rows
from pytest_fairness.perturb.changes import Swap
from pytest_fairness.perturb.surface.perturbation import seeded
from pytest_fairness.perturb.swap import swap_variants

_REASONS = 3
_QUOTED = re.compile(r"'[^']*'")


class Variants(NamedTuple):
    """The valid swaps of each text, and why others were left out."""

    swaps: tuple[tuple[Swap, ...], ...]
    left_out: Counter[str]


def augment_counterfactually(
    rows: Rows,
    attribute: str | Varied = "gender",
    *,
    language: str = "en",
    per_text: int | None = None,
    seed: int = 0,
) -> Step:
    """Add the counterfactual variants of each row, with its label and weight.

    Parameters
    ----------
    rows : Rows
    attribute : str, Attribute or Combination
        What is varied, such as ``"gender"``. Build it with `with_name_pairs` for matched names.
    language : str
        Language of a built-in attribute.
    per_text : int, optional
        Variants of a row at most, drawn by `seed`; by default all. The groups are then drawn alike.
    seed : int

    Notes
    -----
    A row of a group that the attribute knows gets the group that the variant speaks of; one that
    came from elsewhere (a topic, a dialect) keeps its own. A variant that the data hold already is
    not added again.

    Examples
    --------
    >>> rows = Rows(("She is a nurse.", "It rains."), ("1", "0"), (2, 3), groups=("female", "none"))
    >>> step = augment_counterfactually(rows)
    >>> step.rows.texts[2:], step.rows.labels[2:], step.rows.groups[2:]
    (('He is a nurse.',), ('1',), ('male',))
    """
    check_is_rows(rows)
    if per_text is not None:
        check_whole("per_text", per_text, 1, "it is variants of a row, at most")
    check_seed(seed)
    resolved = check_attribute(attribute, language, single=False)
    found = variants_of(rows.texts, resolved)
    present = set(rows.texts)
    picked: list[tuple[int, Swap]] = []
    for i, swaps in enumerate(found.swaps):
        fresh = [swap for swap in swaps if swap.text not in present]
        picked += [(i, swap) for swap in _drawn(rows.texts[i], fresh, per_text, seed)]
    step = f"add counterfactuals ({resolved.name})"
    return revised(rows, step, added=_rows_of(rows, picked), notes=left_out_notes(found.left_out))


def substitute_counterfactually(
    rows: Rows,
    attribute: str | Varied = "gender",
    *,
    language: str = "en",
    probability: float = 0.5,
    seed: int = 0,
) -> Step:
    """Put a counterfactual variant in the place of each row that has one, with a probability.

    Parameters
    ----------
    rows, attribute, language, seed
        As for `augment_counterfactually`. Rows with the same text share their fate.
    probability : float in [0, 1]
        Of each row that has a variant. At 1/2, each of two groups is spoken of as often as the
        other wherever both could be, on average.

    Examples
    --------
    >>> rows = Rows(("She is a nurse.",), None, (2,))
    >>> substitute_counterfactually(rows, probability=1).rows.texts
    ('He is a nurse.',)
    """
    check_is_rows(rows)
    check_real("probability", probability, 0.0, 1.0, True, "it is that of replacing a row")
    check_seed(seed)
    resolved = check_attribute(attribute, language, single=False)
    found = variants_of(rows.texts, resolved)
    chosen: dict[int, Swap] = {}
    for i, swaps in enumerate(found.swaps):
        rng = seeded("substitute", rows.texts[i], seed)
        if swaps and rng.random() < probability:
            chosen[i] = rng.choice(swaps)
    step = f"substitute counterfactuals ({resolved.name}, probability {probability:g})"
    new = _replaced(rows, chosen)
    return revised(rows, step, new=new, notes=left_out_notes(found.left_out))


def variants_of(texts: Iterable[str], attribute: Varied) -> Variants:
    """Return the valid, changed swaps of each text, no text twice."""
    swaps, left_out = [], Counter[str]()
    for text in texts:
        found = swap_variants(text, attribute)
        left_out.update(_reason(s) for s in found if not s.valid)
        distinct = {s.text: s for s in found if s.valid and s.text != text}
        swaps.append(tuple(distinct.values()))
    return Variants(tuple(swaps), left_out)


def left_out_notes(left_out: Mapping[str, int]) -> list[str]:
    """Say how many variants were left out, and the most frequent reasons."""
    if not left_out:
        return []
    most = Counter(left_out).most_common(_REASONS)
    told = "; ".join(f"{count:,} {reason}" for reason, count in most)
    return [f"left out: {told}"]


def group_after(group: str, swap: Swap) -> str:
    """Return the group of a variant: the swapped one where the row's was one of the two."""
    before, after = swap.groups
    return {before: after, after: before}.get(group, group)


def _reason(swap: Swap) -> str:
    """Return why a swap does not count, without the words of the text."""
    return f"{swap.status}: {_QUOTED.sub('a word', swap.reason)}"


def _drawn(text: str, swaps: Sequence[Swap], n: int | None, seed: int) -> Sequence[Swap]:
    if n is None or n >= len(swaps):
        return swaps
    return seeded("augment", text, seed).sample(list(swaps), n)


def _rows_of(rows: Rows, picked: Sequence[tuple[int, Swap]]) -> Rows:
    """Return the rows of variants, no two with the same text and label."""
    labels = rows.labels or ("",) * len(rows)
    once = {(swap.text, labels[i]): (i, swap) for i, swap in reversed(picked)}
    chosen = list(reversed(once.values()))
    base = rows.select(i for i, _ in chosen)
    return _replaced(base, {place: swap for place, (_, swap) in enumerate(chosen)})


def _replaced(rows: Rows, swaps: Mapping[int, Swap]) -> Rows:
    texts = tuple(swaps[i].text if i in swaps else t for i, t in enumerate(rows.texts))
    groups = rows.groups
    if groups is not None:
        groups = tuple(group_after(g, swaps[i]) if i in swaps else g for i, g in enumerate(groups))
    return replace(rows, texts=texts, groups=groups)
