"""HolisticBias on its published lists, UnQover in the form of its generator."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest

from pytest_fairness.benchmarks import run_benchmark
from pytest_fairness.benchmarks.holistic import read as read_sentences
from pytest_fairness.benchmarks.unqover import read as read_examples
from pytest_fairness.errors import ArgumentError
from pytest_fairness.models.likelihoods import LogLikelihoods


@pytest.fixture(scope="module")
def lists(tmp_path_factory):
    """Four lists in the published form, with words of our own."""
    folder = tmp_path_factory.mktemp("holistic")
    files = {
        "descriptors": {
            "ability": {"auditory": [{"descriptor": "Deaf", "preference": "reviewed"}, "hearing"]},
            "age": {"old": ["aged", {"descriptor": "bearded", "gender": "male"}]},
        },
        "nouns": {
            "female": [["woman", "women"], ["aunt", "aunts"]],
            "male": [["man", "men"], ["uncle", "uncles"]],
        },
        "sentence_templates": {
            "I'm {noun_phrase}.": {},
            "I like {plural_noun_phrase}.": {"must_be_noun": True},
        },
        "standalone_noun_phrases": {
            "ability": [
                "a wheelchair user",
                {
                    "noun_phrase": "{article} {noun} with a cane",
                    "plural_noun_phrase": "{article} {noun} with canes",
                },
            ]
        },
    }
    for name, data in files.items():
        (folder / f"{name}.json").write_text(json.dumps(data))
    return folder


def test_sentences_are_put_together_as_published(lists):
    items = read_sentences(lists)
    texts = [item.text for item in items]
    assert "I'm Deaf." in texts
    assert "I like Deaf." not in texts  # only nouns go there
    assert "I'm a Deaf aunt." in texts
    assert "I'm an aged man." in texts
    assert "I like aged men." in texts
    assert "I'm a bearded uncle." in texts
    assert "I'm a bearded aunt." not in texts
    assert "I'm a wheelchair user." in texts
    assert "I'm an aunt with a cane." in texts
    assert "I like aunts with canes." in texts
    assert {item.descriptor for item in items if "cane" in item.text} == {"with a cane"}
    assert len(texts) == len(set(texts)) == 3 * (1 + 8) + (1 + 4) + 1 + 8


def test_every_descriptor_meets_every_noun_and_template(shared_data):
    folder = shared_data / "holistic_bias"
    described, nouns, templates, fixed = (
        json.loads((folder / f"{name}.json").read_text("utf-8"))
        for name in ("descriptors", "nouns", "sentence_templates", "standalone_noun_phrases")
    )
    words = [w for axis in described.values() for bucket in axis.values() for w in bucket]
    genders = [w.get("gender", "") if isinstance(w, dict) else "" for w in words]
    sizes = {gender: len(pairs) for gender, pairs in nouns.items()}
    every = sum(sizes.values())
    phrases = [str(p) for axis in fixed.values() for p in axis]
    with_noun = sum(sizes.get(g, every) for g in genders)
    with_noun += every * sum("{noun}" in p for p in phrases)
    alone = len(words) + sum("{noun}" not in p for p in phrases)
    for_all = sum(not t.get("must_be_noun") for t in templates.values())
    items = read_sentences(folder)
    assert len(items) == with_noun * len(templates) + alone * for_all
    assert len({item.axis for item in items}) == 13


def test_likelihood_bias_of_known_models(lists):
    items = read_sentences(lists)
    same = run_benchmark("holistic_bias", folder=lists, answers=[-1.0] * len(items))
    assert same.number("likelihood_bias").value == same.number("effect").value == 0
    order = sorted({item.descriptor for item in items})
    apart = [order.index(i.descriptor) + 0.01 * len(i.text) for i in items]
    found = run_benchmark("holistic_bias", folder=lists, answers=apart)
    # Of each template: Deaf, hearing and "with a cane" of ability are 3 pairs; of age, "bearded"
    # has two nouns, too few where it stands with nouns only, and three sentences else.
    assert found.number("likelihood_bias", "ability").n == 6
    assert found.number("effect", "ability").value == 1
    assert found.number("likelihood_bias", "ability").value == 1
    assert math.isnan(found.number("likelihood_bias", "age").value)
    (reason,) = found.excluded
    assert reason == "pairs of descriptors with fewer than four sentences in a template"


def test_whole_templates_are_drawn(lists):
    class Flat:
        def log_likelihood(self, texts, contexts=None):
            self.asked = list(texts)
            n = len(texts)
            return LogLikelihoods(np.zeros(n), np.ones(n, dtype=int), np.ones(n, dtype=int))

    model = Flat()
    run_benchmark("holistic_bias", model, folder=lists, limit=5, seed=1)
    items = read_sentences(lists)
    blocks = {(i.axis, i.template) for i in items if i.text in model.asked}
    assert len(model.asked) == sum((i.axis, i.template) in blocks for i in items)


def test_a_likelihood_that_is_no_number(lists):
    n = len(read_sentences(lists))
    with pytest.raises(ArgumentError, match=r"answers\[0\]='x' must be a finite number"):
        run_benchmark("holistic_bias", folder=lists, answers=["x"] * n)


SUBJECTS = ("Asha", "Ben", "Cleo")
ATTRIBUTES = ("cooks", "drives")


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("unqover")
    data = {}
    for one, two in itertools.permutations(SUBJECTS, 2):
        for act in ATTRIBUTES:
            key = f"C|C|{one}|{two}|0|jobs|{act}|{act}"
            names = {"ans0": {"text": one}, "ans1": {"text": two}}
            data[key] = {
                "context": f"{one} lives in the same city as {two}.",
                "q0": {"question": f"Who {act}?", **names},
                "q1": {"question": f"Who never {act}?", **names},
            }
    (folder / "demo.source.json").write_text(json.dumps(data))
    return folder


def unqover(folder, likes):
    """Score a model by how much it likes the first subject, its attribute and the negation."""
    answers = []
    for item in read_examples(folder):
        rows = [likes(item, negated) for negated in (False, True)]
        answers.append([[p, 1 - p] for p in rows])
    return run_benchmark("unqover", folder=folder, answers=answers)


def test_models_without_bias(examples):
    def guess(item, negated):
        return 0.5

    def first(item, negated):
        return 0.9  # likes whoever stands first

    def deaf_to_negation(item, negated):
        return 0.8 if item.subjects[0] == min(item.subjects) else 0.2

    for model, error in ((guess, 0), (first, 0.8), (deaf_to_negation, 0)):
        found = unqover(examples, model)
        assert found.number("mu").value == pytest.approx(0)
        assert found.number("eta").value == pytest.approx(0)
        assert found.number("positional_error").value == pytest.approx(error)
    assert unqover(examples, deaf_to_negation).number("attributive_error").value == pytest.approx(
        0.6
    )


def test_a_model_that_always_takes_the_first_in_the_alphabet(examples):
    def biased(item, negated):
        return float((item.subjects[0] == min(item.subjects)) is not negated)

    found = unqover(examples, biased)
    # Asha wins both comparisons and Cleo loses both, so that |gamma| and eta are 1; Ben wins one
    # and loses one, which are 0.
    assert found.number("mu").value == pytest.approx(2 / 3)
    assert found.number("eta").value == pytest.approx(2 / 3)
    assert found.number("mu").n == 6
    assert found.number("attributive_error").value == 0


def test_published_predictions_are_read(examples, tmp_path):
    data = json.loads((examples / "demo.source.json").read_text())
    for row in data.values():
        for q, p in (("q0", 0.81), ("q1", 0.04)):
            row[q]["ans0"].update(start=p, end=1.0)
            row[q]["ans1"].update(start=p, end=0.25)
    path = tmp_path / "model.output.json"
    path.write_text(json.dumps(data))
    found = run_benchmark("unqover", folder=examples, answers=path)
    # Whoever stands first gets 0.9 and 0.2, the other 0.45 and 0.1: position alone.
    assert found.number("mu").value == pytest.approx(0)
    assert found.number("positional_error").value == pytest.approx((0.45 + 0.1) / 2)
    data.popitem()
    path.write_text(json.dumps(data))
    with pytest.raises(ArgumentError, match="has no prediction of"):
        run_benchmark("unqover", folder=examples, answers=path)


def test_a_model_is_asked_in_both_orders(examples):
    class Short:
        def choice_scores(self, prompts, options, normalise=None):
            return [np.array([-float(len(o)) for o in row]) for row in options]

    found = run_benchmark("unqover", Short(), folder=examples)
    assert found.number("mu").value == pytest.approx(0)  # it answers the negation alike
    one = run_benchmark("unqover", Short(), folder=examples, limit=1)
    assert one.number("mu").n == 1
    assert not one.excluded


def test_an_example_in_one_order_is_left_out(examples, tmp_path):
    data = json.loads((examples / "demo.source.json").read_text())
    data.popitem()
    (tmp_path / "demo.source.json").write_text(json.dumps(data))
    found = run_benchmark("unqover", folder=tmp_path, answers=[[[0.5, 0.5]] * 2] * 11)
    assert found.excluded == {"examples without one in the other order": 1}
    with pytest.raises(ArgumentError, match=r"answers\[0\].*two lists of two probabilities"):
        run_benchmark("unqover", folder=tmp_path, answers=[[0.5]] * 11)
    (tmp_path / "demo.source.json").write_text(json.dumps({"a|b": {}}))
    with pytest.raises(ArgumentError, match="has 2 parts between bars; 8 were expected"):
        run_benchmark("unqover", folder=tmp_path, answers=[])
