"""What every decision rule can do, and how a model that carries one draws its labels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError, MitigationError
from pytest_fairness.mitigation.checking import as_floats, check_whole, listed_texts
from pytest_fairness.mitigation.decisions.inputs import check_rows, read_scores

if TYPE_CHECKING:
    from typing_extensions import Self

Floats = NDArray[np.float64]
_MOST_NAMED = 5  # groups in a repr
_ONE = 2**53  # as many numbers of a float's precision lie in [0, 1)


@runtime_checkable
class Decision(Protocol):
    """A fitted rule between a model's probabilities and what is done with them.

    Implemented by `GroupThresholds`, `SearchedThresholds`, `RejectOption`, `GroupRelabelling`,
    `GroupCalibration` and `CalibratedEqualizedOdds`.
    """

    kind: str
    by_lot: bool
    """Whether labels are drawn with what `apply` returns, or else the likeliest is taken."""

    def fit_probabilities(
        self,
        probabilities: Any,
        y_true: Any,
        *,
        sensitive_features: Any,
        sample_weight: Any = None,
        classes: Sequence[Any] | None = None,
    ) -> Self:
        """Fit the rule on what `apply` will be given, and return it.

        Parameters
        ----------
        probabilities : array of shape (n_rows, n_classes)
            A model's, on labelled rows that it was not trained on.
        y_true : array-like of shape (n_rows,)
        sensitive_features : array-like of shape (n_rows,), or table
        sample_weight : array-like of shape (n_rows,), optional
        classes : sequence, optional
            The values of `y_true` in the order of the columns.
        """
        ...

    def apply(self, probabilities: Any, groups: Any) -> Floats:
        """Return new probabilities, of shape (n_rows, n_classes), given the group of each row."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Return the rule as builtin types that JSON can hold."""
        ...


class ScoreRule(ABC):
    """What rules that read the score of a positive class share."""

    pos_label: Any
    positive_column: int

    @abstractmethod
    def fit(
        self, scores: Any, y_true: Any, *, sensitive_features: Any, sample_weight: Any = None
    ) -> Self:
        """Fit the rule on scores of the positive class, of shape (n_rows,)."""

    def fit_probabilities(
        self,
        probabilities: Any,
        y_true: Any,
        *,
        sensitive_features: Any,
        sample_weight: Any = None,
        classes: Sequence[Any] | None = None,
    ) -> Self:
        """Fit the rule on both classes' probabilities, of shape (n_rows, 2): what `apply` is given.

        With `classes`, the values of `y_true` in the order of the columns, `pos_label` is checked
        to stand in the column `positive_column`.
        """
        check_place(self, classes or ())
        return self.fit(
            two_columns(probabilities, self.positive_column),
            y_true,
            sensitive_features=sensitive_features,
            sample_weight=sample_weight,
        )


def check_place(rule: object, classes: Sequence[Any]) -> None:
    """Raise if the columns of a model stand in another order than the rule takes them for.

    Names are compared as texts; nothing is known of a rule whose names are not among them.
    """
    names = list(map(str, classes))
    known = list(map(str, getattr(rule, "classes", ())))
    if known != names and sorted(known) == sorted(names):
        raise ArgumentError(
            f"The rule was fitted on classes in the order {', '.join(known)}, and the model's are "
            f"{', '.join(names)}. Fit it with classes= in the order of the model's columns."
        )
    positive, column = str(getattr(rule, "pos_label", None)), getattr(rule, "positive_column", None)
    if column is not None and positive in names and names.index(positive) != column:
        raise ArgumentError(
            f"pos_label={positive} stands in column {names.index(positive)} of "
            f"{', '.join(names)}, and positive_column={column}. Make the rule with "
            f"positive_column={names.index(positive)}."
        )


