from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

import pytest_fairness.metrics as ours
from pytest_fairness.errors import ArgumentError, ArgumentTypeError

CLASSES = ["low", "mid", "high"]
NAMES = [
    "class_parity_difference",
    "total_variation_difference",
    "class_tpr_gap_rms",
    "multiclass_equalized_odds_difference",
    "ordinal_parity_difference",
]


@st.composite
def ratings(draw: st.DrawFn) -> dict[str, Any]:
    """Rows of three classes in which each group has every true class."""
    corners = list(itertools.product("abc", CLASSES))
    more = draw(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(CLASSES)), max_size=25))
    rows = corners + more
    n = len(rows)
    return {
        "y_true": [y for _, y in rows],
        "y_pred": draw(st.lists(st.sampled_from(CLASSES), min_size=n, max_size=n)),
        "sensitive_features": [g for g, _ in rows],
    }


def share(data: dict[str, Any], group: str, hit: Any, among: Any = lambda y: True) -> float:
    rows = [
        p
        for y, p, g in zip(*data.values(), strict=True)
        if (g == group or group == "all") and among(y)
    ]
    return sum(map(hit, rows)) / len(rows)


def by_hand(data: dict[str, Any], name: str, one: str, other: str) -> float:
    def gap(hit: Any, among: Any = lambda y: True) -> float:
        return abs(share(data, one, hit, among) - share(data, other, hit, among))

    plain = [gap(lambda p, k=k: p == k) for k in CLASSES]
    conditional = {
        (j, k): gap(lambda p, k=k: p == k, lambda y, j=j: y == j) for j in CLASSES for k in CLASSES
    }
    upto = [gap(lambda p, k=k: CLASSES.index(p) <= k) for k in range(2)]
    return {
        "class_parity_difference": max(plain),
        "total_variation_difference": sum(plain) / 2,
        "class_tpr_gap_rms": math.sqrt(sum(conditional[k, k] ** 2 for k in CLASSES) / 3),
        "multiclass_equalized_odds_difference": max(conditional.values()),
        "ordinal_parity_difference": max(upto),
    }[name]


@given(ratings(), st.sampled_from(NAMES))
def test_profiles_compare_as_by_hand(data: dict[str, Any], name: str) -> None:
    metric = getattr(ours, name)
    between = max(by_hand(data, name, *pair) for pair in itertools.combinations("abc", 2))
    overall = max(by_hand(data, name, group, "all") for group in "abc")
    assert metric(**data, classes=CLASSES) == pytest.approx(between)
    assert metric(**data, classes=CLASSES, method="to_overall") == pytest.approx(overall)


@given(ratings(), st.sampled_from(NAMES))
def test_rows_given_twice_weigh_two(data: dict[str, Any], name: str) -> None:
    metric = getattr(ours, name)
    first = {k: [*v, v[0]] for k, v in data.items()}
    weights = [2.0] + [1.0] * (len(data["y_true"]) - 1)
    expected = pytest.approx(metric(**first, classes=CLASSES))
    assert metric(**data, classes=CLASSES, sample_weight=weights) == expected


@given(ratings())
def test_two_classes_are_the_binary_metrics(data: dict[str, Any]) -> None:
    binary = {
        **data,
        "y_true": [int(y == "high") for y in data["y_true"]],
        "y_pred": [int(p == "high") for p in data["y_pred"]],
    }
    parity = pytest.approx(ours.demographic_parity_difference(**binary))
    for name in ("class_parity_difference", "total_variation_difference"):
        assert getattr(ours, name)(**binary) == parity
    assert ours.ordinal_parity_difference(**binary, classes=[0, 1]) == parity
    odds = pytest.approx(ours.equalized_odds_difference(**binary))
    assert ours.multiclass_equalized_odds_difference(**binary) == odds


def test_a_class_that_a_group_lacks_is_not_measurable() -> None:
    y, groups = ["x", "y", "x"], ["a", "a", "b"]
    assert math.isnan(ours.class_tpr_gap_rms(y, y, sensitive_features=groups))
    assert math.isnan(ours.multiclass_equalized_odds_difference(y, y, sensitive_features=groups))
    assert ours.class_parity_difference(None, y, sensitive_features=groups) == 0.5


def test_constant_predictions_are_equal_everywhere() -> None:
    for name in ("class_parity_difference", "ordinal_parity_difference"):
        assert getattr(ours, name)(None, ["x"] * 4, sensitive_features=["a", "a", "b", "b"]) == 0


