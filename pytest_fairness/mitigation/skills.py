"""How good a classifier's probabilities are on labelled rows: rank, calibration, loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.metrics.auc import share_above
from pytest_fairness.metrics.calibration import ECE
from pytest_fairness.metrics.samples import Sample
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.models import Model

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Skill:
    """A number that describes a model, before and after.

    Attributes
    ----------
    name : str
        ``"AUC"`` (of two labels; 1 is best), ``"calibration error"`` (expected, of the most
        probable label; 0 is best) or ``"log loss"`` (nats, at most 16: a probability of 0 counts as
        the least difference of two numbers near 1 in single precision; 0 is best).
    before, after : float
    """

    name: str
    before: float
    after: float


def measure_skills(before: Model, after: Model, rows: Labelled) -> tuple[Skill, ...]:
    """Compare two models on rows with label numbers; empty where rows have none."""
    truth = np.asarray(rows.targets)
    if truth.ndim != 1:
        return ()
    first, second = (_skills(model.predict_proba(rows.texts), truth) for model in (before, after))
    known = [name for name, value in first.items() if np.isfinite([value, second[name]]).all()]
    return tuple(Skill(name, first[name], second[name]) for name in known)


def _skills(scores: Floats, truth: npt.NDArray[Any]) -> dict[str, float]:
    found = {} if scores.shape[1] != 2 else {"AUC": _auc(scores[:, 1], truth)}
    found["calibration error"] = float(ECE.of(_sample(scores.max(axis=1), _right(scores, truth))))
    found["log loss"] = _log_loss(scores, truth)
    return found


def _log_loss(scores: Floats, truth: npt.NDArray[Any]) -> float:
    right = np.take_along_axis(scores, truth[:, None], axis=1)
    return float(-np.log(np.maximum(right, np.finfo(np.float32).eps)).mean())


def _auc(scores: Floats, truth: npt.NDArray[Any]) -> float:
    rows = _sample(scores, truth)
    return share_above(rows.where(rows.positive), rows.where(~rows.positive))


def _right(scores: Floats, truth: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.asarray(scores.argmax(axis=1) == truth)


def _sample(scores: Floats, truth: npt.NDArray[Any]) -> Sample:
    return Sample(truth.astype(float), scores.astype(float), np.ones(len(scores)))
