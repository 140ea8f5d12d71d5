"""Whether numbers give the group away: a probe that tries to tell it from them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytest_fairness.errors import ArgumentError, MissingPackageError
from pytest_fairness.metrics.groups import UNKNOWN, as_groups
from pytest_fairness.metrics.numbers import Array, as_columns, check_choice

PROBES = ("linear", "mlp")


@dataclass(frozen=True)
class Leakage:
    """How well a probe tells the group.

    Attributes
    ----------
    accuracy : float
        Of the probe, on rows it was not fitted on.
    majority : float
        Accuracy of always naming the largest group.
    n : int
        Rows with a group label.
    """

    accuracy: float
    majority: float
    n: int

    @property
    def above_majority(self) -> float:
        """The accuracy that the probe adds; 0 or less where it tells nothing."""
        return self.accuracy - self.majority


def leakage(
    features: Any, *, sensitive_features: Any, n_splits: int = 5, random_state: int = 0
) -> Leakage:
    """Return how well a linear probe tells the group from numbers, cross-validated.

    A logistic regression on standardised columns (Elazar and Goldberg 2018; Wang et al. 2019).
    0 above the majority is fair.

    Parameters
    ----------
    features : array-like of shape (n,) or (n, d)
        Scores, logits or hidden states.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`. Rows without one are left out.
    n_splits : int, default 5
        Parts that take turns in being held out; every group needs as many rows.
    random_state : int, default 0
        Seed of the split.

    Returns
    -------
    Leakage

    Raises
    ------
    ArgumentError
        If lengths differ, a number is missing, or a group has fewer than `n_splits` rows.
    MissingPackageError
        If scikit-learn is not installed.

    Examples
    --------
    >>> found = leakage([0.0, 0.1, 0.2, 1.0, 1.1, 1.2], n_splits=3,
    ...                 sensitive_features=["a", "a", "a", "b", "b", "b"])
    >>> found.accuracy, found.majority, found.above_majority
    (1.0, 0.5, 0.5)
    """
    table = as_columns("features", features)
    groups = as_groups(sensitive_features, len(table))
    known = np.isin(groups.codes, [groups.names.index(name) for name in groups.compared])
    table, codes = table[known], groups.codes[known]
    _check_rows(np.bincount(codes, minlength=len(groups.compared)), groups.compared, n_splits)
    accuracy = _probe_accuracy(table, codes, n_splits, random_state)
    return Leakage(accuracy, float(np.bincount(codes).max() / len(codes)), len(codes))


def fit_probe(kind: str, features: Array, codes: Any, *, random_state: int = 0) -> Any:
    """Return a probe that was fitted to tell `codes` from `features`; it has ``predict``.

    Parameters
    ----------
    kind : {"linear", "mlp"}
        A logistic regression, or a perceptron with one hidden layer of 64, which stops early.
    features : array of shape (n, d)
        Columns are standardised.
    codes : array of shape (n,)
    random_state : int, default 0

    Raises
    ------
    ArgumentError
        If there is no such probe.
    MissingPackageError
        If scikit-learn is not installed.

    Examples
    --------
    >>> probe = fit_probe("linear", np.array([[0.0], [1.0], [10.0], [11.0]]), [0, 0, 1, 1])
    >>> probe.predict([[2.0], [9.0]]).tolist()
    [0, 1]
    """
    check_choice("kind", kind, PROBES)
    with _without_advice():
        return _pipeline(kind, random_state).fit(features, codes)


def probe_directions(features: Array, codes: Any) -> Array:
    """Return the coefficients of a logistic regression on columns as they are.

    Returns
    -------
    array of shape (1, d), or (n_classes, d) where there are more than two
        For features of unit scale overall; along these directions the classes differ.
    """
    _check_installed()
    from sklearn.linear_model import LogisticRegression

    with _without_advice():
        found = LogisticRegression(max_iter=1000).fit(features, codes).coef_
    return np.asarray(found, dtype=np.float64)


def _probe_accuracy(table: Array, codes: Any, n_splits: int, random_state: int) -> float:
    probe = _pipeline("linear", random_state)
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    splits = StratifiedKFold(n_splits, shuffle=True, random_state=random_state)
    return float(np.mean(cross_val_predict(probe, table, codes, cv=splits) == codes))


def _pipeline(kind: str, random_state: int) -> Any:
    _check_installed()
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if kind == "linear":
        return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    perceptron = MLPClassifier((64,), max_iter=300, early_stopping=True, random_state=random_state)
    return make_pipeline(StandardScaler(), perceptron)


def _check_installed() -> None:
    try:
        import sklearn.linear_model  # noqa: F401
    except ImportError as err:
        raise MissingPackageError.for_feature("leakage", "scikit-learn", "probes") from err


@contextmanager
def _without_advice() -> Iterator[None]:
    """Keep quiet where an optimiser stops at its last step: a probe need not be the best one."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="sklearn")
        yield


def _check_rows(counts: Any, names: tuple[str, ...], n_splits: int) -> None:
    if n_splits < 2:
        raise ArgumentError(f"n_splits={n_splits!r} must be a whole number of at least 2.")
    if len(names) < 2:
        raise ArgumentError(
            f"sensitive_features has the groups {', '.join(names) or '(none)'}, and a probe needs "
            f"two besides {UNKNOWN!r}."
        )
    least = int(np.argmin(counts))
    if counts[least] < n_splits:
        raise ArgumentError(
            f"The group {names[least]!r} has {counts[least]} rows and n_splits={n_splits} needs as "
            "many in each. Give more rows, or fewer splits."
        )
