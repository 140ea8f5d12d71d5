"""Logistic regression of labels on one variable, which says when there is no estimate."""

from __future__ import annotations

import numpy as np

from pytest_fairness.metrics.numbers import Array

_STEPS = 100
_CLOSE = 1e-10
_LONGEST_STEP = 5.0


def intercept_and_slope(
    x: Array, positive: Array, weights: Array, *, firth: bool = False
) -> tuple[float, float]:
    """Return the maximum of the likelihood of ``logit P = a + b x``.

    Parameters
    ----------
    x : array of shape (n,)
    positive : array of shape (n,)
        1 and 0.
    weights : array of shape (n,)
    firth : bool, default False
        Penalise the likelihood by the root of the information (Firth 1993): finite also where a
        value of `x` separates the classes.

    Returns
    -------
    (float, float)
        nan where no finite maximum exists: `x` is constant, or one class is missing, or (without
        the penalty) a value of `x` separates the classes.
    """
    kept = weights > 0
    x, positive, weights = x[kept], positive[kept], weights[kept]
    if not _estimable(x, positive, firth):
        return float("nan"), float("nan")
    centre = float(np.average(x, weights=weights))
    design = np.stack([np.ones_like(x), x - centre], axis=1)
    shifted, slope = _maximum(design, np.zeros(len(x)), positive, weights, firth)
    return shifted - slope * centre, slope


def intercept(offset: Array, positive: Array, weights: Array, *, firth: bool = False) -> float:
    """Return the maximum of the likelihood of ``logit P = a + offset``; nan with one class only."""
    kept = weights > 0
    offset, positive, weights = offset[kept], positive[kept], weights[kept]
    if not len(positive) or not (firth or positive.min() < positive.max()):
        return float("nan")
    design = np.ones((len(offset), 1))
    (found,) = _maximum(design, offset, positive, weights, firth)
    return float(found)


def _estimable(x: Array, positive: Array, firth: bool) -> bool:
    if not len(x) or x.min() == x.max():
        return False
    if firth:
        return True
    of, rest = x[positive > 0], x[positive == 0]
    if not len(of) or not len(rest):
        return False
    return bool(of.min() < rest.max() and rest.min() < of.max())  # the classes overlap


def _maximum(
    design: Array, offset: Array, positive: Array, weights: Array, firth: bool
) -> list[float]:
    """Climb by Newton steps, halved while they do not improve."""
    found = np.zeros(design.shape[1])
    best = _likelihood(design, offset, positive, weights, firth, found)
    for _ in range(_STEPS):
        step = _step(design, offset, positive, weights, firth, found)
        step *= min(1.0, _LONGEST_STEP / max(float(np.abs(step).max()), _CLOSE))
        value = _likelihood(design, offset, positive, weights, firth, found + step)
        while not value >= best - _CLOSE and np.abs(step).max() > _CLOSE:
            step = step / 2
            value = _likelihood(design, offset, positive, weights, firth, found + step)
        found, best = found + step, value
        if np.abs(step).max() <= _CLOSE:
            return [float(one) for one in found]
    return [float("nan")] * len(found)


def _step(
    design: Array, offset: Array, positive: Array, weights: Array, firth: bool, at: Array
) -> Array:
    chance = _chance(design @ at + offset)
    precision = weights * chance * (1 - chance)
    information = design.T @ (precision[:, None] * design)
    residual = weights * (positive - chance)
    if firth:
        leverage = precision * np.sum(design * np.linalg.solve(information, design.T).T, axis=1)
        residual = residual + leverage * (0.5 - chance)
    return np.asarray(np.linalg.solve(information, design.T @ residual))


def _likelihood(
    design: Array, offset: Array, positive: Array, weights: Array, firth: bool, at: Array
) -> float:
    logits = design @ at + offset
    value = float(weights @ (positive * logits - np.logaddexp(0, logits)))
    if not firth:
        return value
    chance = _chance(logits)
    information = design.T @ ((weights * chance * (1 - chance))[:, None] * design)
    return value + 0.5 * float(np.linalg.slogdet(information)[1])


def _chance(logits: Array) -> Array:
    return np.asarray(np.exp(-np.logaddexp(0, -logits)))
