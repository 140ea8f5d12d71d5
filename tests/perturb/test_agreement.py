"""Verbs, articles and possessives agree with whoever fills the slots."""

from __future__ import annotations

import pytest

from pytest_fairness.attributes import Attribute
from pytest_fairness.errors import ArgumentError
from pytest_fairness.perturb import Space
from pytest_fairness.perturb.template import parse

PERSON = Attribute(
    "gender",
    groups={
        "female": {
            "pronoun": ["she"],
            "possessive": ["her"],
            "name": ["Mia", "Iris"],
            "relative": ["mother"],
            "relatives": ["mothers"],
        },
        "nonbinary": {
            "pronoun": ["they"],
            "possessive": ["their"],
            "name": ["Ari", "Jules"],
            "relative": ["child"],
            "relatives": ["children"],
        },
    },
)
KNOWN = [*PERSON.kinds, "job"]


def both(text: str, attribute: Attribute = PERSON) -> list[str]:
    template = parse(text, KNOWN, attribute=attribute)
    said = [{k: attribute.terms(g, k)[0] for k in attribute.kinds} for g in attribute.groups]
    return [template.fill({**values, "job": "actor"}) for values in said]


@pytest.mark.parametrize(
    ("text", "one", "other"),
    [
        ("{Pronoun} {is} here.", "She is here.", "They are here."),
        ("{Pronoun} {was} late.", "She was late.", "They were late."),
        ("{Pronoun} {has} won.", "She has won.", "They have won."),
        ("{Pronoun} {does} sing.", "She does sing.", "They do sing."),
        ("{Pronoun} {isn't} sad.", "She isn't sad.", "They aren't sad."),
        ("{Pronoun} {verb:watches} me.", "She watches me.", "They watch me."),
        ("{Pronoun} {verb:studies}.", "She studies.", "They study."),
        ("{Name} {is} here.", "Mia is here.", "Ari is here."),
        ("{Name} left; {pronoun} {is} ill.", "Mia left; she is ill.", "Ari left; they are ill."),
        ("The {relatives} {verb:walks}.", "The mothers walk.", "The children walk."),
        ("The {relative} {verb:walks}.", "The mother walks.", "The child walks."),
        ("{Is} {pronoun} ready?", "Is she ready?", "Are they ready?"),
        ("{Is} {name} ready?", "Is Mia ready?", "Is Ari ready?"),
        ("{Name} sat. {Does} {pronoun} stand?", "Mia sat. Does she stand?", "Ari sat. Do they sta"),
        ("{Name}, who {is} ill, {verb:rests}.", "Mia, who is ill, rests.", "Ari, who is ill, rest"),
        ("{name}'s car: {pronoun} {has} it.", "Mia's car: she has it.", "Ari's car: they have it."),
        ("The {relatives}'s home.", "The mothers' home.", "The children's home."),
        ("The {relative}'s home.", "The mother's home.", "The child's home."),
    ],
)
def test_a_verb_slot_agrees_with_its_subject(text: str, one: str, other: str) -> None:
    first, second = both(text)
    assert first == one
    assert second.startswith(other)


@pytest.mark.parametrize(
    ("text", "one", "other"),
    [
        ("{Pronoun} holds a degree.", "She holds a degree.", "They hold a degree."),
        ("{Pronoun} often goes out.", "She often goes out.", "They often go out."),
        ("{Pronoun} always was calm.", "She always was calm.", "They always were calm."),
        ("{Pronoun} sang.", "She sang.", "They sang."),
        ("{Pronoun} will come.", "She will come.", "They will come."),
        ("Is {pronoun} here?", "Is she here?", "Are they here?"),
        ("Why was {pronoun} sad?", "Why was she sad?", "Why were they sad?"),
        ("{Pronoun}'s a baker.", "She's a baker.", "They're a baker."),
        ("{Pronoun}'s been out.", "She's been out.", "They've been out."),
        (
            "{Pronoun} no longer works here.",
            "She no longer works here.",
            "They no longer work here.",
        ),
        ("Can {pronoun} keep cats?", "Can she keep cats?", "Can they keep cats?"),
        ("Does {pronoun} like cats?", "Does she like cats?", "Do they like cats?"),
        ("{Pronoun} sold books.", "She sold books.", "They sold books."),
        ("{Pronoun} passes this news on.", "She passes this news on.", "They pass this news on."),
    ],
)
def test_a_plain_verb_beside_the_pronoun_agrees_too(text: str, one: str, other: str) -> None:
    assert both(text) == [one, other]


