"""What holds for every surface perturbation of every text."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pytest_fairness import available_surfaces, surface
from pytest_fairness.perturb.changes import apply

WORDS = (
    "Jennifer", "her", "mother", "the", "colour", "can't", "I", "do", "not", "12", "books,",
    "since", "1999", "repaired;", "My", "café", "BIG", "it's", "late!", "error", "rn", "Muslim",
    "e.g.", "3.5", "forty-two", "naïve",
)  # fmt: skip
CHARACTERS = "她他在再说的王女士学校，。！ABC１２３圖书儿子"
NAMES = [(name, "en") for name in available_surfaces()["en"]]
NAMES += [(name, "zh") for name in available_surfaces()["zh"]]
TEXTS = {
    "en": st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join) | st.text(max_size=20),
    "zh": st.text(CHARACTERS, max_size=20) | st.text(max_size=10),
}


@pytest.mark.parametrize(("name", "language"), NAMES)
def test_edits_say_exactly_what_changed(name, language):
    perturbation = surface(name, language, keep="gender")

    @given(TEXTS[language], st.integers(0, 5))
    def holds(text, seed):
        change = perturbation(text, seed=seed)
        assert change == perturbation(text, seed=seed)
        assert apply(text, change.edits) == change.text
        assert all(text[e.start : e.end] == e.before != e.after for e in change.edits)
        assert change.valid == (change.text != text)
        assert bool(change.reason) != change.valid

    holds()


@given(TEXTS["en"], st.integers(0, 3))
def test_kept_words_stay(text, seed):
    for name, language in NAMES:
        if language == "en":
            changed = surface(name, keep="gender + religion", edits=5)(text, seed=seed).text
            for word in ("Jennifer", "mother", "Muslim"):
                assert changed.count(word) == text.count(word) or word not in WORDS


@given(TEXTS["en"])
def test_case_alone_changes_no_letter(text):
    for name in ("lowercase", "titlecase"):
        assert surface(name)(text).text.casefold() == text.casefold()
