r"""Limits of the slope, or the intercept, of a logistic regression on one variable.

The slope's distance from a value is measured by how much likelihood the value costs: the signed
root of the profile likelihood ratio, which is nearer to normal than the slope over its standard
error, the more so where few rows are positive or a few rows with extreme values carry the slope.
Limits are the wider of two: of the plain likelihood, whose slope is biased away from 0, and of the
one that Firth (1993) penalises, whose is not (Heinze and Schemper 2002). Where rows are many the
two agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from pytest_fairness.evidence.laws import Array
from pytest_fairness.evidence.quantity import Separate

_PLACES = np.sinh(np.linspace(-3.6, 3.6, 97))  # in standard errors, closer together near 0
_EVENTS = 15  # rows of the rarer class without which the likelihood has no shape to go by
_CELLS = 4096  # more rows than five times this are put into as many cells
_STEPS = 60
_TINY = 1e-12


@dataclass(frozen=True, eq=False)
class SlopeLaw:
    """Limits of one coefficient of each group.

    Attributes
    ----------
    places : array of shape (n_groups, n_places)
        Values of the coefficient, ascending.
    plain, penalised : array of shape (n_groups, n_places)
        Signed root of twice the likelihood that each costs; negative left of the best one.
    """

    places: Array
    plain: Array
    penalised: Array
    name: str = "profile likelihood limits, plain and penalised (Firth 1993)"

    def lower(self, tails: Array) -> Array:
        """Return lower limits of error rates `tails`."""
        return np.minimum(*(self._at(roots, -_quantile(tails)) for roots in self._both))

    def upper(self, tails: Array) -> Array:
        """Return upper limits of error rates `tails`."""
        return np.maximum(*(self._at(roots, _quantile(tails)) for roots in self._both))

    def spread(self) -> Array:
        """Return the standard error of each group's number; never 0."""
        one = np.array([0.158655])
        return np.asarray((self.upper(one) - self.lower(one))[:, 0] / 2)

    def take(self, places: Sequence[int]) -> SlopeLaw:
        """Return the limits of some groups."""
        chosen = list(places)
        return SlopeLaw(self.places[chosen], self.plain[chosen], self.penalised[chosen])

    def scaled(self, times: Array) -> SlopeLaw:
        """Return the limits that `times` as many rows of each group would probably give."""
        root = np.sqrt(times)[:, None]
        return SlopeLaw(self.places, self.plain * root, self.penalised * root)

    @property
    def _both(self) -> tuple[Array, Array]:
        return self.plain, self.penalised

    def _at(self, roots: Array, values: Array) -> Array:
        """Return the coefficient at which the root takes values; infinite beyond the last place."""
        return np.array(
            [
                np.interp(values, root, place, left=-np.inf, right=np.inf)
                for root, place in zip(roots, self.places, strict=True)
            ]
        ).reshape(len(roots), len(values))


def logistic_coefficients(
    quantity: str,
    rows: Mapping[str, tuple[Any, Any]],
    *,
    which: Literal["slope", "intercept"] = "slope",
) -> Separate:
    """Return slopes of groups, or intercepts at slope 1.

    Parameters
    ----------
    quantity : str
        What the number is called.
    rows : mapping of group to (labels, values)
        Labels 0 or 1, and the variable, such as the logit of a probability.
    which : {"slope", "intercept"}, default "slope"

    Notes
    -----
    Groups with fewer than 15 rows of either class, or whose variable takes one value, have none.

    Examples
    --------
    >>> labels, values = [0, 0, 0, 1] * 50 + [0, 1, 1, 1] * 50, [-1.0986] * 200 + [1.0986] * 200
    >>> logistic_coefficients("slope", {"a": (labels, values)}).estimates.round(1).tolist()
    [1.0]
    """
    found = {
        name: _curves(_array(labels), _array(values), which)
        for name, (labels, values) in rows.items()
    }
    full = {name: curves for name, curves in found.items() if curves is not None}
    shape = (len(full), len(_PLACES))
    places, plain, penalised = (
        np.array([curves[part] for curves in full.values()]).reshape(shape) for part in range(3)
    )
    law = SlopeLaw(places, plain, penalised)
    why = f"it has fewer than {_EVENTS} rows of a class, or too few different values"
    return Separate(
        quantity,
        tuple(full),
        np.array([len(rows[name][0]) for name in full], dtype=np.float64),
        np.array([best for *_, best in full.values()], dtype=np.float64),
        law,
        {name: why for name in rows if name not in full},
    )


