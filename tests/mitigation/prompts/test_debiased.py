"""Against an independent implementation: one token at a time, without batches or caches."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError, ArgumentTypeError, ModelError
from pytest_fairness.mitigation.prompts import SelfDebiased, unwanted_descriptions
from pytest_fairness.mitigation.prompts.debiased import suppress
from pytest_fairness.models import load_model
from pytest_fairness.models.sampling import gumbel
from tests.models.writers import END, tiny_llama, writing_tokenizer

PROMPTS = ["she led a team", "a nurse", "he reads for three years and works with people"]
DESCRIPTIONS = ["bad text of a man", "not good"]


@pytest.fixture(scope="module")
def tiny() -> Any:
    return load_model((tiny_llama(), writing_tokenizer()), task="text-generation")


def plain_law(module: Any, contexts: list[list[int]], decay: float) -> list[float]:
    """Section 4 of Schick et al. (2021), word for word: the first context is the prompt's own."""
    import torch

    with torch.inference_mode():
        laws = [module(torch.tensor([ids])).logits[0, -1].double().softmax(0) for ids in contexts]
    own, described = laws[0].tolist(), [law.tolist() for law in laws[1:]]
    weights = []
    for word, p in enumerate(own):
        delta = min(p - law[word] for law in described)
        alpha = 1.0 if delta >= 0 else math.exp(decay * delta)
        weights.append(alpha * p)
    return [weight / sum(weights) for weight in weights]


def plain_text(model: Any, prompt: str, decay: float, tokens: int, noise: Any = None) -> str:
    """Write greedily, or by the Gumbel-max trick with the noise that is given."""
    contexts = [ids_of(model, f"{start}{prompt}") for start in ("", *with_break(DESCRIPTIONS))]
    written: list[int] = []
    while len(written) < tokens and END not in written:
        law = plain_law(model.module, [ids + written for ids in contexts], decay)
        scores = np.log(law) + (0 if noise is None else noise(len(written), len(law)))
        written.append(int(np.argmax(scores)))
    return str(model.tokenizer.decode(written, skip_special_tokens=True))


def ids_of(model: Any, text: str) -> list[int]:
    return list(model.tokenizer(text)["input_ids"][:-1])  # without [SEP]


def with_break(descriptions: list[str]) -> list[str]:
    return [f"{text}\n" for text in descriptions]


def test_the_formula_by_hand():
    """p = (.5, .3, .2), described (.2, .7, .1): only the second word is suppressed, by e^-4."""
    import torch

    own, described = torch.tensor([[0.5, 0.3, 0.2]]), torch.tensor([[0.2, 0.7, 0.1]])
    law = suppress(own.log(), [described.log()], 10.0).softmax(-1)[0].tolist()
    second = 0.3 * math.exp(-4)
    total = 0.7 + second
    assert law == pytest.approx([0.5 / total, second / total, 0.2 / total], abs=1e-6)
    other = torch.tensor([[0.7, 0.2, 0.1]])  # of several, the worst counts
    law = suppress(own.log(), [described.log(), other.log()], 10.0).softmax(-1)[0].tolist()
    first = 0.5 * math.exp(-2)
    assert law[0] == pytest.approx(first / (first + second + 0.2), abs=1e-6)


@pytest.mark.parametrize("decay", [0.0, 5.0, 50.0])
def test_greedy_text_is_that_of_the_plain_implementation(tiny, decay):
    debiased = SelfDebiased(tiny, DESCRIPTIONS, decay=decay)
    expected = [plain_text(tiny, prompt, decay, 10) for prompt in PROMPTS]
    written = debiased.generate(PROMPTS, temperature=0, max_new_tokens=10)
    assert [row[0] for row in written] == expected
    own = [row[0] for row in tiny.generate(PROMPTS, temperature=0, max_new_tokens=10)]
    assert (own == expected) is (decay == 0)


def test_samples_draw_the_noise_of_the_wrapped_model(tiny):
    debiased = SelfDebiased(tiny, DESCRIPTIONS, decay=5.0)
    written = debiased.generate(PROMPTS, n=2, seed=7, max_new_tokens=8)
    for prompt, samples in zip(PROMPTS, written, strict=True):
        for j, text in enumerate(samples):
            noise = lambda step, size, j=j: gumbel(7, j, step, size)  # noqa: E731
            assert text == plain_text(tiny, prompt, 5.0, 8, noise)


def test_samples_know_neither_batch_nor_order(tiny):
    debiased = SelfDebiased(tiny, DESCRIPTIONS)
    settings = {"n": 3, "seed": 5, "max_new_tokens": 8}
    together = debiased.generate(PROMPTS, **settings)
    assert together == [debiased.generate([prompt], **settings)[0] for prompt in PROMPTS]
    assert together == debiased.generate(PROMPTS[::-1], **settings)[::-1]
    assert debiased.generate(["a nurse", "a nurse"], **settings) == [together[1]] * 2


