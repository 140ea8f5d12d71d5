from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import sklearn.metrics
from hypothesis import given, strategies as st

import pytest_fairness.metrics as ours
from pytest_fairness.errors import ArgumentError

# KNOWN_ANSWERS A6
FEATURES = [int(c) for c in "0011112222"]
LABELS = [int(c) for c in "1001001011"]
CHANGED = {3: 0, 9: 0, 4: 1, 5: 1}
PREDICTIONS = [CHANGED.get(row, label) for row, label in enumerate(LABELS)]


def test_entropy_indices_have_the_known_answers() -> None:
    assert ours.generalized_entropy_index(LABELS, PREDICTIONS) == pytest.approx(0.2)
    assert ours.theil_index(LABELS, PREDICTIONS) == pytest.approx(4 * math.log(2) / 10)
    second = [0, 1, 1, 0, 0, 0, 0, 1, 1, 1]
    assert ours.generalized_entropy_index(LABELS, second) == pytest.approx(0.3)
    b = [1] * 2 + [1.25] * 4 + [0.75] * 4
    found = ours.between_group_entropy_index(LABELS, PREDICTIONS, sensitive_features=FEATURES)
    assert found == pytest.approx(sum(v**2 - 1 for v in b) / 20)


@given(
    st.lists(st.floats(0.1, 5), min_size=2, max_size=12),
    st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0, 3.0]),
)
def test_entropy_index_is_continuous_and_does_not_know_units(
    values: list[float], alpha: float
) -> None:
    found = ours.entropy_index(values, alpha=alpha)
    assert found >= -1e-12
    assert ours.entropy_index([7 * v for v in values], alpha=alpha) == pytest.approx(found)
    assert ours.entropy_index(values, alpha=alpha + 1e-6) == pytest.approx(found, abs=1e-3)
    assert ours.entropy_index([*values, *values], alpha=alpha) == pytest.approx(found)


def test_inequality_needs_benefits() -> None:
    assert math.isnan(ours.generalized_entropy_index([1, 1], [0, 0]))
    assert math.isnan(ours.entropy_index([]))
    assert ours.entropy_index([0, 1], alpha=0) == math.inf
    assert ours.entropy_index([1, 3, 9], sample_weight=[1, 1, 0]) == 0.125
    with pytest.raises(ArgumentError, match="benefits of at least 0"):
        ours.entropy_index([1, -1])


def test_make_up_of_the_data_has_the_known_answers() -> None:
    groups, weights = [1, 1, 1, 1, 0, 0, 0], [1, 2, 3, 4, 3, 2, 1]
    found = ours.class_imbalance(sensitive_features=groups, reference="1", sample_weight=weights)
    assert found == pytest.approx(-0.25)
    divergence = ours.kl_divergence(
        [0, 1, 2, 0, 0, 1, 2],
        sensitive_features=groups,
        reference="1",
        group="0",
        sample_weight=[1, 2, 3, 4, 4, 3, 3],
    )
    expected = (5 * math.log(5 / 4) + 2 * math.log(2 / 3) + 3 * math.log(3 / 3)) / 10
    assert divergence == pytest.approx(expected)
    disparity = ours.conditional_demographic_disparity(
        None,
        [0, 1, 0, 1, 0, 1, 0],
        sensitive_features=[0, 0, 1, 1, 2, 2, 2],
        sample_weight=weights,
    )
    assert disparity == pytest.approx(0.015625)


def test_data_are_measured_in_every_form() -> None:
    table = {"race": ["x", "y", "y"], "sex": ["f", "f", "f"]}
    for features in (table, pd.DataFrame(table)):
        found = ours.class_imbalance(sensitive_features=features, reference="y, f")
        assert found == pytest.approx(-1 / 3)
    with pytest.raises(ArgumentError, match="reference='z' must be one of x, y"):
        ours.class_imbalance(sensitive_features=["x", "y"], reference="z")


def test_divergence_is_scipys() -> None:
    rng = np.random.default_rng(0)
    classes, groups = rng.integers(0, 4, 300), rng.choice(["a", "b"], 300)
    one, other = (np.bincount(classes[groups == g], minlength=4) for g in "ab")
    found = ours.kl_divergence(classes, sensitive_features=groups, reference="a", group="b")
    assert found == pytest.approx(scipy.stats.entropy(one, other))
    never = ours.kl_divergence([0, 1, 0], sensitive_features=list("aab"), reference="a", group="b")
    assert never == math.inf
    with pytest.raises(ArgumentError, match="'c' must be one of the groups a, b"):
        ours.kl_divergence(classes, sensitive_features=groups, reference="a", group="c")


