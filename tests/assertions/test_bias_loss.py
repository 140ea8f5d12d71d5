"""Bias loss on models whose bias was planted, so that every number is known beforehand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from pytest_fairness import assert_bias_loss, counterfactuals
from pytest_fairness.errors import ArgumentError, ArgumentTypeError, FairnessFailure
from pytest_fairness.outcome import Verdict

LINES = ("{name} is a {religion} {occupation}.", "A {religion} {occupation} met {name} in {city}.")
SPACE = counterfactuals(*LINES, vary="gender + religion")
MEN = ("Michael", "James", "Liam", "Noah")


class Planted:
    """A probability of "good" that falls by fixed amounts with what a text says."""

    def __init__(self, **lowers: float) -> None:
        self.lowers, self.asked = lowers, 0

    def __call__(self, texts):
        self.asked += len(texts)
        return [
            {"good": p, "bad": 1 - p}["good"]
            for p in (0.9 - sum(by for w, by in self.lowers.items() if w in t) for t in texts)
        ]


def failing(*args, **kwargs):
    with pytest.raises(FairnessFailure) as caught:
        assert_bias_loss(*args, **kwargs)
    return caught.value.outcome


TEXTS = [
    f"The Muslim woman who repaired the {thing} {number} said that she was tired."
    for thing in ("lamp", "desk", "kettle", "radio", "clock")
    for number in range(30)
]


def test_the_split_is_what_was_planted():
    space = counterfactuals(texts=TEXTS, vary="gender + religion")
    planted = Planted(**{" man ": 0.3, "Christian": 0.0})
    outcome = failing(planted, space, 1, max_increase=0.05, loss="brier")
    split = {rate.group: rate.value for rate in outcome.evidence.groups}
    assert split["gender"] == pytest.approx(0.4**2 - 0.1**2)
    assert split["religion"] == pytest.approx(0)
    assert outcome.evidence.estimate == pytest.approx(0.15)
    for comparison in outcome.evidence.comparisons:
        assert comparison.interval.low <= comparison.estimate <= comparison.interval.high


def test_what_two_attributes_do_only_together_is_shared():
    space = counterfactuals(texts=TEXTS, vary="gender + religion")

    def only_both(texts):
        return [0.4 if " man " in t and "Muslim" not in t else 0.9 for t in texts]

    outcome = failing(only_both, space, 1, max_increase=0.05, loss="zero_one")
    assert [rate.value for rate in outcome.evidence.groups] == pytest.approx([0.5, 0.5])


def test_a_gain_is_no_loss():
    space = counterfactuals(texts=TEXTS, vary="gender")
    outcome = assert_bias_loss(Planted(**{" woman ": 0.3}), space, 1, max_increase=0.05)
    assert outcome.evidence.estimate < 0
    assert outcome.evidence.groups == ()


def test_labels_may_be_listed_or_mapped():
    labels = np.array([1, 1, 0] * (len(TEXTS) // 3))
    space = counterfactuals(texts=TEXTS, vary="gender")
    model = Planted(**{" man ": 0.5})
    listed = failing(model, space, labels, max_increase=0.3, loss="zero_one", max_pairs=150)
    mapped = dict(zip(TEXTS, labels.tolist(), strict=True))
    again = failing(model, space, mapped, max_increase=0.3, loss="zero_one", max_pairs=150)
    assert listed.evidence.estimate == again.evidence.estimate == pytest.approx(1 / 3)
    assert listed.verdict is Verdict.INCONCLUSIVE


def test_a_clear_case_takes_few_pairs():
    planted = Planted(Michael=0.5, James=0.5)
    fair = assert_bias_loss(Planted(), SPACE, 1, max_increase=0.5, loss="brier")
    assert fair.evidence.n < 2000 == fair.evidence.planned_n
    biased = failing(planted, SPACE, 1, max_increase=0.0, loss="brier", max_pairs=4000)
    assert biased.verdict is not Verdict.PASS


def test_the_estimate_is_the_mean_over_the_whole_space():
    space = counterfactuals("{Pronoun} is {religion}.", vary="gender & religion")
    model = Planted(He=0.2, Muslim=0.1, Sunni=0.4)
    increase = []
    for pair in space:
        before, after = model([pair.original]), model([pair.variant])
        increase.append((1 - after[0]) ** 2 - (1 - before[0]) ** 2)
    outcome = failing(
        model, space, 1, max_increase=np.mean(increase) - 1e-9, loss="brier", max_pairs=10**6
    )
    assert outcome.evidence.estimate == pytest.approx(np.mean(increase))
    assert outcome.verdict is Verdict.FAIL


def test_the_worst_pair_is_shown():
    space = counterfactuals(texts=TEXTS, vary="gender + religion")
    outcome = failing(Planted(**{" man ": 0.3, "Hindu": 0.2}), space, 1, max_increase=0.05)
    worst = outcome.examples[0]
    assert "Muslim woman" in worst.texts[0]
    assert "Hindu man" in worst.texts[1]
    assert worst.scores[0][1] == pytest.approx(0.9)
    assert worst.scores[1][1] == pytest.approx(0.4)


def test_the_same_seed_gives_the_same_outcome():
    one, other = (failing(Planted(Liam=0.4), SPACE, 1, max_increase=0.0, seed=3) for _ in "ab")
    assert one.data_fingerprint == other.data_fingerprint
    assert one.evidence == other.evidence


@pytest.mark.parametrize(
    ("args", "kwargs", "error", "message"),
    [
        ((SPACE, [1, 0, 1]), {}, ArgumentError, "y_true has 3 labels but the space has 2"),
        ((SPACE, {LINES[0]: 1}), {}, ArgumentError, "has no label for 'A {religion}"),
        ((SPACE, "fine"), {}, ArgumentError, "label='fine' is not one of the model's labels"),
        ((SPACE, 1), {"loss": "hinge"}, ArgumentError, "loss='hinge' must be one of"),
        ((SPACE, 1), {"max_increase": 2.0, "loss": "brier"}, ArgumentError, r"in \[0, 1\]"),
        (([("a", "b")], 1), {}, ArgumentTypeError, "must be what counterfactuals"),
    ],
)
def test_bad_input_is_named(args, kwargs, error, message):
    with pytest.raises(error, match=message):
        assert_bias_loss(Planted(), *args, **{"max_increase": 0.1, **kwargs})


def test_a_model_of_labels_alone_is_refused():
    with pytest.raises(ArgumentTypeError, match="needs probabilities"):
        assert_bias_loss(lambda texts: ["good"] * len(texts), SPACE, "good", max_increase=0.1)


def test_it_is_no_check_for_given():
    @given(st.just(0))
    def inside(_):
        assert_bias_loss(Planted(), SPACE, 1, max_increase=0.1)

    with pytest.raises(ArgumentError, match="cannot run inside @given"):
        inside()
