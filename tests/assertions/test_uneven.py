"""Templates that make few pairs are not hidden by those that make many."""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from zlib import crc32

import numpy as np
import pytest

from pytest_fairness import (
    FairnessWarning,
    assert_counterfactual_invariance,
    counterfactuals,
    load_model,
)
from pytest_fairness.assertions import population
from pytest_fairness.assertions.uneven import HIDDEN, OUTWEIGHED, _hardly_seen, least_mean

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
    assert "1 of 1 pairs flip; " in note
    assert "and so on in 4 more" in note


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


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_many_templates_of_some_tens_of_pairs_need_one_look_each(share):
    """Two thirds of 150 templates flip; beside names they are one pair in five, or fewer."""
    slots = [f"The {{relative}} {did} on day {n}." for n in range(50) for did in ("sang", "left")]
    broken = tuple(text.partition("}")[2] for text in slots)
    women = tuple(f"The {term} " for term in counterfactuals(slots, vary="gender").terms["female"])
    sound = [f"The {{relative}} came on day {n}." for n in range(50)]
    named = [f"{{name}} lives in {place}." for place in ("Leeds", "Porto", "Turin")]

    def of_relatives(texts):
        return [
            0.1
            if text.startswith(women)
            and text.endswith(broken)
            and crc32(text.encode()) % 100 < 100 * share
            else 0.9
            for text in texts
        ]

    templates = [*named, *slots, *sound]
    true = rate_if_templates_weighed_the_same(of_relatives, templates)
    outcome, warned = checked(of_relatives, templates, limit=0.6 * true)
    assert outcome.verdict.value == "pass"
    assert len(warned) == 1
    assert warned[0].startswith(OUTWEIGHED)
    told = float(re.search(r"rate would be ([0-9.]+) %", warned[0]).group(1))
    assert 100 * true / 2 < told <= 100 * true
    assert "pairs that were looked at (of " in warned[0]


def test_pairs_that_two_templates_share_are_looked_at_for_both():
    """Of the wider template half the pairs are the other's: it is not what is left of them."""
    templates = ["The {relative} calls.", "The {relative} {does}.", "{name} lives in Leeds."]
    space = counterfactuals(templates, vary="gender", slots={"does": ["calls", "writes"]})
    pairs = [pair for pair in space if pair.source == templates[0]]
    more = list(_hardly_seen(space, templates[:2], pairs * 4, seed=0))
    assert {pair.source for pair in more} == {templates[1]}
    calls = [pair for pair in more if "calls" in pair.original]
    assert 0 < len(calls) < len(more)


def test_where_all_make_as_many_pairs_nothing_more_is_asked(monkeypatch):
    def asked():
        texts = []
        model = load_model(lambda given: [0.9 for text in given if not texts.append(text)])
        space = counterfactuals([f"{{name}} lives in {p}." for p in "ABCDEFGHIJ"], vary="gender")
        assert_counterfactual_invariance(model, space, max_flip_rate=0.05)
        return texts

    first = asked()
    monkeypatch.setattr(population, "hidden_templates", lambda *_: ())
    assert first == asked()


@pytest.mark.parametrize("templates", [12, 60])
def test_the_bound_lies_above_the_rate_no_more_often_than_it_may(templates):
    """By simulation: templates of different sizes and rates, some of them seen whole."""
    rng = np.random.default_rng(7)
    sizes = rng.choice([1, 3, 30, 500], templates)
    flips = [rng.random(size) < rng.choice([0.02, 0.3, 0.9]) for size in sizes]
    rate = np.mean([f.mean() for f in flips])
    above, bounds = 0, []
    for _ in range(1500):
        seen = [rng.permutation(f)[: max(2, rng.integers(6))].tolist() for f in flips]
        bounds.append(least_mean(seen, sizes.tolist(), 0.05, sizes))
        above += bounds[-1] > rate
    assert above / 1500 < 0.05 + 3 * (0.05 * 0.95 / 1500) ** 0.5
    assert np.median(bounds) > rate / 2


def test_a_draw_of_templates_is_bounded_too():
    rng = np.random.default_rng(3)
    rates = rng.choice([0.0, 0.5], 1000)
    above = 0
    for _ in range(1500):
        some = rng.choice(1000, 200, replace=False)
        seen = [[bool(rng.random() < rates[t])] * 2 for t in some]
        above += least_mean(seen, [2] * 200, 0.05, rates) > rates.mean()
    assert above / 1500 < 0.05 + 3 * (0.05 * 0.95 / 1500) ** 0.5


def test_what_was_not_seen_counts_for_nothing():
    assert least_mean([[], [True]], [3, 1], 0.05, range(2)) == 0.5
    assert least_mean([[]], [3], 0.05, range(1)) == 0


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
