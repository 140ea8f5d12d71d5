"""How a tool's answer to a hard sentence is judged."""

from __future__ import annotations

from tests.perturb.hard_sentences import Hard
from tests.perturb.side_by_side import judge

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
