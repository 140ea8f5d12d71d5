"""Association of words: planted spaces, and a real encoder."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness import FairnessFailure, assert_association
from pytest_fairness.errors import ArgumentError, ModelError

WOMEN = [f"woman{i}" for i in range(40)]
MEN = [f"man{i}" for i in range(40)]
HOME, WORK = ["home", "house"], ["work", "job"]


def space(strength):
    """Vectors in which women lie nearer to home by `strength`."""
    rng = np.random.default_rng(0)
    noise = dict.fromkeys(WOMEN + MEN)

    def embed(texts):
        rows = []
        for text in texts:
            word = text.split()[-1].strip(".")
            if word in HOME:
                rows.append([1.0, 0.0, 0.0])
            elif word in WORK:
                rows.append([0.0, 1.0, 0.0])
            else:
                if noise[word] is None:
                    noise[word] = rng.normal(0, 0.3, 2)
                side = strength if word.startswith("woman") else 0.0
                rows.append([noise[word][0] + side, noise[word][1], 1.0])
        return rows

    return embed


def test_a_planted_association_fails_and_none_passes():
    with pytest.raises(FairnessFailure) as caught:
        assert_association(space(1.0), WOMEN, MEN, HOME, WORK, max_effect_size=0.5)
    assert caught.value.outcome.evidence.estimate > 1
    assert "x goes with a" in caught.value.outcome.definition
    outcome = assert_association(space(0.0), WOMEN, MEN, HOME, WORK, max_effect_size=0.8)
    assert outcome.verdict.value == "pass"


def test_templates_put_words_into_sentences():
    seen = []

    def embed(texts):
        seen.extend(texts)
        return space(1.0)(texts)

    with pytest.raises(FairnessFailure):
        assert_association(
            embed,
            WOMEN,
            MEN,
            HOME,
            WORK,
            max_effect_size=0.5,
            templates=("This is {}.", "There is {}."),
        )
    assert "This is woman0." in seen
    assert "There is job." in seen


def test_bad_arguments_are_named():
    with pytest.raises(ArgumentError, match="a has 1 words"):
        assert_association(space(0.0), WOMEN, MEN, ["home"], WORK, max_effect_size=0.5)
    with pytest.raises(ArgumentError, match="must hold one"):
        assert_association(
            space(0.0), WOMEN, MEN, HOME, WORK, max_effect_size=0.5, templates=("x",)
        )
    with pytest.raises(ModelError, match="returned an array of shape"):
        assert_association(lambda t: [1.0], WOMEN, MEN, HOME, WORK, max_effect_size=0.5)
    with pytest.raises(ModelError, match="but an embedder is needed here"):
        assert_association(3, WOMEN, MEN, HOME, WORK, max_effect_size=0.5)
    known = lambda texts: [[1.0 * (t != "home"), 0.0] for t in texts]  # noqa: E731
    with pytest.raises(ModelError, match="The vector of 'home' has length 0"):
        assert_association(known, WOMEN, MEN, ["home", "family"], WORK, max_effect_size=0.5)


def outcome_of(*words, embed=None, **options):
    try:
        return assert_association(embed or space(1.0), *words, max_effect_size=0.5, **options)
    except FairnessFailure as failure:
        return failure.outcome


def test_the_p_value_is_that_of_the_direction_found():
    """Ten words a side, all of which lie nearer to their own: 1 of 20 over 10 splits, by hand."""
    women, men = WOMEN[:10], MEN[:10]
    apart = lambda texts: [  # noqa: E731
        [1.0, 0.1 * (int(t[-1]) + 1) if t[-1].isdigit() else 0.0, 0.0]
        if t.startswith("woman") or t in HOME
        else [0.0, 0.1 * (int(t[-1]) + 1) if t[-1].isdigit() else 0.0, 1.0]
        for t in texts
    ]
    for sets, side in (((HOME, WORK), "a"), ((WORK, HOME), "b")):
        found = outcome_of(women, men, *sets, embed=apart)
        assert f"x goes with {side}; one-sided permutation p=5.41e-06" in found.definition
        assert "p=5.41e-06 in that direction, over 184756 equal splits" in found.evidence.notes[-1]


def test_the_failure_tells_the_p_value_and_counts_words():
    with pytest.raises(FairnessFailure) as caught:
        assert_association(space(0.2), WOMEN[:5], MEN[:5], HOME, WORK, max_effect_size=0.5)
    message = str(caught.value)
    assert "x goes with" in message
    assert "words instead of 10 would" in " ".join(message.split())
    assert " rows" not in message


def test_vectors_that_are_all_the_same_measure_nothing():
    found = outcome_of(WOMEN, MEN, HOME, WORK, embed=lambda texts: [[1.0, 1.0]] * len(texts))
    assert found.verdict.value == "unmeasurable"
    assert "lie alike to a and b" in found.reason
