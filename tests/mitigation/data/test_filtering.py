import re

import pytest

from pytest_fairness.errors import ArgumentError, FairnessWarning, ModelError
from pytest_fairness.mitigation.data import Rows, listed_words, remove_scored

ROWS = Rows(
    tuple(f"text {i}" for i in range(40)),
    ("1", "0") * 20,
    tuple(range(40)),
    groups=("dialect",) * 20 + ("standard",) * 20,
)


def number(texts):
    return [int(text.split()[1]) for text in texts]


def test_what_scores_higher_goes():
    rows = ROWS.select(range(0, 40, 5))
    step = remove_scored(rows, number, maximum=25, name="number")
    assert number(step.rows.texts) == [0, 5, 10, 15, 20, 25]
    assert step.report.step == "remove number above 25"


def test_a_scorer_that_dislikes_a_dialect_is_told():
    def biased(texts):
        return [1.0 if n < 12 or n == 30 else 0.0 for n in number(texts)]

    with pytest.warns(FairnessWarning, match=r"60.0% .* group 'dialect' \(12/20\) but 5.0%"):
        step = remove_scored(ROWS, biased, maximum=0.5, name="toxicity")
    assert [(r.group, r.removed, r.rows) for r in step.report.removal_rates] == [
        ("dialect", 12, 20),
        ("standard", 1, 20),
    ]


def test_only_rows_of_a_label_are_exposed():
    step = remove_scored(ROWS, lambda texts: [1] * len(texts), maximum=0, label="1")
    assert step.rows.labels == ("0",) * 20


def test_listed_words_stand_by_themselves():
    score = listed_words(["Rude word", "坏蛋"])
    assert score(["a RUDE  word!", "rude words", "这个坏蛋和那个坏蛋", ""]) == [1, 0, 2, 0]


@pytest.mark.parametrize(
    ("score", "message"),
    [
        (lambda texts: [[0, 1]] * len(texts), "has shape (40, 2) for 40 texts"),
        (lambda texts: [float("nan")] * len(texts), "is NaN for row 0 (counted from 0)"),
    ],
)
def test_scorers_that_cannot_be_used(score, message):
    with pytest.raises(ModelError, match=re.escape(message)):
        remove_scored(ROWS, score, maximum=0)


def test_arguments():
    with pytest.raises(ArgumentError, match="label='2' is borne by no row"):
        remove_scored(ROWS, number, maximum=1, label="2")
    with pytest.raises(ArgumentError, match="is empty"):
        listed_words([" "])
