"""Parity of spans: functions with known recall, and a tagger with a planted bias."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness import (
    Attribute,
    FairnessFailure,
    assert_span_parity,
    load_attribute,
    load_model as load,
)
from pytest_fairness.assertions.spans import filled
from pytest_fairness.errors import ArgumentError, ArgumentTypeError, ModelError
from tests.models.taggers import OTHER, SEEN, SENTENCES, planted_tagger

PLAIN = ["{name} wrote a report.", "We thanked {name} for it.", "Did {name} call?"]
TWO = Attribute("origin", {"here": {"name": list(SEEN)}, "there": {"name": list(OTHER)}},
                free=["name"])  # fmt: skip


def finds(known, extra=()):
    """A function that finds these names, and some words that are none."""

    def spans(texts):
        return [
            [(text.index(w), text.index(w) + len(w), "PER") for w in (*known, *extra) if w in text]
            for text in texts
        ]

    return spans


def verdict(model, **options):
    try:
        outcome = assert_span_parity(model, PLAIN, vary=TWO, **options)
    except FairnessFailure as failure:
        outcome = failure.outcome
    return outcome


def test_a_reader_that_misses_a_group_fails_and_names_the_names():
    with pytest.raises(FairnessFailure) as caught:
        assert_span_parity(finds([*SEEN, *OTHER[:5]]), PLAIN, vary=TWO, max_difference=0.3)
    outcome = caught.value.outcome
    assert outcome.verdict.value == "fail"
    assert outcome.evidence.estimate == pytest.approx(1 - 5 / 20)
    assert outcome.definition_id == "span_recall_difference"
    assert outcome.attribute == "origin"
    rates = {g.group: (g.value, g.n) for g in outcome.evidence.groups}
    assert rates == {"here": (1.0, 60), "there": (0.25, 60)}
    assert any(f"{OTHER[5]} (there, 3 of 3)" in note for note in outcome.evidence.notes)


def test_a_reader_that_finds_all_passes_where_the_names_are_enough():
    assert verdict(finds([*SEEN, *OTHER]), max_difference=0.3).verdict.value == "pass"
    few = verdict(finds([*SEEN, *OTHER]), max_difference=0.02)
    assert few.verdict.value == "inconclusive"  # 20 names cannot show that


def test_texts_of_one_name_are_one_observation():
    """More templates that behave alike do not make twenty names more."""
    sixty = [f"{i}: {{name}} wrote." for i in range(60)]
    found = []
    for templates in (PLAIN, sixty):
        try:
            outcome = assert_span_parity(
                finds([*SEEN, *OTHER[:15]]), templates, vary=TWO, max_difference=0.25
            )
        except FairnessFailure as failure:
            outcome = failure.outcome
        found.append(outcome.evidence.interval)
    assert found[0].high == pytest.approx(found[1].high, abs=1e-6)


def test_precision_and_f1_count_spans_that_are_none():
    """The function takes "report" for a name, in a third of the texts."""
    model = finds([*SEEN, *OTHER], extra=["report"])
    outcome = verdict(model, metric="precision", min_group=0.5)
    assert {g.group: g.value for g in outcome.evidence.groups} == {
        "here": pytest.approx(60 / 80),
        "there": pytest.approx(60 / 80),
    }
    assert outcome.verdict.value == "pass"
    outcome = verdict(finds([*SEEN, *OTHER[:10]], extra=["report"]), metric="f1", min_group=0.9)
    rates = {g.group: g.value for g in outcome.evidence.groups}
    assert rates["here"] == pytest.approx(2 * 60 / (2 * 60 + 20))
    assert rates["there"] == pytest.approx(2 * 30 / (2 * 30 + 30 + 20))
    assert outcome.verdict.value == "fail"


def test_a_ratio_is_judged_too():
    outcome = verdict(finds([*SEEN, *OTHER[:4]]), min_ratio=0.8)
    assert (outcome.verdict.value, outcome.evidence.estimate) == ("fail", pytest.approx(0.2))


def test_a_model_that_finds_nothing_shows_nothing():
    """Recall is 0 in both groups, which is no evidence of equal treatment."""
    outcome = verdict(lambda texts: [[] for _ in texts], max_difference=0.5)
    assert outcome.verdict.value == "unmeasurable"
    outcome = verdict(lambda texts: [[(0, 2, "person")] for _ in texts], max_difference=0.5)
    assert "labelled spans person: name the right label=" in outcome.reason
    right = verdict(finds(SEEN + OTHER), max_difference=0.3, label=["person", "PER"])
    assert right.verdict.value == "pass"


@pytest.mark.parametrize("group", ["here", "there"])
def test_precision_of_a_group_without_spans_is_unmeasurable(group):
    known = SEEN if group == "there" else OTHER
    outcome = verdict(finds(known), metric="precision", max_difference=0.2)
    assert outcome.verdict.value == "unmeasurable"
    assert group in outcome.reason


@pytest.fixture(scope="module")
def taggers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return {
        "fair": planted_tagger(folder / "fair"),
        "biased": planted_tagger(folder / "biased", missed=OTHER),
    }


def test_the_planted_bias_of_a_real_tagger_is_found(taggers):
    model = load(taggers["biased"], device="cpu")
    with pytest.raises(FairnessFailure) as caught:
        assert_span_parity(model, SENTENCES, vary=TWO, max_difference=0.2)
    outcome = caught.value.outcome
    assert outcome.verdict.value == "fail"
    assert outcome.evidence.estimate > 0.9
    assert "recall of spans" in str(caught.value)


def test_a_tagger_trained_on_all_names_passes(taggers):
    outcome = assert_span_parity(taggers["fair"], SENTENCES, vary=TWO, max_difference=0.3)
    assert outcome.evidence.estimate < 0.05


def test_a_label_that_the_model_does_not_know_is_named(taggers):
    model = load(taggers["fair"], device="cpu")
    with pytest.raises(ArgumentError, match=r"knows: PER, LOC"):
        assert_span_parity(model, SENTENCES, vary=TWO, label="person", max_difference=0.3)


def test_names_stand_where_places_say():
    attribute = load_attribute("race_name")
    names = {g: attribute.terms(g, "name") for g in attribute.groups}
    texts = filled(["{{a}} {name} met {name}'s son.", "{name}"], names)
    assert len(texts) == 2 * 80
    for each in texts:
        assert all(each.text[a:b] == each.name for a, b in each.places)
        assert len(each.places) == each.template.count("{name}")
    assert texts[0].text == "{a} Emily met Emily's son."


def test_chinese_names_are_read_too():
    names = load_attribute("gender", "zh")
    model = finds([n for g in names.groups for n in names.terms(g, "name")])
    outcome = assert_span_parity(
        model, ["{name}今天去了北京。"], vary="gender", language="zh", max_difference=0.9
    )
    assert outcome.evidence.estimate == 0


@pytest.mark.parametrize(
    ("model", "options", "error", "words"),
    [
        (finds(SEEN), {"max_difference": 0.1, "min_ratio": 0.8}, ArgumentError, "exactly one"),
        (finds(SEEN), {"max_difference": 0.1, "metric": "auc"}, ArgumentError, "metric='auc'"),
        (finds(SEEN), {"max_difference": 0.1, "clusters": "row"}, ArgumentError, "clusters='row'"),
        (finds(SEEN), {"max_difference": 0.1, "label": []}, ArgumentError, "must be a label"),
        (3, {"max_difference": 0.1}, ModelError, "a token classifier is needed here"),
        (lambda t: [[]], {"max_difference": 0.1}, ModelError, "1 lists of spans for 120 texts"),
        (lambda t: [[5]] * len(t), {"max_difference": 0.1}, ModelError, "returned 5 as a span"),
        (
            lambda t: [[(0, 999, "PER")]] * len(t),
            {"max_difference": 0.1},
            ModelError,
            r"span \(0, 999\) of a text of",
        ),
    ],
)
def test_bad_arguments_and_answers_are_named(model, options, error, words):
    with pytest.raises(error, match=words):
        assert_span_parity(model, PLAIN, vary=TWO, **options)


@pytest.mark.parametrize(
    ("templates", "error", "words"),
    [
        (["No slot."], ArgumentError, "has no {name}"),
        (["{name} and {city}."], ArgumentError, "{name} is the only slot"),
        (["{name} {."], ArgumentError, "holds '{'"),
        ([], ArgumentError, "templates is empty"),
        ("{name}", ArgumentTypeError, "must be a list of texts"),
    ],
)
def test_bad_templates_are_named(templates, error, words):
    with pytest.raises(error, match=words):
        assert_span_parity(finds(SEEN), templates, vary=TWO, max_difference=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("rates", [(0.9, 0.7), (0.98, 0.78), (0.6, 0.4)])
def test_a_gap_just_at_the_limit_seldom_passes_or_fails(rates):
    """Names differ in how well they are read; the groups' gap is the limit, 0.2.

    A false verdict is one of `pass` or `fail`, each with probability at most 0.05 over the names
    that might have been drawn. 400 runs: the Monte Carlo error of a share of 0.05 is 0.011.
    """
    rng = np.random.default_rng(3)
    passed = failed = 0
    for _ in range(400):
        hits = {}
        for group, rate in zip(TWO.groups, rates, strict=True):
            for name in TWO.terms(group, "name"):
                of_name = rng.beta(4 * rate, 4 * (1 - rate))
                hits |= {(name, t): rng.random() < of_name for t in range(len(PLAIN))}
        found = verdict(_drawn(hits), max_difference=0.2, alpha=0.05).verdict.value
        passed, failed = passed + (found == "pass"), failed + (found == "fail")
    assert passed / 400 <= 0.05 + 3 * 0.011
    assert failed / 400 <= 0.05 + 3 * 0.011


def _drawn(hits):
    """A function that finds a name in a template where `hits` says so."""

    def spans(texts):
        found = []
        for text in texts:
            name = next(n for n in (*SEEN, *OTHER) if n in text)
            template = PLAIN.index(text.replace(name, "{name}"))
            start = text.index(name)
            found.append([(start, start + len(name), "PER")] if hits[name, template] else [])
        return found

    return spans
