"""What an erasure says of itself: what was removed, and what fresh probes still find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_fairness.errors import ArgumentError, MissingPackageError
from pytest_fairness.mitigation.erasure.eraser import Array, Eraser
from pytest_fairness.mitigation.erasure.leakage import ProbeResult, probe_leakage
from pytest_fairness.mitigation.erasure.spoken import Spoken

Probed = dict[str, dict[str, ProbeResult]]
Texts = Mapping[str, Sequence[Spoken]]


@dataclass(frozen=True)
class ErasureReport:
    """What was erased, and what fresh probes tell of the group before and after.

    Attributes
    ----------
    method : str
    place : str
        The linear map whose input was erased.
    rank, width : int
        Dimensions erased, and dimensions there are.
    groups : mapping of str to tuple of str
        The groups of each attribute.
    n_texts : int
        Texts that the eraser was fitted on.
    before, after : mapping of attribute to mapping of probe to ProbeResult
        On texts that had no part in fitting, by new probes: ``"linear"`` and ``"mlp"`` are fitted
        on the texts that the eraser was fitted on, ``"linear of unseen texts"`` and ``"mlp of
        unseen texts"`` on other templates of the judging texts, where there are enough. Empty
        without such texts.
    notes : tuple of str
        Sentences a reader should know.
    """

    method: str
    place: str
    rank: int
    width: int
    groups: dict[str, tuple[str, ...]]
    n_texts: int
    before: Probed = field(default_factory=dict)
    after: Probed = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def probed(
    read: Callable[[list[str]], Array], learnt: Texts, judged: Texts, eraser: Eraser, seed: int
) -> tuple[Probed, Probed, tuple[str, ...]]:
    """Return what fresh probes find before and after, and what could not be measured."""
    before: Probed = {}
    after: Probed = {}
    notes = [] if judged else ["No other texts were given: what is left was not measured."]
    for attribute, rows in judged.items():
        sides = learnt.get(attribute, ()), rows
        groups = _in_both(*sides)
        fitting, judging = ([s for s in side if s.group in groups] for side in sides)
        left_out = sorted({s.group for s in rows} - groups)
        if left_out:
            notes.append(f"Not probed, for want of texts in both parts: {', '.join(left_out)}.")
        if len(groups) < 2:
            notes.append(f"Leakage of {attribute} was not measured: it takes two groups in both.")
            continue
        try:
            own, other = (read([s.text for s in side]) for side in (fitting, judging))
            found = [_leakage(fitting, judging, f(own), f(other), seed) for f in (_same, eraser)]
        except (ArgumentError, MissingPackageError) as err:  # too few rows, or no scikit-learn
            notes.append(f"Leakage of {attribute} was not measured: {err}")
        else:
            before[attribute], after[attribute] = found
    return before, after, tuple(notes)


def _same(rows: Array) -> Array:
    return rows


def _in_both(first: Sequence[Spoken], second: Sequence[Spoken]) -> set[str]:
    """Return the groups that have two texts on either side."""
    counts = [Counter(s.group for s in side) for side in (first, second)]
    return {group for group in counts[0] if min(count[group] for count in counts) > 1}


def _leakage(
    learnt: Sequence[Spoken], judged: Sequence[Spoken], own: Array, other: Array, seed: int
) -> dict[str, ProbeResult]:
    """Probe unseen texts by what the eraser was fitted on, and by themselves where they suffice."""
    groups, sources = [s.group for s in judged], [s.source for s in judged]
    clusters = sources if len(set(sources)) > 1 else None
    found = probe_leakage(
        own, [s.group for s in learnt], judged_on=(other, groups), clusters=clusters, seed=seed
    )
    try:
        fresh = probe_leakage(other, groups, clusters=clusters, seed=seed)
    except ArgumentError:  # too few rows to be parted once more
        return found
    return found | {f"{name} of unseen texts": result for name, result in fresh.items()}
