"""Which of a model's two labels a check of groups counts as positive.

A check of groups sees columns, not the model: they may hold the model's labels, or 0 and 1 for
them, and 1 may stand for either label. Nothing is guessed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation.data import Rows, label_numbers
from pytest_fairness.models import Model
from pytest_fairness.outcome import Outcome

_SAID = "pos_label"
# Largest differences between groups that are the same whichever of two labels is positive.
_EITHER = frozenset({"demographic_parity_difference", "equalized_odds_difference"})


def positive_label(outcome: Outcome, model: Model, rows: Rows | None = None) -> str:
    """Return the label of the model that a check counts as positive.

    Columns of 0 and 1 are known where the check was on these very `rows`: the fingerprint of the
    data that it judged tells which label they call 1.

    Raises
    ------
    MitigationError
        If the record does not say for certain.
    """
    said, labels = (outcome.settings or {}).get(_SAID, 1), [str(label) for label in model.labels]
    found = _named(said, labels)
    if found is None and outcome.metric in _EITHER and _number(said) is not None:
        found = labels[-1]
    if found is None and rows is not None and rows.labels is not None:
        found = _coded(outcome, model, rows)
    if found is None:
        raise MitigationError(_uncertain(outcome, said, labels))
    return found


def _coded(outcome: Outcome, model: Model, rows: Rows) -> str | None:
    """Return the label that a check counts as positive, if it was on columns of these rows."""
    from pytest_fairness.mitigation.group_checks import label_numbers_of

    said = _number((outcome.settings or {}).get(_SAID, 1))
    if said not in (0, 1):
        return None
    truth = np.array(label_numbers(rows, model.labels))
    answers = label_numbers_of(model, rows)
    ones = [
        one for one in (0, 1) if _is_of(outcome, truth == one, answers == one, rows.groups or ())
    ]
    if len(ones) != 1:
        return None
    return str(model.labels[ones[0] if said else 1 - ones[0]])


def _is_of(outcome: Outcome, y_true: Any, y_pred: Any, groups: Sequence[str]) -> bool:
    """Whether a check judged these columns."""
    from pytest_fairness.assertions.concluding import arrays_fingerprint

    columns = (y_pred,) if outcome.metric.startswith("demographic_parity") else (y_true, y_pred)
    return arrays_fingerprint(*columns, list(groups)) == outcome.data_fingerprint


def _named(said: Any, labels: Sequence[str]) -> str | None:
    """Return the label that is named by its text, or by a number that it holds as its place."""
    if isinstance(said, str):
        return said if said in labels else None
    place = _number(said)
    if place not in (0, 1) or place >= len(labels):
        return None
    return labels[place] if labels[place] in (str(place), f"LABEL_{place}") else None


def _number(said: Any) -> int | None:
    """Return a whole number, also one that is written as a truth value or a float."""
    if isinstance(said, (bool, int, float)) and float(said).is_integer():
        return int(said)
    return None


def _uncertain(outcome: Outcome, said: Any, labels: Sequence[str]) -> str:
    shown = ", ".join(map(repr, labels))
    return (
        f"The failing check ({outcome.metric}) calls pos_label={said!r} positive, and which of the "
        f"model's labels ({shown}) that is cannot be told. Call the check on the labels "
        "themselves, such as assert_...(labels, model.predict(texts), ..., "
        f"pos_label={labels[0]!r}), or on the very rows that are given as data=."
    )
