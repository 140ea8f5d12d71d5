from __future__ import annotations

import inspect
import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fairlearn.metrics
import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given, strategies as st

import pytest_fairness.metrics as ours
from pytest_fairness.definitions import definition
from pytest_fairness.definitions.groups import GROUPS
from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.parity import METRICS
from tests.metrics.vectors import black_and_white, columns, compas, filtered

# KNOWN_ANSWERS A3: langfair's vectors
A3: dict[str, Any] = {
    "y_true": [int(c) for c in "01010110011011011"],
    "y_pred": [int(c) for c in "00110101001101010"],
    "sensitive_features": [0] * 8 + [1] * 9,
}


@pytest.mark.parametrize(
    ("rate", "difference", "ratio"),
    [
        ("false_negative_rate", 0.0, 1.0),
        ("false_omission_rate", 0.1, 0.83333),
        ("false_positive_rate", 1 / 6, 1 / 1.5),
        ("false_discovery_rate", 0.25, 1 / 2.0),
        ("selection_rate", 0.0555556, 1 / 1.125),
    ],
)
def test_langfairs_vectors_have_the_known_answers(
    rate: str, difference: float, ratio: float
) -> None:
    assert getattr(ours, f"{rate}_difference")(**A3) == pytest.approx(difference, abs=1e-5)
    assert getattr(ours, f"{rate}_ratio")(**A3) == pytest.approx(ratio, abs=1e-5)


def test_filtered_compas_has_the_published_rates(shared_data: Path) -> None:
    data = columns(black_and_white(filtered(compas(shared_data))))
    published = {
        "selection_rate": (0.576, 0.330),
        "positive_predictive_value": (0.649, 0.594),
        "negative_predictive_value": (0.648, 0.710),
        "true_positive_rate": (0.715, 0.503),
        "false_positive_rate": (0.423, 0.220),
    }
    for rate, expected in published.items():
        found = ours.by_group(rate, **data)
        assert tuple(found.values()) == pytest.approx(expected, abs=0.001)


ORACLES: dict[str, Callable[..., float]] = {
    "selection_rate": fairlearn.metrics.selection_rate,
    "true_positive_rate": fairlearn.metrics.true_positive_rate,
    "false_positive_rate": fairlearn.metrics.false_positive_rate,
    "true_negative_rate": fairlearn.metrics.true_negative_rate,
    "false_negative_rate": fairlearn.metrics.false_negative_rate,
    "positive_predictive_value": sklearn.metrics.precision_score,
    "accuracy": sklearn.metrics.accuracy_score,
    "error_rate": sklearn.metrics.zero_one_loss,
    "f1": sklearn.metrics.f1_score,
    "balanced_accuracy": sklearn.metrics.balanced_accuracy_score,
}


@st.composite
def full_decisions(draw: st.DrawFn, n_classes: int = 2) -> dict[str, Any]:
    """Rows in which each group has every pair of true and predicted class."""
    n_groups = draw(st.integers(2, 3))
    cell = st.tuples(*(st.integers(0, size - 1) for size in (n_groups, n_classes, n_classes)))
    corners = list(np.ndindex(n_groups, n_classes, n_classes))
    rows = draw(st.permutations(corners + draw(st.lists(cell, max_size=20))))
    n = len(rows)
    return {
        "y_true": [y for _, y, _ in rows],
        "y_pred": [p for _, _, p in rows],
        "sensitive_features": [f"g{g}" for g, _, _ in rows],
        "sample_weight": draw(
            st.none() | st.lists(st.integers(1, 5).map(float), min_size=n, max_size=n)
        ),
    }


@given(full_decisions(), st.sampled_from(sorted(ORACLES)))
def test_groups_compare_as_in_fairlearns_frame(data: dict[str, Any], name: str) -> None:
    weights = data["sample_weight"]
    frame = fairlearn.metrics.MetricFrame(
        metrics=ORACLES[name],
        **{k: v for k, v in data.items() if k != "sample_weight"},
        sample_params=None if weights is None else {"sample_weight": weights},
    )
    plain = {k: v for k, v in data.items() if v is not None}
    close = pytest.approx
    for method in ("between_groups", "to_overall"):
        found = METRICS[f"{name}_difference"](**plain, method=method)
        assert found == close(frame.difference(method=method), abs=1e-12)
        assert METRICS[f"{name}_ratio"](**plain, method=method) == close(
            frame.ratio(method=method), abs=1e-12
        )
    assert METRICS[f"{name}_group_min"](**plain) == close(frame.group_min(), abs=1e-12)


@given(full_decisions(n_classes=3), st.sampled_from(["macro", "micro", "weighted"]))
def test_f1_of_many_classes_is_scikit_learns(data: dict[str, Any], average: str) -> None:
    found = ours.by_group(f"{average}_f1", **data)
    for group, value in found.items():
        inside = [i for i, g in enumerate(data["sensitive_features"]) if g == group]
        picked = {k: v and [v[i] for i in inside] for k, v in data.items()}
        theirs = sklearn.metrics.f1_score(
            picked["y_true"],
            picked["y_pred"],
            average=average,
            sample_weight=picked["sample_weight"],
        )
        assert value == pytest.approx(theirs, abs=1e-12)
    assert METRICS[f"{average}_f1_group_min"](**data) == min(found.values())


