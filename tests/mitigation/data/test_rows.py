import pytest

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.data import Labelled, Rows

ROWS = Rows(("a", "b", "c"), ("0", "1", "0"), (2, 3, 4), "f.csv", ("x", "y", "x"), (1.0, 2.0, 0.5))


def test_a_selection_keeps_everything_in_the_order_asked_for():
    chosen = ROWS.select([2, 0, 2])
    assert chosen == Rows(
        ("c", "a", "c"), ("0", "0", "0"), (4, 2, 4), "f.csv", ("x", "x", "x"), (0.5, 1.0, 0.5)
    )


def test_what_is_unknown_stays_unknown():
    chosen = Rows(("a", "b"), None, (2, 3)).select([1])
    assert (chosen.labels, chosen.groups, chosen.weights) == (None, None, None)


@pytest.mark.parametrize("name", ["labels", "groups", "weights"])
def test_every_text_needs_an_entry(name):
    with pytest.raises(ArgumentError, match=f"{name} has 1 entries but texts has 2"):
        Rows(**{"texts": ("a", "b"), "labels": None, "lines": (2, 3), name: ("x",)})


def test_targets_and_texts_must_match():
    with pytest.raises(ArgumentError, match="targets has 1 entries but texts has 2"):
        Labelled(["a", "b"], [0])
