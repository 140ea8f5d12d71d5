"""The verdict on one number of all rows, such as an index, from its replicates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.judgement import (
    Judgement,
    beside,
    check_alpha,
    check_share,
    confidence_in_words,
    smallest_level,
    unplanned,
    verdict_of,
)
from pytest_fairness.evidence.power import smallest_factor
from pytest_fairness.evidence.quantity import Array
from pytest_fairness.evidence.resample import resample_counts
from pytest_fairness.evidence.resampling import tail
from pytest_fairness.outcome import Evidence, Interval, Verdict


def judge_value(
    quantity: str,
    observed: float,
    replicates: Any,
    *,
    limit: float,
    n: int,
    upper: bool = True,
    alpha: float = 0.05,
    share: float = 1.0,
    noise: Any = None,
    beyond: Any = None,
    unit: str = "rows",
) -> Judgement:
    """Judge whether one number stays within its limit.

    Parameters
    ----------
    quantity : str
        What the number is, such as ``"Theil index"``.
    observed : float
        The number; nan where it cannot be measured.
    replicates : array-like of shape (n_replicates,)
        Draws of what it may truly be: the number of resampled rows or counts.
    limit : float
        Largest accepted number, or smallest one where `upper` is false.
    n : int
        Rows that it is taken over.
    upper : bool, default True
        Whether the limit is one from above.
    alpha, share
        As in `judge_gap`.
    noise : array-like of shape (n_noise,), optional
        Draws of the number where there truly is nothing, as after permuting the groups. Give them
        for numbers that measure a distance or an association and cannot be below 0: noise alone
        lifts those, in the replicates too, and a bound that does not know it fails equality.
    beyond : array-like of shape (n_replicates,), optional
        Draws that the bound on the far side is taken from, where they differ.
    unit : str
        What `n` counts, for the reason.

    Examples
    --------
    >>> import numpy as np
    >>> draws = np.random.default_rng(0).normal(0.12, 0.01, 2000)
    >>> judge_value("Theil index", 0.12, draws, limit=0.2, n=900).verdict.value
    'pass'
    """
    check_alpha(alpha)
    check_share(share)
    drawn = _checked("replicates", replicates)
    null = None if noise is None else _checked("noise", noise)
    if not np.isfinite(limit):
        raise ArgumentError(f"limit={limit!r} must be a finite number.")
    if not np.isfinite(observed) or not n:
        reason = (
            f"The {quantity} cannot be measured on these {n} {unit}. Add {unit}, and some of every "
            "class or group that it compares."
        )
        return Judgement(Verdict.UNMEASURABLE, reason, Evidence(None, None, "none", n))
    sign = 1.0 if upper else -1.0
    far = drawn if beyond is None else _checked("beyond", beyond)
    value = _Value(sign * float(observed), sign * drawn, sign * far, null)
    return _judged(quantity, value, sign, limit, n, alpha, alpha * share, unit)


def judge_statistic(
    quantity: str,
    table: Any,
    statistic: Callable[[Array], Any],
    *,
    limit: float,
    upper: bool = True,
    null: Any = None,
    alpha: float = 0.05,
    share: float = 1.0,
    n_resamples: int = 4000,
    seed: int = 0,
) -> Judgement:
    """Judge one number that depends on a table of counts only.

    Parameters
    ----------
    quantity : str
    table : array-like of shape (*cells,)
        Counts of rows.
    statistic : callable
        From tables of shape (n, *cells) to numbers of shape (n,), as in `resample_counts`.
    limit, upper, alpha, share
        As in `judge_value`.
    null : array-like of shape (*cells,), optional
        Expected counts where there truly is nothing, such as the product of the margins, for
        numbers that cannot be below 0: the noise of such a table is drawn too.
    n_resamples : int, default 4000
    seed : int, default 0

    Examples
    --------
    >>> def gap(t):
    ...     return abs(t[:, 0, 1] / t[:, 0].sum(axis=1) - t[:, 1, 1] / t[:, 1].sum(axis=1))
    >>> judge_statistic("gap", [[300, 300], [310, 290]], gap, limit=0.1).verdict.value
    'pass'
    """
    array = np.asarray(table, dtype=np.float64)
    found = resample_counts(quantity, {"all": array}, statistic, n_resamples=n_resamples, seed=seed)
    n = round(float(array.sum()))
    if not found.groups:
        return judge_value(quantity, np.nan, np.zeros(n_resamples), limit=limit, n=n)
    near, far = (found.low, found.high) if upper else (found.high, found.low)
    return judge_value(
        quantity,
        float(found.estimates[0]),
        near[:, 0],
        limit=limit,
        n=n,
        upper=upper,
        alpha=alpha,
        share=share,
        noise=None if null is None else _noise(statistic, null, n, n_resamples, seed),
        beyond=far[:, 0],
    )


def _noise(statistic: Callable[[Array], Any], null: Any, n: int, n_draws: int, seed: int) -> Array:
    """Draw the statistic of tables of `n` rows in which there is nothing."""
    expected = np.asarray(null, dtype=np.float64)
    rng = np.random.default_rng(seed + 1)
    drawn = rng.multinomial(n, (expected / expected.sum()).reshape(-1), n_draws)
    tables = drawn.reshape(n_draws, *expected.shape).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(np.asarray(statistic(tables), dtype=np.float64), nan=np.inf)


@dataclass(frozen=True, eq=False)
class _Value:
    """A number of which larger is worse, with its replicates and, maybe, its noise."""

    observed: float
    replicates: Array
    beyond: Array
    noise: Array | None

    def low(self, level: float) -> float:
        """Return the lower bound of error rate `level`."""
        bound = min(float(tail(self.replicates[:, None], level)[0]), self.observed)
        if self.noise is None:
            return bound
        beyond_noise = self.observed + float(tail(-self.noise[:, None], level)[0])
        return max(min(bound, beyond_noise), 0.0)  # such a number cannot lie below 0

    def high(self, alpha: float) -> float:
        """Return the upper bound of error rate `alpha`."""
        return max(-float(tail(-self.beyond[:, None], alpha)[0]), self.observed)

    def scaled(self, times: float) -> _Value:
        """Return what `times` as many rows would probably give."""
        shrink = 1 / np.sqrt(times)
        near, far = (
            self.observed + (draws - self.observed) * shrink
            for draws in (self.replicates, self.beyond)
        )
        noise = None if self.noise is None else self.noise * shrink
        return _Value(self.observed, near, far, noise)

    def chance(self, limit: float, alpha: float, level: float) -> float:
        """Return about how probable a verdict is."""
        moves = self.replicates - self.observed
        fails, passes = self.low(level) + moves > limit, self.high(alpha) + moves <= limit
        return float(max(fails.mean(), passes.mean()))


def _judged(
    quantity: str,
    value: _Value,
    sign: float,
    limit: float,
    n: int,
    alpha: float,
    level: float,
    unit: str,
) -> Judgement:
    low, high = value.low(level), value.high(alpha)
    verdict = verdict_of(Interval(low, high, 1 - alpha), sign * limit)
    interval = Interval(*((low, high) if sign > 0 else (-high, -low)), 1 - alpha)
    factor = None
    if verdict is Verdict.INCONCLUSIVE:
        factor = smallest_factor(
            lambda times: value.scaled(times).chance(sign * limit, alpha, level)
        )
    evidence = Evidence(
        sign * value.observed,
        interval,
        _method(value),
        n,
        p_value=smallest_level(lambda rate: value.low(rate) > sign * limit),
        required_n=None if factor is None else int(np.ceil(factor * n)),
        minimum_detectable=limit + sign * (value.observed - low),
    )
    reason = _reason(quantity, verdict, interval, evidence, limit, sign, 1 - level, unit)
    return Judgement(verdict, reason, evidence)


def _method(value: _Value) -> str:
    how = f"quantiles of {len(value.replicates)} resampled values"
    return how if value.noise is None else f"{how}, lower bound also beyond the noise"


def _reason(
    quantity: str,
    verdict: Verdict,
    interval: Interval,
    evidence: Evidence,
    limit: float,
    sign: float,
    sure: float,
    unit: str,
) -> str:
    what = f"The {quantity}"
    least = (verdict is Verdict.FAIL) == (sign > 0)
    if verdict is Verdict.INCONCLUSIVE:
        step = unplanned(evidence.estimate or 0.0, interval, limit, evidence.n, unit)
        if evidence.required_n is not None:
            step = (
                f"about {evidence.required_n} {unit} instead of {evidence.n} would probably decide"
            )
        return (
            f"{what} lies between {interval.low:.2g} and {interval.high:.2g} "
            f"(at least {confidence_in_words(interval.confidence)} each way) and the limit is "
            f"{limit:g}; "
            f"{step}."
        )
    bound = beside(interval.low if least else interval.high, limit, up=not least)
    confidence = sure if verdict is Verdict.FAIL else interval.confidence
    where = "within"
    if verdict is Verdict.FAIL:
        where = "above" if sign > 0 else "below"
    return (
        f"{what} of {evidence.n} {unit} is at {'least' if least else 'most'} {bound} with "
        f"{confidence_in_words(confidence)}, {where} the limit {limit:g}."
    )


def _checked(name: str, values: Any) -> Array:
    array = np.asarray(values, dtype=np.float64).reshape(-1)
    if len(array) < 40 or np.isnan(array).any():
        raise ArgumentError(
            f"{name} has {len(array)} draws and must have at least 40, none of which is nan."
        )
    return array
