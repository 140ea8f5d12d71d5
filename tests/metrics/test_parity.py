from __future__ import annotations

import doctest
import inspect
import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fairlearn.metrics
import pandas as pd
import pytest
from hypothesis import assume, given, strategies as st

import pytest_fairness.metrics as ours
from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics import counts, groups, paired, parity
from tests.metrics.vectors import (
    GROUPS,
    WEIGHTS,
    Y_PRED,
    Y_TRUE,
    Rows,
    black_and_white,
    columns,
    compas,
    filtered,
)

TOLERANCE = 1e-12
NAMES = [
    f"{notion}_{kind}"
    for notion in ("demographic_parity", "equal_opportunity", "equalized_odds")
    for kind in ("difference", "ratio")
]
METHODS = ("between_groups", "to_overall")

# KNOWN_ANSWERS A1: fairlearn 0.15.0 on COMPAS
COMPAS: dict[str, tuple[Callable[[Rows], Rows], dict[str, float]]] = {
    "two groups": (
        black_and_white,
        {
            "demographic_parity_difference": 0.2402002032197631,
            "demographic_parity_ratio": 0.5916375569916079,
            "equalized_odds_difference": 0.21392495582112797,
            "equalized_odds_ratio": 0.5229872103118948,
            "equal_opportunity_difference": 0.19737296377737334,
        },
    ),
    "six groups": (
        lambda rows: rows,
        {
            "demographic_parity_difference": 0.4571175950486295,
            "demographic_parity_ratio": 0.31432360742705573,
            "equalized_odds_difference": 0.5766917293233083,
            "equalized_odds_ratio": 0.19389684039967595,
            "equal_opportunity_difference": 0.5766917293233083,
        },
    ),
    "filtered": (
        lambda rows: black_and_white(filtered(rows)),
        {
            "demographic_parity_difference": 0.2451072146652139,
            "demographic_parity_ratio": 0.5745131730114521,
            "equalized_odds_difference": 0.2115821530429738,
            "equalized_odds_ratio": 0.5199574727719788,
            "equal_opportunity_difference": 0.2115821530429738,
        },
    ),
}
COMPAS_MEAN = {
    "two groups": 0.20564895979925066,
    "six groups": 0.46910158707899696,
    "filtered": 0.20741170398290087,
}

# KNOWN_ANSWERS A2: between groups plain and weighted, to overall plain and weighted
VECTORS = {
    "demographic_parity_difference": (
        0.07460317460317456,
        0.02383913764510781,
        0.037826961770623724,
        0.012348330290991028,
    ),
    "demographic_parity_ratio": (
        0.8912037037037037,
        0.9649710630520865,
        0.9432367149758455,
        0.9815438934360456,
    ),
    "equalized_odds_difference": (
        0.10079051383399218,
        0.01976284584980237,
        0.051515151515151514,
        0.01010101010101011,
    ),
    "equalized_odds_ratio": (
        0.8712121212121211,
        0.9565217391304348,
        0.9297520661157025,
        0.9777777777777777,
    ),
    "equal_opportunity_difference": (
        0.10079051383399218,
        0.0072727272727273196,
        0.051515151515151514,
        0.003868471953578312,
    ),
    "equal_opportunity_ratio": (
        0.8712121212121211,
        0.9906759906759907,
        0.9297520661157025,
        0.9950186799501868,
    ),
}


def close(value: float) -> Any:
    return pytest.approx(value, rel=0, abs=TOLERANCE, nan_ok=True)


@pytest.mark.parametrize("rows", COMPAS)
def test_compas_has_the_known_answers(shared_data: Path, rows: str) -> None:
    select, expected = COMPAS[rows]
    arguments = columns(select(compas(shared_data)))
    assert {name: getattr(ours, name)(**arguments) for name in expected} == {
        name: close(value) for name, value in expected.items()
    }
    assert ours.equalized_odds_difference(**arguments, agg="mean") == close(COMPAS_MEAN[rows])


