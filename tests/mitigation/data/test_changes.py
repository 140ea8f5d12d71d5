import pytest

from pytest_fairness.errors import ArgumentError, FairnessWarning
from pytest_fairness.mitigation.data import Rows
from pytest_fairness.mitigation.data.changes import Cell, joined, revised


def rows_of(n, m):
    """n rows of group x and m of group y, all labelled 1."""
    groups = ("x",) * n + ("y",) * m
    return Rows(tuple(map(str, range(n + m))), ("1",) * (n + m), tuple(range(n + m)), groups=groups)


def test_counts_by_cell():
    rows = Rows(tuple("abc"), tuple("110"), (2, 3, 4), groups=tuple("xyy"))
    step = revised(rows, "do", keep=[1, 2], added=rows.select([0, 0]))
    assert step.rows.texts == ("b", "c", "a", "a")
    assert [(c.cell, *c[1:]) for c in step.report.counts] == [
        (Cell("x", "1"), 1, 1, 2, 0),
        (Cell("y", "0"), 1, 0, 0, 0),
        (Cell("y", "1"), 1, 0, 0, 0),
    ]
    report = step.report
    assert (report.before, report.removed, report.added, report.after) == (3, 1, 2, 4)
    assert report.removed_lines == (2,)
    assert str(report).splitlines() == [
        "do: 3 rows → 4 (1 removed, 2 added)",
        "  removed by group: x 100.0% (1/1), y 0.0% (0/2)",
    ]


def test_changed_rows_are_counted_where_they_were():
    rows = Rows(tuple("abc"), tuple("110"), (2, 3, 4))
    new = Rows(tuple("aXc"), tuple("111"), (2, 3, 4))
    report = revised(rows, "do", new=new).report
    assert {c.cell.label: c.changed for c in report.counts} == {"0": 1, "1": 1}


def test_unequal_rates_are_warned_of():
    # All 10 of x and none of 10 of y: Fisher's p is 2 / C(20, 10) = 2 / 184756 = 1.08e-5.
    rows = rows_of(10, 10)
    with pytest.warns(FairnessWarning, match=r"removed 100.0% .* group 'x' \(10/10\) but 0.0%"):
        report = revised(rows, "filter", keep=range(10, 20)).report
    assert "p = 1.1e-05" in report.alarms[0]
    assert "  warning: 'filter' removed" in str(report)


def test_chance_is_no_alarm():
    # 3 of 10 against 1 of 10: p = 0.58, so no warning, which would be an error here.
    revised(rows_of(10, 10), "filter", keep=[*range(3, 10), *range(11, 20)])


def test_one_group_cannot_differ():
    assert not revised(rows_of(4, 0), "filter", keep=[0]).report.alarms


def test_removing_everything_is_refused():
    with pytest.raises(ArgumentError, match="'filter' would remove all 3 rows"):
        revised(rows_of(2, 1), "filter", keep=[])


def test_weights_of_joined_rows():
    first = Rows(("a",), None, (0,), weights=(2.0,))
    assert joined(first, Rows(("b",), None, (1,))).weights == (2.0, 1.0)


def test_rows_without_groups_cannot_join_those_with():
    with pytest.raises(ArgumentError, match="have groups, but those to add have none"):
        joined(rows_of(1, 0), Rows(("b",), ("1",), (1,)))