def test_disparity_within_strata_by_hand() -> None:
    # s: 4 rows, women 1 of 2 rejected and 1 of 2 accepted; t: 3 rows, women 1 of 1 and 1 of 2
    arguments: dict[str, Any] = {
        "y_true": None,
        "y_pred": [0, 0, 1, 1, 0, 1, 1],
        "sensitive_features": ["w", "m", "w", "m", "w", "w", "m"],
        "control_features": ["s", "s", "s", "s", "t", "t", "t"],
    }
    found = ours.conditional_demographic_disparity(**arguments, group="w")
    assert found == pytest.approx(3 / 7 * 0.5)
    assert ours.conditional_demographic_disparity(**arguments, group="m") == pytest.approx(-found)
    nobody_rejected = {**arguments, "y_pred": [1] * 7}
    assert math.isnan(ours.conditional_demographic_disparity(**nobody_rejected, group="w"))
    with pytest.raises(ArgumentError, match="group='x' must be one of m, w"):
        ours.conditional_demographic_disparity(**arguments, group="x")


@st.composite
def tables(draw: st.DrawFn) -> np.ndarray:
    shape = draw(st.tuples(st.integers(2, 4), st.integers(2, 4)))
    n = shape[0] * shape[1]
    counts = draw(st.lists(st.integers(1, 30), min_size=n, max_size=n))
    return np.array(counts).reshape(shape)


def rows_of(table: np.ndarray) -> dict[str, Any]:
    places = [place for place, n in np.ndenumerate(table) for _ in range(n)]
    return {
        "y_true": None,
        "y_pred": [f"class {k}" for _, k in places],
        "sensitive_features": [f"group {g}" for g, _ in places],
    }


@given(tables())
def test_association_agrees_with_scipy_and_scikit_learn(table: np.ndarray) -> None:
    rows = rows_of(table)
    plain = scipy.stats.contingency.association(table, method="cramer")
    assert ours.cramers_v(**rows, bias_corrected=False) == pytest.approx(plain)
    nmi = sklearn.metrics.normalized_mutual_info_score(rows["sensitive_features"], rows["y_pred"])
    assert ours.normalized_mutual_information(**rows) == pytest.approx(nmi, abs=1e-9)
    homogeneity = sklearn.metrics.homogeneity_score(rows["y_pred"], rows["sensitive_features"])
    assert ours.theils_u(**rows) == pytest.approx(homogeneity, abs=1e-9)


def test_corrected_cramers_v_is_unbiased_under_independence() -> None:
    rng = np.random.default_rng(0)
    tables = rng.multinomial(60, np.full(12, 1 / 12), size=2000).reshape(-1, 3, 4)
    full = [t for t in tables if (t.sum(axis=0) > 0).all() and (t.sum(axis=1) > 0).all()]
    plain = np.mean([ours.cramers_v_of(t, bias_corrected=False) for t in full])
    corrected = np.mean([ours.cramers_v_of(t) for t in full])
    assert plain > 0.2  # by chance alone
    assert corrected < 0.09


def test_association_that_cannot_vary_is_not_measurable() -> None:
    groups = pd.Series(pd.Categorical(["a", "b"], categories=["a", "b", "c"]))
    for metric in (ours.cramers_v, ours.theils_u, ours.normalized_mutual_information):
        assert math.isnan(metric(None, [1, 1], sensitive_features=["a", "b"]))
        assert math.isnan(metric(None, [1, 0], sensitive_features=groups))
        assert metric(None, [1, 1, 0, 0] * 9, sensitive_features=["a", "a", "b", "b"] * 9) == (
            pytest.approx(1)
        )


def test_epsilon_is_the_largest_log_ratio() -> None:
    # Foulds et al. 2020, one row smoothed over two classes: a 3.5/5 and 1.5/5, b 1.5/5 and 3.5/5
    data: dict[str, Any] = {
        "y_true": None,
        "y_pred": [1, 1, 1, 0, 1, 0, 0, 0],
        "sensitive_features": list("aaaabbbb"),
    }
    assert ours.differential_fairness_epsilon(**data) == pytest.approx(math.log(3.5 / 1.5))
    raw = ours.differential_fairness_epsilon(**data, concentration=0)
    assert raw == pytest.approx(math.log(3))
    certain = {**data, "y_pred": [1, 1, 1, 1, 1, 0, 0, 0]}
    assert ours.differential_fairness_epsilon(**certain, concentration=0) == math.inf
    assert ours.differential_fairness_epsilon(**certain) < math.inf
    never = ours.differential_fairness_epsilon(**data, classes=[0, 1, 2], concentration=0)
    assert never == pytest.approx(math.log(3))
    with pytest.raises(ArgumentError, match="concentration=-1 must be a number of at least 0"):
        ours.differential_fairness_epsilon(**data, concentration=-1)


