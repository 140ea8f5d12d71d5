"""Input that users give by mistake: it is used rightly, or refused in words that help."""

from __future__ import annotations

import functools
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

import pytest_fairness as pf
from pytest_fairness import FairnessFailure, Verdict
from pytest_fairness.errors import ArgumentError, ArgumentTypeError

N = 600
AB = np.array(["a", "b"] * (N // 2))
HALF = np.array([0, 0, 1, 1] * (N // 4))
SCORES = np.array([0.2, 0.2, 0.7, 0.7] * (N // 4))
THREE = np.array(["p", "p", "q", "q", "r", "r"] * (N // 6))
wide = functools.partial(pf.assert_demographic_parity, max_difference=0.9)


def praise(texts):
    return [0.9 if "very" in text else 0.6 for text in texts]


def judged(check):
    """Return the outcome, whatever the verdict."""
    try:
        return check()
    except FairnessFailure as failure:
        return failure.outcome


@pytest.mark.parametrize("limit", ["max_difference", "min_ratio", "min_group"])
def test_performance_by_a_function(limit):
    found = judged(
        lambda: pf.assert_performance_parity(
            HALF, HALF, sensitive_features=AB, metric=f1_score, **{limit: 0.5}
        )
    )
    assert found.verdict is Verdict.PASS
    assert found.definition_id == f"performance_{limit.split('_', 1)[1]}".replace(
        "performance_group", "performance_group_min"
    )
    assert "f1_score" in found.definition


def test_performance_that_is_nan_makes_a_group_unmeasurable():
    found = judged(
        lambda: pf.assert_performance_parity(
            HALF,
            HALF,
            sensitive_features=AB,
            metric=lambda t, p: float("nan"),
            max_difference=0.5,
        )
    )
    assert found.verdict is Verdict.UNMEASURABLE


def test_a_list_of_one_source_says_that_one_pair_is_drawn():
    found = judged(
        lambda: pf.assert_counterfactual_invariance(
            praise, [("He is kind.", "She is kind.")] * 40, max_flip_rate=0.1
        )
    )
    assert found.evidence.excluded == {"of the same template or text": 39}
    assert any("pass the space itself" in note for note in found.evidence.notes)


def test_a_missing_stratum_is_counted():
    strata = np.array(["x", "x", None, None, "y", "y"] * (N // 6), dtype=object)
    found = judged(lambda: wide(HALF, sensitive_features=AB, control_features=strata))
    assert found.evidence.excluded == {"unknown stratum": N // 3}
    assert found.evidence.n == N - N // 3


AMPLIFIED = {
    "one group": (HALF, HALF, ["a"] * N),
    "one class": ([1] * N, [1] * N, AB),
    "no known group": (HALF, HALF, [None] * N),
    "unused category": (HALF, HALF, pd.Categorical(AB, categories=["a", "b", "c"])),
}


@pytest.mark.parametrize("name", AMPLIFIED)
def test_amplification_needs_groups_and_classes(name):
    y_true, y_pred, groups = AMPLIFIED[name]
    check = functools.partial(
        pf.assert_bias_amplification,
        y_true,
        y_pred,
        sensitive_features=groups,
        max_amplification=0.5,
    )
    assert judged(check).verdict is Verdict.UNMEASURABLE


@pytest.mark.parametrize("cells", ["all", "recall", "recall_rms"])
def test_a_class_that_is_never_true(cells):
    never = np.where(THREE == "q", "p", THREE)
    check = functools.partial(
        pf.assert_class_odds,
        never,
        THREE,
        sensitive_features=AB,
        max_difference=0.9,
        cells=cells,
    )
    found = judged(check)
    assert found.verdict is Verdict.UNMEASURABLE
    assert "Class 'q' is never a true label" in found.reason
    assert "classes=['p', 'r']" in found.reason
    assert judged(lambda: check(classes=["p", "r"])).verdict is Verdict.PASS


def test_a_class_that_one_group_lacks_is_named():
    lacking = np.where(AB == "b", np.where(THREE == "q", "p", THREE), THREE)
    found = judged(
        lambda: pf.assert_class_odds(
            lacking, THREE, sensitive_features=AB, max_difference=0.9, cells="recall_rms"
        )
    )
    assert found.verdict is Verdict.UNMEASURABLE
    assert "'b' of 'q'" in found.reason


def test_macro_f1_names_the_class_that_a_group_lacks():
    lacking = np.where(AB == "b", np.where(THREE == "q", "p", THREE), THREE)
    found = judged(
        lambda: pf.assert_performance_parity(
            lacking, lacking, sensitive_features=AB, metric="macro_f1", max_difference=0.5
        )
    )
    assert found.verdict is Verdict.UNMEASURABLE
    assert "Group 'b' has no row of class 'q'" in found.reason


@pytest.mark.parametrize("size", [1e308, 1e200, 1e-200, 1e-300])
def test_weights_count_by_their_proportions_however_large(size):
    y_pred = [1, 1, 1, 0] * (N // 4)
    weights = np.array([1.0, 2.0] * (N // 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one, other = (
            judged(lambda w=w: wide(y_pred, sensitive_features=AB, sample_weight=w))
            for w in (weights, weights * (size / 2))
        )
    assert one.verdict is other.verdict
    assert other.evidence.interval.high == pytest.approx(one.evidence.interval.high)


def test_numbers_of_numpy_and_whole_references_are_taken():
    found = judged(
        lambda: pf.assert_demographic_parity(
            HALF,
            sensitive_features=[1, 2] * (N // 2),
            max_difference=np.float32(0.2),
            reference=1,
        )
    )
    assert found.verdict is Verdict.PASS


def test_labels_of_a_table_are_its_columns():
    table = pd.DataFrame({"kind": HALF, "loud": HALF})
    found = judged(lambda: pf.assert_label_parity(table, sensitive_features=AB, max_difference=0.5))
    assert {rate.quantity for rate in found.evidence.groups} == {
        "share labelled kind",
        "share labelled loud",
    }


def parity(**options):
    return lambda: pf.assert_demographic_parity(
        HALF, **{"sensitive_features": AB, "max_difference": 0.5, **options}
    )


def performance(metric):
    return lambda: pf.assert_performance_parity(
        HALF, HALF, sensitive_features=AB, max_difference=0.5, metric=metric
    )


def scores(y_score=SCORES, **options):
    return lambda: pf.assert_score_parity(
        y_score, **{"sensitive_features": AB, "max_difference": 0.5, **options}
    )


def alike(**options):
    return lambda: pf.assert_individual_fairness(
        options.pop("y_score", SCORES),
        features=np.arange(N),
        **{"min_consistency": 0.1, **options},
    )


def invariance(**options):
    pairs = [(f"Guest {i} is kind.", f"Guest {i} is very kind.") for i in range(50)]
    return lambda: pf.assert_counterfactual_invariance(
        praise, pairs, **{"max_flip_rate": 0.5, **options}
    )


def direction(**options):
    pairs = [(f"Guest {i} is kind.", f"Guest {i} is very kind.") for i in range(50)]
    return lambda: pf.assert_directional_expectation(
        praise, pairs, **{"expect": "increase", "max_failure_rate": 0.5, **options}
    )


def cases(labels):
    return lambda: pf.assert_minimum_functionality(praise, ["he x"], labels, max_failure_rate=0.5)


def odds(y_true, y_pred, **options):
    return lambda: pf.assert_class_odds(
        y_true, y_pred, sensitive_features=AB, max_difference=0.5, **options
    )


def classes(y_pred, **options):
    return lambda: pf.assert_class_parity(
        y_pred, sensitive_features=AB, max_difference=0.5, **options
    )


def worst(**options):
    return lambda: pf.assert_rate_parity(
        HALF, HALF, rate="accuracy", sensitive_features=AB, min_group=0.1, **options
    )


REFUSED = {
    "metric returns text": (
        performance(lambda t, p: "x"),
        "metric returned 'x' and must return a number in",
    ),
    "metric of one argument": (performance(lambda t: 0.5), "must take y_true and y_pred"),
    "all strata missing": (
        parity(control_features=[None] * N),
        "control_features is missing in every row",
    ),
    "texts and numbers": (odds(THREE, HALF), "use different labels"),
    "label of no model": (cases(["zz"]), "label='zz' is not one of the model's labels"),
    "labels that are a number": (cases(1), "labels=1 must hold one label per text"),
    "ratio of scores below 0": (
        scores(max_difference=None, min_ratio=0.8, score_range=(-1, 1)),
        "min_ratio= has no meaning",
    ),
    "no weight at all": (scores(sample_weight=[0] * N), "sample_weight is 0 in every row"),
    "no weight in classes": (classes(THREE, sample_weight=[0] * N), "sample_weight is 0"),
    "weights of very different size": (
        parity(sample_weight=[1e-200, 1.0] * (N // 2)),
        "sample_weight spans from",
    ),
    "weights of text": (parity(sample_weight=["a"] * N), "sample_weight holds values that are no"),
    "one weight": (parity(sample_weight=2), "sample_weight has shape .* a number for each row"),
    "alpha of text": (parity(alpha="a"), "alpha='a' must be a number"),
    "limit of text": (parity(max_difference="0.1"), "max_difference='0.1' must be a number"),
    "limit that is true": (parity(max_difference=True), "max_difference=True must be a number"),
    "range of one number": (scores(score_range=5), "score_range=5 must be two numbers"),
    "concentration of text": (
        lambda: pf.assert_differential_fairness(
            HALF, sensitive_features=AB, max_epsilon=1.0, concentration="a"
        ),
        "concentration='a' must be a number",
    ),
    "part of a pair": (invariance(max_pairs=100.5), "max_pairs=100.5 must be a whole number"),
    "min_pairs below 0": (invariance(min_pairs=-1), "min_pairs=-1 must be at least 0"),
    "seed of text": (invariance(seed="a"), "seed='a' must be a whole number"),
    "seed below 0": (direction(seed=-1), "seed=-1 must be at least 0"),
    "label of no score": (invariance(label="zz"), "label='zz' is not one of the model's labels"),
    "margin that nothing fails": (direction(margin=-1), r"margin=-1 must lie in \(-1, 1\)"),
    "margin below nothing": (direction(expect="same", margin=-0.1), "must be at least 0"),
    "rule of one argument": (direction(expect=lambda a: a), "must take two arrays of scores"),
    "too many neighbours": (alike(n_neighbors=10**6), "n_neighbors=1000000 .* n=600"),
    "lipschitz below 0": (alike(lipschitz=-1), "lipschitz=-1 must be"),
    "consistency of text": (alike(y_score=["a"] * N), "y_score holds values that are no numbers"),
    "probabilities of text": (
        lambda: pf.assert_calibration(HALF, ["a"] * N, sensitive_features=AB, max_group=0.5),
        "y_prob holds values that are no numbers",
    ),
    "no limit": (
        lambda: pf.assert_class_parity(THREE, sensitive_features=AB, max_difference=None),
        "Give max_difference=, a number",
    ),
    "a score among classes": (classes([1, "a", 2.5] * (N // 3)), "such as 2.5"),
    "a true class that is not named": (odds(THREE, THREE, classes=["p", "q"]), "y_true holds 'r'"),
    "a class named twice": (classes(HALF, classes=[0, 1, 1]), "names a class twice"),
    "strata without control": (parity(strata="worst_case"), "has no meaning without control_feat"),
    "reference beside a floor": (worst(reference="a"), "reference='a' has no meaning beside min_g"),
    "unknown reference of a distance": (scores(distance="ks", reference="z"), "reference='z'"),
    "a column of numbers": (
        parity(sensitive_features=np.arange(N) + 0.5),
        "makes 600 groups of 600 rows",
    ),
    "a column of numbers beside scores": (
        scores(sensitive_features=np.arange(N) + 0.5),
        "makes 600 groups of 600 rows",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_in_words_that_help(name):
    check, words = REFUSED[name]
    with pytest.raises((ArgumentError, ArgumentTypeError), match=words):
        check()


def _known(n=600):
    return np.array([0, 0, 1, 1] * (n // 4)), np.array(["a", "b"] * (n // 2))


@pytest.mark.parametrize(
    "check",
    [
        lambda h, g: pf.assert_score_parity(
            h * 0.5, sensitive_features=g, distance="ks", max_difference=0.3
        ),
        lambda h, g: pf.assert_class_parity(
            h, sensitive_features=g, distance="total_variation", max_difference=0.3
        ),
        lambda h, g: pf.assert_performance_parity(
            h, h, sensitive_features=g, metric="f1", max_difference=0.3
        ),
        lambda h, g: pf.assert_performance_parity(
            h, h, sensitive_features=g, metric="macro_f1", min_group=0.3
        ),
    ],
)
def test_rows_without_any_known_group_are_unmeasurable(check):
    h, _ = _known()
    with pytest.raises(FairnessFailure) as caught:
        check(h, [None] * len(h))
    assert caught.value.outcome.verdict is Verdict.UNMEASURABLE


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (np.array([0, "0"] * 300, dtype=object), "holds both 0 and '0', which would be one group"),
        (np.array([True, "True"] * 300, dtype=object), "which would be one group"),
        (
            {"p": ["a, b", "a"] * 300, "q": ["c", "b, c"] * 300},
            r"would both be called 'a, b, c'. Rename a label",
        ),
    ],
)
def test_different_groups_are_never_merged(features, message):
    h, _ = _known()
    with pytest.raises(ArgumentError, match=message):
        pf.assert_demographic_parity(h, sensitive_features=features, max_difference=0.3)


def test_a_declared_category_that_no_row_has_is_named_among_several_columns():
    h, ab = _known()
    table = pd.DataFrame({"s": pd.Categorical(ab, categories=["a", "b", "c"]), "r": ["x"] * 600})
    with pytest.raises(FairnessFailure) as caught:
        pf.assert_demographic_parity(h, sensitive_features=table, max_difference=0.3)
    assert caught.value.outcome.verdict is Verdict.UNMEASURABLE
    assert "No row of group 'c, *'" in caught.value.outcome.reason


def test_masked_entries_are_missing():
    h, ab = _known()
    masked = np.ma.masked_array(h, mask=ab == "a")
    with pytest.raises(ArgumentError, match="y_pred holds 300 missing values"):
        pf.assert_demographic_parity(masked, sensitive_features=ab, max_difference=0.3)
    groups = np.ma.masked_array(ab, mask=ab == "a")
    with pytest.raises(FairnessFailure, match="known for the one group 'b'"):
        pf.assert_demographic_parity(h, sensitive_features=groups, max_difference=0.3)


def test_distances_have_bounds_that_can_be_and_ask_for_enough_rows():
    scores = np.random.default_rng(0).random(600)
    with pytest.raises(FairnessFailure) as caught:
        pf.assert_score_parity(
            scores, sensitive_features=["a"] * 599 + ["b"], distance="ks", max_difference=0.3
        )
    evidence = caught.value.outcome.evidence
    assert evidence.interval.high <= 1
    assert evidence.minimum_detectable <= 1
    assert evidence.required_groups["b"] >= 30
