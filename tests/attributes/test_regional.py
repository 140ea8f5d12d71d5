"""Names by country, held against Faker itself."""

from __future__ import annotations

import sys

import pytest
from faker import Faker

from pytest_fairness import counterfactuals, names_by_country
from pytest_fairness.errors import ArgumentError, MissingPackageError

LOCALES = {"German": "de_DE", "Indian": "en_IN", "Mexican": "es_MX", "Swedish": "sv_SE"}


@pytest.mark.parametrize("which", ["female", "male", "surname"])
def test_names_are_those_that_the_library_draws(which):
    country = names_by_country(LOCALES, which=which, n=10)
    kind = "surname" if which == "surname" else "name"
    draw = {"female": "first_name_female", "male": "first_name_male", "surname": "last_name"}[which]
    for group, locale in LOCALES.items():
        fake = Faker(locale)
        fake.seed_instance(0)
        drawn = {getattr(fake, draw)() for _ in range(6000)}
        assert len(set(country.terms(group, kind)) & drawn) >= 8, group


def test_no_name_is_of_two_countries():
    country = names_by_country(LOCALES, n=15)
    every = [name for group in country.groups for name in country.terms(group, "name")]
    assert len(set(every)) == len(every) == 60


def test_the_same_names_come_every_time():
    assert names_by_country(LOCALES) == names_by_country(LOCALES)


def test_templates_take_them():
    space = counterfactuals("{name} applied for a loan.", vary=names_by_country(LOCALES, n=5))
    assert len(space) == 6 * 25


def test_chinese_names_are_written_in_chinese():
    country = names_by_country({"中国": "zh_CN", "台湾": "zh_TW"}, n=5, language="zh")
    assert all("\u4e00" <= c <= "\u9fff" for c in "".join(country.terms("中国", "name")))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: names_by_country({"a": "xx_XX", "b": "de_DE"}), "no names for the locale 'xx_XX'"),
        (lambda: names_by_country(LOCALES, which="pet"), "which='pet' must be one of"),
        (lambda: names_by_country(LOCALES, n=0), "n=0 must be at least 1"),
        (lambda: names_by_country(LOCALES, n=10**6), "has only"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "faker", None)
    with pytest.raises(MissingPackageError, match=r"needs Faker.*pytest-fairness\[names\]"):
        names_by_country(LOCALES)
