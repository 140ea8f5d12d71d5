"""Rows whose labels hang on who a text speaks of are named when a repair fails."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats.contingency import association

from pytest_fairness import counterfactuals
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.telltale import telltale_labels

SPACE = counterfactuals(["The {role} wrote to us.", "We met the {role}."], vary="gender")
WHO = ("He", "She")


def rows_of(n, agree):
    """Return rows of which a share names the label's own gender, and some that name nobody."""
    labels = [i % 2 for i in range(n)]
    texts = [f"{WHO[y if i < agree * n else 1 - y]} wrote {i} pages." for i, y in enumerate(labels)]
    nobody = [f"It rained {i} times." for i in range(n)]
    return Labelled([*texts, *nobody], [*labels, *([1] * n)])


def test_labels_that_hang_on_the_group_are_named_with_their_strength():
    rows = rows_of(400, 0.9)
    said = telltale_labels([SPACE], rows)
    # scipy's V is not corrected for chance; at n=400 that is a difference in the third digit
    table = [[180, 20], [20, 180]]
    assert f"gender (Cramer's V {association(table, method='cramer'):.2f} of 1 in 400 rows)" in said
    assert "mitigation.data.resample or reweigh" in said


def test_where_a_label_is_the_group_itself_other_rows_are_asked_for():
    said = telltale_labels([SPACE], rows_of(400, 1.0))
    assert "Cramer's V 1.00 of 1 in 400 rows" in said
    assert "give rows of every group with every label" in said
    assert "resample" not in said


@pytest.mark.parametrize("rows", [rows_of(400, 0.5), rows_of(30, 1.0)], ids=["even", "few"])
def test_labels_that_do_not_are_left_alone(rows):
    assert telltale_labels([SPACE], rows) == ""


def test_rows_without_labels_or_of_another_language_say_nothing():
    answers = Labelled(["He won."] * 100, np.full((100, 2), 0.5))
    assert telltale_labels([SPACE], answers) == ""
    chinese = Labelled(["他写了信。", "她写了信。"] * 100, [0, 1] * 100)
    assert telltale_labels([SPACE], chinese) == ""


def test_texts_without_targets_say_nothing():
    assert telltale_labels([SPACE], Labelled(["He won.", "She won."] * 100)) == ""
