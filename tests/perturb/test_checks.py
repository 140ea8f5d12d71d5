"""What is wrong with templates is said by name."""

from __future__ import annotations

import pytest

from pytest_fairness import counterfactuals
from pytest_fairness.attributes import Attribute
from pytest_fairness.errors import ArgumentError


def test_a_template_that_is_too_small_is_named():
    texts = ["{Name} left.", "{Pronoun} left.", "{Pronoun} came on {day}."]
    assert len(counterfactuals(texts, min_pairs=1)) == 48 * 48 + 1 + 7
    with pytest.raises(ArgumentError) as raised:
        counterfactuals(texts, min_pairs=8)
    assert str(raised.value) == (
        "Template '{Pronoun} left.' has 1 valid pair(s), fewer than min_pairs=8; 2 of 3 templates "
        "have too few. Add a slot with more values, such as {name} or {city}, or leave it out."
    )


def test_a_template_with_an_undecided_verb_says_how_to_decide_it():
    person = Attribute("gender", groups={g: {"pronoun": [g]} for g in ("she", "he", "they")})
    (note,) = counterfactuals("{Pronoun} cooks and sings.", vary=person).notes
    assert note == (
        "Template '{Pronoun} cooks and sings.' leaves out they: 'sings' may be a verb of the "
        "pronoun. If it is, write it as {verb:walks} or {is}; if not, put it elsewhere."
    )
    space = counterfactuals("{Pronoun} cooks and {verb:sings}.", vary=person)
    assert not space.notes
    assert set(space.texts) == {
        "She cooks and sings.",
        "He cooks and sings.",
        "They cook and sing.",
    }
