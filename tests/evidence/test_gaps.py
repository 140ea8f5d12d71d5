from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import given, settings, strategies as st

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import clopper_pearson, gap_interval, judge_gap, newcombe_interval
from pytest_fairness.outcome import Verdict

Kind = Literal["difference", "ratio"]
Cells = dict[str, tuple[int, int]]
KINDS: list[Kind] = ["difference", "ratio"]
RATE = "selection rate"


def one(**groups: tuple[int, int]) -> dict[str, Cells]:
    return {RATE: groups}


@pytest.mark.parametrize(
    ("counts", "kind", "limit", "reason"),
    [
        (
            one(a=(300, 1000), b=(500, 1000)),
            "difference",
            0.1,
            "'b' minus 'a' in selection rate is at least 0.15 with 95 % confidence, above the "
            "limit 0.1: 0.5 in 1000 rows against 0.3 in 1000.",
        ),
        (
            one(a=(300, 1000), b=(500, 1000)),
            "ratio",
            0.8,
            "'a' over 'b' in selection rate is at most 0.68 with 95 % confidence, below the "
            "limit 0.8: 0.3 in 1000 rows against 0.5 in 1000.",
        ),
        (
            one(a=(300, 1000), b=(310, 1000)),
            "difference",
            0.1,
            "No two groups differ by more than 0.045 in selection rate with 95 % confidence, "
            "within the limit 0.1.",
        ),
        (
            one(a=(300, 1000), b=(310, 1000)),
            "ratio",
            0.8,
            "No group's selection rate is less than 0.86 times another's with 95 % confidence, "
            "within the limit 0.8.",
        ),
        (
            one(a=(30, 100), b=(31, 100)),
            "difference",
            0.1,
            "The largest difference lies between 0 and 0.13 (at least 95 % confidence each way) "
            "and the "
            "limit is 0.1: 'b' minus 'a' in selection rate may be up to 0.13 (0.31 in 100 rows "
            "against 0.3 in 100); about 396 rows each of 'a', 'b' would probably decide.",
        ),
        (
            one(a=(30, 100), b=(40, 100)),
            "difference",
            0.1,
            "The largest difference lies between 0 and 0.22 (at least 95 % confidence each way) "
            "and the "
            "limit is 0.1: 'b' minus 'a' in selection rate may be up to 0.22 (0.4 in 100 rows "
            "against 0.3 in 100); it is so near the limit that no practical number of rows would "
            "decide.",
        ),
        (
            one(a=(30, 100), b=(31, 100)),
            "difference",
            0.0,
            "The largest difference lies between 0 and 0.13 (at least 95 % confidence each way) "
            "and the "
            "limit is 0: 'b' minus 'a' in selection rate may be up to 0.13 (0.31 in 100 rows "
            "against 0.3 in 100); no sample can show exact equality, so state the widest gap that "
            "you accept.",
        ),
    ],
)
def test_reasons(counts: dict[str, Cells], kind: Kind, limit: float, reason: str) -> None:
    assert judge_gap(counts, kind=kind, limit=limit).reason == reason


cells = st.tuples(st.integers(0, 60), st.integers(1, 60)).map(lambda c: (min(c), max(c)))
tables = st.dictionaries(
    st.sampled_from(["true positive rate", "false positive rate"]),
    st.fixed_dictionaries({"a": cells, "b": cells}, optional={"c": cells, "d": cells}),
    min_size=1,
)


@settings(deadline=None, max_examples=50)
@given(tables, st.sampled_from(KINDS), st.floats(0, 1), st.floats(0.01, 0.2))
def test_the_verdict_is_what_the_interval_shows(
    counts: dict[str, Cells], kind: Kind, limit: float, alpha: float
) -> None:
    judgement = judge_gap(counts, kind=kind, limit=limit, alpha=alpha)
    evidence, verdict = judgement.evidence, judgement.verdict
    if kind == "ratio" and any(not any(k for k, _ in c.values()) for c in counts.values()):
        assert verdict in (Verdict.UNMEASURABLE, Verdict.FAIL)
        return
    assert evidence.interval is not None
    assert evidence.estimate is not None
    low, high = evidence.interval.low, evidence.interval.high
    assert 0 <= low <= evidence.estimate <= high <= 1
    beyond = low > limit if kind == "difference" else high < limit
    within = high <= limit if kind == "difference" else low >= limit
    assert (verdict is Verdict.FAIL) == beyond
    assert (verdict is Verdict.PASS) == within
    assert evidence.interval == gap_interval(counts, kind=kind, alpha=alpha)


