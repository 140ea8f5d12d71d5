"""Maps from a model's probabilities to calibrated ones: temperature, Platt's, isotonic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
_COLDEST, _HOTTEST = 1e-2, 1e2
_STEPS = 200
_CLOSE = 1e-12


class CalibrationMap(Protocol):
    """A fitted map of log-probabilities, of shape (n, k), to probabilities of the same shape."""

    def __call__(self, logits: Floats) -> Floats:
        """Return calibrated probabilities."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Return the map as builtin types."""
        ...


@dataclass(frozen=True)
class Temperature:
    """Divide logits by one number, at least 0.01 and at most 100."""

    temperature: float

    def __call__(self, logits: Floats) -> Floats:
        """Return ``softmax(logits / temperature)``."""
        return softmax(logits / self.temperature)

    def to_dict(self) -> dict[str, Any]:
        """Return the map as builtin types."""
        return {"temperature": self.temperature}

    @classmethod
    def fit(cls, logits: Floats, labels: Places, weights: Floats) -> Temperature:
        """Minimise the log loss, which is convex in the inverse of the temperature."""
        low, high = 1 / _HOTTEST, 1 / _COLDEST
        for _ in range(_STEPS):
            middle = (low * high) ** 0.5
            if _slope(middle, logits, labels, weights) > 0:
                high = middle
            else:
                low = middle
            if high - low <= _CLOSE * high:
                break
        return cls(float(1 / (low * high) ** 0.5))


@dataclass(frozen=True)
class Platt:
    """A logistic curve ``1 / (1 + exp(-slope * z - shift))`` of the difference z of two logits."""

    slope: float
    shift: float

    def __call__(self, logits: Floats) -> Floats:
        """Return probabilities of two classes."""
        chance = _logistic(self.slope * (logits[:, 1] - logits[:, 0]) + self.shift)
        return np.stack([1 - chance, chance], axis=1)

    def to_dict(self) -> dict[str, Any]:
        """Return the map as builtin types."""
        return {"slope": self.slope, "shift": self.shift}

    @classmethod
    def fit(cls, logits: Floats, labels: Places, weights: Floats) -> Platt:
        """Minimise the log loss towards Platt's targets, (n1 + 1) / (n1 + 2) and 1 / (n0 + 2)."""
        z = logits[:, 1] - logits[:, 0]
        ones, zeros = weights[labels == 1].sum(), weights[labels == 0].sum()
        targets = np.where(labels == 1, (ones + 1) / (ones + 2), 1 / (zeros + 2))
        return cls(*_newton(z, targets, weights))


@dataclass(frozen=True)
class Isotonic:
    """A rising curve through points, straight between them and level outside."""

    at: tuple[float, ...]
    values: tuple[float, ...]

    def __call__(self, logits: Floats) -> Floats:
        """Return probabilities of two classes."""
        chance = np.interp(softmax(logits)[:, 1], self.at, self.values)
        return np.stack([1 - chance, chance], axis=1)

    def to_dict(self) -> dict[str, Any]:
        """Return the map as builtin types."""
        return {"at": list(self.at), "values": list(self.values)}

    @classmethod
    def fit(cls, logits: Floats, labels: Places, weights: Floats) -> Isotonic:
        """Return the rising curve with the least squared error, by pooling adjacent violators."""
        levels, place = np.unique(softmax(logits)[:, 1], return_inverse=True)
        total, positive = (
            np.bincount(place, part, len(levels)).astype(np.float64)
            for part in (weights, weights * (labels == 1))
        )
        curve = _pooled(positive / total, total)
        corner = np.ones(len(curve), dtype=np.bool_)  # a level stretch needs its two ends only
        corner[1:-1] = (curve[1:-1] != curve[:-2]) | (curve[1:-1] != curve[2:])
        return cls(tuple(levels[corner].tolist()), tuple(curve[corner].tolist()))


def map_of(record: Mapping[str, Any]) -> Temperature | Platt | Isotonic:
    """Return the map that `to_dict` wrote."""
    if "temperature" in record:
        return Temperature(float(record["temperature"]))
    if "slope" in record:
        return Platt(float(record["slope"]), float(record["shift"]))
    return Isotonic(tuple(record["at"]), tuple(record["values"]))


def softmax(logits: Floats) -> Floats:
    """Return probabilities, row by row."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _slope(inverse: float, logits: Floats, labels: Places, weights: Floats) -> float:
    """Return the derivative of the log loss in the inverse temperature: E[z] - z of the label."""
    expected = (softmax(logits * inverse) * logits).sum(axis=1)
    return float(weights @ (expected - logits[np.arange(len(labels)), labels]))


def _logistic(z: Floats) -> Floats:
    return np.asarray(np.where(z >= 0, 1.0, np.exp(-np.abs(z))) / (1 + np.exp(-np.abs(z))))


def _newton(z: Floats, targets: Floats, weights: Floats) -> tuple[float, float]:
    """Return slope and shift of the best logistic curve, by damped steps of Newton's method."""
    scale = float(np.abs(z).max()) or 1.0
    design = np.stack([z / scale, np.ones(len(z))], axis=1)
    found = np.zeros(2)
    for _ in range(_STEPS):
        chance = _logistic(design @ found)
        gradient = design.T @ (weights * (chance - targets))
        curvature = (design * (weights * chance * (1 - chance))[:, None]).T @ design
        step = np.asarray(np.linalg.pinv(curvature) @ gradient, dtype=np.float64)
        found = _shorter(found, step, design, targets, weights)
        if np.abs(step).max() < 1e-10:
            break
    return float(found[0] / scale), float(found[1])


def _shorter(
    found: Floats, step: Floats, design: Floats, targets: Floats, weights: Floats
) -> Floats:
    """Return the point after the step, halved until the loss does not grow."""

    def loss(point: Floats) -> float:
        z = design @ point
        return float(weights @ (np.logaddexp(0, z) - targets * z))

    start = loss(found)
    for halving in range(30):
        moved = found - step / 2**halving
        if loss(moved) <= start:
            return np.asarray(moved)
    return found


def _pooled(values: Floats, weights: Floats) -> Floats:
    """Return the rising sequence nearest to `values`: Ayer et al. 1955."""
    means: list[float] = []
    masses: list[float] = []
    sizes: list[int] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        size = 1
        while means and means[-1] >= value:
            mass = masses.pop()
            value = (means.pop() * mass + value * weight) / (mass + weight)
            weight, size = weight + mass, size + sizes.pop()
        means.append(value)
        masses.append(weight)
        sizes.append(size)
    return np.repeat(means, sizes)
