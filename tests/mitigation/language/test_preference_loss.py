"""Direct preference optimisation, against one token at a time and against trl."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness.mitigation.language import LanguageConfig
from pytest_fairness.mitigation.language.bank import TokenBank
from pytest_fairness.mitigation.language.likelihoods import LikelihoodLesson, LikelihoodSession
from pytest_fairness.mitigation.language.plan import Batch
from pytest_fairness.mitigation.language.readings import CausalReader
from tests.mitigation.language.conftest import SMALL
from tests.models.languages import after, byte_level, tiny_llama


def session_of(tokenizer, module, pairs, **language):
    reader = CausalReader(tokenizer, 64)
    texts = reader.texts(["the nurse led a team", "two people in a town"])
    sides = reader.pairs(pairs, "text", None)
    lesson = LikelihoodLesson(sides, sides, range(len(pairs)), texts, texts)
    settings = LanguageConfig(retention_weight=0.0, **language)
    return LikelihoodSession(module, TokenBank(lesson.rows, 3), lesson, SMALL, settings)


class TestPreferenceLoss:
    """The whole path from texts to the loss, against one token at a time, and against trl."""

    PROMPTS = ("the nurse led", "she is", "two people in the old town")
    PREFERRED = (" his team</s>", " an engineer</s>", " opened a school</s>")
    OTHER = (" her team</s>", " a kind nurse</s>", " were in hospital</s>")

    def loss(self):
        tokenizer = byte_level(adds=True, pad_token="<pad>")
        pairs = [
            (prompt + other, prompt + preferred)
            for prompt, preferred, other in zip(
                self.PROMPTS, self.PREFERRED, self.OTHER, strict=True
            )
        ]
        module = tiny_llama(tokenizer, seed=0)
        session = session_of(tokenizer, module, pairs, objective="preference", beta=0.3)
        module.load_state_dict(tiny_llama(tokenizer, seed=1).state_dict())
        return session.loss(module, session.inputs(Batch((0, 1, 2), (0,)))).item()

    def test_one_token_at_a_time(self):
        tokenizer = byte_level(adds=True, pad_token="<pad>")
        modules = [tiny_llama(tokenizer, seed=seed) for seed in (1, 0)]
        terms = []
        for prompt, *endings in zip(self.PROMPTS, self.PREFERRED, self.OTHER, strict=True):
            start = tokenizer(prompt)["input_ids"]
            ids = [tokenizer(prompt + ending)["input_ids"][len(start) :] for ending in endings]
            now, before = ([after(module, start, row) for row in ids] for module in modules)
            margin = 0.3 * ((now[0] - before[0]) - (now[1] - before[1]))
            terms.append(np.log1p(np.exp(-margin)))
        assert self.loss() == pytest.approx(np.mean(terms), abs=1e-5)

    def test_as_trl_computes_it(self):
        """trl 1.16.0: DPOTrainer(model=seed 1, ref_model=seed 0, beta=0.3).evaluate()."""
        assert self.loss() == pytest.approx(1.1891447, abs=1e-4)