def _curves(labels: Array, values: Array, which: str) -> tuple[Array, Array, Array, float] | None:
    """Return places of the coefficient, both roots there, and the best place."""
    events = min(labels.sum(), len(labels) - labels.sum())
    if events < _EVENTS or (which == "slope" and np.ptp(values) < _TINY):
        return None
    cells = _Cells.of(labels, values)
    centre, error = cells.best(which)
    places = centre + error * _PLACES
    plain, penalty = cells.profile(places, which)
    roots = [_signed(curve) for curve in (plain, plain + penalty)]
    best = float(np.interp(0.0, roots[1], places))
    return places, roots[0], roots[1], best


@dataclass(frozen=True, eq=False)
class _Cells:
    """Rows of like values: how many, how many positive, and their value."""

    values: Array
    counts: Array
    positives: Array

    @classmethod
    def of(cls, labels: Array, values: Array) -> _Cells:
        """Keep every row, or put very many into cells of equally many neighbours."""
        n = len(values)
        if n <= 5 * _CELLS:
            return cls(values, np.ones(n), labels)
        order = np.argsort(values, kind="stable")
        cell = np.empty(n, dtype=np.intp)
        cell[order] = np.arange(n) * _CELLS // n
        counts = np.bincount(cell, minlength=_CELLS).astype(np.float64)
        centres = np.bincount(cell, values, _CELLS) / counts
        return cls(centres, counts, _array(np.bincount(cell, labels, _CELLS)))

    def best(self, which: str) -> tuple[float, float]:
        """Return the coefficient of largest likelihood, roughly, and its standard error."""
        a, b = 0.0, 1.0
        for _ in range(_STEPS):
            gradient, information = self._slopes(a, b)
            if which == "intercept":
                a += float(np.clip(gradient[0] / max(information[0, 0], _TINY), -2, 2))
                continue
            step = np.linalg.solve(information + _TINY * np.eye(2), gradient)
            a, b = a + float(np.clip(step[0], -2, 2)), b + float(np.clip(step[1], -1, 1))
        _, information = self._slopes(a, b)
        if which == "intercept":
            return a, float(1 / np.sqrt(max(information[0, 0], _TINY)))
        free = information[1, 1] - information[0, 1] ** 2 / max(information[0, 0], _TINY)
        return min(max(b, -50.0), 50.0), float(np.clip(1 / np.sqrt(max(free, _TINY)), 1e-6, 5.0))

    def profile(self, places: Array, which: str) -> tuple[Array, Array]:
        """Return the likelihood at each place, the other coefficient at its best, and a penalty."""
        plain, penalty, a = np.empty(len(places)), np.empty(len(places)), 0.0
        for i, place in enumerate(places):
            b = 1.0 if which == "intercept" else float(place)
            a = float(place) if which == "intercept" else self._best_intercept(a, b)
            _, information = self._slopes(a, b)
            logits = a + b * self.values
            plain[i] = self.positives @ logits - self.counts @ np.logaddexp(0, logits)
            whole = information[0, 0] if which == "intercept" else np.linalg.det(information)
            penalty[i] = 0.5 * np.log(max(float(whole), 1e-300))
        return plain, penalty

    def _best_intercept(self, a: float, b: float) -> float:
        for _ in range(_STEPS):
            gradient, information = self._slopes(a, b)
            step = float(np.clip(gradient[0] / max(information[0, 0], _TINY), -2, 2))
            a += step
            if abs(step) < 1e-9:
                break
        return a

    def _slopes(self, a: float, b: float) -> tuple[Array, Array]:
        chance = np.exp(-np.logaddexp(0, -(a + b * self.values)))
        residual = self.positives - self.counts * chance
        weight = self.counts * chance * (1 - chance)
        moment = float(weight @ self.values)
        gradient = np.array([residual.sum(), residual @ self.values])
        square = float(weight @ np.square(self.values))
        return gradient, np.array([[weight.sum(), moment], [moment, square]])


def _signed(curve: Array) -> Array:
    """Return signed roots of what each place costs, made to rise from place to place."""
    best = int(np.argmax(curve))
    roots = np.sqrt(2 * np.maximum(curve[best] - curve, 0.0))
    roots[:best] *= -1
    return np.asarray(np.maximum.accumulate(roots) + 1e-12 * np.arange(len(roots)))


def _quantile(tails: Array) -> Array:
    from scipy.special import ndtri

    return np.asarray(-ndtri(tails))


def _array(values: Any) -> Array:
    return np.asarray(values, dtype=np.float64)
