import pytest

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.data import Rows, find_conflicts, resolve_conflicts

ROWS = Rows(
    ("Fine.", "fine.", "FINE.", "tie", "Tie", "sure", "sure"),
    ("1", "0", "1", "0", "1", "1", "1"),
    tuple(range(2, 9)),
)


def test_found_by_text():
    assert find_conflicts(ROWS) == ((0, 1, 2), (3, 4))


def test_all_rows_of_such_a_text_go():
    step = resolve_conflicts(ROWS)
    assert step.rows.texts == ("sure", "sure")
    assert step.report.removed_lines == (2, 3, 4, 5, 6)


def test_the_majority_wins_and_a_tie_goes():
    step = resolve_conflicts(ROWS, how="majority")
    assert step.rows.texts == ("Fine.", "fine.", "FINE.", "sure", "sure")
    assert step.rows.labels == ("1",) * 5
    assert (step.report.removed, step.report.changed) == (2, 1)


def test_a_tie_of_the_first_two_of_three_goes():
    rows = Rows(tuple("aaaaab"), tuple("112230"), tuple(range(6)))
    assert resolve_conflicts(rows, how="majority").rows.texts == ("b",)


def test_arguments():
    with pytest.raises(ArgumentError, match="how='vote' must be one of remove, majority"):
        resolve_conflicts(ROWS, how="vote")
    with pytest.raises(ArgumentError, match="without labels"):
        resolve_conflicts(Rows(("a",), None, (2,)))