@pytest.mark.parametrize("name", VECTORS)
def test_fairlearns_own_vectors_have_the_known_answers(name: str) -> None:
    found = [
        getattr(ours, name)(
            Y_TRUE, Y_PRED, sensitive_features=GROUPS, method=method, sample_weight=weights
        )
        for method in METHODS
        for weights in (None, WEIGHTS)
    ]
    assert found == [close(value) for value in VECTORS[name]]


@pytest.mark.parametrize("attribute", ["race", "sex", "both"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", NAMES)
def test_compas_agrees_with_fairlearn(
    shared_data: Path, name: str, method: str, attribute: str
) -> None:
    rows = black_and_white(compas(shared_data))
    arguments = columns(rows)
    if attribute != "race":
        table = pd.DataFrame({"race": [r["race"] for r in rows], "sex": [r["sex"] for r in rows]})
        arguments["sensitive_features"] = table if attribute == "both" else table["sex"]
    for extra in extras(name):
        theirs = getattr(fairlearn.metrics, name)(**arguments, method=method, **extra)
        assert getattr(ours, name)(**arguments, method=method, **extra) == close(theirs)


def extras(name: str) -> list[dict[str, str]]:
    return [{"agg": "worst_case"}, {"agg": "mean"}] if "odds" in name else [{}]


@st.composite
def decisions(draw: st.DrawFn) -> dict[str, Any]:
    """Rows in which each group has both classes, so that fairlearn's rates all exist."""
    n_groups = draw(st.integers(2, 4))
    corners = [(g, y) for g in range(n_groups) for y in (0, 1)]
    more = draw(st.lists(st.tuples(st.integers(0, n_groups - 1), st.integers(0, 1)), max_size=30))
    rows = draw(st.permutations(corners + more))
    n = len(rows)
    return {
        "y_true": [y for _, y in rows],
        "y_pred": draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)),
        "sensitive_features": [f"g{g}" for g, _ in rows],
        "sample_weight": draw(
            st.none() | st.lists(st.integers(1, 5).map(float), min_size=n, max_size=n)
        ),
    }


@given(decisions(), st.sampled_from(NAMES), st.sampled_from(METHODS))
def test_agrees_with_fairlearn(arguments: dict[str, Any], name: str, method: str) -> None:
    for extra in extras(name):
        value = getattr(ours, name)(**arguments, method=method, **extra)
        if math.isnan(value):  # 0 / 0, of which fairlearn's answer depends on the other quantity
            assert not any(arguments["y_pred"]) or "ratio" in name
            continue
        theirs = getattr(fairlearn.metrics, name)(**arguments, method=method, **extra)
        assert value == close(theirs)
        assert 0 <= value <= 1


@given(decisions(), st.sampled_from(NAMES), st.sampled_from(METHODS), st.randoms())
def test_neither_row_order_nor_group_names_matter(
    arguments: dict[str, Any], name: str, method: str, random: Any
) -> None:
    metric = getattr(ours, name)
    order = list(range(len(arguments["y_true"])))
    random.shuffle(order)
    shuffled = {k: v and [v[i] for i in order] for k, v in arguments.items()}
    renamed = {**shuffled, "sensitive_features": [g[::-1] for g in shuffled["sensitive_features"]]}
    expected = close(metric(**arguments, method=method))
    assert metric(**shuffled, method=method) == expected
    assert metric(**renamed, method=method) == expected


@given(decisions(), st.sampled_from(NAMES), st.sampled_from(METHODS))
def test_rows_given_twice_at_half_the_weight_change_nothing(
    arguments: dict[str, Any], name: str, method: str
) -> None:
    metric = getattr(ours, name)
    weights = arguments["sample_weight"] or [1.0] * len(arguments["y_true"])
    doubled = {k: v and [*v, *v] for k, v in arguments.items()}
    doubled["sample_weight"] = [w / 2 for w in weights] * 2
    assert metric(**doubled, method=method) == close(metric(**arguments, method=method))