def test_amplified_epsilon_is_a_difference() -> None:
    data: dict[str, Any] = {"sensitive_features": list("aaaabbbb")}
    y_true, y_pred = [1, 1, 0, 0, 1, 1, 0, 0], [1, 1, 1, 0, 1, 0, 0, 0]
    found = ours.differential_fairness_bias_amplification(y_true, y_pred, **data)
    assert found == pytest.approx(math.log(3.5 / 1.5))
    back = ours.differential_fairness_bias_amplification(y_pred, y_true, **data)
    assert back == pytest.approx(-found)


def people(seed: int, n: int = 300) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        "y_true": rng.integers(0, 2, n),
        "y_pred": rng.integers(0, 2, n),
        "sensitive_features": {
            "race": rng.choice(["x", "y"], n),
            "sex": rng.choice(["f", "m"], n),
            "age": rng.choice(["old", "young", "mid"], n),
        },
    }


@pytest.mark.parametrize("rate", ["selection_rate", "false_positive_rate"])
def test_subgroups_are_searched_over_every_conjunction(rate: str) -> None:
    data = people(0)
    among = np.ones(300, bool) if rate == "selection_rate" else data["y_true"] == 0
    features = data["sensitive_features"]
    worst = 0.0
    for choice in itertools.product(*([None, *np.unique(column)] for column in features.values())):
        inside = among.copy()
        for value, column in zip(choice, features.values(), strict=True):
            inside &= True if value is None else column == value
        if inside.any():
            gap = abs(data["y_pred"][among].mean() - data["y_pred"][inside].mean())
            worst = max(worst, gap * inside.sum() / among.sum())
    assert ours.subgroup_fairness_violation(**data, rate=rate) == pytest.approx(worst)


def test_gerrymandered_rates_are_seen() -> None:
    fair_margins: dict[str, Any] = {
        "y_true": None,
        "y_pred": [1, 0, 0, 1] * 25,
        "sensitive_features": {"race": ["x", "x", "y", "y"] * 25, "sex": ["f", "m"] * 50},
    }
    for column in fair_margins["sensitive_features"].values():
        alone = {**fair_margins, "sensitive_features": column}
        assert ours.demographic_parity_difference(**alone) == 0
    assert ours.subgroup_fairness_violation(**fair_margins) == 0.125
    assert ours.demographic_parity_difference(**fair_margins) == 1
    assert ours.worst_case_ratio(**fair_margins) == 0
    many = {f"attribute {i}": ["a", "b"] for i in range(11)}
    with pytest.raises(ArgumentError, match="11 attributes and may have 10"):
        ours.subgroup_fairness_violation(None, [1, 0], sensitive_features=many)


def test_small_cells_are_pooled_and_large_ones_keep_their_rates() -> None:
    y_pred = [1] * 300 + [0] * 700 + [1] * 700 + [0] * 300 + [1, 1]
    groups = ["a"] * 1000 + ["b"] * 1000 + ["c"] * 2
    found = ours.smoothed_rates(None, y_pred, sensitive_features=groups)
    assert found.rates["a"] == pytest.approx(0.3, abs=0.005)
    assert found.rates["b"] == pytest.approx(0.7, abs=0.005)
    assert found.rates["c"] < 0.95


def test_pooling_recovers_the_prior_and_beats_raw_rates() -> None:
    rng = np.random.default_rng(0)
    truth = rng.beta(6, 14, 60)
    sizes = rng.integers(3, 60, 60)
    hits = rng.binomial(sizes, truth)
    y_pred = np.concatenate([np.arange(n) < k for k, n in zip(hits, sizes, strict=True)])
    names = np.repeat([f"g{i:02d}" for i in range(60)], sizes)
    found = ours.smoothed_rates(None, y_pred, sensitive_features=names)
    assert found.mean == pytest.approx(0.3, abs=0.04)
    assert 8 < found.prior_rows < 50
    pooled = np.array(list(found.rates.values()))
    assert np.mean((pooled - truth) ** 2) < 0.6 * np.mean((hits / sizes - truth) ** 2)


def test_groups_that_do_not_differ_are_pooled_wholly() -> None:
    same = ours.smoothed_rates(None, [1, 0] * 50, sensitive_features=(["a"] * 2 + ["b"] * 2) * 25)
    assert {round(rate, 6) for rate in same.rates.values()} == {0.5}
    assert same.prior_rows > 1e4
    nothing = ours.smoothed_rates(None, [0, 0], sensitive_features=["a", "b"])
    assert set(nothing.rates.values()) == {0.0}
    nobody = ours.smoothed_rates(
        [0, 0], [1, 0], sensitive_features=["a", "b"], rate="true_positive_rate"
    )
    assert all(map(math.isnan, nobody.rates.values()))