@pytest.mark.parametrize(
    "text",
    [
        "{Pronoun} cooks and sings.",
        "{Pronoun}'s finished.",
        "{Pronoun} {job} it.",
        "{Pronoun} cooked, and is tired.",
        "The point is {pronoun} left.",
        "{Pronoun} at times works.",
        "{Pronoun}, who works here, left.",
    ],
)
def test_a_group_is_left_out_where_a_verb_cannot_be_decided(text: str) -> None:
    three = Attribute(
        "gender",
        groups={
            "female": {"pronoun": ["she"]},
            "male": {"pronoun": ["he"]},
            "nonbinary": {"pronoun": ["they"]},
        },
    )
    space = Space.build(text, vary=three, slots={"job": ["does"]} if "{job}" in text else None)
    assert {group for pair in space for group in pair.groups} == {"female", "male"}
    assert space.excluded == {"templates that cannot take every term": 1}
    (note,) = [n for n in space.notes if "nonbinary" in n]
    assert "leaves out nonbinary: " in note


def test_what_is_no_verb_of_the_pronoun_leaves_nobody_out() -> None:
    texts = [
        "Mia thinks highly of {object}; {pronoun} left.",
        "The news is that {pronoun} won.",
        "{Pronoun} met {name} and his friends.",
        "{Pronoun} {verb:knows} Paris. Cats and dogs like {object}.",
        "Why {does} {pronoun} like cats?",
    ]
    for text in texts:
        said = {k: ["x", "y"] for k in ("object", "name")}
        kinds = {"pronoun": ["she"], **said}, {"pronoun": ["they"], **said}
        groups = {g: {k: [f"{w}{i}" if k != "pronoun" else w for w in v] for k, v in kind.items()}
                  for i, (g, kind) in enumerate(zip("ab", kinds, strict=True))}  # fmt: skip
        attribute = Attribute("gender", groups=groups, free=("name", "object"))
        assert parse(text, attribute.kinds, attribute=attribute).undecided == ()


def test_an_attribute_can_say_which_group_takes_a_plural_verb() -> None:
    groups = {"one": {"pronoun": ["thon"]}, "many": {"pronoun": ["ze"]}}
    ruled = Attribute("gender", groups=groups, rules={"plural_verb": ["many"]})
    assert both("{Pronoun} {is} here.", ruled) == ["Thon is here.", "Ze are here."]
    plain = Attribute("gender", groups=groups)
    assert both("{Pronoun} {is} here.", plain) == ["Thon is here.", "Ze is here."]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{Possessive} car {is} red.", "a slot for the verb 'is', but nobody of whom it is said"),
        ("{Pronoun} {verb:walk}.", r"has \{verb:walk\}; expected the form that goes with 'she'"),
        ("{Pronoun} {verb:walks on}.", "in one word, such as"),
        ("{name:2} left.", r"\{name:2\}, of which 'name' .* persons as \{a.name\} and \{b.name\}"),
    ],
)
def test_a_verb_slot_that_cannot_agree_is_explained(text: str, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        parse(text, KNOWN, attribute=PERSON)


def test_an_own_slot_may_be_called_as_a_verb() -> None:
    space = Space.build("{Pronoun} said {is}.", vary=PERSON, slots={"is": ["yes"]})
    assert space[0].original == "She said yes."
