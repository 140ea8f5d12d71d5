from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings, strategies as st

from pytest_fairness.attributes import Attribute
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.perturb import Pair, Space
from pytest_fairness.settings import Run, Settings, activate
from pytest_fairness.strategies import Counterfactuals, counterfactuals, without_deadline

README = "{name} led a team of {number} for three years. {Pronoun} holds a degree in {subject}."
RESUMES = counterfactuals(
    README, "{name} lives in {city}. {Pronoun} can start in {month}.", vary="gender"
)
SEARCH = settings(database=None, derandomize=True, max_examples=4000)
REVIEWS = counterfactuals(
    texts=[
        "The food was cold. She told Emma that her brother left. We will not come back.",
        "A very short visit, but he liked it.",
    ]
)
UNIT = Attribute("unit", groups={"a": ["xx", "x"], "b": ["yyy", "yy"], "c": ["z"]})
SMALL = counterfactuals("{unit} and {thing}", vary=UNIT, slots={"thing": ["sun", "sky"]})


def test_counterfactuals_are_a_space_in_every_part():
    assert isinstance(RESUMES, Space)
    for space in (RESUMES, RESUMES.part("train"), RESUMES.placebo(), REVIEWS):
        assert isinstance(space, Counterfactuals)
    assert isinstance(Counterfactuals.from_recipe(RESUMES.recipe), Counterfactuals)
    assert counterfactuals([README]).recipe == counterfactuals(README).recipe
    both = counterfactuals(README, ["{name}!"])
    assert both.recipe["templates"] == [README, "{name}!"]


@settings(deadline=None)
@given(RESUMES.pairs())
def test_drawn_pairs_are_valid(pair):
    assert pair.original != pair.variant
    assert pair.groups == ("female", "male")
    assert (
        pair.original.replace(pair.terms[0], pair.terms[1]).replace("She ", "He ") == pair.variant
    )
    assert not pair.placebo
    assert pair.source in RESUMES.recipe["templates"]
    assert pair.recipe == RESUMES.recipe


@settings(deadline=None)
@given(SMALL.pairs(), SMALL.placebo().pairs())
def test_drawn_pairs_are_pairs_of_the_space(pair, placebo):
    assert pair in set(SMALL)
    assert placebo in set(SMALL.placebo())


@settings(deadline=None)
@given(REVIEWS.pairs())
def test_drawn_runs_of_a_text_hold_a_change(pair):
    assert pair.original != pair.variant
    assert pair.original in pair.source
    assert pair.source in REVIEWS.recipe["texts"]


def test_every_pair_can_be_drawn():
    seen: set[Pair] = set()

    @settings(max_examples=600, database=None, phases=[Phase.generate], derandomize=True)
    @given(SMALL.pairs())
    def draw(pair):
        seen.add(pair)

    draw()
    assert seen == set(SMALL)


def simplest(space: Counterfactuals, predicate=lambda pair: True) -> Pair:
    return find(space.pairs(), predicate, settings=SEARCH)


@pytest.mark.parametrize(
    ("wanted", "original", "variant"),
    [
        ("", "Mia lives in Lyon. She can start in May.", "Ian lives in Lyon. He can start in May."),
        ("Robert", "Mia lives in Lyon. She can start in May.", None),
        ("Porto", "Mia lives in Porto. She can start in May.", None),
        ("history", "Mia led a team of ten for three years. She holds a degree in history.", None),
    ],
)
def test_failures_shrink_to_the_simplest_pair(wanted, original, variant):
    pair = simplest(RESUMES, lambda pair: wanted in pair.variant)
    assert pair.original == original
    assert variant is None or pair.variant == variant


def test_shrinking_prefers_a_short_text_to_few_slots():
    space = counterfactuals(
        "{Pronoun} wrote a long text that has but a single slot in it.", "{name}, {city}, {month}"
    )
    assert simplest(space).original == "Mia, Lyon, May"


