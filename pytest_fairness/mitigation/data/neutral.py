"""Harmless texts about groups that the data mention mostly in harmful ones.

Dixon, Li, Sorensen, Thain and Vasserman (2018), "Measuring and mitigating unintended bias in text
classification": where texts that name a group bear a label less often than other texts of their
length, a model learns the group's name as a sign of the other label. The remedy is to add texts
that name the group and bear the label, until its share among them is that of all texts of the
length.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pytest_fairness.attributes import Attribute
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.mitigation.checking import (
    check_seed,
    check_text,
    check_whole,
    is_sequence,
    listed_texts,
    shown,
)
from pytest_fairness.mitigation.data.changes import Step, revised
from pytest_fairness.mitigation.data.counterfactuals import variants_of
from pytest_fairness.mitigation.data.mentions import mentioned_groups, one_attribute
from pytest_fairness.mitigation.data.rows import Rows, check_is_rows
from pytest_fairness.mitigation.data.texts import plain_text
from pytest_fairness.perturb import Space
from pytest_fairness.perturb.surface.perturbation import seeded

LENGTHS = (20, 60, 180, 540)  # characters: a bucket starts at each, and at 0


class Deficit(NamedTuple):
    """How many rows with the label a group lacks among texts of one length.

    Attributes
    ----------
    group : str
    shortest : int
        Least number of characters of the bucket.
    rows, labelled : int
        Rows that mention the group, and how many of them bear the label.
    share : float
        Share of the label among all rows of the bucket: what is aimed at.
    missing : int
        Rows to add.
    """

    group: str
    shortest: int
    rows: int
    labelled: int
    share: float
    missing: int


def label_deficits(
    rows: Rows,
    attribute: str | Attribute,
    label: str,
    *,
    language: str = "en",
    lengths: Sequence[int] = LENGTHS,
) -> tuple[Deficit, ...]:
    """Return where texts that mention a group bear a label less often than texts of their length.

    The number missing is the least *m* with ``(labelled + m) / (rows + m) >= share``. In a bucket
    without any row of another label the share is 1, and none is missing.

    Parameters
    ----------
    rows : Rows
    attribute : str or Attribute
    label : str
        The harmless label, such as ``"not toxic"``.
    language : str
    lengths : sequence of int
        Characters at which a new bucket of lengths starts.

    Examples
    --------
    >>> texts = ("A woman is rude.", "That man is rude.", "It rains.", "It is fine.")
    >>> rows = Rows(texts, ("1", "1", "0", "0"), (2, 3, 4, 5))
    >>> [(d.group, d.missing) for d in label_deficits(rows, "gender", "0")]
    [('female', 1), ('male', 1)]
    """
    resolved = one_attribute(attribute, language)
    labels = _labels(rows, label)
    starts = check_lengths(lengths)
    buckets = [_bucket(text, starts) for text in rows.texts]
    found = mentioned_groups(rows.texts, resolved)
    overall = Counter(buckets)
    harmless = Counter(b for b, own in zip(buckets, labels, strict=True) if own == label)
    sizes: Counter[tuple[str, int]] = Counter()
    labelled: Counter[tuple[str, int]] = Counter()
    for groups, bucket, own in zip(found, buckets, labels, strict=True):
        sizes.update((group, bucket) for group in groups)
        labelled.update((group, bucket) for group in groups if own == label)
    deficits = (
        _deficit(place, sizes[place], labelled[place], harmless[place[1]], overall[place[1]])
        for place in sorted(sizes)
    )
    return tuple(deficit for deficit in deficits if deficit.missing)


def fill_label_deficits(
    rows: Rows,
    attribute: str | Attribute,
    label: str,
    *,
    pool: Rows | Iterable[str] = (),
    templates: Iterable[str] = (),
    language: str = "en",
    lengths: Sequence[int] = LENGTHS,
    seed: int = 0,
) -> Step:
    """Add texts that mention a group and bear a label, where `label_deficits` finds too few.

    They are taken, in this order, from the pool, from templates filled with the group's terms, and
    from valid counterfactuals of rows that bear the label and speak of another group. What no
    source can fill is named in the report.

    Parameters
    ----------
    rows, attribute, label, language, lengths
        As for `label_deficits`.
    pool : Rows or iterable of str
        Harmless texts, such as sentences of an encyclopaedia: all must deserve the label.
    templates : iterable of str
        Harmless sentences with slots of the attribute.
    seed : int

    Examples
    --------
    >>> texts = ("A woman is rude.", "That man is rude.", "It rains.", "It is fine.")
    >>> rows = Rows(texts, ("1", "1", "0", "0"), (2, 3, 4, 5))
    >>> step = fill_label_deficits(rows, "gender", "0", templates=["{Title} Okafor reads."])
    >>> sorted(step.rows.texts[4:])
    ['Mr Okafor reads.', 'Ms Okafor reads.']
    """
    check_seed(seed)
    resolved = one_attribute(attribute, language)
    deficits = label_deficits(rows, resolved, label, lengths=lengths)
    sources = [
        listed_texts("pool", pool.texts if isinstance(pool, Rows) else pool),
        _filled(templates, resolved),
        _swapped(rows, resolved, label),
    ]
    supply = _supply(sources, resolved, lengths, seed, without=rows.texts)
    chosen: list[tuple[str, str]] = []
    notes = []
    for deficit in deficits:
        found = supply[deficit.group, deficit.shortest][: deficit.missing]
        chosen += [(text, deficit.group) for text in found]
        if len(found) < deficit.missing:
            notes.append(_unfilled(deficit, len(found), label))
    step = f"fill deficits of label {label!r} ({resolved.name})"
    return revised(rows, step, added=_new_rows(rows, chosen, label), notes=notes)


def check_lengths(lengths: object) -> list[int]:
    """Return the characters at which buckets start, or raise."""
    if not is_sequence(lengths):
        raise ArgumentTypeError(f"lengths={shown(lengths)} must be a list, such as {LENGTHS}.")
    listed: list[int] = list(lengths)
    for place, length in enumerate(listed):
        check_whole(f"lengths[{place}]", length, 1, "a new bucket of lengths starts there")
    return listed


def _labels(rows: Rows, label: str) -> tuple[str, ...]:
    check_is_rows(rows)
    check_text("label", label, "it is the harmless label")
    if rows.labels is None or label not in rows.labels:
        raise ArgumentError(
            f"label={label!r} is borne by no row. The labels are "
            f"{', '.join(sorted(set(rows.labels or ())))}. Name one of them."
        )
    return rows.labels


def _bucket(text: str, lengths: Sequence[int]) -> int:
    """Return the least length of the bucket that a text falls into."""
    starts = [0, *sorted(lengths)]
    return starts[bisect_right(starts, len(text)) - 1]


def _deficit(place: tuple[str, int], size: int, labelled: int, wanted: int, all_: int) -> Deficit:
    """Solve ``(labelled + m) / (size + m) >= wanted / all_`` in whole numbers."""
    short = wanted * size - labelled * all_
    missing = -(-short // (all_ - wanted)) if short > 0 and all_ > wanted else 0
    return Deficit(*place, size, labelled, wanted / all_, missing)


def _filled(templates: Iterable[str], attribute: Attribute) -> list[str]:
    lines = listed_texts("templates", templates)
    return list(Space.build(lines, vary=attribute).texts) if lines else []


def _swapped(rows: Rows, attribute: Attribute, label: str) -> list[str]:
    texts = [t for t, own in zip(rows.texts, rows.labels or (), strict=True) if own == label]
    return [s.text for swaps in variants_of(texts, attribute).swaps for s in swaps]


def _supply(
    sources: Iterable[Sequence[str]],
    attribute: Attribute,
    lengths: Sequence[int],
    seed: int,
    without: Iterable[str],
) -> Mapping[tuple[str, int], list[str]]:
    """Return the new texts that mention one group alone, by group and length, each once."""
    used = {plain_text(text) for text in without}
    supply: dict[tuple[str, int], list[str]] = defaultdict(list)
    for number, texts in enumerate(sources):
        fresh = {plain_text(text): text for text in texts if plain_text(text) not in used}
        used |= fresh.keys()
        shuffled = sorted(fresh.values())
        seeded(f"supply {number}", "", seed).shuffle(shuffled)
        for text, groups in zip(shuffled, mentioned_groups(shuffled, attribute), strict=True):
            if len(groups) == 1:
                supply[groups[0], _bucket(text, lengths)].append(text)
    return supply


def _unfilled(deficit: Deficit, found: int, label: str) -> str:
    return (
        f"{deficit.group}, texts of {deficit.shortest} characters or more: {found} of "
        f"{deficit.missing} found; give a pool with more texts of label {label!r}"
    )


def _new_rows(rows: Rows, chosen: Sequence[tuple[str, str]], label: str) -> Rows:
    n = len(chosen)
    return Rows(
        texts=tuple(text for text, _ in chosen),
        labels=(label,) * n,
        lines=(-1,) * n,
        path=rows.path,
        groups=None if rows.groups is None else tuple(group for _, group in chosen),
    )
