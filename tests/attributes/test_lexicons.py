"""The lexicons against each other, and against public lists that were made by others."""

from __future__ import annotations

import csv
import json
import math
import subprocess
import sys
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from pytest_fairness.attributes import available_attributes, load_attribute, load_slots
from pytest_fairness.errors import ArgumentError
from pytest_fairness.perturb import swap_text
from pytest_fairness.perturb.lexicon import compile_lexicon

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LEXICONS = [(name, lang) for lang, names in available_attributes().items() for name in names]


def raw(name: str, language: str) -> dict:
    path = files("pytest_fairness.attributes") / "lexicons" / language / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def test_what_is_built_in():
    assert available_attributes()["en"] == (
        "age", "appearance", "area", "dialect", "disability", "economic_class", "education",
        "family", "gender", "gender_identity", "orientation", "pronouns", "race", "race_name",
        "race_surname", "region", "religion",
    )  # fmt: skip
    assert "gender" in available_attributes()["zh"]
    assert load_attribute("gender") is load_attribute("gender")


@pytest.mark.parametrize(
    ("name", "language", "near"),
    [
        ("gendre", "en", " Did you mean 'gender'?"),
        ("race_name", "zh", " Did you mean 'race'?"),
        ("x", "fr", ""),
    ],
)
def test_an_unknown_attribute_lists_those_that_exist(name, language, near):
    with pytest.raises(ArgumentError) as caught:
        load_attribute(name, language)
    listed = "; ".join(
        f"{lang}: {', '.join(names)}" for lang, names in available_attributes().items()
    )
    assert str(caught.value) == (
        f"There is no built-in attribute {name!r} for language {language!r}.{near} Built in are "
        f"{listed}. For another one, give Attribute({name!r}, groups={{...}}, "
        f"language={language!r})."
    )


@pytest.mark.parametrize(
    ("name", "language"), [*LEXICONS, *(("slots", lang) for lang in available_attributes())]
)
def test_every_lexicon_says_where_it_comes_from(name, language):
    data = raw(name, language)
    assert data["source"].startswith("written by the pytest-fairness developers")
    assert data["licence"] == "Apache-2.0"
    assert data["date"].isoformat() in {"2026-11-24", "2026-11-26", "2026-11-27"}


@pytest.mark.parametrize(("name", "language"), LEXICONS)
def test_no_surface_belongs_to_two_groups(name, language):
    lexicon = compile_lexicon(load_attribute(name, language))
    for surface, entries in lexicon.terms.items():
        assert len({entry.group for entry in entries}) == 1, surface
        assert surface not in lexicon.protected, surface
        assert surface not in lexicon.undecided, surface


@pytest.mark.parametrize(("name", "language"), LEXICONS)
def test_no_entry_is_listed_twice(name, language):
    for key, values in raw(name, language)["swap"].items():
        if isinstance(values, list):
            counted = Counter(map(str, values))
            assert not [value for value, count in counted.items() if count > 1], key


def test_gender_has_matched_pronouns_and_many_names():
    gender = load_attribute("gender")
    forms = ("pronoun", "object", "possessive", "possessive_pronoun", "reflexive", "title")
    assert [gender.terms("female", f) for f in forms] == [
        ("she",), ("her",), ("her",), ("hers",), ("herself",), ("Ms",)
    ]  # fmt: skip
    assert [gender.terms("male", f) for f in forms] == [
        ("he",), ("him",), ("his",), ("his",), ("himself",), ("Mr",)
    ]  # fmt: skip
    women, men = (gender.terms(group) for group in gender.groups)
    assert len(women) == len(men) >= 40
    lengths = [sum(map(len, names)) / len(names) for names in (women, men)]
    assert abs(lengths[0] - lengths[1]) < 0.3
    assert max(abs(len(a) - len(b)) for a, b in zip(women, men, strict=True)) <= 3


