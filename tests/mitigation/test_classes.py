"""Precision, recall and F1 of each class, against scikit-learn."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import f1_score, precision_recall_fscore_support

from pytest_fairness import load_model
from pytest_fairness.mitigation.classes import (
    ClassReport,
    ClassScores,
    given_up,
    mean_f1,
    report_classes,
    warnings_of,
)
from pytest_fairness.mitigation.data import Labelled

LABELS = ["a", "b", "c", "d"]


def model_that_says(numbers):
    said = {str(i): np.eye(len(LABELS))[number] for i, number in enumerate(numbers)}
    return load_model(lambda texts: np.stack([said[text] for text in texts]), labels=LABELS)


@pytest.fixture(scope="module")
def answers():
    """Truth, and answers before and after; no row gets d, and none before is of it."""
    rng = np.random.default_rng(0)
    truth = rng.integers(3, size=300)
    before = np.where(rng.random(300) < 0.7, truth, rng.integers(3, size=300))
    after = np.where(rng.random(300) < 0.8, truth, rng.integers(3, size=300))
    return truth, before, after


def test_scores_are_those_of_scikit_learn(answers):
    truth, before, after = answers
    rows = Labelled([str(i) for i in range(300)], truth)
    found = report_classes(model_that_says(before), model_that_says(after), rows)
    assert [one.label for one in found] == LABELS
    for said, name in ((before, "before"), (after, "after")):
        precision, recall, f1, support = precision_recall_fscore_support(
            truth, said, labels=range(4), zero_division=np.nan
        )
        for i, one in enumerate(found[:3]):
            scores = getattr(one, name)
            assert scores.precision == pytest.approx(precision[i])
            assert scores.recall == pytest.approx(recall[i])
            assert scores.f1 == pytest.approx(f1[i])
            assert scores.said == (said == i).sum()
            assert one.n == support[i]
    three = [one.after for one in found[:3]]
    assert mean_f1(three) == pytest.approx(f1_score(truth, after, average="macro"))


def test_a_class_that_never_occurs_has_no_scores(answers):
    truth, before, after = answers
    rows = Labelled([str(i) for i in range(300)], truth)
    last = report_classes(model_that_says(before), model_that_says(after), rows)[-1]
    assert (last.n, last.after.precision, last.after.recall, last.after.f1) == (0, None, None, None)
    assert mean_f1([last.after]) is None


def test_rows_without_labels_have_no_report():
    model = model_that_says([0, 1])
    assert report_classes(model, model, Labelled(["0", "1"], np.eye(4)[:2])) == ()
    assert report_classes(model, model, Labelled(["0", "1"])) == ()


def lost_class(n, kept, gained=0, rest=200, *, alpha=0.05, labelled=True):
    """Of `n` rows of the last class, all but the first `gained` found before, and `kept` after."""
    truth = np.array([0] * rest + [2] * n)
    before, after = truth.copy(), truth.copy()
    before[rest : rest + gained] = 0
    after[rest + kept :] = 0
    targets = truth if labelled else np.eye(4)[truth]
    rows = Labelled([str(i) for i in range(len(truth))], targets)
    models = model_that_says(before), model_that_says(after)
    return given_up(*models, rows, margin=0.1, alpha=alpha)


@pytest.mark.parametrize("labelled", [True, False])
def test_a_class_that_is_shown_to_be_lost_is_named(labelled):
    assert lost_class(12, 0, labelled=labelled) == (
        f"recall of {LABELS[2]!r} went from 1.000 to 0.000 (n=12), a larger loss than 0.1"
    )


def test_a_loss_is_never_shown_where_the_binomial_test_does_not():
    for n, kept in product((1, 2, 3, 8, 30), range(8)):
        if kept <= n and lost_class(n, kept) is not None:
            p = binomtest(n - kept, n, 0.1, alternative="greater").pvalue
            assert p < 0.025  # two classes share 0.05
    assert lost_class(2, 0) is None  # rows may be gained that these two do not show
    assert lost_class(5, 0) is not None
    assert lost_class(8, 2) is not None
    assert lost_class(30, 7) is not None


def test_gained_rows_count_against_the_lost_ones():
    assert lost_class(40, 30, gained=0) is not None
    assert lost_class(40, 30, gained=9) is None


def report(before, after):
    scores = [ClassScores(f1 or None, f1, f1, 0) for f1 in (before, after)]
    return ClassReport("invite", 20, *scores)


def test_a_class_that_a_repair_gave_up_is_warned_of():
    assert warnings_of([report(1.0, 0.0)]) == [
        "Warning: of the 20 rows of class 'invite' none is found after the repair (F1 was 1.000 "
        "before)."
    ]
    assert not warnings_of([report(1.0, 0.1), report(0.0, 0.0), report(0.0, 1.0), report(None, 0)])
