from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import (
    aucs,
    averaged,
    clopper_pearson,
    gap_interval,
    gap_intervals,
    judge_gap,
    means,
    rates,
    standardised_rates,
)
from pytest_fairness.outcome import Verdict

RNG = np.random.default_rng(5)


@pytest.mark.parametrize(("k", "n"), [(0, 20), (3, 20), (20, 20), (50, 1000)])
@pytest.mark.parametrize("alpha", [0.05, 1e-3])
def test_means_of_zeros_and_ones_have_clopper_pearsons_limits(k: int, n: int, alpha: float) -> None:
    quantity = means("share", {"a": [1.0] * k + [0.0] * (n - k)}, least=0, most=1)
    exact = clopper_pearson(k, n, confidence=1 - alpha)
    assert quantity.lower(alpha)[0] == pytest.approx(exact.low, abs=2e-3)
    assert quantity.upper(alpha)[0] == pytest.approx(exact.high, abs=2e-3)


def test_limits_of_means_are_quantiles_of_randomly_weighted_means() -> None:
    """200,000 draws of the weights, as Gaffke defined the bound."""
    values = RNG.beta(0.5, 2, 60)
    shares = RNG.dirichlet(np.ones(61), 200_000)
    drawn = np.quantile(shares @ np.append(values, 1.0), [0.95, 0.99])
    quantity = means("score", {"a": values}, least=0, most=1)
    found = [quantity.upper(alpha)[0] for alpha in (0.05, 0.01)]
    assert found == pytest.approx(drawn, abs=1e-3)


def test_limits_of_many_values_are_students() -> None:
    values = RNG.normal(3, 2, 50_000)
    quantity = means("error", {"a": values})
    ends = stats.t.interval(0.9, len(values) - 1, values.mean(), stats.sem(values))
    assert (quantity.lower(0.05)[0], quantity.upper(0.05)[0]) == pytest.approx(ends, abs=2e-3)


def test_merged_values_have_the_same_limits() -> None:
    values = RNG.beta(0.3, 1, 700)
    whole = means("score", {"a": values}, least=0, most=1)
    twice = means("score", {"a": np.repeat(values, 4)}, least=0, most=1)
    clustered = means(
        "score",
        {"a": np.repeat(values, 4)},
        least=0,
        most=1,
        clusters={"a": np.repeat(np.arange(700), 4)},
    )
    assert clustered.upper(0.05)[0] == pytest.approx(whole.upper(0.05)[0], abs=1e-6)
    assert twice.upper(0.05)[0] < whole.upper(0.05)[0]


def test_weights_shift_the_mean_and_cost_rows() -> None:
    values, weights = RNG.random(500), RNG.exponential(size=500)
    plain = means("score", {"a": values}, least=0, most=1)
    weighted = means("score", {"a": values}, least=0, most=1, sample_weight={"a": weights})
    assert weighted.estimates[0] == pytest.approx(np.average(values, weights=weights))
    assert weighted.spread()[0] > 1.2 * plain.spread()[0]


@pytest.mark.parametrize("values", [[0.5] * 30, [0.5]])
def test_equal_values_are_not_certain(values: list[float]) -> None:
    judgement = judge_gap(means("error", {"a": values, "b": values}), limit=0.1)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    bounded = means("score", {"a": values, "b": values}, least=0, most=1)
    assert gap_interval(bounded).high > 0.05


def test_few_values_of_unknown_range_prove_nothing() -> None:
    few = {"a": RNG.normal(0, 1, 19), "b": RNG.normal(9, 1, 500)}
    assert judge_gap(means("error", few), limit=0.1).verdict is Verdict.INCONCLUSIVE
    enough = {**few, "a": RNG.normal(0, 1, 30)}
    assert judge_gap(means("error", enough), limit=0.1).verdict is Verdict.FAIL


def test_areas_agree_with_scikit_learn_and_delong() -> None:
    negatives, positives = np.round(RNG.normal(0, 1, 80), 1), np.round(RNG.normal(1, 1, 50), 1)
    labels = np.r_[np.zeros(80), np.ones(50)]
    quantity = aucs("AUC", {"a": (negatives, positives)})
    area = roc_auc_score(labels, np.r_[negatives, positives])
    assert quantity.estimates[0] == pytest.approx(area, abs=1e-12)
    wins = (positives[:, None] > negatives) + 0.5 * (positives[:, None] == negatives)
    variance = wins.mean(axis=1).var(ddof=1) / 50 + wins.mean(axis=0).var(ddof=1) / 80
    assert quantity.spread()[0] == pytest.approx(np.sqrt(variance), rel=1e-3)


