"""Every assertion on groups: what it passes, what it fails, and what it refuses to judge."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest

import pytest_fairness as pf
from pytest_fairness import FairnessFailure, Verdict
from pytest_fairness.errors import ArgumentError

N = 6000


@functools.cache
def rows():
    """Two large groups of which one is treated worse in every respect, and fair columns beside."""
    rng = np.random.default_rng(3)
    group = np.array(["a", "b"])[rng.integers(0, 2, N)]
    is_b = group == "b"
    y_true = (rng.random(N) < 0.4).astype(int)
    fair_score = np.clip(0.3 + 0.4 * y_true + rng.normal(0, 0.15, N), 0, 1)
    noise = rng.random(N)
    unfair_score = np.where(is_b, np.where(y_true == 1, noise * 0.6, 0.2 + noise * 0.8), fair_score)
    kinds = np.array(["cat", "dog", "fish"])
    true_kind = kinds[rng.integers(0, 3, N)]
    wrong = rng.random(N) < 0.1
    fair_kind = np.where(wrong, np.roll(true_kind, 1), true_kind)
    unfair_kind = np.where(is_b & (rng.random(N) < 0.5), "cat", fair_kind)
    number = rng.normal(10, 2, N)
    calm = number + rng.normal(0, 1, N)
    wild = number + rng.normal(0, 1, N) * np.where(is_b, 4, 1) + np.where(is_b, 1.5, 0)
    return {
        "group": group,
        "y_true": y_true,
        "fair_score": fair_score,
        "unfair_score": unfair_score,
        "fair": (fair_score > 0.5).astype(int),
        "unfair": (unfair_score > 0.5).astype(int),
        "true_kind": true_kind,
        "fair_kind": fair_kind,
        "unfair_kind": unfair_kind,
        "number": number,
        "calm": calm,
        "wild": wild,
        "probability": np.clip(fair_score, 0, 1),
    }


def decisions(assertion, **limits):
    return lambda d, side: assertion(d["y_true"], d[side], sensitive_features=d["group"], **limits)


def scores(assertion, **limits):
    return lambda d, side: assertion(
        d["y_true"], d[f"{side}_score"], sensitive_features=d["group"], **limits
    )


def kinds(assertion, **limits):
    return lambda d, side: assertion(
        d["true_kind"], d[f"{side}_kind"], sensitive_features=d["group"], **limits
    )


def numbers(assertion, **limits):
    return lambda d, side: assertion(
        d["number"],
        d["calm" if side == "fair" else "wild"],
        sensitive_features=d["group"],
        **limits,
    )


def lowered(d, side):
    """Scores that are lower throughout for one group, on the unfair side."""
    return d["fair_score"] * np.where((side == "unfair") & (d["group"] == "b"), 0.6, 1)


CASES = {
    "demographic_parity": lambda d, side: pf.assert_demographic_parity(
        d["fair" if side == "fair" else "wild"] > (0.5 if side == "fair" else 11.5),
        sensitive_features=d["group"],
        pos_label=True,
        max_difference=0.1,
    ),
    "equal_opportunity": decisions(pf.assert_equal_opportunity, max_difference=0.1),
    "equal_opportunity_ratio": decisions(pf.assert_equal_opportunity, min_ratio=0.8),
    "equalized_odds": decisions(pf.assert_equalized_odds, max_difference=0.1),
    "equalized_odds_mean": decisions(pf.assert_equalized_odds, max_difference=0.1, agg="mean"),
    "average_odds": decisions(pf.assert_equalized_odds, max_difference=0.1, agg="average_odds"),
    "predictive_parity": decisions(pf.assert_predictive_parity, max_difference=0.1),
    "use_accuracy": decisions(pf.assert_predictive_parity, max_difference=0.1, use="both"),
    "rate_fpr": decisions(pf.assert_rate_parity, rate="false_positive_rate", max_difference=0.1),
    "rate_floor": decisions(pf.assert_rate_parity, rate="true_positive_rate", min_group=0.7),
    "rate_ceiling": decisions(pf.assert_rate_parity, rate="error_rate", max_group=0.2),
    "accuracy": decisions(pf.assert_performance_parity, max_difference=0.1),
    "f1": decisions(pf.assert_performance_parity, metric="f1", max_difference=0.1),
    "f1_ratio": decisions(pf.assert_performance_parity, metric="f1", min_ratio=0.8),
    "macro_f1": kinds(pf.assert_performance_parity, metric="macro_f1", min_group=0.8),
    "balanced": kinds(pf.assert_performance_parity, metric="balanced_accuracy", max_difference=0.1),
    "class_parity": lambda d, side: pf.assert_class_parity(
        d[f"{side}_kind"], sensitive_features=d["group"], max_difference=0.1
    ),
    "total_variation": lambda d, side: pf.assert_class_parity(
        d[f"{side}_kind"],
        sensitive_features=d["group"],
        max_difference=0.1,
        distance="total_variation",
    ),
    "class_odds": kinds(pf.assert_class_odds, max_difference=0.1),
    "class_recall": kinds(pf.assert_class_odds, max_difference=0.1, cells="recall"),
    "class_recall_rms": kinds(pf.assert_class_odds, max_difference=0.1, cells="recall_rms"),
    "labels": lambda d, side: pf.assert_label_parity(
        np.column_stack([d[f"{side}_kind"] == k for k in ("cat", "dog")]).astype(int),
        sensitive_features=d["group"],
        max_difference=0.1,
        labels=["cat", "dog"],
    ),
    "differential": lambda d, side: pf.assert_differential_fairness(
        d[f"{side}_kind"], sensitive_features=d["group"], max_epsilon=0.3
    ),
    "independence": lambda d, side: pf.assert_independence(
        d[f"{side}_kind"], sensitive_features=d["group"], max_association=0.15
    ),
    "inequality": lambda d, side: pf.assert_benefit_equality(
        d["y_true"], d[side], max_inequality=0.1
    ),
    "amplification": lambda d, side: pf.assert_bias_amplification(
        d["unfair_kind"],
        np.where((side == "unfair") & (d["group"] == "b"), "cat", d["unfair_kind"]),
        sensitive_features=d["group"],
        max_amplification=0.05,
    ),
    "wasserstein": lambda d, side: pf.assert_score_parity(
        lowered(d, side),
        sensitive_features=d["group"],
        distance="wasserstein",
        max_difference=0.05,
    ),
    "ks": lambda d, side: pf.assert_score_parity(
        lowered(d, side), sensitive_features=d["group"], distance="ks", max_difference=0.1
    ),
    "mean_score": lambda d, side: pf.assert_score_parity(
        lowered(d, side),
        sensitive_features=d["group"],
        max_difference=0.05,
    ),
    "balance": scores(pf.assert_class_balance, max_difference=0.05),
    "auc": scores(pf.assert_auc_parity, max_difference=0.05),
    "auc_floor": scores(pf.assert_auc_parity, min_group=0.9),
    "subgroup_auc": scores(pf.assert_subgroup_auc, min_group=0.9),
    "bpsn_auc": scores(pf.assert_subgroup_auc, min_group=0.9, metric="bpsn_auc"),
    "mae": numbers(pf.assert_error_parity, max_difference=0.3),
    "rmse": numbers(pf.assert_error_parity, max_difference=0.3, metric="rmse"),
    "residual": numbers(pf.assert_error_parity, max_group=0.3, metric="mean_residual"),
    "brier": scores(pf.assert_calibration, metric="brier_score", max_difference=0.05),
    "ece": lambda d, side: pf.assert_calibration(
        (np.random.default_rng(0).random(N) < d["fair_score"]).astype(int),
        np.clip(d["fair_score"] - (0.3 if side == "unfair" else 0) * (d["group"] == "b"), 0, 1),
        sensitive_features=d["group"],
        max_group=0.1,
    ),
    "slope": lambda d, side: pf.assert_calibration(
        (np.random.default_rng(0).random(N) < d["fair_score"]).astype(int),
        np.where((side == "unfair") & (d["group"] == "b"), 1 - d["fair_score"], d["fair_score"]),
        sensitive_features=d["group"],
        metric="calibration_slope",
        max_difference=0.5,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_fair_rows_pass_and_unfair_ones_fail(name):
    passed = CASES[name](rows(), "fair")
    assert passed.verdict is Verdict.PASS
    assert passed.definition_id
    with pytest.raises(FairnessFailure) as caught:
        CASES[name](rows(), "unfair")
    outcome = caught.value.outcome
    assert outcome.verdict is Verdict.FAIL
    assert outcome.metric == passed.metric
    assert 0 <= outcome.evidence.p_value < 0.05


@pytest.mark.parametrize("name", CASES)
def test_the_definition_is_in_the_catalogue_and_the_number_agrees(name):
    from pytest_fairness.definitions import definition

    outcome = CASES[name](rows(), "fair")
    known = definition(outcome.definition_id)
    assert outcome.definition.startswith(known.statistic)
    assert known.least - 1e-9 <= outcome.evidence.estimate <= known.most + 1e-9


CONTAINERS = {
    "list": lambda v: v.tolist(),
    "array": lambda v: v,
    "series": pd.Series,
    "object": lambda v: v.astype(object),
}


@pytest.mark.parametrize("kind", CONTAINERS)
def test_containers_do_not_matter(kind):
    d, wrap = rows(), CONTAINERS[kind]
    outcome = pf.assert_equalized_odds(
        wrap(d["y_true"]), wrap(d["fair"]), sensitive_features=wrap(d["group"]), max_difference=0.1
    )
    plain = pf.assert_equalized_odds(
        d["y_true"], d["fair"], sensitive_features=d["group"], max_difference=0.1
    )
    assert outcome.evidence == plain.evidence
    assert outcome.data_fingerprint == plain.data_fingerprint


def test_polars_torch_and_datasets_columns_are_read():
    polars, torch = pytest.importorskip("polars"), pytest.importorskip("torch")
    datasets = pytest.importorskip("datasets")
    d = rows()
    frame = polars.DataFrame({"y": d["y_true"], "p": d["fair"], "g": d["group"]})
    table = datasets.Dataset.from_dict({"g": d["group"].tolist()})
    plain = pf.assert_equalized_odds(
        d["y_true"], d["fair"], sensitive_features=d["group"], max_difference=0.1
    )
    mixed = [
        (frame["y"], frame["p"], frame["g"]),
        (torch.tensor(d["y_true"]), torch.tensor(d["fair"]), table["g"]),
        (frame["y"], torch.tensor(d["fair"]), frame.select("g")),
    ]
    for y_true, y_pred, groups in mixed:
        found = pf.assert_equalized_odds(
            y_true, y_pred, sensitive_features=groups, max_difference=0.1
        )
        assert found.evidence.estimate == plain.evidence.estimate


# Edges


def verdict_of(check):
    try:
        return check().verdict
    except FairnessFailure as failure:
        return failure.outcome.verdict


def parity(y_pred, groups, **options):
    options.setdefault("max_difference", 0.1)
    return lambda: pf.assert_demographic_parity(y_pred, sensitive_features=groups, **options)


def odds(y_true, y_pred, groups, **options):
    options.setdefault("max_difference", 0.1)
    return lambda: pf.assert_equalized_odds(y_true, y_pred, sensitive_features=groups, **options)


HALF = [0, 1] * 1000
AB = ["a", "a", "b", "b"] * 500
UNUSED = pd.Categorical(AB, categories=["a", "b", "c"])

EDGES = {
    "single group": (parity(HALF, ["a"] * 2000), "unmeasurable"),
    "all unknown": (parity(HALF, [None] * 2000), "unmeasurable"),
    "category without rows": (parity(HALF, UNUSED), "unmeasurable"),
    "constant prediction": (parity([1] * 2000, AB), "pass"),
    "constant prediction, ratio of zeros": (
        parity([0] * 2000, AB, max_difference=None, min_ratio=0.8),
        "unmeasurable",
    ),
    "group without positives": (
        odds([0 if g == "a" else i % 4 // 2 for i, g in enumerate(AB)], HALF, AB),
        "unmeasurable",
    ),
    "class that no row has": (odds([0] * 2000, HALF, AB), "unmeasurable"),
    "weights of zero in one group": (
        parity(HALF, AB, sample_weight=[0.0 if g == "a" else 1.0 for g in AB]),
        "unmeasurable",
    ),
    "all weights one": (parity(HALF, AB, sample_weight=[1.0] * 2000), "pass"),
    "twenty refused beside many": (
        parity([1, 0] * 1000 + [0] * 20, ["a"] * 1000 + ["b"] * 1000 + ["c"] * 20),
        "fail",
    ),
    "five refused beside many": (
        parity([1, 0] * 1000 + [0] * 5, ["a"] * 1000 + ["b"] * 1000 + ["c"] * 5),
        "inconclusive",
    ),
    "unknown beside two groups": (parity([*HALF, 1, 1], [*AB, None, float("nan")]), "pass"),
}


@pytest.mark.parametrize("name", EDGES)
def test_edges_have_an_explicit_verdict(name):
    check, expected = EDGES[name]
    assert verdict_of(check).value == expected


REFUSED = {
    "nan prediction": (parity([0.0, 1.0, float("nan")], ["a", "b", "a"]), "y_pred"),
    "empty": (parity([], []), "y_pred is empty"),
    "negative weight": (parity(HALF, AB, sample_weight=[-1.0] * 2000), "sample_weight"),
    "nan weight": (parity(HALF, AB, sample_weight=[float("nan")] * 2000), "sample_weight"),
    "weights of zero throughout": (
        parity(HALF, AB, sample_weight=[0.0] * 2000),
        "sample_weight is 0 in every row",
    ),
    "lengths": (parity(HALF, AB[:-1]), "1999"),
    "no limit": (parity(HALF, AB, max_difference=None), "exactly one"),
    "two limits": (parity(HALF, AB, min_ratio=0.8), "exactly one"),
    "limit out of range": (parity(HALF, AB, max_difference=1.5), r"\[0, 1\]"),
    "three classes": (parity([0, 1, 2] * 2, ["a", "b"] * 3), "two classes"),
    "clusters of another length": (parity(HALF, AB, clusters=[1, 2]), "clusters"),
    "unknown reference": (parity(HALF, AB, reference="z"), "reference"),
    "unknown strata": (parity(HALF, AB, control_features=AB, strata="best"), "strata"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_refused_by_name(name):
    check, words = REFUSED[name]
    with pytest.raises(ArgumentError, match=words):
        check()


def test_a_tiny_group_is_named_with_the_rows_that_would_decide():
    check = EDGES["five refused beside many"][0]
    with pytest.raises(FairnessFailure) as caught:
        check()
    evidence = caught.value.outcome.evidence
    assert "c" in {evidence.deciding.first, evidence.deciding.second}
    assert evidence.required_groups["c"] > 5
    message = str(caught.value)
    assert "(n 5)" in message
    assert "50" in message


# What belongs together


def test_clusters_make_a_verdict_harder_to_reach():
    rng = np.random.default_rng(0)
    template = np.repeat(np.arange(40), 50)
    decided = np.repeat(rng.random(40) < 0.5, 50).astype(int)
    groups = np.where(np.arange(2000) % 100 < 50, "a", "b")
    alone = pf.assert_demographic_parity(
        decided, sensitive_features=groups, max_difference=0.99
    ).evidence.interval
    together = pf.assert_demographic_parity(
        decided, sensitive_features=groups, clusters=template, max_difference=1.0
    ).evidence.interval
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_strata_explain_a_gap_or_do_not():
    rng = np.random.default_rng(1)
    job = rng.integers(0, 2, 8000)
    group = np.where(rng.random(8000) < np.where(job == 1, 0.8, 0.2), "a", "b")
    hired = (rng.random(8000) < np.where(job == 1, 0.7, 0.3)).astype(int)
    with pytest.raises(FairnessFailure):
        parity(hired, group)()
    for strata in ("mean", "worst_case"):
        assert parity(hired, group, control_features=job, strata=strata)().passed


def test_weights_count_as_repeated_rows_do_for_the_estimate():
    y_pred, groups = [1, 0, 1, 0, 0, 1], ["a", "a", "a", "b", "b", "b"]
    weights = [3, 1, 2, 1, 4, 2]
    repeated = [np.repeat(v, weights) for v in (y_pred, groups)]
    one = pf.demographic_parity_difference(
        None, y_pred, sensitive_features=groups, sample_weight=weights
    )
    other = pf.demographic_parity_difference(None, repeated[0], sensitive_features=repeated[1])
    assert one == pytest.approx(other, abs=1e-15)


def test_with_a_reference_only_pairs_with_it_count():
    groups = ["a"] * 1000 + ["b"] * 1000 + ["c"] * 1000
    y_pred = ([1] * 500 + [0] * 500) + ([1] * 450 + [0] * 550) + ([1] * 550 + [0] * 450)
    with pytest.raises(FairnessFailure):
        parity(y_pred, groups, max_difference=0.05)()
    found = parity(y_pred, groups, max_difference=0.11, reference="a")()
    assert {c.first for c in found.evidence.comparisons} | {
        c.second for c in found.evidence.comparisons
    } == {"a", "b", "c"}
    assert all("a" in (c.first, c.second) for c in found.evidence.comparisons)


# What cannot be measured, or is not known to be bounded


@pytest.mark.parametrize("distance", ["mean", "wasserstein", "ks"])
def test_scores_of_a_single_group_are_unmeasurable(distance):
    check = lambda: pf.assert_score_parity(  # noqa: E731
        [0.1, 0.5, 0.9] * 100, sensitive_features=["a"] * 300, distance=distance, max_difference=0.1
    )
    assert verdict_of(check).value == "unmeasurable"


def test_recall_of_a_single_group_is_unmeasurable():
    check = lambda: pf.assert_class_odds(  # noqa: E731
        [0, 1] * 100,
        [0, 1] * 100,
        sensitive_features=["a"] * 200,
        cells="recall_rms",
        max_difference=0.1,
    )
    assert verdict_of(check).value == "unmeasurable"


@pytest.mark.parametrize("limits", [{"max_group": 1.0}, {"max_difference": 1.0}])
def test_few_errors_without_a_known_range_bound_nothing_and_say_how_many_would(limits):
    rng = np.random.default_rng(0)
    with pytest.raises(FairnessFailure, match="any size") as caught:
        pf.assert_error_parity(
            [0.0] * 210, rng.random(210), sensitive_features=["a"] * 200 + ["b"] * 10, **limits
        )
    assert caught.value.outcome.verdict is Verdict.INCONCLUSIVE
    assert caught.value.outcome.evidence.required_groups["b"] == 20


@pytest.mark.parametrize("limits", [{"max_group": 1.0}, {"max_difference": 1.0}])
def test_errors_that_are_all_alike_bound_nothing_and_say_so(limits):
    with pytest.raises(FairnessFailure) as caught:
        pf.assert_error_parity(
            [0.0] * 400, [0.5] * 400, sensitive_features=["a", "b"] * 200, **limits
        )
    assert "without a known range bound nothing" in " ".join(str(caught.value).split())
