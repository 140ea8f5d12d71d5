"""Whether skill was kept: by hand, and by brute force over tables of paired answers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, multinomial

from pytest_fairness import Verdict, load_model
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.utility import Utility, measure_utility

TEXTS = [f"text {i}" for i in range(100)]
TRUTH = [i % 2 for i in range(100)]


def answering(wrong):
    """A model that is right but for the texts at `wrong`."""
    said = {
        text: (1 - y if i in wrong else y)
        for i, (text, y) in enumerate(zip(TEXTS, TRUTH, strict=True))
    }
    return load_model(lambda texts: [float(said[text]) for text in texts])


def measured(before, after, **settings):
    options = {"margin": 0.05, "confidence": 0.95, **settings}
    rows = Labelled(TEXTS, TRUTH)
    return measure_utility("accuracy", answering(before), answering(after), rows, **options)


def test_rows_are_counted_in_pairs():
    found = measured({0, 1, 2}, {2, 3})
    assert (found.before, found.after, found.n) == (0.97, 0.98, 100)
    assert (found.gained, found.lost) == (2, 1)
    assert found.loss == pytest.approx(-0.01)


def test_targets_may_be_probabilities():
    rows = Labelled(TEXTS, np.eye(2)[TRUTH] * 0.6 + 0.2)
    found = measure_utility(
        "agreement", answering(()), answering({5}), rows, margin=0.05, confidence=0.95
    )
    assert (found.before, found.lost) == (1.0, 1)


@pytest.mark.parametrize(
    ("lost", "margin", "verdict"),
    [
        (0, 0.05, Verdict.PASS),  # 1 - 0.05 ** (1 / 100) = 0.030 could be lost
        (0, 0.02, Verdict.INCONCLUSIVE),
        (4, 0.05, Verdict.INCONCLUSIVE),
        (30, 0.05, Verdict.FAIL),
    ],
)
def test_a_loss_must_be_shown_to_be_small(lost, margin, verdict):
    assert measured((), set(range(lost)), margin=margin).verdict is verdict


def test_a_hint_says_how_many_rows_would_decide():
    # Of 149 rows none is lost with a chance of 0.98 ** 149 = 0.0493 where 0.02 are.
    assert measured((), (), margin=0.02).rows_to_decide == 149


@pytest.mark.parametrize("n", [133, 200, 300])
def test_a_loss_at_the_margin_passes_no_more_often_than_it_may(n):
    """Brute force over all that may be gained and lost, each with its chance."""
    for gains in (0.0, 0.001, 0.01, 0.05):
        losses, counts = gains + 0.02, range(30)
        chance = sum(
            multinomial.pmf([g, k, n - g - k], n, [gains, losses, 1 - gains - losses])
            for g in counts
            for k in range(min(30, g + n // 40 + 1))
            if Utility("", 0, 0, n, g, k, margin=0.02).interval.low >= -0.02
        )
        assert chance <= 0.053


def test_a_larger_loss_is_shown_no_more_often_than_it_may_where_none_is_gained():
    for n in (149, 300):
        found = [Utility("", 0, 0, n, 0, k, margin=0.02).verdict is Verdict.FAIL for k in range(40)]
        chance = sum(binom.pmf(k, n, 0.02) for k in range(40) if found[k])
        assert 0 < chance <= 0.05


@pytest.mark.parametrize("n", [10, 20, 40, 149])
def test_a_larger_loss_is_rarely_shown_where_rows_are_gained_but_none_is_seen(n):
    """Brute force, as above: what is gained unseen makes up for what is lost."""
    for gains, losses in ((0.0, 0.02), (0.05, 0.07), (0.1, 0.12), (0.2, 0.22)):
        chance = sum(
            multinomial.pmf([g, k, n - g - k], n, [gains, losses, 1 - gains - losses])
            for g in range(n + 1)
            for k in range(n - g + 1)
            if k > g and Utility("", 0, 0, n, g, k, margin=0.02).verdict is Verdict.FAIL
        )
        assert chance <= 0.08


def test_no_number_of_rows_shows_that_too_much_was_little():
    assert measured((), set(range(10))).rows_to_decide is None
    assert measured((), set(range(5))).rows_to_decide is None


def test_the_hint_is_the_least_number_that_does():
    found = measured({0}, {1, 2}, margin=0.02)
    n = found.rows_to_decide
    shown = [
        Utility("", 0, 0, m, round(m / 100), round(2 * m / 100), 0.02).verdict is Verdict.PASS
        for m in (n - 200, n)
    ]
    assert shown == [False, True]


def test_words_say_what_was_found():
    assert "at most 0.030 lost" in str(measured((), ()))
    assert "a loss of 0.030 cannot be ruled out" in str(measured((), (), margin=0.02))
    assert "a larger loss than 0.05" in str(measured((), set(range(30))))


def test_one_label_for_all_is_no_skill_where_a_biased_teacher_is_followed():
    collapsed = {i for i, y in enumerate(TRUTH) if y}  # right on the other half alone
    half = measured(set(range(50)), collapsed, strict=True)
    assert half.verdict is Verdict.UNMEASURABLE  # though it lost nothing
    assert "one label for all 100 rows would reach 0.500" in str(half)
    assert measured(set(range(50)), {1}, strict=True).verdict is Verdict.PASS


def test_rows_of_one_label_show_no_skill():
    rows = Labelled(TEXTS, [1] * 100)
    model = load_model(lambda texts: [0.9] * len(texts))
    found = measure_utility("accuracy", model, model, rows, margin=0.05, confidence=0.95)
    assert found.verdict is Verdict.UNMEASURABLE
    assert found.constant == 1.0
