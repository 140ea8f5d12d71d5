import csv
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings, strategies as st

from pytest_fairness.errors import ArgumentError, FairnessWarning
from pytest_fairness.mitigation.data import Rows, dependence, read_rows, reweigh

# What Reweighing of AIF360 0.6.1 answers for these (group, label) and numbers of rows.
AIF360 = {
    ("0", "0"): (2, 1.925),
    ("0", "1"): (5, 0.63),
    ("1", "0"): (9, 0.7944444444444444),
    ("1", "1"): (4, 1.4625),
}


def rows_of(sizes, weights=None):
    cells = [cell for cell, n in sizes.items() for _ in range(n)]
    groups, labels = (tuple(cell[k] for cell in cells) for k in (0, 1))
    n = len(cells)
    return Rows(("t",) * n, labels, tuple(range(n)), groups=groups, weights=weights)


def exact_dependence(rows):
    """The largest deviation from independence, in fractions of the floats themselves."""
    cells = list(zip(rows.groups, rows.labels, map(Fraction, rows.weights), strict=True))
    total = sum(w for *_, w in cells)

    def share(group=None, label=None):
        kept = (w for g, y, w in cells if group in (None, g) and label in (None, y))
        return sum(kept, Fraction(0)) / total

    pairs = [(g, y) for g in set(rows.groups) for y in set(rows.labels)]
    return max(abs(share(g, y) - share(g) * share(label=y)) for g, y in pairs)


def test_as_aif360():
    rows = reweigh(rows_of({cell: n for cell, (n, _) in AIF360.items()})).rows
    for cell, weight in zip(zip(rows.groups, rows.labels, strict=True), rows.weights, strict=True):
        assert weight == pytest.approx(AIF360[cell][1], rel=1e-12)


@settings(max_examples=25)
@given(
    st.lists(st.integers(1, 20), min_size=9, max_size=9),
    st.lists(st.floats(0.01, 100), min_size=3, max_size=3),
)
def test_label_and_group_are_independent(sizes, factors):
    cells = [(g, y) for g in "xyz" for y in "012"]
    n = sum(sizes)
    weights = tuple(factors[i % 3] for i in range(n))
    for old in (None, weights):
        rows = rows_of(dict(zip(cells, sizes, strict=True)), old)
        new = reweigh(rows).rows
        assert exact_dependence(new) < 1e-12
        assert dependence(new) < 1e-12
        assert sum(new.weights) == pytest.approx(sum(old or (1.0,) * n))


def test_compas(shared_data):
    path = shared_data / "compas" / "compas-scores-two-years.csv"
    rows = read_rows(path, "score_text", "two_year_recid", "race")
    assert dependence(rows) > 0.01
    new = reweigh(rows).rows
    assert exact_dependence(new) < 1e-12
    with path.open(encoding="utf-8") as file:
        people = [(p["race"], p["two_year_recid"]) for p in csv.DictReader(file)]
    n, joint = len(people), Counter(people)
    races, labels = (Counter(person[k] for person in people) for k in (0, 1))
    for cell, weight in list(zip(people, new.weights, strict=True))[:200]:
        assert weight == pytest.approx(races[cell[0]] * labels[cell[1]] / (n * joint[cell]))


def test_real_posts(posts):
    assert exact_dependence(reweigh(posts).rows) < 1e-12


def test_the_weights_of_zhang_are_the_same():
    # P(y) / P(y | z): of 10 rows 5 bear 1; of 4 that mention x, 3 do.
    sizes = {("x", "1"): 3, ("x", "0"): 1, ("none", "1"): 2, ("none", "0"): 4}
    assert reweigh(rows_of(sizes)).rows.weights[:4] == pytest.approx([(5 / 10) / (3 / 4)] * 3 + [2])


def test_a_group_that_never_bears_a_label_is_named():
    rows = rows_of({("x", "0"): 2, ("x", "1"): 2, ("y", "0"): 4})
    with pytest.warns(FairnessWarning, match="no row is y with label 1: label and group stay"):
        new = reweigh(rows).rows
    assert sum(new.weights) == pytest.approx(8)
    assert dependence(new) > 0.01


def test_clipping_bounds_the_ratio_and_tells_what_is_left():
    rows = rows_of({("x", "0"): 1, ("x", "1"): 50, ("y", "0"): 50, ("y", "1"): 50})
    free, clipped = reweigh(rows), reweigh(rows, clip=2)
    assert max(free.rows.weights) > 10
    assert max(clipped.rows.weights) / min(clipped.rows.weights) <= 4 + 1e-12
    assert 1e-6 < dependence(clipped.rows) < dependence(rows)
    assert f"after clipping at 2: {dependence(clipped.rows):.2g}" in clipped.report.notes[1]


def test_arguments():
    with pytest.raises(ArgumentError, match=r"clip=0\.5 must be at least 1"):
        reweigh(rows_of({("x", "0"): 1}), clip=0.5)
    with pytest.raises(ArgumentError, match="without groups"):
        reweigh(Rows(("a",), ("1",), (0,)))
