"""The verdict on one mean."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import judge_mean, judge_mean_of_rates, mean_bounds
from pytest_fairness.outcome import Verdict


@pytest.mark.parametrize(
    ("values", "options", "reason"),
    [
        (
            [0.2] * 400,
            {},
            "The score gap is at least 0.19 with 95 % confidence, above the limit 0.05.",
        ),
        (
            [0.0] * 400,
            {},
            "The score gap is at most 0.012 with 95 % confidence, within the limit 0.05.",
        ),
        (
            [0.0, 0.1] * 20,
            {},
            "40 texts leave the score gap between 0.029 and 0.14 (at least 95 % confidence each "
            "way), and "
            "the limit 0.05 lies between; it is so near the limit that no practical number of "
            "texts would decide.",
        ),
        (
            [0.0, 0.1] * 20,
            {"planned": 100},
            "40 texts leave the score gap between 0.027 and 0.13 (at least 95 % confidence each "
            "way), and "
            "the limit 0.05 lies between; up to 100 texts are to be drawn.",
        ),
        (
            [0.0, 0.1119] * 20,
            {"population": 40},
            "The score gap over all 40 texts of the space is 0.056, above the limit 0.05.",
        ),
    ],
)
def test_reasons(values: list[float], options: dict[str, int], reason: str) -> None:
    judgement = judge_mean(values, limit=0.05, quantity="score gap", unit="texts", **options)
    assert judgement.reason == reason


def test_the_interval_is_that_of_the_bounds() -> None:
    rng = np.random.default_rng(0)
    values = rng.choice([-1.0, 0.0, 1.0], 300, p=[0.1, 0.7, 0.2])
    for planned in (None, 500):
        judgement = judge_mean(values, limit=0.5, planned=planned, least=-1.0)
        assert judgement.evidence.interval == mean_bounds(values, confidence=0.95, planned=planned)
        assert judgement.evidence.estimate == pytest.approx(values.mean())
        assert judgement.evidence.planned_n == planned


def test_the_p_value_is_about_where_the_verdict_turns() -> None:
    """Bets are made for the level, so that a p-value found with those of another is near it."""
    rng = np.random.default_rng(1)
    values = rng.choice([-1.0, 0.0, 1.0], 400, p=[0.1, 0.65, 0.25])
    judgement = judge_mean(values, limit=0.05, least=-1.0, planned=400)
    p = judgement.evidence.p_value
    assert p is not None
    assert (judgement.verdict is Verdict.FAIL) == (p <= 0.05)
    assert judge_mean(values, limit=0.05, alpha=min(0.49, 1.5 * p), least=-1.0).verdict is (
        Verdict.FAIL
    )


def test_a_share_makes_fails_stricter_and_leaves_passes() -> None:
    values = [0.0] * 90 + [1.0] * 16
    whole = judge_mean(values, limit=0.05)
    part = judge_mean(values, limit=0.05, share=0.05)
    assert whole.verdict is Verdict.FAIL
    assert part.verdict is Verdict.INCONCLUSIVE
    assert part.evidence.interval is not None
    assert whole.evidence.interval is not None
    assert part.evidence.interval.high == whole.evidence.interval.high


def test_the_stated_number_and_mean_are_met() -> None:
    """`required_n` decides and `minimum_detectable` fails in 70 to 97 % of 60 draws."""
    rng = np.random.default_rng(6)
    first = rng.permutation(np.repeat([0.0, 1.0], [93, 7]))
    evidence = judge_mean(first, limit=0.03).evidence
    assert evidence.required_n is not None
    assert evidence.minimum_detectable is not None
    for n, mean in ((evidence.required_n, 0.07), (100, evidence.minimum_detectable)):
        drawn = [(rng.random(n) < mean).astype(float) for _ in range(60)]
        failed = np.mean([judge_mean(v, limit=0.03).verdict is Verdict.FAIL for v in drawn])
        assert 0.6 <= failed <= 1.0


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        ([], {}, "values is empty"),
        ([1.5], {}, r"values holds 1.5 and must lie in \[0, 1\]"),
        ([0.5], {"limit": 2.0}, r"limit=2.0 must lie in \[0, 1\]"),
        ([0.5, 0.5], {"population": 1}, "population=1 is smaller"),
    ],
)
def test_bad_arguments_are_named(
    values: list[float], options: dict[str, float], message: str
) -> None:
    with pytest.raises(ArgumentError, match=message):
        judge_mean(values, **{"limit": 0.1, **options})


def test_a_mean_of_rates_has_bounds_that_hold() -> None:
    """Five rates from the same units, as dependent as can be: 400 draws."""
    rng, missed = np.random.default_rng(2), np.zeros(2)
    for _ in range(400):
        hits = rng.random(80)
        counts = {str(r): (int((hits < r).sum()), 80) for r in (0.1, 0.1, 0.2, 0.3, 0.05)}
        interval = judge_mean_of_rates(counts, limit=0.1).evidence.interval
        assert interval is not None
        truth = np.mean([0.1, 0.2, 0.3, 0.05])
        missed += [interval.low > truth, interval.high < truth]
    assert missed.max() / 400 <= 0.05


def test_rates_without_units_are_counted_and_named() -> None:
    judgement = judge_mean_of_rates({"a": (0, 100), "b": (0, 0)}, limit=0.2, unit="texts")
    assert judgement.verdict is Verdict.PASS
    assert judgement.evidence.excluded == {"names without texts to compare": 1}
    nothing = judge_mean_of_rates({"b": (0, 0)}, limit=0.2)
    assert nothing.verdict is Verdict.UNMEASURABLE


def test_what_unseen_values_cannot_undo_has_a_p_value_of_zero() -> None:
    judgement = judge_mean([1.0] * 95, limit=0.5, population=100)
    assert judgement.verdict.value == "fail"
    assert judgement.evidence.p_value == 0
