"""Many classes: give a group's predicted classes other labels, some of the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.labels import as_vector, many_classes
from pytest_fairness.mitigation.decisions.base import as_probabilities, check_fitted, described
from pytest_fairness.mitigation.decisions.inputs import check_rows, group_codes, read_rows
from pytest_fairness.mitigation.decisions.linear import LinearProgramme
from pytest_fairness.mitigation.decisions.settings import check_choice, check_count, check_number

Floats = NDArray[np.float64]
_CONSTRAINTS = ("demographic_parity", "equal_opportunity", "equalized_odds", "confusion_parity")
_OBJECTIVES = ("accuracy", "balanced_accuracy")


class GroupRelabelling:
    r"""Randomised relabelling of predicted classes, for each group, that makes rates equal.

    The rule sees the predicted class and the group and nothing else. For group g it draws the new
    class j of a row predicted i with probability :math:`P_g[i, j]`. With the group's confusion
    matrix :math:`C_g[y, i]`, the shares of true class y predicted i, the new one is
    :math:`C_g P_g`: linear in what is sought, so that the best rule is the optimum of a linear
    programme. Among equally good rules it takes one that changes the fewest labels.

    Parameters
    ----------
    constraint : str, default "equalized_odds"
        What is made equal between groups: ``"demographic_parity"``, the share of each predicted
        class; ``"equal_opportunity"``, the recall of each class; ``"equalized_odds"``, the recall
        and the false positive rate of each class against the rest; ``"confusion_parity"``, every
        entry of the confusion matrix ("term by term").
    objective : {"accuracy", "balanced_accuracy"}
        What is maximised over all groups together; the second is the mean recall of the classes.
    tolerance : float in [0, 1], default 0
        Largest difference between groups.
    min_rows : int, default 10
        A group with fewer rows is refused.

    Attributes
    ----------
    matrices : dict of str to array of shape (n_classes, n_classes)
        :math:`P_g` of each group; rows sum to 1.
    classes : tuple
        The classes, in the order of the columns that `apply` is given.
    value : float
        Expected value of the objective on the rows of `fit`.

    Notes
    -----
    Relabelling can always make rates equal, at worst by a lottery that ignores the prediction. Look
    at `value` before use.

    References
    ----------
    Putzel and Lee (2022), "Blackbox post-processing for multiclass fairness". With two classes it
    is the rule of Hardt, Price and Srebro (2016) for a binary predictor.

    Examples
    --------
    >>> y_true = ["a", "b", "c"] * 4
    >>> y_pred = ["a", "b", "c", "a", "b", "c", "a", "b", "c", "b", "b", "c"]
    >>> group = ["x"] * 6 + ["y"] * 6
    >>> rule = GroupRelabelling("demographic_parity", min_rows=2)
    >>> rule = rule.fit(y_pred, y_true, sensitive_features=group)
    >>> round(rule.value, 6)
    0.888889
    """

    kind = "group_relabelling"
    by_lot = True

    def __init__(
        self,
        constraint: str = "equalized_odds",
        *,
        objective: str = "accuracy",
        tolerance: float = 0.0,
        min_rows: int = 10,
    ) -> None:
        check_choice("constraint", constraint, _CONSTRAINTS)
        check_choice("objective", objective, _OBJECTIVES)
        check_number("tolerance", tolerance, meaning="it is the largest difference of rates")
        check_count("min_rows", min_rows, 1, "it is the least number of rows of a group")
        self.constraint = constraint
        self.objective = objective
        self.tolerance = tolerance
        self.min_rows = min_rows
        self.matrices: dict[str, Floats] | None = None
        self.classes: tuple[Any, ...] = ()
        self.value = float("nan")

    def __repr__(self) -> str:
        return described(self, self.constraint, self.matrices)

    def fit(
        self,
        y_pred: Any,
        y_true: Any,
        *,
        sensitive_features: Any,
        sample_weight: Any = None,
        classes: Sequence[Any] | None = None,
    ) -> GroupRelabelling:
        """Find the relabelling on rows that the model was not trained on.

        Parameters
        ----------
        y_pred, y_true : array-like of shape (n,)
            Predicted and true classes.
        sensitive_features : array-like of shape (n,), or table
            Group of each row.
        sample_weight : array-like of shape (n,), optional
        classes : sequence, optional
            All classes in the order of the model's columns; by default sorted.

        Raises
        ------
        ArgumentError
            If a group is too small, or has no rows of a class whose rate is compared.
        """
        predicted = as_vector("y_pred", y_pred)
        check_rows("y_true", y_true, len(predicted), of="predictions")
        if not len(predicted):
            raise ArgumentError("There are no rows. Pass the classes of validation rows.")
        labels = many_classes(y_true, y_pred, classes)
        assert labels.actual is not None
        n, k = len(labels.predicted), len(labels.classes)
        names, codes, weights = read_rows(
            sensitive_features, sample_weight, n, min_rows=self.min_rows, least_groups=2
        )
        tables = np.zeros((len(names), k, k))
        np.add.at(tables, (codes, labels.actual, labels.predicted), weights)
        self._check_classes(tables, names, labels.classes)
        best = _best_matrices(tables, self._measured(tables), self._worth(tables), self.tolerance)
        self.matrices = dict(zip(names, best, strict=True))
        self.classes = labels.classes
        self.value = float((self._worth(tables) * (tables @ best)).sum())
        return self

    def fit_probabilities(
        self,
        probabilities: Any,
        y_true: Any,
        *,
        sensitive_features: Any,
        sample_weight: Any = None,
        classes: Sequence[Any] | None = None,
    ) -> GroupRelabelling:
        """Fit the relabelling on the likeliest of probabilities of shape (n, n_classes).

        `classes` are the values of `y_true` in the order of the columns; by default 0, 1, ...
        """
        given = as_probabilities(probabilities)
        named = range(given.shape[1]) if classes is None else classes
        return self.fit(
            np.asarray(named)[given.argmax(axis=1)],
            y_true,
            sensitive_features=sensitive_features,
            sample_weight=sample_weight,
            classes=list(named),
        )

    def _worth(self, tables: Floats) -> Floats:
        """Return what a row of true class y that is labelled j adds to the objective: (k, k)."""
        rows = tables.sum(axis=(0, 2))
        if self.objective == "accuracy":
            return np.asarray(np.eye(len(rows)) / rows.sum())
        return np.diag(1 / rows) / len(rows)

    def _check_classes(self, tables: Floats, names: Sequence[str], classes: Sequence[Any]) -> None:
        rows = tables.sum(axis=2)
        if self.constraint != "demographic_parity" and not rows.all():
            group, label = np.argwhere(rows == 0)[0]
            raise ArgumentError(
                f"The group {names[group]!r} has no rows of the class {classes[label]!r}, so that "
                f"its rates are undefined, and constraint={self.constraint!r} compares them. Add "
                "such rows, leave the group out, or use demographic_parity."
            )
        missing = np.flatnonzero(rows.sum(axis=0) == 0)
        if self.objective == "balanced_accuracy" and len(missing):
            raise ArgumentError(
                f"No row has the class {classes[missing[0]]!r}, so that its recall is undefined. "
                "Leave the class out, or maximise accuracy."
            )

    def _measured(self, tables: Floats) -> Floats:
        """Return what is made equal, as shares of (predicted i, new j): (n_rates, groups, k, k)."""
        k = tables.shape[1]
        with np.errstate(invalid="ignore"):
            recall = tables / tables.sum(axis=2, keepdims=True)
        if self.constraint == "demographic_parity":
            shares = tables.sum(axis=1) / tables.sum(axis=(1, 2))[:, None]
            return np.stack([_into(shares, new) for new in range(k)])
        own = [_into(recall[:, label], label) for label in range(k)]
        if self.constraint == "equal_opportunity":
            return np.stack(own)
        if self.constraint == "confusion_parity":
            return np.stack([_into(recall[:, y], new) for y in range(k) for new in range(k)])
        others = [np.delete(tables, label, axis=1).sum(axis=1) for label in range(k)]
        false = [o / o.sum(axis=1, keepdims=True) for o in others]
        return np.stack([*own, *(_into(share, label) for label, share in enumerate(false))])

    def predict_proba(self, y_pred: Any, *, sensitive_features: Any) -> Floats:
        """Return the probability of each class, of shape (n, n_classes), for predicted classes."""
        check_fitted(self, self.matrices)
        codes = many_classes(None, y_pred, self.classes).predicted
        return self._rows(codes, sensitive_features)

    def predict(
        self, y_pred: Any, *, sensitive_features: Any, random_state: int = 0
    ) -> NDArray[Any]:
        """Return new classes, drawn by `random_state`."""
        chances = self.predict_proba(y_pred, sensitive_features=sensitive_features)
        draws = np.random.default_rng(random_state).random((len(chances), 1))
        drawn = (draws >= np.cumsum(chances, axis=1)[:, :-1]).sum(axis=1)
        return np.asarray(np.asarray(self.classes)[drawn])

    def apply(self, probabilities: Any, groups: Any) -> Floats:
        """Return the probabilities of the new classes, of shape (n, n_classes).

        Of the model's `probabilities` only the likeliest class is read; see `settle` for labels.
        """
        check_fitted(self, self.matrices)
        given = as_probabilities(probabilities)
        if given.shape[1] != len(self.classes):
            raise ArgumentError(
                f"probabilities has {given.shape[1]} columns and the rule was fitted on "
                f"{len(self.classes)} classes: {', '.join(map(repr, self.classes))}. Fit it with "
                "classes= in the order of the model's columns."
            )
        return self._rows(given.argmax(axis=1), groups)

    def _rows(self, predicted: NDArray[np.intp], groups: Any) -> Floats:
        assert self.matrices is not None
        codes = group_codes(groups, len(predicted), tuple(self.matrices))
        return np.asarray(np.stack(list(self.matrices.values()))[codes, predicted])

    def to_dict(self) -> dict[str, Any]:
        """Return settings and matrices as builtin types that JSON can hold."""
        check_fitted(self, self.matrices)
        assert self.matrices is not None
        names = ("constraint", "objective", "tolerance", "min_rows")
        settings = {name: getattr(self, name) for name in names}
        return {
            "kind": self.kind,
            "settings": settings,
            "classes": list(self.classes),
            "matrices": {name: matrix.tolist() for name, matrix in self.matrices.items()},
            "value": self.value,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> GroupRelabelling:
        """Return the rule that `to_dict` wrote."""
        rule = cls(**record["settings"])
        rule.classes = tuple(record["classes"])
        rule.matrices = {name: np.array(rows) for name, rows in record["matrices"].items()}
        rule.value = record["value"]
        return rule


def _into(shares: Floats, new: int) -> Floats:
    """Return shares of each predicted class that count where they become `new`: (groups, k, k)."""
    table = np.zeros((*shares.shape, shares.shape[1]))
    table[:, :, new] = shares
    return table


def _best_matrices(tables: Floats, measured: Floats, worth: Floats, tolerance: float) -> Floats:
    """Return the best matrices, and among equally good ones those that keep the most labels."""
    gain = np.einsum("gyi,yj->gij", tables, worth).reshape(-1)
    kept = np.einsum("gyi,ij->gij", tables, np.eye(tables.shape[1])).reshape(-1)
    programme = _programme(tables.shape, measured, tolerance)
    programme.gain[: len(gain)] = gain
    best = gain @ programme.solve()[: len(gain)]
    programme.gain[: len(gain)] = kept / tables.sum()
    programme.below(-np.append(gain, np.zeros(programme.n - len(gain))), -(best - 1e-9))
    matrices = np.clip(programme.solve()[: len(gain)], 0.0, None).reshape(tables.shape)
    return np.asarray(matrices / matrices.sum(axis=2, keepdims=True))


def _programme(shape: tuple[int, ...], measured: Floats, tolerance: float) -> LinearProgramme:
    n_groups, k, _ = shape
    n_shares, n_rates = n_groups * k * k, len(measured)
    programme = LinearProgramme(n_shares + 2 * n_rates, n_shares)
    for row in range(n_groups * k):
        programme.equal(_padded(np.eye(1, n_groups * k, row)[0].repeat(k), programme.n), 1.0)
    for rate in range(n_rates):
        low, high = n_shares + 2 * rate, n_shares + 2 * rate + 1
        programme.within(low, high, tolerance)
        for group in range(n_groups):
            own = np.zeros(shape)
            own[group] = measured[rate, group]
            programme.between(_padded(own.reshape(-1), programme.n), low, high)
    return programme


def _padded(row: Floats, n: int) -> Floats:
    return np.append(row, np.zeros(n - len(row)))