def test_a_class_that_a_group_lacks_makes_macro_f1_not_measurable() -> None:
    y, groups = [0, 1, 2, 0, 1], ["a", "a", "a", "b", "b"]
    found = ours.by_group("macro_f1", y, y, sensitive_features=groups)
    assert found["a"] == 1
    assert math.isnan(found["b"])
    assert ours.by_group("weighted_f1", y, y, sensitive_features=groups) == {"a": 1.0, "b": 1.0}
    assert math.isnan(METRICS["macro_f1_group_min"](y, y, sensitive_features=groups))


@given(full_decisions())
def test_two_rates_are_put_together_as_named(data: dict[str, Any]) -> None:
    ppv, npv = (
        METRICS[f"{n}_predictive_value_difference"](**data) for n in ("positive", "negative")
    )
    both = METRICS["conditional_use_accuracy_equality_difference"]
    assert both(**data) == max(ppv, npv)
    assert both(**data, agg="mean") == pytest.approx((ppv + npv) / 2)
    assert METRICS["predictive_parity_difference"](**data) == ppv


def test_treatment_equality_is_bounded() -> None:
    # a: two missed of two errors; b: one missed of four errors
    y_true = [1, 1, 0, 1, 0, 0, 0]
    y_pred = [0, 0, 0, 0, 1, 1, 1]
    groups = ["a", "a", "a", "b", "b", "b", "b"]
    found = METRICS["treatment_equality_difference"](y_true, y_pred, sensitive_features=groups)
    assert found == 0.75
    perfect = METRICS["treatment_equality_difference"](y_true, y_true, sensitive_features=groups)
    assert math.isnan(perfect)


SIMPSON: dict[str, Any] = {  # equal within both strata, apart when they are put together
    "y_true": None,
    "y_pred": [1] * 8 + [0] * 2 + [1] * 2 + [0] * 8 + [1] * 4 + [0] * 1 + [1] * 3 + [0] * 12,
    "sensitive_features": ["a"] * 20 + ["b"] * 20,
    "control_features": ["s"] * 10 + ["t"] * 10 + ["s"] * 5 + ["t"] * 15,
}


def test_strata_take_away_what_the_mix_explains() -> None:
    parity = METRICS["demographic_parity_difference"]
    assert parity(**{**SIMPSON, "control_features": None}) == pytest.approx(0.5 - 7 / 20)
    assert parity(**SIMPSON) == pytest.approx(0)
    assert parity(**SIMPSON, strata="worst_case") == pytest.approx(0)


def test_strata_are_weighed_by_their_size() -> None:
    arguments: dict[str, Any] = {
        "y_true": None,
        "y_pred": [1, 1, 1, 0, 1, 0, 1, 0],
        "sensitive_features": ["a", "a", "a", "b", "b", "b", "a", "b"],
        "control_features": ["s", "s", "s", "s", "s", "s", "t", "t"],
    }
    # s: 3/3 against 1/3 on six rows; t: 1/1 against 0/1 on two
    metric = METRICS["selection_rate_difference"]
    assert metric(**arguments) == pytest.approx(0.75 * 2 / 3 + 0.25)
    assert metric(**arguments, strata="worst_case") == 1
    lowest = METRICS["selection_rate_group_min"]
    assert lowest(**arguments) == pytest.approx(0.75 / 3)
    assert lowest(**arguments, strata="worst_case") == 0


def test_gaps_of_opposite_sign_cancel_in_the_mean_but_not_in_the_worst_case() -> None:
    arguments: dict[str, Any] = {
        "y_true": None,
        "y_pred": [1, 0, 0, 1],
        "sensitive_features": ["a", "b", "a", "b"],
        "control_features": ["s", "s", "t", "t"],
    }
    metric = METRICS["demographic_parity_difference"]
    assert metric(**arguments) == 0
    assert metric(**arguments, strata="worst_case") == 1


def test_a_stratum_without_a_group_is_not_measurable_and_an_unknown_one_left_out() -> None:
    metric = METRICS["demographic_parity_difference"]
    groups = ["a", "b", "a", "b", "a"]
    lacking = ["s", "s", "s", "s", "t"]
    assert math.isnan(
        metric(None, [1, 0, 1, 0, 1], sensitive_features=groups, control_features=lacking)
    )
    unknown = ["s", "s", "s", "s", None]
    assert metric(None, [1, 0, 1, 0, 1], sensitive_features=groups, control_features=unknown) == 1
    with pytest.raises(ArgumentError, match="control_features has no known label"):
        metric(None, [1, 0], sensitive_features=["a", "b"], control_features=[None, None])


def test_any_class_can_be_the_positive_one() -> None:
    y_pred, groups = ["hire", "no", "hire", "hire"], ["a", "a", "b", "b"]
    metric = METRICS["selection_rate_difference"]
    assert metric(None, y_pred, sensitive_features=groups, pos_label="hire") == 0.5
    assert metric(None, y_pred, sensitive_features=groups, pos_label="no") == 0.5
    assert (
        METRICS["selection_rate_group_min"](None, y_pred, sensitive_features=groups, pos_label="no")
        == 0
    )


