"""What holds of every valid swap, in all directions among the groups."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings, strategies as st

from pytest_fairness.attributes import load_attribute
from pytest_fairness.perturb import Swap, swap_text
from pytest_fairness.perturb.english_words import as_words

GENDERS = ("female", "male", "nonbinary")
GENDER = load_attribute("gender", groups=GENDERS)
PRONOUNS = ("she", "he", "they", "xe", "ze", "ey", "fae")
# Written out by hand: every word that may come or go in the sentences below.
VERBS = {"is", "are", "was", "were", "has", "have", "does", "do", "likes", "like", "'s", "'re"}
VERBS |= {"s", "re", "isn't", "aren't", "wasn't", "weren't", "doesn't", "don't", "works", "work"}
ARTICLES = {"a", "an"}
GENDER_WORDS = as_words(
    """
    she he they her him them his hers their theirs herself himself themself woman man nonbinary
    person girl boy child mother father parent aunt uncle wife husband spouse actress actor waitress
    waiter server emma liam emily daniel ms mr mx sister brother sibling women men people
    riley quinn rowan avery jamie sage emerson finley hayden kendall remy skyler peyton reese sawyer
    dakota
    """
)
PRONOUN_WORDS = as_words(
    """
    she he they xe ze ey fae her him them xem hir em faer his their xyr eir hers theirs xyrs hirs
    eirs faers herself himself themself xemself hirself emself faerself
    """
)

_SUBJECTS = ["She", "He", "The woman", "A man", "My mother", "An uncle", "A waitress", "Emma"]
_SUBJECTS += ["Daniel", "Mr. Lee", "Ms. Lee", "The girl", "His wife", "Her brother", "Mx. Lee"]
_PREDICATES = ["is tired", "was late", "has left", "likes tea", "works hard", "doesn't drive"]
_MIDDLES = [
    " because she is busy", ", and he was glad", "; she's here", " when he has time",
    " because they are busy", ", and they were glad", "",
]  # fmt: skip
_ENDS = [".", "!", "?", "...", "", "  \n"]
_CASES = [str, str.upper, str.lower]


@st.composite
def sentences(draw: st.DrawFn) -> str:
    """Draw a sentence with persons, verbs, articles, marks and spaces, in one of three cases."""
    subject, predicate = draw(st.sampled_from(_SUBJECTS)), draw(st.sampled_from(_PREDICATES))
    middle = draw(st.sampled_from(_MIDDLES))
    text = f"{subject} {predicate}{middle}{draw(st.sampled_from(_ENDS))}"
    return draw(st.sampled_from(_CASES))(text)


@st.composite
def pronoun_sentences(draw: st.DrawFn) -> str:
    """Draw a sentence with one set of pronouns."""
    word = draw(st.sampled_from(["she", "he", "they", "xe", "ze", "ey", "fae"]))
    verb = "are" if word == "they" else "is"
    text = f"{word} {verb} glad{draw(st.sampled_from(_ENDS))}"
    return draw(st.sampled_from([str, str.capitalize, str.upper]))(text)


def directions(groups: tuple[str, ...]) -> st.SearchStrategy[tuple[str, str]]:
    """Draw two different groups, in either order."""
    return st.permutations(groups).map(lambda order: (order[0], order[1]))


def _holds(text: str, swap: Swap, words: frozenset[str]) -> None:
    """Say what holds of a valid swap: what changed, how it is written, and what stayed."""
    assert swap.text != text
    rest, position = [], 0
    for change in swap.changes:
        assert text[change.start : change.end] == change.before
        rest.append(text[position : change.start])
        position = change.end
        for part in _words(change.before) | _words(change.after):
            assert part in words | VERBS | ARTICLES
        assert _marks(change.before) == _marks(change.after)
        assert _case(change.before) in (_case(change.after), "either")
    rest.append(text[position:])
    outside = (
        re.escape("\0").join(re.escape(piece) for piece in rest).replace(re.escape("\0"), ".+")
    )
    assert re.fullmatch(outside, swap.text, re.DOTALL)


def _words(text: str) -> set[str]:
    return set(re.findall(r"(?<!\w)'?[^\W\d_]+(?:'[^\W\d_]+)*", text.lower()))


def _marks(text: str) -> str:
    return re.sub(r"[\w\s']", "", text)


def _case(text: str) -> str:
    if text.islower():
        return "lower"
    if len(re.sub(r"\W", "", text)) == 1:
        return "either"
    return "upper" if text.isupper() else "capital" if text[:1].isupper() else "mixed"


@given(sentences(), directions(GENDERS))
@settings(max_examples=250, deadline=None)
def test_gender_in_all_directions(text: str, groups: tuple[str, str]) -> None:
    swap = swap_text(text, GENDER, groups=groups)
    if swap.valid:
        _holds(text, swap, GENDER_WORDS)
        back = swap_text(swap.text, GENDER, groups=groups)
        if swap.reversible and back.valid:
            assert back.text == text
    else:
        assert swap.text == text
        assert swap.reason


@given(pronoun_sentences(), directions(PRONOUNS))
@settings(max_examples=250, deadline=None)
def test_pronouns_in_all_directions(text: str, groups: tuple[str, str]) -> None:
    swap = swap_text(text, "pronouns", groups=groups)
    if swap.valid:
        _holds(text, swap, PRONOUN_WORDS)
        back = swap_text(swap.text, "pronouns", groups=groups)
        if swap.reversible and back.valid:
            assert back.text == text
    else:
        assert swap.text == text
        assert swap.reason


@pytest.mark.parametrize("subject", _SUBJECTS)
def test_the_two_paired_genders_come_back(subject: str) -> None:
    """So that the properties do not hold for lack of valid swaps: these are all valid."""
    text = f"{subject} is tired."
    swap = swap_text(text)
    if subject == "Mx. Lee":
        assert not swap.valid
        return
    assert swap.valid
    if swap.reversible:
        assert swap_text(swap.text).text == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A WOMAN IS TIRED.", "A MAN IS TIRED."),  # the word is no acronym: not "AN MAN"
        ("AN AUNT MET A MAN.", "AN UNCLE MET A WOMAN."),
        ("MR. LEE SAID HE WON.", "MS. LEE SAID SHE WON."),
    ],
)
def test_capitals(text: str, expected: str) -> None:
    assert swap_text(text).text == expected
