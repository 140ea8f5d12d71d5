"""What holds for every kind of surface change, over texts that Hypothesis writes."""

from __future__ import annotations

import pickle
import random
import subprocess
import sys

import pytest
from hypothesis import given, settings, strategies as st

from pytest_fairness import Attribute, load_attribute
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.perturb.surface import available_surfaces, chain, surface

EVERY = [(lang, name) for lang in ("en", "zh") for name in available_surfaces()[lang]]
GENDER = {lang: load_attribute("gender", lang) for lang in ("en", "zh")}

ENGLISH_PIECES = """She he her mother Maria Okafor I'm don't can't she's colour organized neighbour
café naive 21 1,200 7th twenty-one one hundred and five it is I am will not begin automobile the
enormous modern form never https://a.b/cd x@y.org 3.5 , . ! ? Monday THE İstanbul ß"""
CHINESE_PIECES = """她 他 妈妈 王先生 医生 工作 的 得 在 准备 不 没有 iPhone 15 ， 。 ！ ａｂ １
漢語 汉语 己 未 a b , 时间"""
ENGLISH = st.lists(st.sampled_from(ENGLISH_PIECES.split()), min_size=1, max_size=14).map(" ".join)
CHINESE = st.lists(st.sampled_from(CHINESE_PIECES.split()), min_size=1, max_size=14).map("".join)
TEXTS = {"en": ENGLISH | st.text(max_size=30), "zh": CHINESE | st.text(max_size=30)}


def rebuilt(source, edits):
    """Carry edits out by slicing from the right, unlike the package."""
    for start, end, before, after in reversed(edits):
        assert source[start:end] == before
        source = source[:start] + after + source[end:]
    return source


def check(change, text, seed):
    assert (change.source, change.seed) == (text, seed)
    assert change.status in ("valid", "unchanged", "ambiguous")
    assert change.valid == (change.text != text) == bool(change.edits) == (not change.reason)
    assert rebuilt(text, change.edits) == change.text
    ends = [0, *(edit.end for edit in change.edits)]
    assert all(edit.start >= end for edit, end in zip(change.edits, ends, strict=False))
    assert all(edit.before != edit.after for edit in change.edits)


@pytest.mark.parametrize(("language", "name"), EVERY)
@settings(deadline=None, max_examples=25)
@given(data=st.data(), seed=st.integers(0, 2**32), strength=st.sampled_from([None, 0.3, 1.0]))
def test_edits_are_the_difference_and_the_seed_decides(language, name, data, seed, strength):
    text = data.draw(TEXTS[language])
    perturbation = surface(name, language=language, strength=strength)
    change = perturbation(text, seed)
    check(change, text, seed)
    assert change.perturbation == name
    random.seed(1)
    assert perturbation(text, seed) == change == perturbation.all([text, "x"], seed)[0]


def kept_words(text, language):
    """Words of the test texts that name a gender, found by plain search."""
    words = {"en": ("she", "he", "her", "mother", "maria"), "zh": ("她", "他", "妈妈", "先生")}
    if language == "zh":
        return sorted((text.find(w, i), w) for w in words["zh"] for i in range(len(text)))
    bare = "".join(c if c.isalpha() else " " for c in text).split()
    return [w for w in bare if w.lower() in words["en"]]


@pytest.mark.parametrize(("language", "name"), EVERY)
@settings(deadline=None, max_examples=25)
@given(data=st.data(), seed=st.integers(0, 99))
def test_kept_words_are_neither_changed_nor_lost_nor_made(language, name, data, seed):
    text = data.draw({"en": ENGLISH, "zh": CHINESE}[language])
    change = surface(name, language=language, keep=GENDER[language], strength=1.0)(text, seed)
    check(change, text, seed)
    if language == "en":
        assert kept_words(change.text, "en") == kept_words(text, "en")
    else:
        for word in ("她", "他", "妈妈", "王先生"):
            assert change.text.count(word) == text.count(word)


@settings(deadline=None, max_examples=60)
@given(
    ENGLISH,
    st.sampled_from(available_surfaces()["en"]),
    st.sampled_from(available_surfaces()["en"]),
)
def test_a_chain_is_its_steps_in_order_with_edits_of_the_whole(text, one, other):
    both = surface(one) + surface(other)
    change = both(text, 3)
    check(change, text, 3)
    first = surface(one)(text, 3)
    second = surface(other)(first.text, 3)
    if "ambiguous" in (first.status, second.status):
        assert change.status == "ambiguous"
    else:
        assert change.text == second.text


@settings(deadline=None, max_examples=40)
@given(ENGLISH, st.integers(0, 5), st.integers(0, 9))
def test_variants_are_distinct_valid_and_drawn_again_by_their_seed(text, n, seed):
    typo = surface("typo", keep=GENDER["en"])
    variants = typo.variants(text, n, seed)
    assert len(variants) == len({v.text for v in variants}) <= n
    assert all(v.valid and typo(text, v.seed) == v for v in variants)


