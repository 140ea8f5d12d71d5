from __future__ import annotations

import pytest

from pytest_fairness.models import load_model
from tests.models.builders import minilm_pair, one_by_one, tiny_bert, word_tokenizer
from tests.performance.engine_speed import DUPLICATES, compare, count_flops, make_job, show


def test_the_job_has_the_duplicates_that_it_claims():
    job = make_job(pairs=200)
    assert len(job.texts) == 400
    assert len(job.distinct) == pytest.approx(400 * (1 - DUPLICATES), abs=8)


def test_flops_are_those_of_the_matrix_products():
    """By hand: 2 layers of 4 x 32 x 32 + 2 x 32 x 64 weights, one text of 10 tokens."""
    expected = 2 * 10 * 2 * (4 * 32 * 32 + 2 * 32 * 64) + 4 * 10 * 10 * 32 * 2 + 2 * 32 * 32
    assert count_flops(tiny_bert(), [10]) == expected


def test_in_short_the_engine_agrees_with_the_pipeline():
    result = compare(lambda: (tiny_bert(), word_tokenizer()), make_job(pairs=20), bfloat16=True)
    print(f"\n{result.ratios('engine')[0]:.2f} times the pipeline over a tiny model")
    assert result.moved["engine"] < 1e-5
    assert result.moved["bfloat16"] < 0.05
    assert "of shaped limit" in show(result)


@pytest.mark.benchmark
def test_the_engine_is_faster_than_the_pipeline_over_minilm():
    result = compare(minilm_pair, make_job(pairs=600), rounds=3, bfloat16=True)
    print("\n" + show(result))
    assert result.moved["engine"] < 1e-5
    assert result.flips["engine"] == 0
    assert max(result.ratios("engine")) > 1.5


@pytest.mark.benchmark
def test_batches_give_minilm_the_scores_of_one_text_at_a_time():
    module, tokenizer = minilm_pair()
    texts = make_job(pairs=200).distinct
    plain = one_by_one(module, tokenizer, texts)
    assert abs(load_model((module, tokenizer)).logits(texts) - plain).max() < 1e-5