def test_without_decay_nothing_changes(tiny):
    debiased = SelfDebiased(tiny, DESCRIPTIONS, decay=0)
    settings = {"n": 3, "seed": 2, "max_new_tokens": 8, "top_p": 0.9}
    assert debiased.generate(PROMPTS, **settings) == tiny.generate(PROMPTS, **settings)
    np.testing.assert_allclose(
        debiased.log_likelihood(PROMPTS).total, tiny.log_likelihood(PROMPTS).total, atol=1e-4
    )
    cost = debiased.perplexity(PROMPTS)
    assert cost.ratio == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("context", ["", "a man"])
def test_a_likelihood_is_the_product_of_the_debiased_probabilities(tiny, context):
    debiased = SelfDebiased(tiny, DESCRIPTIONS, decay=20.0)
    found = debiased.log_likelihood(
        [f" {text}" for text in PROMPTS], contexts=[context] * len(PROMPTS)
    )
    for text, total, tokens in zip(PROMPTS, found.total, found.tokens, strict=True):
        contexts = [ids_of(tiny, f"{start}{context}") for start in ("", *with_break(DESCRIPTIONS))]
        words = ids_of(tiny, text)[1:]
        laws = [
            plain_law(tiny.module, [ids + words[:i] for ids in contexts], 20.0)
            for i in range(len(words))
        ]
        expected = sum(math.log(law[word]) for law, word in zip(laws, words, strict=True))
        assert total == pytest.approx(expected, abs=1e-3)
        assert tokens == len(words)


def test_likelihoods_know_neither_batch_nor_order(tiny):
    debiased = SelfDebiased(tiny, DESCRIPTIONS)
    together = debiased.log_likelihood([*PROMPTS, PROMPTS[0], ""]).total
    alone = [debiased.log_likelihood([text]).total[0] for text in PROMPTS]
    np.testing.assert_allclose(together[:3], alone, atol=1e-4)
    assert together[3] == together[0]
    assert together[4] == 0


def test_choices_are_made_under_the_debiased_distribution(tiny):
    debiased = SelfDebiased(tiny, DESCRIPTIONS, decay=100)
    options = [" team", " nurse", " man", " care"]
    scores = debiased.choice_scores(PROMPTS, options)
    expected = [debiased.log_likelihood(options, contexts=[prompt] * 4).total for prompt in PROMPTS]
    np.testing.assert_allclose(scores, expected, atol=1e-4)
    chosen = debiased.choose(PROMPTS, options, normalise=None)
    assert chosen.tolist() == [int(np.argmax(row)) for row in expected]


def test_perplexity_is_that_of_all_tokens_together(tiny):
    debiased = SelfDebiased(tiny, DESCRIPTIONS, decay=50)
    cost = debiased.perplexity(PROMPTS)
    before, after = tiny.log_likelihood(PROMPTS), debiased.log_likelihood(PROMPTS)
    assert cost.tokens == int(before.tokens.sum())
    assert cost.before == pytest.approx(math.exp(-before.total.sum() / cost.tokens))
    assert cost.after == pytest.approx(math.exp(-after.total.sum() / cost.tokens))
    assert cost.ratio != pytest.approx(1, abs=1e-3)


def test_the_fingerprint_is_that_of_model_descriptions_and_decay(tiny):
    found = [
        tiny.info,
        SelfDebiased(tiny).info,
        SelfDebiased(tiny, decay=10).info,
        SelfDebiased(tiny, language="zh").info,
        SelfDebiased(tiny, unwanted_descriptions()[0]).info,
    ]
    assert len({info.fingerprint for info in found}) == len(found)
    assert found[1].kind == "self-debiased causal language model"


def test_odd_input_is_refused(tiny, tiny_folder):
    with pytest.raises(ModelError, match=r"is no causal language model.*try Prompted"):
        SelfDebiased(load_model(tiny_folder))
    for decay in (-1, math.inf, math.nan):
        with pytest.raises(ArgumentError, match=r"decay=.* must be a number of 0"):
            SelfDebiased(tiny, decay=decay)
    with pytest.raises(ArgumentTypeError, match=r"decay='much' must be a number"):
        SelfDebiased(tiny, decay="much")  # type: ignore[arg-type]
    for wrong in ([], [" "], ""):
        with pytest.raises(ArgumentError, match=r"descriptions=.* must hold sentences"):
            SelfDebiased(tiny, wrong)
    with pytest.raises(ArgumentError, match=r"are put before it, but .* reads 64"):
        SelfDebiased(tiny, DESCRIPTIONS).log_likelihood(["he " * 62])
    with pytest.raises(ArgumentError, match=r"no token to score"):
        SelfDebiased(tiny, DESCRIPTIONS).perplexity([""])
