r"""How a model's answers move when a text is rewritten: arrays of scores in, numbers out.

A *seed* is a text; a *variant* of it names another group, or another person. A table of shape
(n_seeds, n_names) holds in each line the same seed with each of the names. All are fair at 0, and
nan, *not measurable*, without a seed.

:func:`pytest_fairness.metrics.flip_rate` counts how often the *label* moves; what stands here says
how far the *score* moves; `expectations` holds whether an answer is right.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.metrics.columns import as_array
from pytest_fairness.metrics.labels import as_vector
from pytest_fairness.metrics.numbers import (
    Array,
    as_matrix,
    as_numbers,
    as_table,
    check_choice,
    check_paired,
)

Over = Literal["mean", "max"]


def counterfactual_token_fairness_gaps(
    scores: Any, counterfactual: Any, *, over: Over = "mean"
) -> Array:
    r"""Return each seed's distance of score from its counterfactuals.

    Parameters
    ----------
    scores : array-like of shape (n_seeds,)
        Scores of the texts as they stand: probabilities, or logits, which do not saturate.
    counterfactual : array-like of shape (n_seeds,), or sequence of n_seeds sequences
        Score of the one counterfactual of each seed; or of all of them, whose number may differ
        from seed to seed.
    over : {"mean", "max"}, default "mean"
        What becomes of the distances of one seed: their mean, or the largest.

    Returns
    -------
    array of shape (n_seeds,)
        nan for a seed without a counterfactual.

    Raises
    ------
    ArgumentError
        If lengths differ, a score is missing or infinite, or `over` is unknown.

    Examples
    --------
    >>> counterfactual_token_fairness_gaps([0.5, 0.5], [[0.25, 0.5], [0.5]], over="max").tolist()
    [0.25, 0.0]
    """
    check_choice("over", over, ("mean", "max"))
    first = as_numbers("scores", scores)
    rows = _padded("counterfactual", counterfactual)
    check_paired("counterfactual", len(rows), "scores", len(first))
    apart = np.abs(rows - first[:, None])
    some = ~np.isnan(apart).all(axis=1)
    gaps = np.full(len(apart), np.nan)
    gaps[some] = (np.nanmean if over == "mean" else np.nanmax)(apart[some], axis=1)
    return gaps


def counterfactual_token_fairness_gap(
    scores: Any, counterfactual: Any, *, over: Over = "mean"
) -> float:
    r"""Return the mean distance of a text's score from its counterfactuals'; 0 is fair.

    :math:`\frac1n \sum_i \frac1{|\Phi(x_i)|} \sum_{x' \in \Phi(x_i)} |g(x_i) - g(x')|`, with
    counterfactuals :math:`\Phi` (Garg et al. 2019). Shifts of opposite sign do not cancel.

    Parameters
    ----------
    scores, counterfactual, over
        As in `counterfactual_token_fairness_gaps`. With ``over="max"`` each seed counts with its
        farthest counterfactual; that grows with the number of counterfactuals.

    Returns
    -------
    float of at least 0
        nan, *not measurable*, when no seed has a counterfactual. Seeds without one count for
        nothing.

    Examples
    --------
    >>> counterfactual_token_fairness_gap([0.75, 0.5], [0.5, 0.75])
    0.25
    """
    gaps = counterfactual_token_fairness_gaps(scores, counterfactual, over=over)
    return _mean(gaps[~np.isnan(gaps)])


def score_senses(scores: Any, original: Any = None) -> Array:
    r"""Return, for each name, how far it moves the score on average.

    :math:`\frac1n \sum_i (g(x_{i,name}) - g(x_i))`, called ScoreSens (Prabhakaran et al. 2019).

    Parameters
    ----------
    scores : array-like of shape (n_seeds, n_names)
        Scores of each seed with each name.
    original : array-like of shape (n_seeds,), optional
        Scores of the seeds as they were written. Without them, each seed's mean over all names.

    Returns
    -------
    array of shape (n_names,)

    Examples
    --------
    >>> score_senses([[0.5, 0.75], [0.25, 0.5]], original=[0.5, 0.25]).tolist()
    [0.0, 0.25]
    """
    table = as_matrix("scores", scores, "seed")
    if original is None:
        base = table.mean(axis=1) if table.shape[1] else np.zeros(len(table))
    else:
        base = as_numbers("original", original)
    check_paired("original", len(base), "scores", len(table))
    if not len(table):
        return np.full(table.shape[1], np.nan)
    return np.asarray((table - base[:, None]).mean(axis=0))


def score_sense(scores: Any, original: Any = None) -> float:
    """Return the largest distance by which one name moves the score on average; 0 is fair.

    The largest absolute value of `score_senses` (Prabhakaran et al. 2019), which has the
    parameters. It grows with the number of names that are tried.

    Returns
    -------
    float of at least 0
        nan, *not measurable*, without seeds or names.

    Examples
    --------
    >>> score_sense([[0.5, 0.75], [0.25, 0.5]], original=[0.5, 0.25])
    0.25
    """
    senses = np.abs(score_senses(scores, original))
    return float(senses.max()) if senses.size else float("nan")


def score_deviations(scores: Any) -> Array:
    """Return each seed's standard deviation of score over the names.

    Parameters
    ----------
    scores : array-like of shape (n_seeds, n_names)

    Returns
    -------
    array of shape (n_seeds,)
        The names are all there is, not a sample: squares are divided by their number.

    Examples
    --------
    >>> score_deviations([[0.5, 1.0], [0.5, 0.5]]).tolist()
    [0.25, 0.0]
    """
    table = as_matrix("scores", scores, "seed")
    if not table.shape[1]:
        return np.full(len(table), np.nan)
    return np.asarray(table.std(axis=1))


def score_dev(scores: Any) -> float:
    r"""Return the mean over seeds of the score's standard deviation over names; 0 is fair.

    :math:`\frac1n \sum_i \mathrm{std}_{name} \, g(x_{i,name})` (Prabhakaran et al. 2019).

    Parameters
    ----------
    scores : array-like of shape (n_seeds, n_names)

    Returns
    -------
    float of at least 0
        nan, *not measurable*, without seeds or names.

    Examples
    --------
    >>> score_dev([[0.5, 1.0], [0.5, 0.5]])
    0.125
    """
    return _mean(score_deviations(scores))


def score_ranges(scores: Any) -> Array:
    """Return each seed's distance of score between the two names that lie farthest apart.

    Parameters
    ----------
    scores : array-like of shape (n_seeds, n_names)

    Returns
    -------
    array of shape (n_seeds,)

    Examples
    --------
    >>> score_ranges([[0.5, 1.0, 0.75], [0.5, 0.5, 0.5]]).tolist()
    [0.5, 0.0]
    """
    table = as_matrix("scores", scores, "seed")
    if not table.shape[1]:
        return np.full(len(table), np.nan)
    return np.asarray(table.max(axis=1) - table.min(axis=1))


def score_range(scores: Any) -> float:
    r"""Return the mean over seeds of the largest distance of score between two names; 0 is fair.

    :math:`\frac1n \sum_i (\max_{name} g(x_{i,name}) - \min_{name} g(x_{i,name}))`
    (Prabhakaran et al. 2019). It grows with the number of names.

    Parameters
    ----------
    scores : array-like of shape (n_seeds, n_names)

    Returns
    -------
    float of at least 0
        nan, *not measurable*, without seeds or names.

    Examples
    --------
    >>> score_range([[0.5, 1.0, 0.75], [0.5, 0.5, 0.5]])
    0.25
    """
    return _mean(score_ranges(scores))


def label_distances(labels: Any, original: Any, *, pos_label: Any = 1) -> Array:
    r"""Return, for each name, how far the set of positive seeds lies from the original one.

    :math:`1 - |P \cap P_{name}| / |P \cup P_{name}|`, the Jaccard distance of the seeds that are
    positive as written and of those that are with the name.

    Parameters
    ----------
    labels : array-like of shape (n_seeds, n_names)
        Predicted labels of each seed with each name.
    original : array-like of shape (n_seeds,)
        Predicted labels of the seeds as they were written.
    pos_label : scalar, default 1
        The label whose seeds form the sets.

    Returns
    -------
    array of shape (n_names,)
        nan for a name where both sets are empty: nothing can be compared.

    Examples
    --------
    >>> label_distances([[1, 0], [1, 1]], [1, 1]).tolist()
    [0.0, 0.5]
    """
    after = as_table("labels", labels, "seed") == pos_label
    before = as_vector("original", original) == pos_label
    check_paired("original", len(before), "labels", len(after))
    union = (after | before[:, None]).sum(axis=0)
    shared = (after & before[:, None]).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.asarray(1 - shared / union)


def label_distance(labels: Any, original: Any, *, pos_label: Any = 1) -> float:
    """Return the mean over names of the distance between sets of positive seeds; 0 is fair.

    The mean of `label_distances`, which has the parameters (LabelDist, Prabhakaran et al. 2019).

    Returns
    -------
    float in [0, 1]
        nan, *not measurable*, when for no name any seed is positive. Names without a positive seed
        count for nothing.

    Examples
    --------
    >>> label_distance([[1, 0], [1, 1]], [1, 1])
    0.25
    """
    distances = label_distances(labels, original, pos_label=pos_label)
    return _mean(distances[~np.isnan(distances)])


def _padded(name: str, values: Any) -> Array:
    """Return one line of scores per seed, from one score each or several; nan fills short lines."""
    array = as_array(name, values)
    if array.dtype != np.object_:
        return as_matrix(name, array[:, None] if array.ndim == 1 else array)
    lines = [as_numbers(name, np.atleast_1d(as_array(name, line))) for line in array]
    padded = np.full((len(lines), max(map(len, lines), default=0)), np.nan)
    for place, line in enumerate(lines):
        padded[place, : len(line)] = line
    return padded


def _mean(values: NDArray[Any]) -> float:
    return float(np.mean(values)) if values.size else float("nan")
