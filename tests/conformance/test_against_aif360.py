from __future__ import annotations

from typing import Any

import aif360.sklearn.metrics as aif360
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, strategies as st

from pytest_fairness import metrics
from tests.conformance.inputs import FEW, Rows, close, gap, rows


def theirs(name: str, data: Rows, *columns: Any, **options: Any) -> float:
    series = [pd.Series(column) for column in columns]
    return float(getattr(aif360, name)(*series, prot_attr=data.group, **options))


def weights_of(data: Rows, weighted: bool) -> dict[str, Any]:
    return {"sample_weight": data.weight} if weighted else {}


@given(rows(n_groups=2, full="both"), st.booleans())
@FEW
def test_two_groups_have_the_same_parity(data, weighted) -> None:
    weights = weights_of(data, weighted)
    columns, options = (data.y_true, data.y_pred), {"priv_group": "a", **weights}
    signed = theirs("statistical_parity_difference", data, *columns, **options)
    ours = metrics.demographic_parity_difference(
        None, data.y_pred, sensitive_features=data.group, **weights
    )
    assert ours == close(abs(signed))
    quotient = theirs("disparate_impact_ratio", data, *columns, **options)
    ours = metrics.demographic_parity_ratio(
        None, data.y_pred, sensitive_features=data.group, **weights
    )
    assert ours == close(min(quotient, 1 / quotient))


@given(rows(n_groups=2, full="both"), st.booleans())
@FEW
def test_two_groups_have_the_same_odds(data, weighted) -> None:
    weights, columns = weights_of(data, weighted), (data.y_true, data.y_pred)
    arguments: dict[str, Any] = {"sensitive_features": data.group, **weights}
    signed = theirs("average_odds_difference", data, *columns, priv_group="a", **weights)
    ours = metrics.average_odds_difference(*columns, reference="a", **arguments)
    assert ours == close(signed)
    absolute = theirs("average_odds_error", data, *columns, priv_group="a", **weights)
    assert metrics.average_absolute_odds_difference(*columns, **arguments) == close(absolute)
    assert metrics.equalized_odds_difference(*columns, agg="mean", **arguments) == close(absolute)
    opportunity = theirs("equal_opportunity_difference", data, *columns, priv_group="a", **weights)
    assert metrics.equal_opportunity_difference(*columns, **arguments) == close(abs(opportunity))


@given(rows(n_groups=4, full="predictions"), st.sampled_from([0.5, 1.0, 10.0]), st.booleans())
@FEW
def test_differential_fairness_agrees(data, concentration, weighted) -> None:
    """Both smooth with a Dirichlet prior of the concentration given."""
    weights = weights_of(data, weighted)
    expected = theirs(
        "smoothed_edf", data, data.y_true, data.y_pred, concentration=concentration, **weights
    )
    ours = metrics.differential_fairness_epsilon(
        None, data.y_pred, sensitive_features=data.group, concentration=concentration, **weights
    )
    assert ours == close(expected)


@given(rows(n_groups=4, full="both"), st.sampled_from([0.5, 1.0, 10.0]))
@FEW
def test_amplification_of_differential_fairness_agrees(data, concentration) -> None:
    expected = theirs(
        "df_bias_amplification", data, data.y_true, data.y_pred, concentration=concentration
    )
    ours = metrics.differential_fairness_bias_amplification(
        data.y_true, data.y_pred, sensitive_features=data.group, concentration=concentration
    )
    assert ours == close(expected)


@given(rows(), st.sampled_from([1, 2, 3, -1]))
@FEW
def test_entropy_indices_agree(data, alpha) -> None:
    benefits = data.y_pred - data.y_true + 1
    assume(alpha > 1 or benefits.min() > 0 or (alpha == 1 and benefits.sum() > 0))
    ours = metrics.generalized_entropy_index(data.y_true, data.y_pred, alpha=alpha)
    assert ours == close(aif360.generalized_entropy_index(benefits, alpha))


@given(rows(n_groups=4), st.sampled_from([2, 3]))
@FEW
def test_entropy_between_groups_agrees(data, alpha) -> None:
    benefits = data.y_pred - data.y_true + 1
    assume(benefits.sum() > 0)
    expected = aif360.between_group_generalized_entropy_error(
        pd.Series(data.y_true), data.y_pred, prot_attr=data.group, alpha=alpha
    )
    ours = metrics.between_group_entropy_index(
        data.y_true, data.y_pred, sensitive_features=data.group, alpha=alpha
    )
    assert ours == close(expected)


@given(rows(n_groups=4, full="predictions"), st.booleans())
@FEW
def test_conditional_demographic_disparity_agrees(data, weighted) -> None:
    weights = weights_of(data, weighted)
    expected = theirs("conditional_demographic_disparity", data, data.y_pred, **weights)
    ours = metrics.conditional_demographic_disparity(
        None, data.y_pred, sensitive_features=data.group, **weights
    )
    assert ours == close(expected)


@given(rows(n_groups=2), st.booleans())
@FEW
def test_class_imbalance_agrees(data, weighted) -> None:
    weights = weights_of(data, weighted)
    expected = theirs("class_imbalance", data, data.y_true, priv_group="a", **weights)
    ours = metrics.class_imbalance(sensitive_features=data.group, reference="a", **weights)
    assert ours == close(expected)


@given(rows(n_groups=2, full="predictions"), st.booleans())
@FEW
def test_kl_divergence_agrees(data, weighted) -> None:
    weights = weights_of(data, weighted)
    expected = theirs("kl_divergence", data, data.y_pred, priv_group="a", **weights)
    ours = metrics.kl_divergence(
        data.y_pred, sensitive_features=data.group, reference="a", group="b", **weights
    )
    assert ours == close(expected)


@given(rows(full="labels"))
@FEW
def test_balance_of_classes_is_the_gap_of_generalised_rates(data) -> None:
    """AIF360's are the mean score of negatives, and 1 less that of positives (Pleiss 2017)."""
    parts = [data.among(group) for group in data.groups]
    for metric, oracle in (
        (metrics.balance_for_negative_class_difference, aif360.generalized_fpr),
        (metrics.balance_for_positive_class_difference, aif360.generalized_fnr),
    ):
        theirs = [oracle(part.y_true, part.y_score) for part in parts]
        ours = metric(data.y_true, data.y_score, sensitive_features=data.group)
        assert ours == close(gap(theirs))


@pytest.mark.parametrize("k", [1, 3, 5])
def test_consistency_agrees_where_a_row_is_its_own_neighbour(k: int) -> None:
    rng = np.random.default_rng(k)
    features, y_pred = rng.normal(size=(80, 3)), rng.integers(0, 2, 80)
    expected = aif360.consistency_score(features, y_pred, n_neighbors=k)
    ours = metrics.consistency_score(y_pred, features=features, n_neighbors=k, include_self=True)
    assert ours == close(expected)
