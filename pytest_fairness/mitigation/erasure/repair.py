"""Erasure as a repair: from counterfactual pairs to a classifier whose head cannot see the group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from pytest_fairness.errors import ArgumentError, MissingPackageError, MitigationError
from pytest_fairness.mitigation.erasure.eraser import Array, Eraser, around
from pytest_fairness.mitigation.erasure.head import fold_into_head, head_of, last_of
from pytest_fairness.mitigation.erasure.inlp import inlp
from pytest_fairness.mitigation.erasure.leace import leace
from pytest_fairness.mitigation.erasure.leakage import ProbeResult, probe_leakage
from pytest_fairness.mitigation.erasure.reading import classifier, representations
from pytest_fairness.mitigation.erasure.rescaling import fit_scale, rescale
from pytest_fairness.mitigation.erasure.subspace import subspace
from pytest_fairness.models.loading import load_model
from pytest_fairness.perturb import Pair

METHODS = ("leace", "inlp", "subspace")

Probed = dict[str, dict[str, ProbeResult]]


class Spoken(NamedTuple):
    """A text with the group it speaks of, and the template or text it was made from."""

    text: str
    group: str
    source: str


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
        On texts of pairs that had no part in fitting, by new probes: ``"linear"`` and ``"mlp"``
        are fitted on the texts that the eraser was fitted on, ``"linear of unseen texts"`` and
        ``"mlp of unseen texts"`` on other templates of the judging pairs, where there are enough.
        Empty without such pairs.
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


@dataclass(frozen=True)
class Erased:
    """A classifier whose head reads erased representations.

    Attributes
    ----------
    model, tokenizer
        As transformers loads them; `model` is a copy.
    eraser : Eraser
    report : ErasureReport
    """

    model: Any
    tokenizer: Any
    eraser: Eraser
    report: ErasureReport


def erase(
    model: Any,
    pairs_train: Sequence[Pair],
    *,
    method: str = "leace",
    pairs_validation: Sequence[Pair] = (),
    keep: Sequence[str] | None = None,
    rank: int = 1,
    n_iterations: int = 20,
    seed: int = 0,
    device: Any = None,
) -> Erased:
    """Erase who a text speaks of from what a classifier's head reads.

    The eraser is fitted on both sides of counterfactual pairs, with their groups as the concept,
    and becomes part of the head's weights. Several attributes are erased one after another: what
    the first guards stays guarded.

    Parameters
    ----------
    model : str, path, pair of transformers, or loaded classifier
        As in `load_model`. It is not changed.
    pairs_train : sequence of Pair
        Of the training part of a space.
    method : {"leace", "inlp", "subspace"}, default "leace"
    pairs_validation : sequence of Pair, optional
        Other pairs, on which fresh probes measure what is left.
    keep : sequence of str, optional
        Texts of the task. Their mean stays in place, ``"leace"`` moves them least, and logits are
        brought back to the scale that they had on them (see `rescaling`), since a head that loses
        a strong direction answers all texts alike. No labels are needed.
    rank : int, default 1
        Directions to remove per attribute (``"subspace"`` only).
    n_iterations : int, default 20
        Probes at most per attribute (``"inlp"`` only).
    seed : int
        Draws what the methods and probes hold out.
    device : str, optional
        As in torch.

    Returns
    -------
    Erased

    Raises
    ------
    ArgumentError
        If there is no such method.
    MitigationError
        If there are no pairs of two groups, or the model has no head that can take an eraser.
    MissingPackageError
        If ``"inlp"`` lacks scikit-learn.

    Notes
    -----
    A pass of the linear probe shows that this head's input is guarded on texts like these. It does
    not show that a network could not tell the group, nor anything of lower layers.
    """
    _check(method, pairs_train)
    loaded = classifier(load_model(model, device=device))
    head = head_of(loaded.module)
    read = partial(representations, loaded)
    kept = None if keep is None else read(list(keep))
    learnt = spoken(pairs_train)
    settings = _Settings(method, head.has_bias, kept, rank, n_iterations, seed)
    eraser = _fit(read, pairs_train, settings)
    before, after, notes = _probed(read, learnt, spoken(pairs_validation), eraser, seed)
    report = ErasureReport(
        method=method,
        place=head.name,
        rank=eraser.rank,
        width=eraser.width,
        groups={name: tuple(sorted({s.group for s in rows})) for name, rows in learnt.items()},
        n_texts=len({s.text for rows in learnt.values() for s in rows}),
        before=before,
        after=after,
        notes=notes,
    )
    edited = fold_into_head(loaded.module, eraser)
    if keep is not None:
        _rescale(loaded, edited, list(keep))
    return Erased(edited, loaded.tokenizer, eraser, report)


def spoken(pairs: Sequence[Pair]) -> dict[str, list[Spoken]]:
    """Return the distinct texts of pairs with their groups, by attribute.

    Examples
    --------
    >>> spoken([Pair("He sings.", "She sings.", ("man", "woman"), "gender")])
    {'gender': [Spoken(text='He sings.', group='man', source=''), \
Spoken(text='She sings.', group='woman', source='')]}
    """
    found: dict[str, dict[Spoken, None]] = {}
    for pair in pairs:
        rows = found.setdefault(pair.attribute, {})
        for text, group in zip((pair.original, pair.variant), pair.groups, strict=True):
            rows[Spoken(text, group, pair.source)] = None
    return {attribute: list(rows) for attribute, rows in found.items()}


def _rescale(loaded: Any, edited: Any, texts: list[str]) -> None:
    """Teach an erased copy the scale of the original's answers."""
    now = load_model((edited, loaded.tokenizer))
    scale = fit_scale(
        now.logits(texts),
        loaded.predict_proba(texts),
        shift=last_of(edited).bias is not None,
        multi_label=loaded.multi_label,
    )
    rescale(edited, scale)