@pytest.mark.parametrize("name", METRICS)
def test_each_metric_is_a_function_with_its_definition(name: str) -> None:
    metric = METRICS[name]
    assert getattr(ours, name) is metric
    assert metric.__name__ == metric.__qualname__ == name
    assert pickle.loads(pickle.dumps(metric)) is metric
    assert list(inspect.signature(metric).parameters)[:3] == [
        "y_true",
        "y_pred",
        "sensitive_features",
    ]
    known = definition(name)
    assert known.statistic[1:].split()[0] in (metric.__doc__ or "")
    assert known.sentence.format(value="5 %")
    with pytest.raises(TypeError, match="sensitive"):
        metric([1, 0], [1, 0], sensitive=["a", "b"])


def test_every_definition_names_a_metric() -> None:
    assert {entry.name for entry in GROUPS} <= set(dir(ours))
    assert len({entry.id for entry in GROUPS}) == len(GROUPS)
    for entry in GROUPS:
        assert entry.least <= entry.fair <= entry.most
        assert entry.sentence.count("{value}") == 1
        assert all(words.endswith(".") for words in (entry.shows, entry.does_not_show))


def test_a_group_of_weight_zero_is_not_measurable() -> None:
    for name in ("demographic_parity_difference", "accuracy_group_min", "f1_ratio"):
        found = METRICS[name](
            [1, 0, 1, 0],
            [1, 0, 0, 1],
            sensitive_features=["a", "a", "b", "b"],
            sample_weight=[1, 1, 0, 0],
        )
        assert math.isnan(found)


def test_no_known_group_has_no_worst_one() -> None:
    with pytest.raises(ArgumentError, match="names no group"):
        METRICS["accuracy_group_min"]([1, 0], [1, 0], sensitive_features=[None, " "])
    alone = METRICS["accuracy_group_min"]([1, 0], [1, 1], sensitive_features=["a", "a"])
    assert alone == 0.5


def test_by_group_takes_any_function() -> None:
    found = ours.by_group(
        lambda y_true, y_pred: float(np.abs(y_true - y_pred).max()),
        [1.0, 2.0, 3.0],
        [1.5, 2.0, 1.0],
        sensitive_features=["a", "a", None],
    )
    assert found == {"a": 0.5, "unknown": 2.0}


@given(full_decisions())
def test_by_group_passes_weights_on(data: dict[str, Any]) -> None:
    found = ours.by_group(sklearn.metrics.accuracy_score, **data)
    assert found == pytest.approx(ours.by_group("accuracy", **data))


def test_by_group_names_what_it_knows() -> None:
    with pytest.raises(ArgumentError, match="must be one of"):
        ours.by_group("precision", [1], [1], sensitive_features=["a"])
    with pytest.raises(ArgumentError, match="y_true has 1 entries but y_pred has 2"):
        ours.by_group(max, [1], [1, 2], sensitive_features=["a", "b"])


def test_average_odds_by_hand() -> None:
    # reference a: TPR 1, FPR 0.5; b: TPR 0.5, FPR 0.5; c: TPR 1, FPR 1
    y_true = [1, 1, 0, 0] * 3
    y_pred = [1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1]
    groups = ["a"] * 4 + ["b"] * 4 + ["c"] * 4
    arguments: dict[str, Any] = {"sensitive_features": groups}
    signed = ours.average_odds_difference(
        y_true[:8], y_pred[:8], reference="a", sensitive_features=groups[:8]
    )
    assert signed == -0.25
    assert abs(ours.average_odds_difference(y_true, y_pred, reference="a", **arguments)) == 0.25
    assert ours.average_absolute_odds_difference(y_true, y_pred, **arguments) == 0.5
    against_a = ours.average_absolute_odds_difference(y_true, y_pred, reference="a", **arguments)
    assert against_a == 0.25
    with pytest.raises(ArgumentError, match="reference='d' must be one of the groups a, b, c"):
        ours.average_odds_difference(y_true, y_pred, reference="d", **arguments)


def test_equality_differences_by_hand() -> None:
    # false positive rates: a 1/2, b 0/2, together 1/4; false negative rates: 0/1, 1/1, 1/2
    arguments: dict[str, Any] = {
        "y_true": [0, 0, 0, 0, 1, 1],
        "y_pred": [1, 0, 0, 0, 1, 0],
        "sensitive_features": ["a", "a", "b", "b", "a", "b"],
    }
    assert ours.fped(**arguments) == 0.5
    assert ours.fped(**arguments, agg="mean") == 0.25
    assert ours.fned(**arguments) == 1
    lacking = {**arguments, "y_true": [0, 0, 1, 1, 1, 1]}
    assert math.isnan(ours.fped(**lacking))
    with pytest.raises(ArgumentError, match="agg='max' must be one of sum, mean"):
        ours.fped(**arguments, agg="max")  # type: ignore[arg-type]
