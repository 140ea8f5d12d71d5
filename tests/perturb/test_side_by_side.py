"""How a tool's answer to a hard sentence is judged."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.perturb.hard_sentences import HARD, HELD_OUT, Hard
from tests.perturb.peer_packages import fetch
from tests.perturb.side_by_side import Outputs, all_outputs, judge, misses, table, totals, verdicts

HERS = Hard("The bag is his.", ("The bag is hers.",))
NOBODY = Hard("The pond is man-made.", ())


def test_an_accepted_answer_among_several_is_right():
    assert judge(HERS, ["The bag is his.", "The bag is hers."]) == "right"
    assert judge(HERS, ["The bag is her."]) == "wrong"
    assert judge(HERS, ["The bag is his."]) == "left alone"


def test_where_nobody_is_spoken_of_any_change_is_wrong():
    assert judge(NOBODY, ["The pond is man-made."]) == "right"
    assert judge(NOBODY, ["The pond is man-made.", "The pond is woman-made."]) == "wrong"


def test_a_tool_that_knows_no_such_groups_is_not_wrong():
    assert judge(HERS, None) == judge(NOBODY, None) == "no support"


def test_small_letters_count_only_for_a_tool_that_writes_no_others():
    assert judge(HERS, ["the bag is hers ."]) == "wrong"
    assert judge(HERS, ["the bag is hers ."], lower=True) == "right"


def test_any_of_several_accepted_answers_is_right():
    both = Hard("A king met a queen.", ("A queen met a king.", "A queen met a queen."))
    assert judge(both, ["A queen met a queen."]) == "right"
    assert judge(both, ["A king met a king."]) == "wrong"


THREE = (HERS, NOBODY, Hard("She sang.", (), arguable=True))
TOOL = Outputs("tool", (("the bag is hers.",), None, ("She sang.",)))


def test_verdicts_are_of_each_sentence_and_may_forgive_the_case_of_letters():
    assert verdicts(THREE, TOOL) == ["wrong", "no support", "right"]
    assert verdicts(THREE, TOOL, forgive_case=True) == ["right", "no support", "right"]


def test_totals_tell_swaps_from_sentences_to_leave_alone():
    assert totals(THREE, [TOOL]) == [
        "tool        right 1 of 3 (swaps 0 of 1, left alone rightly 1 of 2); wrong 1,"
        " left alone 0, no support 1; without arguable ones 0 of 2;"
        " whatever the case of letters 2"
    ]


def test_the_table_has_a_line_a_sentence_and_marks_the_arguable():
    head, *rows = table(THREE, [TOOL])
    assert head == "tool        sentence"
    assert rows == [
        "wrong       [swap] The bag is his.",
        "no support  [leave] The pond is man-made.",
        "right       [leave] She sang. *",
    ]


def test_misses_show_what_was_written():
    assert misses(THREE, TOOL) == [
        "  wrong: The bag is his. -> the bag is hers.",
        "  no support: The pond is man-made. -> ",
    ]


def test_the_sets_are_thirty_sentences_each_and_share_none():
    assert len({hard.text for hard in (*HARD, *HELD_OUT)}) == len(HARD) + len(HELD_OUT) == 60
    assert all(hard.text not in hard.accepted for hard in (*HARD, *HELD_OUT))


@pytest.mark.benchmark
def test_every_tool_answers_every_sentence(tmp_path: Path):
    folder = os.environ.get("PYTEST_FAIRNESS_PEERS")
    packages = Path(folder) if folder else tmp_path
    python = fetch(packages)
    for outputs in all_outputs(HARD, packages, python):
        assert len(outputs.results) == len(HARD)
        assert outputs.tool == "CheckList" or any(outputs.results)
