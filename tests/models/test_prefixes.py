from __future__ import annotations

from hypothesis import given, strategies as st

from pytest_fairness.models.prefixes import PASS_TOKENS, common, group

SEQUENCES = st.lists(st.lists(st.integers(0, 2), max_size=14).map(tuple), max_size=12)


def cost(sequences, found):
    shared = sum(g.start + PASS_TOKENS * (g.start > 0) for g in found)
    return shared + sum(len(sequences[i]) - g.start for g in found for i in g.members)


@given(SEQUENCES)
def test_each_sequence_is_in_one_group_and_starts_as_its_group_does(sequences):
    found = group(sequences)
    assert sorted(i for g in found for i in g.members) == list(range(len(sequences)))
    for g in found:
        first = sequences[g.members[0]]
        assert all(sequences[i][: g.start] == first[: g.start] for i in g.members)
        # what follows the start has at least the last shared token, which says what comes next
        assert all(len(sequences[i]) > g.start or not sequences[i] for i in g.members)


@given(SEQUENCES)
def test_groups_never_cost_more_than_single_sequences(sequences):
    assert cost(sequences, group(sequences)) <= sum(map(len, sequences))


def test_the_cheaper_of_two_levels_is_chosen():
    """Two prompts share 20 tokens; the options of each share 60: two groups cost 2 x 60."""
    shots, first, second = tuple(range(20)), tuple(range(100, 140)), tuple(range(200, 240))
    rows = [(*shots, *prompt, option) for prompt in (first, second) for option in (900, 901, 902)]
    assert sorted((g.members, g.start) for g in group(rows)) == [((0, 1, 2), 59), ((3, 4, 5), 59)]


def test_many_short_endings_of_one_long_start_are_one_group():
    rows = [(*range(50), 100 + i // 10, 200 + i % 10) for i in range(30)]
    assert [(len(g.members), g.start) for g in group(rows)] == [(30, 49)]


def test_short_starts_do_not_pay():
    assert all(g.start == 0 for g in group([(1, 2, 3, 4), (1, 2, 5, 6)]))


def test_common_counts_from_the_start():
    assert common((1, 2, 3), (1, 2, 4, 3)) == 2
    assert common((), (1,)) == 0
    assert common((1, 2), (1, 2)) == 2


def test_long_chains_of_starts_need_no_recursion():
    rows = [tuple(range(n)) for n in range(1, 1500)]
    assert sum(len(g.members) for g in group(rows)) == 1499
