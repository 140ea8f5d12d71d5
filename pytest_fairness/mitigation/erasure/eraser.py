"""An affine map of representations that leaves a concept out of them, and how it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.checking import (
    as_floats,
    check_file_place,
    check_instance,
    check_path,
    check_whole,
    shown,
)

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Eraser:
    """The affine map ``x -> matrix @ x + bias``.

    Attributes
    ----------
    matrix : array of shape (d, d)
    bias : array of shape (d,)
    method : str
        What fitted it, such as ``"leace"``.
    rank : int
        Dimensions that are erased.

    Raises
    ------
    ArgumentError
        If the shapes do not fit, or a number is not finite.

    Examples
    --------
    >>> drop_first = Eraser([[0, 0], [0, 1]], [5, 0], method="by hand", rank=1)
    >>> drop_first([[1.0, 2.0], [3.0, 4.0]]).tolist()
    [[5.0, 2.0], [5.0, 4.0]]
    >>> Eraser.from_dict(drop_first.to_dict())
    Eraser(method='by hand', rank=1, width=2)
    """

    matrix: Array
    bias: Array
    method: str = ""
    rank: int = 0

    def __post_init__(self) -> None:
        for name in ("matrix", "bias"):
            object.__setattr__(self, name, as_floats(name, getattr(self, name)))
        width = self.matrix.shape[0] if self.matrix.ndim else 0
        if self.matrix.shape != (width, width) or self.bias.shape != (width,) or not width:
            raise ArgumentError(
                f"matrix has shape {self.matrix.shape} and bias {self.bias.shape}: an eraser of "
                "d dimensions needs (d, d) and (d,)."
            )
        if not (np.isfinite(self.matrix).all() and np.isfinite(self.bias).all()):
            raise ArgumentError("matrix or bias is not finite. Check the representations for NaN.")

    def __repr__(self) -> str:
        return f"Eraser(method={self.method!r}, rank={self.rank}, width={self.width})"

    @property
    def width(self) -> int:
        """Dimensions of a representation."""
        return len(self.bias)

    def __call__(self, X: Any) -> Array:
        """Return representations without the concept.

        Parameters
        ----------
        X : array-like of shape (..., d)

        Returns
        -------
        array of shape (..., d)
        """
        rows = as_floats("X", X)
        if not rows.ndim or rows.shape[-1] != self.width:
            raise ArgumentError(
                f"X has shape {rows.shape}, but this eraser was fitted on {self.width} dimensions. "
                "Pass representations of the same layer of the same model."
            )
        return np.asarray(rows @ self.matrix.T + self.bias)

    def then(self, after: Eraser) -> Eraser:
        """Return this map followed by another.

        What the first guards stays guarded: an affine map of features that do not covary with a
        concept does not covary with it either.
        """
        check_instance("after", after, Eraser, "an Eraser, as leace(X, Z) returns it")
        if after.width != self.width:
            raise ArgumentError(
                f"after has {after.width} dimensions and this eraser {self.width}. Fit both on "
                "representations of the same layer."
            )
        methods = dict.fromkeys(filter(None, (self.method, after.method)))
        return Eraser(
            after.matrix @ self.matrix,
            after(self.bias),
            method=" + ".join(methods),
            rank=self.rank + after.rank,
        )

    @classmethod
    def nothing(cls, width: int) -> Eraser:
        """Return the map that leaves everything as it is."""
        check_whole("width", width, 1, "it is the number of dimensions")
        return cls(np.eye(width), np.zeros(width))

    def to_dict(self) -> dict[str, Any]:
        """Return builtin types only, ready for JSON."""
        return {
            "method": self.method,
            "rank": self.rank,
            "matrix": self.matrix.tolist(),
            "bias": self.bias.tolist(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Eraser:
        """Read what `to_dict` wrote."""
        try:
            return cls(data["matrix"], data["bias"], method=data["method"], rank=int(data["rank"]))
        except (KeyError, TypeError) as err:
            raise ArgumentError(
                f"data={shown(data)} is no record of an eraser: {err!r}. Give what to_dict returns."
            ) from err

    def save(self, path: str | Path) -> Path:
        """Write a file in safetensors."""
        from safetensors.numpy import save_file

        tensors = {"matrix": np.ascontiguousarray(self.matrix), "bias": self.bias}
        check_file_place("path", path)
        save_file(tensors, path, metadata={"method": self.method, "rank": str(self.rank)})
        return Path(path)

    @classmethod
    def load(cls, path: str | Path) -> Eraser:
        """Read what `save` wrote."""
        from safetensors import SafetensorError, safe_open

        check_path("path", path)
        try:
            with safe_open(path, framework="numpy") as file:
                about = file.metadata() or {}
                matrix, bias = file.get_tensor("matrix"), file.get_tensor("bias")
        except (OSError, SafetensorError) as err:
            raise ArgumentError(
                f"{str(path)!r} holds no eraser: {err}. Name the file that Eraser.save wrote."
            ) from err
        return cls(matrix, bias, method=about.get("method", ""), rank=int(about.get("rank", 0)))


def around(matrix: Array, mean: Array, affine: bool, *, method: str, rank: int) -> Eraser:
    """Return the map that a matrix makes: with `affine`, one that keeps the `mean` in place."""
    bias = mean - matrix @ mean if affine else np.zeros(len(mean))
    return Eraser(matrix, bias, method=method, rank=rank)
