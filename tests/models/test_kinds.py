from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError, ModelError
from pytest_fairness.models import load_model
from pytest_fairness.models.kinds import as_embedder, as_generator, as_language_model
from pytest_fairness.models.likelihoods import LogLikelihoods
from pytest_fairness.models.zero_shot import zero_shot
from tests.models.languages import byte_level, tiny_llama


@pytest.fixture(scope="module")
def model():
    tokenizer = byte_level()
    return load_model((tiny_llama(tokenizer), tokenizer))


def lengths(texts):
    return [-float(len(text)) for text in texts]


def test_a_model_of_the_kind_is_returned_as_it_is(model):
    assert as_language_model(model) is model
    assert as_generator(model) is model


def test_a_pair_is_loaded(model):
    assert as_language_model((model.module, model.tokenizer)).info.kind == "causal language model"


@pytest.mark.parametrize(
    ("adapt", "needed"),
    [
        (as_language_model, "a language model, .*is needed here.*function from a list of texts"),
        (as_generator, "a model that writes text is needed here.*endpoint"),
        (as_embedder, "an embedder is needed here.*task='feature-extraction'"),
    ],
)
def test_a_classifier_is_refused_with_the_next_step(tiny, adapt, needed):
    with pytest.raises(ModelError, match=r"\(a sequence classifier\) was given, but " + needed):
        adapt(tiny)


def test_other_things_are_refused(model):
    with pytest.raises(ModelError, match="model=3, of type int, was given, but an embedder"):
        as_embedder(3)
    with pytest.raises(ModelError, match=r"\(a causal language model\) was given, but an embedder"):
        as_embedder(model)


def test_a_function_of_texts_is_a_language_model():
    adapted = as_language_model(lengths)
    found = adapted.log_likelihood(["ab", "cde"])
    assert found.total.tolist() == [-2, -3]
    assert found.bytes.tolist() == [2, 3]
    assert np.isnan(found.per_token).all()
    # after a context: log P(context and text) - log P(context)
    assert adapted.log_likelihood(["ab"], contexts=["xyz"]).total.tolist() == [-2]
    assert adapted.choose(["p"], [" a", " bc"], normalise=None).tolist() == [0]
    assert adapted.info.kind == "function"


def test_a_function_may_take_contexts_or_give_counts():
    def with_contexts(texts, contexts):
        return [float(len(c)) for c in contexts]

    assert as_language_model(with_contexts).log_likelihood(["a"], contexts=["xy"]).total == [2]

    def counted(texts):
        n = len(texts)
        return LogLikelihoods(np.full(n, -6.0), np.full(n, 3), np.full(n, 12))

    assert as_language_model(counted).log_likelihood(["a"]).per_token.tolist() == [-2]


def test_answers_of_functions_are_checked():
    with pytest.raises(ModelError, match="1 log-likelihoods for 2 texts"):
        as_language_model(lambda texts: [0.0]).log_likelihood(["a", "b"])
    with pytest.raises(ModelError, match=r"shape \(1, 2\)"):
        as_language_model(lambda texts: [[0.0, 1.0]]).log_likelihood(["a"])
    with pytest.raises(ModelError, match="NaN"):
        as_language_model(lambda texts: [np.nan]).log_likelihood(["a"])
    with pytest.raises(ModelError, match="returned 1 texts for 2"):
        as_generator(lambda prompts: ["one"]).generate(["a", "b"])
    with pytest.raises(ModelError, match="returned 3 as a text, of type int"):
        as_generator(lambda prompts: [3]).generate(["a"])
    with pytest.raises(ModelError, match=r"shape \(2,\)"):
        as_embedder(lambda texts: [1.0, 2.0]).embed(["a", "b"])
    with pytest.raises(ModelError, match="NaN"):
        as_embedder(lambda texts: [[np.nan]]).embed(["a"])


def test_a_generator_function_gets_a_seed_per_sample():
    def write(prompts, seed):
        return [f"{p}{seed}" for p in prompts]

    assert as_generator(write).generate(["a", "b"], n=2, seed=5) == [["a5", "a6"], ["b5", "b6"]]


def test_zero_shot_is_a_classifier_over_choices(model):
    classifier = zero_shot(model, ["good", "bad"], template="{text} is")
    scores = model.choice_scores(["she is", "he is"], [" good", " bad"])
    expected = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(classifier(["she", "he"]), expected, atol=1e-9)
    chosen = [["good", "bad"][i] for i in np.argmax(scores, axis=1)]
    assert classifier.predict(["she", "he"]).tolist() == chosen
    assert classifier.info.labels == classifier.labels == ("good", "bad")
    assert load_model(classifier) is classifier
    assert classifier.logits([]).shape == (0, 2)


def test_zero_shot_refuses_what_it_cannot_use(model, tiny):
    with pytest.raises(ArgumentError, match="two or more different labels"):
        zero_shot(model, ["good"])
    with pytest.raises(ArgumentError, match=r"has no \{text\}"):
        zero_shot(model, ["good", "bad"], template="It is")
    with pytest.raises(ModelError, match="a language model"):
        zero_shot(tiny, ["good", "bad"])


def test_streams_of_a_function_have_seeds_of_their_own():
    def seeded(prompts, seed):
        return [f"{seed}"] * len(prompts)

    model = as_generator(seeded)
    texts = model.generate(["a", "b", "c"], n=2, streams=[4, 5, 4])
    assert texts[0] == texts[2] != texts[1]
    assert int(texts[0][1]) == int(texts[0][0]) + 1
    plain = as_generator(lambda prompts: list(prompts))
    assert plain.generate(["a", "b"], streams=[0, 1]) == [["a"], ["b"]]