def test_a_perfect_area_is_not_certain() -> None:
    quantity = aucs("AUC", {"a": (np.zeros(20), np.ones(20)), "b": (np.zeros(900), np.ones(900))})
    assert quantity.estimates.tolist() == [1, 1]
    assert gap_interval(quantity).high > 0.1
    assert judge_gap(quantity, limit=0.05).verdict is Verdict.INCONCLUSIVE


def test_a_design_effect_is_so_many_rows_fewer() -> None:
    plain = rates("rate", {"a": (30, 100), "b": (40, 100)})
    doubled = rates("rate", {"a": (60, 200), "b": (80, 200)}, design_effect={"a": 2, "b": 2})
    assert gap_interval(plain) == gap_interval(doubled)
    assert judge_gap(doubled, limit=0.3).evidence.n == 400
    assert "Korn and Graubard" in judge_gap(doubled, limit=0.3).evidence.method


def test_one_stratum_is_no_stratum() -> None:
    plain = rates("rate", {"a": (30, 100), "b": (40, 100)})
    counts = {"a": {"x": (30, 100)}, "b": {"x": (40, 100)}}
    found = gap_intervals(standardised_rates("rate", counts, {"x": 5.0}))
    for gap, plain_gap in zip(found, gap_intervals(plain), strict=True):
        assert gap.interval is not None
        assert plain_gap.interval is not None
        assert gap.interval.low == pytest.approx(plain_gap.interval.low)
        assert gap.interval.high == pytest.approx(plain_gap.interval.high)


def test_strata_undo_simpsons_paradox() -> None:
    counts = {
        "a": {"easy": (90, 100), "hard": (300, 1000)},
        "b": {"easy": (900, 1000), "hard": (30, 100)},
    }
    found = judge_gap(standardised_rates("rate", counts, {"easy": 1, "hard": 1}), limit=0.15)
    assert found.verdict is Verdict.PASS
    assert found.evidence.estimate == pytest.approx(0)


def test_an_absent_stratum_is_named() -> None:
    counts = {"a": {"x": (3, 9), "y": (0, 0)}, "b": {"x": (3, 9), "y": (1, 2)}}
    judgement = judge_gap(standardised_rates("rate", counts, {"x": 1, "y": 1}), limit=0.5)
    assert judgement.verdict is Verdict.UNMEASURABLE
    assert "no row of it counts in stratum 'y'" in judgement.reason


def test_a_group_of_one_class_is_named() -> None:
    judgement = judge_gap(aucs("AUC", {"a": ([0.1], [0.9]), "b": ([0.1, 0.2], [])}), limit=0.5)
    assert judgement.verdict is Verdict.UNMEASURABLE
    assert "The AUC of group 'b' cannot be measured: no positive row" in judgement.reason


def test_average_odds_let_gaps_cancel_and_their_sizes_do_not() -> None:
    odds = [
        rates("true positive rate", {"a": (800, 1000), "b": (600, 1000)}),
        rates("false positive rate", {"a": (100, 1000), "b": (300, 1000)}),
    ]
    signed = judge_gap(odds, limit=0.1, agg="average_odds")
    absolute = judge_gap(odds, limit=0.1, agg="average_absolute_odds")
    mean = judge_gap(odds, limit=0.1, agg="mean")
    assert signed.verdict is Verdict.PASS
    assert signed.evidence.estimate == pytest.approx(0, abs=1e-12)
    assert absolute.evidence.estimate == pytest.approx(0.2)
    assert (absolute.verdict, mean.verdict) == (Verdict.FAIL, Verdict.FAIL)
    assert averaged("odds", odds).estimates.tolist() == pytest.approx([0.45, 0.45])


def test_the_mean_of_widest_gaps_may_be_of_different_pairs() -> None:
    odds = [
        rates("true positive rate", {"a": (800, 1000), "b": (600, 1000), "c": (700, 1000)}),
        rates("false positive rate", {"a": (100, 1000), "b": (110, 1000), "c": (300, 1000)}),
    ]
    mean = judge_gap(odds, limit=0.1, agg="mean")
    absolute = judge_gap(odds, limit=0.1, agg="average_absolute_odds")
    assert mean.evidence.estimate == pytest.approx(0.2)
    assert absolute.evidence.estimate == pytest.approx((0.1 + 0.2) / 2)


