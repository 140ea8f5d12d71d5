from __future__ import annotations

import pytest

from pytest_fairness.assertions.answers import as_model
from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.tasks import gather
from pytest_fairness.perturb import Space

SPACE = Space.build(["{name} is a {occupation} in {city}."], vary="gender")
TRAIN = SPACE.part("train")


def test_a_search_brings_training_pairs_with_larger_shifts_than_uniform_ones():
    suspect = TRAIN[len(TRAIN) // 2].terms[1]

    def score(texts):
        return [0.1 + 0.6 * (f"{suspect} " in t and "Porto" in t) for t in texts]

    def mean_shift(pairs):
        firsts, seconds = score([p.original for p in pairs]), score([p.variant for p in pairs])
        return sum(abs(a - b) for a, b in zip(firsts, seconds, strict=True)) / len(pairs)

    model = as_model(score)
    plain = gather(model, [SPACE], None, MitigationConfig(max_pairs=200))
    hard = gather(model, [SPACE], None, MitigationConfig(max_pairs=200, hard_pairs=300))
    assert mean_shift(hard.pairs["train"]) > 2 * mean_shift(plain.pairs["train"])
    assert set(hard.pairs["train"]) <= set(TRAIN)
    assert hard.pairs["heldout"] == plain.pairs["heldout"]
    assert hard.pairs["validation"] == plain.pairs["validation"]


def test_the_search_keeps_to_its_texts_and_is_off_by_default():
    asked = set()

    def score(texts):
        asked.update(texts)
        return [0.5] * len(texts)

    plain = gather(as_model(score), [SPACE], None, MitigationConfig(max_pairs=20))
    before = len(asked)
    asked.clear()
    hard = gather(as_model(score), [SPACE], None, MitigationConfig(max_pairs=20, hard_pairs=60))
    assert before < len(asked) <= before + 60
    assert hard.pairs == plain.pairs  # no pair shifts, so none is hard


def test_a_negative_number_is_refused():
    with pytest.raises(ArgumentError, match="hard_pairs=-1 must be at least 0"):
        MitigationConfig(hard_pairs=-1)