class _Settings(NamedTuple):
    method: str
    affine: bool
    keep: Array | None
    rank: int
    n_iterations: int
    seed: int


def _check(method: str, pairs: Sequence[Pair]) -> None:
    if method not in METHODS:
        raise ArgumentError(f"method={method!r} must be one of {', '.join(METHODS)}.")
    if not pairs:
        raise MitigationError("pairs_train is empty: there is no group to erase. Give more pairs.")
    for attribute, rows in spoken(pairs).items():
        groups = {s.group for s in rows}
        if len(groups) < 2:
            raise MitigationError(
                f"pairs_train speaks of one group of {attribute!r} only ({', '.join(groups)}): "
                "erasure needs counterfactual pairs, not placebos."
            )


def _fit(read: Callable[[list[str]], Array], pairs: Sequence[Pair], settings: _Settings) -> Eraser:
    """Fit an eraser for each attribute on what the ones before leave."""
    learnt = spoken(pairs)
    tables = {name: read([s.text for s in rows]) for name, rows in learnt.items()}
    eraser = Eraser.nothing(next(iter(tables.values())).shape[1])
    for name, rows in learnt.items():
        keep = None if settings.keep is None else eraser(settings.keep)
        found = _fitted(eraser(tables[name]), rows, pairs, settings._replace(keep=keep))
        eraser = eraser.then(found)
    return eraser


def _fitted(X: Array, rows: Sequence[Spoken], pairs: Sequence[Pair], settings: _Settings) -> Eraser:
    found = _by_method(X, rows, pairs, settings)
    if settings.keep is None:
        return found
    mean = settings.keep.mean(axis=0)
    return around(found.matrix, mean, settings.affine, method=found.method, rank=found.rank)


def _by_method(
    X: Array, rows: Sequence[Spoken], pairs: Sequence[Pair], settings: _Settings
) -> Eraser:
    groups = [s.group for s in rows]
    if settings.method == "leace":
        return leace(X, groups, affine=settings.affine, shrinkage=True, keep=settings.keep)
    if settings.method == "inlp":
        return inlp(
            X,
            groups,
            n_iterations=settings.n_iterations,
            affine=settings.affine,
            seed=settings.seed,
        )
    sides, sets = _sides(rows, pairs)
    return subspace(X[sides], sets, rank=settings.rank, affine=settings.affine)


def _sides(rows: Sequence[Spoken], pairs: Sequence[Pair]) -> tuple[list[int], list[int]]:
    """Return the row of each side of each pair that is no placebo, and the number of the pair."""
    index = {(s.text, s.group, s.source): i for i, s in enumerate(rows)}
    keys = [
        (number, (text, group, pair.source))
        for number, pair in enumerate(pairs)
        if pair.groups[0] != pair.groups[1]
        for text, group in zip((pair.original, pair.variant), pair.groups, strict=True)
    ]
    found = [(index[key], number) for number, key in keys if key in index]
    return [row for row, _ in found], [number for _, number in found]


def _probed(
    read: Callable[[list[str]], Array],
    learnt: dict[str, list[Spoken]],
    judged: dict[str, list[Spoken]],
    eraser: Eraser,
    seed: int,
) -> tuple[Probed, Probed, tuple[str, ...]]:
    before: Probed = {}
    after: Probed = {}
    notes = [] if judged else ["No validation pairs: what is left was not measured."]
    for attribute, rows in judged.items():
        sides = learnt.get(attribute, []), rows
        groups = _in_both(*sides)
        fitting, judging = ([s for s in side if s.group in groups] for side in sides)
        left_out = sorted({s.group for s in rows} - groups)
        if left_out:
            notes.append(f"Not probed, for want of texts in both parts: {', '.join(left_out)}.")
        try:
            own, other = (read([s.text for s in side]) for side in (fitting, judging))
            before[attribute] = _leakage(fitting, judging, own, other, seed)
            after[attribute] = _leakage(fitting, judging, eraser(own), eraser(other), seed)
        except (ArgumentError, MissingPackageError) as err:  # too few rows, or no scikit-learn
            before.pop(attribute, None)
            notes.append(f"Leakage of {attribute} was not measured: {err}")
    return before, after, tuple(notes)


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