def test_english_names_belong_to_one_public_list_only(shared_data):
    lists = json.loads((shared_data / "names" / "checklist_names.json").read_text("utf-8"))
    gender = load_attribute("gender")
    for group, own, other in (("female", "women", "men"), ("male", "men", "women")):
        names = set(gender.terms(group))
        assert names <= set(lists[own])
        assert not names & set(lists[other])
    rank = {group: [lists[own].index(n) for n in gender.terms(group)]
            for group, own in (("female", "women"), ("male", "men"))}  # fmt: skip
    assert all(max(ranks) < 350 for ranks in rank.values())  # of 8,052 and 5,393
    medians = [sorted(ranks)[len(ranks) // 2] for ranks in rank.values()]
    assert max(medians) < 2 * min(medians)


def test_other_english_names_belong_to_one_public_list_only(shared_data):
    lists = json.loads((shared_data / "names" / "checklist_names.json").read_text("utf-8"))
    women, men = set(lists["women"]), set(lists["men"])
    others = set(load_attribute("gender").rule("other_names"))
    assert not others & women & men
    # Names of other countries that a list of the United States lacks are few.
    assert len(others - women - men) <= 0.08 * len(others)


def test_english_pairs_agree_with_public_lists(shared_data):
    """Where a public list knows both words, it pairs them as we do, or with a synonym."""
    columns = [
        (shared_data / "gender_words" / f"{g}_word_file.txt").read_text("utf-8").split()
        for g in ("female", "male")
    ]
    theirs: dict[str, set[str]] = {}
    for woman, man in zip(*columns, strict=True):
        theirs.setdefault(woman, set()).add(man)
    gender, checked, differing = load_attribute("gender"), 0, set()
    for kind in gender.matched_kinds:
        for woman, man in zip(*(gender.terms(g, kind) for g in gender.groups), strict=True):
            if woman in theirs and man in columns[1]:
                checked += 1
                differing |= {(woman, man)} if man not in theirs[woman] else set()
    assert checked > 60
    assert differing <= {("her", "him"), ("her", "his"), ("hers", "his"), ("lady", "gentleman"),
                         ("bride", "groom"), ("brides", "grooms"),
                         ("maidservants", "menservants")}  # fmt: skip


def masculine(given_name: str, data: Path) -> float:
    """Return the share of men that the characters of a given name point to (naive Bayes)."""
    with (data / "names_zh" / "charfreq.csv").open(encoding="utf-8") as lines:
        counts = {
            row["char"]: (int(row["male"]), int(row["female"])) for row in csv.DictReader(lines)
        }
    totals = [sum(column) for column in zip(*counts.values(), strict=True)]
    logs = [math.log(total) for total in totals]
    for character in given_name:
        for i, count in enumerate(counts.get(character, (0, 0))):
            logs[i] += math.log((count + 1) / (totals[i] + len(counts)))
    return 1 / (1 + math.exp(logs[1] - logs[0]))


def test_chinese_given_names_are_clearly_gendered(shared_data):
    gender = load_attribute("gender", "zh")
    assert masculine("彦龙", shared_data) == pytest.approx(
        0.9597, abs=1e-4
    )  # as published with the counts
    women, men = (gender.terms(group) for group in gender.groups)
    assert not [name for name in women if masculine(name[1:], shared_data) >= 0.1]
    assert not [name for name in men if masculine(name[1:], shared_data) <= 0.9]
    surnames = set((shared_data / "names_zh" / "surnames.txt").read_text("utf-8").split())
    assert {name[0] for name in (*women, *men)} <= surnames


def test_chinese_names_are_paired_by_surname_and_length():
    women, men = (load_attribute("gender", "zh").terms(g) for g in ("female", "male"))
    assert len(women) == len(men) >= 40
    assert [(n[0], len(n)) for n in women] == [(n[0], len(n)) for n in men]


def test_orientation_terms_are_known_to_a_public_list_of_descriptors(shared_data):
    axes = json.loads((shared_data / "holistic_bias" / "descriptors.json").read_text("utf-8"))
    known = json.dumps(axes["sexual_orientation"])
    orientation = load_attribute("orientation")
    ours = [term for group in orientation.groups for term in orientation.terms(group)]
    assert len(ours) >= 16
    assert "homosexual" not in ours
    unknown = {term for term in ours if f'"{term}"' not in known}
    assert unknown == {"graysexual", "aroace", "sapphic", "same-gender-loving"}


def test_religions_are_known_to_a_public_list_of_descriptors(shared_data):
    axes = json.loads((shared_data / "holistic_bias" / "descriptors.json").read_text("utf-8"))
    known = json.dumps(axes["religion"])
    religion = load_attribute("religion")
    assert [g for g in religion.groups if f'"{religion.terms(g)[0]}"' not in known] == []
    assert min(religion.size(group) for group in religion.groups) >= 4


@pytest.mark.parametrize("language", ["en", "zh"])
def test_neutral_slots_have_values_and_name_no_gender(language):
    slots = load_slots(language)
    assert {"number", "subject", "occupation", "city", "day", "company"} <= set(slots)
    for name, values in slots.items():
        assert len(values) == len(set(values)) >= 6, name
        for value in values:
            assert swap_text(value, language=language).status == "unchanged", value


def test_other_languages_have_no_slots():
    assert dict(load_slots("fr")) == {}


def test_importing_reads_no_lexicon_and_nothing_heavy():
    code = (
        "import sys, pytest_fairness.attributes, pytest_fairness.perturb\n"
        "heavy = {'numpy', 'torch', 'hypothesis', 'pytest', 'tomllib', 'importlib.resources'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
