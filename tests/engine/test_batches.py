from __future__ import annotations

import itertools

import pytest
from hypothesis import given, strategies as st

from pytest_fairness.engine import pack

LENGTHS = st.lists(st.integers(1, 60), max_size=80)
BUDGETS = st.integers(1, 300)


@given(LENGTHS, BUDGETS, st.booleans(), st.none() | st.integers(1, 9))
def test_every_text_is_in_one_batch_that_fits(lengths, budget, padding, max_rows):
    batches = pack(lengths, budget, padding=padding, max_rows=max_rows)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        width = max(lengths[i] for i in batch)
        assert len(batch) == 1 or len(batch) * width <= budget
        assert len(batch) <= (max_rows or len(lengths))
        assert padding or len({lengths[i] for i in batch}) == 1


@given(LENGTHS, BUDGETS)
def test_the_longest_come_first(lengths, budget):
    order = [lengths[i] for batch in pack(lengths, budget) for i in batch]
    assert order == sorted(lengths, reverse=True)


@given(LENGTHS, BUDGETS)
def test_a_batch_ends_only_for_a_reason(lengths, budget):
    """Two neighbours stay apart only when they do not fit, or when the first is a quarter full."""
    batches = pack(lengths, budget)
    for first, second in itertools.pairwise(batches):
        width = lengths[first[0]]
        overflows = (len(first) + 1) * width > budget
        quarter_full = 4 * len(first) * width >= budget
        assert overflows or (quarter_full and lengths[second[0]] < lengths[first[-1]])


def test_most_batches_of_a_large_job_need_no_padding():
    lengths = [10 + i % 20 for i in range(4000)]
    batches = pack(lengths, 2048)
    padded = sum(max(lengths[i] for i in batch) * len(batch) for batch in batches)
    assert padded / sum(lengths) == pytest.approx(1.0, abs=0.01)


def test_batches_depend_on_lengths_alone():
    lengths = [5, 7, 5, 9, 7, 5, 3]
    turned = lengths[::-1]
    shapes = [[lengths[i] for i in batch] for batch in pack(lengths, 20)]
    assert shapes == [[turned[i] for i in batch] for batch in pack(turned, 20)]
