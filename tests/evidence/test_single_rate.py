from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import judge_rate
from pytest_fairness.outcome import Verdict

PASS, FAIL = Verdict.PASS, Verdict.FAIL


@pytest.mark.parametrize(
    ("k", "n", "population", "limit", "reason"),
    [
        (
            30,
            300,
            None,
            0.01,
            "The flip rate is at least 0.072 with 95 % confidence, above the limit 0.01.",
        ),
        (
            0,
            300,
            None,
            0.01,
            "The flip rate is at most 0.00994 with 95 % confidence, within the limit 0.01.",
        ),
        (
            0,
            120,
            None,
            0.01,
            "0 of 120 pairs leave the flip rate between 0 and 0.025 (at least 95 % confidence each "
            "way), "
            "and the limit 0.01 lies between; about 299 pairs would probably decide.",
        ),
        (
            3,
            48,
            48,
            0.05,
            "The flip rate over all 48 pairs of the space is 0.062, above the limit 0.05.",
        ),
        (
            2,
            48,
            48,
            0.05,
            "The flip rate over all 48 pairs of the space is 0.042, within the limit 0.05.",
        ),
        (
            5,
            100,
            120,
            0.05,
            "5 of 100 pairs leave the flip rate between 0.042 and 0.067 (at least 95 % confidence "
            "each way), and the limit 0.05 lies between; scoring all 120 pairs of the space "
            "decides, "
            "and more templates or terms make room for a larger sample.",
        ),
        (
            50,
            1000,
            None,
            0.05,
            "50 of 1000 pairs leave the flip rate between 0.039 and 0.063 (at least 95 % "
            "confidence "
            "each way), and the limit 0.05 lies between; it is so near the limit that no practical "
            "number of pairs would decide.",
        ),
    ],
)
def test_reasons(k: int, n: int, population: int | None, limit: float, reason: str) -> None:
    judgement = judge_rate(k, n, limit=limit, population=population, quantity="flip rate")
    assert judgement.reason == reason


def test_nothing_counted_is_unmeasurable() -> None:
    judgement = judge_rate(0, 0, limit=0.01, quantity="flip rate")
    assert judgement.verdict is Verdict.UNMEASURABLE
    assert judgement.reason.startswith("No valid pairs to measure the flip rate on. Add templates")
    assert judgement.evidence.estimate is judgement.evidence.interval is None


def test_too_few_for_the_caller_is_unmeasurable() -> None:
    judgement = judge_rate(0, 20, limit=0.5, min_n=30)
    assert judgement.verdict is Verdict.UNMEASURABLE
    assert "20 pairs are fewer than the 30 asked for" in judgement.reason


@given(st.integers(1, 400), st.floats(0, 1), st.floats(0.001, 0.2), st.booleans(), st.data())
def test_the_verdict_is_what_the_interval_shows(
    n: int, limit: float, alpha: float, finite: bool, data: st.DataObject
) -> None:
    k = data.draw(st.integers(0, n))
    population = data.draw(st.integers(n, 3 * n)) if finite else None
    judgement = judge_rate(k, n, limit=limit, alpha=alpha, population=population)
    interval = judgement.evidence.interval
    assert interval is not None
    assert interval.low <= k / n <= interval.high
    assert (judgement.verdict is FAIL) == (interval.low > limit)
    assert (judgement.verdict is PASS) == (interval.high <= limit)


@pytest.mark.parametrize("n", [30, 200, 1000])
@pytest.mark.parametrize("rate", [0.0, 0.003, 0.01, 0.05, 0.3])
def test_false_verdicts_are_rare_without_end(n: int, rate: float) -> None:
    """The chance of a false verdict at a limit of the true rate, summed over all counts."""
    chances = stats.binom.pmf(np.arange(n + 1), n, rate)
    likely = np.flatnonzero(chances > 1e-7)
    verdicts = {k: judge_rate(int(k), n, limit=rate, alpha=0.05).verdict for k in likely}
    below = {k: judge_rate(int(k), n, limit=rate * 0.999999, alpha=0.05).verdict for k in likely}
    assert sum(chances[k] for k in likely if verdicts[k] is FAIL) <= 0.05
    assert sum(chances[k] for k in likely if below[k] is PASS) <= 0.05 or rate == 0


@pytest.mark.parametrize(("n", "population"), [(30, 100), (60, 100), (99, 100)])
def test_false_verdicts_are_rare_in_finite_populations(n: int, population: int) -> None:
    for total in (0, 1, 5, 20):
        chances = stats.hypergeom.pmf(np.arange(n + 1), population, total, n)
        verdicts = [
            judge_rate(k, n, limit=total / population, population=population).verdict
            if chances[k] > 0
            else None
            for k in range(n + 1)
        ]
        assert chances[[v is FAIL for v in verdicts]].sum() <= 0.05


@pytest.mark.parametrize(
    ("k", "n", "limit", "population"),
    [
        (0, 100, 0.01, None),
        (3, 100, 0.01, None),
        (2, 100, 0.05, None),
        (2, 100, 0.05, 400),
        (3, 60, 0.02, 1000),
    ],
)
def test_required_n_is_the_smallest_that_probably_decides(
    k: int, n: int, limit: float, population: int | None
) -> None:
    """Against the chance of a verdict, found by judging every count of a sample of that size."""
    required = judge_rate(k, n, limit=limit, population=population).evidence.required_n
    assert required is not None

    def chance(size: int) -> float:
        law = (
            stats.binom(size, k / n)
            if population is None
            else stats.hypergeom(population, round(k / n * population), size)
        )
        likely = [j for j in range(size + 1) if law.pmf(j) > 1e-9]
        decided = [
            j
            for j in likely
            if judge_rate(j, size, limit=limit, population=population).verdict in (PASS, FAIL)
        ]
        return float(sum(law.pmf(j) for j in decided))

    assert chance(required) >= 0.8
    assert chance(max(n, required - max(20, required // 8))) < 0.8


def test_a_limit_of_zero_is_broken_by_one_flip_and_kept_by_a_census() -> None:
    assert judge_rate(1, 50, limit=0).verdict is FAIL
    assert judge_rate(0, 50, limit=0).verdict is Verdict.INCONCLUSIVE
    assert judge_rate(0, 50, limit=0).evidence.required_n is None
    census = judge_rate(0, 50, limit=0, population=50)
    assert census.verdict is PASS
    assert census.evidence.notes == (
        "Exact for these 50 pairs; other templates or terms may differ.",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"limit": 1.5}, r"limit=1.5 must lie in \[0, 1\]"),
        ({"limit": 0.1, "alpha": 0.5}, r"alpha=0.5 must lie in \(0, 0.5\)"),
        ({"limit": 0.1, "population": 5}, "population=5 is smaller than the 10 units"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, float], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        judge_rate(1, 10, **arguments)  # type: ignore[arg-type]
