"""The verdict on how far a mean lies from the value that means fair, to either side."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.clusters import cluster_bootstrap, cluster_totals
from pytest_fairness.evidence.judgement import (
    Judgement,
    beside,
    check_alpha,
    check_share,
    confidence_in_words,
    counted,
    unplanned,
    verdict_of,
)
from pytest_fairness.evidence.means import mean_bounds
from pytest_fairness.evidence.power import smallest_factor
from pytest_fairness.evidence.rates import clopper_pearson
from pytest_fairness.outcome import Evidence, Interval, Verdict

_FEW = 2
_ALIKE = 1e-9


def judge_deviation(
    values: Any,
    *,
    fair: float,
    limit: float,
    quantity: str,
    clusters: Any = None,
    least: float = -np.inf,
    most: float = np.inf,
    alpha: float = 0.05,
    share: float = 1.0,
    unit: str = "items",
    seed: int = 0,
) -> Judgement:
    """Judge whether a mean lies within `limit` of the value that means fair.

    *Fail* when one bound of the mean, at half the error rate each, lies beyond it; *pass* when
    both, at the full rate each, lie within: two claims that must hold together need no correction.
    Zeros and ones without clusters are bounded exactly (Clopper and Pearson 1934), anything else by
    resampling whole clusters (bootstrap-t); where all clusters are alike, so that nothing scatters,
    by betting on the means of clusters within the range of the values, if that is known.

    Parameters
    ----------
    values : array-like of shape (n,)
    fair : float
        The value of the mean that means fair.
    limit : float
        Largest accepted distance from it.
    quantity : str
        What the mean is, such as ``"stereotype score"``.
    clusters : sequence of length n, optional
        Which values belong together, such as those of one template.
    least, most : float
        Range of the values.
    alpha, share
        As in `judge_rate`.
    unit : str
    seed : int

    Returns
    -------
    Judgement
        Its estimate and interval are those of the distance.

    Examples
    --------
    >>> judge_deviation([0, 1] * 400, fair=0.5, limit=0.1, quantity="share").verdict.value
    'pass'
    >>> judge_deviation([1] * 100, fair=0.5, limit=0.1, quantity="share").verdict.value
    'fail'
    """
    check_alpha(alpha)
    check_share(share)
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not np.isfinite(array).all():
        raise ArgumentError("values must be finite numbers of shape (n,).")
    groups = len(array) if clusters is None else len(set(clusters))
    if len(array) < _FEW or groups < _FEW:
        return _unmeasurable(quantity, len(array), groups, unit, clusters is not None)
    exact = clusters is None and set(np.unique(array)) <= {0.0, 1.0}

    def bounds(error: float) -> Interval:
        if exact:
            return clopper_pearson(int(array.sum()), len(array), confidence=1 - error)
        return _of_clusters(array, clusters, 1 - error, (least, most), seed)

    mean = float(array.mean())
    near, far = bounds(alpha * share / 2), bounds(alpha)
    low = max(0.0, near.low - fair, fair - near.high)
    widest = max(most - fair, fair - least)  # no mean lies further from it
    high = min(max(far.high - fair, fair - far.low), widest)
    interval = Interval(low, high, 1 - alpha)
    verdict = verdict_of(interval, limit)
    method = "Clopper-Pearson, exact" if exact else f"bootstrap-t over {groups} clusters"
    notes = () if exact or groups >= 20 else (f"{groups} clusters are few for a bootstrap.",)
    needed = None
    if verdict is Verdict.INCONCLUSIVE:
        needed = required_values(abs(mean - fair), interval.high, limit, len(array), alpha, share)
    evidence = Evidence(
        abs(mean - fair), interval, method, len(array), notes=notes, required_n=needed
    )
    reason = _reason(verdict, quantity, mean, interval, evidence, limit, fair, unit)
    return Judgement(verdict, reason, evidence)


def _of_clusters(
    values: Any, clusters: Any, confidence: float, span: tuple[float, float], seed: int
) -> Interval:
    totals = cluster_totals(values, clusters)
    means = totals.sums / totals.sizes
    if np.isfinite(span).all() and np.ptp(means) < _ALIKE * (span[1] - span[0]):
        return mean_bounds(means, confidence=confidence, least=span[0], most=span[1])
    return cluster_bootstrap(
        values, clusters, confidence=confidence, least=span[0], most=span[1], seed=seed
    )


def required_values(
    distance: float, high: float, limit: float, n: int, alpha: float, share: float
) -> int | None:
    """Return how many values would probably decide, if their mean and spread stayed the same."""
    normal = NormalDist()
    up, down = (normal.inv_cdf(1 - error) for error in (alpha, alpha * share / 2))
    spread = (high - distance) / up
    if spread <= 0:
        return None

    def chance(times: float) -> float:
        error = spread / math.sqrt(times)
        fails = normal.cdf((distance - limit) / error - down)
        return max(fails, normal.cdf((limit - distance) / error - up))

    factor = smallest_factor(chance)
    return None if factor is None else math.ceil(factor * n)


def _reason(
    verdict: Verdict,
    quantity: str,
    mean: float,
    interval: Interval,
    evidence: Evidence,
    limit: float,
    fair: float,
    unit: str,
) -> str:
    sure = confidence_in_words(interval.confidence)
    told = f"The {quantity} is {mean:.3g}; "
    if verdict is Verdict.FAIL:
        low = beside(interval.low, limit, up=False)
        return f"{told}it lies at least {low} from {fair:g} with {sure}, above the limit {limit:g}."
    if verdict is Verdict.PASS:
        high = beside(interval.high, limit, up=True)
        return (
            f"{told}it lies at most {high} from {fair:g} with {sure}, within the limit {limit:g}."
        )
    step = unplanned(evidence.estimate or 0.0, interval, limit, evidence.n, unit)
    if evidence.required_n is not None:
        step = f"about {evidence.required_n} {unit} instead of {evidence.n} would probably decide"
    return (
        f"{told}it may lie {_between(interval)} from {fair:g} "
        f"(at least {sure} each way), and the limit {limit:g} lies between; {step}."
    )


def _between(interval: Interval) -> str:
    if math.isfinite(interval.high):
        return f"between {interval.low:.2g} and {interval.high:.2g}"
    return f"{interval.low:.2g} or any distance more" if interval.low else "any distance"


def _unmeasurable(quantity: str, n: int, groups: int, unit: str, clustered: bool) -> Judgement:
    what = counted(n, unit)
    if clustered:
        what += f" in {counted(groups, 'clusters')}"
    reason = f"The {quantity} cannot be measured on {what}. Give at least {_FEW} that differ."
    return Judgement(Verdict.UNMEASURABLE, reason, Evidence(None, None, "none", n))
