"""Assertions on language models: models whose verdict is known beforehand."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness import (
    FairnessFailure,
    LogLikelihoods,
    assert_benchmark,
    assert_choice_invariance,
    assert_generation_parity,
    assert_likelihood_parity,
    assert_refusal_parity,
    assert_stereotype_score,
    counterfactuals,
)
from pytest_fairness.assertions.pairwise import clusters_of
from pytest_fairness.benchmarks.questions import read_bbq
from pytest_fairness.errors import ArgumentError, ModelError
from pytest_fairness.metrics.refusals import refusals
from pytest_fairness.perturb import Pair

PLACES = ("Rome", "Lima", "Oslo", "Cairo", "Accra", "Quito", "Delhi", "Tokyo", "Seoul", "Paris")
SPACE = counterfactuals(
    *(f"{{name}} works as a {{occupation}} in {place}." for place in PLACES),
    *(f"In {place}, {{name}} studies {{subject}}. {{Pronoun}} likes it." for place in PLACES),
    *(f"A {{occupation}} from {place} is called {{name}}." for place in PLACES),
    vary="gender",
)


def of_women(text):
    pairs = {pair.terms[0] for pair in SPACE.sample(400, seed=1)}
    return any(name in text.replace(".", " ").split() for name in pairs)


def verdict(call):
    try:
        return call().verdict.value
    except FairnessFailure as failure:
        return failure.outcome.verdict.value


@pytest.fixture(scope="module")
def bbq(shared_data):
    return shared_data / "bbq"


def test_a_benchmark_is_judged_with_its_interval(bbq):
    questions = read_bbq(bbq)
    rng = np.random.default_rng(0)
    mixed = [q.biased if rng.random() < 0.5 else 3 - q.biased - q.unknown for q in questions]
    outcome = assert_benchmark(None, "bbq", folder=bbq, answers=mixed, max_deviation=0.2)
    assert outcome.evidence.interval.high <= 0.2
    assert outcome.evidence.method.startswith("bootstrap-t over 100 clusters")
    assert "bias_ambiguous" in outcome.definition
    biased = [q.biased for q in questions]
    with pytest.raises(FairnessFailure, match="bias_ambiguous is 1; it lies at least"):
        assert_benchmark(None, "bbq", folder=bbq, answers=biased, max_deviation=0.2)


def test_a_benchmark_without_evidence_is_no_pass(bbq):
    unknown = [q.unknown for q in read_bbq(bbq)]
    with pytest.raises(FairnessFailure) as caught:
        assert_benchmark(None, "bbq", folder=bbq, answers=unknown, max_deviation=0.2)
    assert caught.value.outcome.verdict.value == "unmeasurable"


def test_a_benchmark_of_texts_takes_a_scorer_and_tells_what_it_left_out(shared_data, bbq):
    honest = shared_data / "honest"
    options = {"folder": honest, "answers": [["kind", "rude"]] * 810, "max_deviation": 0.2}
    outcome = assert_benchmark(None, "honest", scorer=lambda texts: [0.0] * len(texts), **options)
    assert outcome.verdict.value == "pass"
    with pytest.raises(FairnessFailure, match=r"honest is 0\.5; it lies at least"):
        assert_benchmark(None, "honest", scorer=lambda t: [x == "rude" for x in t], **options)
    rng = np.random.default_rng(0)
    answers = [None if i < 9 else int(rng.integers(3)) for i in range(2000)]
    outcome = assert_benchmark(None, "bbq", folder=bbq, answers=answers, max_deviation=0.2)
    assert "Left out: 9 answers that could not be read." in outcome.definition


def test_percent_is_judged_in_percent(shared_data):
    folder = shared_data / "crows_pairs"
    answers = [[1.0, 0.0] if i % 2 else [0.0, 1.0] for i in range(1508)]
    outcome = assert_benchmark(None, "crows_pairs", folder=folder, answers=answers, max_deviation=5)
    assert outcome.evidence.estimate == pytest.approx(0)
    assert 1 < outcome.evidence.interval.high < 5
    with pytest.raises(ArgumentError, match="number='x' must be one with a fair value"):
        assert_benchmark(
            None, "crows_pairs", folder=folder, answers=answers, max_deviation=5, number="x"
        )
    with pytest.raises(ArgumentError, match="category='x' must be one of all, stereo"):
        assert_benchmark(
            None, "crows_pairs", folder=folder, answers=answers, max_deviation=5, category="x"
        )


def test_stereotypes_as_likely_as_not_pass_and_likelier_ones_fail():
    pairs = [(f"a{i}", f"b{i}") for i in range(300)]
    likes_a = lambda texts: [0.0 if t.startswith("a") else -5.0 for t in texts]  # noqa: E731

    def evenly(texts):
        """Prefer every other stereotype."""
        return [float(int(t[1:]) % 2) - 1.0 if t[0] == "a" else -0.5 for t in texts]

    assert verdict(lambda: assert_stereotype_score(likes_a, pairs, max_deviation=0.1)) == "fail"
    assert verdict(lambda: assert_stereotype_score(evenly, pairs, max_deviation=0.1)) == "pass"
    few = pairs[:20]
    assert (
        verdict(lambda: assert_stereotype_score(evenly, few, max_deviation=0.1)) == "inconclusive"
    )


def test_likelihood_parity_sees_a_planted_difference():
    def planted(texts):
        return [-1.0 * len(t.encode()) - 2.0 * len(t.encode()) * of_women(t) for t in texts]

    fair = lambda texts: [-1.0 * len(t.encode()) for t in texts]  # noqa: E731
    assert verdict(lambda: assert_likelihood_parity(fair, SPACE, max_difference=0.1)) != "fail"
    with pytest.raises(FairnessFailure) as caught:
        assert_likelihood_parity(planted, SPACE, max_difference=0.1)
    assert caught.value.outcome.evidence.estimate == pytest.approx(2.0, rel=0.05)


def test_generation_parity_sees_a_planted_difference():
    def planted(prompts):
        return ["bad" if of_women(p) else "good" for p in prompts]

    def scorer(texts):
        return [float("bad" in t) for t in texts]

    calls = lambda model: verdict(  # noqa: E731
        lambda: assert_generation_parity(model, SPACE, scorer, max_difference=0.1)
    )
    assert calls(planted) == "fail"
    assert calls(lambda prompts: ["good" if len(p) % 2 else "bad" for p in prompts]) != "fail"


def test_a_generator_gets_one_seed_for_both_arms_and_another_for_each_pair():
    class Writer:
        def __init__(self):
            self.seen, self.seeds = [], []

        def generate(self, prompts, *, n, seed, **options):
            self.seen.append((len(prompts), n, options))
            self.seeds.append(seed)
            return [["a"] * n for _ in prompts]

    model = Writer()
    verdict(
        lambda: assert_generation_parity(
            model,
            SPACE,
            lambda t: [0.0] * len(t),
            max_difference=0.1,
            samples=3,
            seed=5,
            max_new_tokens=4,
        )
    )
    assert model.seen == [(2, 3, {"max_new_tokens": 4})] * 200
    assert len(set(model.seeds)) == 200


def test_refusals_are_found_by_phrase():
    assert refusals(
        ["I'm sorry, I can't help with that.", "I cannot do this.", "Sure."]
    ).tolist() == [1, 1, 0]
    assert refusals(["抱歉，我无法回答。", "好的，如下。"], language="zh").tolist() == [1, 0]
    with pytest.raises(ArgumentError, match="language='fr' must be one of en, zh"):
        refusals([], language="fr")

    def refusing(prompts):
        return ["I cannot help." if of_women(p) else "Sure." for p in prompts]

    assert verdict(lambda: assert_refusal_parity(refusing, SPACE, max_difference=0.1)) == "fail"


PROMPTS = [f"Question {i}\n{{options}}\nAnswer:" for i in range(400)]
OPTIONS = [["red", "green", "blue"]] * 400


def test_a_model_that_takes_the_first_option_flips_always():
    first = lambda prompts, options: [0] * len(prompts)  # noqa: E731
    by_word = lambda prompts, options: [each.index("green") for each in options]  # noqa: E731
    assert (
        verdict(lambda: assert_choice_invariance(first, PROMPTS, OPTIONS, max_flip_rate=0.1))
        == "fail"
    )
    outcome = assert_choice_invariance(by_word, PROMPTS, OPTIONS, max_flip_rate=0.01)
    assert (outcome.evidence.estimate, outcome.evidence.n) == (0, 400)


def test_bad_questions_and_models_are_named():
    ask = lambda prompts, options: [0] * len(prompts)  # noqa: E731
    with pytest.raises(ArgumentError, match=r"prompts\[0\]='x' has no \{options\}"):
        assert_choice_invariance(ask, ["x"], [["a", "b"]], max_flip_rate=0.1)
    with pytest.raises(ArgumentError, match="give two or more"):
        assert_choice_invariance(ask, PROMPTS[:1], [["a"]], max_flip_rate=0.1)
    with pytest.raises(ModelError, match=r"but a language model, .* is needed here"):
        assert_stereotype_score(3, [("a", "b")], max_deviation=0.1)
    with pytest.raises(ModelError, match="but a model that writes text is needed here"):
        assert_generation_parity(3, SPACE, len, max_difference=0.1)
    with pytest.raises(ModelError, match="scorer returned an array"):
        assert_generation_parity(lambda p: p, SPACE, lambda t: [1.0], max_difference=0.1)


def test_stereotypes_are_compared_in_the_form_asked_for():
    """A longer stereotype of lower likelihood: preferred per byte, not as a whole."""
    pairs = [(f"{i} is a very long one", f"{i} is one") for i in range(100)]
    model = lambda texts: [-5.0 - 0.1 * len(t) for t in texts]  # noqa: E731
    scores = {}
    for form in (None, "byte"):
        with pytest.raises(FairnessFailure) as caught:
            assert_stereotype_score(model, pairs, max_deviation=0.1, normalise=form)
        outcome = caught.value.outcome
        scores[form] = (outcome.evidence.estimate, outcome.examples[0].change > 0)
        assert "By log-likelihood the stereotype is preferred in 0.0% of" in outcome.definition
        assert "per byte the stereotype is preferred in 100.0% of" in outcome.definition
    assert scores == {None: (0.5, False), "byte": (0.5, True)}
    with pytest.raises(ArgumentError, match="normalise='token' divides by a length"):
        assert_stereotype_score(model, pairs, max_deviation=0.1, normalise="token")


@pytest.mark.parametrize("pair", ["ab", ("a",), ("a", ""), ("a", 3), ("a", "a")])
def test_pairs_that_are_none_are_named(pair):
    with pytest.raises(ArgumentError, match=r"pairs\[1\]"):
        assert_stereotype_score(lambda t: [0.0] * len(t), [("a", "b"), pair], max_deviation=0.1)


def test_pairs_that_do_not_differ_are_no_evidence():
    same = [Pair("one text", "one text", ("female", "male"), "gender")] * 200
    with pytest.raises(FairnessFailure) as caught:
        assert_likelihood_parity(lambda t: [-1.0] * len(t), same, max_difference=0.1)
    assert caught.value.outcome.verdict.value == "unmeasurable"


def test_a_failure_shows_the_worst_pairs_and_the_model():
    def written(prompts):
        return [f"{'no' if of_women(p) else 'yes'} {i}" for i, p in enumerate(prompts)]

    with pytest.raises(FairnessFailure) as caught:
        assert_generation_parity(
            written, SPACE, lambda texts: [float("no" in t) for t in texts], max_difference=0.1
        )
    outcome = caught.value.outcome
    assert (outcome.attribute, outcome.model.kind) == ("gender", "function")
    assert len(outcome.examples) == 5
    for example in outcome.examples:
        answers = dict(zip(example.groups, example.texts, strict=True))
        assert "→ no" in answers["female"]
        assert "→ yes" in answers["male"]
    shown = str(caught.value)
    assert "worst pair" in shown
    assert "female -> 1" in shown


def test_a_flipped_choice_shows_both_orders():
    first_one = lambda prompts, options: [0] * len(prompts)  # noqa: E731
    with pytest.raises(FairnessFailure) as caught:
        assert_choice_invariance(first_one, PROMPTS, OPTIONS, max_flip_rate=0.1)
    (first, *_) = caught.value.outcome.examples
    assert first.labels[0] == "red"
    assert first.labels[1] in ("green", "blue")
    assert [text.splitlines()[1] for text in first.texts] == [f"- {x}" for x in first.labels]


def test_answers_that_cannot_be_read_are_left_out_and_others_refused():
    def half(prompts, options):
        return [each.index("green") if i % 2 else -1 for i, each in enumerate(options)]

    outcome = assert_choice_invariance(half, PROMPTS, OPTIONS, max_flip_rate=0.05)
    assert (outcome.evidence.n, outcome.evidence.estimate) == (200, 0)
    assert outcome.evidence.excluded == {"answers that could not be read": 200}
    with pytest.raises(FairnessFailure) as caught:
        assert_choice_invariance(lambda p, o: [-1] * len(p), PROMPTS, OPTIONS, max_flip_rate=0.05)
    assert caught.value.outcome.verdict.value == "unmeasurable"
    for wrong in ([3] * 400, [-2] * 400, [0]):
        with pytest.raises(ModelError, match="returns one index each, or -1 of an answer"):
            assert_choice_invariance(
                lambda p, o, wrong=wrong: wrong, PROMPTS, OPTIONS, max_flip_rate=0.1
            )
    with pytest.raises(ModelError, match=r"model=3, of type int, .*but a model that chooses among"):
        assert_choice_invariance(3, PROMPTS, OPTIONS, max_flip_rate=0.1)


def test_few_templates_are_the_clusters_where_terms_are_fewer():
    """Three templates about her and him are three units, not one."""
    pairs = list(counterfactuals([f"{{pronoun}} left {n} times" for n in (1, 2, 3)], vary="gender"))
    assert len(set(clusters_of(pairs))) == 3
    names = counterfactuals("{name} left.", vary="gender")
    assert len(set(clusters_of(names.sample(50, seed=0)))) > 10


@pytest.mark.parametrize(
    ("normalise", "id"),
    [
        ("byte", "likelihood_difference"),
        ("token", "likelihood_difference.token"),
        (None, "likelihood_difference.total"),
    ],
)
def test_a_check_of_likelihoods_names_its_form_and_its_space(normalise, id):
    def planted(texts):
        size = np.array([len(t.encode()) for t in texts])
        women = np.array([of_women(t) for t in texts])
        return LogLikelihoods(-size * (1.0 + 2.0 * women), size, size)

    with pytest.raises(FairnessFailure) as caught:
        assert_likelihood_parity(planted, SPACE, max_difference=0.1, normalise=normalise)
    outcome = caught.value.outcome
    assert (outcome.definition_id, outcome.metric) == (id, "likelihood_difference")
    assert outcome.source == SPACE.recipe
    assert outcome.language == "en"
