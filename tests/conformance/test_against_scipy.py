from __future__ import annotations

import itertools
import warnings

import numpy as np
from hypothesis import given, strategies as st
from scipy import stats

from pytest_fairness import metrics
from tests.conformance.inputs import FEW, close, rows


@given(rows(), st.booleans())
@FEW
def test_wasserstein_distances_agree(data, weighted) -> None:
    arguments = {"sample_weight": data.weight} if weighted else {}
    found = metrics.wasserstein_difference(
        None, data.y_score, sensitive_features=data.group, **arguments
    )
    theirs = 0.0
    for one, other in itertools.combinations(map(data.among, data.groups), 2):
        weights = (one.weight, other.weight) if weighted else ()
        theirs = max(theirs, stats.wasserstein_distance(one.y_score, other.y_score, *weights))
    assert found == close(theirs)


@given(rows())
@FEW
def test_kolmogorov_smirnov_distances_agree(data) -> None:
    found = metrics.ks_difference(None, data.y_score, sensitive_features=data.group)
    pairs = itertools.combinations(map(data.among, data.groups), 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of p-values, which are not used
        theirs = max(stats.ks_2samp(a.y_score, b.y_score).statistic for a, b in pairs)
    assert found == close(theirs)


@given(rows(n_groups=4, n_classes=3))
@FEW
def test_cramers_v_without_correction_agrees(data) -> None:
    table = stats.contingency.crosstab(data.group, data.y_pred).count
    if min(table.shape) > 1:
        found = metrics.cramers_v(
            None, data.y_pred, sensitive_features=data.group, bias_corrected=False
        )
        assert found == close(stats.contingency.association(table, method="cramer"))


@given(rows(full="labels"))
@FEW
def test_xauc_is_mann_whitneys_statistic(data) -> None:
    found = metrics.xaucs(data.y_true, data.y_score, sensitive_features=data.group)
    for (above, below), ours in found.items():
        high, low = data.among(above), data.among(below)
        positives, negatives = high.y_score[high.y_true == 1], low.y_score[low.y_true == 0]
        statistic = stats.mannwhitneyu(positives, negatives).statistic
        assert ours == close(statistic / (len(positives) * len(negatives)))


@given(rows(n_classes=3))
@FEW
def test_divergence_is_the_entropy_of_scipy(data) -> None:
    one, other = data.among("a").y_pred, data.among("b").y_pred
    p, q = ([np.mean(part == label) for label in range(3)] for part in (one, other))
    found = metrics.kl_divergence(
        data.y_pred, sensitive_features=data.group, reference="a", group="b"
    )
    assert found == close(stats.entropy(p, q))
