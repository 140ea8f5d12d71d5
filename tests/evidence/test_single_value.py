from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import clopper_pearson, judge_statistic, judge_value, tost
from pytest_fairness.outcome import Verdict

DRAWS = np.random.default_rng(0).normal(0.12, 0.01, 4000)
Array = NDArray[np.float64]


def cramers_v(tables: Array) -> Array:
    n = tables.sum(axis=(1, 2), keepdims=True)
    expected = tables.sum(axis=1, keepdims=True) * tables.sum(axis=2, keepdims=True) / n
    chi2 = ((tables - expected) ** 2 / expected).sum(axis=(1, 2))
    return np.asarray(np.sqrt(chi2 / n[:, 0, 0] / (min(tables.shape[1:]) - 1)))


@pytest.mark.parametrize(
    ("limit", "upper", "verdict", "words"),
    [
        (0.2, True, Verdict.PASS, "is at most 0.14 with 95 % confidence, within the limit 0.2"),
        (0.05, True, Verdict.FAIL, "is at least 0.1 with 95 % confidence, above the limit 0.05"),
        (0.13, True, Verdict.INCONCLUSIVE, "rows instead of 900 would probably decide"),
        (0.05, False, Verdict.PASS, "is at least 0.1 with 95 % confidence, within the limit"),
        (0.2, False, Verdict.FAIL, "is at most 0.14 with 95 % confidence, below the limit 0.2"),
    ],
)
def test_verdicts(limit: float, upper: bool, verdict: Verdict, words: str) -> None:
    judgement = judge_value("Theil index", 0.12, DRAWS, limit=limit, n=900, upper=upper)
    assert judgement.verdict is verdict
    assert words in judgement.reason


def test_a_rate_of_counts_has_clopper_pearsons_limits() -> None:
    def rate(tables: Array) -> Array:
        return np.asarray(tables[:, 1] / tables.sum(axis=1))

    evidence = judge_statistic("rate", [38, 2], rate, limit=0.5, n_resamples=40_000).evidence
    exact = clopper_pearson(2, 40, confidence=0.95)
    assert evidence.interval is not None
    assert evidence.interval.low == pytest.approx(exact.low, abs=1e-3)
    assert evidence.interval.high == pytest.approx(exact.high, abs=2e-3)


@pytest.mark.parametrize("rows", [(40, 40, 40), (20, 300, 80)])
def test_no_association_seldom_fails(rows: tuple[int, ...]) -> None:
    """Cramer's V of independent columns at a limit of 0: 300 draws, error 1.3 points."""
    rng, fails = np.random.default_rng(6), 0
    for seed in range(300):
        table = np.array([rng.multinomial(n, [0.5, 0.3, 0.2]) for n in rows], dtype=np.float64)
        null = np.outer(table.sum(axis=1), table.sum(axis=0))
        judgement = judge_statistic(
            "Cramer's V", table, cramers_v, limit=0.0, null=null, n_resamples=400, seed=seed
        )
        fails += judgement.verdict is Verdict.FAIL
    assert fails / 300 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 300)


def test_what_cannot_be_measured_says_so() -> None:
    assert judge_value("index", float("nan"), DRAWS, limit=0.1, n=9).verdict is (
        Verdict.UNMEASURABLE
    )
    with pytest.raises(ArgumentError, match="replicates has 3 draws"):
        judge_value("index", 0.1, [0.1, 0.2, 0.3], limit=0.1, n=9)


def test_tost_agrees_with_statsmodels_on_many_rows() -> None:
    from statsmodels.stats.proportion import proportions_ztest

    counts = {"rate": {"a": (50_000, 100_000), "b": (50_100, 100_000)}}
    one_sided = [
        proportions_ztest([50_000, 50_100], [100_000] * 2, value=value, alternative=side)[1]
        for value, side in ((-0.005, "larger"), (0.005, "smaller"))
    ]
    result = tost(counts, limit=0.005)
    assert result.equivalent
    assert result.p_value == pytest.approx(max(one_sided), rel=0.05)
    assert not tost(counts, limit=0.001).equivalent
    assert tost(counts, limit=0.0).p_value == 1.0
