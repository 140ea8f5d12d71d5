"""The layer that gives a classifier's logits, and what it reads, in several families."""

from __future__ import annotations

import pytest
import torch
from transformers import AutoModelForSequenceClassification

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation.layers import last_linear, read_by_head
from tests.mitigation.test_layers import CONFIGS


@pytest.mark.parametrize("family", CONFIGS)
def test_the_last_layer_gives_the_logits(family):
    model = AutoModelForSequenceClassification.from_config(CONFIGS[family]).eval()
    ids = torch.tensor([[3, 4, 5, 6]])
    with read_by_head(model) as read, torch.no_grad():
        logits = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0]
    rows = last_linear(model)(read[-1]).reshape(-1, model.config.num_labels)
    torch.testing.assert_close(rows[-1], logits)  # a decoder answers by its last token


def test_a_model_without_one_is_refused():
    model = AutoModelForSequenceClassification.from_config(CONFIGS["bert"])
    model.classifier = torch.nn.Identity()
    with pytest.raises(MitigationError, match="does not end in a linear layer"):
        last_linear(model)
