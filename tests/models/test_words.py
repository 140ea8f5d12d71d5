from __future__ import annotations

import pytest

from pytest_fairness.models.words import tokenise, words_by_marks
from tests.models.languages import framed_byte_level, sentencepiece, wordpiece


def groups(tokenizer, text):
    """Return the pieces of each word of a text, joined by |."""
    (found,) = tokenise(tokenizer, [text])
    names = tokenizer.convert_ids_to_tokens(list(found.ids))
    words: dict[int, list[str]] = {}
    for name, word in zip(names, found.words, strict=True):
        if word >= 0:
            words.setdefault(word, []).append(name)
    return ["|".join(pieces) for pieces in words.values()]


def test_wordpiece():
    assert groups(wordpiece(), "The nurses, led") == ["the", "nurs|##es", ",", "led"]
    assert groups(wordpiece(), "她是护士") == ["她", "是", "护", "士"]


def test_byte_level():
    tokenizer = framed_byte_level()
    words = groups(tokenizer, "unreadable dams, old")
    joined = [word.replace("|", "") for word in words]
    assert joined == ["unreadable", "Ġdams", ",", "Ġold"]
    assert "|" in words[0]


def test_sentencepiece():
    assert groups(sentencepiece(), "the nurses led") == ["▁the", "▁nurs|es", "▁led"]


def test_a_tokenizer_that_splits_nowhere_splits_at_spaces():
    from tokenizers import pre_tokenizers

    tokenizer = sentencepiece()
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(split=False)
    assert groups(tokenizer, "the nurses led") == ["▁the", "▁nurs|es", "▁led"]


def test_spans_have_no_spaces_at_their_ends():
    (found,) = tokenise(framed_byte_level(), ["the old"])
    assert [("the old")[a:b] for a, b in found.spans if b > a] == ["the", "old"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["<s>", "un", "##do", "it", "</s>"], (-1, 1, 1, 2, -1)),
        (["<s>", "Ġun", "do", "Ġit", "</s>"], (-1, 1, 1, 2, -1)),
        (["<s>", "un", "do", "▁it", "</s>"], (-1, 1, 1, 2, -1)),
    ],
)
def test_tokenizers_that_do_not_tell_are_read_by_marks(names, expected):
    special = [name.startswith("<") for name in names]
    assert words_by_marks(names, special) == expected
