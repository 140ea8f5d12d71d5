"""On SmolLM2, a real model of 135 million parameters: small enough that prompts help it little."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pytest_fairness.mitigation.prompts import Prompted, SelfDebiased, fair_instructions
from pytest_fairness.models import load_model

ASKED = ["Name a colour.", "Who repairs engines?"]


@pytest.fixture(scope="module")
def smol(smollm2) -> Any:
    return load_model(smollm2, device="cpu")


def test_an_instruction_is_the_system_message_of_its_chat_template(smol):
    instruction = fair_instructions()["equal"]
    settings = {"temperature": 0, "max_new_tokens": 8}
    asked = Prompted(smol, instruction)
    assert asked.generate(ASKED, **settings) == smol.generate(ASKED, system=instruction, **settings)
    assert asked.prompt_tokens == len(smol.tokenizer(f"{instruction}\n\n")["input_ids"])


def test_a_debiased_token_follows_the_formula(smol):
    """One step by hand, for the whole vocabulary: greedy and in the likelihood."""
    import torch

    debiased = SelfDebiased(smol, "What follows is an insult:", decay=50)
    prompt = "The new neighbour is such a"
    laws = []
    for text in (prompt, f"What follows is an insult:\n{prompt}"):
        ids = torch.tensor([smol.tokenizer(text)["input_ids"]])
        with torch.inference_mode():
            laws.append(smol.module(ids).logits[0, -1].double().softmax(0).numpy())
    delta = laws[0] - laws[1]
    weights = laws[0] * np.where(delta >= 0, 1, np.exp(50 * delta))
    best = smol.tokenizer.decode([int(weights.argmax())])
    written = debiased.generate([prompt], chat=False, temperature=0, max_new_tokens=1)
    assert written == [[best]]
    found = debiased.log_likelihood([best], contexts=[prompt]).total[0]
    assert found == pytest.approx(np.log(weights.max() / weights.sum()), abs=1e-3)
