"""What a repair claims to generalise to is what was held out, and no more."""

from __future__ import annotations

from itertools import product

import pytest

from pytest_fairness import (
    ArgumentError,
    Attribute,
    FairnessFailure,
    assert_counterfactual_invariance,
    counterfactuals,
    load_model,
)
from pytest_fairness.mitigation.heldout import _words, held_out, learnt_templates
from pytest_fairness.mitigation.verdicts import verdict_of

GROUPS = {"up": ["alfa", "bravo", "charlie", "delta"], "down": ["echo", "foxtrot", "golf", "hotel"]}
DOWN = set(GROUPS["down"])
FOUR = [f"{{group}} writes {n} letters" for n in ("two", "six", "ten", "five")]
PEOPLE = [
    f"{word} saw the {what}" for what in ("sea", "hill") for word in ("He", "My aunt", "The girl")
]


def biased(texts):
    return [
        0.2 if DOWN & set(t.split()) or "she" in t.lower() or "aunt" in t else 0.9 for t in texts
    ]


def outcome_of(space, part="heldout"):
    with pytest.raises(FairnessFailure) as caught:
        assert_counterfactual_invariance(
            load_model(biased), space.part(part), max_flip_rate=0.001, min_pairs=1
        )
    return caught.value.outcome


def of_templates(templates):
    return outcome_of(counterfactuals(templates, vary=Attribute("group", GROUPS)))


def test_templates_that_are_too_few_are_not_called_unseen():
    three = of_templates(FOUR[:3])
    assert held_out([three]) == "terms"
    assert "3 templates were learnt from as well" in learnt_templates([three])
    assert "The one template was learnt from" in learnt_templates([of_templates(FOUR[:1])])


def test_templates_that_suffice_are_held_out_with_the_terms():
    four = of_templates(FOUR)
    assert held_out([four]) == "terms and templates"
    assert learnt_templates([four]) == ""


def test_templates_that_only_mix_words_anew_are_told_of():
    words = (("sings", "reads", "cooks"), ("Bath", "Porto"), ("today", "again", "daily"))
    grid = [f"{{group}} {verb} in {town} {when}" for verb, town, when in product(*words)]
    mixed = of_templates(grid)
    assert held_out([mixed]) == "terms and templates"
    assert "have no word that those learnt from lack" in learnt_templates([mixed])
    new = [f"{template} with {chr(97 + i) * 3}" for i, template in enumerate(grid)]
    assert learnt_templates([of_templates(new)]) == ""


def test_of_several_spaces_each_must_only_mix_words_anew():
    words = ("sings", "reads", "cooks"), ("Bath", "Porto"), ("today", "again", "daily")
    grid = [f"{{group}} {verb} in {town} {when}" for verb, town, when in product(*words)]
    other = of_templates([f"{{group}} has {chr(97 + i) * 3}" for i in range(8)])
    assert learnt_templates([of_templates(grid), other]) == ""


def test_a_space_too_small_to_learn_from_has_nothing_that_was_learnt():
    """It may be that of a check that passes, which is run again beside the failing one."""
    tiny = counterfactuals(
        [f"{{group}} counts to {n}" for n in "12345"],
        vary=Attribute("group", {"up": ["alfa"], "down": ["echo"]}),
    )
    with pytest.raises(ArgumentError, match="fewer than two groups"):
        tiny.part("train")
    small = outcome_of(tiny)
    assert learnt_templates([small, of_templates(FOUR)]) == ""
    assert held_out([small, of_templates(FOUR)]) == "terms and templates"


def test_signs_of_vowels_are_no_ends_of_words():
    assert _words(["{group} में रात"]) == {"में", "रात"}
    assert _words(["cafe\u0301"]) == _words(["caf\u00e9"])


def test_what_is_not_seen_ends_no_word():
    assert _words(["{group} rea\u00adds"]) == {"reads"}


def test_words_of_a_language_without_spaces_are_its_characters():
    assert _words(["{person}在北京唱歌。", "I {verb} Here"]) == {*"在北京唱歌", "i", "here"}
    assert _words(["かな", "ไทย", "𠀀𠀁"]) == {*"かな", *"ไทย", *"𠀀𠀁"}
    mixed = of_templates(
        [f"{{group}} {''.join(some)}" for some in product("听看想", "歌书画", "了着过")]
    )
    assert "have no character that those learnt from lack" in learnt_templates([mixed])


def test_words_that_stand_in_all_parts_are_not_called_unseen():
    space = counterfactuals(
        [f"{{pronoun}} saw {who}" for who in ("us", "me", "it", "them")], vary="gender"
    )
    assert held_out([outcome_of(space)]) == "templates"


def test_whole_texts_are_held_out_as_texts():
    space = counterfactuals(texts=PEOPLE, vary="gender")
    assert held_out([outcome_of(space)]) == "texts"


def test_of_several_spaces_only_what_all_hold_out_is_named():
    few, many = of_templates(FOUR[:2]), of_templates(FOUR)
    assert held_out([few, many]) == "terms"
    assert "2 templates were learnt from as well" in learnt_templates([few, many])
    texts = outcome_of(counterfactuals(texts=PEOPLE, vary="gender"))
    assert held_out([few, texts]) == "terms or texts"


def test_the_verdict_says_so():
    met, reason = verdict_of(True, [of_templates(FOUR[:1])], None)
    assert met
    assert reason.startswith("the same tests pass, also on terms that the repair never saw.")
    assert "no other sentences were checked: give 4 or more." in reason
