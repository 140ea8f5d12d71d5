"""Erasure as a repair: a classifier whose head cannot see who a text speaks of."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from pytest_fairness.errors import ArgumentError, MitigationError
from pytest_fairness.mitigation.checking import (
    check_choice,
    check_new_folder,
    check_seed,
    check_whole,
    listed_texts,
)
from pytest_fairness.mitigation.data import Rows
from pytest_fairness.mitigation.erasure.eraser import Array, Eraser, around
from pytest_fairness.mitigation.erasure.head import fold_into_head, head_of
from pytest_fairness.mitigation.erasure.inlp import inlp
from pytest_fairness.mitigation.erasure.leace import leace
from pytest_fairness.mitigation.erasure.reading import classifier, representations
from pytest_fairness.mitigation.erasure.report import ErasureReport, probed
from pytest_fairness.mitigation.erasure.rescaling import fit_scale, rescale
from pytest_fairness.mitigation.erasure.spoken import Spoken, as_material, learnable, sides, spoken
from pytest_fairness.mitigation.erasure.subspace import subspace
from pytest_fairness.mitigation.layers import last_linear
from pytest_fairness.models.loading import load_model
from pytest_fairness.models.quiet import quiet_transformers
from pytest_fairness.perturb import Pair

METHODS = ("leace", "inlp", "subspace")
_MOST_KEPT = 500  # texts suffice for a mean, a slope and a shift per label


@dataclass(frozen=True, repr=False)
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

    def __repr__(self) -> str:
        report, what = self.report, type(self.model).__name__
        size = f"rank {report.rank} of {report.width}"
        return f"Erased({what}, {report.method!r} at {report.place}, {size})"

    def save(self, folder: str | Path) -> Path:
        """Write an ordinary folder of transformers, and return it."""
        check_new_folder("folder", folder)
        with quiet_transformers():
            self.model.save_pretrained(folder)
            self.tokenizer.save_pretrained(folder)
        return Path(folder)


def erase(
    model: Any,
    data: Sequence[Pair] | Rows,
    attribute: str | None = None,
    *,
    method: str = "leace",
    judged_by: Sequence[Pair] | Rows = (),
    keep: Sequence[str] | None = None,
    rank: int = 1,
    n_iterations: int = 20,
    seed: int = 0,
    device: Any = None,
) -> Erased:
    """Erase who a text speaks of from what a classifier's head reads.

    The eraser is fitted on both sides of counterfactual pairs, or on rows with groups, and becomes
    part of the head's weights. Several attributes are erased one after another: what the first
    guards stays guarded.

    Parameters
    ----------
    model : str, path, pair of transformers, or loaded classifier
        As in `load_model`. It is not changed.
    data : sequence of Pair, or Rows with groups
        Of the training part.
    attribute : str, optional
        The one to erase, where the pairs vary several; for rows, what their groups are called.
    method : {"leace", "inlp", "subspace"}, default "leace"
        ``"leace"`` leaves nothing that a linear probe could use, ``"inlp"`` removes more for the
        same, and ``"subspace"`` (pairs only) removes the direction in which the sides of pairs
        differ most, whether or not groups differ in it on average.
    judged_by : sequence of Pair, or Rows with groups, optional
        Others, on which fresh probes measure what is left.
    keep : sequence of str, optional
        Texts of the task; by default those of `data` where it is rows. Their mean stays in place,
        and logits are brought back to the scale that they had on them (see `rescaling`), since a
        head that loses a strong direction answers all texts alike. No labels are needed. Of more
        than 500 texts as many are drawn by `seed`.
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
        If there is no such method, or `keep` is empty.
    MitigationError
        If there are no texts of two groups, or the model has no head that can take an eraser.
    MissingPackageError
        If ``"inlp"`` lacks scikit-learn.

    Notes
    -----
    A pass of the linear probe shows that this head's input is guarded on texts like these. It does
    not show that a network could not tell the group, nor anything of lower layers.
    """
    data, judged_by = as_material("data", data), as_material("judged_by", judged_by)
    keep = None if keep is None else listed_texts("keep", keep)
    _check(method, data, keep)
    check_whole("rank", rank, 1, "it is the number of directions to remove per attribute")
    check_whole("n_iterations", n_iterations, 1, "it is the number of probes, at most")
    check_seed(seed)
    learnt = learnable(data, attribute)
    loaded = classifier(load_model(model, device=device))
    head = head_of(loaded.module)
    read = partial(representations, loaded)
    kept = _kept(data, keep, seed)
    settings = _Settings(method, head.has_bias, rank, n_iterations, seed)
    tables = {name: read([s.text for s in rows]) for name, rows in learnt.items()}
    eraser = _fit(tables, learnt, _sets(data), settings)
    if kept:
        mean = read(kept).mean(axis=0)
        eraser = around(eraser.matrix, mean, head.has_bias, method=method, rank=eraser.rank)
    before, after, notes = probed(read, learnt, spoken(judged_by, attribute), eraser, seed)
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
    if kept:
        _rescale(loaded, edited, kept)
    return Erased(edited, loaded.tokenizer, eraser, report)


class _Settings(NamedTuple):
    method: str
    affine: bool
    rank: int
    n_iterations: int
    seed: int


def _check(method: str, data: Sequence[Pair] | Rows, keep: Sequence[str] | None) -> None:
    check_choice("method", method, METHODS)
    if method == "subspace" and isinstance(data, Rows):
        raise MitigationError(
            "method='subspace' compares texts that say the same of different groups, which rows "
            "are not. Give counterfactual pairs, or take method='leace'."
        )
    if keep is not None and not len(keep):
        raise ArgumentError("keep is empty. Give texts of the task, or leave keep= out.")


def _kept(data: Sequence[Pair] | Rows, keep: Sequence[str] | None, seed: int) -> list[str]:
    if keep is None:
        keep = data.texts if isinstance(data, Rows) else ()
    drawn = random.Random(seed).sample(range(len(keep)), min(len(keep), _MOST_KEPT))
    return [keep[i] for i in sorted(drawn)]


def _sets(data: Sequence[Pair] | Rows) -> list[tuple[Spoken, Spoken]]:
    """Return both sides of each pair that is no placebo."""
    pairs = [] if isinstance(data, Rows) else data
    return [sides(pair) for pair in pairs if pair.groups[0] != pair.groups[1]]


def _fit(
    tables: dict[str, Array],
    learnt: dict[str, tuple[Spoken, ...]],
    sets: Sequence[tuple[Spoken, Spoken]],
    settings: _Settings,
) -> Eraser:
    """Fit an eraser for each attribute on what the ones before leave."""
    eraser = Eraser.nothing(next(iter(tables.values())).shape[1])
    for name, rows in learnt.items():
        eraser = eraser.then(_fitted(eraser(tables[name]), rows, sets, settings))
    return eraser


def _fitted(
    X: Array,
    rows: Sequence[Spoken],
    sets: Sequence[tuple[Spoken, Spoken]],
    settings: _Settings,
) -> Eraser:
    groups, affine = [s.group for s in rows], settings.affine
    if settings.method == "leace":
        return leace(X, groups, affine=affine, shrinkage=True)
    if settings.method == "inlp":
        n_iterations = settings.n_iterations
        return inlp(X, groups, n_iterations=n_iterations, affine=affine, seed=settings.seed)
    index = {row: i for i, row in enumerate(rows)}
    found = [pair for pair in sets if pair[0] in index and pair[1] in index]
    order = [index[side] for pair in found for side in pair]
    numbers = [number for number in range(len(found)) for _ in range(2)]
    return subspace(X[order], numbers, rank=settings.rank, affine=affine)


def _rescale(loaded: Any, edited: Any, texts: list[str]) -> None:
    """Teach an erased copy the scale of the original's answers."""
    now = load_model((edited, loaded.tokenizer))
    scale = fit_scale(
        now.logits(texts),
        loaded.predict_proba(texts),
        shift=last_linear(edited).bias is not None,
        multi_label=loaded.multi_label,
    )
    rescale(edited, scale)