def test_enough_variants_are_found():
    found = surface("typo").variants("The committee approved a detailed budget.", 25)
    assert len(found) == 25
    assert len(surface("uppercase").variants("abc", 5)) == 1


def test_a_draw_is_the_same_on_every_machine():
    """Pinned once; hash randomisation must not matter."""
    code = (
        "from pytest_fairness.perturb.surface import surface;"
        "print(surface('typo')('The committee approved a detailed budget.', 5).text)"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(p for p in sys.path if p)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] != "The committee approved a detailed budget.\n"


def test_a_typo_makes_no_new_mention():
    """One deletion in "then" or "hers" could write "the", "hen", "her": none may name a group."""
    keep = Attribute("animal", groups={"a": {"animal": ["hen"]}, "b": {"animal": ["teh"]}})
    made = surface("typo_delete", strength=1.0)
    kept = surface("typo_delete", keep=keep, strength=1.0)
    texts = {made("henn", seed).text for seed in range(40)}
    assert "hen" in texts
    assert "hen" not in {kept("henn", seed).text for seed in range(40)}
    only = Attribute("all", groups={"a": {"all": ["lon", "log"]}, "b": {"all": ["lng"]}})
    change = surface("typo_delete", keep=only)
    assert {change("long", s).text for s in range(40)} == {"long"}
    assert {change("long", s).status for s in range(40)} == {"ambiguous"}


@pytest.mark.parametrize("name", ["typo", "ocr", "lowercase", "uppercase", "random_case"])
def test_what_looks_like_a_name_is_kept_with_an_attribute(name):
    text = "Yesterday Nkechi Okafor wrote about lovely Bergen. I answered later."
    for seed in range(20):
        change = surface(name, keep=GENDER["en"], strength=1.0)(text, seed)
        assert change.valid
        assert "Nkechi Okafor" in change.text
        assert "Bergen" in change.text
    shouted = "WE WENT HOME AND HE SLEPT WELL."
    lowered = surface("lowercase", keep=GENDER["en"])(shouted)
    assert lowered.text == "we went home and HE slept well."


@pytest.mark.parametrize(
    ("keep", "text"),
    [(["Acme"], "Acme"), (["acme corp"], "ACME Corp"), (["医生"], "医生")],
)
def test_words_are_kept_in_any_case(keep, text):
    change = surface("random_case", keep=keep, strength=1.0)(f"we saw {text} today", 1)
    assert change.valid
    assert f" {text} " in change.text
    assert surface("lowercase", keep=["Acme"])("ACMEs").text == "acmes"


def test_a_kept_word_is_not_joined_to_another():
    text = "so he said, her friend left"
    change = surface("missing_space", keep=GENDER["en"], strength=1.0)(text)
    assert change.text == "so he said,her friend left"
    glued = surface("no_spaces", language="zh", keep=["她"])("她 A")
    assert glued.text == "她A"


def test_perturbations_are_values():
    one = surface("typo", keep=GENDER["en"])
    assert one == surface("typo", keep=GENDER["en"]) != surface("typo")
    assert chain(one, surface("uppercase")) == one + surface("uppercase")
    assert (one + surface("uppercase") + one).name == "typo + uppercase + typo"
    change = one("Budget approved")
    assert pickle.loads(pickle.dumps(change)) == change
    with pytest.raises(AttributeError):
        one.strength = 0.5


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: surface("typos"), ArgumentError, "'typos'.*typo_delete"),
        (lambda: surface("typo", language="zh"), ArgumentError, "homophone"),
        (lambda: surface("typo", "fr"), ArgumentError, "'fr'.*en: .*zh: "),
        (lambda: surface("typo", edits=0), ArgumentError, "edits=0 must be at least 1"),
        (lambda: surface("typo", edits=1, strength=0.5), ArgumentError, "one of them"),
        (lambda: surface("typo", keep="gendre"), ArgumentError, "'gendre'"),
        (lambda: surface("typo").variants("a", -1), ArgumentError, "n=-1 must be at least 0"),
        (lambda: surface("typo", strength=0), ArgumentError, r"strength=0 .*\(0, 1\]"),
        (lambda: surface("typo", strength=1.5), ArgumentError, "1.5"),
        (lambda: surface("typo", strength="all"), ArgumentTypeError, "'all'"),
        (lambda: surface("typo", keep=3), ArgumentTypeError, "3.*Attribute"),
        (lambda: surface("typo", keep=["a", 3]), ArgumentTypeError, "3"),
        (lambda: surface("typo", keep=[" "]), ArgumentTypeError, "' '"),
        (lambda: surface("typo")(None), ArgumentTypeError, "None"),
        (lambda: chain(), ArgumentTypeError, "surface"),
        (lambda: chain(surface("typo"), "upper"), ArgumentTypeError, "upper"),
        (lambda: surface("typo") + "upper", TypeError, "unsupported"),
    ],
)
def test_what_cannot_be_used_is_named(call, error, says):
    with pytest.raises(error, match=says):
        call()
