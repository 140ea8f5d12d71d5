from collections import Counter
from itertools import chain

import pytest
from hypothesis import given, strategies as st

from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.plan import plan_batches, sample, variants_of

TEXTS = [f"row {'x' * (i % 7)} {i}" for i in range(40)]
PAIRS = [(f"a {i}", f"b {i}") for i in range(10)]


def test_every_step_has_its_rows_and_pairs():
    config = MitigationConfig(max_steps=30, batch_size=7, pair_batch_size=3)
    batches = plan_batches(TEXTS, PAIRS, config)
    assert len(batches) == 30
    assert {len(batch.pairs) for batch in batches} == {3}
    assert {len(batch.rows) for batch in batches} == {7, len(TEXTS) % 7}
    assert all(TEXTS[number] == text for batch in batches for number, text in batch.rows)


def test_rows_and_pairs_come_in_rounds():
    config = MitigationConfig(max_steps=20, batch_size=4, pair_batch_size=5)
    batches = plan_batches(TEXTS, PAIRS, config)
    pairs = Counter(chain.from_iterable(batch.pairs for batch in batches))
    assert set(pairs.values()) == {20 * 5 // len(PAIRS)}
    rows = Counter(number for batch in batches for number, _ in batch.rows)
    assert set(rows.values()) == {20 * 4 // len(TEXTS)}
    assert all(len({number for number, _ in batch.rows}) == 4 for batch in batches)


def test_pairs_are_drawn_uniformly():
    """Each of 10 pairs opens a run in 1 of 10 seeds: 400 seeds, 5 standard errors are 0.075."""
    first = Counter(
        plan_batches(TEXTS, PAIRS, MitigationConfig(seed=seed, max_steps=1)).pop().pairs[0]
        for seed in range(400)
    )
    assert all(abs(first[pair] / 400 - 0.1) < 0.075 for pair in PAIRS)


def test_the_seed_decides():
    plans = [plan_batches(TEXTS, PAIRS, MitigationConfig(seed=seed)) for seed in (3, 3, 4)]
    assert plans[0] == plans[1] != plans[2]


def test_a_row_brings_one_of_its_variants_along():
    texts, pairs = ["she left", "rain"], [("she left", "he left"), ("they left", "she left")]
    config = MitigationConfig(max_steps=50, batch_size=2)
    rows = [batch.rows for batch in plan_batches(texts, pairs, config)]
    shown = {tuple(text for number, text in batch if number == 0) for batch in rows}
    assert shown == {("she left", "he left"), ("she left", "they left")}
    assert all([text for number, text in batch if number == 1] == ["rain"] for batch in rows)


def test_augmentation_can_be_switched_off():
    config = MitigationConfig(max_steps=5, augment=False)
    batches = plan_batches(["she left"], [("she left", "he left")], config)
    assert {text for batch in batches for _, text in batch.rows} == {"she left"}


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), max_size=8))
def test_variants_are_the_other_sides_of_the_pairs(pairs):
    found = variants_of(["a", "b"], pairs)
    for text in ("a", "b"):
        expected = {y for x, y in pairs if x == text} | {x for x, y in pairs if y == text}
        assert set(found.get(text, [])) == expected


@pytest.mark.parametrize("n", [0, 3, 10, 99])
def test_sample_is_without_replacement(n):
    drawn = sample(range(10), n, seed=1)
    assert len(set(drawn)) == len(drawn) == min(n, 10)
    assert drawn == sample(range(10), n, seed=1)
