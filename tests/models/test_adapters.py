"""Folders of peft, put on their models."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pytest_fairness.errors import ModelError
from pytest_fairness.models import load_model
from pytest_fairness.models.quiet import quiet_transformers
from tests.models.builders import save, tiny_bert, word_tokenizer
from tests.models.languages import byte_level, tiny_llama, tiny_masked, wordpiece


def adapt(module, folder: Path, base: str, **options):
    """Save an adapter with random weights, and return the module with it merged in."""
    import torch
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(7)
    with quiet_transformers():
        adapted = get_peft_model(module, LoraConfig(r=2, init_lora_weights=False, **options))
        adapted.peft_config["default"].base_model_name_or_path = base
        adapted.save_pretrained(str(folder))
        return adapted.merge_and_unload().eval()


@pytest.fixture
def causal(tmp_path):
    """The folder of an adapter beside its model, and what the two say together."""
    tokenizer = byte_level()
    base = save(tmp_path / "base", tiny_llama(tokenizer), tokenizer)
    options = {"task_type": "CAUSAL_LM", "target_modules": ["q_proj", "v_proj"]}
    merged = adapt(tiny_llama(tokenizer), tmp_path / "adapter", str(base), **options)
    expected = load_model((merged, tokenizer)).log_likelihood(["she is a nurse"]).total
    return tmp_path / "adapter", expected


def test_an_adapter_is_put_on_its_model(causal):
    folder, expected = causal
    model = load_model(folder, device="cpu")
    assert repr(model).startswith("<CausalLM")
    found = model.log_likelihood(["she is a nurse"]).total
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=0)
    alone = load_model(folder.parent / "base", device="cpu")
    assert abs(alone.log_likelihood(["she is a nurse"]).total - expected)[0] > 1e-3
    assert model.info.fingerprint != alone.info.fingerprint


def test_a_base_may_be_named_from_the_adapters_folder(causal):
    folder, expected = causal
    file = folder / "adapter_config.json"
    config = {**json.loads(file.read_text()), "base_model_name_or_path": "../base"}
    file.write_text(json.dumps(config))
    found = load_model(folder, device="cpu").log_likelihood(["she is a nurse"]).total
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=0)


def test_a_head_may_come_with_the_adapter(tmp_path):
    """A classifier trained on a masked language model: the base has no such head."""
    tokenizer = wordpiece()
    base = save(tmp_path / "base", tiny_masked(tokenizer), tokenizer)
    from transformers import BertForSequenceClassification

    with quiet_transformers():
        module = BertForSequenceClassification.from_pretrained(base)
    head = ["classifier", "pooler"]
    options = {"task_type": "SEQ_CLS", "target_modules": ["query"], "modules_to_save": head}
    merged = adapt(module, tmp_path / "adapter", str(base), **options)
    expected = load_model((merged, tokenizer), task="text-classification").logits(["she led"])
    found = load_model(tmp_path / "adapter", device="cpu").logits(["she led"])
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=0)


def test_a_model_that_is_not_there_is_named(causal, offline):
    folder, _ = causal
    file = folder / "adapter_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "base_model_name_or_path": "x/y"}))
    with pytest.raises(ModelError, match="model='x/y' is no folder here"):
        load_model(folder)


def test_an_adapter_of_another_model_does_not_fit(causal, tmp_path):
    folder, _ = causal
    other = save(tmp_path / "other", tiny_bert(), word_tokenizer())
    file = folder / "adapter_config.json"
    config = {**json.loads(file.read_text()), "base_model_name_or_path": str(other)}
    config["task_type"] = "SEQ_CLS"
    file.write_text(json.dumps(config))
    with pytest.raises(ModelError, match="peft cannot put the adapter"):
        load_model(folder)
