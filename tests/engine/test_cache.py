from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pytest_fairness.engine import Cache, once


@given(st.lists(st.lists(st.text(max_size=3), max_size=8), max_size=5))
def test_each_distinct_text_is_computed_once_over_all_calls(calls):
    seen: list[str] = []

    def compute(texts):
        seen.extend(texts)
        return [text.upper() for text in texts]

    cache: Cache[str] = Cache()
    for texts in calls:
        assert once(texts, cache, compute) == [text.upper() for text in texts]
    assert seen == list(dict.fromkeys(text for texts in calls for text in texts))
    assert cache.misses == len(seen) == len(cache)
    assert cache.hits == sum(len(set(texts)) for texts in calls) - len(seen)


@given(st.lists(st.text(max_size=30), max_size=30), st.integers(0, 2000))
def test_answers_are_right_however_small_the_cache(texts, max_bytes):
    cache: Cache[str] = Cache(max_bytes=max_bytes)
    for _ in range(2):
        assert once(texts, cache, lambda new: [t * 2 for t in new]) == [t * 2 for t in texts]
        assert cache.bytes <= max_bytes


def test_the_least_recently_used_leaves_first():
    cache: Cache[bytes] = Cache()
    cache.keep({"a": b"1", "b": b"2"})
    cache.max_bytes = cache.bytes
    assert cache.find(["a"]) == {"a": b"1"}
    cache.keep({"c": b"3"})
    assert cache.find(["a", "b", "c"]) == {"a": b"1", "c": b"3"}


def test_keeping_a_text_twice_counts_its_bytes_once():
    cache: Cache[bytes] = Cache()
    cache.keep({"a": b"1"})
    size = cache.bytes
    cache.keep({"a": b"1"})
    assert cache.bytes == size
    cache.clear()
    assert (len(cache), cache.bytes) == (0, 0)


def test_one_answer_per_text_is_insisted_on():
    with pytest.raises(ValueError, match="zip"):
        once(["a", "b"], Cache(), lambda texts: ["one"])


def test_an_error_leaves_nothing_half_remembered():
    cache: Cache[str] = Cache()
    with pytest.raises(ZeroDivisionError):
        once(["a"], cache, lambda texts: [str(1 / 0)])
    assert len(cache) == 0