@settings(deadline=None, max_examples=50)
@given(tables, st.sampled_from(KINDS))
def test_the_estimate_is_the_worst_of_all_pairs_and_quantities(
    counts: dict[str, Cells], kind: Kind
) -> None:
    evidence = judge_gap(counts, kind=kind, limit=0.5).evidence
    rates = [[k / n for k, n in groups.values()] for groups in counts.values()]
    if evidence.estimate is None or not all(max(r) for r in rates):
        return
    if kind == "difference":
        assert evidence.estimate == pytest.approx(max(max(r) - min(r) for r in rates))
    else:
        assert evidence.estimate == pytest.approx(min(min(r) / max(r) for r in rates))
    assert evidence.comparisons[0].estimate == evidence.estimate
    assert len(evidence.groups) == sum(len(r) for r in rates)


@settings(deadline=None, max_examples=50)
@given(tables, st.sampled_from(KINDS), st.randoms())
def test_neither_order_nor_names_of_groups_matter(
    counts: dict[str, Cells], kind: Kind, random: Any
) -> None:
    shuffled = {}
    for quantity, groups in reversed(counts.items()):
        items = [(f"group {name}", pair) for name, pair in groups.items()]
        random.shuffle(items)
        shuffled[quantity] = dict(items)
    first = judge_gap(counts, kind=kind, limit=0.3)
    second = judge_gap(shuffled, kind=kind, limit=0.3)
    assert (first.verdict, first.evidence.interval) == (second.verdict, second.evidence.interval)


@given(tables)
def test_mirrored_counts_have_the_same_gaps(counts: dict[str, Cells]) -> None:
    """The gap of refusals is the gap of selections."""
    mirrored = {q: {g: (n - k, n) for g, (k, n) in c.items()} for q, c in counts.items()}
    one_way, other = gap_interval(counts), gap_interval(mirrored)
    assert (one_way.low, one_way.high) == pytest.approx((other.low, other.high), abs=1e-9)


@given(tables, st.floats(0.01, 0.2), st.sampled_from(KINDS))
def test_more_confidence_is_a_wider_interval(
    counts: dict[str, Cells], alpha: float, kind: Kind
) -> None:
    if kind == "ratio" and not all(any(k for k, _ in c.values()) for c in counts.values()):
        return
    narrow, wide = (gap_interval(counts, kind=kind, alpha=a) for a in (alpha, alpha / 2))
    assert wide.low <= narrow.low
    assert wide.high >= narrow.high


def test_large_groups_have_newcombes_bounds() -> None:
    counts = one(a=(20_000, 100_000), b=(25_000, 100_000))
    bounds = gap_interval(counts)
    low = newcombe_interval(25_000, 100_000, 20_000, 100_000, confidence=0.975).low
    high = newcombe_interval(25_000, 100_000, 20_000, 100_000, confidence=0.95).high
    assert (bounds.low, bounds.high) == pytest.approx((float(low), float(high)), abs=5e-5)


