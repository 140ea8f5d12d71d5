"""The engine over a forward pass that is a few lines of arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from pytest_fairness.engine import Engine, Tokens, run
from pytest_fairness.engine.memory import is_out_of_memory
from pytest_fairness.errors import ModelError

TEXTS = st.lists(st.text("abc", min_size=1, max_size=12), min_size=1, max_size=50, unique=True)


def tokenise(texts):
    return Tokens([len(text) for text in texts], texts, cut=sum(len(t) > 10 for t in texts))


def answer(text):
    return [float(len(text)), float(text.count("a"))]


class Device:
    """Answers batches of up to `room` padded tokens, and notes their sizes."""

    def __init__(self, room: int = 10**9) -> None:
        self.room, self.sizes, self.failures, self.released = room, [], 0, 0

    def forward(self, tokens, batch):
        size = len(batch) * max(tokens.lengths[i] for i in batch)
        if size > self.room:
            self.failures += 1
            raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        self.sizes.append(size)
        return np.array([answer(tokens.columns[i]) for i in batch], dtype=np.float32)

    def release(self):
        self.released += 1


@given(TEXTS, st.integers(1, 100), st.integers(12, 100))
def test_answers_keep_the_order_of_the_texts_whatever_fits(texts, budget, room):
    device = Device(room)
    engine = Engine(tokenise, device.forward, budget, release=device.release)
    rows = engine.score(texts)
    np.testing.assert_array_equal(rows, [answer(text) for text in texts])
    assert device.released == device.failures
    assert max(device.sizes) <= room


@given(TEXTS)
def test_a_budget_that_was_too_large_is_remembered(texts):
    device = Device(room=12)
    engine = Engine(tokenise, device.forward, 10_000)
    engine.score(texts)
    failures = device.failures
    engine.score(texts)
    assert device.failures == failures


def test_no_more_batches_fail_than_halvings_are_needed():
    device = Device(room=100)
    engine = Engine(tokenise, device.forward, 1600)
    engine.score([f"{i:010d}" for i in range(1000)])
    assert device.failures == 4
    assert engine.budget == 100


def test_large_jobs_are_tokenised_in_parts(monkeypatch):
    monkeypatch.setattr(run, "CHUNK", 7)
    parts, told = [], []
    texts = [f"{i}" * (1 + i % 3) for i in range(20)]
    engine = Engine(lambda t: parts.append(len(t)) or tokenise(t), Device().forward, 12)
    rows = engine.score(texts, lambda done, total: told.append((done, total)))
    np.testing.assert_array_equal(rows, [answer(text) for text in texts])
    assert parts == [7, 7, 6]
    assert told[-1] == (20, 20)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_cut_texts_are_counted():
    engine = Engine(tokenise, Device().forward)
    engine.score(["a" * 11, "a"])
    engine.score(["b" * 12])
    assert engine.cut == 2


def test_one_text_that_does_not_fit_is_an_error():
    engine = Engine(tokenise, Device(room=5).forward, 100)
    with pytest.raises(ModelError, match=r"single text of 9 tokens does not fit.*max_length="):
        engine.score(["a" * 9, "b"])


def test_other_errors_are_not_swallowed():
    def forward(tokens, batch):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        Engine(tokenise, forward).score(["a", "b"])


class OutOfMemoryError(RuntimeError):
    """Named as torch names its own."""


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (OutOfMemoryError("anything"), True),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 8 GB)"), True),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 8"), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to"), True),
        (RuntimeError("CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate(handle)"), True),
        (RuntimeError("The size of tensor a (5) must match the size of tensor b (6)"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_running_out_of_memory_is_told_from_other_errors(error, expected):
    assert is_out_of_memory(error) is expected
