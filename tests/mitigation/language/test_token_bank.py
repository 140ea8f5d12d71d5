from __future__ import annotations

import pytest
import torch

from pytest_fairness.mitigation import layers
from pytest_fairness.mitigation.language import bank as module_under_test
from pytest_fairness.mitigation.language.bank import TokenBank
from tests.models.languages import byte_level, tiny_gpt2_lm, tiny_llama, tiny_masked, wordpiece

ROWS = [(5, 9, 7), (6, 8, 9, 10, 7, 11), (5, 9, 7), (12, 13)]
KINDS = {"llama": (tiny_llama, byte_level), "gpt2": (tiny_gpt2_lm, byte_level)}
KINDS["bert"] = (tiny_masked, wordpiece)


@pytest.fixture(params=KINDS)
def model(request):
    make, tokenizer = KINDS[request.param]
    return make(tokenizer())


def logits(bank, model):
    with torch.no_grad(), bank.inputs(bank.batch(range(len(bank)))) as inputs:
        return model(**inputs).logits


def test_rows_are_kept_once_and_found_again():
    bank = TokenBank(ROWS, 0)
    assert len(bank) == 3
    assert bank.numbers(ROWS) == [0, 1, 0, 2]
    assert bank.batch([2, 0])["input_ids"].tolist() == [[12, 13, 0], [5, 9, 7]]
    assert bank.batch([2, 0])["attention_mask"].tolist() == [[1, 1, 0], [1, 1, 1]]


def test_kept_layers_need_not_run_again(model):
    bank, plain = TokenBank(ROWS, 0), TokenBank(ROWS, 0)
    frozen = layers.blocks_of(model)[:1]
    bank.keep(model, frozen)
    runs = []
    inner = next(iter(frozen[0].children()))
    handle = inner.register_forward_hook(lambda *_: runs.append(1))
    found = logits(bank, model)
    assert not runs
    expected = logits(plain, model)
    assert runs
    handle.remove()
    real = bank.batch(range(3))["attention_mask"].bool()
    assert torch.allclose(found[real], expected[real], atol=1e-4)


def test_nothing_is_kept_where_memory_would_not_do(model, monkeypatch):
    monkeypatch.setattr(module_under_test, "MAX_KEPT_BYTES", 10)
    bank = TokenBank(ROWS, 0)
    bank.keep(model, layers.blocks_of(model)[:1])
    assert "hidden" not in bank.batch([0])


def test_batches_hold_short_rows_first_under_the_budget(monkeypatch):
    monkeypatch.setattr(module_under_test, "TOKENS_A_BATCH", 6)
    assert list(TokenBank(ROWS, 0).packed([1, 0, 2])) == [[2, 0], [1]]
