from collections import Counter

import pytest
from hypothesis import given, strategies as st

from pytest_fairness.errors import ArgumentError, FairnessWarning
from pytest_fairness.mitigation.data import Rows, resample


def rows_of(sizes):
    """Rows with as many of each (group, label) as given."""
    cells = [cell for cell, n in sizes.items() for _ in range(n)]
    texts = tuple(f"text {i}" for i in range(len(cells)))
    groups, labels = (tuple(cell[k] for cell in cells) for k in (0, 1))
    return Rows(texts, labels, tuple(range(len(cells))), groups=groups)


def sizes_of(rows):
    return dict(Counter(zip(rows.groups, rows.labels, strict=True)))


SIZES = {("x", "0"): 8, ("x", "1"): 2, ("y", "0"): 4, ("y", "1"): 6}


@pytest.mark.parametrize(
    ("objective", "how", "expected"),
    [
        ("joint", "under", {("x", "0"): 2, ("x", "1"): 2, ("y", "0"): 2, ("y", "1"): 2}),
        ("joint", "over", {("x", "0"): 8, ("x", "1"): 8, ("y", "0"): 8, ("y", "1"): 8}),
        # Labels are 12 to 8. Even cells are 6 and 4; the smallest scale is 2 / 4: 3 and 2.
        ("stratified", "under", {("x", "0"): 3, ("x", "1"): 2, ("y", "0"): 3, ("y", "1"): 2}),
        # The largest scale is 6 / 4: 9 and 6.
        ("stratified", "over", {("x", "0"): 9, ("x", "1"): 6, ("y", "0"): 9, ("y", "1"): 6}),
        ("equal_opportunity", "under", {**SIZES, ("y", "1"): 2}),
        ("equal_opportunity", "over", {**SIZES, ("x", "1"): 6}),
    ],
)
def test_sizes(objective, how, expected):
    positive = "1" if objective == "equal_opportunity" else None
    step = resample(rows_of(SIZES), objective, how=how, positive=positive)
    assert sizes_of(step.rows) == expected
    assert {tuple(c.cell): c.before - c.removed + c.added for c in step.report.counts} == expected


def test_labels_alone():
    rows = Rows(tuple("abcdef"), tuple("000011"), tuple(range(6)))
    assert Counter(resample(rows, "label").rows.labels) == {"0": 2, "1": 2}
    assert Counter(resample(rows, "label", how="over").rows.labels) == {"0": 4, "1": 4}


@given(
    st.lists(st.integers(1, 9), min_size=4, max_size=4),
    st.sampled_from(["joint", "label", "stratified"]),
    st.integers(0, 9),
)
def test_removing_takes_none_twice_and_repeating_loses_none(sizes, objective, seed):
    rows = rows_of(dict(zip(SIZES, sizes, strict=True)))
    under = resample(rows, objective, seed=seed).rows
    assert len(set(under.lines)) == len(under)
    over = resample(rows, objective, how="over", seed=seed).rows
    assert over.select(range(len(rows))) == rows
    if objective != "label":
        times = Counter(zip(over.groups, over.labels, over.lines, strict=True))
        for cell in SIZES:
            found = [n for (g, y, _), n in times.items() if (g, y) == cell]
            assert max(found) - min(found) <= 1


def test_the_seed_draws():
    rows = rows_of({("x", "0"): 50, ("y", "0"): 5, ("x", "1"): 5, ("y", "1"): 5})
    assert resample(rows, seed=1).rows == resample(rows, seed=1).rows
    assert resample(rows, seed=1).rows != resample(rows, seed=2).rows


def test_every_row_has_the_same_chance():
    # Each of 6 rows stays with chance 1/3: of 600 draws 200, standard deviation 11.5.
    rows = rows_of({("x", "0"): 6, ("y", "0"): 2})
    stays = Counter(line for s in range(600) for line in resample(rows, seed=s).rows.lines)
    assert all(abs(stays[line] - 200) < 58 for line in range(6))


def test_a_group_that_never_bears_a_label_is_named():
    rows = rows_of({("x", "0"): 2, ("x", "1"): 3, ("y", "0"): 4})
    with pytest.warns(FairnessWarning, match="no row is y with label 1: they stay unbalanced"):
        assert sizes_of(resample(rows).rows) == {("x", "0"): 2, ("x", "1"): 2, ("y", "0"): 2}


def test_real_posts_by_topic(posts):
    found = sizes_of(resample(posts).rows)
    assert len(found) == 6
    assert set(found.values()) == {min(sizes_of(posts).values())}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"objective": "fair"}, "objective='fair' must be one of joint, label"),
        ({"how": "both"}, "how='both' must be one of under, over"),
        ({"objective": "equal_opportunity"}, "is about one label. Name it: positive="),
        (
            {"objective": "equal_opportunity", "positive": "yes"},
            "positive='yes' is borne by no row",
        ),
        ({"positive": "1"}, "belongs to objective='equal_opportunity', not 'joint'"),
    ],
)
def test_arguments(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        resample(rows_of(SIZES), **arguments)


def test_rows_without_groups_or_labels():
    with pytest.raises(ArgumentError, match=r"without groups\. Name the column as group="):
        resample(Rows(("a",), ("1",), (0,)))
    with pytest.raises(ArgumentError, match="without labels"):
        resample(Rows(("a",), None, (0,), groups=("x",)))