def test_a_reference_group_is_compared_with_all_others() -> None:
    table = {"rate": {"a": (300, 1000), "b": (350, 1000), "c": (250, 1000)}}
    found = judge_gap(table, limit=0.08, reference="a")
    assert {(c.first, c.second) for c in found.evidence.comparisons} == {("b", "a"), ("a", "c")}
    assert found.evidence.estimate == pytest.approx(0.05)
    assert judge_gap(table, limit=0.08).evidence.estimate == pytest.approx(0.1)
    with pytest.raises(ArgumentError, match="reference='z' is none of the groups 'a', 'b', 'c'"):
        judge_gap(table, limit=0.08, reference="z")


def test_a_reference_without_rows_is_named() -> None:
    table = {"rate": {"a": (0, 0), "b": (350, 1000), "c": (250, 1000)}}
    judgement = judge_gap(table, limit=0.08, reference="a")
    assert judgement.verdict is Verdict.UNMEASURABLE
    assert "No row of group 'a'" in judgement.reason


def test_a_share_of_alpha_makes_a_fail_harder_and_no_pass() -> None:
    table = {"rate": {"a": (300, 1000), "b": (400, 1000)}}
    whole, part = gap_interval(table), gap_interval(table, share=0.1)
    assert part.high == whole.high
    assert part.low == gap_interval(table, alpha=0.005).low < whole.low
    assert "99.5 % confidence" in judge_gap(table, limit=0.02, share=0.1).reason


@pytest.mark.parametrize("kind", ["difference", "ratio"])
def test_the_p_value_is_where_the_verdict_turns(kind: Any) -> None:
    table = {"rate": {"a": (300, 1000), "b": (400, 1000), "c": (330, 1000)}}
    limit = 0.05 if kind == "difference" else 0.85
    p = judge_gap(table, limit=limit, kind=kind).evidence.p_value
    assert p is not None
    assert judge_gap(table, limit=limit, kind=kind, alpha=p * 1.01).verdict is Verdict.FAIL
    assert judge_gap(table, limit=limit, kind=kind, alpha=p * 0.99).verdict is not Verdict.FAIL


def test_twenty_refused_people_do_not_pass_beside_thousands() -> None:
    table = {"selection rate": {"a": (30, 1000), "b": (32, 1000), "c": (0, 20)}}
    judgement = judge_gap(table, limit=0.05)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "'c' minus" in judgement.reason
    assert "0 in 20 rows" in judgement.reason
    needed = judgement.evidence.required_groups
    assert needed["a"] == needed["b"] == 1000
    assert 20 < needed["c"] < 2000
    assert judgement.evidence.deciding is not None
    assert "c" in (judgement.evidence.deciding.first, judgement.evidence.deciding.second)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: means("score", {"a": [2.0]}, least=0, most=1),
            r"holds 2 and must lie in \[0, 1\]",
        ),
        (lambda: means("score", {"a": [np.nan, 0.1]}, least=0, most=1), "holds nan"),
        (lambda: means("score", {"a": [0.1]}, sample_weight={"a": [-1]}), "negative"),
        (lambda: means("score", {"a": [0.1]}, sample_weight={"a": [1, 2]}), "1 values and 2"),
        (lambda: means("score", {"a": [0.1]}, clusters={"a": [1, 2]}), "2 cluster labels"),
        (lambda: means("score", {"a": [0.1]}, least=1, most=0), "must lie below most"),
        (lambda: rates("rate", {"a": (3, 2)}), "rate of group 'a' counts 3 of 2"),
        (lambda: rates("rate", {"a": (1, 2)}, design_effect={"a": 0}), "must be positive"),
        (lambda: aucs("AUC", {"a": ([np.inf], [1.0])}), "not finite"),
        (lambda: standardised_rates("rate", {}, {"x": -1}), "must not be negative"),
    ],
)
def test_bad_values_are_named(make: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        make()


def test_many_sparse_strata_do_not_fail_equal_groups() -> None:
    """20 strata of 5 rows beside 20 of 500, all at rate 0.1: 600 draws, error of 5 % 0.9 points.

    Square-and-add alone failed 7.6 %, and 4.3 % at a fiftieth of the level.
    """
    rng, pair = np.random.default_rng(2), np.array([[False, True], [True, False]])
    strata, weights = range(20), dict.fromkeys(map(str, range(20)), 1.0)
    fails = {0.05: 0, 0.001: 0}
    for _ in range(600):
        counts = {
            name: {str(s): (int(rng.binomial(n, 0.1)), n) for s in strata}
            for name, n in (("a", 5), ("b", 500))
        }
        found = standardised_rates("rate", counts, weights)
        for level in fails:
            fails[level] += found.low_scores("difference", pair, level)[pair].max() > 0
    assert fails[0.05] / 600 <= 0.05 + 3 * 0.009
    assert fails[0.001] / 600 <= 0.001 + 3 * 0.0013
