from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, strategies as st

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.mitigation.data import Rows
from pytest_fairness.mitigation.prompts import (
    Demonstration,
    balanced_demonstrations,
    demonstrations_from,
)


def pool(groups: int, answers: int, each: int) -> list[Demonstration]:
    return [
        Demonstration(f"{g} {a} {i}", f"answer {a}", f"group {g}")
        for g in range(groups)
        for a in range(answers)
        for i in range(each)
    ]


@given(
    st.integers(1, 4), st.integers(1, 3), st.integers(1, 4), st.integers(0, 99), st.integers(0, 9)
)
def test_every_group_has_every_answer_equally_often(groups, answers, k, seed, rotation):
    chosen = balanced_demonstrations(pool(groups, answers, 5), k, seed=seed, rotation=rotation)
    counts = Counter((each.group, each.answer) for each in chosen)
    assert len(counts) == groups * answers
    assert set(counts.values()) == {k}
    assert len({each.text for each in chosen}) == len(chosen)


def test_each_round_starts_one_combination_later():
    chosen = balanced_demonstrations(pool(2, 2, 6), 4)
    firsts = [(each.group, each.answer) for each in chosen[::4]]
    assert len(set(firsts)) == 4
    rounds = [chosen[i : i + 4] for i in range(0, 16, 4)]
    assert all(len({(each.group, each.answer) for each in part}) == 4 for part in rounds)


def test_over_all_rotations_every_combination_comes_last_once():
    lasts = [balanced_demonstrations(pool(2, 2, 3), 2, rotation=r)[-1] for r in range(4)]
    assert len({(each.group, each.answer) for each in lasts}) == 4


def test_a_larger_k_keeps_what_a_smaller_one_drew():
    few = set(balanced_demonstrations(pool(2, 2, 9), 2, seed=3))
    many = set(balanced_demonstrations(pool(2, 2, 9), 4, seed=3))
    other = set(balanced_demonstrations(pool(2, 2, 9), 2, seed=4))
    assert few < many
    assert other != few


def test_a_missing_combination_is_named():
    rows = [each for each in pool(2, 2, 3) if (each.group, each.answer) != ("group 1", "answer 0")]
    with pytest.raises(
        ArgumentError, match=r"k=1 needs 1 .* group 'group 1' with answer 'answer 0' has 0\."
    ):
        balanced_demonstrations(rows, 1)


def test_copies_count_once_and_contradictions_not_at_all():
    rows = [("x", "yes"), ("x", "yes"), ("y", "no"), ("z", "yes"), ("z", "no"), ("w", "no")]
    with pytest.raises(ArgumentError, match=r"answer 'yes' has 1\."):
        balanced_demonstrations(rows, 2)
    assert {each.text for each in balanced_demonstrations(rows, 1)} <= {"x", "y", "w"}


def test_odd_input_is_refused():
    with pytest.raises(ArgumentError, match=r"demonstrations is empty.*or k=0"):
        balanced_demonstrations([], 1)
    assert balanced_demonstrations([], 0) == ()
    for k in (-1, 1.5, True):
        with pytest.raises(ArgumentTypeError, match=r"must be a whole number of 0 or more"):
            balanced_demonstrations(pool(1, 1, 1), k)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=r"2 texts, 1 answers and 2 groups"):
        demonstrations_from(["a", "b"], [1], ["m", "w"])
    assert demonstrations_from(["a"], [1]) == [Demonstration("a", "1")]


def test_rows_of_a_table_are_a_pool():
    rows = Rows(("a", "b", "c", "d"), ("0", "1", "0", "1"), (1, 2, 3, 4), groups=tuple("xxyy"))
    chosen = balanced_demonstrations(rows, 1)
    assert {(each.text, each.answer, each.group) for each in chosen} == {
        ("a", "0", "x"),
        ("b", "1", "x"),
        ("c", "0", "y"),
        ("d", "1", "y"),
    }
    with pytest.raises(ArgumentError, match=r"The 1 rows of t.csv have no labels.*with label="):
        balanced_demonstrations(Rows(("a",), None, (1,), "t.csv"), 1)
