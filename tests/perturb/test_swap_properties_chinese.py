"""What holds of every valid swap in Chinese, for each attribute and in all directions.

The sentences are put together from pieces of our own; the public data sets give texts that we did
not write.
"""

from __future__ import annotations

import functools
import re
from itertools import combinations

import pytest
from hypothesis import given, settings, strategies as st

from pytest_fairness.attributes import available_attributes, load_attribute
from pytest_fairness.perturb import Swap, swap_text, swap_variants
from tests.perturb.chinese_sample import FILES, texts

NAMES = available_attributes()["zh"]
# Every hundredth text of three data sets: about 180.
STEP = 100

_BEFORE = ["", "那位", "我的邻居是", "他们说", "作为", "“", "听说", "《旧书》里的", "两个"]
_AFTER = ["", "来了", "很热情", "的朋友", "和同事", "也要吃饭", "”", "不容易", "们"]
_MARKS = ["。", "！", "？", "，", "……", "、", "\n", " ", ""]


@functools.cache
def terms(name: str) -> tuple[str, ...]:
    """Return all terms of an attribute, and those that are only recognised."""
    attribute = load_attribute(name, "zh")
    listed = [t for g in attribute.groups for k in attribute.kinds for t in attribute.terms(g, k)]
    one_way = [word for _, word, _ in attribute.rule("one_way")]
    return (*listed, *one_way)


@functools.cache
def written(name: str) -> frozenset[str]:
    """Return the words that a swap may write."""
    attribute = load_attribute(name, "zh")
    short = [word for row in attribute.rule("after_pronoun") for word in row]
    return frozenset((*terms(name), *short))


@st.composite
def sentences(draw: st.DrawFn, name: str) -> str:
    """Draw one to three clauses around terms of an attribute."""
    words = st.sampled_from(terms(name))
    clause = st.tuples(
        st.sampled_from(_BEFORE), words, st.sampled_from(_AFTER), st.sampled_from(_MARKS)
    )
    return "".join("".join(parts) for parts in draw(st.lists(clause, min_size=1, max_size=3)))


def marks(text: str) -> str:
    """Return what is neither a letter, a digit nor a space, in order."""
    return re.sub(r"[\w]", "", text)


def broken(name: str, text: str, swap: Swap) -> str:
    """Say which property a swap breaks; empty if none."""
    if not swap.valid:
        return "" if swap.text == text and swap.reason else "changed without being valid"
    if swap.text == text or not swap.changes:
        return "equals its source"
    pieces, position = [], 0
    for change in swap.changes:
        if text[change.start : change.end] != change.before or change.start < position:
            return "says that it changed something else"
        if change.before not in written(name) or change.after not in written(name):
            return f"changed {change.before!r} to {change.after!r}"
        pieces += [text[position : change.start], change.after]
        position = change.end
    if "".join([*pieces, text[position:]]) != swap.text:
        return "changed more than it says"
    if marks(text) != marks(swap.text):
        return "changed punctuation"
    return does_not_return(name, text, swap)


def does_not_return(name: str, text: str, swap: Swap) -> str:
    """Say how a swap that is called reversible fails to come back; empty if it comes back."""
    if not swap.reversible:
        return ""
    back = swap_text(swap.text, name, language="zh", groups=swap.groups)
    if not back.valid:
        return f"does not come back: {back.reason}"
    return "" if back.text == text else f"comes back as {back.text!r}"


@pytest.mark.parametrize("name", NAMES)
def test_sentences_put_together(name: str) -> None:
    seen = []

    @given(sentences(name))
    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    def check(text: str) -> None:
        for swap in swap_variants(text, name, language="zh")[:4]:
            assert broken(name, text, swap) == "", (text, swap.text)
            seen.append(swap.valid)

    check()
    assert sum(seen) >= 20  # so that the properties do not hold for lack of valid swaps


@pytest.mark.parametrize("name", NAMES)
def test_texts_that_we_did_not_write(name: str, shared_data) -> None:
    for dataset in FILES:
        for text in texts(shared_data, dataset)[::STEP]:
            for swap in swap_variants(text, name, language="zh")[:3]:
                assert broken(name, text, swap) == "", (text, swap.text)


@pytest.mark.parametrize("name", NAMES)
def test_each_term_swaps_with_every_group(name: str) -> None:
    """A term alone, in any direction, is valid and keeps what it names whole."""
    attribute = load_attribute(name, "zh")
    for first, second in list(combinations(attribute.groups, 2))[:40]:
        for kind in attribute.kinds:
            term = attribute.terms(first, kind)[0]
            swap = swap_text(f"这里有{term}。", name, language="zh", groups=(first, second))
            if swap.valid:
                assert broken(name, f"这里有{term}。", swap) == ""
                assert swap.groups == (first, second)
        term = attribute.terms(first)[0]
        assert swap_text(f"这里有{term}。", name, language="zh", groups=(first, second)).valid, term


@pytest.mark.parametrize("text", ["她来了", "他说她来了。", "那位女士和王先生"])
def test_the_checks_can_fail(text: str) -> None:
    swap = swap_text(text, language="zh")
    assert swap.valid
    assert broken("gender", text, swap) == ""
    assert broken("gender", text + "。", swap) != ""
    assert broken("age", text, swap) != ""
