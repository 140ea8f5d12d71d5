from __future__ import annotations

import json
import pickle

import pytest

from pytest_fairness.attributes import Attribute, load_attribute
from pytest_fairness.errors import ArgumentError, ArgumentTypeError


def test_a_list_of_terms_is_the_kind_called_as_the_attribute():
    department = Attribute("department", groups={"sales": ["sales"], "law": ["legal", "law"]})
    assert department.groups == ("sales", "law")
    assert department.kinds == department.free_kinds == ("department",)
    assert department.matched_kinds == ()
    assert department.terms("law") == ("legal", "law")
    assert department.language == "en"
    assert repr(department) == "Attribute('department', groups=('sales', 'law'), language='en')"


def test_kinds_are_free_or_matched():
    person = Attribute(
        "person",
        groups={
            "a": {"name": ["Ada", "Ann"], "person_noun": ["x", "y"], "pronoun": ["she"]},
            "b": {"name": ["Bob"], "person_noun": ["z"], "pronoun": ["he"]},
        },
    )
    assert person.free_kinds == ("name", "person_noun")
    assert person.matched_kinds == ("pronoun",)
    assert person.terms("a") == ("Ada", "Ann")
    assert (person.size("a"), person.size("b"), person.rows("pronoun")) == (2, 1, 1)
    chosen = Attribute("x", groups={"a": {"k": ["1"]}, "b": {"k": ["2", "3"]}}, free=["k"])
    assert chosen.free_kinds == ("k",)


def test_an_attribute_is_a_value():
    first, second = (Attribute("d", groups={"a": ["x"], "b": ["y"]}) for _ in range(2))
    assert first == second
    assert hash(first) == hash(second)
    assert pickle.loads(pickle.dumps(first)) == first
    with pytest.raises(AttributeError):
        first.name = "e"


@pytest.mark.parametrize("name", ["gender", "religion"])
def test_json_keeps_an_attribute(name):
    attribute = load_attribute(name)
    assert Attribute.from_dict(json.loads(json.dumps(attribute.to_dict()))) == attribute


def test_keep_takes_positions_and_drops_empty_groups():
    attribute = Attribute(
        "d", groups={"a": ["x", "y", "z"], "b": ["u"], "c": ["v"]}, rules={"protected": ["xx"]}
    )
    kept = attribute.keep({"a": [2, 0], "b": []}, {})
    assert kept.groups == ("a", "c")
    assert (kept.terms("a"), kept.terms("c")) == (("x", "z"), ("v",))
    assert kept.rule("protected") == ("xx",)
    gender = load_attribute("gender").keep({}, {"noun": [1]})
    assert gender.terms("male", "noun") == ("gentleman",)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("d", {"a": ["x"]}), r"'d' has 1 group\(s\): \['a'\]. A counterfactual needs two"),
        (("d", {"a": ["x"], "b": []}), r"groups\['b'\] of 'd' is empty. Give at least one term"),
        (("d", {"a": ["x"], "b": [" "]}), r"groups\['b'\] of 'd' holds an empty term"),
        (("d", {"a": ["x"], "b": ["X"]}), r"'X' stands for both 'a' and 'b' in 'd'"),
        (("d", {"a": ["x", "X"], "b": ["y"]}), r"Group 'a' of 'd' lists 'x' twice"),
        (("two words", {"a": ["x"], "b": ["y"]}), r"name='two words' must be one word of letters"),
        (("d", {"a": {"k": ["x"]}, "b": {"l": ["y"]}}), r"Group 'b' of 'd' has the kinds \['l'\]"),
        (
            ("d", {"a": {"k": ["x"]}, "b": {"k": ["y", "z"]}}),
            r"'k' of 'd' has .* every group as many",
        ),
        (("d", {"a": {"k": ["x"]}, "b": {"k": ["x"]}}), r"the row \('x', 'x'\), .* nothing would"),
        (("d", {"a": {"k": ["x", "x"]}, "b": {"k": ["y", "y"]}}), r"the row \('x', 'y'\) twice"),
        (
            ("d", {"a": {"d": ["x"], "d_noun": ["x", "y"]}, "b": {"d": ["z"], "d_noun": ["z"]}}),
            r"Group 'a' of 'd' has .* forms of the same terms: give as many of each",
        ),
    ],
)
def test_what_cannot_be_used_is_explained(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        Attribute(*arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((3, {}), "name=3 must be a string"),
        (("d", ["a", "b"]), "must map each group to its terms"),
        (("d", {"a": "x", "b": ["y"]}), r"groups\['a'\] of 'd' is 'x'; expected a list of strings"),
        (("d", {"a": [1], "b": ["y"]}), r"is \[1\]; expected a list of strings"),
    ],
)
def test_values_of_the_wrong_kind_are_explained(arguments, message):
    with pytest.raises(ArgumentTypeError, match=message):
        Attribute(*arguments)


def test_unknown_groups_and_kinds_are_explained():
    gender = load_attribute("gender")
    with pytest.raises(ArgumentError, match="no group 'woman'; its groups are female, male"):
        gender.terms("woman")
    with pytest.raises(ArgumentError, match="no kind 'colour'; its kinds are pronoun, object"):
        gender.terms("female", "colour")
