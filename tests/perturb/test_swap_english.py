"""Sentences swapped by hand, with the traps that a word list falls into."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from pytest_fairness.attributes import Attribute, load_attribute
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.perturb import swap_text, swap_variants

# original, swapped; each is also read the other way round
REVERSIBLE = [
    ("She is a nurse.", "He is a nurse."),
    ("she said she'd call", "he said he'd call"),
    ("SHE WON.", "HE WON."),
    ("Is this hers?", "Is this his?"),
    ("She hurt herself.", "He hurt himself."),
    ("She told her mother that the job was hers.", "He told his father that the job was his."),
    ("Her manager praised her.", "His manager praised him."),
    ("They met her in Leeds.", "They met him in Leeds."),
    ("We know her from school.", "We know him from school."),
    ("Ask her to come.", "Ask him to come."),
    ("I saw her yesterday.", "I saw him yesterday."),
    ("I gave it to her and left.", "I gave it to him and left."),
    ("She lost her job.", "He lost his job."),
    ("She finished her degree in May.", "He finished his degree in May."),
    ("In her office she keeps her own lamp.", "In his office he keeps his own lamp."),
    ("He's late; she'll wait.", "She's late; he'll wait."),
    ("A friend of hers called.", "A friend of his called."),
    ("The women's team beat the boys' team.", "The men's team beat the girls' team."),
    ("A Mother-In-Law of İ met her.", "A Father-In-Law of İ met him."),
    ("Emma Thomas met Dr. Henry.", "Liam Thomas met Dr. Henry."),
    ("Dear Ms. Taylor, your aunt called.", "Dear Mr. Taylor, your uncle called."),
    ("Emma and her brother left.", "Liam and his sister left."),
    ("Emma's laptop is new. She likes it.", "Liam's laptop is new. He likes it."),
    ("EMMA AND HER WIFE", "LIAM AND HIS HUSBAND"),
    ("Emma told Michael about her plan.", "Liam told Melissa about his plan."),
    ("An uncle and a niece", "An aunt and a nephew"),
    ("a waitress, an aunt", "a waiter, an uncle"),
    ("My mother-in-law is a widow.", "My father-in-law is a widower."),
    ("her ex-husband", "his ex-wife"),
    ("My great-grandmother was a nun.", "My great-grandfather was a monk."),
    ("Both her parents and her sister work.", "Both his parents and his brother work."),
    ("“She left,” he said.", "“He left,” she said."),
    ("She/her/hers", "He/him/his"),
    ("#women in tech", "#men in tech"),
    ("Thank you, ma'am.", "Thank you, sir."),
    ("Who hired her?", "Who hired him?"),
    ("She is his boss.", "He is her boss."),
    ("His is better than mine.", "Hers is better than mine."),
    ("the girl who met him", "the boy who met her"),
    ("A female engineer met a male nurse.", "A male engineer met a female nurse."),
    ("Her mother, a businesswoman, left.", "His father, a businessman, left."),
    ("I told Mom.", "I told Dad."),
    (
        "She holds a master's degree and a bachelor's.",
        "He holds a master's degree and a bachelor's.",
    ),
    ("They elected her because of her results.", "They elected him because of his results."),
]

# original, swapped, without a way back
ONE_WAY = [
    ("The actress thanked the actor.", "The actor thanked the actor."),
    ("Mrs Taylor is a landlady.", "Mr Taylor is a landlord."),
    ("her fiancee", "his fiancé"),
    ("Papa left.", "Mom left."),
    ("Thanks, mum!", "Thanks, dad!"),
    ("She knew an heiress.", "He knew an heir."),
    ("We hired him full time.", "We hired her full time."),
    ("I told him stories.", "I told her stories."),
    ("ma’am", "sir"),
]

UNCHANGED = [
    "The human manner of this chairs the theme.",
    "He or she signs his or her form.",
    "Every applicant brings his/her passport; s/he signs, (s)he waits.",
    "Ladies and gentlemen, men and women of the jury!",
    "The lake is man-made.",
    "It is no man's land.",
    "My mother tongue is Greek.",
    "Big Brother and Uncle Sam watch.",
    "It stands at https://she.example/her and www.he.example.",
    "Write to emma@example.org or @emma.",
    "The manager chairs the history theatre.",
    "Sherlock heard the hero shelter here.",
    "Miss the train? Miss no more.",
    "MS Word and MR scans.",
    "grace, will, mark and rose",
    "emma in lower case is not taken for a name",
    "Mr smith",
    "MIA since May",
    "Ghost hosts the actor.",
    "O'Ian",
    "Emma2 and he_she",
]

AMBIGUOUS = [
    ("I gave her books.", "'her' can be read in two ways"),
    ("We hired her full time.", "'her' can be read in two ways"),
    ("I saw her duck.", "'her' can be read in two ways"),
    ("They made her boss.", "'her' can be read in two ways"),
    ("I drove her home.", "'her' can be read in two ways"),
    ("It was her, not his, decision.", "'her' can be read in two ways"),
    ("She gave her 5 dollars.", "'her' can be read in two ways"),
    ("He called her “boss”.", "'her' can be read in two ways"),
    ("Spider Man helped.", "'man' may be part of a name"),
    ("I met Queen Victoria.", "'queen' may be part of a name"),
    ("Father Brown arrived.", "'father brown' may or may not speak of a person"),
    ("Man, that was hard.", "'man' may be an interjection"),
    ("Mary said she won.", "'Mary' has no counterpart"),
    ("Jennifer David won.", "a full name holds given names of two groups"),
    ("We played at Duke.", "'duke' may be part of a name"),
    ("He is a workman.", "'workman' may or may not speak of a person"),
    ("yeah man", "'yeah man' may or may not speak of a person"),
    ("A one-man show.", "'man' stands in a compound with a hyphen"),
    ("She-wolf", "'she' stands in a compound with a hyphen"),
    ("She is pregnant.", "'pregnant' goes with one group"),
    ("Her maiden name is Lee.", "'maiden' may or may not speak of a person"),
    ("You guys met her.", "'guys' may or may not speak of a person"),
    ("He will man the desk.", "'man the' may or may not speak of a person"),
]


@pytest.mark.parametrize(("first", "second"), REVERSIBLE)
def test_swaps_there_and_back(first, second):
    there, back = swap_text(first), swap_text(second)
    assert (there.text, there.status, there.reversible) == (second, "valid", True)
    assert back.text == first if back.valid else " of his " in second


@pytest.mark.parametrize(("first", "second"), ONE_WAY)
def test_swaps_one_way(first, second):
    swap = swap_text(first)
    assert (swap.text, swap.status) == (second, "valid")
    back = swap_text(second)
    assert not (back.valid and back.text == first)


@pytest.mark.parametrize("text", UNCHANGED)
def test_leaves_alone_what_speaks_of_nobody(text):
    swap = swap_text(text)
    assert (swap.text, swap.status, swap.changes) == (text, "unchanged", ())
    assert swap.reason == "no term of gender to swap"


@pytest.mark.parametrize(("text", "reason"), AMBIGUOUS)
def test_never_guesses(text, reason):
    swap = swap_text(text)
    status = "not label-preserving" if "one group" in reason else "ambiguous"
    assert (swap.text, swap.status, swap.reason) == (text, status, reason)


def test_changes_say_what_was_replaced_and_where():
    text = "An actress met Liam."
    swap = swap_text(text)
    assert [(c.before, c.after) for c in swap.changes] == [("actress", "actor"), ("Liam", "Emma")]
    assert all(text[c.start : c.end] == c.before for c in swap.changes)
    assert swap.groups == ("female", "male")


def test_an_article_follows_the_word_that_comes():
    assert swap_text("An emperor and a duke").text == "An empress and a duchess"
    assert swap_text("A heroine").text == "A hero"
    swap = swap_text("He met an heiress of a king")
    assert swap.text == "She met an heir of a queen"
    swap = swap_text("An atheist sang.", "religion", groups=("nonreligious", "Sikh"))
    assert swap.text in ("An atheist sang.", "A Sikh sang.")


_WORDS = (
    "She he her him his hers herself Emma Liam Emma's mother father the a an of with to gave "
    "met and or , . ; woman men job team car new last 5 is was not yesterday Ms Mr Taylor the "
    "actor actress man-made he's ; “ ” ( )"
)
_PIECES = st.lists(st.sampled_from(_WORDS.split(" ")), max_size=14).map(" ".join)


@settings(deadline=None)
@given(_PIECES)
def test_a_swap_changes_what_it_says_and_nothing_else(text):
    swap = swap_text(text)
    position, rebuilt = 0, ""
    for change in swap.changes:
        assert text[change.start : change.end] == change.before
        assert change.before != change.after
        rebuilt += text[position : change.start] + change.after
        position = change.end
    assert swap.text == rebuilt + text[position:]
    assert swap.valid == bool(swap.changes) == (swap.text != text)


_SUBJECTS = st.sampled_from(["She", "He", "Emma", "Brian", "Her boss", "His aunt", "The waitress"])
_VERBS = st.sampled_from(["met", "praised", "hired", "gave", "told", "saw", "and", "left with"])
_OBJECTS = st.sampled_from(
    [
        "her",
        "him",
        "herself",
        "her job",
        "his team",
        "her brother",
        "a friend of hers",
        "his own car",
        "her books",
        "his 5 books",
        "her full time",
        "her yesterday",
        "Olivia's wife",
        "the men",
    ]
)
_TAILS = st.sampled_from(["", " to win", " because she asked", " in his office", ", not Liam"])
_SENTENCES = st.tuples(_SUBJECTS, _VERBS, _OBJECTS, _TAILS).map(
    lambda parts: f"{parts[0]} {parts[1]} {parts[2]}{parts[3]}."
)


@settings(deadline=None)
@given(st.lists(_SENTENCES, max_size=3).map(" ".join))
def test_a_second_swap_restores_the_text_where_it_can(text):
    swap = swap_text(text)
    back = swap_text(swap.text)
    if swap.valid and swap.reversible and back.valid:
        assert back.text == text


@settings(deadline=None)
@given(st.text())
def test_any_text_can_be_read(text):
    for attribute in ("gender", "religion", "orientation"):
        for swap in swap_variants(text, attribute):
            assert swap.valid == (swap.text != text)


RELIGION = [
    ("A Christian woman", "Muslim", "A Muslim woman"),
    ("She is an atheist.", "Muslim", "She is a Muslim."),
    ("She is a Muslim.", "nonreligious", "She is an atheist."),
    ("two muslims met", "Jewish", "two jews met"),
    ("The MUSLIM community", "Jewish", "The JEWISH community"),
    ("Muslims live here.", "nonreligious", "Atheists live here."),
    ("Catholic neighbours", "Jewish", "Orthodox Jewish neighbours"),
    ("An Orthodox Jew said so.", "Muslim", "A Sunni said so."),
    ("a non-Muslim country", "Hindu", "a non-Hindu country"),
]


@pytest.mark.parametrize(("text", "group", "expected"), RELIGION)
def test_swaps_beliefs(text, group, expected):
    assert expected in [s.text for s in swap_variants(text, "religion") if s.groups[1] == group]


ORIENTATION = [
    ("A gay couple moved in.", "heterosexual", "A straight couple moved in."),
    ("a gay teacher", "asexual", "an asexual teacher"),
    ("Gay people vote.", "lesbian", "Lesbians vote."),
    ("She is a lesbian.", "bisexual", "She is a bisexual person."),
    ("An LGBTQ employee", "gay", "A gay employee"),
    ("AN ASEXUAL TEACHER", "gay", "A GAY TEACHER"),
    ("Bisexual people vote.", "heterosexual", "Straight people vote."),
]


@pytest.mark.parametrize(("text", "group", "expected"), ORIENTATION)
def test_swaps_orientations(text, group, expected):
    assert expected in [s.text for s in swap_variants(text, "orientation") if s.groups[1] == group]


def test_leaves_out_what_would_contradict_itself():
    reasons = {s.reason for s in swap_variants("He is gay.", "orientation") if not s.valid}
    assert reasons == {"'lesbian' and 'he' would speak of one person"}
    (reason,) = {s.reason for s in swap_variants("The Muslim man left the mosque.", "religion")}
    assert reason == "'mosque' goes with one group"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("He went straight home.", "unchanged"),
        ("He is straight.", "valid"),
        ("He is straight with me.", "ambiguous"),
        ("The road is straight.", "ambiguous"),
        ("He is an ace pilot.", "ambiguous"),
        ("That's so gay.", "ambiguous"),
        ("He met a gay at work.", "ambiguous"),
    ],
)
def test_words_with_other_meanings(text, status):
    assert swap_text(text, "orientation", groups=("heterosexual", "gay")).status == status


def test_an_adjective_and_a_noun_are_told_apart_or_left_out():
    swap = swap_text("The Muslim prayed.", "religion", groups=("Muslim", "Jewish"))
    assert swap.reason == "'muslim' can be read in two ways"
    assert swap_text("The Muslim prayed.", "religion", groups=("Muslim", "Hindu")).valid


def test_each_mentioned_group_is_exchanged_with_every_other_once():
    variants = swap_variants("Muslims met Jews.", "religion")
    pairs = {frozenset(s.groups) for s in variants}
    assert len(variants) == len(pairs) == 11  # 6 for each of two groups, less the one in common
    assert "Jews met Muslims." in {s.text for s in variants}
    assert "Muslims met Hindus." in {s.text for s in variants}


def test_two_terms_never_become_one():
    (reason,) = {
        s.reason
        for s in swap_variants("A Catholic teacher met a Lutheran teacher.", "religion")
        if s.groups == ("", "")
    } or {""}
    assert reason in ("", "two terms would become the same one")
    small = Attribute("unit", groups={"a": ["alpha", "beta", "gamma"], "b": ["one", "two"]})
    assert swap_text("beta and gamma", small).reason == "two terms would become the same one"
    assert swap_text("alpha and gamma", small).text == "one and two"
    assert swap_text("alpha or one", small).reason == "no term of unit to swap"


def test_an_attribute_of_your_own_is_swapped_too():
    department = Attribute("department", groups={"sales": ["sales"], "law": ["legal"]})
    assert swap_text("The Sales team", department).text == "The Legal team"


def test_errors_say_what_to_do():
    with pytest.raises(ArgumentError, match=r"has 7 groups: name the two .* groups=\('Christian'"):
        swap_text("A Muslim", "religion")
    with pytest.raises(
        ArgumentError, match="must be two different groups of 'gender': female, male"
    ):
        swap_text("she", groups=("female", "nobody"))
    with pytest.raises(ArgumentTypeError, match="text=3 must be a string"):
        swap_text(3)
    with pytest.raises(ArgumentTypeError, match="must be the name of an attribute"):
        swap_text("she", 7)
    with pytest.raises(ArgumentError, match="the attribute knows its own"):
        swap_text("she", load_attribute("gender"), language="zh")