def test_groups_shrink_to_the_first_ones():
    assert simplest(SMALL) == Pair("x and sun", "yy and sun", ("a", "b"), "unit", ("x", "yy"))
    assert simplest(SMALL, lambda p: p.groups[1] == "c").groups == ("a", "c")
    assert simplest(SMALL.placebo()).groups == ("a", "a")


@pytest.mark.parametrize(
    ("wanted", "original"),
    [
        ("", "A very short visit, but he liked it."),
        ("Liam", "She told Emma that her brother left."),
        ("cold", "The food was cold. She told Emma that her brother left."),
        ("back", "She told Emma that her brother left. We will not come back."),
    ],
)
def test_texts_shrink_to_the_sentence_that_matters(wanted, original):
    assert simplest(REVIEWS, lambda pair: wanted in pair.variant).original == original


def test_a_falsifying_example_is_short_and_can_be_evaluated():
    @settings(database=None, derandomize=True, print_blob=False)
    @given(pair=RESUMES.pairs())
    def check(pair):
        assert "Porto" not in pair.original

    with pytest.raises(AssertionError) as caught:
        check()
    (note,) = caught.value.__notes__
    call = note[note.index("Pair(") : note.rindex(",\n")]
    assert eval(call, {"Pair": Pair}) == Pair(
        "Mia lives in Porto. She can start in May.",
        "Ian lives in Porto. He can start in May.",
        groups=("female", "male"),
        attribute="gender",
        terms=("Mia", "Ian"),
    )
    assert len(note.splitlines()) == 3


@pytest.mark.parametrize("part", ["train", "validation", "heldout"])
def test_a_run_that_is_restricted_to_a_part_draws_from_it(part):
    space = counterfactuals([f"{{name}} wrote line {i}." for i in range(8)])
    strategy = space.pairs()  # made before the part is known, as at import of a test module
    allowed = set(space.part(part))

    @settings(database=None, max_examples=60)
    @given(strategy)
    def check(pair):
        assert pair in allowed

    with activate(Run(settings=Settings(part=part))):
        check()
    with pytest.raises(AssertionError):
        check()


def test_the_placebo_of_texts_without_names_cannot_be_drawn_from():
    empty = counterfactuals(texts="She left.").placebo()
    assert len(empty) == 0
    with pytest.raises(ArgumentError, match="placebo> has nothing to draw from"):
        empty.pairs()


def test_arguments_are_checked():
    with pytest.raises(ArgumentError, match=r"texts=\[\.\.\.\]"):
        counterfactuals()
    with pytest.raises(ArgumentError, match=r"templates=\[\] is empty"):
        counterfactuals([])
    with pytest.raises(ArgumentTypeError, match="templates=3 must be a string or a list"):
        counterfactuals(3)


def test_the_default_deadline_is_lifted_and_a_chosen_one_stays():
    @given(st.none())
    def plain(_):
        pass

    @settings(deadline=77)
    @given(st.none())
    def chosen(_):
        pass

    @settings(max_examples=3, suppress_health_check=[HealthCheck.too_slow])
    @given(st.none())
    def counted(_):
        pass

    def no_property():
        pass

    for test in (plain, chosen, counted, no_property):
        without_deadline(test)
        without_deadline(test)
    name = "_hypothesis_internal_use_settings"
    assert getattr(plain, name).deadline is None
    assert getattr(counted, name).deadline is None
    assert getattr(counted, name).max_examples == 3
    assert getattr(chosen, name).deadline.total_seconds() == pytest.approx(0.077)
    assert not hasattr(no_property, name)
    plain()
    counted()


def test_importing_does_not_import_hypothesis():
    code = (
        "import sys\nfrom pytest_fairness import counterfactuals\n"
        "len(counterfactuals('{name}!'))\n"
        "print(sorted({'hypothesis', 'numpy', 'pytest', 'torch'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
