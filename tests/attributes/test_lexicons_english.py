"""The English lexicons, term by term: they load, are aligned, and fit a sentence."""

from __future__ import annotations

import re
import sys
from importlib.resources import files

import pytest

from pytest_fairness.attributes import load_attribute
from pytest_fairness.perturb import Space
from pytest_fairness.perturb.lexicon import compile_lexicon

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DESCRIBING = [
    "age", "appearance", "area", "disability", "economic_class", "education", "family",
    "gender_identity", "orientation", "race", "region", "religion",
]  # fmt: skip
NAMING = ["race_name", "race_surname", "dialect"]

# Terms whose first sound and first letter differ: a vowel letter with "a", or the reverse.
TAKE_A = {"European American", "Ukrainian", "Ugandan", "university-educated"}
TAKE_AN = {"LGBTQ"}


def raw(name: str) -> dict:
    path = files("pytest_fairness.attributes") / "lexicons" / "en" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [*DESCRIBING, *NAMING])
def test_every_file_says_who_wrote_it_when_and_how_it_may_be_used(name):
    data = raw(name)
    assert data["name"] == name
    assert data["language"] == "en"
    assert data["source"].startswith("written by the pytest-fairness developers")
    assert (data["licence"], data["date"].isoformat()) == ("Apache-2.0", "2026-11-26")


@pytest.mark.parametrize("name", DESCRIBING)
def test_each_term_has_an_adjective_a_noun_and_a_plural(name):
    attribute = load_attribute(name)
    assert {name, f"{name}_noun", f"{name}_plural"} <= set(attribute.free_kinds)
    for group in attribute.groups:
        for kind in attribute.free_kinds:
            words = attribute.terms(group, kind)
            assert len(set(words)) == len(words) == attribute.size(group), (group, kind)
        for noun, plural in zip(
            attribute.terms(group, f"{name}_noun"),
            attribute.terms(group, f"{name}_plural"),
            strict=True,
        ):
            assert noun != plural
            assert plural.endswith("s") or "people" in plural or re.search(r"s (of|with) ", plural)


@pytest.mark.parametrize("name", [n for n in DESCRIBING if n not in ("orientation", "religion")])
def test_most_groups_have_at_least_four_terms(name):
    attribute = load_attribute(name)
    few = {group for group in attribute.groups if attribute.size(group) < 4}
    assert few <= {"intellectual", "childless", "primary"}


@pytest.mark.parametrize("name", DESCRIBING)
def test_every_term_fits_a_sentence_with_the_right_article(name):
    attribute = load_attribute(name)
    space = Space.build(f"I know a {{{name}}} person.", vary=name)
    texts = {text for pair in space for text in (pair.original, pair.variant)}
    for group in attribute.groups:
        for term in attribute.terms(group):
            vowel = (term[0].lower() in "aeiou" or term in TAKE_AN) and term not in TAKE_A
            assert f"I know {'an' if vowel else 'a'} {term} person." in texts


@pytest.mark.parametrize("name", [*DESCRIBING, *NAMING])
def test_no_surface_has_two_groups_or_two_rules(name):
    lexicon = compile_lexicon(load_attribute(name))
    assert not lexicon.protected & lexicon.undecided
    assert not (lexicon.protected | lexicon.undecided) & set(lexicon.terms)
    for surface, entries in lexicon.terms.items():
        assert len({(entry.group, entry.place) for entry in entries}) == 1, surface


@pytest.mark.parametrize("name", [*DESCRIBING, *NAMING])
def test_rules_about_terms_name_terms(name):
    attribute = load_attribute(name)
    known = set(compile_lexicon(attribute).terms)
    for key in ("needs_person", "unclear_before_name"):
        assert {word.lower() for word in attribute.rule(key)} <= known, key
    parts = {part for surface in known for part in re.findall(r"\w+", surface)}
    assert {word for terms in attribute.rule("clashes")[::2] for word in terms} <= parts


@pytest.mark.parametrize(
    "name", ["age", "disability", "race", "gender_identity", "family", "economic_class"]
)
def test_terms_that_the_community_avoids_are_read_and_never_written(name):
    attribute = load_attribute(name)
    avoided = set(attribute.rule("avoided"))
    assert len(avoided) >= 5
    assert avoided <= set(attribute.rule("undecided"))
    assert not avoided & set(compile_lexicon(attribute).terms)


def test_regions_cover_the_world():
    region = load_attribute("region")
    countries = [c for g in region.groups for c in region.terms(g, "region_country")]
    cities = [c for g in region.groups for c in region.terms(g, "region_city")]
    assert len(region.groups) >= 6
    assert len(set(countries)) == len(countries) == len(set(cities)) >= 24


def test_names_are_tagged_and_keep_the_gender_by_position():
    names = load_attribute("race_name")
    tags = {name: gender for name, attribute, gender in names.rule("tags") if attribute == "gender"}
    assert set(tags) == {name for group in names.groups for name in names.terms(group)}
    for row in zip(*(names.terms(group) for group in names.groups), strict=True):
        assert len({tags[name] for name in row}) == 1, row
    assert (tags["Lakisha"], tags["Jamal"], tags["Emily"], tags["Greg"]) == (
        "female", "male", "female", "male",
    )  # fmt: skip


def test_surnames_are_interchangeable():
    surnames = load_attribute("race_surname")
    assert surnames.free_kinds == ("surname",)
    assert "Washington" in surnames.terms("Black")
    assert "Nguyen" in surnames.terms("Asian")


def test_each_pair_of_dialects_names_its_feature():
    dialect = load_attribute("dialect")
    features = dict(dialect.rule("features"))
    assert list(features) == list(dialect.terms("AAE", "clause"))
    assert len(set(features.values())) >= 10


@pytest.mark.parametrize("name", DESCRIBING)
def test_no_term_holds_a_word_that_forbids_its_swap(name):
    lexicon = compile_lexicon(load_attribute(name))
    if lexicon.bound is not None:
        assert [surface for surface in lexicon.terms if lexicon.bound.search(surface)] == []
