from __future__ import annotations

import pytest
import torch

from pytest_fairness.mitigation import MitigationConfig, layers
from pytest_fairness.mitigation.language.vehicles import mount
from tests.models.languages import byte_level, tiny_gpt2_lm, tiny_llama, tiny_masked, wordpiece

KINDS = {
    "llama": (tiny_llama, byte_level, "text-generation"),
    "gpt2": (tiny_gpt2_lm, byte_level, "text-generation"),
    "bert": (tiny_masked, wordpiece, "fill-mask"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_adapters_move_the_free_layers_and_are_merged(kind):
    make, tokenizer, task = KINDS[kind]
    model = make(tokenizer())
    before = {name: weight.clone() for name, weight in model.named_parameters()}
    blocks = layers.blocks_of(model)
    mounted = mount(model, blocks, blocks[:1], task, MitigationConfig(method="lora"))
    with torch.no_grad():
        for weight in layers.trainable(mounted).values():
            weight.add_(0.1)
    ids = torch.tensor([[5, 6, 7, 8]])
    expected = mounted(input_ids=ids).logits
    merged, adapter = layers.plain(mounted)
    assert torch.allclose(merged(input_ids=ids).logits, expected, atol=1e-3)
    moved = {n for n, w in merged.named_parameters() if not torch.equal(w, before[n])}
    assert moved
    assert all(".1." in name for name in moved)
    assert adapter is not None
