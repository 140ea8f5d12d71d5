"""Out-of-sample probabilities of labels: what a model says of rows that it was not fitted to."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pytest_fairness.errors import ArgumentError, ModelError
from pytest_fairness.mitigation.checking import (
    check_callable,
    check_real,
    check_seed,
    check_whole,
)
from pytest_fairness.mitigation.data.rows import Rows, check_is_rows
from pytest_fairness.mitigation.data.texts import plain_text
from pytest_fairness.mitigation.data.weighted_words import WordWeights

if TYPE_CHECKING:
    import numpy.typing as npt

Embed = Callable[[list[str]], Any]
_ITERATIONS = 200


def label_names(rows: Rows) -> tuple[str, ...]:
    """Return the labels of rows, sorted: the columns of their probabilities."""
    check_is_rows(rows)
    if rows.labels is None:
        raise ArgumentError(f"{rows.path or 'The rows'} were read without labels. Name the column.")
    names = tuple(sorted(set(rows.labels)))
    if len(names) < 2:
        told = f"All rows bear the label {names[0]!r}" if names else "There are no rows"
        raise ArgumentError(f"{told}. Give rows of two labels or more.")
    return names


def cross_validated_probabilities(
    rows: Rows,
    *,
    embed: Embed | None = None,
    folds: int = 5,
    penalty: float = 1.0,
    seed: int = 0,
) -> npt.NDArray[Any]:
    """Return the probability of each label by a classifier that was fitted to other rows.

    A logistic regression is fitted to all folds but one and asked about that one. Rows with the
    same text share a fold, and every label is spread over all folds.

    Parameters
    ----------
    rows : Rows
    embed : callable, optional
        From a list of texts to an array of shape (n_texts, n_features), such as an embedder. By
        default weighted words (TF-IDF of words and pairs of words; of characters in Chinese).
    folds : int, at least 2
    penalty : float
        Weight of half the squared norm of the coefficients, beside the sum of the losses.
    seed : int
        Draws the folds.

    Returns
    -------
    array of shape (n_rows, n_labels)
        Columns are the labels, sorted.

    Examples
    --------
    >>> texts = tuple(f"a {word} day {i}" for word in ("fine", "bad") for i in range(9))
    >>> rows = Rows(texts, ("1",) * 9 + ("0",) * 9, tuple(range(18)))
    >>> cross_validated_probabilities(rows).argmax(axis=1).tolist() == [1] * 9 + [0] * 9
    True
    """
    import numpy as np

    names = label_names(rows)
    check_whole("folds", folds, 2, "it is the number of parts, each asked about by the others")
    check_real("penalty", penalty, 0.0, math.inf, True, "it is the weight of the coefficients")
    check_seed(seed)
    if embed is not None:
        check_callable("embed", embed, "from a list of texts to an array of one row per text")
    labels = np.array([names.index(label) for label in rows.labels or ()])
    fold_of = _folds(rows, folds, seed)
    embedded = None if embed is None else _embedded(embed, rows.texts)
    probabilities = np.empty((len(rows), len(names)))
    for fold in range(folds):
        inside, outside = np.flatnonzero(fold_of == fold), np.flatnonzero(fold_of != fold)
        seen, unseen = _features(rows.texts, embedded, outside, inside)
        weights = fit_logistic(seen, labels[outside], len(names), penalty)
        probabilities[inside] = predict_logistic(unseen, weights)
    return probabilities


def fit_logistic(
    features: Any, labels: npt.NDArray[Any], n_labels: int, penalty: float
) -> npt.NDArray[Any]:
    """Return coefficients of a multinomial logistic regression, the intercepts in the last row.

    The least of the sum of the losses and `penalty` / 2 times the squared norm of the coefficients,
    intercepts apart.

    Parameters
    ----------
    features : array or sparse array of shape (n, d)
    labels : array of shape (n,)
        Numbers from 0 to `n_labels` - 1.
    """
    import numpy as np
    from scipy.optimize import minimize

    wanted = np.eye(n_labels)[labels]
    shape = (features.shape[1] + 1, n_labels)

    def loss(flat: npt.NDArray[Any]) -> tuple[float, npt.NDArray[Any]]:
        weights = flat.reshape(shape)
        logits = features @ weights[:-1] + weights[-1]
        logs = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
        error = np.exp(logs) - wanted
        gradient = np.vstack([features.T @ error + penalty * weights[:-1], error.sum(axis=0)])
        value = -(wanted * logs).sum() + 0.5 * penalty * (weights[:-1] ** 2).sum()
        return float(value), gradient.ravel()

    start = np.zeros(shape[0] * shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS})
    return np.asarray(found.x.reshape(shape))


def predict_logistic(features: Any, weights: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the probabilities that coefficients of `fit_logistic` give."""
    import numpy as np

    logits = features @ weights[:-1] + weights[-1]
    return np.asarray(np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)))


def _folds(rows: Rows, folds: int, seed: int) -> npt.NDArray[Any]:
    """Return the fold of each row: the texts of each label are dealt out in a random order."""
    import numpy as np

    texts: dict[str, set[str]] = defaultdict(set)
    for text, label in zip(rows.texts, rows.labels or (), strict=True):
        texts[label].add(plain_text(text))
    fewest = min(texts, key=lambda label: len(texts[label]))
    if not 2 <= folds <= len(texts[fewest]):
        raise ArgumentError(
            f"folds={folds!r} must lie between 2 and {len(texts[fewest])}, the number of distinct "
            f"texts with the label {fewest!r}. Give more rows, or fewer folds."
        )
    fold_of: dict[str, int] = {}
    for label in sorted(texts, key=lambda label: (len(texts[label]), label)):
        free = sorted(texts[label] - fold_of.keys())
        random.Random(seed).shuffle(free)
        fold_of.update({text: i % folds for i, text in enumerate(free)})
    return np.array([fold_of[plain_text(text)] for text in rows.texts])


def _embedded(embed: Embed, texts: Sequence[str]) -> npt.NDArray[Any]:
    import numpy as np

    found = np.asarray(embed(list(texts)), dtype=float)
    if found.ndim != 2 or len(found) != len(texts) or not np.isfinite(found).all():
        raise ModelError(
            f"embed returned shape {found.shape} for {len(texts)} texts. It must return one row of "
            "finite numbers for each text."
        )
    return found


def _features(
    texts: Sequence[str],
    embedded: npt.NDArray[Any] | None,
    outside: npt.NDArray[Any],
    inside: npt.NDArray[Any],
) -> tuple[Any, Any]:
    """Return features of the rows to fit and of those to ask about, scaled by the former."""
    if embedded is not None:
        centre, scale = embedded[outside].mean(axis=0), embedded[outside].std(axis=0)
        scaled = (embedded - centre) / (scale + (scale == 0))
        return scaled[outside], scaled[inside]
    words = WordWeights.fit([texts[i] for i in outside])
    return words([texts[i] for i in outside]), words([texts[i] for i in inside])