@pytest.mark.parametrize(("k", "n"), [(0, 20), (3, 20), (20, 20), (500, 1000)])
def test_against_a_rate_that_is_known_the_bounds_are_clopper_pearsons(k: int, n: int) -> None:
    known = 10**9
    bounds = gap_interval(one(a=(k, n), b=(known // 2, known)))
    low, high = clopper_pearson(k, n, confidence=0.975), clopper_pearson(k, n, confidence=0.95)
    assert bounds.low == pytest.approx(max(0, low.low - 0.5, 0.5 - low.high), abs=1e-4)
    assert bounds.high == pytest.approx(max(high.high - 0.5, 0.5 - high.low), abs=1e-4)


def test_an_empty_group_is_unmeasurable_and_named() -> None:
    judgement = judge_gap(
        {"true positive rate": {"a": (30, 60), "b": (0, 0), "c": (31, 60)}}, limit=0.3
    )
    assert judgement.verdict is Verdict.UNMEASURABLE
    assert judgement.reason == (
        "No row of group 'b' counts towards the true positive rate, so the gap to it cannot be "
        "measured. Add such rows, or leave the group out of the data and its categories."
    )
    assert judgement.evidence.estimate is judgement.evidence.interval is None
    assert [(c.first, c.second) for c in judgement.evidence.comparisons] == [("c", "a")]
    assert ("b", None, 0) in [(g.group, g.value, g.n) for g in judgement.evidence.groups]


def test_an_empty_group_does_not_hide_a_failure() -> None:
    judgement = judge_gap(
        {"true positive rate": {"a": (30, 60), "b": (0, 0), "c": (60, 60)}}, limit=0.1
    )
    assert judgement.verdict is Verdict.FAIL
    assert "'c' minus 'a'" in judgement.reason
    assert "group 'b'" in judgement.evidence.notes[0]


def test_an_empty_quantity_does_not_hide_a_failure_of_the_other() -> None:
    judgement = judge_gap(
        {
            "true positive rate": {"a": (0, 0), "b": (0, 0)},
            "false positive rate": {"a": (0, 200), "b": (100, 200)},
        },
        limit=0.1,
    )
    assert judgement.verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ({"a": (3, 5)}, "is known for the one group 'a' and a gap needs two"),
        ({"unknown": (3, 5)}, "is known for no known group and a gap needs two"),
        ({"a": (3, 5), "unknown": (3, 5)}, "is known for the one group 'a'"),
        ({}, "a gap needs two"),
    ],
)
def test_fewer_than_two_groups_are_unmeasurable(groups: Cells, words: str) -> None:
    judgement = judge_gap({RATE: groups}, limit=0.1)
    assert judgement.verdict is Verdict.UNMEASURABLE
    assert words in judgement.reason


def test_unknown_is_reported_and_not_compared() -> None:
    known = one(a=(30, 100), b=(33, 100))
    more = one(a=(30, 100), b=(33, 100), unknown=(90, 90))
    judgement = judge_gap(more, limit=0.3)
    assert judgement.verdict is Verdict.PASS
    assert judgement.evidence.interval == gap_interval(known)
    assert judgement.evidence.excluded == {"group 'unknown'": 90}
    assert judgement.evidence.n == 200
    assert ("unknown", 1.0) in [(g.group, g.value) for g in judgement.evidence.groups]


def test_a_ratio_of_zero_to_zero_is_unmeasurable() -> None:
    judgement = judge_gap(one(a=(0, 50), b=(0, 70)), kind="ratio", limit=0.8)
    assert judgement.verdict is Verdict.UNMEASURABLE
    assert "a ratio of 0 to 0 cannot be measured" in judgement.reason
    assert judge_gap(one(a=(0, 500), b=(0, 700)), limit=0.1).verdict is Verdict.PASS


def test_a_ratio_to_zero_fails_only_with_enough_rows() -> None:
    few = judge_gap(one(a=(0, 5), b=(2, 5)), kind="ratio", limit=0.8)
    many = judge_gap(one(a=(0, 50), b=(20, 50)), kind="ratio", limit=0.8)
    assert (few.verdict, many.verdict) == (Verdict.INCONCLUSIVE, Verdict.FAIL)
    assert many.evidence.estimate == 0


@pytest.mark.parametrize(("kind", "limit"), [("difference", 0.0), ("ratio", 1.0)])
def test_equality_can_be_broken_and_not_shown(kind: Kind, limit: float) -> None:
    equal = judge_gap(one(a=(5000, 10_000), b=(5000, 10_000)), kind=kind, limit=limit)
    assert equal.verdict is Verdict.INCONCLUSIVE
    assert equal.evidence.required_n is None
    assert "no sample can show exact equality" in equal.reason
    unequal = judge_gap(one(a=(3000, 10_000), b=(5000, 10_000)), kind=kind, limit=limit)
    assert unequal.verdict is Verdict.FAIL


def test_many_groups_cost_a_pass_nothing() -> None:
    """The upper bound of two groups stays where it is when equal groups join them."""
    two = {"a": (300, 1000), "b": (330, 1000)}
    many = {**two, **{f"g{i}": (3150, 10_000) for i in range(18)}}
    assert gap_interval({RATE: many}).high == gap_interval({RATE: two}).high
    assert gap_interval({RATE: many}).low < gap_interval({RATE: {**two, "c": (400, 1000)}}).low


def test_the_method_and_its_price_are_named() -> None:
    evidence = judge_gap(
        {q: {"a": (30, 60), "b": (31, 60), "c": (31, 60)} for q in ("x", "y")}, limit=0.3
    ).evidence
    assert evidence.method == (
        "Newcombe's square-and-add, walked along Clopper-Pearson limits; lower bound Bonferroni "
        "over 12 comparisons, upper bound intersection-union"
    )
    assert len(evidence.comparisons) == 6
    assert evidence.n == 360


@pytest.mark.parametrize(
    ("counts", "changed", "message"),
    [
        ({}, {}, "counts is empty"),
        (one(a=(7, 5), b=(1, 5)), {}, "selection rate of group 'a' counts 7 of 5"),
        (one(a=(1, 5), b=(1, 5)), {"limit": -0.1}, r"limit=-0.1 must lie in \[0, 1\]"),
        (one(a=(1, 5), b=(1, 5)), {"alpha": 0.0}, r"alpha=0.0 must lie in \(0, 0.5\)"),
        (one(a=(1, 5), b=(1, 5)), {"kind": "gap"}, "kind='gap' must be 'difference' or 'ratio'"),
    ],
)
def test_bad_arguments_are_named(
    counts: dict[str, Cells], changed: dict[str, Any], message: str
) -> None:
    with pytest.raises(ArgumentError, match=message):
        judge_gap(counts, **{"limit": 0.1, **changed})


def test_an_interval_alone_needs_groups_with_rows() -> None:
    with pytest.raises(ArgumentError, match="at least two groups, all with rows"):
        gap_interval(one(a=(1, 5), b=(0, 0), c=(1, 3)))
