from __future__ import annotations

import doctest
import inspect
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import pytest_fairness.metrics as ours
from pytest_fairness.definitions import definition
from pytest_fairness.definitions.scores import SCORES
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.metrics import SCORE_STATISTICS, score_samples, score_values, spread

MADE = [entry.id for entry in SCORES if hasattr(ours, entry.id)]
COMPARED = [
    name
    for name in MADE
    if name.endswith(("_difference", "_ratio", "_group_min", "_group_max", "_power_mean"))
]
THRESHOLD = ("coverage", "selective_accuracy", "selective_risk")


def data(n: int = 400, seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        "y_true": rng.integers(0, 2, n),
        "y_score": rng.integers(1, 20, n) / 20,
        "sensitive_features": np.array(["a", "b", "c"])[rng.integers(0, 3, n)],
    }


def call(name: str, rows: dict[str, Any], **more: Any) -> float:
    metric: Callable[..., float] = getattr(ours, name)
    if "confidence" in inspect.signature(metric).parameters:
        if name.startswith(THRESHOLD):
            more["threshold"] = 0.5
        score = rows["y_score"]
        guess = np.asarray(score) > 0.5
        return metric(
            rows["y_true"],
            guess,
            confidence=score,
            sensitive_features=rows["sensitive_features"],
            **more,
        )
    return metric(**rows, **more)


def test_every_definition_has_its_function() -> None:
    assert {entry.id for entry in SCORES} == set(MADE)
    assert len(COMPARED) == len(SCORES) - 4  # consistency, two of Lipschitz, leakage


@pytest.mark.parametrize("name", MADE)
def test_docstrings_say_what_is_shown_and_their_examples_hold(name: str) -> None:
    metric = getattr(ours, name)
    runner = doctest.DocTestRunner()
    tests = doctest.DocTestFinder().find(metric, name, globs=dict(vars(ours)))
    examples = [test for test in tests if test.examples]
    assert examples
    assert all(runner.run(test).failed == 0 for test in examples)
    assert max(map(len, metric.__doc__.splitlines())) <= 130  # formulas stay on one line


@pytest.mark.parametrize("name", COMPARED)
def test_a_metric_does_not_depend_on_the_order_of_rows(name: str) -> None:
    rows = data()
    order = np.random.default_rng(1).permutation(len(rows["y_true"]))
    mixed = {key: column[order] for key, column in rows.items()}
    assert call(name, mixed) == pytest.approx(call(name, rows), abs=1e-12)


@pytest.mark.parametrize("name", COMPARED)
def test_groups_that_are_treated_alike_are_at_the_fair_value(name: str) -> None:
    one = data(200)
    rows = {key: np.concatenate([column, column]) for key, column in one.items()}
    rows["sensitive_features"] = np.repeat(["x", "y"], 200)
    found = call(name, rows)
    if name.endswith(("_difference", "_ratio")):
        assert found == pytest.approx(definition(name).fair, abs=1e-9)
    elif "aeg" in name:
        assert found == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("name", COMPARED)
def test_an_empty_group_is_not_measurable(name: str) -> None:
    rows = data()
    rows["sensitive_features"] = pd.Categorical(
        rows["sensitive_features"], categories=["a", "b", "c", "nobody"]
    )
    assert math.isnan(call(name, rows))


@pytest.mark.parametrize("name", COMPARED)
def test_rows_without_a_group_are_not_compared(name: str) -> None:
    rows = data()
    groups = rows["sensitive_features"].astype(object)
    groups[groups == "c"] = None
    assert not math.isnan(call(name, {**rows, "sensitive_features": groups}))
    with pytest.raises(ArgumentError, match="known"):
        call(name, {**rows, "sensitive_features": [None] * len(groups)})


@pytest.mark.parametrize("name", [n for n in COMPARED if n.endswith(("difference", "ratio"))])
def test_one_group_cannot_be_compared(name: str) -> None:
    rows = data()
    with pytest.raises(ArgumentError, match="sensitive_features has the groups a"):
        call(name, {**rows, "sensitive_features": ["a"] * len(rows["y_true"])})


WEIGHTED = [
    name
    for name in COMPARED
    if not name.startswith(
        ("aurc", "ece", "squared_calibration_error", "max_calibration_error", "ks_", "wasserstein")
    )
]