@given(decisions())
def test_a_perfect_model_has_equal_odds(arguments: dict[str, Any]) -> None:
    arguments = {**arguments, "y_pred": arguments["y_true"]}
    assert ours.equalized_odds_difference(**arguments) == 0
    assert ours.equal_opportunity_ratio(**arguments) == 1


@given(decisions(), st.sampled_from(NAMES))
def test_unknown_groups_are_not_compared(arguments: dict[str, Any], name: str) -> None:
    assume(arguments["sample_weight"] is None)
    metric = getattr(ours, name)
    known = metric(**arguments)
    more = {
        "y_true": [*arguments["y_true"], 1, 0],
        "y_pred": [*arguments["y_pred"], 1, 1],
        "sensitive_features": [*arguments["sensitive_features"], None, float("nan")],
    }
    assert metric(**more) == close(known)


def test_an_empty_denominator_is_not_measurable() -> None:
    y_true, y_pred, groups_ = [1, 0, 0, 0], [1, 1, 0, 1], ["a", "a", "b", "b"]  # no b is positive
    arguments: dict[str, Any] = {"sensitive_features": groups_}
    assert math.isnan(ours.equal_opportunity_difference(y_true, y_pred, **arguments))
    assert math.isnan(ours.equalized_odds_difference(y_true, y_pred, **arguments))
    assert math.isnan(ours.equalized_odds_ratio(y_true, y_pred, **arguments, agg="mean"))
    # where fairlearn counts the missing rate as 0:
    assert fairlearn.metrics.equal_opportunity_difference(y_true, y_pred, **arguments) == 1


def test_a_declared_group_without_rows_is_not_measurable() -> None:
    column = pd.Series(pd.Categorical(["a", "b"], categories=["a", "b", "c"]))
    assert math.isnan(ours.demographic_parity_difference(None, [1, 0], sensitive_features=column))


def test_a_ratio_of_nothing_to_nothing_is_not_measurable() -> None:
    for method in METHODS:
        assert math.isnan(
            ours.demographic_parity_ratio(
                None, [0, 0], sensitive_features=["a", "b"], method=method
            )
        )


@pytest.mark.parametrize("features", [["a", "a"], ["a", None], [None, None]])
def test_one_known_group_cannot_be_compared(features: list[Any]) -> None:
    with pytest.raises(ArgumentError, match="a comparison needs two known ones"):
        ours.demographic_parity_difference(None, [0, 1], sensitive_features=features)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"method": "max"}, "method='max' must be one of between_groups, to_overall"),
        ({"agg": "sum"}, "agg='sum' must be one of worst_case, mean"),
        ({"sample_weight": [1]}, "sample_weight has 1 entries but y_pred has 2"),
        ({"sample_weight": [1, -1]}, "sample_weight must hold finite numbers of at least 0"),
    ],
)
def test_bad_arguments_are_named(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        ours.equalized_odds_difference([0, 1], [0, 1], sensitive_features=["a", "b"], **changed)


@pytest.mark.parametrize("name", NAMES)
def test_each_metric_is_a_function_of_its_own(name: str) -> None:
    metric = getattr(ours, name)
    theirs = inspect.signature(getattr(fairlearn.metrics, name)).parameters
    mine = inspect.signature(metric).parameters
    assert set(theirs) <= set(mine)
    assert all(mine[key].default == theirs[key].default for key in theirs)
    assert metric.__name__ == metric.__qualname__ == name
    assert pickle.loads(pickle.dumps(metric)) is metric
    assert {len(line) - len(line.lstrip()) for line in metric.__doc__.splitlines() if line} <= {
        0,
        4,
        8,
    }


@pytest.mark.parametrize("module", [counts, groups, paired, parity], ids=lambda m: m.__name__)
def test_examples_in_docstrings_hold(module: Any) -> None:
    finder = doctest.DocTestFinder()
    runner = doctest.DocTestRunner()
    tests = [t for t in finder.find(module, globs=dict(vars(ours))) if t.examples]
    assert tests
    for test in tests:
        assert runner.run(test).failed == 0
