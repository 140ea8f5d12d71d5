"""Templates that make few pairs are not hidden by those that make many."""

from __future__ import annotations

import warnings
from collections import defaultdict

import pytest

from pytest_fairness import (
    FairnessWarning,
    assert_counterfactual_invariance,
    counterfactuals,
    load_model,
)
from pytest_fairness.assertions.uneven import HIDDEN, OUTWEIGHED

FEW = [f"{{Pronoun}} {did}." for did in ("sang", "left", "won", "ran", "lost", "came", "read")]
MANY = "{name} lives in Leeds."


def of_pronouns(texts):
    """Wants him, and not her; names do not matter."""
    return [0.1 if text.startswith("She ") else 0.9 for text in texts]


def checked(model, templates, seed=0, limit=0.05, **more):
    space = counterfactuals(templates, vary="gender")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        outcome = assert_counterfactual_invariance(
            load_model(model), space, max_flip_rate=limit, seed=seed, **more
        )
    return outcome, [str(w.message) for w in caught if issubclass(w.category, FairnessWarning)]


def rate_if_templates_weighed_the_same(model, templates):
    """By brute force: every pair of every template."""
    by_template = defaultdict(list)
    for pair in counterfactuals(templates, vary="gender"):
        first, second = model([pair.original, pair.variant])
        by_template[pair.source].append((first > 0.5) != (second > 0.5))
    return sum(sum(flips) / len(flips) for flips in by_template.values()) / len(by_template)


@pytest.mark.parametrize("seed", range(3))
def test_pronoun_templates_are_told_of_though_no_draw_holds_them(seed):
    outcome, warned = checked(of_pronouns, [MANY, *FEW], seed)
    assert outcome.verdict.value == "pass"
    (note,) = [note for note in outcome.evidence.notes if note.startswith(HIDDEN)]
    assert warned == [note]
    rate = rate_if_templates_weighed_the_same(of_pronouns, [MANY, *FEW])
    assert note.startswith(
        f"{OUTWEIGHED} If every template weighed the same, the rate would be {rate:.1%}"[:-1]
    )
    assert "of '{Pronoun} sang.' 1 of 1 flip" in note or "and 4 templates more" in note


def test_one_more_that_is_broken_hides_none_of_the_others():
    def of_people(texts):
        women = ("She ", "The woman ", "The girl ", "The lady ")
        return [0.1 if text.startswith(women) else 0.9 for text in texts]

    outcome, warned = checked(of_people, [MANY, *FEW, "The {noun} studied law."])
    assert outcome.verdict.value == "pass"
    assert len(warned) == 1
    assert warned[0].startswith(OUTWEIGHED)


def test_templates_of_some_tens_of_pairs_are_counted_whole():
    """Of each of seven templates some of 23 pairs flip; no bound on a part would show it."""

    def of_aunts(texts):
        return [0.1 if text.startswith(("The aunt", "The niece")) else 0.9 for text in texts]

    templates = [
        MANY,
        "{name} has a dog.",
        *(f"The {{relative}} {did}." for did in ("sang", "left")),
    ]
    rate = rate_if_templates_weighed_the_same(of_aunts, templates)
    _, warned = checked(of_aunts, templates, limit=rate - 0.01)
    assert len(warned) == 1
    assert f"the rate would be {rate:.1%}"[:-1] in warned[0]


def test_a_fair_model_is_not_warned_of():
    assert checked(lambda texts: [0.9 for _ in texts], [MANY, *FEW])[1] == []


def test_one_template_among_many_that_flips_now_and_then_is_not_warned_of():
    """One of 13 pairs flips, the limit is one in ten: weighed by template the rate is the same."""

    def on_one(texts):
        return [0.1 if text == "She sang." else 0.9 for text in texts]

    templates = [*FEW, *(t.replace(".", " today.") for t in FEW[:6])]
    outcome, warned = checked(on_one, templates, limit=0.1, min_pairs=1)
    assert outcome.evidence.estimate == pytest.approx(1 / 13)
    assert warned == []
