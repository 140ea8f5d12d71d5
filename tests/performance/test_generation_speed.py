from __future__ import annotations

import pytest

from pytest_fairness.models import load_model
from tests.models.writers import Holder, tiny_llama, writing_tokenizer
from tests.performance.generation_speed import compare, make_prompts, show


def test_prompts_differ():
    assert len(set(make_prompts(40))) == 40


def test_in_short_all_contenders_write_the_same():
    model = Holder(tiny_llama(), writing_tokenizer())
    result = compare(model, make_prompts(6), tokens=4)
    assert set(result.agree) == set(result.speeds)
    assert result.agree["ours, batched"] == result.agree["ours, one by one"]
    assert "tokens/s" in show(result)


@pytest.mark.benchmark
def test_batches_write_faster_than_one_text_at_a_time(smollm2):
    model = load_model(smollm2, task="text-generation")
    result = compare(model, make_prompts(16), tokens=24)
    print("\n" + show(result))
    assert result.agree["ours, batched"] == 1.0
    assert result.ratio("ours, batched", "transformers, one by one") > 2
