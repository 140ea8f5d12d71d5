"""Rates of small groups, drawn towards those of all groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.metrics.comparing import check_some_group
from pytest_fairness.metrics.counts import cube_of
from pytest_fairness.metrics.rates import rate_counts

Numbers = NDArray[np.float64]
_PRIOR_ROWS = (1e-3, 1e6)  # where the prior's weight is looked for


@dataclass(frozen=True)
class SmoothedRates:
    """Rates of groups, drawn towards their common mean the more, the fewer rows they have.

    Attributes
    ----------
    rates : mapping of str to float
        Posterior mean of each group; the prior's for a group without rows.
    mean : float
        Mean of the prior.
    prior_rows : float
        As how many rows the prior counts; large where groups hardly differ.
    """

    rates: Mapping[str, float]
    mean: float
    prior_rows: float


def smoothed_rates(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    rate: str = "selection_rate",
    pos_label: Any = 1,
) -> SmoothedRates:
    r"""Return each group's rate, pooled in part with the others'.

    Successes of group :math:`a` are taken as binomial with a rate drawn from a beta distribution,
    whose mean :math:`m` and weight :math:`M` are fitted to all groups by maximum likelihood
    (empirical Bayes); the rate is :math:`(k_a + m M) / (n_a + M)`. Ranking small cells by their raw
    rates would put chance on top.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True classes; may be None for the selection rate.
    y_pred : array-like of shape (n,)
        Predicted classes.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`.
    rate : str, default "selection_rate"
        A name of `RATES`.
    pos_label : scalar, default 1

    Returns
    -------
    SmoothedRates
        With nan where no group has a row that the rate could be taken over.

    References
    ----------
    Efron and Morris 1975; Foulds et al. 2020 on intersections.

    Examples
    --------
    >>> found = smoothed_rates(
    ...     None, [1, 0] * 50 + [1], sensitive_features=["a"] * 50 + ["b"] * 50 + ["c"]
    ... )
    >>> round(found.rates["c"], 2)
    0.5
    """
    cube = cube_of([rate], y_true, y_pred, sensitive_features, pos_label=pos_label)
    check_some_group(cube)
    counts = rate_counts(cube, rate)
    size = len(cube.compared)
    hits, totals = counts.successes[:size, 0], counts.totals[:size, 0]
    mean, weight = _prior(hits, totals)
    rates = (hits + mean * weight) / (totals + weight)
    return SmoothedRates(dict(zip(cube.compared, map(float, rates), strict=True)), mean, weight)


def _prior(hits: Numbers, totals: Numbers) -> tuple[float, float]:
    """Return mean and weight of the beta prior that makes the counts likeliest."""
    from scipy.optimize import minimize_scalar

    if totals.sum() == 0:
        return float("nan"), float("nan")
    low, high = np.log(_PRIOR_ROWS)
    best = minimize_scalar(
        lambda log: -_likelihood(hits, totals, float(np.exp(log)))[0],
        bounds=(low, high),
        method="bounded",
    )
    weight = float(np.exp(best.x))
    return _likelihood(hits, totals, weight)[1], weight


def _likelihood(hits: Numbers, totals: Numbers, weight: float) -> tuple[float, float]:
    """Return the log likelihood of a prior of this weight with its best mean, and that mean."""
    from scipy.optimize import minimize_scalar
    from scipy.special import betaln

    pooled = float(hits.sum() / totals.sum())
    if pooled in (0.0, 1.0):
        return 0.0, pooled

    def loss(mean: float) -> float:
        a, b = mean * weight, (1 - mean) * weight
        return -float((betaln(hits + a, totals - hits + b) - betaln(a, b)).sum())

    best = minimize_scalar(loss, bounds=(1e-9, 1 - 1e-9), method="bounded")
    return -float(best.fun), float(best.x)