def as_probabilities(values: Any) -> Floats:
    """Return finite numbers in [0, 1] of shape (n_rows, n_classes) whose rows sum to 1.

    Raises
    ------
    ArgumentError
        If the shape or a value is another.
    """
    array = as_floats("probabilities", values)
    if array.ndim != 2 or array.shape[1] < 2:
        raise ArgumentError(
            f"probabilities has shape {array.shape} and must have (n_rows, n_classes), with a "
            "column for each of at least two classes."
        )
    bad = ~(np.isfinite(array) & (array >= -1e-9) & (array <= 1 + 1e-9)).all(axis=1)
    bad |= np.abs(np.where(np.isfinite(array), array, 0).sum(axis=1) - 1) > 1e-3
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise ArgumentError(
            f"probabilities holds {bad.sum()} rows that are no probabilities, the first at "
            f"position {row}: {array[row].tolist()}. Each row must sum to 1: pass softmax(logits)."
        )
    return array


def two_columns(values: Any, positive: int) -> Floats:
    """Return the positive class's column of probabilities of two classes."""
    array = as_probabilities(values)
    if array.shape[1] != 2:
        raise ArgumentError(
            f"probabilities has {array.shape[1]} columns and this rule decides between two "
            "classes. Use GroupRelabelling for more."
        )
    return array[:, positive]


def beside_negative(chance: Floats, positive: int) -> Floats:
    """Return probabilities of two classes from those of the positive one."""
    columns = (1 - chance, chance) if positive else (chance, 1 - chance)
    return np.stack(columns, axis=1)


def check_fitted(rule: object, fitted: object) -> None:
    """Raise unless the rule has been fitted."""
    if fitted is None:
        raise MitigationError(
            f"{type(rule).__name__} has not been fitted yet. Call fit on validation rows first."
        )


def described(rule: object, setting: object, fitted: Mapping[str, object] | None) -> str:
    """Return a rule on one line: what it is set to, and the groups that it was fitted on."""
    named = getattr(setting, "__name__", setting)
    if fitted is None:
        return f"{type(rule).__name__}({named!r}, not fitted)"
    groups = ", ".join([*fitted][:_MOST_NAMED])
    more = f" and {len(fitted) - _MOST_NAMED} more" if len(fitted) > _MOST_NAMED else ""
    return f"{type(rule).__name__}({named!r}, fitted on {groups}{more})"


def uniform_draws(keys: Iterable[str], seed: int = 0) -> Floats:
    """Return a number in [0, 1) for each text, always the same for the same text and seed.

    A randomised rule that draws by text gives one text one answer, whatever the batch, the order
    or the number of workers.

    Examples
    --------
    >>> one, other, again = uniform_draws(["a", "b", "a"])
    >>> bool(one == again), bool(one == other)
    (True, False)
    """
    check_whole("seed", seed, -(2**63), "it settles what is drawn", 2**63 - 1)
    salt = seed.to_bytes(8, "little", signed=True)
    listed = listed_texts("keys", keys)
    return np.array([_bits(key, salt) for key in listed], dtype=np.float64) / _ONE


def _bits(key: str, salt: bytes) -> int:
    """Return 53 bits of a text's hash."""
    data = key.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=8, salt=salt).digest(), "little") >> 11


def settle(probabilities: Any, draws: Any) -> Floats:
    """Draw one class for each row: probabilities of 0 and 1 that come up as often as they should.

    The label of a randomised rule is not its likeliest class: taking that would undo the rule.

    Parameters
    ----------
    probabilities : array of shape (n_rows, n_classes)
        What a rule's `apply` returned.
    draws : array of shape (n_rows,)
        Numbers in [0, 1), as from `uniform_draws`.

    Returns
    -------
    array of shape (n_rows, n_classes)
        1 for the class drawn, 0 for the others.

    Examples
    --------
    >>> settle([[0.3, 0.7], [0.3, 0.7]], [0.2, 0.9]).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    chances = as_probabilities(probabilities)
    edges = np.cumsum(chances, axis=1)
    edges /= edges[:, -1:]
    given = read_scores(draws, "draws")
    check_rows("draws", given, len(chances), of="rows of probabilities")
    outside = np.flatnonzero((given < 0) | (given >= 1))
    if len(outside):
        raise ArgumentError(
            f"draws[{outside[0]}]={given[outside[0]]:g} must lie in [0, 1), as uniform_draws gives."
        )
    drawn = (given[:, None] >= edges).sum(axis=1)
    return np.asarray(np.eye(chances.shape[1])[drawn])