def test_labels_are_needed_where_they_count() -> None:
    with pytest.raises(ArgumentTypeError, match="class_tpr_gap_rms needs labels"):
        ours.class_tpr_gap_rms(None, ["x", "y"], sensitive_features=["a", "b"])
    with pytest.raises(ArgumentError, match="y_pred holds scores"):
        ours.class_parity_difference(None, [0.1, 0.2], sensitive_features=["a", "b"])
    with pytest.raises(ArgumentError, match="a comparison needs two known ones"):
        ours.class_parity_difference(None, ["x", "y"], sensitive_features=["a", "a"])


def test_label_sets_by_hand() -> None:
    y_true = [[1, 1, 0], [0, 0, 0], [1, 0, 1]]
    y_pred = [[1, 0, 0], [0, 0, 0], [1, 1, 0]]
    assert ours.label_set_jaccards(y_true, y_pred).tolist() == pytest.approx([0.5, 1, 1 / 3])
    groups = ["a", "a", "b"]
    assert ours.label_set_jaccard_difference(
        y_true, y_pred, sensitive_features=groups
    ) == pytest.approx(0.75 - 1 / 3)
    assert ours.label_parity_difference(None, y_pred, sensitive_features=groups) == 1
    weighted = ours.label_parity_difference(
        None, [[1], [0], [1]], sensitive_features=groups, sample_weight=[3, 1, 1]
    )
    assert weighted == pytest.approx(0.25)


def test_label_sets_are_tables_of_zero_and_one() -> None:
    with pytest.raises(ArgumentError, match=r"y_pred has shape \(2,\)"):
        ours.label_parity_difference(None, [0, 1], sensitive_features=["a", "b"])
    with pytest.raises(ArgumentError, match="y_pred must hold 0 and 1 only"):
        ours.label_parity_difference(None, [[0.5], [1]], sensitive_features=["a", "b"])
    with pytest.raises(ArgumentError, match="y_true has shape"):
        ours.label_set_jaccards([[1]], [[1, 0]])


def test_amplification_by_hand() -> None:
    # Labels: 2 of 3 cooking rows are women's, predictions say 3 of 4 (Zhao et al. 2017)
    y_true = ["cook"] * 3 + ["sport"] * 3
    y_pred = ["cook"] * 3 + ["cook", "sport", "sport"]
    groups = ["w", "w", "m", "w", "m", "m"]
    # cook: women 2/3 -> 3/4; sport: men 2/3 -> 2/2
    found = ours.bias_amplification(y_true, y_pred, sensitive_features=groups)
    assert found == pytest.approx((3 / 4 - 2 / 3 + 1 - 2 / 3) / 2)
    # women: P(cook) 2/3 -> 1, P(sport) 1/3 -> 0; men: unchanged. Women cook more than chance has it
    directional = ours.directional_bias_amplification(y_true, y_pred, sensitive_features=groups)
    assert directional == pytest.approx((1 / 3 + 1 / 3 + 0 + 0) / 4)


@given(ratings())
def test_a_model_that_repeats_its_labels_amplifies_nothing(data: dict[str, Any]) -> None:
    same = {**data, "y_pred": data["y_true"]}
    assert ours.bias_amplification(**same) == 0
    assert ours.directional_bias_amplification(**same) == 0
    assert ours.differential_fairness_bias_amplification(**same) == 0


@given(st.lists(st.integers(0, 5), min_size=3, max_size=3))
def test_representation_is_half_the_sum_of_deviations(counts: list[int]) -> None:
    found = ours.representation_distance(dict(zip("abc", counts, strict=True)))
    if not sum(counts):
        assert math.isnan(found)
        return
    shares = np.array(counts) / sum(counts)
    assert found == pytest.approx(max(0, sum(s - 1 / 3 for s in shares if s > 1 / 3)))


def test_representation_has_the_known_answers() -> None:  # KNOWN_ANSWERS A7
    known = [({"a": 5, "b": 0, "c": 0}, 2 / 3), ({"a": 1, "b": 1, "c": 0}, 1 / 3)]
    known += [({"f": 3, "m": 0}, 1 / 2), ({"f": 2, "m": 2}, 0)]
    for counts, expected in known:
        assert ours.representation_distance(counts) == pytest.approx(expected)
    assert ours.representation_distance({"f": 3, "m": 1}, reference={"f": 6, "m": 2}) == 0
    with pytest.raises(ArgumentError, match="reference has the groups f but counts has f, m"):
        ours.representation_distance({"f": 3, "m": 1}, reference={"f": 1})
    with pytest.raises(ArgumentError, match="two groups at least"):
        ours.representation_distance({"f": 3})
