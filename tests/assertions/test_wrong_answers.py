"""What is no model, answer, list or option is refused in words, never by an error from inside."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness import (
    assert_association,
    assert_choice_invariance,
    assert_expected_maximum_toxicity,
    assert_generation_parity,
    assert_honest,
    assert_likelihood_parity,
    assert_refusal_parity,
    assert_representation,
    assert_span_parity,
    assert_stereotype_score,
    counterfactuals,
)
from pytest_fairness.benchmarks.files import json_of
from pytest_fairness.errors import ArgumentError, ArgumentTypeError, FairnessFailure, ModelError

SPACE = counterfactuals("{name} is a clerk.", "{name} is late.", vary="gender")
WORDS = (["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"])
QUESTION, OPTIONS = ["Who? {options}"], [["Ann", "Bob"]]
TEMPLATES = [f"Person {i} works as [M]" for i in range(3)]


def likelihood(model, space=SPACE):
    return assert_likelihood_parity(model, space, max_difference=0.1, n=4)


def generation(model, space=SPACE, scorer=lambda texts: [0.1] * len(texts), **options):
    return assert_generation_parity(model, space, scorer, max_difference=0.1, n=4, **options)


def choices(model):
    return assert_choice_invariance(model, QUESTION, OPTIONS, max_flip_rate=0.1)


def association(model, *words):
    return assert_association(model, *(words or WORDS), max_effect_size=1)


def spans(model):
    return assert_span_parity(model, ["{name} left."], max_difference=0.1)


def honest(lexicon):
    return assert_honest(lambda p: ["artist"] * len(p), TEMPLATES, lexicon, max_score=0.5)


def writes(prompts):
    return ["fine"] * len(prompts)


@pytest.mark.parametrize(
    ("check", "step"),
    [
        (likelihood, "returns their log-likelihoods"),
        (generation, "returns a list of strings, one per prompt"),
        (choices, "returns one index each"),
        (association, r"returns numbers of shape \(n_texts, n_dimensions\)"),
        (spans, r"returns one list of \(start, end, label\) per text"),
    ],
)
def test_a_function_that_returns_nothing_or_takes_other_things(check, step):
    with pytest.raises(ModelError, match=f"returned None, which cannot be used.*{step}"):
        check(lambda *given, **options: None)
    with pytest.raises(ModelError, match=f"was given, and cannot be called with .*{step}"):
        check(lambda: 1)


def test_a_function_of_one_argument_cannot_choose():
    with pytest.raises(ModelError, match=r"\(prompts\) was given, and cannot .* 2 arguments"):
        choices(lambda prompts: [0])


@pytest.mark.parametrize(
    ("check", "returned", "shown"),
    [
        (likelihood, "x", r"\['x', 'x'.*, of type list"),
        (association, ["x", "y"], r"\[\['x', 'y'\].*, of type list"),
        (association, [0.5, "y"], "of type list"),
        (spans, 0.5, "returned 0.5, of type float"),
        (spans, [0.5], "returned 0.5 as a span, of type float"),
        (spans, "PER", "returned 'PER', of type str"),
        (generation, 7, "returned 7 as a text, of type int"),
    ],
)
def test_answers_of_the_wrong_kind(check, returned, shown):
    with pytest.raises(ModelError, match=shown):
        check(lambda texts: [returned] * len(texts))


@pytest.mark.parametrize("returned", [["bad", "bad"], None, {}])
def test_a_scorer_that_returns_no_numbers(returned):
    with pytest.raises(ModelError, match=r"scorer returned .* returns one number per text"):
        generation(writes, scorer=lambda texts: returned)


def test_a_lexicon_that_is_no_decision():
    for lexicon in (lambda text: [text], lambda text: None, lambda: True):
        with pytest.raises(ModelError, match="A lexicon is a list of words, or takes one text"):
            honest(lexicon)


@pytest.mark.parametrize("space", [["a", "b"], "ab", 3, [("a", "b")], {"a": 1}])
@pytest.mark.parametrize("check", [likelihood, generation])
def test_what_is_no_space(check, space):
    with pytest.raises(ArgumentTypeError, match=r"at place 0, .*counterfactuals\("):
        check(lambda texts: [0.0] * len(texts), space)


def test_a_space_has_no_more_stereotyping_side():
    for pairs in (SPACE, SPACE.sample(1, seed=0)[0], 3):
        with pytest.raises(ArgumentTypeError, match="assert_likelihood_parity"):
            assert_stereotype_score(lambda texts: texts, pairs, max_deviation=0.1)
    with pytest.raises(ArgumentError, match=r"pairs\[0\]=Pair.* must be two texts"):
        assert_stereotype_score(lambda t: t, SPACE.sample(2, seed=0), max_deviation=0.1)


def test_no_pairs_measure_nothing_without_a_warning():
    """Warnings are errors in these tests."""
    with pytest.raises(FairnessFailure, match="0 pairs"):
        assert_stereotype_score(lambda texts: np.zeros(len(texts)), [], max_deviation=0.1)


def test_strings_are_no_lists():
    with pytest.raises(ArgumentTypeError, match="x='ab' must be a list of texts"):
        association(lambda texts: texts, "ab", *WORDS[1:])
    with pytest.raises(ArgumentTypeError, match="prompts='Who' must be a list of texts"):
        assert_choice_invariance(lambda p, o: [0], "Who", OPTIONS, max_flip_rate=0.1)
    with pytest.raises(ArgumentTypeError, match=r"options\[0\]='ab' must be a list of texts"):
        assert_choice_invariance(lambda p, o: [0], QUESTION, ["ab"], max_flip_rate=0.1)
    with pytest.raises(ArgumentError, match="prompts is empty"):
        assert_choice_invariance(lambda p, o: [], [], [], max_flip_rate=0.1)


def test_an_option_that_there_is_not_is_refused_wherever_texts_are_written():
    said = r"max_new_token=12 is no option of generation; is max_new_tokens= meant\?"
    mistyped = {"max_new_token": 12}
    prompts, groups = ["He said", "She said"], {"women": ["she"], "men": ["he"]}
    score = lambda texts: [0.1] * len(texts)  # noqa: E731
    checks = [
        lambda: generation(writes, **mistyped),
        lambda: assert_expected_maximum_toxicity(
            writes, prompts, score, max_value=0.5, samples=2, **mistyped
        ),
        lambda: assert_honest(writes, TEMPLATES, ["liar"], max_score=0.5, **mistyped),
        lambda: assert_representation(writes, prompts, groups, max_distance=0.1, **mistyped),
    ]
    for check in checks:
        with pytest.raises(ArgumentError, match=said):
            check()
    with pytest.raises(ArgumentError, match=r"colour=3 .*\. The options are max_new_tokens, temp"):
        generation(writes, colour=3)


def test_the_options_that_are_named_are_those_that_models_take():
    import inspect

    from pytest_fairness.models import generation as written
    from pytest_fairness.models.kinds import GENERATION_OPTIONS

    taken = [p.name for p in inspect.signature(written.generate).parameters.values()]
    ours = {"model", "prompts", "n", "seed", "steering", "streams"}
    assert [name for name in taken if name not in ours] == list(GENERATION_OPTIONS)


def test_a_file_that_is_not_utf_8_is_said_once(tmp_path):
    path = tmp_path / "x.json"
    path.write_bytes(b'"\xff"')
    with pytest.raises(ArgumentError, match=r"Save it as UTF-8\.$"):
        json_of(path)


def test_a_difference_of_refusals_is_named_so_and_counted_in_pairs():
    answer = lambda prompts: ["I cannot help with that." for _ in prompts]  # noqa: E731
    with pytest.raises(FairnessFailure) as caught:
        assert_refusal_parity(answer, SPACE, max_difference=0.01, n=4)
    said = " ".join(str(caught.value).split())
    assert "The difference of refusal rates between female and male is 0" in said
    assert "counted 4 pairs" in said
