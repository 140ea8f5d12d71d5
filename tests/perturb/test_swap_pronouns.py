"""They, neopronouns and nonbinary words, with the verbs that go with them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pytest_fairness.attributes import load_attribute
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.perturb import swap_text, swap_variants

THREE = load_attribute("gender", groups=("female", "male", "nonbinary"))

TO_THEY = [
    ("She is a nurse and her mother loves her.", "They are a nurse and their parent loves them."),
    ("She's been late; she's tired.", "They've been late; they're tired."),
    ("She’s here.", "They’re here."),
    ("SHE IS HERE.", "THEY ARE HERE."),
    ("Does she know?", "Do they know?"),
    ("Isn't she kind?", "Aren't they kind?"),
    ("She always carries hers.", "They always carry theirs."),
    ("She walks and talks.", "They walk and talk."),
    ("She was late but has not called.", "They were late but have not called."),
    ("She'll win; she'd say so; she can.", "They'll win; they'd say so; they can."),
    ("She hurts herself.", "They hurt themself."),
    ("The waitress is late.", "The server is late."),
    ("A woman and an actress sing.", "A nonbinary person and an actor sing."),
    ("Mrs Lee says she won.", "Mx Lee says they won."),
    ("The boss whom she met is here.", "The boss whom they met is here."),
]  # fmt: skip

LEFT_OUT = [
    ("She's finished.", "'she's' may stand for is or for has"),
    ("She reads books and papers.", "'papers' may be a verb or a noun"),
    ("She, a nurse, is here.", "the verb of 'she' cannot be told"),
    ("My aunt thanked her.", "'aunt' has no counterpart"),
    ("They left early.", "'they' may speak of several people"),
    ("Mum said so.", "'mum' has no counterpart"),
]


@pytest.mark.parametrize(("text", "expected"), TO_THEY)
def test_verbs_follow_they(text, expected):
    swap = swap_text(text, THREE, groups=("female", "nonbinary"))
    assert (swap.text, swap.status) == (expected, "valid")
    assert not swap.reversible


@pytest.mark.parametrize(("text", "reason"), LEFT_OUT)
def test_what_cannot_be_told_is_left_out(text, reason):
    swap = swap_text(text, THREE, groups=("female", "nonbinary"))
    assert (swap.text, swap.status, swap.reason) == (text, "ambiguous", reason)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mx Lee says they are late.", "Ms Lee says she is late."),
        ("The nonbinary person said they've won.", "The woman said she's won."),
        ("They hurt themself; they walk home.", None),  # "hurt" is a present or a past
    ],
)
def test_they_is_read_as_one_person_only_where_the_text_says_so(text, expected):
    swap = swap_text(text, THREE, groups=("nonbinary", "female"))
    assert (swap.text if swap.valid else None) == expected


def test_a_pair_of_pronouns_speaks_of_nobody():
    swap = swap_text("He or she signs; she pays.", THREE, groups=("female", "nonbinary"))
    assert swap.text == "He or she signs; they pay."


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("he", "He is here; I saw him with his dog."),
        ("they", "They are here; I saw them with their dog."),
        ("xe", "Xe is here; I saw xem with xyr dog."),
        ("ze", "Ze is here; I saw hir with hir dog."),
        ("ey", "Ey is here; I saw em with eir dog."),
        ("fae", "Fae is here; I saw faer with faer dog."),
    ],
)
def test_neopronouns_take_singular_verbs(group, expected):
    text = "She is here; I saw her with her dog."
    there = swap_text(text, "pronouns", groups=("she", group))
    assert (there.text, there.status) == (expected, "valid")
    if group != "they":
        assert swap_text(expected, "pronouns", groups=("she", group)).text == text


def test_an_apostrophe_in_front_is_no_pronoun():
    assert swap_text("Get 'em!", "pronouns", groups=("ey", "she")).status == "unchanged"


def test_every_other_set_of_pronouns_is_a_variant():
    variants = swap_variants("She sings.", "pronouns")
    assert [v.text for v in variants if v.valid] == [
        "He sings.", "They sing.", "Xe sings.", "Ze sings.", "Ey sings.", "Fae sings."
    ]  # fmt: skip


def test_groups_are_chosen_by_name():
    assert load_attribute("gender").groups == ("female", "male")
    assert THREE.terms("nonbinary", "title") == ("Mx",)
    assert ("aunt" in THREE.terms("female", "relative")) is False
    two = load_attribute("gender", groups=("nonbinary", "male"))
    assert two.groups == ("nonbinary", "male")
    with pytest.raises(ArgumentError, match="female, male, nonbinary"):
        load_attribute("gender", groups=("female", "other"))
    with pytest.raises(ArgumentTypeError, match="sequence of names"):
        load_attribute("gender", groups="female")


_SUBJECT = st.sampled_from(["She", "Her boss says she", "Mrs Lee thinks she", "Today she"])
_VERB = st.sampled_from(
    ["is here", "was late", "has won", "walks home", "does well", "sang", "can"]
)
_REST = st.sampled_from(["", " with her dog", " and is proud of herself", " because of her job"])


@given(_SUBJECT, _VERB, _REST)
def test_only_words_of_the_attribute_and_their_verbs_change(subject, verb, rest):
    text = f"{subject} {verb}{rest}."
    swap = swap_text(text, "pronouns", groups=("she", "they"))
    assert swap.valid
    assert swap.text != text
    before, after = text.split(), swap.text.split()
    both = zip(before, after, strict=True)
    changed = {(a.strip(".").lower(), b.strip(".").lower()) for a, b in both if a != b}
    assert changed <= {
        ("she", "they"), ("her", "their"), ("herself", "themself"), ("is", "are"),
        ("was", "were"), ("has", "have"), ("walks", "walk"), ("does", "do"),
    }  # fmt: skip
    assert swap.text[0].isupper()
    assert swap.text.endswith(".")
