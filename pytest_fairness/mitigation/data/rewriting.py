"""Rows in other words: synonyms, spelling, back-translation, under the same label.

Sennrich, Haddow and Birch (2016), "Improving neural machine translation models with monolingual
data" (back-translation); Wei and Zou (2019), "EDA: easy data augmentation".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.mitigation.checking import (
    check_instance,
    check_seed,
    check_wanted,
    check_whole,
)
from pytest_fairness.mitigation.data.changes import Step, cells, revised
from pytest_fairness.mitigation.data.counterfactuals import left_out_notes
from pytest_fairness.mitigation.data.rows import Rows, check_is_rows
from pytest_fairness.perturb.surface import Perturbation, SurfaceChange, back_translation
from pytest_fairness.perturb.surface.keeping import Wanted

Translator = Callable[[list[str]], Sequence[str]] | str | Path


def augment_surface(
    rows: Rows,
    perturbation: Perturbation,
    *,
    copies: int = 1,
    groups: Collection[str] | None = None,
    labels: Collection[str] | None = None,
    seed: int = 0,
) -> Step:
    """Add rows that say the same in other words or letters, with label, group and weight.

    Parameters
    ----------
    rows : Rows
    perturbation : Perturbation
        From `pytest_fairness.surface`, such as ``surface("synonym", keep="gender")``, a sum of
        several, `paraphrase` or `masked_synonyms`. Only valid, changed variants are added.
    copies : int
        New texts per row at most.
    groups, labels : collection of str, optional
        Only rows of these are rewritten, such as the group that a model serves worse.
    seed : int

    Examples
    --------
    >>> from pytest_fairness import surface
    >>> rows = Rows(("He bought a big car.",), ("1",), (2,))
    >>> step = augment_surface(rows, surface("synonym", keep="gender"))
    >>> len(step.rows), step.rows.labels
    (2, ('1', '1'))
    """
    check_is_rows(rows)
    check_whole("copies", copies, 1, "it is new texts per row, at most")
    check_seed(seed)
    wanted = 'a perturbation, such as surface("synonym", keep="gender")'
    check_instance("perturbation", perturbation, Perturbation, wanted)
    check_wanted("groups", groups)
    check_wanted("labels", labels)
    chosen = _wanted(rows, groups, labels)
    texts = [rows.texts[i] for i in chosen]
    if copies == 1:
        changes = [[change] for change in perturbation.all(texts, seed)]
    else:
        changes = [perturbation.variants(text, copies, seed) for text in texts]
    return _added(rows, chosen, changes, perturbation.name)


def back_translate(
    rows: Rows,
    to: Translator,
    back: Translator,
    *,
    keep: Wanted = "gender",
    language: str = "en",
    groups: Collection[str] | None = None,
    labels: Collection[str] | None = None,
) -> Step:
    """Add rows that went through another language and back.

    Translation into a language that marks gender, or from one that does not, puts in the gender
    that the model expects of a role (Stanovsky, Smith and Zettlemoyer 2019). So every round trip is
    read again: one that lost or added a word for a group of `keep`, a negation or a number is left
    out, and the report counts why.

    Parameters
    ----------
    rows : Rows
    to, back : callable, str or Path
        From a list of texts to as many texts: the way there and the way back; or the folder of a
        sequence-to-sequence model, which `load_rewriter` loads.
    keep : str, Attribute, Combination or list of these
        What must still be said, as often as before.
    language : str
        Language of the rows.
    groups, labels : collection of str, optional
        Only rows of these are translated.

    Examples
    --------
    >>> rows = Rows(("The nurse is tired.", "It is cold."), None, (2, 3))
    >>> worded = {"The nurse is tired.": "She, the nurse, is tired.", "It is cold.": "It's cold."}
    >>> step = back_translate(rows, lambda texts: texts, lambda texts: [worded[t] for t in texts])
    >>> step.rows.texts[2:]
    ("It's cold.",)
    >>> step.report.notes
    ("left out: 1 ambiguous: back_translation added 'she'",)
    """
    check_is_rows(rows)
    for name, translator in (("to", to), ("back", back)):
        check_translator(name, translator)
        if translator is None:
            raise ArgumentTypeError(
                f"{name}=None: a round trip needs both ways. Give a translator."
            )
    trip = back_translation(_loaded(to), _loaded(back), keep=keep, language=language)
    return augment_surface(rows, trip, groups=groups, labels=labels)


def check_translator(name: str, translator: object) -> None:
    """Refuse what cannot translate: neither a function nor the folder of a model."""
    if translator is None or callable(translator):
        return
    wanted = "a function from a list of texts to as many texts, or the folder of a model"
    check_instance(name, translator, (str, Path), wanted)
    if not str(translator).strip():
        raise ArgumentError(f"{name}={translator!r} is empty. Name the folder of a model.")
    if isinstance(translator, Path) and not translator.is_dir():
        raise ArgumentError(f"{name}={str(translator)!r} is no folder. Check the path.")


def _loaded(translator: Translator) -> Callable[[list[str]], Sequence[str]]:
    if isinstance(translator, (str, Path)):
        from pytest_fairness.models import load_rewriter

        return load_rewriter(str(translator))
    return translator


def _wanted(
    rows: Rows, groups: Collection[str] | None, labels: Collection[str] | None
) -> list[int]:
    chosen = [
        i
        for i, cell in enumerate(cells(rows))
        if (groups is None or cell.group in groups) and (labels is None or cell.label in labels)
    ]
    if not chosen:
        raise ArgumentError(
            f"No row has groups={groups!r} and labels={labels!r}. The rows have the groups "
            f"{', '.join(sorted({cell.group for cell in cells(rows)}))} and the labels "
            f"{', '.join(sorted({cell.label for cell in cells(rows)}))}."
        )
    return chosen


def _added(
    rows: Rows, chosen: Sequence[int], changes: Sequence[Sequence[SurfaceChange]], name: str
) -> Step:
    pairs = [(i, change) for i, found in zip(chosen, changes, strict=True) for change in found]
    left_out = Counter(f"{c.status}: {c.reason}" for _, c in pairs if not c.valid)
    valid = [(i, c.text) for i, c in pairs if c.valid and c.text != rows.texts[i]]
    base = rows.select(i for i, _ in valid)
    added = replace(base, texts=tuple(text for _, text in valid))
    return revised(
        rows, f"add rewritten rows ({name})", added=added, notes=left_out_notes(left_out)
    )
