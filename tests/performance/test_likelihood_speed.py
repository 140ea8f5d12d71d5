from __future__ import annotations

import pytest

from pytest_fairness.models import load_model
from tests.models.languages import byte_level, tiny_llama
from tests.performance.likelihood_speed import compare, make_jobs, show


def test_in_short_likelihoods_agree_with_the_plain_loop():
    tokenizer = byte_level()
    module = tiny_llama(tokenizer)
    tokenizer.model_max_length = 512
    module.config.max_position_embeddings = 512
    model = load_model((module, tokenizer))
    result = compare(model, make_jobs(2), harness_sizes=())
    assert result.pairs == 2
    assert max(result.moved["sentences"].values()) < 1e-3
    assert max(result.moved["shared context"].values()) < 1e-3
    assert "ours over no reuse" in show(result)


def test_the_jobs_are_what_they_claim():
    jobs = make_jobs(10)
    sentences, stories = jobs["sentences"], jobs["shared context"]
    assert len(sentences) == len(stories) == 20
    assert all(
        a[1].split()[0] != b[1].split()[0]
        for a, b in zip(sentences[::2], sentences[1::2], strict=True)
    )
    assert all(a[0] == b[0] for a, b in zip(stories[::2], stories[1::2], strict=True))
    assert len({context for context, _ in stories}) == 10


@pytest.mark.benchmark
def test_likelihoods_are_faster_than_the_plain_loop(smollm2):
    result = compare(load_model(smollm2, device="cpu"), make_jobs(30), rounds=3)
    print("\n" + show(result))
    assert max(result.moved["sentences"].values()) < 1e-3
    assert max(result.moved["shared context"].values()) < 1e-3
    assert max(result.ratios("sentences", "ours", "plain loop")) > 2.0
    assert max(result.ratios("shared context", "ours", "no reuse")) > 1.3
