from __future__ import annotations

import numpy as np
from hypothesis import given, strategies as st

from pytest_fairness.models.trees import PAIRS, depths, plant, sight

SEQUENCES = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=12).map(tuple), max_size=12)
ROOM = st.integers(1, 60)


@given(SEQUENCES, ROOM)
def test_each_sequence_is_one_path_of_one_tree(sequences, room):
    trees = plant(sequences, room)
    assert sorted(i for tree in trees for i in tree.members) == list(range(len(sequences)))
    for tree in trees:
        for i, path in zip(tree.members, tree.paths, strict=True):
            assert tuple(tree.ids[node] for node in path) == sequences[i]
            assert [depths(tree)[node] for node in path] == list(range(len(path)))


@given(SEQUENCES, ROOM)
def test_a_tree_has_one_node_for_each_start_of_its_sequences(sequences, room):
    for tree in plant(sequences, room):
        inside = [sequences[i] for i in tree.members]
        starts = {sequence[:n] for sequence in inside for n in range(1, len(sequence) + 1)}
        assert len(tree.ids) == len(starts)
        assert len(tree.ids) <= room or len(inside) == 1


@given(SEQUENCES, ROOM)
def test_a_node_sees_what_leads_to_it_and_nothing_else(sequences, room):
    trees = plant(sequences, room)
    width = max([len(tree.ids) for tree in trees], default=0) + 2
    for tree, seen in zip(trees, sight(trees, width), strict=True):
        for path in tree.paths:
            for place, node in enumerate(path):
                assert np.flatnonzero(seen[node]).tolist() == sorted(path[: place + 1])
        fillers = seen[len(tree.ids) :]
        assert fillers.sum() == len(fillers)
        assert all(fillers[i, len(tree.ids) + i] for i in range(len(fillers)))


def test_a_chain_has_no_branches():
    (chain,) = plant([(1, 2, 3), (1, 2), (1, 2, 3)], room=10)
    assert chain.ids == (1, 2, 3)
    assert not chain.branches
    assert plant([(1, 2), (1, 3)], room=10)[0].branches


def test_what_shares_nothing_stays_apart():
    assert len(plant([(i, *range(10, 20)) for i in range(5)], room=1000)) == 5


def test_a_row_grows_until_its_width_costs_more_than_the_shared_start_saves():
    """Each of 100 endings finds 10 tokens, worth 10 * PAIRS, and makes the row 10 wider."""
    rows = [(*range(10), *([100 + i] * 10)) for i in range(100)]
    widest = max(len(tree.ids) for tree in plant(rows, room=100_000))
    worth = [n for n in range(20, 2000, 10) if (n + 10) ** 2 - n**2 - 20**2 < 10 * PAIRS]
    assert widest == worth[-1] + 10


def test_long_chains_of_starts_need_no_recursion():
    rows = [tuple(range(n)) for n in range(1, 1500)]
    (tree,) = plant(rows, room=1500)
    assert tree.ids == tuple(range(1499))