@pytest.mark.parametrize("name", WEIGHTED)
def test_a_weight_of_two_is_the_row_twice(name: str) -> None:
    rows = data()
    rng = np.random.default_rng(2)
    weights = rng.integers(0, 3, len(rows["y_true"]))
    repeated = {key: np.repeat(column, weights) for key, column in rows.items()}
    weighted = call(name, rows, sample_weight=weights)
    assert weighted == pytest.approx(call(name, repeated), abs=1e-8)


def test_weights_that_a_statistic_cannot_take_are_refused() -> None:
    rows = data()
    with pytest.raises(ArgumentTypeError, match="ece takes no sample_weight"):
        ours.ece_difference(**rows, sample_weight=np.ones(len(rows["y_true"])))


def test_groups_of_weight_zero_are_not_measurable() -> None:
    found = ours.mean_prediction_difference(
        None, [0.1, 0.2, 0.3], sensitive_features=["a", "b", "b"], sample_weight=[0, 1, 1]
    )
    assert math.isnan(found)


def test_options_are_checked_by_name() -> None:
    with pytest.raises(ArgumentTypeError, match="auc has no argument 'n_bins'"):
        ours.auc_difference(**data(), n_bins=3)


def test_to_overall_holds_each_group_against_all_rows() -> None:
    rows = data()
    scores, groups = rows["y_score"], rows["sensitive_features"]
    by_hand = max(abs(scores[groups == g].mean() - scores.mean()) for g in "abc")
    assert ours.mean_prediction_difference(**rows, method="to_overall") == pytest.approx(by_hand)
    with pytest.raises(ArgumentError, match="no meaning for bpsn_auc_group_min"):
        ours.bpsn_auc_group_min(**rows, method="to_overall")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y_score": [0.1, math.nan, 0.3]}, "y_score holds nan at position 1"),
        ({"y_score": [0.1, math.inf, 0.3]}, "y_score holds inf at position 1"),
        ({"y_score": [0.1, 0.2]}, "y_true has 3 entries but y_score has 2"),
        ({"y_true": [0, 1, 2]}, "y_true holds 3 different values"),
        ({"sensitive_features": ["a"]}, "sensitive_features has 1 entries"),
    ],
)
def test_bad_input_is_named(change: dict[str, Any], message: str) -> None:
    good = {"y_true": [0, 1, 1], "y_score": [0.1, 0.2, 0.3], "sensitive_features": ["a", "b", "a"]}
    with pytest.raises(ArgumentError, match=message):
        ours.auc_difference(**{**good, **change})


def test_scores_that_are_no_probabilities_are_refused_where_it_matters() -> None:
    rows = data()
    rows["y_score"] = rows["y_score"] * 2
    with pytest.raises(ArgumentError, match=r"must hold finite numbers in \[0, 1\]"):
        ours.brier_difference(**rows)
    assert not math.isnan(ours.auc_difference(**rows))


def test_a_spread_compares_known_groups_only() -> None:
    values = {"a": -0.25, "b": 0.125, "unknown": 9.0}
    assert spread(values, "difference") == 0.375
    assert spread(values, "group_max") == 0.125
    assert spread(values, "group_max", signed=True) == 0.25
    assert math.isnan(spread(values, "ratio"))  # a ratio of numbers below 0 says nothing
    assert math.isnan(spread({"a": 0.0, "b": 0.0}, "ratio"))
    assert spread({"a": 0.5, "b": 0.5}, "power_mean") == pytest.approx(0.5)
    assert math.isnan(spread({"a": math.nan, "b": 0.5}, "group_min"))
    with pytest.raises(ArgumentError, match="power=0"):
        spread(values, "power_mean", power=0)


def test_samples_keep_the_order_of_rows_and_show_empty_groups() -> None:
    groups = pd.Categorical(["b", "a", "b"], categories=["a", "b", "c"])
    found = score_samples(None, [3.0, 1.0, 2.0], sensitive_features=groups)
    assert {name: rows.y_score.tolist() for name, rows in found.items()} == {
        "a": [1.0],
        "b": [3.0, 2.0],
        "c": [],
    }


def test_values_are_shown_for_rows_without_a_group_too() -> None:
    found = score_values(
        SCORE_STATISTICS["mean_prediction"], None, [0.5, 1.0], sensitive_features=["a", None]
    )
    assert found == {"a": 0.5, "unknown": 1.0}


def test_metrics_can_be_sent_to_other_processes() -> None:
    for name in MADE:
        assert pickle.loads(pickle.dumps(getattr(ours, name))) is getattr(ours, name)
