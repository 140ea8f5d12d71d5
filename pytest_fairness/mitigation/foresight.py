"""What is known before a repair: rows that could not show it, and answers that are no better."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation.utility import (
    Utility,
    falls_short,
    right_answers,
    shows_skill,
    wanted_of,
)

if TYPE_CHECKING:
    from pytest_fairness.mitigation.data import Labelled
    from pytest_fairness.mitigation.methods import Setting

_HELDOUT = "held-out rows"
_MANY = 1_000_000  # held-out rows: a margin that needs more is as good as none


def check_rows_show(setting: Setting, confidence: float) -> None:
    """Refuse a repair that its held-out rows could not show, whatever it came to.

    Parameters
    ----------
    setting : Setting
        Of a classifier.
    confidence : float in (0, 1)
        With which a small loss must be shown.

    Raises
    ------
    MitigationError
        If all held-out rows have one label or are too few for the margin, or if they, or further
        rows of several labels, do not show that the model has skill.
    """
    model, material = setting.original, setting.material
    heldout = material.rows["heldout"]
    right, wanted = right_answers(model, heldout), wanted_of(heldout)
    if not material.taught_by_average:
        _check_labels(setting, wanted)
        _check_skill(setting, _HELDOUT, right, wanted, confidence)
        _check_shown(setting, _HELDOUT, right, wanted, confidence)
    for name, rows in material.retention.items():
        if _has_labels(rows):
            further = right_answers(model, rows), wanted_of(rows)
            _check_skill(setting, f"retention rows {name!r}", *further, confidence)
            if _could_show(further[1], confidence):
                _check_shown(setting, f"retention rows {name!r}", *further, confidence)
    _check_margin(setting, right, confidence)


def best_outcome(
    name: str, right: npt.NDArray[np.bool_], *, margin: float, confidence: float
) -> Utility:
    """Return the best that a repair could come to: nothing lost, and all that was wrong mended.

    Examples
    --------
    >>> few = best_outcome("accuracy", np.ones(20, dtype=bool), margin=0.02, confidence=0.95)
    >>> few.verdict.value, round(few.interval.low, 3)
    ('inconclusive', -0.139)
    """
    gained = int((~right).sum())
    return Utility(name, float(right.mean()), 1.0, len(right), gained, 0, margin, confidence)


def rows_needed(margin: float, confidence: float) -> int | None:
    """Return how many rows show that nothing was lost where no answer changed; None if none do.

    Examples
    --------
    >>> rows_needed(0.02, 0.95)
    149
    """
    if margin <= 0:
        return None
    return Utility("", 1.0, 1.0, _MANY, 0, 0, margin, confidence).rows_to_decide


def _check_labels(setting: Setting, wanted: npt.NDArray[np.intp]) -> None:
    if len(set(wanted.tolist())) > 1:
        return
    label, n = setting.original.labels[int(wanted[0])], len(wanted)
    labelled = _has_labels(setting.material.rows["heldout"])
    have = "has" if n == 1 else "have"
    found = f"{have} the label {label!r}" if labelled else f"get the answer {label!r}"
    raise MitigationError(
        f"{_counted(n)} held out, and {'it' if n == 1 else 'all of them'} {found}: a model that "
        "says nothing else would be right on them, so that they cannot show that skill was kept. "
        f"Give more rows of the model's task, with several labels ({setting.caller.rows})."
    )


def _check_skill(
    setting: Setting,
    where: str,
    right: npt.NDArray[np.bool_],
    wanted: npt.NDArray[np.intp],
    confidence: float,
) -> None:
    if not falls_short(right, wanted, confidence):
        return
    labels = ", ".join(f"{i} {label}" for i, label in enumerate(setting.original.labels))
    raise MitigationError(
        f"{_beside_one_label(where, right, wanted)}: are the labels in the right "
        f"order? The model's labels are {labels}. Compare some rows with what the model says, and "
        "mend the labels in the file, or id2label in the model's config.json."
    )


def _check_shown(
    setting: Setting,
    where: str,
    right: npt.NDArray[np.bool_],
    wanted: npt.NDArray[np.intp],
    confidence: float,
) -> None:
    """Refuse rows whose labels have nothing to do with the answers: no loss would show on them."""
    if shows_skill(right, wanted, confidence):
        return
    raise MitigationError(
        f"{_beside_one_label(where, right, wanted)}: they do not show that it "
        "has the skill which a repair is to keep. Look whether the labels are those of its task, "
        f"or give more such rows{_by(setting, where)}."
    )


def _beside_one_label(
    where: str, right: npt.NDArray[np.bool_], wanted: npt.NDArray[np.intp]
) -> str:
    constant = np.bincount(wanted).max() / len(wanted)
    return (
        f"The model before the repair gets {_percent(right.mean())} of the {len(right):,} {where} "
        f"right, and one label for all would get {_percent(constant)}"
    )


def _could_show(wanted: npt.NDArray[np.intp], confidence: float) -> bool:
    """Whether rows would show the skill of a model that is always right.

    Rows of one label never do, and show all the same what is lost of it.
    """
    return shows_skill(np.ones(len(wanted), dtype=bool), wanted, confidence)


def _by(setting: Setting, where: str) -> str:
    return f" ({setting.caller.rows})" if where == _HELDOUT else ", or leave them out"


def _check_margin(setting: Setting, right: npt.NDArray[np.bool_], confidence: float) -> None:
    config = setting.config
    margin = config.max_accuracy_loss
    best = best_outcome(setting.material.utility, right, margin=margin, confidence=confidence)
    if best.interval.low >= -margin:
        return
    aside = setting.material.set_aside
    besides = (
        f" ({aside:,} more are sentences of the tests or copies of others, and do not count)"
        if aside
        else ""
    )
    raise MitigationError(
        f"{_counted(best.n)} held out{besides}, and the margin is max_accuracy_loss={margin:g}: a "
        f"loss of {-best.interval.low:.3f} could not be ruled out whatever the repair came to. "
        f"{_what_would_do(setting, right, confidence)}"
    )


def _what_would_do(setting: Setting, right: npt.NDArray[np.bool_], confidence: float) -> str:
    """Say how many rows would do, and what else."""
    config, caller = setting.config, setting.caller
    larger = caller.larger("max_accuracy_loss")
    ways = [f"allow a larger loss{f' ({larger})' if larger else ''}"]
    needed = rows_needed(config.max_accuracy_loss, confidence)
    if needed is None:
        return f"No number of rows rules out every loss: {ways[0]}."
    if caller.method and len(right) >= (
        rows_needed(config.max_accuracy_loss, 1 - config.alpha) or 0
    ):
        ways.insert(0, f"name one method, which shares the error rate with none ({caller.method})")
    if setting.material.taught_by_average:
        given = f"give rows of the model's task ({caller.rows}), add templates and terms"
        return f"About {needed:,} would do: {', or '.join([given, *ways])}."
    counted = len(right) / (len(right) + setting.material.set_aside)
    whole = math.ceil(needed / config.fractions[2] / counted)
    return (
        f"About {needed:,} held-out rows would do, which is {whole:,} distinct rows like these in "
        f"all: {', or '.join(['give more rows', *ways])}."
    )


def _has_labels(rows: Labelled) -> bool:
    return np.asarray(rows.targets).ndim == 1


def _counted(n: int) -> str:
    return "1 row is" if n == 1 else f"{n:,} rows are"


def _percent(share: float) -> str:
    return f"{100 * float(share):.0f} %"
